"""The board pack for print: A4 across, a page a panel with sentence, chart and table."""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from reports.facts import Panel
from reports.pack.content import Content
from reports.pack.drawing import draw, ready
from reports.pack.palette import colour
from reports.pack.plain import plain
from reports.tables import Table

A4: Final = (11.69, 8.27)  # inches
LEFT, TOP, RIGHT = 0.06, 0.93, 0.94
LINES_BESIDE: Final = 10  # a table of so many rows stands below its chart
LINES_A_PAGE: Final = 26


def paper(content: Content) -> bytes:
    """Return a .pdf with the same figures as the slides, and every table."""
    ready()
    from matplotlib.backends.backend_pdf import PdfPages

    file = io.BytesIO()
    about = {
        "Title": content.title,
        "Subject": content.headline,
        "CreationDate": None,
        "Producer": "",
        "Creator": "",
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a sign that the font lacks is drawn as a box
        with PdfPages(file, metadata=about) as pages:
            writer = _Writer(pages, content)
            writer.cover()
            for panel in content.panels:
                writer.panel(panel)
    return file.getvalue()


class _Writer:
    """Writes pages one after the other, each with the unit, the cycle and its number."""

    def __init__(self, pages: Any, content: Content) -> None:
        self.pages, self.content, self.number = pages, content, 0

    def _page(self) -> Any:
        from matplotlib.figure import Figure

        self.number += 1
        page = Figure(figsize=A4)
        foot = f"{self.content.title} · {self.content.cycle} · {self.content.rests_on}"
        page.text(LEFT, 0.035, _plain(foot), fontsize=7, color=colour("organisation"))
        page.text(RIGHT, 0.035, str(self.number), fontsize=7, color=colour("organisation"), ha="right")
        return page

    def _done(self, page: Any) -> None:
        self.pages.savefig(page)

    def cover(self) -> None:
        """Headline and the minute."""
        page, content = self._page(), self.content
        page.text(
            LEFT, TOP, _plain(f"{content.title} · {content.cycle}"), fontsize=10, color=colour("organisation")
        )
        height = _paragraph(page, content.headline, TOP - 0.05, size=22, width=62, bold=True)
        minute = content.minute
        lists = [
            (_("Strengths"), [f"{one.title} ({one.number})" for one in minute.strengths]),
            (_("Priorities"), [f"{one.title} ({one.number}): {one.why}" for one in minute.priorities]),
            *((line.title, [line.text]) for line in minute.lines),
            (_("How far to trust it"), list(minute.trust)),
        ]
        for title, lines in lists:
            height = _paragraph(page, title, height - 0.025, size=9, shade="organisation", bold=True)
            for line in lines or ["–"]:
                height = _paragraph(page, line, height, size=11, width=120)
        self._done(page)

    def panel(self, panel: Panel) -> None:
        """Sentence and chart; the table below where it is short, else on pages of its own."""
        page = self._page()
        page.text(LEFT, TOP, _plain(panel.title), fontsize=10, color=colour("organisation"))
        top = _paragraph(page, panel.sentence, TOP - 0.04, size=15, width=88, bold=True)
        shown = plain(panel.figure) if panel.figure else None
        short = len(panel.table.rows) <= LINES_BESIDE and shown is not None and shown.kind != "grid"
        if shown is not None:
            bottom = 0.38 if short else 0.1
            across = (0.3, RIGHT - 0.3) if shown.kind in {"grid"} else (0.24, RIGHT - 0.24)
            if shown.kind == "radar":
                across, bottom = (0.25, 0.4), bottom + 0.06
            draw(
                page,
                shown,
                (
                    across[0],
                    bottom,
                    across[1],
                    max(0.2, top - (0.1 if shown.kind == "radar" else 0.08) - bottom),
                ),
            )
        if short:
            _table(page, panel.table, 0, len(panel.table.rows), top=0.31)
        self._done(page)
        if not short:
            self._tables(panel)

    def _tables(self, panel: Panel) -> None:
        rows = len(panel.table.rows)
        for first in range(0, rows, LINES_A_PAGE):
            page = self._page()
            page.text(LEFT, TOP, _plain(panel.table.caption), fontsize=10, color=colour("organisation"))
            _table(page, panel.table, first, min(first + LINES_A_PAGE, rows), top=TOP - 0.05)
            self._done(page)


def _paragraph(
    page: Any,
    text: str,
    top: float,
    *,
    size: float,
    width: int = 110,
    shade: str = "text",
    bold: bool = False,
) -> float:
    """Write the text in lines of about so many signs; returns the height below it."""
    lines = textwrap.wrap(text, width) or [""]
    step = size * 1.35 / (72 * A4[1])
    weight = "bold" if bold else "normal"
    for number, line in enumerate(lines):
        page.text(
            LEFT,
            top - number * step,
            _plain(line),
            fontsize=size,
            color=colour(shade),
            weight=weight,
            va="top",
        )
    return top - len(lines) * step


def _table(page: Any, table: Table, first: int, last: int, *, top: float) -> None:
    places = _places(table)
    step = 0.0215 if last - first <= LINES_BESIDE else 0.029
    for column, place in zip(table.columns, places, strict=True):
        label = "\n".join(textwrap.wrap(column.label, 15)[:2])
        side = "right" if column.numeric else "left"
        page.text(place, top, _plain(label), fontsize=6.5, color=colour("organisation"), ha=side, va="bottom")
    for number, row in enumerate(table.rows[first:last], 1):
        height = top - number * step
        shade = "organisation" if row.muted else "text"
        for cell, column, place in zip(row.cells, table.columns, places, strict=True):
            side = "right" if column.numeric else "left"
            text = "  " * cell.indent + textwrap.shorten(cell.text, 44, placeholder="…")
            page.text(place, height, _plain(text), fontsize=7.5, color=colour(shade), ha=side)


def _places(table: Table) -> Sequence[float]:
    """Where each column stands: names at its left edge, numbers at its right; the first gets most room."""
    count = len(table.columns)
    rest = (RIGHT - LEFT - 0.24) / max(1, count - 1)
    edges = [LEFT, *(LEFT + 0.24 + rest * number for number in range(1, count))]
    return [
        edge if column.numeric or not number else edge - rest + 0.01
        for number, (edge, column) in enumerate(zip(edges, table.columns, strict=True))
    ]


def _plain(text: str) -> str:
    """Text in which a $ is no formula."""
    return text.replace("$", r"\$")
