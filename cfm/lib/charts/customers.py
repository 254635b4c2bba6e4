"""Who works for whom as a picture, and figures over days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from cfm.lib.charts import parts
from cfm.lib.charts.parts import Json, colour, text

CURVE: Final = 16  # straight pieces of a curved line


@dataclass(frozen=True)
class Flow:
    """A line from a place on the left to one on the right; strong: drawn through, otherwise dashed."""

    start: int
    end: int
    strong: bool


def flows(
    left: Sequence[tuple[str, str]],
    right: Sequence[tuple[str, str]],
    lines: Sequence[Flow],
    *,
    titles: tuple[str, str],
    legend: tuple[str, str],
) -> Json:
    """Return two columns of names with a curved line for each flow between them.

    left, right: (name, what is said when pointed at), from the top; titles: of the columns; legend: what strong and
    other lines mean. Raises ValueError for a line to a place that isn't there.
    """
    if any(not (0 <= line.start < len(left) and 0 <= line.end < len(right)) for line in lines):
        raise ValueError("a flow leads to a place that is not there")
    starts, ends = _spread(len(left)), _spread(len(right))
    traces = [
        _bundle(
            [(starts[line.start], ends[line.end]) for line in lines if line.strong is strong],
            legend[0 if strong else 1],
            strong=strong,
        )
        for strong in (True, False)
        if any(line.strong is strong for line in lines)
    ]
    traces += [_column(0, starts, left, "y"), _column(1, ends, right, "y2")]
    height = 96 + parts.ROW_HEIGHT * max(len(left), len(right), 3)
    layout = parts.layout(height, legend=True) | {
        "meta": {"narrow": max(height, 96 + 48 * max(len(left), len(right)))},
        "xaxis": {
            "side": "top",
            "range": [-0.03, 1.03],
            "tickvals": [0, 1],
            "ticktext": [text(title) for title in titles],
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "ticks": "",
        },
        "yaxis": _names(starts, left),
        "yaxis2": _names(ends, right) | {"overlaying": "y", "side": "right"},
        "margin": {"l": 8, "r": 8, "t": 56, "b": 40},
        "legend": {"orientation": "h", "x": 0.5, "xanchor": "center", "y": -0.01, "yanchor": "top"},
    }
    return {"data": traces, "layout": layout}


def _spread(count: int) -> list[float]:
    """Return places from 0 (top) to 1 at equal distances.

    >>> _spread(2)
    [0.25, 0.75]
    """
    return [round((number + 0.5) / count, 4) for number in range(count)]


def _bundle(pairs: Sequence[tuple[float, float]], name: str, *, strong: bool) -> Json:
    x: list[float | None] = []
    y: list[float | None] = []
    for start, end in pairs:
        for step in range(CURVE + 1):
            part = step / CURVE
            x.append(round(part, 4))
            y.append(round(start + (end - start) * part * part * (3 - 2 * part), 4))
        x.append(None)
        y.append(None)
    shade = colour("all" if strong else "manager")
    return {
        "type": "scatter",
        "mode": "lines",
        "name": text(name),
        "x": x,
        "y": y,
        "line": {"color": shade, "width": 2, "dash": "solid" if strong else "dash"},
        "opacity": 0.75,
        "hoverinfo": "skip",
    }


def _column(x: int, places: Sequence[float], names: Sequence[tuple[str, str]], axis: str) -> Json:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [x] * len(places),
        "y": list(places),
        "yaxis": axis,
        "marker": {"color": colour("text"), "size": 9, "symbol": "square" if x == 0 else "triangle-right"},
        "cliponaxis": False,
        "showlegend": False,
        "hovertext": [text(f"{name}\n{note}") for name, note in names],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _names(places: Sequence[float], names: Sequence[tuple[str, str]]) -> Json:
    return {
        "range": [1, 0],
        "tickvals": list(places),
        "ticktext": [parts.wrapped(name, 26, lines=2) for name, _note in names],
        "automargin": True,
        "fixedrange": True,
        "ticks": "",
        "showgrid": False,
        "zeroline": False,
    }


def readings(
    days: Sequence[str],
    values: Sequence[float],
    *,
    name: str,
    notes: Sequence[str],
    scale: tuple[float, float] | None,
) -> Json:
    """Return one measure over days as a line. days: ISO dates, the oldest first; scale: both ends, None for free.

    Raises ValueError when there is not one value and one note a day, or no day at all.
    """
    if not len(days) == len(values) == len(notes):
        raise ValueError(f"{len(days)} days, {len(values)} values and {len(notes)} notes")
    line: Json = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": text(name),
        "x": list(days),
        "y": list(values),
        "line": {"color": colour("all"), "width": 2},
        "marker": {"color": colour("all"), "symbol": "circle", "size": 8},
        "hovertext": [text(note) for note in notes],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    upright: dict[str, Any] = {"fixedrange": True, "zeroline": bool(scale and scale[0] < 0)}
    if scale:
        upright |= {"range": list(scale), "nticks": 6 if scale[1] - scale[0] > 10 else 8}
    layout = parts.layout(240, legend=False) | {
        "xaxis": {
            "type": "date",
            "range": _around(days),
            "fixedrange": True,
            "showgrid": False,
            "nticks": 6,
            "tickformat": "%b\n%Y",
        },
        "yaxis": upright,
    }
    layout["margin"] |= {"b": 52}
    return {"data": [line], "layout": layout}


def _around(days: Sequence[str]) -> list[str]:
    """Return the ends of an axis that leaves some room on both sides of the days.

    >>> _around(["2025-01-01", "2026-01-01"])
    ['2024-12-02', '2026-01-31']
    """
    first, last = date.fromisoformat(min(days)), date.fromisoformat(max(days))
    room = timedelta(days=max(14, round((last - first).days * 0.083)))
    return [(first - room).isoformat(), (last + room).isoformat()]
