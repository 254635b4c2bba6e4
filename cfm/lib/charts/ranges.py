"""Amounts that are known as ranges only: from the low to the high figure, beside each other on one axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from cfm.lib.charts import parts
from cfm.lib.charts.parts import Json, colour, text, wrapped


@dataclass(frozen=True)
class Stretch:
    """One range. role: key of parts.MARKERS, gives the colour; note: what is said when it is pointed at."""

    label: str
    low: float
    high: float
    note: str
    role: str = "all"


def ranges(rows: Sequence[Stretch], *, title: str) -> Json:
    """Return a bar from low to high a row, with a mark at both ends, on an axis that begins at 0.

    title: of the axis. Raises ValueError for no rows, and for ends that are below 0, swapped or no finite numbers.
    """
    if not rows or any(not (isfinite(one.high) and 0 <= one.low <= one.high) for one in rows):
        raise ValueError("every range has two ends, the lower one first and not below 0")
    places = list(range(len(rows)))
    notes = [text(f"{one.label}\n{one.note}") for one in rows]
    bars: Json = {
        "type": "bar",
        "orientation": "h",
        "y": places,
        "base": [one.low for one in rows],
        "x": [one.high - one.low for one in rows],
        "width": 0.42,
        "marker": {"color": [colour(one.role) for one in rows], "opacity": 0.75},
        "hovertext": notes,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    ends: Json = {
        "type": "scatter",
        "mode": "markers",
        "y": places * 2,
        "x": [one.low for one in rows] + [one.high for one in rows],
        "marker": {"symbol": "line-ns", "size": 22, "line": {"color": colour("text"), "width": 2}},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }
    layout = parts.layout(80 + 56 * len(rows), legend=False) | {
        "xaxis": {
            "rangemode": "tozero",
            "fixedrange": True,
            "zeroline": True,
            "nticks": 5,
            "title": {"text": text(title)},
        },
        "yaxis": parts.names([wrapped(one.label, 22) for one in rows]),
        "margin": {"l": 8, "r": 28, "t": 16, "b": 56},
    }
    return {"data": [bars, ends], "layout": layout}
