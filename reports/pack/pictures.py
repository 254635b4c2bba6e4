"""Each chart of the board pack as PNG and SVG in one archive; an SVG carries a title and a description."""

from __future__ import annotations

import io
import warnings
import zipfile
from typing import Final
from xml.sax.saxutils import escape

from reports.facts import Panel
from reports.pack.content import Content
from reports.pack.drawing import draw, ready
from reports.pack.plain import Plain, plain

WIDTH: Final = 9.0  # inches
DOTS: Final = 150
ALWAYS: Final = (1980, 1, 1, 0, 0, 0)


def pictures(content: Content) -> bytes:
    """Return the archive: NN-panel.png and NN-panel.svg for each chart."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for panel in content.panels:
            if panel.figure is None:
                continue
            shown = plain(panel.figure)
            for kind in ("png", "svg"):
                archive.writestr(zipfile.ZipInfo(f"{panel.id}.{kind}", ALWAYS), picture(shown, panel, kind))
    return file.getvalue()


def picture(shown: Plain, panel: Panel, kind: str) -> bytes:
    """Return one chart as a file of the kind, "png" or "svg"."""
    ready()
    from matplotlib.figure import Figure

    canvas = Figure(figsize=(WIDTH, _height(shown)))
    left = 0.3 if shown.kind == "grid" else 0.22
    box = (0.2, 0.12, 0.5, 0.7) if shown.kind == "radar" else (left, 0.1, 0.97 - left, 0.78)
    draw(canvas, shown, box)
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a sign that the font lacks is drawn as a box
        meta = {"Date": None} if kind == "svg" else {}
        canvas.savefig(file, format=kind, dpi=DOTS, metadata=meta, facecolor="white")
    return _described(file.getvalue(), panel) if kind == "svg" else file.getvalue()


def _height(shown: Plain) -> float:
    if shown.kind == "radar":
        return 6.0
    if shown.kind == "grid":
        return 1.0 + 0.28 * len(shown.categories)
    return 1.2 + 0.5 * max(5, len(shown.categories))


def _described(svg: bytes, panel: Panel) -> bytes:
    """Add what a screen reader says of the picture, right after its opening tag."""
    text = svg.decode()
    start = text.index("<svg")
    end = text.index(">", start) + 1
    opening = text[start:end].replace("<svg", '<svg role="img" aria-labelledby="title desc"', 1)
    said = f'<title id="title">{escape(panel.title)}</title><desc id="desc">{escape(panel.sentence)}</desc>'
    return (text[:start] + opening + said + text[end:]).encode()
