"""What may stay of a cube once the answers are deleted: cells of k people or more, and nothing of smaller ones."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import numpy as np

from assessments.scoring.cube import AudienceCube, Cube, Parents, merge_small
from assessments.scoring.exact import Whole, add, compact
from assessments.scoring.spec import POOLED

_OF_BOTH: Final = (
    "persons",
    "n",
    "total",
    "squares",
    "partial",
)  # the same columns, whatever the audience was asked


def forget(cube: Cube, parent: Parents, k: int) -> Cube:
    """Return the cube in which every cell (unit, audience) holds 0 or at least k respondents.

    Smaller cells are merged with the unit above, leaves first. What is still too small at the root is pooled there:
    staff and managers in one, without their items, which differ. Where both together are too few, the smallest of the
    other cells join them. Sums of all over the whole tree stay as they are; nothing is left where fewer than k
    answered altogether.

    cube: direct, not climbed. parent: int (U,), the index of the unit above, −1 for the root.
    """
    merged = merge_small(cube, parent, k)
    root = int(np.flatnonzero(parent < 0)[0])
    cells = {
        (audience, unit): int(part.persons[unit])
        for audience, part in merged.audiences.items()
        for unit in np.flatnonzero(part.persons)
    }
    moved = _to_pool(cells, root, k)
    if not moved:
        return merged
    if sum(cells[cell] for cell in moved) < k:
        return merged.map(np.zeros_like)
    return _pooled(merged, moved, root)


def _to_pool(cells: dict[tuple[str, Any], int], root: int, k: int) -> set[tuple[str, Any]]:
    """Return the cells that go into the pool; none where every cell is large enough."""
    if all(people >= k for people in cells.values()):
        return set()
    moved = {cell for cell in cells if cell[1] == root}
    for cell in sorted(cells.keys() - moved, key=lambda one: (cells[one], one)):
        if sum(cells[one] for one in moved) >= k:
            break
        moved.add(cell)
    return moved


def _pooled(cube: Cube, moved: set[tuple[str, Any]], root: int) -> Cube:
    """Take these cells out of their audiences and put their sums into the pool of the root."""
    left: dict[str, AudienceCube] = {}
    pool: AudienceCube | None = None
    for audience, part in cube.audiences.items():
        out = np.zeros(cube.units, dtype=np.bool_)
        out[[unit for of, unit in moved if of == audience]] = True
        left[audience] = part.map(partial(_only, kept=~out))
        gathered = _at_root(part.map(partial(_only, kept=out)), root)
        pool = gathered if pool is None else pool.join(gathered, add)
    return cube if pool is None else Cube(left | {POOLED: pool})


def _only(array: Whole, kept: np.ndarray[Any, np.dtype[np.bool_]]) -> Whole:
    result = array.copy()
    result[~kept] = 0
    return compact(result)


def _at_root(part: AudienceCube, root: int) -> AudienceCube:
    """Sum all units into the root; items, and what rests on them, are dropped."""

    def gathered(array: Whole) -> Whole:
        result = np.zeros(array.shape, dtype=object)
        result[root] = array.astype(object).sum(axis=0)
        return compact(result)

    arrays = {
        name: gathered(array)
        if name in _OF_BOTH
        else np.zeros((len(array),) + (0,) * (array.ndim - 1), np.int64)
        for name, array in part.arrays().items()
    }
    return AudienceCube(**arrays, patterns=part.patterns.map(gathered))
