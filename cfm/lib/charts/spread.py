"""Charts of answers and of priorities: diverging bars of distributions, and the matrix of score and importance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cfm.lib.charts import parts
from cfm.lib.charts.parts import Json, colour, text, wrapped

TONES: Final = ("low-2", "low-1", "mid", "high-1", "high-2")
LEAST_WRITTEN: Final = 8.0  # per cent: a narrower part has no room for its number


@dataclass(frozen=True)
class Spread:
    """How the answers to one statement are spread. shares: per cent a scale point, from the lowest; n: answers.

    None in place of shares: not shown.
    """

    label: str
    shares: Sequence[float] | None
    n: int | None = None


@dataclass(frozen=True)
class Spot:
    """One thing on the matrix: its short sign, and what is said when it is pointed at."""

    sign: str
    x: float
    y: float
    note: str
    role: str = "all"


def tones(options: int) -> list[str]:
    """Return a tone of the theme for each scale point: brown for disagreement, grey in the middle, teal for agreement.

    >>> tones(5)
    ['low-2', 'low-1', 'mid', 'high-1', 'high-2']
    >>> tones(4)
    ['low-2', 'low-1', 'high-1', 'high-2']
    """
    half = options // 2
    low = ["low-2" if place < (half + 1) // 2 else "low-1" for place in range(half)]
    high = [tone.replace("low", "high") for tone in reversed(low)]
    return [*low, *(["mid"] if options % 2 else []), *high]


def diverging(rows: Sequence[Spread], points: Sequence[str]) -> Json:
    """Return stacked bars, a row a statement, that part at the middle of the scale: right is agreement.

    points: the names of the scale points, from the lowest. Raises ValueError when a row has not one share a point.
    """
    for row in rows:
        if row.shares is not None and len(row.shares) != len(points):
            raise ValueError(f"{row.label!r} has {len(row.shares)} shares for {len(points)} points")
    data = [
        _part(rows, place, name, tone)
        for place, (name, tone) in enumerate(zip(points, tones(len(points)), strict=True))
    ]
    height = parts.height(len(rows))
    layout = parts.layout(height, legend=True) | {
        "meta": {"narrow": height + 68},
        "barmode": "overlay",
        "xaxis": {
            "range": [-100, 100],
            "tickvals": [-100, -50, 0, 50, 100],
            "ticktext": ["100 %", "50 %", "0 %", "50 %", "100 %"],
            "fixedrange": True,
            "zeroline": True,
        },
        "yaxis": parts.names([wrapped(row.label, 34) for row in rows]),
        "margin": {"l": 8, "r": 28, "t": 48, "b": 36},
    }
    return {"data": data, "layout": layout}


def _part(rows: Sequence[Spread], place: int, name: str, tone: str) -> Json:
    """One scale point of every row. Widths are tenths that start where the part before ends."""
    base: list[float | None] = []
    width: list[float | None] = []
    notes, signs = [], []
    for row in rows:
        if row.shares is None:
            base.append(None)
            width.append(None)
            notes.append("")
            signs.append("")
            continue
        share = row.shares[place]
        base.append(parts.rounded(sum(row.shares[:place]) - _left(row.shares)))
        width.append(parts.rounded(share))
        notes.append(text(f"{row.label}\n{name}: {share:.0f} %"))
        signs.append(f"{share:.0f}" if share >= LEAST_WRITTEN else "")
    return {
        "type": "bar",
        "orientation": "h",
        "name": text(name),
        "y": list(range(len(rows))),
        "base": base,
        "x": width,
        "width": 0.62,
        "marker": {"color": colour(tone)},
        "text": signs,
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"color": colour(f"{tone}-ink")},
        "hovertext": notes,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _left(shares: Sequence[float]) -> float:
    """What stands left of the middle: the lower half of the scale, and half of a middle point."""
    half = len(shares) // 2
    return sum(shares[:half]) + (shares[half] / 2 if len(shares) % 2 else 0.0)


def matrix(
    spots: Sequence[Spot], *, x: str, y: str, middle: tuple[float, float], corners: Sequence[str], top: float
) -> Json:
    """Return things by two measures, with a cross in the middle and a word in each corner.

    middle: where the cross stands. corners: top left, top right, bottom left, bottom right. top: end of the y axis.
    Raises ValueError for anything but four corners.
    """
    if len(corners) != 4:
        raise ValueError(f"a matrix has four corners, not {len(corners)}")
    points: Json = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [parts.rounded(spot.x) for spot in spots],
        "y": [parts.rounded(spot.y) for spot in spots],
        "text": [text(spot.sign) for spot in spots],
        "textposition": "top center",
        "textfont": {"color": colour("text")},
        "marker": {"size": 14, "color": [colour(spot.role) for spot in spots]},
        "hovertext": [text(spot.note) for spot in spots],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
    }
    layout = parts.layout(440, legend=False) | {
        "xaxis": parts.scores() | {"title": {"text": text(x)}},
        "yaxis": {
            "range": [0, top],
            "fixedrange": True,
            "zeroline": False,
            "rangemode": "tozero",
            "title": {"text": text(y)},
        },
        "shapes": _cross(middle),
        "annotations": _corners(corners, top),
        "margin": {"l": 56, "r": 24, "t": 24, "b": 56},
    }
    return {"data": [points], "layout": layout}


def _cross(middle: tuple[float, float]) -> list[Json]:
    line = {"color": colour("line"), "width": 1, "dash": "dot"}
    x, y = (parts.rounded(value) for value in middle)
    return [
        {"type": "line", "layer": "below", "xref": "x", "yref": "paper", "x0": x, "x1": x, "y0": 0, "y1": 1}
        | {"line": line},
        {"type": "line", "layer": "below", "xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": y, "y1": y}
        | {"line": line},
    ]


def _corners(corners: Sequence[str], top: float) -> list[dict[str, Any]]:
    places = [
        (1, top, "left", "top"),
        (99, top, "right", "top"),
        (1, 0, "left", "bottom"),
        (99, 0, "right", "bottom"),
    ]
    return [
        {
            "text": text(word),
            "x": x,
            "y": y,
            "xref": "x",
            "yref": "y",
            "xanchor": xanchor,
            "yanchor": yanchor,
            "showarrow": False,
            "font": {"size": 11, "color": colour("organisation")},
        }
        for word, (x, y, xanchor, yanchor) in zip(corners, places, strict=True)
    ]
