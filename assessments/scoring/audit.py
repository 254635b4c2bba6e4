"""Prove, independently of how it was chosen, that published totals disclose nobody.

The audit starts from the published totals themselves. Subtracting from each shown total those of the nearest
shown units below it is invertible, so it keeps the row space and leaves vectors with disjoint supports: the
regions. The lightest combination (fewest people concerned) then has a closed form per region, which is compared
with k: this covers every signed combination, not only sums of whole groups. Where releases of one cycle
rest on different numbers of people, the exact rank test over sparse rows (``rowspace``) decides instead.
It must not import ``disclosure``; tests compare it with exhaustive search. See docs/confidentiality-rule.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from assessments.scoring.column import Column, check_columns, dimensions_of
from assessments.scoring.dependence import AUDIENCES, Tie, check_people, counts_of, left_out_of, ties
from assessments.scoring.ledger import changed_numbers
from assessments.scoring.patterns import Patterns
from assessments.scoring.shown import Shown
from assessments.scoring.tree import BoolArray, IntArray, levels, regions, subtree_sums


@dataclass(frozen=True)
class Finding:
    """A combination of published figures that concerns too few people.

    unit, column: the shown cell whose region gives it. rule: "all", "split", "spread all", "spread split", "left out
    all", "left out split" (people of a dimension who are not in ALL), "lens", "lens split" (a combination with columns
    it follows from), "earlier" (the difference between two releases), or "mask" (shown although something it rests on
    is not). people: how many it concerns at least.
    """

    column: int
    unit: int
    rule: str
    people: int


@dataclass(frozen=True)
class Released:
    """What an earlier release of the same cycle showed, with the numbers of that time."""

    n: Mapping[str, npt.ArrayLike]
    shown: Shown


@dataclass(frozen=True)
class Audit:
    """Findings (none: safe) and the certificate, a JSON-ready dict that is stored with the release."""

    findings: tuple[Finding, ...]
    certificate: dict[str, object]

    @property
    def passed(self) -> bool:
        """Return whether nothing was found."""
        return not self.findings


def audit(
    parent: npt.ArrayLike,
    staff: npt.ArrayLike,
    manager: npt.ArrayLike,
    shown_all: npt.ArrayLike,
    shown_split: npt.ArrayLike,
    k: int,
    earlier: Sequence[tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]] = (),
) -> Audit:
    """Audit one column: counts int (U,), masks bool (U,).

    earlier: for each earlier release (staff, manager, shown_all, shown_split) of that time.

    >>> audit([-1, 0], [3, 9], [0, 0], [True, True], [False, False], k=5).findings
    (Finding(column=0, unit=0, rule='all', people=3),)
    """
    past = [Released(_column(s, m), _shown(a, b)) for s, m, a, b in earlier]
    columns = (Column("", "", "block", staff_items=((0, 1),), manager_items=((0, 1),)),)
    counts = zip(AUDIENCES, (staff, manager), strict=True)
    people = {
        name: Patterns.tidy((1,), np.asarray(values, dtype=np.int64)[:, None]) for name, values in counts
    }
    return audit_release(columns, parent, people, _shown(shown_all, shown_split), k, earlier=past)


def audit_release(
    columns: Sequence[Column],
    parent: npt.ArrayLike,
    people: Mapping[str, Patterns],
    shown: Shown,
    k: int,
    earlier: Sequence[Released] = (),
) -> Audit:
    """Audit every column of a release together with all earlier releases of the cycle.

    Arguments as in ``disclosure.plan``; masks (U, C). The certificate holds: columns, cells (published totals), rank
    (of the dimensions' totals, column by column), groups (combinations compared with k), ties (columns that
    follow from others), k, smallest (the fewest people any of them concerns, None without cells),
    releases, findings and sha256 of all input. The same input gives the same certificate.
    """
    listed = tuple(columns)
    check_columns(listed)
    check_people(people, len(np.asarray(parent)))
    check = _Check(listed, parent, people, shown, k, tuple(earlier))
    check.run()
    return Audit(tuple(check.findings), check.certificate())


class _Check:
    def __init__(
        self,
        columns: tuple[Column, ...],
        parent: npt.ArrayLike,
        people: Mapping[str, Patterns],
        shown: Shown,
        k: int,
        earlier: tuple[Released, ...],
    ) -> None:
        self.columns, self.parent, self.k = columns, np.asarray(parent, dtype=np.int64), k
        self.people, self.shown, self.earlier = people, shown, earlier
        levels(self.parent)
        self.n = counts_of(columns, people, len(self.parent))
        self.ties = ties(columns, people, self.n)
        self.all, self.split = self._ever(shown.all, "all"), self._ever(shown.split, "split")
        self.spread = self._ever(shown.spread, "spread")
        self.findings: list[Finding] = []
        self.groups = self.rank = 0
        self.smallest: int | None = None

    def _ever(self, mask: BoolArray, name: str) -> BoolArray:
        """Return the mask together with those of all earlier releases: what was shown once stays known."""
        if mask.shape != self.n.shape[1:]:
            raise ValueError(f"mask {name} has shape {mask.shape}")
        ever = mask.copy()
        for release in self.earlier:
            ever |= getattr(release.shown, name)
        return ever

    def run(self) -> None:
        kinds = np.array([column.kind for column in self.columns])
        self._masks()
        self._own(np.flatnonzero(kinds != "all"), self.all, self.split, "")
        self._own(np.flatnonzero(kinds == "all"), self.all & self.spread, self.split & self.spread, "spread")
        for j in np.flatnonzero(kinds == "all").tolist():
            self._left_out(j)
        for tie in self.ties:
            self._tied(tie)
        self._changes()

    def _masks(self) -> None:
        """Find what is shown although something it rests on is not."""
        for j, column in enumerate(self.columns):
            base = list(column.draws)
            if column.kind == "all":
                base = list(dimensions_of(self.columns, column.lens))
            alone = self.split[:, j] & ~self.all[:, j]
            alone |= self.all[:, j] & ~self.all[:, base].all(axis=1)
            alone |= self.split[:, j] & ~self.split[:, base].all(axis=1)
            if column.opaque:
                alone |= self.all[:, j]
            if column.kind == "all":
                alone |= self.spread[:, j] & ~self.all[:, j]
            self.findings += [Finding(j, int(unit), "mask", 0) for unit in np.flatnonzero(alone)]

    def _own(self, which: npt.NDArray[np.intp], whole: BoolArray, split: BoolArray, rule: str) -> None:
        """Check some columns on their own: what region totals and the splits can single out."""
        if not len(which):
            return
        staff, manager = (rests(self.parent, whole[:, which], self.n[a][:, which]) for a in (0, 1))
        inner = rests(self.parent, split[:, which], np.minimum(staff, manager))
        for people, name in ((staff + manager, "all"), (inner, "split")):
            self._judge(_some(people), which, f"{rule} {name}".strip())
            self.rank += int((people > 0).sum()) if not rule else 0

    def _left_out(self, j: int) -> None:
        """Check who counts in a dimension but not in ALL, whose number and spread stand beside those of it."""
        left = left_out_of(self.columns, self.n, j)
        which = np.full(left.shape[2], j)
        whole, pair = ((mask & self.spread)[:, which] for mask in (self.all, self.split))
        self._judge(_some(rests(self.parent, whole, left.sum(axis=0))), which, "left out all")
        for row in left:
            self._judge(_some(rests(self.parent, pair, row)), which, "left out split")

    def _judge(self, people: IntArray, which: npt.NDArray[np.intp], rule: str) -> None:
        """Compare (U, P) numbers of people concerned with k, −1 for nothing. which: column of each P."""
        concerned = people[people >= 0]
        self.groups += len(concerned)
        if len(concerned):
            least = int(concerned.min())
            self.smallest = least if self.smallest is None else min(self.smallest, least)
        for unit, p in np.argwhere((people >= 0) & (people < self.k)).tolist():
            self.findings.append(Finding(int(which[p]), unit, rule, int(people[unit, p])))

    def _tied(self, tie: Tie) -> None:
        """Check a column that follows from others: whom do combinations with them concern?"""
        j, seen = tie.column, self.all & self.spread
        whole, pair = seen[:, j], (self.split & self.spread)[:, j]
        joint = whole | seen[:, list(tie.others)].any(axis=1)
        parts = np.stack([tie.own, tie.full, tie.lost])
        least = tie.least(np.array([[self._rest(joint, row) for row in part] for part in parts]))
        known = self._rest(whole, tie.own.sum(axis=0)) == 0
        for way in tie.ways:
            base = (self.split & self.spread if way.split else seen)[:, list(way.circuit)]
            known |= self._nests(whole, base) & (self._rest(whole, way.left.sum(axis=0)) == 0)
        left = np.where(known, -1, self._rest(whole, least.sum(axis=0)))
        self._judge(np.where(whole, left, -1)[:, None], np.array([j]), "lens")
        mixed = np.minimum(*(self._rest(whole, row) for row in least))
        left = np.where(self._has_halves(tie, pair), -1, self._rest(pair, mixed))
        self._judge(np.where(pair, left, -1)[:, None], np.array([j]), "lens split")

    def _has_halves(self, tie: Tie, pair: BoolArray) -> BoolArray:
        """Return where staff or managers of the tied column are known anyhow, and so both: bool (U,)."""
        known = np.logical_or(*(self._rest(pair, row) == 0 for row in tie.own))
        for way in tie.ways:
            nests = self._nests(pair, (self.split & self.spread)[:, list(way.circuit)])
            known |= nests & np.logical_or(*(self._rest(pair, row) == 0 for row in way.left))
        return np.asarray(known)

    def _nests(self, shown: BoolArray, circuit: BoolArray) -> BoolArray:
        """Return where a region is cut out by units that are shown for the circuit as well. circuit: (U, P)."""
        bad = shown & ~circuit.all(axis=1)
        over = regions(self.parent, shown)[self.parent[bad & (self.parent >= 0)]]
        nests = ~bad
        nests[over[over >= 0]] = False
        return nests

    def _rest(self, shown: BoolArray, people: IntArray) -> IntArray:
        return rests(self.parent, shown[:, None], people[:, None])[:, 0]

    def _changes(self) -> None:
        """Check releases that rest on other numbers of people, by the exact rank test."""
        past = [(_stack(release.n), release.shown) for release in self.earlier]
        for j in range(len(self.columns)):
            moved = [(n[:, :, j], mask) for n, mask in past if (n[:, :, j] != self.n[:, :, j]).any()]
            if not moved:
                continue
            history = [(self.n[:, :, j], self.shown)] + [(n[:, :, j], mask) for n, mask in past]
            cells = [(n, mask.all[:, j], mask.split[:, j]) for n, mask in history]
            found, tested = changed_numbers(self.parent, cells, self.k)
            self.groups += tested
            self.findings += [Finding(j, unit, "earlier", people) for unit, people in found]

    def certificate(self) -> dict[str, object]:
        """Return the certificate; see audit_release."""
        cells = int(self.all.sum() + 2 * self.split.sum())
        return {
            "columns": len(self.columns),
            "cells": cells,
            "rank": self.rank,
            "groups": self.groups,
            "ties": len({tie.column for tie in self.ties}),
            "k": self.k,
            "smallest": self.smallest,
            "releases": 1 + len(self.earlier),
            "findings": len(self.findings),
            "sha256": self._fingerprint(),
        }

    def _fingerprint(self) -> str:
        masks = {audience: [str(mask) for mask in table.masks] for audience, table in self.people.items()}
        plain = [[asdict(c) for c in self.columns], masks]
        digest = hashlib.sha256(json.dumps(plain, sort_keys=True).encode())
        past = [part for release in self.earlier for part in (_stack(release.n), *_masks_of(release.shown))]
        tables = [table.counts for _, table in sorted(self.people.items())]
        for array in [self.parent, *tables, *_masks_of(self.shown), *past, np.array([self.k])]:
            digest.update(repr(array.shape).encode())
            digest.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
        return digest.hexdigest()


def _some(people: IntArray) -> IntArray:
    """Return −1 for 0: a combination that concerns nobody is none."""
    return np.where(people == 0, -1, people)


def rests(parent: IntArray, shown: BoolArray, counts: IntArray) -> IntArray:
    """Return shown subtree totals minus those of the nearest shown units below, 0 where not shown.

    shown: (U, P). counts: (U, P) or (U, P, G), the same shape comes back. With ``counts`` that already sit at shown
    units of a finer mask it gathers them within the regions of ``shown``.
    """
    several = counts.reshape((*shown.shape, -1))
    rest = subtree_sums(parent, several)
    rest *= shown[:, :, None]
    below, column = np.nonzero(shown & (parent >= 0)[:, None])
    over = regions(parent, shown)[parent[below], column]
    below, column, over = (index[over >= 0] for index in (below, column, over))
    totals = rest[below, column]
    np.subtract.at(rest, (over, column), totals)
    return rest.reshape(counts.shape)


def _stack(n: Mapping[str, npt.ArrayLike]) -> IntArray:
    known = [np.asarray(n[audience], dtype=np.int64) for audience in AUDIENCES if audience in n]
    if not known or set(n) - set(AUDIENCES):
        raise ValueError(f"counts by staff and manager expected, not {sorted(n)}")
    return np.stack([np.asarray(n.get(a, np.zeros_like(known[0])), dtype=np.int64) for a in AUDIENCES])


def _column(staff: npt.ArrayLike, manager: npt.ArrayLike) -> dict[str, npt.ArrayLike]:
    return {"staff": np.asarray(staff)[:, None], "manager": np.asarray(manager)[:, None]}


def _shown(shown_all: npt.ArrayLike, shown_split: npt.ArrayLike) -> Shown:
    whole, split = (np.asarray(mask, dtype=bool)[:, None] for mask in (shown_all, shown_split))
    return Shown(all=whole, split=split, spread=np.ones_like(whole))


def _masks_of(shown: Shown) -> tuple[BoolArray, BoolArray, BoolArray]:
    return shown.all, shown.split, shown.spread
