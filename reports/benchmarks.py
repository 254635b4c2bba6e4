"""A unit beside its own history, the average of units, and other organisations where a norm was loaded."""

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from assessments.instrument.content import Dimension
from cfm.lib import charts
from organisation import permissions
from organisation.models import Person
from reports import queries, sentences
from reports.choices import choice
from reports.desk import Desk, defined, desk_for
from reports.differences import difference
from reports.facts import Facts, Panel, change_box, score_box, series
from reports.look import Look
from reports.models import Norm, NormPoint
from reports.numbers import number
from reports.overview import mean_of
from reports.queries import Cell, UnitRow
from reports.standing import Point, in_words, place
from reports.tables import Column, Row, Table, arranged, name_box, number_box, text_box

PARAMETERS: Final = ("cycle", "sort")
MEDIAN: Final = 50


@dataclass(frozen=True)
class Known:
    """A norm with its points by block, ascending."""

    norm: Norm
    points: Mapping[str, Sequence[Point]]


def norms() -> list[Known]:
    """Return the norms that are loaded. Two queries."""
    points: dict[int, dict[str, list[Point]]] = defaultdict(lambda: defaultdict(list))
    for row in NormPoint.objects.order_by("percentile"):
        points[row.norm_id][row.block].append((row.percentile, row.score))
    return [Known(norm, points[norm.pk]) for norm in Norm.objects.all()]


def benchmarks_page(person: Person, parameters: Mapping[str, str]) -> Look | None:
    """Return the page, or None before the first publication. Raises NotFoundError for what isn't there."""
    cycles = queries.published_cycles()
    if not cycles:
        return None
    query = {name: parameters[name] for name in PARAMETERS if parameters.get(name)}
    desk = desk_for(person, parameters.get("unit") or None, cycles, query)
    facts, links, loaded = desk.facts(), query | {"unit": desk.unit.code}, norms()
    panels = [_inside(desk, facts, links), *(_outside(desk, facts, one, links) for one in loaded)]
    notes = [] if loaded else [_("No norm is loaded, so other organisations are not shown.")]
    return Look(
        title=_("Benchmarks"),
        headline=panels[-1].sentence if loaded else panels[0].sentence,
        cycle=desk.cycle,
        unit=desk.unit,
        panels=panels,
        choosers=[
            (
                _("Cycle"),
                [choice(links, "cycle", one.code, one.title, one is desk.cycle) for one in reversed(cycles)],
            )
        ],
        notes=notes,
        action=(reverse("norms"), _("Norms")) if permissions.can_everywhere(person, "norm.edit") else None,
    )


def benchmark_panels(desk: Desk, facts: Facts) -> list[Panel]:
    """Return own history and each norm that is loaded, as files have them."""
    return [_inside(desk, facts, {}), *(_outside(desk, facts, one, {}) for one in norms())]


def _inside(desk: Desk, facts: Facts, query: Mapping[str, str]) -> Panel:
    """Own history, and the average of the units below that are shown."""
    blocks = facts.lens.dimensions
    below = [row for row in desk.rows if row.parent == desk.unit.position]
    means = [_mean(facts, below, one) for one in blocks]
    firsts = [_first(desk, one) for one in blocks]
    now = facts.column(desk.unit, "all")
    markers = [
        series(facts, _("First cycle"), "previous", firsts),
        series(facts, _("Average of the units below"), "organisation", means),
    ]
    figure = charts.bars(
        facts.titles,
        series(facts, desk.unit.name, "all", now, intervals=True),
        markers=[one for one in markers if any(value is not None for value in one.values)],
    )
    columns = [
        Column("name", _("Block"), numeric=False),
        Column("now", _("Now")),
        Column("first", _("First cycle")),
        Column("change", _("Since then")),
        Column("best", _("Highest so far")),
        Column("mean", _("Average of the units below")),
    ]
    rows = []
    for one, cell, first, mean in zip(blocks, now, firsts, means, strict=True):
        best = max((c.score for c in _all(desk, one) if c.score is not None), default=None)
        rows.append(
            Row(
                [
                    name_box(str(one.title)),
                    *(score_box(cell), score_box(first), change_box(difference(cell, first))),
                    number_box("" if best is None else number(best, 1), best),
                    number_box(
                        "" if mean is None else number(mean.score or 0, 1), mean.score if mean else None
                    ),
                ]
            )
        )
    caption = _("{unit} beside its own history and its units").format(unit=desk.unit.name)
    note = _("The average is that of the units directly below whose figures are shown, each counting alike.")
    return Panel(
        id="inside",
        title=_("Own history and own units"),
        sentence=_history_sentence(desk, facts),
        figure=figure if any(now) else None,
        table=arranged(Table(caption, columns, rows, anchor="inside-title", note=note), dict(query)),
    )


