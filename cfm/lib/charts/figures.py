"""Charts of scores."""

from collections.abc import Sequence
from typing import Any

from cfm.lib.charts import parts
from cfm.lib.charts.parts import Band, Json, Series, colour, text, wrapped


def radar(categories: Sequence[str], series: Sequence[Series]) -> Json:
    """Return the series as closed lines around a circle with one spoke a category.

    Raises ValueError when a series has not one value a category.
    """
    parts.check(categories, series)
    spokes = [360 * place / len(categories) for place in range(len(categories))]
    traces = [
        {
            "type": "scatterpolar",
            "mode": "lines+markers",
            "name": text(one.name),
            "theta": parts.ring(spokes),
            "r": parts.ring(parts.tenths(one.values)),
            "line": {"color": colour(one.role), "width": 2, "dash": parts.DASHES.get(one.role, "solid")},
            "marker": {"color": colour(one.role), "symbol": parts.MARKERS[one.role], "size": 8},
            **parts.hover(one, closed=True),
            **parts.aside(one),
        }
        for one in series
    ]
    layout = parts.layout(470, legend=True) | {
        "meta": {"narrow": 350},
        "margin": {"l": 84, "r": 84, "t": 56, "b": 88},
        "legend": {"orientation": "h", "x": 0.5, "xanchor": "center", "y": -0.16, "yanchor": "top"},
        "polar": {
            "radialaxis": {
                "range": [0, 100],
                "tickvals": [0, 20, 40, 60, 80, 100],
                "angle": 90,
                "tickangle": 90,
            },
            "angularaxis": {
                "direction": "clockwise",
                "rotation": 90,
                "tickvals": spokes,
                "ticktext": [wrapped(name, 13) for name in categories],
            },
        },
    }
    return {"data": traces, "layout": layout}


def bars(
    categories: Sequence[str], main: Series, *, markers: Sequence[Series] = (), bands: Sequence[Band] = ()
) -> Json:
    """Return horizontal bars with intervals, the first category on top; further series as markers on them.

    bands: ranges of the axis drawn behind the bars. Raises ValueError when a series has not one value a category.
    """
    parts.check(categories, [main, *markers])
    bar = {
        "type": "bar",
        "orientation": "h",
        "name": text(main.name),
        "y": list(range(len(categories))),
        "x": parts.tenths(main.values),
        # Pale, so that intervals and markers show on it; the outline keeps its end clear.
        "marker": {
            "color": colour(main.role),
            "opacity": 0.5,
            "line": {"color": colour(main.role), "width": 2},
        },
        "width": 0.5,
        **parts.error("error_x", main),
        **parts.hover(main),
    }
    points = [parts.points(one) for one in markers]
    layout = parts.layout(parts.height(len(categories)), legend=bool(markers)) | {
        "xaxis": parts.scores(),
        "yaxis": parts.names([wrapped(name) for name in categories]),
        "shapes": [parts.band(number, band) for number, band in enumerate(bands, 1)],
        "annotations": [parts.band_label(band) for band in bands],
    }
    if bands:
        layout["legend"] |= {"y": 1.05}
        layout["margin"] |= {"t": 72}
    return {"data": [bar, *points], "layout": layout}


def dumbbell(categories: Sequence[str], first: Series, second: Series, clear: Sequence[bool]) -> Json:
    """Return two points a category, joined by a line: strong where the difference is clear, grey where it is noise.

    clear: one a category. Raises ValueError when lengths differ.
    """
    parts.check(categories, [first, second])
    if len(clear) != len(categories):
        raise ValueError(f"clear has {len(clear)} values for {len(categories)} categories")
    joins = [
        parts.joins(first, second, [flag is wanted for flag in clear], "clear" if wanted else "muted")
        for wanted in (False, True)
    ]
    data = [*joins, parts.points(first), parts.points(second)]
    layout = parts.layout(parts.height(len(categories)), legend=True) | {
        "xaxis": parts.scores(),
        "yaxis": parts.names([wrapped(name) for name in categories]),
    }
    return {"data": data, "layout": layout}


