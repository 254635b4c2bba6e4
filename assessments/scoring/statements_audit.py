"""Prove, independently of how they were chosen, that the distributions of statements disclose nobody.

A distribution tells how many people answered a statement; beside the number of those who count in its block it tells
of those who did not. And a block's mean is the mean of its items: where every item of a block is shown, the block's
total less those of its items concerns those who left an item out; where one is not, those who answered it.
docs/confidentiality-rule.md, 4. Must not import ``statements`` or ``disclosure``, which choose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from assessments.scoring.audit import rests
from assessments.scoring.shown import Shown
from assessments.scoring.tree import BoolArray, IntArray, regions


class Asked(Protocol):
    """A statement: the block it is in (−1 for none), and whether it is put to both audiences, or to all who count."""

    @property
    def block(self) -> int: ...
    @property
    def alone(self) -> bool: ...
    @property
    def is_joint(self) -> bool: ...


class Numbers(Protocol):
    """People per audience, unit and statement, int (2, U, S)."""

    @property
    def n(self) -> IntArray: ...
    @property
    def missing(self) -> IntArray: ...
    @property
    def complete(self) -> IntArray: ...


class Masks(Protocol):
    """Where distributions are shown, bool (U, S)."""

    @property
    def all(self) -> BoolArray: ...
    @property
    def split(self) -> BoolArray: ...


@dataclass(frozen=True)
class Gap:
    """A distribution that tells of too few people.

    rule: "mask" (shown where its block is not), "answered", "missing", "split" (who answered and who did not, in a
    region), or "block" (what a combination with the block's figures leaves).
    """

    statement: int
    unit: int
    rule: str
    people: int


@dataclass(frozen=True)
class Verdict:
    """What was found, and how many groups of people were compared with k."""

    gaps: tuple[Gap, ...]
    groups: int


def audit_statements(
    parent: IntArray,
    shown: Shown,
    statements: Sequence[Asked],
    people: Numbers,
    masks: Masks,
    k: int,
    earlier: Sequence[Masks] = (),
) -> Verdict:
    """Audit the distributions of a release together with those of earlier releases of the cycle.

    parent: int (U,), −1 for roots. shown: the blocks' masks. people, masks: in the order of ``statements``.
    """
    check = _Check(np.asarray(parent, dtype=np.int64), people, k)
    whole, split = masks.all.copy(), masks.split.copy()
    for release in earlier:
        whole |= release.all
        split |= release.split
    check.masks(shown, statements, whole, split)
    check.regions(whole, split)
    for block in sorted({one.block for one in statements if one.block >= 0}):
        check.block(shown, statements, whole, block)
    return Verdict(tuple(check.gaps), check.groups)


class _Check:
    def __init__(self, parent: IntArray, people: Numbers, k: int) -> None:
        self.parent, self.people, self.k = parent, people, k
        self.gaps: list[Gap] = []
        self.groups = 0

    def masks(self, shown: Shown, statements: Sequence[Asked], whole: BoolArray, split: BoolArray) -> None:
        for place, one in enumerate(statements):
            alone = split[:, place] & ~whole[:, place]
            if one.block >= 0:
                told = shown.all if one.is_joint or one.alone else shown.split
                alone |= whole[:, place] & ~told[:, one.block]
                alone |= split[:, place] & ~shown.split[:, one.block]
            self.gaps += [Gap(place, int(unit), "mask", 0) for unit in np.flatnonzero(alone)]

    def regions(self, whole: BoolArray, split: BoolArray) -> None:
        """Compare who answered and who did not, in every region, with k."""
        together = [rests(self.parent, whole, one) for one in self.people.n]
        self._judge(together[0] + together[1], "answered")
        self._judge(rests(self.parent, whole, self.people.missing.sum(axis=0)), "missing")
        self._judge(rests(self.parent, split, np.minimum(*together)), "split")
        for missing in self.people.missing:
            self._judge(rests(self.parent, split, missing), "split")

    def block(self, shown: Shown, statements: Sequence[Asked], whole: BoolArray, block: int) -> None:
        """Find what combinations of the block's figures with those of its statements leave.

        Within a region q of the block those who answered every item remain, all of them, unless the items' weights are
        the block's; then those remain who did not. So in a region of a statement at least the sum of these over its q
        remain, the smaller where every statement is shown over q.
        """
        places = [place for place, one in enumerate(statements) if one.block == block]
        over = (regions(self.parent, whole[:, places]) >= 0).all(axis=1)
        for place in places:
            one = statements[place]
            joint = one.is_joint or one.alone
            told = shown.all[:, block] if joint else shown.split[:, block]
            complete, counted = (
                self._rest(told, part[:, :, place].sum(axis=0))
                for part in (self.people.complete, self.people.n + self.people.missing)
            )
            least = np.where(over, np.minimum(complete, counted - complete), complete)
            remain = self._rest(whole[:, place], least)
            nobody_complete = self._rest(whole[:, place], ((complete == 0) & (counted > 0)).astype(np.int64))
            self._judge_one(remain, place)
            bad = whole[:, place] & (remain == 0) & (nobody_complete > 0)
            self.gaps += [Gap(place, int(unit), "block", 0) for unit in np.flatnonzero(bad)]

    def _rest(self, mask: BoolArray, values: IntArray) -> IntArray:
        return rests(self.parent, mask[:, None], values[:, None])[:, 0]

    def _judge(self, people: IntArray, rule: str) -> None:
        self.groups += int((people > 0).sum())
        for unit, place in np.argwhere((people > 0) & (people < self.k)).tolist():
            self.gaps.append(Gap(place, unit, rule, int(people[unit, place])))

    def _judge_one(self, people: IntArray, place: int) -> None:
        self.groups += int((people > 0).sum())
        for unit in np.flatnonzero((people > 0) & (people < self.k)).tolist():
            self.gaps.append(Gap(place, unit, "block", int(people[unit])))
