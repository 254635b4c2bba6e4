"""A chart with its sentence and its table: the same published figures three times, never more exact in one."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from django.utils.translation import gettext as _

from assessments.instrument.content import Dimension
from cfm.lib import charts
from reports import sentences
from reports.differences import Difference, difference
from reports.facts import (
    HIDDEN,
    Facts,
    Panel,
    change_box,
    counted_box,
    difference_boxes,
    finished,
    interval_box,
    legend,
    level_box,
    score_box,
    series,
    targets,
    text_and_score,
    tint,
    unit_url,
    why_url,
)
from reports.numbers import counted, number, sign
from reports.queries import ALL, Cell, PublishedCycle, UnitRow
from reports.tables import (
    Box,
    Column,
    Row,
    Table,
    hidden_box,
    name_box,
    number_box,
    text_box,
)


def blocks(facts: Facts, unit: UnitRow, whole: UnitRow | None) -> Panel:
    """Return scores with intervals over the level bands, with evidence and composite; and the organisation's beside."""
    said, evidence = facts.column(unit, "all"), facts.column(unit, "evidence")
    composite = facts.column(unit, "composite")
    others = facts.column(whole, "all") if whole else []
    markers = [
        series(facts, _("Evidence"), "evidence", evidence),
        series(facts, _("Composite"), "composite", composite),
    ]
    if whole:
        markers.append(series(facts, whole.name, "organisation", others))
    markers += asides(facts, unit)
    figure = charts.bars(
        facts.titles,
        series(facts, _("All answers"), "all", said, intervals=True),
        markers=[one for one in markers if any(value is not None for value in one.values)],
        bands=_bands(facts),
    )
    triples = [(t, s, e) for t, s, e in zip(facts.titles, said, evidence, strict=True) if s and e]
    return Panel(
        id="blocks",
        title=str(facts.lens.title),
        sentence=" ".join(
            filter(None, [sentences.strongest_and_weakest(_known(facts, said)), sentences.claim(triples)])
        ),
        figure=figure if any(said) or any(evidence) else None,
        table=_blocks_table(facts, unit, whole),
    )


def asides(facts: Facts, unit: UnitRow) -> list[charts.Series]:
    """Return target and previous cycle: in the legend, and in the picture when the reader presses them."""
    found = [targets(facts, unit)]
    if facts.previous:
        earlier = [facts.before.get(one.code) for one in facts.lens.dimensions]
        found.append(series(facts, facts.previous.title, "previous", earlier, aside=True))
    return [one for one in found if any(value is not None for value in one.values)]


def _blocks_table(facts: Facts, unit: UnitRow, whole: UnitRow | None) -> Table:
    columns = [
        Column("name", _("Dimension"), numeric=False),
        Column("score", _("Score")),
        Column("interval", _("95% interval")),
        Column("n", _("Answers")),
        Column("level", _("Level")),
        Column("evidence", _("Evidence")),
        Column("composite", _("Composite")),
        Column("target", _("Target")),
    ]
    if facts.previous:
        columns.append(Column("change", _("Since {cycle}").format(cycle=facts.previous.title)))
    if whole:
        columns.append(Column("whole", whole.name))
    rows = [_blocks_row(facts, unit, whole, one) for one in [*facts.lens.dimensions, None]]
    table = Table(
        _("{lens}: scores of {unit}").format(lens=facts.lens.title, unit=unit.name), columns, rows, "by"
    )
    note = _(
        "Evidence is the state of the key components; composite weighs staff, managers and evidence. "
        "The target is that of the linked goal, else where the next level begins."
    )
    return finished(facts, table, "blocks", note)


def _blocks_row(facts: Facts, unit: UnitRow, whole: UnitRow | None, dimension: Dimension | None) -> Row:
    """The row of a dimension; None is the row of all of them together."""
    code, title = (dimension.code, str(dimension.title)) if dimension else (ALL, _("All together"))
    said = facts.cell(unit, "all", code)
    boxes = [
        name_box(title),
        score_box(said, why=facts.why(unit, "all", code)),
        interval_box(said),
        number_box(counted(said), said.n if said else None) if said else hidden_box(HIDDEN),
        level_box(facts, said),
        *(
            number_box(*text_and_score(facts.cell(unit, one, code)), href=facts.why(unit, one, code))
            for one in ("evidence", "composite")
        ),
        _target_box(facts, unit, dimension),
    ]
    if facts.previous:
        boxes.append(change_box(facts.change(unit, code)))
    if whole:
        boxes.append(score_box(facts.cell(whole, "all", code), why=facts.why(whole, "all", code)))
    return Row(boxes)


def _target_box(facts: Facts, unit: UnitRow, dimension: Dimension | None) -> Box:
    aim = facts.target(unit, dimension.code) if dimension else None
    return number_box(number(aim.score, 1), aim.score) if aim else number_box("", None)


