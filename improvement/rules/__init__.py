"""Formulas and rules as pure functions: plain data in, plain data out; no Django, no database."""
