"""A unit's results on one printed page, with questions for the team's meeting and room for what it agrees on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from organisation.models import Person
from reports import queries
from reports.choices import picked
from reports.desk import at_home, desk_of
from reports.facts import Facts
from reports.numbers import score, signed
from reports.overview import Overview, overview
from reports.pages import headline
from reports.queries import PublishedCycle, UnitRow
from reports.questions import questions


@dataclass(frozen=True)
class Bar:
    """A block on the sheet. change: in points, in words; clear: it exceeds noise."""

    title: str
    value: float | None
    number: str
    change: str
    clear: bool


@dataclass(frozen=True)
class Sheet:
    """What the page shows."""

    cycle: PublishedCycle
    previous: PublishedCycle | None
    unit: UnitRow
    headline: str
    bars: Sequence[Bar]
    minute: Overview
    questions: Sequence[str]


def sheet(person: Person, code: str, parameters: Mapping[str, str]) -> Sheet | None:
    """Return the sheet of a unit that the person reaches by role, or None before the first publication.

    Raises NotFoundError for what isn't there for them.
    """
    cycles = queries.published_cycles()
    if not cycles:
        return None
    cycle = picked(cycles, parameters.get("cycle") or None, cycles[-1])
    reach = queries.reach(person)
    at_home(queries.tree(cycle), reach, code, below=True)
    desk = desk_of(reach, code, cycles, {"cycle": cycle.code})
    facts = desk.facts(aims=True)
    minute = overview(facts, desk.unit)
    return Sheet(
        cycle=desk.cycle,
        previous=desk.previous,
        unit=desk.unit,
        headline=headline(desk),
        bars=_bars(facts, desk.unit),
        minute=minute,
        questions=questions(minute),
    )


def _bars(facts: Facts, unit: UnitRow) -> list[Bar]:
    bars = []
    for one in facts.lens.dimensions:
        cell, moved = facts.cell(unit, "all", one.code), facts.change(unit, one.code)
        change = signed(moved.value) if moved and moved.clear else ""
        bars.append(Bar(str(one.title), cell.score if cell else None, score(cell), change, bool(change)))
    return bars
