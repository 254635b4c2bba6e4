"""A chart's figure read back as categories and series, for programs that draw their own charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any, Final, Literal

from cfm.lib.charts import Json

Kind = Literal["bars", "stacked", "radar", "lines", "points", "grid"]
PREFIX: Final = "var(--cfm-chart-"


@dataclass(frozen=True)
class Line:
    """One series. colour: name of the theme's colour. away: hidden until asked for. xs: only of points.

    bar: drawn as bars, not as marks.
    """

    name: str
    colour: str
    values: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    away: bool = False
    xs: Sequence[float | None] = ()
    bar: bool = False


@dataclass(frozen=True)
class Plain:
    """What a chart shows.

    columns, cells, values: only of a grid, a line of texts and scores a category; scale: where its shades begin.
    bands: ranges behind bars (lower, upper, colour). titles: of the axes of points.
    """

    kind: Kind
    categories: Sequence[str]
    series: Sequence[Line]
    columns: Sequence[str] = ()
    cells: Sequence[Sequence[str]] = ()
    values: Sequence[Sequence[float | None]] = ()
    scale: Sequence[tuple[float, int]] = ()
    bands: Sequence[tuple[float, float, str]] = ()
    titles: tuple[str, str] = ("", "")


def plain(figure: Json) -> Plain:
    """Return the figure's content. Raises ValueError for a figure that cfm.lib.charts doesn't make."""
    traces, layout = figure["data"], figure["layout"]
    kinds = {trace["type"] for trace in traces}
    if "heatmap" in kinds:
        return _grid(traces, layout)
    if kinds == {"scatterpolar"}:
        return Plain("radar", _labels(layout["polar"]["angularaxis"]), [_spoke(trace) for trace in traces])
    if layout.get("barmode") == "overlay":
        return Plain("stacked", _labels(layout["yaxis"]), [_line(trace, "x") for trace in traces])
    if "title" in layout["xaxis"]:
        return _points(traces, layout)
    if kinds <= {"bar", "scatter"} and "ticktext" in layout["yaxis"]:
        named = [trace for trace in traces if trace.get("name")]
        lines = [_line(trace, "x") for trace in named]
        return Plain("bars", _labels(layout["yaxis"]), lines, bands=_bands(layout))
    if kinds == {"scatter"}:
        return Plain("lines", _labels(layout["xaxis"]), [_line(trace, "y") for trace in traces])
    raise ValueError(f"no figure of cfm.lib.charts: {sorted(kinds)}")


def words(text: str) -> str:
    """Return an escaped label of a figure as plain text on one line.

    >>> words("R&amp;D<br>local")
    'R&D local'
    """
    return unescape(text.replace("<br>", " "))


def shade(reference: Any) -> str:
    """Return the name of the theme's colour in a reference to it."""
    first = reference[0] if isinstance(reference, list) else reference
    return str(first).removeprefix(PREFIX).removesuffix(")")


def _labels(axis: Json) -> list[str]:
    return [words(label) for label in axis["ticktext"]]


def _line(trace: Json, axis: str) -> Line:
    values = trace[axis]
    low, high = _ends(trace.get(f"error_{axis}"), values)
    named, painted = words(trace["name"]), shade(trace["marker"]["color"])
    return Line(named, painted, values, low, high, away=_away(trace), bar=trace["type"] == "bar")


def _spoke(trace: Json) -> Line:
    return Line(words(trace["name"]), shade(trace["line"]["color"]), trace["r"][:-1], away=_away(trace))


def _away(trace: Json) -> bool:
    return trace.get("visible") == "legendonly"


def _ends(
    error: Json | None, values: Sequence[float | None]
) -> tuple[list[float | None], list[float | None]]:
    if not error:
        return [], []
    low = [_sum(value, down, -1) for value, down in zip(values, error["arrayminus"], strict=True)]
    high = [_sum(value, up, 1) for value, up in zip(values, error["array"], strict=True)]
    return low, high


def _sum(value: float | None, part: float | None, sign: int) -> float | None:
    return None if value is None or part is None else round(value + sign * part, 1)


def _bands(layout: Json) -> list[tuple[float, float, str]]:
    return [(one["x0"], one["x1"], shade(one["fillcolor"])) for one in layout.get("shapes", [])]


def _points(traces: Sequence[Json], layout: Json) -> Plain:
    trace = traces[0]
    signs = [words(sign) for sign in trace["text"]]
    line = Line("", shade(trace["marker"]["color"]), trace["y"], xs=trace["x"])
    titles = (words(layout["xaxis"]["title"]["text"]), words(layout["yaxis"]["title"]["text"]))
    return Plain("points", signs, [line], titles=titles)


def _grid(traces: Sequence[Json], layout: Json) -> Plain:
    shown = traces[0]
    return Plain(
        "grid",
        _labels(layout["yaxis"]),
        [],
        columns=_labels(layout["xaxis"]),
        cells=[[words(sign) for sign in row] for row in shown["text"]],
        values=shown["z"],
        scale=[
            (100 * start, int(shade(reference).rpartition("-")[2]))
            for start, reference in shown["colorscale"][::2]
        ],
    )
