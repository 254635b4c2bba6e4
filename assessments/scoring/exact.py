"""Whole numbers that never overflow: 64 bits where a bound proves that they suffice, Python integers elsewhere."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[Any]  # int64, or object holding Python integers
Floats = npt.NDArray[np.float64]

SAFE: Final = 2**62  # a sum or difference of two numbers up to here still fits 64 bits
_DOUBLE: Final = 2**53  # whole numbers up to here are exact as float64


def bound(values: Whole) -> int:
    """Return the largest absolute value, 0 for an empty array."""
    return max(abs(int(values.max())), abs(int(values.min()))) if values.size else 0


def wide(values: Whole) -> Whole:
    """Return the array with Python integers."""
    return values.astype(object)


def compact(values: Whole) -> Whole:
    """Return the array as int64 where every value fits: the type then follows from the values alone."""
    if values.dtype != object:
        return values.astype(np.int64, copy=False)
    return values.astype(np.int64) if bound(values) < 2**63 else values


def add(left: Whole, right: Whole) -> Whole:
    """Return left + right, exact."""
    if bound(left) + bound(right) < 2**63:
        return left + right
    return compact(wide(left) + wide(right))


def subtract(left: Whole, right: Whole) -> Whole:
    """Return left − right, exact."""
    if bound(left) + bound(right) < 2**63:
        return compact(left - right)
    return compact(wide(left) - wide(right))


def times(left: Whole, right: Whole | int) -> Whole:
    """Return left · right, exact; may be of Python integers."""
    other = abs(right) if isinstance(right, int) else bound(right)
    if bound(left) * other < SAFE and other < SAFE:
        return left * right
    return wide(left) * (right if isinstance(right, int) else wide(right))


def spread(n: Whole, total: Whole, squares: Whole) -> Whole:
    """Return n·Σx² − (Σx)², which is n·(n−1) times the sample variance, exact."""
    return times(n, squares) - times(total, total)


def ratio(numerator: Whole, denominator: Whole) -> Floats:
    """Return numerator / denominator, each quotient correctly rounded; NaN where the denominator is 0.

    >>> ratio(np.array([1, 2]), np.array([2, 0])).tolist()
    [0.5, nan]
    """
    over, under = np.broadcast_arrays(numerator, denominator)
    if over.dtype == object or under.dtype == object or max(bound(over), bound(under)) > _DOUBLE:
        pairs = zip(over.ravel().tolist(), under.ravel().tolist(), strict=True)
        return np.array([a / b if b else np.nan for a, b in pairs], dtype=np.float64).reshape(over.shape)
    result: Floats = np.full(over.shape, np.nan)
    np.divide(over, under, out=result, where=under != 0)
    return result
