"""How statements were answered, and where that may be told: the choice. The judge is ``statements_audit``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assessments.scoring.cover import Tree, cover, tree_of
from assessments.scoring.cube import Cube
from assessments.scoring.shown import Shown
from assessments.scoring.spec import RESPONDENTS, Spec
from assessments.scoring.statements_audit import Gap, audit_statements
from assessments.scoring.table import PEOPLE, FigureTable
from assessments.scoring.tree import BoolArray, IntArray, region_sums

_FEW = 10  # fewer people than this, near one end of the scale, would be told apart by a distribution
_NEAR = 0.5  # scale points


class Statement(NamedTuple):
    """A statement put to staff, to managers, or to both (two items with the same stem, paired by the framework).

    staff, manager: its index among the audience's items, −1 where the audience is not asked. block: its column, −1 for
    none. alone: only this statement's audience has items in the block, so that its people are all who count there.
    """

    staff: int
    manager: int
    block: int
    alone: bool

    @property
    def members(self) -> tuple[int, int]:
        return self.staff, self.manager

    @property
    def is_joint(self) -> bool:
        """Whether both audiences are asked."""
        return min(self.members) >= 0


@dataclass(frozen=True)
class People:
    """Numbers of people for each statement, int (2, U, S): staff and managers directly in each unit.

    n: answered it and count in its block. missing: count in the block and did not answer it. complete: answered
    every item of the block. counted: count in the block; without a block those who answered.
    """

    n: IntArray
    missing: IntArray
    complete: IntArray

    @property
    def counted(self) -> IntArray:
        return np.asarray(self.n + self.missing)


@dataclass(frozen=True)
class ShownStatements:
    """Masks (U, S). all: the people of both audiences together (of the only one asked). split: each apart."""

    all: BoolArray
    split: BoolArray


def statements_of(spec: Spec) -> tuple[Statement, ...]:
    """Return the statements, those of staff first, in the frozen order.

    Two items are one statement where they name each other as a pair, are keyed alike, and lie in the same block.
    """
    places = {
        audience: {item.code: index for index, item in enumerate(spec.items[audience])}
        for audience in spec.audiences
    }
    blocks = {audience: spec.block_of(audience) for audience in spec.audiences}
    found = []
    paired = set()
    for staff, item in enumerate(spec.items.get("staff", ())):
        other = places.get("manager", {}).get(item.pair, -1)
        if other >= 0 and _is_pair(spec, blocks, staff, other):
            paired.add(other)
            found.append(Statement(staff, other, blocks["staff"][staff], alone=False))
        else:
            found.append(_single(spec, "staff", staff, blocks["staff"][staff]))
    rest = range(len(spec.items.get("manager", ())))
    found += [_single(spec, "manager", m, blocks["manager"][m]) for m in rest if m not in paired]
    return tuple(found)


def _is_pair(spec: Spec, blocks: dict[str, tuple[int, ...]], staff: int, manager: int) -> bool:
    one, other = spec.items["staff"][staff], spec.items["manager"][manager]
    return (
        other.pair == one.code
        and one.reverse == other.reverse
        and blocks["staff"][staff] == blocks["manager"][manager]
    )


def _single(spec: Spec, audience: str, item: int, block: int) -> Statement:
    asked = spec.answered_by(block) if block >= 0 else spec.audiences
    staff, manager = (item if audience == one else -1 for one in RESPONDENTS)
    return Statement(staff, manager, block, alone=asked == (audience,))


def answers_of(spec: Spec, cube: Cube, statements: Sequence[Statement]) -> IntArray:
    """Return how often each option was chosen, as given: int (2, U, S, A), staff and managers."""
    counts = np.zeros((2, cube.units, len(statements), spec.options), dtype=np.int64)
    for row, audience in enumerate(RESPONDENTS):
        if audience in cube.audiences:
            for place, statement in enumerate(statements):
                if statement.members[row] >= 0:
                    counts[row, :, place] = cube[audience].answers[:, statement.members[row], 1:-1]
    return counts


def people_of(spec: Spec, cube: Cube, statements: Sequence[Statement]) -> People:
    """Return whom each statement concerns."""
    shape = (2, cube.units, len(statements))
    n, missing, complete = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    for row, audience in enumerate(RESPONDENTS):
        if audience not in cube.audiences:
            continue
        part = cube[audience]
        for place, statement in enumerate(statements):
            if statement.members[row] < 0:
                continue
            answers = part.answers[:, statement.members[row]]
            n[row, :, place] = answers[:, 1:-1].sum(axis=1)
            if statement.block >= 0:
                missing[row, :, place] = answers[:, 0] + answers[:, -1]
                complete[row, :, place] = part.rows[:, statement.block]
            else:
                complete[row, :, place] = n[row, :, place]
    return People(n, missing, complete)


def plan_statements(
    spec: Spec,
    cube: Cube,
    *,
    parent: npt.NDArray[np.int64],
    shown: Shown,
    table: FigureTable,
    k: int,
    earlier: Sequence[ShownStatements] = (),
    steps: int = 50,
) -> tuple[ShownStatements, int]:
    """Return where the distribution of each statement may be given, and how many groups of people the audit compared.

    Only where its block is, staff and managers apart only where they are there, in no unit whose figure in the block is
    a bound; and where, region by region (per audience where split), those who count in the block but did not answer it
    are 0 or >= k, and so are those who answered it, and those who answered every item of the block.
    Raises ValueError where the audit fails.
    """
    statements = statements_of(spec)
    people = people_of(spec, cube, statements)
    tree = tree_of(parent)
    allowed, apart = _candidates(spec, cube, statements, people, tree, shown, table)
    whole = _whole(tree, people, allowed, k)
    masks = ShownStatements(whole, _apart(tree, people, whole, apart & whole, k))
    for _ in range(steps):
        verdict = audit_statements(parent, shown, statements, people, masks, k, earlier=earlier)
        if not verdict.gaps:
            return masks, verdict.groups
        masks = _without(masks, verdict.gaps)
    raise ValueError(f"the audit of the statements fails: {verdict.gaps[0]}; nothing may be published")


def _candidates(
    spec: Spec,
    cube: Cube,
    statements: Sequence[Statement],
    people: People,
    tree: Tree,
    shown: Shown,
    table: FigureTable,
) -> tuple[BoolArray, BoolArray]:
    """Units where a statement may be shown at all, for all and for the split: bool (U, S) each."""
    size = (cube.units, len(statements))
    allowed, apart = np.ones(size, dtype=np.bool_), np.ones(size, dtype=np.bool_)
    bound = table.band[:, : len(PEOPLE)] != 0
    near = _near_ends(spec, cube, statements, people, tree)
    for place, statement in enumerate(statements):
        block = statement.block
        if block < 0:
            allowed[:, place] = ~near[0, :, place]
            apart[:, place] = ~near[1:, :, place].any(axis=0)
            if not statement.is_joint and not statement.alone:
                allowed[:, place] &= apart[:, place]
        else:
            allowed[:, place] = shown.all[:, block] & ~bound[:, 0, block]
            apart[:, place] = shown.split[:, block] & ~bound[:, 1:, block].any(axis=1)
            if not statement.is_joint and not statement.alone:
                allowed[:, place] &= apart[:, place]
        if not statement.is_joint:
            apart[:, place] = False
    return allowed, apart


def _near_ends(
    spec: Spec, cube: Cube, statements: Sequence[Statement], people: People, tree: Tree
) -> BoolArray:
    """Where few people answered a statement near one end of the scale: bool (3, U, S), all, staff, managers."""
    answers = answers_of(spec, cube, statements)
    options = np.arange(1, spec.options + 1)
    sums = np.moveaxis(np.stack([answers @ options, people.n]), 2, -1)  # (2 sums, 2 audiences, S, U)
    total, n = (np.concatenate([one.sum(axis=0, keepdims=True), one]) for one in tree.totals(sums))
    mean = np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)
    ends = (mean <= 1 + _NEAR) | (mean >= spec.options - _NEAR)
    return np.asarray(np.swapaxes((n < _FEW) & ends, 1, 2))


def _whole(tree: Tree, people: People, allowed: BoolArray, k: int) -> BoolArray:
    together = [one.sum(axis=0) for one in (people.n, people.missing, people.complete)]
    size = tree.totals(together[0].T)
    return _chosen(tree, together, allowed & (size.T > 0), size, k)


def _apart(tree: Tree, people: People, whole: BoolArray, allowed: BoolArray, k: int) -> BoolArray:
    staff, manager = (region_sums(tree.parent, whole, row) for row in people.n)
    loads = [np.minimum(staff, manager), *people.missing, *people.complete]
    return _chosen(tree, loads, allowed, tree.totals(people.n.sum(axis=0).T), k)


def _chosen(tree: Tree, loads: Sequence[IntArray], allowed: BoolArray, size: IntArray, k: int) -> BoolArray:
    """Return for each statement the units shown, bool (U, S): the whole of ``allowed`` where that is sound."""
    sums = [region_sums(tree.parent, allowed, load) for load in loads]
    sound = np.all([((one == 0) | (one >= k)).all(axis=0) for one in sums], axis=0)
    chosen = allowed.copy()
    for place in np.flatnonzero(~sound).tolist():
        stacked = np.stack([load[:, place] for load in loads])
        chosen[:, place] = cover(tree, stacked, candidate=allowed[:, place], size=size[place], k=k)
    return chosen


def _without(masks: ShownStatements, gaps: Sequence[Gap]) -> ShownStatements:
    whole, split = masks.all.copy(), masks.split.copy()
    for gap in gaps:
        (split if split[gap.unit, gap.statement] else whole)[gap.unit, gap.statement] = False
    return replace(masks, all=whole, split=split & whole)
