"""Every dimension over the cycles at once: small charts on one scale, and a table with each change."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from django.utils.translation import gettext as _

from assessments.instrument.content import Dimension
from cfm.lib import charts
from reports import sentences
from reports.differences import difference
from reports.facts import Facts, Panel, change_box, finished, score_box, why_url
from reports.numbers import sign
from reports.queries import Cell, PublishedCycle, UnitRow
from reports.tables import Column, Row, Table, name_box

Past = Mapping[str, Sequence[Cell | None]]  # dimension → a cell a cycle


def trends(facts: Facts, unit: UnitRow, cycles: Sequence[PublishedCycle], past: Past) -> Panel | None:
    """Return all dimensions of the lens over the cycles, the oldest first; None for fewer than two cycles."""
    if len(cycles) < 2 or not any(any(cells) for cells in past.values()):
        return None
    series = [_series(one, cycles, past[one.code]) for one in facts.lens.dimensions]
    columns = [
        Column("name", _("Dimension"), numeric=False),
        *(Column(cycle.code, cycle.title) for cycle in cycles),
        Column("change", _("Last change")),
    ]
    rows = [_row(facts, unit, one, cycles, past[one.code]) for one in facts.lens.dimensions]
    table = Table(
        _("{lens} in {unit} over time").format(lens=facts.lens.title, unit=unit.name), columns, rows, "times"
    )
    return Panel(
        id="trends",
        title=_("Trend of every dimension"),
        sentence=_sentence(facts, cycles, past),
        figure=charts.trends([cycle.title for cycle in cycles], series),
        table=finished(facts, table, "trends"),
    )


def _sentence(facts: Facts, cycles: Sequence[PublishedCycle], past: Past) -> str:
    """What changed between the last two cycles."""
    changes = [
        (str(one.title), difference(past[one.code][-1], past[one.code][-2])) for one in facts.lens.dimensions
    ]
    said = sentences.moved(changes, since=cycles[-2].title)
    return said or _("Nothing moved beyond noise since {cycle}.").format(cycle=cycles[-2].title)


def _series(one: Dimension, cycles: Sequence[PublishedCycle], cells: Sequence[Cell | None]) -> charts.Series:
    return charts.Series(
        name=str(one.title),
        role="all",
        values=[cell.score if cell else None for cell in cells],
        low=[cell.ci_low if cell else None for cell in cells],
        high=[cell.ci_high if cell else None for cell in cells],
        notes=[f"{cycle.title}\n{sign(cell)}" for cycle, cell in zip(cycles, cells, strict=True)],
    )


def _row(
    facts: Facts,
    unit: UnitRow,
    one: Dimension,
    cycles: Sequence[PublishedCycle],
    cells: Sequence[Cell | None],
) -> Row:
    steps = [difference(later, earlier) for earlier, later in pairwise(cells)]
    scores = [
        score_box(cell, why=why_url(cycle.code, "all", facts.lens.code, one.code, unit.code))
        for cycle, cell in zip(cycles, cells, strict=True)
    ]
    return Row([name_box(str(one.title)), *scores, change_box(steps[-1])])