def views(facts: Facts, unit: UnitRow) -> Panel:
    """Return the radar of staff and managers, with evidence, target and previous cycle to be called up."""
    staff, manager = facts.column(unit, "staff"), facts.column(unit, "manager")
    evidence = facts.column(unit, "evidence")
    gaps = list(zip(facts.titles, facts.gaps(unit), strict=True))
    rings = [series(facts, _("Staff"), "staff", staff), series(facts, _("Managers"), "manager", manager)]
    if any(evidence):
        rings.append(series(facts, _("Evidence"), "evidence", evidence, aside=True))
    figure = charts.radar(facts.titles, [*rings, *asides(facts, unit)])
    columns = [
        Column("name", _("Dimension"), numeric=False),
        Column("staff", _("Staff")),
        Column("staff_n", _("Staff who answered")),
        Column("manager", _("Managers")),
        Column("manager_n", _("Managers who answered")),
        Column("evidence", _("Evidence")),
    ]
    rows = [
        Row(
            [
                name_box(title),
                *(_explained(facts, unit, "staff", code), counted_box(one)),
                *(_explained(facts, unit, "manager", code), counted_box(other)),
                number_box(*text_and_score(proven), href=facts.why(unit, "evidence", code)),
            ]
        )
        for title, code, one, other, proven in zip(
            facts.titles, facts.codes, staff, manager, evidence, strict=True
        )
    ]
    table = Table(_("Staff and managers in {unit}").format(unit=unit.name), columns, rows, "views")
    return Panel(
        id="views",
        title=_("Two views: staff and managers"),
        sentence=sentences.two_views(gaps),
        figure=figure if any(staff) or any(manager) else None,
        table=finished(facts, table, "views"),
        note=_("Press a name in the legend to show or hide its line."),
    )


def gap(facts: Facts, unit: UnitRow) -> Panel:
    """Return the gap between managers and staff in each dimension, grey where it is within noise."""
    staff, manager, gaps = facts.column(unit, "staff"), facts.column(unit, "manager"), facts.gaps(unit)
    figure = charts.dumbbell(
        facts.titles,
        series(facts, _("Staff"), "staff", staff),
        series(facts, _("Managers"), "manager", manager),
        [bool(one and one.clear) for one in gaps],
    )
    columns = [
        Column("name", _("Dimension"), numeric=False),
        Column("staff", _("Staff")),
        Column("manager", _("Managers")),
        Column("gap", _("Managers − staff")),
        Column("interval", _("95% interval")),
        Column("verdict", _("Beyond noise?"), numeric=False),
    ]
    rows = [
        Row(
            [
                name_box(title),
                *(_explained(facts, unit, who, code) for who in ("staff", "manager")),
                *difference_boxes(apart),
            ],
            muted=bool(apart and not apart.clear),
        )
        for title, code, apart in zip(facts.titles, facts.codes, gaps, strict=True)
    ]
    table = Table(_("Gap between managers and staff in {unit}").format(unit=unit.name), columns, rows, "gap")
    return Panel(
        id="gap",
        title=_("Perception gap"),
        sentence=sentences.largest_gap(list(zip(facts.titles, gaps, strict=True))),
        figure=figure if any(gaps) else None,
        table=finished(facts, table, "gap", _("Grey: within noise, no clear difference.")),
        note=_("A thick line is a clear gap; a thin grey one is within noise."),
    )


def units(facts: Facts, top: UnitRow, rows: Sequence[UnitRow]) -> Panel:
    """Return the grid of units and dimensions, in tree order or sorted by a column."""
    table = finished(facts, _units_table(facts, top, rows), "units")
    by_code = {unit.code: unit for unit in rows}
    ordered = [by_code[str(row.cells[-1].value)] for row in table.rows]
    grid = [[facts.cell(unit, "all", code) for code, _title in _heads(facts)] for unit in ordered]
    figure = charts.heatmap(
        [(unit.name, _depth(facts, top, unit)) for unit in ordered],
        [(_("All") if code == ALL else code, title) for code, title in _heads(facts)],
        [[cell.score if cell else None for cell in line] for line in grid],
        signs=[[sign(cell, 0) for cell in line] for line in grid],
        hidden=sentences.not_shown(facts.cycle.k),
        bounds=[level.lower for level in facts.cycle.instrument.levels],
    )
    overall = [
        (unit.name, cell) for unit in rows if unit is not top and (cell := facts.cell(unit, "all", ALL))
    ]
    hidden = sum(not any(facts.cell(unit, "all", code) for code, _title in _heads(facts)) for unit in rows)
    whole = facts.cell(top, "all", ALL)
    return Panel(
        id="units",
        title=_("Units"),
        sentence=sentences.across_units(
            overall, icc2=whole.icc2 if whole else None, hidden=hidden, k=facts.cycle.k
        ),
        figure=figure if any(any(line) for line in grid) else None,
        table=_without_code(table),
        legend=legend(facts.cycle.instrument),
        note=" · ".join(f"{code} {title}" for code, title in _heads(facts) if code != ALL),
    )


def _units_table(facts: Facts, top: UnitRow, rows: Sequence[UnitRow]) -> Table:
    heads = _heads(facts)
    columns = [
        Column("name", _("Unit"), numeric=False),
        *(Column(code, _("All") if code == ALL else code, title=title) for code, title in heads),
        Column("n", _("Answers")),
        Column("code", _("Code"), numeric=False),
    ]
    lines = [_units_row(facts, top, unit, [code for code, _title in heads]) for unit in rows]
    return Table(_("Units and their scores: {lens}").format(lens=facts.lens.title), columns, lines)


