"""Small helpers on a unit tree given as an array of parents (−1 for a root)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def levels(parent: npt.ArrayLike) -> list[IntArray]:
    """Return the units of each depth, roots first, ascending within a depth.

    parent: int (U,), index of the unit above, −1 for a root. The units may stand in any order.
    Raises ValueError for an index outside −1…U−1 or a circle.
    """
    above = _checked(parent)
    if not len(above):
        return []
    depth = _depths(above)
    order = np.argsort(depth, kind="stable").astype(np.int64)
    return np.split(order, np.cumsum(np.bincount(depth))[:-1])


def subtree_sums(parent: npt.ArrayLike, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return for every unit the sum of ``values`` over the unit and all units below it.

    values: (U, …) numbers that belong to the unit itself. Returns the same shape; integers stay exact.

    >>> subtree_sums(np.array([-1, 0, 1]), np.array([1, 2, 4])).tolist()
    [7, 6, 4]
    """
    above = _checked(parent)
    _same_length(above, values)
    if values.dtype.kind == "f" or not len(above):  # differences of running sums would round
        total = values.copy()
        for units in reversed(levels(above)[1:]):
            np.add.at(total, above[units], total[units])
        return total
    order, start, end = _preorder(above.tobytes())
    running = np.concatenate([values[:1] * 0, np.cumsum(values[order], axis=0)])
    return np.asarray(running[end] - running[start])


def regions(parent: npt.ArrayLike, shown: npt.NDArray[np.bool_]) -> IntArray:
    """Return for every unit the index of the nearest shown unit at or above it, −1 where there is none.

    shown: bool (U,) or (U, C). Returns int of the same shape. The units that carry the index of a shown
    unit u are the region of u: what is under u and in no shown unit below it.

    >>> regions(np.array([-1, 0, 1, 0]), np.array([True, True, False, False])).tolist()
    [0, 1, 1, 0]
    """
    above = _checked(parent)
    _same_length(above, shown)
    nowhere = len(above)
    own = np.arange(nowhere, dtype=np.int64).reshape((-1,) + (1,) * (shown.ndim - 1))
    step = np.where(above < 0, nowhere, above).reshape(own.shape)
    found = np.full((nowhere + 1, *shown.shape[1:]), nowhere, dtype=np.int64)
    found[:-1] = np.where(shown, own, step)
    deepest = int(_depths(above).max(initial=0))
    for _ in range((deepest + 1).bit_length()):  # each pass doubles the steps taken upwards
        found = np.take_along_axis(found, found, axis=0)
    return np.where(found[:-1] == nowhere, -1, found[:-1])


def region_sums(
    parent: npt.ArrayLike, shown: npt.NDArray[np.bool_], values: npt.NDArray[np.int64]
) -> IntArray:
    """Return at every shown unit the sum of ``values`` over its region, 0 at every other unit.

    shown and values: (U,) or (U, C), the same shape for both.
    """
    top = regions(parent, shown)
    if shown.shape != values.shape:
        raise ValueError(f"shown has shape {shown.shape}, values have {values.shape}")
    flat_shape = (len(shown), -1) if len(shown) else (0, 1)
    tops, flat = top.reshape(flat_shape), values.reshape(flat_shape)
    result = np.zeros_like(flat, dtype=np.int64)
    unit, column = np.nonzero((tops >= 0) & (flat != 0))
    np.add.at(result, (tops[unit, column], column), flat[unit, column])
    return result.reshape(values.shape)


def _checked(parent: npt.ArrayLike) -> IntArray:
    above = np.asarray(parent, dtype=np.int64)
    if above.ndim != 1:
        raise ValueError(f"parent must be one-dimensional, not {above.shape}")
    if len(above) and (above.min() < -1 or above.max() >= len(above)):
        raise ValueError("parent holds an index that is no unit")
    return above


def _same_length(above: IntArray, values: npt.NDArray[Any]) -> None:
    if len(values) != len(above):
        raise ValueError(f"{len(values)} rows of values for {len(above)} units")


@lru_cache(maxsize=4)
def _preorder(parent: bytes) -> tuple[IntArray, IntArray, IntArray]:
    """Return (order, start, end): the subtree of u is order[start[u]:end[u]]. Kept for the next call."""
    above = np.frombuffer(parent, dtype=np.int64)
    size = np.ones(len(above), dtype=np.int64)
    downward = levels(above)
    for units in reversed(downward[1:]):
        np.add.at(size, above[units], size[units])
    start = np.zeros(len(above), dtype=np.int64)
    free = np.zeros(
        len(above) + 1, dtype=np.int64
    ).tolist()  # the next free place below each unit; last: roots
    tops, sizes = above.tolist(), size.tolist()
    for unit in np.concatenate(downward).tolist():
        start[unit] = place = free[tops[unit]]
        free[tops[unit]] += sizes[unit]
        free[unit] = place + 1
    order = np.empty(len(above), dtype=np.int64)
    order[start] = np.arange(len(above))
    return order, start, start + size


def _depths(above: IntArray) -> IntArray:
    return _depths_of(above.tobytes())


@lru_cache(maxsize=4)
def _depths_of(parent: bytes) -> IntArray:
    """Depth of every unit, by doubling the step upwards: log2(depth) passes; a circle never ends."""
    above = np.frombuffer(parent, dtype=np.int64)
    depth = (above >= 0).astype(np.int64)
    jump = above.copy()
    for _ in range(len(above).bit_length() + 1):
        moving = jump >= 0
        if not moving.any():
            return depth
        depth[moving] += depth[jump[moving]]
        jump[moving] = jump[jump[moving]]
    if (jump >= 0).any():
        raise ValueError("the unit tree holds a circle")
    return depth
