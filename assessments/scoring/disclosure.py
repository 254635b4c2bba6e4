"""Choose what a release shows, so that no combination of its figures concerns 1…k−1 people.

A(u) is everyone counted under unit u, S(u) and M(u) its staff and managers. S and M are shown as a pair or
not at all, only where A is. The region of a shown unit is its people minus those of shown units below it.
With A alone the published totals span exactly the totals of the regions, so each must hold 0 or >= k people.
With the split, a combination that uses S of a split region R can cancel, in each A-region r inside R, either
its staff or its managers but not both; what it still concerns is at least the sum of min(staff_r, managers_r).
That sum must be 0 or >= k. Proof, counter-examples and limits: docs/confidentiality-rule.md. Decisions use
group sizes only, never answers. The judge is the independent ``assessments.scoring.audit``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

from assessments.scoring.audit import Finding, Released, audit_release
from assessments.scoring.column import Column, check_columns, dimensions_of
from assessments.scoring.cover import Tree, cover, tree_of
from assessments.scoring.dependence import (
    Tie,
    Way,
    check_people,
    counts_of,
    elimination_order,
    left_out_of,
    partial_of,
    ties,
)
from assessments.scoring.patterns import Patterns
from assessments.scoring.shown import Shown
from assessments.scoring.tree import BoolArray, IntArray, region_sums, regions

__all__ = ["Column", "choose", "notice_unit", "plan", "plan_audited", "regions"]

AUDIENCES = ("staff", "manager")
_Half = tuple[Tie, Way | None, tuple[int, ...]]


def choose(
    parent: npt.ArrayLike, staff: npt.ArrayLike, manager: npt.ArrayLike, k: int
) -> tuple[BoolArray, BoolArray]:
    """Return (shown for all, shown for the split), each bool (U,), for one column on its own.

    parent: int (U,), −1 for roots. staff, manager: int (U,), counted people directly in each unit.
    k: the least number of people a figure may concern, >= 1. A unit in which nobody counted is not shown.
    Near-linear time. Raises ValueError for negative counts, other lengths, or a circle.

    >>> shown, split = choose([-1, 0, 0], [1, 6, 7], [1, 5, 1], k=5)
    >>> shown.tolist(), split.tolist()
    ([True, True, False], [True, False, False])
    """
    tree = tree_of(parent)
    counts = _counts({"staff": np.asarray(staff), "manager": np.asarray(manager)}, len(tree.above))
    _check_k(k)
    return _choose(tree, counts, k)


def plan(
    columns: Sequence[Column],
    parent: npt.ArrayLike,
    people: Mapping[str, Patterns],
    k: int,
    *,
    whole_lens: bool = True,
) -> Shown:
    """Return what is shown of every column: masks of shape (U, C).

    columns: in the order of the second axis; bit c of a pattern is set where its people count in column c.
    people: audience → who is directly in each unit, by pattern; an audience that was not asked may be missing.
    whole_lens: hide a column of another lens also where, in its own region, 1…k−1 people count in some but not all
    blocks it draws on (the contract's rule). Without it more is shown, and still nothing that concerns 1…k−1 people.
    Deterministic.

    A block is chosen on its own. A column of another lens is shown only where all its blocks are and where its own n
    is safe. Where it follows from others (``dependence.ties``: one column a lens, as a rule), a combination of all of
    them concerns only those who do not count in each of them: it is shown only where these are 0 or >= k.
    ``ALL`` is shown where every dimension of its lens is; its spread where the same holds for it, and where those who
    count in a dimension but not in ``ALL`` are 0 or >= k in each of its regions (per audience where split).
    Raises ValueError for wrong shapes.
    """
    tree, listed = tree_of(parent), tuple(columns)
    check_columns(listed)
    _check_k(k)
    units = len(tree.above)
    check_people(people, units)
    return _Plan(tree, listed, people, k, whole_lens).make()


def plan_audited(
    columns: Sequence[Column],
    parent: npt.ArrayLike,
    people: Mapping[str, Patterns],
    k: int,
    earlier: Sequence[Released] = (),
    steps: int = 50,
    *,
    whole_lens: bool = True,
) -> tuple[Shown, dict[str, object]]:
    """Return a plan that the audit passes, and the audit's certificate. Arguments as in ``plan``.

    Where the audit finds something (it should not, but for earlier releases of other numbers), the splits of the
    offending units are hidden, then the units themselves, and the audit runs again: at most ``steps`` times.
    Raises ValueError where it still fails: nothing may be published then.
    """
    listed = tuple(columns)
    shown = plan(listed, parent, people, k, whole_lens=whole_lens)
    for _ in range(steps):
        verdict = audit_release(listed, parent, people, shown, k, earlier=earlier)
        if verdict.passed:
            return shown, verdict.certificate
        narrower = _hide(listed, shown, verdict.findings)
        if narrower is None:
            break
        shown = narrower
    raise ValueError(f"the disclosure audit fails: {verdict.findings[0]}; nothing may be published")


def notice_unit(parent: npt.ArrayLike, head_counts: npt.ArrayLike, k: int) -> IntArray:
    """Return for every unit the index of the unit in which its people's answers will visibly count: int (U,).

    head_counts: int (U,), people invited directly in the unit. If everybody answers, that unit's figures are shown;
    −1 where even the whole tree has fewer than k. The number to name beside it is its subtree sum.

    >>> notice_unit([-1, 0, 0], [3, 8, 2], k=5).tolist()
    [0, 1, 0]
    """
    heads = np.asarray(head_counts)
    shown, _ = choose(parent, heads, np.zeros_like(heads), k)
    return regions(parent, shown)


def _choose(tree: Tree, counts: IntArray, k: int) -> tuple[BoolArray, BoolArray]:
    people = counts.sum(axis=0)
    size = tree.totals(people)
    shown = cover(tree, people[None], candidate=size > 0, size=size, k=k)
    mixed = _mixed(tree, shown, counts)
    return shown, cover(tree, mixed[None], candidate=shown, size=size, k=k)


def _mixed(tree: Tree, shown: BoolArray, counts: IntArray) -> IntArray:
    """At every shown unit min(staff, managers) of its region. counts: (2, U)."""
    staff, manager = (region_sums(tree.parent, shown, row) for row in counts)
    return np.minimum(staff, manager)


class _Plan:
    """The masks of one plan while they are being made; counts n and partial are (2, U, C)."""

    def __init__(
        self,
        tree: Tree,
        columns: tuple[Column, ...],
        people: Mapping[str, Patterns],
        k: int,
        whole_lens: bool,
    ) -> None:
        self.tree, self.columns, self.k = tree, columns, k
        units = len(tree.above)
        self.n = counts_of(columns, people, units)
        partial = partial_of(columns, people, units) * whole_lens
        self.left_out = {
            j: left_out_of(columns, self.n, j) if column.kind == "all" else partial[:, :, j : j + 1]
            for j, column in enumerate(columns)
        }
        self.ties: dict[int, list[Tie]] = {}
        self.least: dict[Tie, IntArray] = {}
        for tie in ties(columns, people, self.n):
            self.ties.setdefault(tie.column, []).append(tie)
        self.all = np.zeros(self.n.shape[1:], dtype=bool)
        self.split = np.zeros_like(self.all)
        self.spread = np.ones_like(self.all)

    def make(self) -> Shown:
        for j in elimination_order(self.columns):
            if self.columns[j].kind == "block":
                self.all[:, j], self.split[:, j] = _choose(self.tree, self.n[:, :, j], self.k)
            elif self.columns[j].kind == "lens":
                self._lens(j)
            else:
                self._all(j)
        return Shown(all=self.all, split=self.split, spread=self.spread)

    def _lens(self, j: int) -> None:
        """Choose a column of another lens, given the columns before it."""
        if self.columns[j].opaque:
            return
        outer = list(self.columns[j].draws)
        candidate, split = (np.asarray(mask[:, outer].all(axis=1)) for mask in (self.all, self.split))
        self.all[:, j], self.split[:, j] = self._chosen(j, candidate, split)

    def _all(self, j: int) -> None:
        """Choose where ALL and its spread are shown."""
        outer = list(dimensions_of(self.columns, self.columns[j].lens))
        self.all[:, j] = self.all[:, outer].all(axis=1)
        self.split[:, j] = self.split[:, outer].all(axis=1)
        spread, split = self.all[:, j].copy(), self.split[:, j]
        while True:
            whole, pair = self._chosen(j, spread, split)
            if (pair == (whole & split)).all():
                break
            spread = whole & (pair | ~split)
        self.spread[:, j] = whole

    def _chosen(self, j: int, candidate: BoolArray, split: BoolArray) -> tuple[BoolArray, BoolArray]:
        """Return where column j may be shown within candidates, for all and for the split."""
        ties_of = self.ties.get(j, [])
        size = self.tree.totals(self.n[:, :, j].sum(axis=0))
        candidate = candidate & (size > 0)
        views = product(*([(tie, way) for way in (*tie.ways, None)] for tie in ties_of))
        shown = _most(candidate, (self._whole(j, some, candidate, size) for some in views))
        pair = shown & split
        if (
            not self.n[:, :, j].any(axis=1).all()
        ):  # one audience alone counts here: the split is the same as all
            return shown, pair
        halves = product(*(_halves(tie) for tie in ties_of))
        return shown, _most(pair, (self._pair(j, some, shown, pair, size) for some in halves))

    def _whole(
        self, j: int, views: tuple[tuple[Tie, Way | None], ...], candidate: BoolArray, size: IntArray
    ) -> BoolArray:
        """Choose where `all` is shown, relying on one way (None: on none) to have each tie of the column."""
        unit = len(self.tree.above) + 1
        parts = [self.n[:, :, j], *np.moveaxis(self.left_out[j], 2, 0)]
        loads = [unit * people.sum(axis=0) for people in parts]
        for tie, way in views:
            left = tie.own if way is None else way.left
            loads.append(unit * self._least(tie).sum(axis=0) + (left.sum(axis=0) > 0))
            if way is not None:
                candidate = candidate & self._where(way, split=way.split)
        return cover(self.tree, np.stack(loads), candidate=candidate, size=size, k=self.k * unit)

    def _pair(
        self, j: int, views: tuple[_Half, ...], shown: BoolArray, pair: BoolArray, size: IntArray
    ) -> BoolArray:
        """Choose where the split is shown, given where `all` is."""
        unit = len(self.tree.above) + 1
        apart = np.moveaxis(self.left_out[j], 1, 2).reshape(-1, len(self.tree.above))
        loads = [unit * _mixed(self.tree, shown, self.n[:, :, j]), *(unit * apart)]
        for tie, way, audiences in views:
            left = (tie.own if way is None else way.left)[list(audiences)]
            fresh = np.min([region_sums(self.tree.parent, shown, row) for row in left], axis=0) > 0
            loads.append(unit * _mixed(self.tree, shown, self._least(tie)) + fresh)
            if way is not None:
                pair = pair & self._where(way, split=True)
        return cover(self.tree, np.stack(loads), candidate=pair, size=size, k=self.k * unit)

    def _least(self, tie: Tie) -> IntArray:
        """Return the fewest people concerned in each region that the tied columns share, at its unit: int (2, U).

        These regions are cut by the units where any of the columns is shown: inside, every coefficient is the same.
        """
        if tie not in self.least:
            mask = np.asarray((self.all & self.spread)[:, list(tie.others)].any(axis=1))
            parts = (tie.own, tie.full, tie.lost)
            sums = [[region_sums(self.tree.parent, mask, row) for row in part] for part in parts]
            self.least[tie] = tie.least(np.array(sums))
        return self.least[tie]

    def _where(self, way: Way, *, split: bool) -> BoolArray:
        seen = (self.split if split else self.all) & self.spread
        return np.asarray(seen[:, list(way.circuit)].all(axis=1))


def _halves(tie: Tie) -> list[_Half]:
    """Return ways to have a split: staff or managers from those of other columns, or none (where one has nobody)."""
    apart = tie.ways[-1:]  # the one that takes audiences apart where both need it
    return [*((tie, way, (audience,)) for way in apart for audience in (0, 1)), (tie, None, (0, 1))]


def _most(possible: BoolArray, found: Iterable[BoolArray]) -> BoolArray:
    """Return the mask that shows most, the first of several; stops at one that shows all that is possible."""
    best = possible & False
    for mask in found:
        if mask.sum() > best.sum():
            best = mask
        if (best == possible).all():
            break
    return best


def _hide(columns: tuple[Column, ...], shown: Shown, findings: Sequence[Finding]) -> Shown | None:
    """Return narrower masks without the offending cells, None where there is nothing left to hide."""
    whole, split, spread = shown.all.copy(), shown.split.copy(), shown.spread.copy()
    for finding in findings:
        cell = finding.unit, finding.column
        if columns[finding.column].kind == "all":
            spread[cell] = False
        elif split[cell]:
            split[cell] = False
        else:
            whole[cell] = False
    _follow(columns, whole, split)
    for j, column in enumerate(columns):
        if column.kind == "all":
            spread[:, j] &= whole[:, j]
    narrower = Shown(all=whole, split=split, spread=spread)
    same = all((getattr(narrower, name) == getattr(shown, name)).all() for name in ("all", "split", "spread"))
    return None if same else narrower


def _follow(columns: tuple[Column, ...], whole: BoolArray, split: BoolArray) -> None:
    """Hide, in place, what rests on something hidden: split on all, lens on blocks, ALL on its dimensions."""
    for kind in ("lens", "all"):
        for j, column in enumerate(columns):
            if column.kind == kind:
                base = list(column.draws if kind == "lens" else dimensions_of(columns, column.lens))
                whole[:, j] &= whole[:, base].all(axis=1)
                split[:, j] &= split[:, base].all(axis=1)
    split &= whole


def _counts(counts: Mapping[str, npt.ArrayLike], *shape: int) -> IntArray:
    """Return counts of staff and managers as int (2, *shape); a missing audience counts nobody."""
    if set(counts) - set(AUDIENCES):
        raise ValueError(f"unknown audience in {sorted(counts)}")
    stacked = np.zeros((2, *shape), dtype=np.int64)
    for row, audience in enumerate(AUDIENCES):
        values = np.asarray(counts.get(audience, stacked[row]))
        if values.shape != shape or values.dtype.kind not in "iu":
            raise ValueError(
                f"{audience}: integers of shape {shape} expected, not {values.dtype} {values.shape}"
            )
        stacked[row] = values
    if (stacked < 0).any():
        raise ValueError("a count of people is negative")
    return stacked


def _check_k(k: int) -> None:
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
