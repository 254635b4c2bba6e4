"""The figures one page draws on, and how a figure stands in a table or a chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from assessments.instrument.content import Instrument, Lens
from cfm.lib import charts
from reports import sentences
from reports.differences import Difference, difference
from reports.numbers import counted, interval, number, sign, signed, signed_interval
from reports.queries import Cell, Cells, Key, PublishedCycle, UnitRow
from reports.statistics import Careless
from reports.tables import (
    Box,
    Table,
    arranged,
    hidden_box,
    number_box,
    text_box,
)
from reports.targets import Goals, Target, target

HIDDEN: Final = charts.HIDDEN_SIGN


@dataclass(frozen=True)
class Panel:
    """figure: for charts.js, or None where nothing can be drawn. legend: (swatch of the theme, what it means).
    note: reads signs and short names of the picture.
    """

    id: str
    title: str
    sentence: str
    figure: charts.Json | None
    table: Table
    legend: Sequence[tuple[str, str]] = ()
    note: str = ""

    @property
    def height(self) -> int:
        """Height of the chart in pixels."""
        return int(self.figure["layout"]["height"]) if self.figure else 0


@dataclass(frozen=True)
class Facts:
    """The figures one page draws on. query: the address's parameters, which links carry along.

    before: dimension → figure of all answers of the page's unit in `previous`, the cycle before.
    goals: unit/block → the target of the goal linked to it.
    importance: block → its share of what goes with the outcome, 0 to 1; empty where nothing can be said.
    careless: the screen of the whole organisation; None where it is not asked for.
    """

    cycle: PublishedCycle
    lens: Lens
    cells: Cells
    query: Mapping[str, str]
    before: Mapping[str, Cell]
    previous: PublishedCycle | None
    goals: Goals = field(default_factory=dict)
    importance: Mapping[str, float] = field(default_factory=dict)
    careless: Careless | None = None

    def target(self, unit: UnitRow, dimension: str) -> Target | None:
        """Return where the unit's score of all answers should stand."""
        return target(
            self.cycle.instrument,
            self.cell(unit, "all", dimension),
            self.goals.get(f"{unit.code}/{dimension}"),
        )

    def cell(self, unit: UnitRow, audience: str, dimension: str) -> Cell | None:
        """Return the figure, or None where none may be shown or none is defined."""
        found = self.cells.get(Key(unit.position, audience, self.lens.code, dimension))
        return found if found and found.score is not None else None

    def column(self, unit: UnitRow, audience: str) -> list[Cell | None]:
        """Return the audience's figure in each dimension."""
        return [self.cell(unit, audience, one.code) for one in self.lens.dimensions]

    @property
    def titles(self) -> list[str]:
        return [str(one.title) for one in self.lens.dimensions]

    @property
    def codes(self) -> list[str]:
        return [one.code for one in self.lens.dimensions]

    def change(self, unit: UnitRow, dimension: str) -> Difference | None:
        """Return how far the page's unit moved since the cycle before."""
        return difference(self.cell(unit, "all", dimension), self.before.get(dimension))

    def why(self, unit: UnitRow, audience: str, dimension: str) -> str:
        """Return the address of the page that tells how a figure was made."""
        return why_url(self.cycle.code, audience, self.lens.code, dimension, unit.code)

    def gaps(self, unit: UnitRow) -> list[Difference | None]:
        """Return managers − staff in each dimension."""
        pairs = zip(self.column(unit, "manager"), self.column(unit, "staff"), strict=True)
        return [difference(manager, staff) for manager, staff in pairs]


def legend(instrument: Instrument) -> list[tuple[str, str]]:
    """Return the levels as a legend: (swatch of the theme, what it means)."""
    levels = instrument.levels
    return [(f"heat-{charts.heat(one.level, len(levels))}", f"{one.level} {one.name}") for one in levels]


def unit_url(code: str, query: Mapping[str, str]) -> str:
    """Return the address of a unit's page, in the same cycle and lens."""
    kept = {name: query[name] for name in ("cycle", "lens") if query.get(name)}
    return reverse("dashboard_unit", args=[code]) + (f"?{urlencode(kept)}" if kept else "")