def _history_sentence(desk: Desk, facts: Facts) -> str:
    cycles = desk.comparable[: desk.comparable.index(desk.cycle)]
    if not cycles:
        return _("This is the first cycle: later ones will be set beside it.")
    changes = [
        (str(one.title), difference(facts.cell(desk.unit, "all", one.code), _first(desk, one)))
        for one in facts.lens.dimensions
    ]
    said = sentences.moved(changes, since=cycles[0].title)
    return said or _("Nothing moved beyond noise since {cycle}.").format(cycle=cycles[0].title)


def _all(desk: Desk, dimension: Dimension) -> list[Cell]:
    cycles = desk.comparable[: desk.comparable.index(desk.cycle) + 1]
    found = [defined(desk.history[one.release].get((desk.lens.code, dimension.code))) for one in cycles]
    return [cell for cell in found if cell]


def _first(desk: Desk, dimension: Dimension) -> Cell | None:
    """The figure of the first comparable cycle; None where this is the first."""
    first = desk.comparable[0]
    if first is desk.cycle:
        return None
    return defined(desk.history[first.release].get((desk.lens.code, dimension.code)))


def _mean(facts: Facts, below: Sequence[UnitRow], dimension: Dimension) -> Cell | None:
    shown = [cell for row in below if (cell := facts.cell(row, "all", dimension.code))]
    return mean_of(shown) if len(shown) > 1 else None


def _outside(desk: Desk, facts: Facts, known: Known, query: Mapping[str, str]) -> Panel:
    """The unit's blocks beside the median of a norm, and its place among the organisations in words."""
    now = facts.column(desk.unit, "all")
    medians = [_median(known.points.get(one.code, ())) for one in facts.lens.dimensions]
    figure = charts.bars(
        facts.titles,
        series(facts, desk.unit.name, "all", now, intervals=True),
        markers=[charts.Series(_("Middle organisation"), "target", medians)],
    )
    columns = [
        Column("name", _("Block"), numeric=False),
        Column("score", _("Score")),
        Column("median", _("Score of the middle organisation")),
        Column("place", _("Among the organisations of the norm"), numeric=False),
    ]
    rows, places = [], []
    for one, cell, median in zip(facts.lens.dimensions, now, medians, strict=True):
        points = known.points.get(one.code, ())
        found = place(cell.score, points) if cell and cell.score is not None and not cell.band else None
        if found is not None:
            places.append((found, str(one.title), in_words(found, points)))
        rows.append(
            Row(
                [
                    name_box(str(one.title)),
                    score_box(cell),
                    number_box("" if median is None else number(median, 1), median),
                    text_box(in_words(found, points), found),
                ]
            )
        )
    caption = _("{unit} among the organisations of {norm}").format(unit=desk.unit.name, norm=known.norm.title)
    note = _("Source: {source}. A place counts organisations, it is no score and no per cent of anything.")
    table = Table(
        caption,
        columns,
        rows,
        anchor=f"norm-{known.norm.pk}-title",
        note=note.format(source=known.norm.source),
        open=True,
    )
    return Panel(
        id=f"norm-{known.norm.pk}",
        title=known.norm.title,
        sentence=_place_sentence(places),
        figure=figure if any(now) and any(value is not None for value in medians) else None,
        table=arranged(table, dict(query)),
    )


def _median(points: Sequence[Point]) -> float | None:
    """The score of the organisation in the middle, between known percentiles by a straight line."""
    for (low, start), (high, end) in itertools.pairwise(points):
        if low <= MEDIAN <= high:
            return start + (end - start) * (MEDIAN - low) / (high - low)
    return None


def _place_sentence(places: Sequence[tuple[float, str, str]]) -> str:
    if not places:
        return _("None of the norm’s blocks can be shown for this unit.")
    best, worst = max(places), min(places)
    if best == worst:
        return f"{best[1]}: {best[2]}."
    return _("{best}: {high}. {worst}: {low}.").format(
        best=best[1], high=best[2], worst=worst[1], low=worst[2]
    )
