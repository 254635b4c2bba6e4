"""Choose which units of a tree may be shown so that every region holds 0 or at least k. Linear time.

The core of disclosure control: integer loads sit at units; showing a set of units cuts the tree into
regions (a shown unit's part of the tree without the shown units below it); in every region the sum of
each load must be 0 or >= k. Complementary suppression on a hierarchy; compare Hundepool et al. (2012),
Statistical Disclosure Control, ch. 4 (their secondary suppression bounds values, ours counts people).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assessments.scoring.tree import BoolArray, IntArray, levels


@dataclass(frozen=True)
class Tree:
    """A unit tree prepared for many walks. upward: children before parents; span: (start, end) in preorder."""

    parent: IntArray
    above: list[int]
    children: list[list[int]]
    upward: list[int]
    preorder: IntArray
    start: IntArray
    end: IntArray

    def totals(self, values: IntArray) -> IntArray:
        """Return (…, U) sums over each unit and all below it, for values (…, U), in O(U) at any depth."""
        running = np.zeros((*values.shape[:-1], values.shape[-1] + 1), dtype=np.int64)
        np.cumsum(values[..., self.preorder], axis=-1, out=running[..., 1:])
        return np.asarray(running[..., self.end] - running[..., self.start])


def tree_of(parent: npt.ArrayLike) -> Tree:
    """Prepare a tree. parent: int (U,), −1 for roots. Raises ValueError where it is no tree."""
    above = np.asarray(parent, dtype=np.int64)
    levels(above)  # refuses circles and indices that are no unit
    children: list[list[int]] = [[] for _ in range(len(above))]
    for unit, top in enumerate(above.tolist()):
        if top >= 0:
            children[top].append(unit)
    preorder = _preorder(np.flatnonzero(above < 0).tolist(), children)
    start = np.empty(len(above), dtype=np.int64)
    start[preorder] = np.arange(len(above))
    size = np.ones(len(above), dtype=np.int64)
    for unit in reversed(preorder):
        if above[unit] >= 0:
            size[above[unit]] += size[unit]
    order = np.asarray(preorder, dtype=np.int64)
    return Tree(above, above.tolist(), children, preorder[::-1], order, start, start + size)


def _preorder(roots: list[int], children: list[list[int]]) -> list[int]:
    order: list[int] = []
    stack = roots[::-1]
    while stack:
        unit = stack.pop()
        order.append(unit)
        stack.extend(reversed(children[unit]))
    return order


def cover(tree: Tree, loads: IntArray, *, candidate: BoolArray, size: IntArray, k: int) -> BoolArray:
    """Return which candidate units are shown: bool (U,).

    loads: int (m, U), each >= 0, what sits at the unit itself; in every region each load sums to 0 or >= k.
    candidate: bool (U,), units that may be shown at all. size: int (U,), the smallest goes first.

    Leaves upward: a unit with a sound region is shown. In a unit with 1…k−1 left over, the smallest shown unit
    directly below is withdrawn (its region joins) until the rest is sound; where the whole subtree holds
    1…k−1 nothing helps and the unit is hidden, its load passes upward. A second walk shows again what was
    withdrawn for a unit that was withdrawn itself later on. Deterministic; depends on sizes only.

    >>> import numpy as np
    >>> tree = tree_of(np.array([-1, 0, 0, 0]))
    >>> people = np.array([2, 6, 9, 3])
    >>> cover(tree, people[None], candidate=people > 0, size=tree.totals(people), k=5).tolist()
    [True, True, True, False]
    """
    walk = _Walk(tree, loads[loads.any(axis=1)], candidate, size, k)
    walk.upward()
    if walk.withdrawn:
        walk.restore()
    return np.array(walk.shown, dtype=bool)


class _Walk:
    """State of one choice: per load a list of what is loose in each unit (the region's sum where shown)."""

    def __init__(self, tree: Tree, loads: IntArray, candidate: BoolArray, size: IntArray, k: int) -> None:
        totals = tree.totals(loads)
        self.tree, self.k = tree, k
        self.can: list[bool] = (candidate & ((totals == 0) | (totals >= k)).all(axis=0)).tolist()
        self.sound: list[bool] = ((loads == 0) | (loads >= k)).all(axis=0).tolist()  # not yet added to
        self.size: list[int] = size.tolist()
        self.loads: list[list[int]] = loads.tolist()
        self.totals: list[list[int]] = totals.tolist()
        self.loose: list[list[int]] = loads.tolist()
        self.shown = [False] * len(self.size)
        self.withdrawn = False
        self.tops: dict[int, list[int]] = {}  # the shown units directly below

    def upward(self) -> None:
        above, can, shown, tops, sound = self.tree.above, self.can, self.shown, self.tops, self.sound
        for unit in self.tree.upward:
            if can[unit]:
                if not sound[unit] and self._fault(unit) is not None:
                    self._mend(unit)
                shown[unit] = True
            top = above[unit]
            if top < 0:
                continue
            if shown[unit]:
                tops.setdefault(top, []).append(unit)
                continue
            sound[top] = False
            for row in self.loose:
                row[top] += row[unit]
            if unit in tops:
                tops[top] = _joined(tops.get(top, []), tops[unit])

    def _fault(self, unit: int) -> int | None:
        for index, row in enumerate(self.loose):
            if 0 < row[unit] < self.k:
                return index
        return None

    def _mend(self, unit: int) -> None:
        """Withdraw shown units below until the region is sound. Ends: the whole subtree would be sound."""
        while (fault := self._fault(unit)) is not None:
            row, total, tops = self.loose[fault], self.totals[fault], self.tops[unit]
            first = min(tops, key=lambda top: (row[top] == 0, total[top] == 0, self.size[top], top))
            self.shown[first], self.withdrawn = False, True
            for load in self.loose:
                load[unit] += load[first]
            tops.remove(first)
            self.tops[unit] = _joined(tops, self.tops.get(first, []))

    def restore(self) -> None:
        """Show again what stands in a region that can spare it. Each unit is looked at once."""
        top = self._region_tops()
        part = [list(row) for row in self.loads]
        for unit in self.tree.upward:
            if self.shown[unit]:
                continue
            if self.can[unit] and top[unit] >= 0 and self._can_spare(unit, top[unit], part):
                self.shown[unit] = True
                for row, rest in zip(part, self.loose, strict=True):
                    rest[top[unit]] -= row[unit]
            elif (above := self.tree.above[unit]) >= 0:
                for row in part:
                    row[above] += row[unit]

    def _can_spare(self, unit: int, top: int, part: list[list[int]]) -> bool:
        for row, rest in zip(part, self.loose, strict=True):
            if 0 < row[unit] < self.k or 0 < rest[top] - row[unit] < self.k:
                return False
        return True

    def _region_tops(self) -> list[int]:
        top = [-1] * len(self.shown)
        for unit in reversed(self.tree.upward):
            above = self.tree.above[unit]
            top[unit] = unit if self.shown[unit] else (top[above] if above >= 0 else -1)
        return top


def _joined(one: list[int], other: list[int]) -> list[int]:
    """Join two lists by moving the shorter one, so that long lists are not copied level after level."""
    long, short = (one, other) if len(one) >= len(other) else (other, one)
    long.extend(short)
    return long
