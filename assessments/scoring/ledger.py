"""Compare releases of one cycle that rest on different numbers of people: exact rank test on the differences.

The answers of a closed cycle are frozen, so that the people of one release who are missing in another are the
difference of the two counts: in every unit and audience the counted people are taken as nested sets, the worst case.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from assessments.scoring.rowspace import RowSpace
from assessments.scoring.tree import BoolArray, IntArray, regions

Cells = tuple[IntArray, BoolArray, BoolArray]  # counts (2, U), shown for all (U,), shown for the split (U,)
Atom = tuple[int, int, int]  # audience, unit, layer


def changed_numbers(parent: IntArray, releases: Sequence[Cells], k: int) -> tuple[list[tuple[int, int]], int]:
    """Return ((unit, people) of every disclosed set of 1…k−1 people, how many sets were tested).

    Tested are the loose people of every unit and its whole subtree, for all, staff and managers, in every release and
    in every difference of two releases; the regions; and every row of the reduced echelon form, signed or not.
    """
    history = _History(parent, releases)
    space = RowSpace(history.rows())
    found: dict[int, int] = {}
    tested = 0
    for unit, atoms in history.groups():
        people = sum(history.weight[atom] for atom in atoms)
        if 0 < people < k:
            tested += 1
            if space.holds(dict.fromkeys(atoms, 1)):
                found[unit] = min(people, found.get(unit, people))
    for support in space.supports():
        tested += 1
        people = sum(history.weight[atom] for atom in support)
        if people < k:
            unit = history.shown_above(history.unit[min(support)])
            found[unit] = min(people, found.get(unit, people))
    return sorted(found.items()), tested


class _History:
    """Atoms: per audience and unit the layers between the sorted distinct counts of the releases."""

    def __init__(self, parent: IntArray, releases: Sequence[Cells]) -> None:
        self.parent, self.releases = parent, releases
        self.weight: list[int] = []
        self.unit: list[int] = []
        counts = np.stack([counts for counts, _, _ in releases])
        self.atoms = [self._layers(counts[:, audience]) for audience in (0, 1)]
        self.top = regions(parent, np.logical_or.reduce([whole for _, whole, _ in releases]))

    def shown_above(self, unit: int) -> int:
        """Return the shown unit whose figures are to blame for a finding about this unit."""
        return int(self.top[unit]) if self.top[unit] >= 0 else unit

    def _layers(self, counts: IntArray) -> list[list[list[int]]]:
        """Return per unit and release the atoms counted in it."""
        layers: list[list[list[int]]] = []
        for unit, column in enumerate(counts.T.tolist()):
            steps = sorted(set(column) | {0})
            first = len(self.weight)
            self.weight += [high - low for low, high in pairwise(steps)]
            self.unit += [unit] * (len(steps) - 1)
            layers.append([list(range(first, first + steps.index(n))) for n in column])
        return layers

    def rows(self) -> Iterator[dict[int, int]]:
        """Yield the region vectors of every release: they span the same space as its published totals."""
        for release, (_, whole, split) in enumerate(self.releases):
            for audiences, mask in (((0, 1), whole), ((0,), split), ((1,), split)):
                gathered: dict[int, dict[int, int]] = {}
                for unit, top in enumerate(regions(self.parent, mask).tolist()):
                    if top >= 0:
                        row = gathered.setdefault(top, {})
                        row.update((atom, 1) for a in audiences for atom in self.atoms[a][unit][release])
                yield from gathered.values()

    def groups(self) -> Iterator[tuple[int, list[int]]]:
        """Yield (unit, atoms) of the named groups and of what two releases differ by in them."""
        for audiences in ((0, 1), (0,), (1,)):
            for unit, per_release in self._named(audiences):
                for group in per_release:
                    yield unit, sorted(group)
                for one in per_release:
                    for other in per_release:
                        if one is not other and (extra := one - other):
                            yield unit, sorted(extra)

    def _named(self, audiences: tuple[int, ...]) -> Iterator[tuple[int, list[set[int]]]]:
        """Yield loose people and region of every unit, per release; subtrees are unions of these."""
        masks = [np.ones(len(self.parent), dtype=bool), *(whole for _, whole, _ in self.releases)]
        for mask in masks:
            gathered: dict[int, list[set[int]]] = {}
            for unit, top in enumerate(regions(self.parent, mask).tolist()):
                here = gathered.setdefault(top, [set() for _ in self.releases]) if top >= 0 else []
                for release, group in enumerate(here):
                    for audience in audiences:
                        group.update(self.atoms[audience][unit][release])
            yield from gathered.items()
