"""A whole page of results, put together from few queries: what the template shows, nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext as _

from assessments.instrument.content import Lens
from organisation.models import Person
from reports import panels, pooled, queries, sentences
from reports.choices import Choice, NotFoundError, choice
from reports.desk import Desk, defined, desk_for, gate_of, level_name, primary
from reports.facts import Facts, Panel, unit_url
from reports.overview import Line, Overview, moved, overview
from reports.queries import ALL, Cell, PublishedCycle, UnitRow
from reports.tiles import Tile, tiles
from reports.trends import trends

PARAMETERS: Final = ("cycle", "lens", "block", "sort", "by", "views", "gap", "time", "others")


@dataclass(frozen=True)
class Step:
    """Where a dimension is on the ladder of levels, and what the next rung looks like."""

    title: str
    level: int
    name: str
    now: str
    next_name: str
    next: str


@dataclass(frozen=True)
class Crumb:
    name: str
    url: str


@dataclass(frozen=True)
class UnitPage:
    """The results of one unit and of what is below it."""

    cycle: PublishedCycle
    unit: UnitRow
    whole: UnitRow
    lens: Lens
    headline: str
    counts_in: Crumb | None
    tiles: Sequence[Tile]
    minute: Overview
    panels: Mapping[str, Panel]
    steps: Sequence[Step]
    crumbs: Sequence[Crumb]
    others: Sequence[Crumb]
    cycles: Sequence[Choice]
    lenses: Sequence[Choice]
    blocks: Sequence[Choice]
    cut: int = 0

    @property
    def is_whole(self) -> bool:
        return self.unit.parent < 0

    @property
    def trail(self) -> list[tuple[str, str]]:
        """The way from the organisation to this unit, as (name, address)."""
        return [*((crumb.name, crumb.url) for crumb in self.crumbs), (self.unit.name, "")]


def unit_page(person: Person, code: str | None, parameters: Mapping[str, str]) -> UnitPage | None:
    """Return the results of the unit, or of the topmost one this person reaches; None before the first publication.

    parameters: of the address; those of PARAMETERS count. Raises NotFoundError for what isn't there for this person.
    """
    cycles = queries.published_cycles()
    if not cycles:
        return None
    return _page(desk_for(person, code, cycles, {n: parameters[n] for n in PARAMETERS if parameters.get(n)}))


@dataclass(frozen=True)
class Standing:
    """Where a unit stands in the newest published cycle, and what changed since the one before, in a sentence each."""

    unit: UnitRow
    headline: str
    url: str
    moved: Line


def standings(person: Person, code: str | None) -> tuple[PublishedCycle | None, list[Standing]]:
    """Return the newest published cycle and where the organisation and the unit stand in it.

    code: of the unit, None for the topmost one this person reaches by role. A unit that the cycle did not know, or
    that this person may not see, is left out.
    """
    cycles = queries.published_cycles()
    if not cycles:
        return None, []
    desks = [desk for one in (queries.ROOT, code) if (desk := _found(person, one, cycles))]
    units = {desk.unit.position: desk for desk in desks}
    return cycles[-1], [
        Standing(desk.unit, headline(desk), unit_url(desk.unit.code, {}), moved(desk.facts(), desk.unit))
        for desk in units.values()
    ]


def _found(person: Person, code: str | None, cycles: Sequence[PublishedCycle]) -> Desk | None:
    try:
        return desk_for(person, code, cycles, {})
    except NotFoundError:
        return None


def _page(desk: Desk) -> UnitPage:
    facts, whole = desk.facts(aims=True), desk.tree.units[0]
    above = whole if desk.unit.parent >= 0 else None
    return UnitPage(
        cycle=desk.cycle,
        unit=desk.unit,
        whole=whole,
        lens=desk.lens,
        headline=headline(desk),
        counts_in=_counts_in(desk),
        tiles=tiles(desk, above),
        minute=overview(facts, desk.unit),
        panels={panel.id: panel for panel in _panels(desk, facts)},
        steps=_steps(facts, desk.unit),
        crumbs=[_crumb(desk, row) for row in reversed(desk.tree.above(desk.unit)) if desk.reach.allows(row)],
        others=_others(desk),
        cycles=[
            choice(desk.query, "cycle", one.code, one.title, one is desk.cycle)
            for one in reversed(desk.cycles)
        ],
        lenses=[
            choice(desk.query, "lens", one.code, str(one.title), one is desk.lens)
            for one in desk.instrument.lenses
        ],
        blocks=_block_choices(desk),
        cut=desk.cut,
    )


def _panels(desk: Desk, facts: Facts) -> list[Panel]:
    """The charts of the page: of them, `panels_of` are those of the board pack too."""
    return [*panels_of(desk, facts), *_together(desk, facts), *_courses(desk, facts)]


def _courses(desk: Desk, facts: Facts) -> list[Panel]:
    """All dimensions over the comparable cycles, where there are several."""
    past = {
        one.code: [
            defined(desk.history[cycle.release].get((desk.lens.code, one.code))) for cycle in desk.comparable
        ]
        for one in desk.lens.dimensions
    }
    panel = trends(facts, desk.unit, desk.comparable, past)
    return [panel] if panel else []


def panels_of(desk: Desk, facts: Facts) -> list[Panel]:
    """Return the charts of a unit's page, each with its sentence and table."""
    above = desk.tree.units[0] if desk.unit.parent >= 0 else None
    made = [
        panels.blocks(facts, desk.unit, above),
        panels.views(facts, desk.unit),
        panels.gap(facts, desk.unit),
        panels.trend(facts, desk.unit, *_times(desk)),
    ]
    if len(desk.rows) > 1:
        made.append(panels.units(facts, desk.unit, desk.rows))
    return made


