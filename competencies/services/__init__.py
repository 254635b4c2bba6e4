"""Writes: one function per thing a person or the scheduler does."""
