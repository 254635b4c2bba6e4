"""Requests that no browser sends: every address × method × role, with generated paths, queries, bodies and headers.

`make fuzz` sends a hundred thousand and more in several processes; tests/integration/test_fuzz.py sends a few hundred.
"""
