"""Gaps as a sentence, a picture and a table: the same figures three times."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cfm.lib import charts
from cfm.lib.templatetags.cfm import number, percent
from competencies.queries.gaps import GapTable, Total

# A mean shortfall of one level is a lot: the colours change at 0.2, 0.5, 1 and 1.5 levels, on a scale of four.
LEVELS_WIDE: Final = 4
BOUNDS: Final = (0, 5, 12.5, 25, 37.5)
NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Box:
    """A cell of components/table.html; complete, since a template is slow to find that something is not there."""

    text: str
    header: bool = False
    numeric: bool = False
    hidden: bool = False
    href: str = ""
    level: int = 0
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of components/table.html."""

    cells: list[Box]
    muted: bool = False


@dataclass(frozen=True)
class Panel:
    """What components/chart.html shows. table: see components/table.html."""

    id: str
    title: str
    sentence: str
    figure: charts.Json
    table: dict[str, Any]
    note: str = ""
    legend: Sequence[tuple[str, str]] = field(default=())

    @property
    def height(self) -> int:
        """Height of the chart in pixels."""
        return int(self.figure["layout"]["height"])


def widest(table: GapTable) -> list[Total]:
    """Return the competencies with the widest mean shortfall, the widest first."""
    found = [one for one in table.totals if one.shown and one.short > 0]
    return sorted(found, key=lambda one: (-one.short, one.competency.code))[:5]


def strongest(table: GapTable) -> list[Total]:
    """Return the competencies in which the fewest fall short; of equals those furthest above."""
    found = [one for one in table.totals if one.shown]
    return sorted(found, key=lambda one: (one.below / one.rated, -one.above, one.competency.code))[:5]


def sentence(table: GapTable) -> str:
    """Return where things stand, in words."""
    wide = widest(table)
    if not any(one.shown for one in table.totals):
        return _("No figure can be shown for these people yet.")
    if not wide:
        return _("Everyone rated reaches what their role requires.")
    return _(
        "%(name)s has the widest gap: %(below)d of %(rated)d people are below what their role requires."
    ) % {
        "name": wide[0].competency.name,
        "below": wide[0].below,
        "rated": wide[0].rated,
    }


def _everyone(table: GapTable) -> str:
    return _("Everyone chosen") if table.narrowed else _("Everyone in your reach")


def _text(value: float) -> str:
    return "" if isnan(value) else number(value, 1)


def heat(table: GapTable) -> Panel | None:
    """Return mean shortfall of units × competencies; the first row is everyone in reach."""
    units = table.units
    if not units or not table.competencies:
        return None
    rows = [(_everyone(table), 0), *((one.unit.name, 0) for one in units)]
    shown = [[one.shown for one in table.totals], *(list(table.cells[one.row]) for one in units)]
    short = [[one.short for one in table.totals], *(list(table.figures.short[one.row]) for one in units)]
    values = [
        [
            100 * value / LEVELS_WIDE if flag and not isnan(value) else None
            for flag, value in zip(*pair, strict=True)
        ]
        for pair in zip(shown, short, strict=True)
    ]
    signs = [
        [_text(value) if flag else "" for flag, value in zip(*pair, strict=True)]
        for pair in zip(shown, short, strict=True)
    ]
    columns = [(one.code, one.name) for one in table.competencies]
    figure = charts.heatmap(
        rows, columns, values, signs=signs, hidden=_("not rated, or not shown"), bounds=BOUNDS
    )
    more = table.more_units
    cut = (
        ngettext(
            "%d more unit with smaller gaps: choose a unit.",
            "%d more units with smaller gaps: choose a unit.",
            more,
        )
        % more
        if more
        else ""
    )
    return Panel(
        id="gaps-heat",
        title=_("Mean shortfall by unit and competency"),
        sentence=_(
            "Levels missing on average; people who reach what is required count as 0, never as a surplus."
        ),
        figure=figure,
        table=_heat_table(table),
        note=" ".join(filter(None, [_("A row holds the people directly in that unit."), cut])),
        legend=[
            ("heat-1", _("below 0.2 levels")),
            ("heat-2", "0.2"),
            ("heat-3", "0.5"),
            ("heat-4", "1.0"),
            ("heat-5", _("1.5 and more")),
        ],
    )


def _heat_table(table: GapTable) -> dict[str, Any]:
    columns = [
        {"label": _("Unit")},
        *({"label": one.code, "title": one.name, "numeric": True} for one in table.competencies),
    ]
    everyone = [
        _head(_everyone(table)),
        *(_cell(one.short, one.rated, one.shown) for one in table.totals),
    ]
    rows = [Row(everyone)]
    for unit in table.units:
        figures = zip(
            table.figures.short[unit.row], table.figures.rated[unit.row], table.cells[unit.row], strict=True
        )
        rows.append(Row([_head(unit.unit.name), *(_cell(*figure) for figure in figures)]))
    note = _("Mean shortfall in levels (people rated).")
    return {
        "caption": _("Mean shortfall by unit and competency"),
        "columns": columns,
        "rows": rows,
        "note": note,
    }


def _head(text: str) -> Box:
    return Box(text, header=True)


def _cell(short: float, rated: int, shown: Any) -> Box:
    if not shown:
        return Box(charts.HIDDEN_SIGN, hidden=True, numeric=True)
    return Box(f"{_text(short)} ({rated})" if rated else "", numeric=True)


def trend(table: GapTable) -> Panel | None:
    """Return the share of required levels not reached, cycle by cycle; nothing for fewer than two cycles."""
    moments = [one for one in table.trend if one.share is not None]
    if len(moments) < 2:
        return None
    shares = [100 * (one.share or 0) for one in moments]
    names = [one.cycle.title for one in moments]
    series = charts.Series(
        name=_("Not reached"),
        role="all",
        values=shares,
        notes=[f"{name}: {number(share, 1)} %" for name, share in zip(names, shares, strict=True)],
    )
    rows = [
        Row([_head(one.cycle.title), _number(percent(one.share, 1)), _number(number(one.rated))])
        for one in moments
    ]
    columns = [
        {"label": _("Cycle")},
        {"label": _("Not reached"), "numeric": True},
        {"label": _("People rated"), "numeric": True},
    ]
    return Panel(
        id="gaps-trend",
        title=_("Required levels not reached, by cycle"),
        sentence=_trend_sentence(shares),
        figure=charts.trend(names, [series]),
        table={"caption": _("Required levels not reached, by cycle"), "columns": columns, "rows": rows},
        note=_("Per cent of all ratings that lie below what the role requires today."),
    )


def _number(text: str) -> Box:
    return Box(text, numeric=True)


def _trend_sentence(shares: Sequence[float]) -> str:
    told = {"old": number(shares[0]), "new": number(shares[-1])}
    if number(shares[0]) == number(shares[-1]):
        return _("%(new)s%% of required levels are not reached, as before.") % told
    return _("%(new)s%% of required levels are not reached, after %(old)s%% in the first cycle shown.") % told
