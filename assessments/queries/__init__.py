"""Reads of the measuring that return plain data."""
