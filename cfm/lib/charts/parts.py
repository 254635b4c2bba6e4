"""What every chart is made of: series, labels, colours by name, axes and marks."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from math import isfinite
from typing import Any, Final

Json = dict[str, Any]

MARKERS: Final = {
    "all": "circle",
    "staff": "circle",
    "manager": "square",
    "evidence": "diamond",
    "composite": "line-ns",
    "organisation": "triangle-up",
    "target": "triangle-down-open",
    "previous": "circle-open",
}
DASHES: Final = {
    "staff": "solid",
    "manager": "dash",
    "evidence": "dot",
    "organisation": "dashdot",
    "target": "longdash",
    "previous": "dot",
}
HIDDEN_SIGN: Final = "–"
ROW_HEIGHT: Final = 30
NO_BREAK: Final = "\u00a0"


@dataclass(frozen=True)
class Series:
    """One measure over the categories of a chart.

    name: for the legend. role: key of MARKERS; gives colour, marker and dash.
    values: scores 0 to 100, one a category; None where there is nothing to show.
    low, high: ends of the intervals, or empty.
    notes: hover text a value (plain text, lines split at newlines), or empty.
    aside: not drawn until the reader presses its name in the legend.
    """

    name: str
    role: str
    values: Sequence[float | None]
    low: Sequence[float | None] = field(default=())
    high: Sequence[float | None] = field(default=())
    notes: Sequence[str] = field(default=())
    aside: bool = False


@dataclass(frozen=True)
class Band:
    """A range of scores with a name, drawn behind bars: one maturity level."""

    lower: float
    upper: float
    label: str


def rounded(value: float | None) -> float | None:
    """Return the value half up at one decimal; None for None and for what is not a finite number.

    >>> rounded(57.25), rounded(None)
    (57.3, None)
    """
    if value is None or not isfinite(value):
        return None
    return float(Decimal(repr(float(value))).quantize(Decimal("0.1"), ROUND_HALF_UP))


def colour(name: str) -> str:
    """Return the reference to a colour of the theme, which charts.js resolves."""
    return f"var(--cfm-chart-{name})"


def text(value: str) -> str:
    """Return plain text as Plotly may show it: no markup of the writer's survives, newlines break the line.

    >>> text("R&D <b>\\nlocal")
    'R&amp;D &lt;b&gt;<br>local'
    """
    return escape(value).replace("\n", "<br>")


def wrapped(value: str, width: int = 20, lines: int = 3) -> str:
    """Return an axis label of at most so many lines of about so many characters, escaped."""
    parts = textwrap.wrap(value, width, break_long_words=True) or [""]
    if len(parts) > lines:
        parts = [
            *parts[: lines - 1],
            textwrap.shorten(" ".join(parts[lines - 1 :]), width, placeholder="…") or "…",
        ]
    return text("\n".join(parts))


def check(categories: Sequence[str], series: Iterable[Series]) -> None:
    for one in series:
        for what in (one.values, one.low, one.high, one.notes):
            if len(what) != len(categories) and (len(what) or what is one.values):
                raise ValueError(
                    f"series {one.name!r} has {len(what)} entries for {len(categories)} categories"
                )


def check_grid(
    rows: Sequence[Any],
    columns: Sequence[Any],
    values: Sequence[Sequence[Any]],
    signs: Sequence[Sequence[Any]],
) -> None:
    for what in (values, signs):
        if len(what) != len(rows) or any(len(row) != len(columns) for row in what):
            raise ValueError(f"the grid is not {len(rows)} rows of {len(columns)} cells")


def tenths(values: Iterable[float | None]) -> list[float | None]:
    return [rounded(value) for value in values]


def ring(values: list[Any]) -> list[Any]:
    return [*values, *values[:1]]


def hover(series: Series, *, closed: bool = False) -> Json:
    """Hover text as data, never inside the template, so that a name can't call a template's field."""
    if not series.notes:
        return {"hoverinfo": "skip"}
    notes = [text(note) for note in series.notes]
    return {"hovertext": ring(notes) if closed else notes, "hovertemplate": "%{hovertext}<extra></extra>"}


def aside(series: Series) -> Json:
    return {"visible": "legendonly"} if series.aside else {}


def error(key: str, series: Series) -> Json:
    if not series.low:
        return {}
    up = [distance(high, value) for high, value in zip(series.high, series.values, strict=True)]
    down = [distance(value, low) for value, low in zip(series.values, series.low, strict=True)]
    bar = {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "thickness": 1.5, "width": 4}
    return {key: bar | {"color": colour("text")}}


def distance(upper: float | None, lower: float | None) -> float | None:
    return None if upper is None or lower is None else rounded(max(0.0, upper - lower))


def points(series: Series) -> Json:
    marker = {"color": colour(series.role), "symbol": MARKERS[series.role], "size": 11}
    if series.role == "composite":  # a stroke, which has no fill
        marker |= {"size": 18, "line": {"color": colour(series.role), "width": 3}}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": text(series.name),
        "y": list(range(len(series.values))),
        "x": tenths(series.values),
        "marker": marker,
        **hover(series),
        **aside(series),
    }


def joins(first: Series, second: Series, chosen: list[bool], shade: str) -> Json:
    x: list[float | None] = []
    y: list[int | None] = []
    for place, (one, other, wanted) in enumerate(zip(first.values, second.values, chosen, strict=True)):
        if wanted and one is not None and other is not None:
            x += [rounded(one), rounded(other), None]
            y += [place, place, None]
    line = {"color": colour(shade), "width": 5 if shade == "clear" else 2}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": line,
        "showlegend": False,
        "hoverinfo": "skip",
    }


def band(number: int, band: Band) -> Json:
    return {
        "type": "rect",
        "layer": "below",
        "xref": "x",
        "yref": "paper",
        "x0": band.lower,
        "x1": band.upper,
        "y0": 0,
        "y1": 1,
        "line": {"width": 0},
        "fillcolor": colour(f"band-{min(5, number)}"),
    }


def band_label(band: Band) -> Json:
    """The name of a band above the plot, in its middle."""
    return {
        "text": text(band.label),
        "x": (band.lower + band.upper) / 2,
        "xref": "x",
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 11},
    }


def grid_notes(
    rows: Sequence[tuple[str, int]], columns: Sequence[tuple[str, str]], signs: Sequence[Sequence[str]]
) -> list[list[str]]:
    return [
        [text(f"{name}\n{full}: {sign}") for (_, full), sign in zip(columns, line, strict=True)]
        for (name, _), line in zip(rows, signs, strict=True)
    ]


def unit_label(name: str, depth: int) -> str:
    return f"·{NO_BREAK}" * min(depth, 6) + wrapped(name, 26, lines=1)


def height(categories: int) -> int:
    return 96 + 44 * max(categories, 2)


def scores() -> Json:
    return {"range": [0, 100], "tickvals": [0, 20, 40, 60, 80, 100], "fixedrange": True, "zeroline": False}


def names(labels: Sequence[str]) -> Json:
    """An axis of names at 0, 1, 2…, the first on top: by place, since two things may have one name."""
    return {
        "range": [len(labels) - 0.5, -0.5],
        "tickvals": list(range(len(labels))),
        "ticktext": list(labels),
        "automargin": True,
        "fixedrange": True,
        "ticks": "",
        "showgrid": False,
        "zeroline": False,
    }


def layout(height: int, *, legend: bool) -> Json:
    return {
        "height": height,
        "autosize": True,
        "dragmode": False,
        "hovermode": "closest",
        "showlegend": legend,
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom"},
        "margin": {"l": 8, "r": 16, "t": 48 if legend else 24, "b": 36},
    }
