"""What a unit could do next about its priorities: suggestions for the level of each, and the way to plan one."""

from collections.abc import Sequence
from dataclasses import dataclass

from improvement.queries.suggestions import Suggestion, suggestions
from reports.overview import Ranked
from reports.queries import PublishedCycle, UnitRow
from reports.statistics import Answers


@dataclass(frozen=True)
class Plan:
    """Something to plan an action about. kind, subject: of its reference; ideas: what helps at this level."""

    kind: str
    cycle: str
    unit: str
    subject: str
    title: str
    why: str
    ideas: Sequence[Suggestion] = ()


def plans(cycle: PublishedCycle, unit: UnitRow, found: Sequence[Ranked]) -> list[Plan]:
    """Return what could be planned about these blocks; nothing for dimensions of another lens."""
    blocks = {one.code for one in cycle.instrument.blocks}
    return [
        Plan(
            "figure",
            cycle.code,
            unit.code,
            one.dimension.code,
            one.title,
            one.why,
            suggestions(one.dimension.code, one.level),
        )
        for one in found
        if one.dimension.code in blocks
    ]


def plans_about(cycle: PublishedCycle, unit: UnitRow, found: Sequence[Answers], most: int = 3) -> list[Plan]:
    """Return what could be planned about the least favourable statements."""
    lowest = sorted(found, key=lambda one: one.score)[:most]
    return [Plan("statement", cycle.code, unit.code, one.item, one.text, "") for one in lowest]
