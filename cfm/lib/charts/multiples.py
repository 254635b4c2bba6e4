"""Many small charts of one kind, side by side on the same axes."""

from collections.abc import Sequence

from cfm.lib.charts import parts
from cfm.lib.charts.parts import Json, Series, colour, wrapped

COLUMNS = 4
ROW = 190  # px
ROW_OF_TWO = 170


def trends(times: Sequence[str], series: Sequence[Series]) -> Json:
    """Return a small line chart a series over the same times, each with its name above and the whole scale beside.

    Four in a row; charts.js makes it two on a narrow screen (layout.meta). Raises ValueError when a series has not one
    value a time.
    """
    parts.check(times, series)
    places = list(range(len(times)))
    rows = -(-len(series) // COLUMNS)
    layout = parts.layout(56 + ROW * rows, legend=False) | {
        "meta": {"multiples": len(series), "narrow": 56 + ROW_OF_TWO * -(-len(series) // 2)},
        "annotations": [_title(number, one) for number, one in enumerate(series)],
    }
    for number in range(len(series)):
        layout |= _axes(number, rows, times)
    return {"data": [_line(number, one, places) for number, one in enumerate(series)], "layout": layout}


def _suffix(number: int) -> str:
    return str(number + 1) if number else ""


def _line(number: int, one: Series, places: Sequence[int]) -> Json:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": parts.text(one.name),
        "x": list(places),
        "y": parts.tenths(one.values),
        "xaxis": f"x{_suffix(number)}",
        "yaxis": f"y{_suffix(number)}",
        "line": {"color": colour(one.role), "width": 2},
        "marker": {"color": colour(one.role), "symbol": parts.MARKERS[one.role], "size": 7},
        **parts.error("error_y", one),
        **parts.hover(one),
    }


def _title(number: int, one: Series) -> Json:
    return {
        "text": wrapped(one.name, 24, lines=2),
        "xref": f"x{_suffix(number)} domain",
        "yref": f"y{_suffix(number)} domain",
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
        "align": "left",
        "showarrow": False,
    }


def _axes(number: int, rows: int, times: Sequence[str]) -> Json:
    """The first and the last time are named; every chart has the same scale."""
    row, column = divmod(number, COLUMNS)
    ends = sorted({0, len(times) - 1})
    left, top = column / COLUMNS, 1 - row / rows
    return {
        f"xaxis{_suffix(number)}": {
            "domain": [left, left + 1 / COLUMNS - 0.05],
            "anchor": f"y{_suffix(number)}",
            "tickvals": ends,
            "ticktext": [wrapped(times[end], 9, lines=2) for end in ends],
            "range": [-0.3, len(times) - 0.7],
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
        },
        f"yaxis{_suffix(number)}": {
            **parts.scores(),
            "domain": [top - 1 / rows + 0.24 / rows, top - 0.2 / rows],
            "anchor": f"x{_suffix(number)}",
            "tickvals": [0, 50, 100],
        },
    }
