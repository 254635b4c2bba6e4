"""Expected against achieved: what the figures did after an action, and where there was none.

Only released figures are read, and only those of units in the reader's reach, so that nothing new is disclosed. What
is found are associations: a figure may rise beside an action for other reasons.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import fsum, isfinite, sqrt
from typing import Final

import numpy as np

from assessments.scoring.intervals import t_975
from improvement.models import Action
from reports import queries
from reports.differences import Difference, difference
from reports.queries import Cell, PublishedCycle, Reach, Tree, UnitRow

ENOUGH_UNITS: Final = 2  # in each group, for an interval of the difference of their means


class Verdict(StrEnum):
    """What became of what was expected."""

    WAITING = "waiting"  # no later cycle is published
    HIDDEN = "hidden"  # one of the figures is not shown, or not to this reader
    NOISE = "noise"  # the change is within what chance does
    REACHED = "reached"
    LESS = "less"  # a clear rise, smaller than expected
    FELL = "fell"


@dataclass(frozen=True)
class Effect:
    """An action with the figure before and after it. expected: score points."""

    action: Action
    block: str
    expected: float
    before: Cell | None = None
    after: Cell | None = None
    change: Difference | None = None
    later: PublishedCycle | None = None
    earlier: PublishedCycle | None = None

    @property
    def verdict(self) -> Verdict:
        if self.later is None:
            return Verdict.WAITING
        if self.change is None:
            return Verdict.HIDDEN
        if not self.change.clear:
            return Verdict.NOISE
        if self.change.value < 0:
            return Verdict.FELL
        return Verdict.REACHED if self.change.value >= self.expected else Verdict.LESS


def next_cycle(cycles: Sequence[PublishedCycle], code: str) -> tuple[PublishedCycle, PublishedCycle] | None:
    """Return the cycle with this code and the first published after it with the same framework; None without.

    cycles: the oldest first.
    """
    earlier = next((one for one in cycles if one.code == code), None)
    if earlier is None:
        return None
    after = cycles[cycles.index(earlier) + 1 :]
    later = next((one for one in after if one.framework.code == earlier.framework.code), None)
    return (earlier, later) if later else None


def effects(actions: Iterable[Action], cycles: Sequence[PublishedCycle], reach: Reach) -> list[Effect]:
    """Return what became of what was expected of each action, in their order. One query for any number.

    actions: with an expected effect. cycles: the oldest first.
    """
    rows = [one for one in actions if one.expected_points is not None]
    pairs = {one.baseline_cycle: next_cycle(cycles, one.baseline_cycle) for one in rows}
    needed = {cycle.release: cycle for pair in pairs.values() if pair for cycle in pair}
    cells = queries.block_cells(
        list(needed.values()), units={one.unit.code for one in rows}, blocks={one.block for one in rows}
    )
    return [_effect(one, cycles, pairs[one.baseline_cycle], cells, reach) for one in rows]


def _effect(
    action: Action,
    cycles: Sequence[PublishedCycle],
    pair: tuple[PublishedCycle, PublishedCycle] | None,
    cells: Mapping[tuple[int, str, str], Cell],
    reach: Reach,
) -> Effect:
    title, expected = _title(action.block, cycles), float(action.expected_points or 0)
    if pair is None:
        return Effect(action, title, expected)
    earlier, later = pair
    if not _allowed(action, reach):
        return Effect(action, title, expected, later=later, earlier=earlier)
    before, after = (cells.get((one.release, action.unit.code, action.block)) for one in pair)
    return Effect(action, title, expected, before, after, difference(after, before), later, earlier)


def _allowed(action: Action, reach: Reach) -> bool:
    code = action.unit.code
    return reach.codes is None or action.unit.parent_id is None or code == reach.own or code in reach.codes


def _title(block: str, cycles: Sequence[PublishedCycle]) -> str:
    for cycle in reversed(cycles):
        for one in cycle.instrument.blocks:
            if one.code == block:
                return str(one.title)
    return block


@dataclass(frozen=True)
class Comparison:
    """The change of a block in units with an action about it, and in those without, between two cycles.

    with_action, without: the units' changes in score points; units don't overlap. gap: mean with − mean without, with
    the 95 % interval where each group has two units or more.
    """

    block: str
    title: str
    earlier: PublishedCycle
    later: PublishedCycle
    with_action: Sequence[float]
    without: Sequence[float]
    gap: Difference | None


def comparisons(
    actions: Iterable[Action], cycles: Sequence[PublishedCycle], reach: Reach
) -> list[Comparison]:
    """Return with against without for every block and cycle that actions of units below the organisation count from.

    An action counts for its unit and all below it; those of the organisation reach every unit, so that nothing is left
    to compare with. Compared are the lowest units shown in both cycles, within reach. Three queries at most a cycle.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for one in actions:
        if one.block and one.baseline_cycle and one.unit.parent_id is not None:
            found.setdefault((one.baseline_cycle, one.block), set()).add(one.unit.code)
    compared = []
    for code in dict.fromkeys(code for code, _block in found):
        pair = next_cycle(cycles, code)
        if pair is not None:
            blocks = {block: units for (cycle, block), units in found.items() if cycle == code}
            compared += _compared(*pair, blocks, reach, cycles)
    return compared