def why_url(cycle: str, audience: str, lens: str, dimension: str, unit: str) -> str:
    """Return the address of the page that tells how a figure was made; arguments are codes."""
    return reverse("dashboard_why", args=[cycle, audience, lens, dimension, unit])


def series(
    facts: Facts,
    name: str,
    role: str,
    cells: Sequence[Cell | None],
    *,
    intervals: bool = False,
    aside: bool = False,
) -> charts.Series:
    """Return the cells as a chart's series, with what is said when a point is pointed at."""
    notes = [
        "\n".join(filter(None, [title, f"{name}: {sign(cell)}", counted(cell)])) if cell else ""
        for title, cell in zip(facts.titles, cells, strict=True)
    ]
    return charts.Series(
        name=name,
        role=role,
        values=[cell.score if cell else None for cell in cells],
        low=[cell.ci_low if cell else None for cell in cells] if intervals else (),
        high=[cell.ci_high if cell else None for cell in cells] if intervals else (),
        notes=notes,
        aside=aside,
    )


def targets(facts: Facts, unit: UnitRow) -> charts.Series:
    """Return where the unit's scores should stand, as a chart's series: away until it is asked for."""
    aims = [facts.target(unit, one.code) for one in facts.lens.dimensions]
    notes = [
        f"{title}\n{_('Target')}: {number(aim.score, 1)} ({aim.goal or aim.level})" if aim else ""
        for title, aim in zip(facts.titles, aims, strict=True)
    ]
    return charts.Series(
        _("Target"), "target", [aim.score if aim else None for aim in aims], notes=notes, aside=True
    )


def finished(facts: Facts, table: Table, panel: str, note: str = "") -> Table:
    """Return the panel's table sorted as the address says, with what its signs mean."""
    hides = any(box.hidden for row in table.rows for box in row.cells)
    notes = [note, sentences.why_hidden(facts.cycle.k) if hides else ""]
    said = replace(table, anchor=f"{panel}-title", note=" ".join(filter(None, notes)))
    return arranged(said, dict(facts.query))


def score_box(cell: Cell | None, *, tint: int = 0, why: str = "") -> Box:
    """Return a score for a table, linked to how it was made, or the sign of a hidden one."""
    return number_box(*text_and_score(cell), level=tint, href=why) if cell else hidden_box(HIDDEN)


def interval_box(cell: Cell | None) -> Box:
    """Return the interval of a score, or the sign of a hidden one."""
    return number_box(interval(cell.ci_low, cell.ci_high), cell.ci_low) if cell else hidden_box(HIDDEN)


def counted_box(cell: Cell | None) -> Box:
    """Return how many people a score rests on, or the sign of a hidden one."""
    return number_box(counted(cell), cell.n) if cell else hidden_box(HIDDEN)


def change_box(apart: Difference | None) -> Box:
    """Return a change with its sign, in words where it is within noise."""
    if apart is None:
        return hidden_box(HIDDEN)
    shown = signed(apart.value, 1)
    return number_box(shown if apart.clear else _("{change} (noise)").format(change=shown), apart.value)


def level_box(facts: Facts, cell: Cell | None) -> Box:
    """Return number and name of the level, tinted."""
    if not cell or not cell.level:
        return hidden_box(HIDDEN) if not cell else number_box("", None)
    name = facts.cycle.instrument.levels[cell.level - 1].name
    return Box(f"{cell.level} {name}", value=cell.level, numeric=True, level=tint(facts, cell))


def tint(facts: Facts, cell: Cell | None) -> int:
    """Return which of the five level colours a cell has, 0 for none."""
    return charts.heat(cell.level, len(facts.cycle.instrument.levels)) if cell and cell.level else 0


def text_and_score(cell: Cell | None) -> tuple[str, float | None]:
    """Return a score as written in tables, and as it sorts."""
    return sign(cell), cell.score if cell else None


def difference_boxes(apart: Difference | None) -> list[Box]:
    """Return a difference, its interval, and whether it exceeds noise."""
    if apart is None:
        return [number_box("", None), number_box("", None), text_box("")]
    return [
        number_box(signed(apart.value, 1), apart.value),
        number_box(signed_interval(apart.low, apart.high), apart.low),
        text_box(sentences.verdict(apart)),
    ]
