"""Reads that return plain data, in a number of queries that doesn't grow with the rows."""
