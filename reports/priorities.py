"""Where to begin: blocks by score and by what goes with the outcome, and how far each is from its target."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _

from cfm.lib import charts
from organisation.models import Person
from reports import queries, sentences, statistics
from reports.choices import choice
from reports.desk import Desk, desk_for
from reports.facts import Facts, Panel
from reports.look import Look
from reports.numbers import interval, number, sign, signed
from reports.overview import Ranked, overview, ranked
from reports.plans import plans
from reports.queries import UnitRow
from reports.statistics import DriverAnalysis
from reports.tables import Column, Row, Table, arranged, name_box, number_box, text_box

PARAMETERS: Final = ("cycle", "sort")


def priorities_page(person: Person, parameters: Mapping[str, str]) -> Look | None:
    """Return the page, or None before the first publication. Raises NotFoundError for what isn't there."""
    cycles = queries.published_cycles()
    if not cycles:
        return None
    query = {name: parameters[name] for name in PARAMETERS if parameters.get(name)}
    desk = desk_for(person, parameters.get("unit") or None, cycles, query)
    facts = desk.facts(aims=True)
    links = query | {"unit": desk.unit.code}
    return Look(
        title=_("Priorities"),
        headline=_headline(facts, desk.unit),
        cycle=desk.cycle,
        unit=desk.unit,
        panels=[_panel(facts, desk.unit, statistics.drivers(desk.cycle), links)],
        plans=plans(desk.cycle, desk.unit, overview(facts, desk.unit).priorities),
        choosers=[
            (
                _("Cycle"),
                [choice(links, "cycle", one.code, one.title, one is desk.cycle) for one in reversed(cycles)],
            )
        ],
    )


def priorities_panel(desk: Desk, facts: Facts) -> Panel:
    """Return the matrix of the desk's unit as a file has it: in the order of the lens."""
    return _panel(facts, desk.unit, statistics.drivers(desk.cycle), {})


def _headline(facts: Facts, unit: UnitRow) -> str:
    first = overview(facts, unit).priorities
    if not first:
        return _("No target is missed by what can be shown in {unit}.").format(unit=unit.name)
    return _("{unit} wins most by beginning with {block}: {why}.").format(
        unit=unit.name, block=first[0].title, why=first[0].why
    )


def _panel(facts: Facts, unit: UnitRow, drivers: DriverAnalysis, query: Mapping[str, str]) -> Panel:
    found = ranked(facts, unit)
    weighed = bool(facts.importance)
    return Panel(
        id="matrix",
        title=_("Score and importance") if weighed else _("Score and distance to the target"),
        sentence=_sentence(found, facts, drivers),
        figure=_figure(found, facts) if found else None,
        table=_table(found, facts, unit, drivers, query),
        note=" · ".join(f"{one.dimension.code} {one.title}" for one in found),
    )


def _sentence(found: Sequence[Ranked], facts: Facts, drivers: DriverAnalysis) -> str:
    if not found:
        return sentences.not_shown(facts.cycle.k)
    if not drivers.drivers:
        return _(
            "How much each block goes with the outcome can't be told, so blocks stand by their gap alone."
        )
    first = drivers.drivers[0]
    return _(
        "{block} goes with the outcome most: {share} % of what the blocks explain (95% interval {interval}). "
        "These are associations in the whole organisation, not causes."
    ).format(
        block=first.title,
        share=number(100 * first.share),
        interval=interval(100 * first.low, 100 * first.high, 0),
    )


def _height(one: Ranked, facts: Facts) -> float:
    return 100 * facts.importance.get(one.dimension.code, 0.0) if facts.importance else max(0.0, one.gap)


def _figure(found: Sequence[Ranked], facts: Facts) -> charts.Json:
    heights = [_height(one, facts) for one in found]
    first = {one.dimension.code for one in sorted(found, key=lambda one: -one.weight)[:3] if one.gap > 0}
    spots = [
        charts.Spot(
            sign=one.dimension.code,
            x=one.score,
            y=height,
            note=f"{one.title}\n{_('Score')}: {one.number}\n{one.why}",
            role="manager" if one.dimension.code in first else "all",
        )
        for one, height in zip(found, heights, strict=True)
    ]
    middle = (sum(one.score for one in found) / len(found), sum(heights) / len(heights))
    corners = (
        (_("act here first"), _("keep it up"), _("watch"), _("no hurry"))
        if facts.importance
        else (
            _("low, far from the target"),
            _("high, far from the target"),
            _("low, near the target"),
            _("near"),
        )
    )
    name = (
        _("Share in what goes with the outcome, %") if facts.importance else _("Points short of the target")
    )
    top = max(10.0, 1.15 * max(heights))
    return charts.matrix(spots, x=_("Score"), y=name, middle=middle, corners=corners, top=top)


def _table(
    found: Sequence[Ranked], facts: Facts, unit: UnitRow, drivers: DriverAnalysis, query: Mapping[str, str]
) -> Table:
    columns = [
        Column("name", _("Block"), numeric=False),
        Column("score", _("Score")),
        Column("target", _("Target")),
        Column("goal", _("Set by"), numeric=False),
        Column("gap", _("Target − score")),
    ]
    by_block = {one.block: one for one in drivers.drivers}
    if facts.importance:
        columns += [
            Column("share", _("Importance, %")),
            Column("interval", _("95% interval")),
            Column("weight", _("Gap × importance")),
        ]
    rows = []
    for one in sorted(found, key=lambda one: -one.weight):
        boxes = [
            name_box(one.title),
            number_box(sign(one.cell), one.score),
            number_box(
                number(one.target.score, 1) if one.target else "", one.target.score if one.target else None
            ),
            text_box((one.target.goal or one.target.level) if one.target else ""),
            number_box(signed(one.gap, 1) if one.target else "", one.gap if one.target else None),
        ]
        if facts.importance:
            driver = by_block[one.dimension.code]
            boxes += [
                number_box(number(100 * driver.share, 1), driver.share),
                number_box(interval(100 * driver.low, 100 * driver.high), driver.low),
                number_box(signed(one.weight, 1), one.weight),
            ]
        rows.append(Row(boxes))
    caption = _("Priorities of {unit}").format(unit=unit.name)
    note = _("A target is that of the linked goal, else where the next level begins.")
    return arranged(Table(caption, columns, rows, anchor="matrix-title", note=note, open=True), dict(query))