def heatmap(
    rows: Sequence[tuple[str, int]],
    columns: Sequence[tuple[str, str]],
    values: Sequence[Sequence[float | None]],
    *,
    signs: Sequence[Sequence[str]],
    hidden: str,
    bounds: Sequence[float],
) -> Json:
    """Return a grid of scores with the number in each cell, coloured by maturity level.

    rows: (name, depth) from the top; columns: (short label, full name). values: a row of scores a row, None = hidden.
    signs: what each cell says, for example "57" or "≥ 88". hidden: what a hidden cell says when pointed at.
    bounds: lower bounds of the levels, ascending from 0.
    Raises ValueError when the shapes differ or bounds don't start at 0.
    """
    parts.check_grid(rows, columns, values, signs)
    grid: Json = {
        "type": "heatmap",
        "x": list(range(len(columns))),
        "y": list(range(len(rows))),
        "xgap": 2,
        "ygap": 2,
        "showscale": False,
        "texttemplate": "%{text}",
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    shown = grid | {
        "z": [parts.tenths(row) for row in values],
        "text": [[text(sign) for sign in row] for row in signs],
        "hovertext": parts.grid_notes(rows, columns, signs),
        "zmin": 0,
        "zmax": 100,
        "colorscale": steps(bounds),
    }
    blanks = [[0 if value is None else None for value in row] for row in values]
    covered = grid | {
        "z": blanks,
        "text": [[parts.HIDDEN_SIGN if blank == 0 else "" for blank in row] for row in blanks],
        "hovertext": parts.grid_notes(rows, columns, [[hidden] * len(columns)] * len(rows)),
        "colorscale": [[0, colour("hidden")], [1, colour("hidden")]],
        "textfont": {"color": colour("text")},
    }
    layout = parts.layout(max(140, 64 + parts.ROW_HEIGHT * len(rows)), legend=False) | {
        "xaxis": {
            "side": "top",
            "tickvals": list(range(len(columns))),
            "ticktext": [text(short) for short, _ in columns],
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
        },
        "yaxis": parts.names([parts.unit_label(name, depth) for name, depth in rows]),
        "margin": {"l": 8, "r": 8, "t": 40, "b": 8},
    }
    return {"data": [shown, covered] if any(0 in row for row in blanks) else [shown], "layout": layout}


def trend(times: Sequence[str], series: Sequence[Series]) -> Json:
    """Return one line a series over the times, with intervals.

    Raises ValueError when a series has not one value a time.
    """
    parts.check(times, series)
    labels = [wrapped(name, 16) for name in times]
    places = list(range(len(times)))
    lines = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": text(one.name),
            "x": places,
            "y": parts.tenths(one.values),
            "line": {"color": colour(one.role), "width": 2, "dash": parts.DASHES.get(one.role, "solid")},
            "marker": {"color": colour(one.role), "symbol": parts.MARKERS[one.role], "size": 9},
            **parts.error("error_y", one),
            **parts.hover(one),
            **parts.aside(one),
        }
        for one in series
    ]
    layout = parts.layout(320, legend=len(series) > 1) | {
        "xaxis": {
            "tickvals": places,
            "ticktext": labels,
            "range": [-0.4, len(times) - 0.6],
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
        },
        "yaxis": parts.scores(),
    }
    return {"data": lines, "layout": layout}


def steps(bounds: Sequence[float]) -> list[list[Any]]:
    """Return the colour scale of the levels: one flat colour a level, from the five of the theme.

    >>> [place for place, _ in steps([0, 50])]
    [0.0, 0.5, 0.5, 1.0]
    """
    if not bounds or bounds[0] != 0 or list(bounds) != sorted(bounds):
        raise ValueError(f"level bounds must ascend from 0, not {list(bounds)}")
    scale: list[list[Any]] = []
    for level, (lower, upper) in enumerate(zip(bounds, [*bounds[1:], 100], strict=True), 1):
        shade = colour(f"heat-{heat(level, len(bounds))}")
        scale += [[lower / 100, shade], [upper / 100, shade]]
    return scale


def heat(level: int, levels: int) -> int:
    """Return which of the theme's five colours stands for a level, 1 to 5."""
    return 3 if levels == 1 else 1 + (4 * (level - 1) + (levels - 1) // 2) // (levels - 1)
