"""Reads that return plain data."""