def _units_row(facts: Facts, top: UnitRow, unit: UnitRow, codes: Sequence[str]) -> Row:
    cells = [facts.cell(unit, "all", code) for code in codes]
    known = max(
        (cell for cell in cells if cell and cell.n is not None), key=lambda cell: cell.n or 0, default=None
    )
    name = name_box(unit.name, href=unit_url(unit.code, facts.query), indent=_depth(facts, top, unit))
    scores = [
        score_box(cell, tint=tint(facts, cell), why=facts.why(unit, "all", code))
        for code, cell in zip(codes, cells, strict=True)
    ]
    return Row([name, *scores, counted_box(known), text_box(unit.code, unit.code)])


def _explained(facts: Facts, unit: UnitRow, audience: str, code: str) -> Box:
    """A score that leads to how it was made."""
    return score_box(facts.cell(unit, audience, code), why=facts.why(unit, audience, code))


def _depth(facts: Facts, top: UnitRow, unit: UnitRow) -> int:
    """How far a row is moved in: not at all where the order is not that of the tree."""
    return 0 if facts.query.get("sort") else min(6, unit.depth - top.depth)


def _without_code(table: Table) -> Table:
    """The code column only ties the chart's rows to the table's."""
    rows = [Row(row.cells[:-1], row.muted) for row in table.rows]
    return replace(table, columns=table.columns[:-1], rows=rows)


def _heads(facts: Facts) -> list[tuple[str, str]]:
    return [(ALL, _("All together")), *((one.code, str(one.title)) for one in facts.lens.dimensions)]


Times = Sequence[tuple[PublishedCycle, Cell | None]]


def trend(facts: Facts, unit: UnitRow, times: Times, title: str) -> Panel:
    """Return one measure over the published cycles, the oldest first, each with its change."""
    shown = [cell for _cycle, cell in times]
    changes = [None, *(difference(later, earlier) for earlier, later in pairwise(shown))]
    points = charts.Series(
        name=title,
        role="all",
        values=[cell.score if cell else None for cell in shown],
        low=[cell.ci_low if cell else None for cell in shown],
        high=[cell.ci_high if cell else None for cell in shown],
        notes=[f"{cycle.title}\n{sign(cell)}" for cycle, cell in times],
    )
    return Panel(
        id="trend",
        title=_("Trend: {what}").format(what=title),
        sentence=_trend_sentence(facts, unit, times, changes),
        figure=charts.trend([cycle.title for cycle, _cell in times], [points]) if any(shown) else None,
        table=finished(facts, _trend_table(facts, unit, times, changes, title), "trend"),
    )


def _trend_sentence(facts: Facts, unit: UnitRow, times: Times, changes: Sequence[Difference | None]) -> str:
    """What changed since the cycle before the chosen one; over all dimensions also which of them did."""
    here = [cycle.code for cycle, _cell in times].index(facts.cycle.code)
    if not here:
        return _("No earlier cycle to compare with.")
    since = changes[here]
    parts = [sentences.change(since, times[here - 1][0].title) if since else ""]
    if facts.query.get("block", ALL) == ALL:
        parts.append(
            sentences.moved([(str(one.title), facts.change(unit, one.code)) for one in facts.lens.dimensions])
        )
    return " ".join(filter(None, parts)) or sentences.not_shown(facts.cycle.k)


def _trend_table(
    facts: Facts, unit: UnitRow, times: Times, changes: Sequence[Difference | None], title: str
) -> Table:
    code = facts.query.get("block", ALL)
    columns = [
        Column("name", _("Cycle"), numeric=False),
        Column("score", _("Score")),
        Column("interval", _("95% interval")),
        Column("n", _("Answers")),
        Column("change", _("Change since last time")),
        Column("change_interval", _("95% interval of the change")),
        Column("verdict", _("Beyond noise?"), numeric=False),
    ]
    rows = [
        Row(
            [
                name_box(cycle.title),
                score_box(cell, why=why_url(cycle.code, "all", facts.lens.code, code, unit.code)),
                interval_box(cell),
                counted_box(cell),
                *difference_boxes(step),
            ],
            muted=bool(step and not step.clear),
        )
        for (cycle, cell), step in zip(times, changes, strict=True)
    ]
    return Table(_("{what} in {unit} over time").format(what=title, unit=unit.name), columns, rows, "time")


def _known(facts: Facts, cells: Sequence[Cell | None]) -> list[tuple[str, Cell]]:
    return [(title, cell) for title, cell in zip(facts.titles, cells, strict=True) if cell]


def _bands(facts: Facts) -> list[charts.Band]:
    levels = facts.cycle.instrument.levels
    uppers = [*(level.lower for level in levels[1:]), 100.0]
    labels = [
        _("Level {n}").format(n=level.level) if level.level == 1 else str(level.level) for level in levels
    ]
    return [
        charts.Band(level.lower, upper, label)
        for level, upper, label in zip(levels, uppers, labels, strict=True)
    ]
