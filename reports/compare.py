"""One unit beside another, beside the average of others, or beside itself in another cycle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.instrument.content import Lens
from cfm.lib import charts
from organisation.models import Person
from reports import queries, sentences
from reports.choices import choice, picked
from reports.desk import at_home, defined
from reports.differences import Difference, difference
from reports.facts import Panel, difference_boxes, score_box
from reports.look import Look, Option, Select
from reports.numbers import number, sign, signed_interval
from reports.overview import mean_of
from reports.queries import ALL, Cell, Key, PublishedCycle, Reach, Tree, UnitRow
from reports.tables import Column, Row, Table, arranged, name_box

PARAMETERS: Final = ("cycle", "lens", "unit", "with", "sort")
OTHERS: Final = "@others"
EARLIER: Final = "@"  # before the code of a cycle
LEAST_HIDDEN: Final = 3  # others out of the reader's reach: none, or at least so many
Column_ = Mapping[str, Cell | None]


@dataclass(frozen=True)
class Side:
    """One of the two that are compared: its name, its figure in each dimension, and its name within a sentence."""

    name: str
    cells: Column_
    within: str = ""

    @property
    def said(self) -> str:
        return self.within or self.name


def compare_page(person: Person, parameters: Mapping[str, str]) -> Look | None:
    """Return the page, or None before the first publication. Raises NotFoundError for what isn't there.

    with: the code of a unit, OTHERS for the average of the other units of its level, or EARLIER and the code of
    another cycle of the same framework.
    """
    cycles = queries.published_cycles()
    if not cycles:
        return None
    query = {name: parameters[name] for name in PARAMETERS if parameters.get(name)}
    cycle = picked(cycles, query.get("cycle"), cycles[-1])
    lens = picked(cycle.instrument.lenses, query.get("lens"), cycle.instrument.primary)
    tree, reach = queries.tree(cycle), queries.reach(person)
    unit = at_home(tree, reach, query.get("unit"))
    comparable = [one for one in cycles if one.framework.code == cycle.framework.code and one is not cycle]
    ways = _Ways(cycle, lens, tree, reach, unit, comparable)
    first, second, notes = ways.sides(query)
    return Look(
        title=_("Compare"),
        headline=_headline(first, second),
        cycle=cycle,
        unit=unit,
        panels=[_panel(first, second, lens, query, cycle)],
        choosers=[
            (
                _("Cycle"),
                [choice(query, "cycle", one.code, one.title, one is cycle) for one in reversed(cycles)],
            ),
            (
                _("Seen by"),
                [
                    choice(query, "lens", one.code, str(one.title), one is lens)
                    for one in cycle.instrument.lenses
                ],
            ),
        ],
        selects=ways.selects(query),
        kept=[(name, query[name]) for name in ("cycle", "lens") if name in query],
        notes=notes,
    )


@dataclass(frozen=True)
class _Ways:
    """What can be compared with what, for this reader."""

    cycle: PublishedCycle
    lens: Lens
    tree: Tree
    reach: Reach
    unit: UnitRow
    comparable: Sequence[PublishedCycle]

    @property
    def codes(self) -> list[str]:
        return [ALL, *(one.code for one in self.lens.dimensions)]

    def sides(self, query: Mapping[str, str]) -> tuple[Side, Side, list[str]]:
        """Return the two sides, and what is to be said of them."""
        wanted = self._wanted(query)
        if wanted == OTHERS:
            return self._average()
        if wanted.startswith(EARLIER):
            return self._cycles(picked(self.comparable, wanted.removeprefix(EARLIER), self.cycle))
        other = at_home(self.tree, self.reach, wanted)
        first, second = (self._side(one, one.name) for one in (self.unit, other))
        return first, second, [] if other is not self.unit else [_("Choose what to compare with.")]

    def _wanted(self, query: Mapping[str, str]) -> str:
        """What is asked for; else the average of others, the cycle before, or the organisation."""
        if asked := query.get("with"):
            return asked
        if self._others():
            return OTHERS
        return EARLIER + self.comparable[-1].code if self.comparable else self.tree.units[0].code

    def _cells(self, positions: Sequence[int]) -> Mapping[Key, Cell]:
        return queries.cells(self.cycle, whole=(), lenses=(), rows=positions, lens=self.lens.code)

    def _side(self, unit: UnitRow, name: str) -> Side:
        cells = self._cells([unit.position])
        return Side(
            name,
            {
                code: defined(cells.get(Key(unit.position, "all", self.lens.code, code)))
                for code in self.codes
            },
        )

    def _cycles(self, since: PublishedCycle) -> tuple[Side, Side, list[str]]:
        found = queries.history([self.cycle, since], unit=self.unit.code, lenses=[self.lens.code])
        sides = [
            Side(
                one.title,
                {code: defined(found[one.release].get((self.lens.code, code))) for code in self.codes},
            )
            for one in (self.cycle, since)
        ]
        return sides[0], sides[1], []

    def _others(self) -> list[UnitRow]:
        """The other units of the same level, if the reader may have their average.

        Of those out of reach there are none or at least LEAST_HIDDEN, so that the average and the figures the reader
        may see tell no single unit they may not see.
        """
        others = [row for row in self.tree.units if row.depth == self.unit.depth and row is not self.unit]
        return others if self.unit.parent >= 0 else []

    def _average(self) -> tuple[Side, Side, list[str]]:
        others = self._others()
        cells = self._cells([row.position for row in others])
        means = {code: self._mean(others, cells, code) for code in self.codes}
        counts = [count for _cell, count in means.values()]
        name = _("Average of others")
        notes = [
            ngettext(
                "The plain average of up to {n} other unit of the same level, from figures that are shown.",
                "The plain average of up to {n} other units of the same level, from figures that are shown.",
                max(counts),
            ).format(n=max(counts))
        ]
        if not any(cell for cell, _count in means.values()):
            notes = [
                _(
                    "No average can be shown: too few other units of this level are shown, or it would tell the figure "
                    "of a single unit that is not yours to see."
                )
            ]
        return (
            self._side(self.unit, self.unit.name),
            Side(name, {code: cell for code, (cell, _count) in means.items()}, _("the average of others")),
            notes,
        )

    def _mean(
        self, others: Sequence[UnitRow], cells: Mapping[Key, Cell], code: str
    ) -> tuple[Cell | None, int]:
        shown = [
            (row, cell)
            for row in others
            if (cell := defined(cells.get(Key(row.position, "all", self.lens.code, code))))
        ]
        beyond = sum(not self.reach.allows(row) for row, _cell in shown)
        if len(shown) < 2 or 0 < beyond < LEAST_HIDDEN:
            return None, 0
        return mean_of([cell for _row, cell in shown]), len(shown)

    def selects(self, query: Mapping[str, str]) -> list[Select]:
        units = [row for row in self.tree.units if self.reach.allows(row)]
        beside = [row for row in units if row is not self.unit]
        wanted = self._wanted(query)
        average = [Option(OTHERS, _("Average of others"), wanted == OTHERS)] if self._others() else []
        earlier = [
            Option(
                EARLIER + one.code,
                _("{cycle} (the same unit)").format(cycle=one.title),
                wanted == EARLIER + one.code,
            )
            for one in reversed(self.comparable)
        ]
        return [
            Select("unit", _("Unit"), [_option(row, row is self.unit) for row in units]),
            Select(
                "with",
                _("Beside"),
                [*average, *earlier, *(_option(row, row.code == wanted) for row in beside)],
            ),
        ]


def _option(row: UnitRow, chosen: bool) -> Option:
    return Option(row.code, "\u00a0\u00a0" * row.depth + row.name, chosen)


def _headline(first: Side, second: Side) -> str:
    apart = difference(first.cells.get(ALL), second.cells.get(ALL))
    if apart is None:
        return _("{first} beside {second}").format(first=first.name, second=second.name)
    return sentences.against(apart, first.said, second.said)


def _panel(first: Side, second: Side, lens: Lens, query: Mapping[str, str], cycle: PublishedCycle) -> Panel:
    titles = [str(one.title) for one in lens.dimensions]
    left = [first.cells.get(one.code) for one in lens.dimensions]
    right = [second.cells.get(one.code) for one in lens.dimensions]
    gaps = [difference(one, other) for one, other in zip(left, right, strict=True)]
    figure = charts.dumbbell(
        titles,
        _series(first.name, "all", titles, left),
        _series(second.name, "organisation", titles, right),
        [bool(gap and gap.clear) for gap in gaps],
    )
    return Panel(
        id="compare",
        title=str(lens.title),
        sentence=_sentence(list(zip(titles, gaps, strict=True)), first, second),
        figure=figure if any(left) or any(right) else None,
        table=_table(first, second, lens, query, cycle),
        note=_("A thick line is a clear difference; a thin grey one is within noise."),
    )


def _series(name: str, role: str, titles: Sequence[str], cells: Sequence[Cell | None]) -> charts.Series:
    return charts.Series(
        name=name,
        role=role,
        values=[cell.score if cell else None for cell in cells],
        notes=[
            f"{title}\n{name}: {sign(cell)}" if cell else ""
            for title, cell in zip(titles, cells, strict=True)
        ],
    )


def _sentence(gaps: Sequence[tuple[str, Difference | None]], first: Side, second: Side) -> str:
    clear = [(title, gap) for title, gap in gaps if gap and gap.clear]
    if not any(gap for _title, gap in gaps):
        return _("There is nothing to compare: one of the two is not shown.")
    if not clear:
        return _("No clear difference anywhere: all are within noise.")
    title, gap = max(clear, key=lambda one: abs(one[1].value))
    wording = (
        _(
            "Furthest apart in {title}: {first} stands {points} points above {second} (95% interval {interval})."
        )
        if gap.value > 0
        else _(
            "Furthest apart in {title}: {first} stands {points} points below {second} (95% interval {interval})."
        )
    )
    return wording.format(
        title=title,
        first=first.said,
        second=second.said,
        points=number(abs(gap.value)),
        interval=signed_interval(gap.low, gap.high, 0),
    )


def _table(first: Side, second: Side, lens: Lens, query: Mapping[str, str], cycle: PublishedCycle) -> Table:
    columns = [
        Column("name", _("Dimension"), numeric=False),
        Column("first", first.name),
        Column("second", second.name),
        Column("gap", _("Difference")),
        Column("interval", _("95% interval")),
        Column("verdict", _("Beyond noise?"), numeric=False),
    ]
    heads = [*((one.code, str(one.title)) for one in lens.dimensions), (ALL, _("All together"))]
    rows = []
    for code, title in heads:
        one, other = first.cells.get(code), second.cells.get(code)
        apart = difference(one, other)
        boxes = [name_box(title), score_box(one), score_box(other), *difference_boxes(apart)]
        rows.append(Row(boxes, muted=bool(apart and not apart.clear)))
    caption = _("{first} beside {second}").format(first=first.name, second=second.name)
    table = Table(caption, columns, rows, anchor="compare-title", note=sentences.why_hidden(cycle.k))
    return replace(arranged(table, dict(query)), open=True)
