"""What a release tells beside the scores, as plain data: how statements were answered, drivers, careless answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from assessments.instrument.content import Item
from assessments.models import Analysis, Distribution
from reports.queries import PublishedCycle, UnitRow

OUTCOME: Final = ""  # in place of a block's code: statements outside the blocks


@dataclass(frozen=True)
class Answers:
    """How one statement was answered by an audience of a unit.

    audience: all (staff and managers together), staff or manager. item: the code of the audience's item; for all that
    of staff. block: code of its block, OUTCOME for none. counts: people per point of the scale, the lowest first, as
    they answered. reverse: agreeing speaks against customer focus. missing: people who count in the block without
    having answered this statement, None outside the blocks.
    """

    item: str
    text: str
    audience: str
    block: str
    reverse: bool
    counts: tuple[int, ...]
    missing: int | None = None

    @property
    def n(self) -> int:
        """How many people answered."""
        return sum(self.counts)

    @property
    def keyed(self) -> tuple[int, ...]:
        """People per point, the least favourable first: a reversed statement is turned round."""
        return self.counts[::-1] if self.reverse else self.counts

    @property
    def shares(self) -> tuple[float, ...]:
        """Per cent of the answers per point, as they answered, unrounded."""
        return tuple(100 * count / self.n for count in self.counts)

    @property
    def score(self) -> float:
        """The mean after turning reversed statements round, 0 to 100."""
        points = len(self.counts) - 1
        return 100 * sum(place * count for place, count in enumerate(self.keyed)) / (points * self.n)

    @property
    def favourable(self) -> float:
        """Per cent of the answers above the middle of the scale, after turning reversed statements round."""
        half = len(self.counts) // 2
        return 100 * sum(self.keyed[len(self.counts) - half :]) / self.n


def answers(
    cycle: PublishedCycle, unit: UnitRow, *, audience: str = "all", block: str | None = None
) -> list[Answers]:
    """Return how the unit's statements were answered, where that may be told, in the framework's order. One query.

    audience: all, staff or manager. block: code of a block, OUTCOME for those outside the blocks, None for every one.
    """
    rows = Distribution.objects.visible().filter(
        release=cycle.release, unit__position=unit.position, audience=audience
    )
    found = {row.item: row for row in rows}
    items = [item for item in cycle.instrument.items if item.code in found]
    listed = [_answers(cycle, item, found[item.code]) for item in items]
    return [one for one in listed if block is None or one.block == block]


def _answers(cycle: PublishedCycle, item: Item, row: Distribution) -> Answers:
    return Answers(
        item=item.code,
        text=str(item.text),
        audience=row.audience,
        block=item.dimensions.get(cycle.instrument.primary.code, OUTCOME),
        reverse=item.reverse,
        counts=tuple(row.counts),
        missing=row.missing,
    )


@dataclass(frozen=True)
class Driver:
    """A block's share of what all blocks explain of the outcome (0 to 1; they add up to 1), with its 95 % interval."""

    block: str
    title: str
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class DriverAnalysis:
    """What the outcome goes with, in the whole organisation; associations, not causes.

    drivers: the largest first; empty where withheld says why: "few" (needed: how many people it takes), "left_out"
    (too few people would be left out), "no_outcome", "blocks", "no_variance", "none" (scored before there was one).
    r2: how much of the differences in the outcome all blocks explain (0 to 1), with its 95 % interval.
    """

    drivers: Sequence[Driver] = ()
    n: int = 0
    r2: float = 0.0
    r2_low: float = 0.0
    r2_high: float = 0.0
    withheld: str = ""
    needed: int = 0

    @property
    def importance(self) -> Mapping[str, float]:
        """Share by block; empty where nothing can be said."""
        return {one.block: one.share for one in self.drivers}


def drivers(cycle: PublishedCycle) -> DriverAnalysis:
    """Return driver analysis of the organisation. One query."""
    found = _result(cycle, Analysis.Kind.DRIVERS)
    if "drivers" not in found:
        return DriverAnalysis(withheld=found.get("withheld", "none"), needed=found.get("needed", 0))
    titles = {block.code: str(block.title) for block in cycle.instrument.blocks}
    rows = [Driver(title=titles[row["block"]], **row) for row in found["drivers"]]
    rows.sort(key=lambda row: -row.share)
    return DriverAnalysis(drivers=rows, **{name: found[name] for name in ("n", "r2", "r2_low", "r2_high")})


@dataclass(frozen=True)
class Careless:
    """The screen for careless answers in the whole organisation.

    flagged: of n people who answered, how many gave one option to half of the questionnaire in a row. scores: (lens,
    dimension) → the organisation's score of all answers without theirs. withheld: why nothing is shown: "left_out"
    (fewer than k of either kind), "short" (too few items for the screen), "none" (scored before there was one).
    """

    n: int = 0
    flagged: int = 0
    scores: Mapping[tuple[str, str], float] = field(default_factory=dict)
    withheld: str = ""

    @property
    def share(self) -> float:
        """Per cent of the people who answered."""
        return 100 * self.flagged / self.n if self.n else 0.0


def careless(cycle: PublishedCycle) -> Careless:
    """Return the screen for careless answers. One query."""
    found = _result(cycle, Analysis.Kind.CARELESS)
    if "flagged" not in found:
        return Careless(withheld=found.get("withheld", "none"))
    scores = {(row["lens"], row["dimension"]): row["score"] for row in found["scores"]}
    return Careless(n=found["n"], flagged=found["flagged"], scores=scores)


def _result(cycle: PublishedCycle, kind: Analysis.Kind) -> dict[str, Any]:
    row = Analysis.objects.filter(release=cycle.release, kind=kind).values_list("result", flat=True).first()
    result: dict[str, Any] = row or {}
    return result