def _compared(
    earlier: PublishedCycle,
    later: PublishedCycle,
    acted: Mapping[str, set[str]],
    reach: Reach,
    cycles: Sequence[PublishedCycle],
) -> list[Comparison]:
    tree = queries.tree(later)
    codes = {row.code for row in tree.units if reach.below(row)}
    cells = queries.block_cells([earlier, later], units=codes, blocks=set(acted))
    rows = []
    for block in sorted(acted):
        changes = {
            code: found.value
            for code in codes
            if (
                found := difference(
                    cells.get((later.release, code, block)), cells.get((earlier.release, code, block))
                )
            )
        }
        lowest = _lowest(tree, set(changes))
        touched = _under(tree, acted[block])
        groups = (
            [changes[row.code] for row in lowest if (row.code in touched) is wanted]
            for wanted in (True, False)
        )
        with_action, without = groups
        gap = mean_difference(with_action, without)
        rows.append(Comparison(block, _title(block, cycles), earlier, later, with_action, without, gap))
    return rows


def _lowest(tree: Tree, codes: set[str]) -> list[UnitRow]:
    """The units of the set with none of the set below them, so that nobody counts twice."""
    above: set[str] = set()
    for row in tree.units:
        if row.code in codes:
            above.update(one.code for one in tree.above(row))
    return [row for row in tree.units if row.code in codes and row.code not in above]


def _under(tree: Tree, codes: set[str]) -> set[str]:
    """The units of the set and all below them."""
    return {
        row.code
        for row in tree.units
        if row.code in codes or any(one.code in codes for one in tree.above(row))
    }


def mean_difference(one: Sequence[float], other: Sequence[float]) -> Difference | None:
    """Return mean − mean of two groups of units; None where a group is empty.

    95 % interval: difference ± t(0.975, ν)·√(s₁²/n₁ + s₂²/n₂), ν by Welch (1947), Biometrika 34, 28-35, rounded down;
    none where a group has fewer than two units, and then it is never called clear.

    >>> mean_difference([8, 10], [1, 3]).value
    7.0
    """
    if not one or not other:
        return None
    value = fsum(one) / len(one) - fsum(other) / len(other)
    if min(len(one), len(other)) < ENOUGH_UNITS:
        return Difference(value)
    parts = [float(np.var(group, ddof=1)) / len(group) for group in (one, other)]
    total = fsum(parts)
    if not total:
        return Difference(value, value, value, value != 0)
    spread = sum(part**2 / (len(group) - 1) for part, group in zip(parts, (one, other), strict=True))
    freedom = total**2 / spread
    if not isfinite(freedom):
        return Difference(value)
    half = float(t_975(np.array([max(1, int(freedom))], dtype=float))[0]) * sqrt(total)
    return Difference(value, value - half, value + half, abs(value) > half)