def _together(desk: Desk, facts: Facts) -> list[Panel]:
    """Teams too small to be shown, taken together; not where the page leaves out units further down."""
    panel = None if desk.cut else pooled.others(facts, desk.rows)
    return [panel] if panel else []


def _times(desk: Desk) -> tuple[list[tuple[PublishedCycle, Cell | None]], str]:
    """The chosen measure in each comparable cycle, and its name."""
    titles = {ALL: _("all together")} | {one.code: str(one.title) for one in desk.lens.dimensions}
    code = desk.query.get("block", ALL)
    if code not in titles:
        raise NotFoundError(code)
    times = [
        (cycle, defined(desk.history[cycle.release].get((desk.lens.code, code)))) for cycle in desk.comparable
    ]
    return times, titles[code]


def headline(desk: Desk) -> str:
    """Return where the unit stands and what holds it back."""
    overall = primary(desk, desk.unit, ALL)
    return sentences.headline(
        desk.unit.name,
        overall,
        level_name(desk.instrument, overall.level if overall else None),
        gate_of(desk),
        k=desk.cycle.k,
        anything=any(primary(desk, desk.unit, block.code) for block in desk.instrument.blocks),
    )


def _counts_in(desk: Desk) -> Crumb | None:
    """The nearest unit above that can be shown, where this one can't."""
    blocks = [ALL, *(block.code for block in desk.instrument.blocks)]
    if any(primary(desk, desk.unit, code) for code in blocks):
        return None
    whole = desk.tree.units[0]
    return _crumb(desk, whole) if any(primary(desk, whole, code) for code in blocks) else None


def _steps(facts: Facts, unit: UnitRow) -> list[Step]:
    levels = facts.cycle.instrument.levels
    steps = []
    for dimension in facts.lens.dimensions:
        cell = facts.cell(unit, "all", dimension.code)
        if cell is None or not cell.level or not dimension.descriptors:
            continue
        after = levels[cell.level] if cell.level < len(levels) else None
        steps.append(
            Step(
                title=str(dimension.title),
                level=cell.level,
                name=str(levels[cell.level - 1].name),
                now=str(dimension.descriptors.get(cell.level, "")),
                next_name=str(after.name) if after else "",
                next=str(dimension.descriptors.get(after.level, "")) if after else "",
            )
        )
    return steps


def _crumb(desk: Desk, row: UnitRow) -> Crumb:
    return Crumb(row.name, unit_url(row.code, desk.query))


def _others(desk: Desk) -> list[Crumb]:
    """Units at which another reach of this person begins, outside of the page shown and of what is above it."""
    by_position = {row.position: row for row in desk.tree.units}
    inside = {row.position for row in [*desk.tree.below(desk.unit), *desk.tree.above(desk.unit)]}
    return [
        _crumb(desk, row)
        for row in desk.tree.units
        if row.position not in inside
        and desk.reach.below(row)
        and not _reached(desk, by_position.get(row.parent))
    ]


def _reached(desk: Desk, row: UnitRow | None) -> bool:
    return row is not None and desk.reach.below(row)


def _block_choices(desk: Desk) -> list[Choice]:
    chosen = desk.query.get("block", ALL)
    pairs = [(ALL, _("All together")), *((one.code, str(one.title)) for one in desk.lens.dimensions)]
    choices = [choice(desk.query, "block", code, title, code == chosen) for code, title in pairs]
    return [replace(choice, url=f"{choice.url}#trend-title") for choice in choices]
