"""Charts drawn by matplotlib from the same figures as on the screen, in the colours of its light theme."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from math import pi
from typing import Any, Final

from django.conf import settings

from cfm.lib.charts import tones
from reports.pack.palette import colour
from reports.pack.plain import Line, Plain

MARKS: Final = {
    "all": "o",
    "staff": "o",
    "manager": "s",
    "evidence": "D",
    "composite": "|",
    "organisation": "^",
    "target": "v",
    "previous": "o",
}
DASHES: Final = {
    "manager": "--",
    "evidence": ":",
    "organisation": "-.",
    "target": (0, (8, 3)),
    "previous": ":",
}
HOLLOW: Final = {"target", "previous"}
STYLE: Final = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "svg.fonttype": "none",
    "svg.hashsalt": "cfm",
    "pdf.fonttype": 42,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def ready() -> Any:
    """Return matplotlib, set up for files: no window, its cache in the data folder."""
    os.environ.setdefault("MPLCONFIGDIR", str(settings.DATA_DIR / "matplotlib"))
    import matplotlib as mpl

    mpl.use("agg", force=True)
    settled: Any = mpl.rcParams
    settled.update(STYLE | {f"{what}.color": colour("text") for what in ("text", "xtick", "ytick")})
    settled["axes.edgecolor"] = colour("line")
    return mpl


def draw(canvas: Any, shown: Plain, box: tuple[float, float, float, float]) -> None:
    """Draw the chart into a figure of matplotlib. box: left, bottom, width, height as shares of the page."""
    polar = {"projection": "polar"} if shown.kind == "radar" else {}
    axes = canvas.add_axes(box, **polar)
    {
        "bars": _bars,
        "stacked": _stacked,
        "radar": _radar,
        "lines": _lines,
        "points": _points,
        "grid": _grid,
    }[shown.kind](axes, shown)


def _bars(axes: Any, shown: Plain) -> None:
    for lower, upper, shade in shown.bands:
        axes.axvspan(lower, upper, color=colour(shade), zorder=0, linewidth=0)
    for line in shown.series:
        _across(axes, line)
    dots = [line for line in shown.series if not line.bar and not line.away]
    if not any(line.bar for line in shown.series) and len(dots) == 2:
        for place, ends in enumerate(zip(dots[0].values, dots[1].values, strict=True)):
            if None not in ends:
                axes.plot(ends, [place, place], color=colour("muted"), linewidth=2, zorder=1)
    _names(axes, shown.categories)
    _scores(axes.set_xlim, axes.set_xticks)
    axes.grid(axis="x", color=colour("grid"), zorder=0)
    axes.set_axisbelow(True)
    _legend(axes, shown)


def _across(axes: Any, line: Line) -> None:
    places = [place for place, value in enumerate(line.values) if value is not None]
    values = [value for value in line.values if value is not None]
    shade = colour(line.colour)
    if not values:
        return
    if line.bar:
        axes.barh(
            places, values, height=0.5, color=shade, alpha=0.5, edgecolor=shade, label=line.name, zorder=2
        )
        _whiskers(axes, line, places, values)
    else:
        face = "none" if line.colour in HOLLOW else shade
        size = 180 if line.colour == "composite" else 45
        mark = MARKS.get(line.colour, "o")
        face_or_stroke = {"color": shade} if mark == "|" else {"facecolors": face, "edgecolors": shade}
        axes.scatter(values, places, s=size, marker=mark, label=line.name, zorder=3, **face_or_stroke)


def _whiskers(axes: Any, line: Line, places: Sequence[int], values: Sequence[float]) -> None:
    if not line.low:
        return
    down = [value - (line.low[place] or value) for place, value in zip(places, values, strict=True)]
    up = [(line.high[place] or value) - value for place, value in zip(places, values, strict=True)]
    axes.errorbar(
        values, places, xerr=[down, up], fmt="none", ecolor=colour("text"), capsize=2.5, linewidth=1, zorder=3
    )


def _stacked(axes: Any, shown: Plain) -> None:
    count = len(shown.categories)
    whole = [sum((line.values[place] or 0.0) for line in shown.series) for place in range(count)]
    half = len(shown.series) // 2
    start = [0.0] * count
    for place in range(count):
        left = sum((line.values[place] or 0.0) for line in shown.series[:half])
        middle = (shown.series[half].values[place] or 0.0) / 2 if len(shown.series) % 2 else 0.0
        start[place] = -(left + middle)
    for line, tone in zip(shown.series, tones(len(shown.series)), strict=True):
        widths = [line.values[place] or 0.0 for place in range(count)]
        axes.barh(range(count), widths, left=start, height=0.62, color=colour(tone), label=line.name)
        for place, width in enumerate(widths):
            if whole[place] and width >= 8:
                ink = colour(f"{tone}-ink")
                axes.text(
                    start[place] + width / 2,
                    place,
                    f"{width:.0f}",
                    ha="center",
                    va="center",
                    color=ink,
                    fontsize=7,
                )
            start[place] += width
    axes.axvline(0, color=colour("line"), linewidth=0.8)
    axes.set_xlim(-100, 100)
    axes.set_xticks([-100, -50, 0, 50, 100], ["100 %", "50 %", "0 %", "50 %", "100 %"])
    _names(axes, shown.categories)
    _legend(axes, shown)


def _radar(axes: Any, shown: Plain) -> None:
    count = len(shown.categories)
    angles = [2 * pi * place / count for place in range(count)]
    axes.set_theta_offset(pi / 2)
    axes.set_theta_direction(-1)
    for line in shown.series:
        if line.away:
            continue
        ring = [float("nan") if value is None else value for value in [*line.values, line.values[0]]]
        axes.plot([*angles, angles[0]], ring, **_stroke(line))
    _scores(axes.set_ylim, axes.set_yticks)
    axes.set_xticks(angles, [_wrapped(name, 16) for name in shown.categories])
    axes.tick_params(axis="x", pad=16, labelsize=8)
    axes.tick_params(axis="y", labelsize=7)
    axes.grid(color=colour("grid"))
    axes.spines["polar"].set_color(colour("line"))
    axes.legend(loc="upper left", bbox_to_anchor=(1.25, 1.0), frameon=False)


def _lines(axes: Any, shown: Plain) -> None:
    for line in shown.series:
        if line.away:
            continue
        places = [place for place, value in enumerate(line.values) if value is not None]
        values = [value for value in line.values if value is not None]
        axes.plot(places, values, **_stroke(line))
        if line.low:
            down = [value - (line.low[place] or value) for place, value in zip(places, values, strict=True)]
            up = [(line.high[place] or value) - value for place, value in zip(places, values, strict=True)]
            axes.errorbar(
                places, values, yerr=[down, up], fmt="none", ecolor=colour("text"), capsize=3, linewidth=1
            )
    axes.set_xticks(range(len(shown.categories)), [_wrapped(name, 16) for name in shown.categories])
    axes.set_xlim(-0.4, len(shown.categories) - 0.6)
    _scores(axes.set_ylim, axes.set_yticks)
    axes.grid(axis="y", color=colour("grid"))
    if len(shown.series) > 1:
        _legend(axes, shown)


def _points(axes: Any, shown: Plain) -> None:
    line = shown.series[0]
    axes.scatter(line.xs, line.values, s=60, color=colour(line.colour), zorder=3)
    for name, x, y in zip(shown.categories, line.xs, line.values, strict=True):
        axes.annotate(name, (x, y), textcoords="offset points", xytext=(0, 7), ha="center")
    _scores(axes.set_xlim, axes.set_xticks)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(shown.titles[0])
    axes.set_ylabel(shown.titles[1])
    axes.grid(color=colour("grid"))
    axes.set_axisbelow(True)


def _grid(axes: Any, shown: Plain) -> None:
    from matplotlib.patches import Rectangle

    for row, (signs, values) in enumerate(zip(shown.cells, shown.values, strict=True)):
        for column, (sign, value) in enumerate(zip(signs, values, strict=True)):
            shade = "hidden" if value is None else f"heat-{level_of(shown, value)}"
            ink = colour("text") if value is None else colour(f"{shade}-ink")
            place = (column - 0.48, row - 0.46)
            axes.add_patch(Rectangle(place, 0.96, 0.92, facecolor=colour(shade), linewidth=0))
            axes.text(
                column, row, "–" if value is None else sign, ha="center", va="center", color=ink, fontsize=8
            )
    axes.set_xlim(-0.5, len(shown.columns) - 0.5)
    _names(axes, shown.categories, width=40)
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(shown.columns)), shown.columns)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def level_of(shown: Plain, value: float) -> int:
    """Return which of the five shades a score has: that of the last step that begins at or below it."""
    return [shade for start, shade in shown.scale if start <= value][-1]


def _stroke(line: Line) -> dict[str, Any]:
    shade = colour(line.colour)
    face = "none" if line.colour in HOLLOW else shade
    return {
        "color": shade,
        "linewidth": 1.8,
        "linestyle": DASHES.get(line.colour, "-"),
        "marker": MARKS.get(line.colour, "o"),
        "markersize": 5,
        "markerfacecolor": face,
        "label": line.name,
    }


def _names(axes: Any, names: Sequence[str], width: int = 26) -> None:
    """An axis of names, the first on top."""
    axes.set_yticks(range(len(names)), [_wrapped(name, width) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)


def _scores(limits: Any, ticks: Any) -> None:
    limits(0, 100)
    ticks([0, 20, 40, 60, 80, 100])


def _legend(axes: Any, shown: Plain) -> None:
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=min(5, len(shown.series)), frameon=False)


def _wrapped(name: str, width: int) -> str:
    """A label in lines; a $ is no formula."""
    return "\n".join(textwrap.wrap(name, width) or [""]).replace("$", r"\$")
