"""The board pack as a workbook: a sheet a panel with table and native chart, and every published figure at the end."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from assessments.scoring.rounding import half_up
from reports.facts import Panel
from reports.pack.content import Content
from reports.pack.frames import Value, frame
from reports.pack.palette import colour
from reports.pack.plain import Line, Plain, plain

SAFE: Final = {
    "in_memory": True,
    "strings_to_formulas": False,  # a unit may be called "=1+1"
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}
FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\']")
KINDS: Final[Mapping[str, Mapping[str, str]]] = {
    "bars": {"type": "bar"},
    "stacked": {"type": "bar", "subtype": "percent_stacked"},
    "radar": {"type": "radar", "subtype": "with_markers"},
    "lines": {"type": "line"},
    "points": {"type": "scatter"},
}
LEVELS: Final = 5


def workbook(content: Content) -> bytes:
    """Return a .xlsx. Text is written as text, so that no cell is a formula, whatever a unit is called."""
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, SAFE) as book:
        book.set_properties({"title": content.title})
        writer = _Writer(book)
        writer.summary(content)
        for panel in content.panels:
            writer.panel(panel)
        writer.figures(content)
    return file.getvalue()


class _Writer:
    """Puts sheets into a book."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.names: set[str] = set()
        self.big = book.add_format({"bold": True, "font_size": 14, "text_wrap": True, "valign": "top"})
        self.bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self.grey = book.add_format({"font_color": colour("organisation")})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.tenths = book.add_format({"num_format": "0.0"})
        self.shades = {
            level: book.add_format(
                {
                    "bg_color": colour(f"heat-{level}"),
                    "font_color": colour(f"heat-{level}-ink"),
                    "num_format": "0.0",
                }
            )
            for level in range(1, LEVELS + 1)
        }

    def _sheet(self, wanted: str) -> Any:
        """A sheet under a name that Excel takes: 31 signs, none of []:*?/\\', no two alike."""
        base = FORBIDDEN.sub(" ", wanted).strip()[:31] or "Sheet"
        name, number = base, 1
        while name.casefold() in self.names:
            number += 1
            name = f"{base[: 31 - len(str(number)) - 1]} {number}"
        self.names.add(name.casefold())
        return self.book.add_worksheet(name)

    def summary(self, content: Content) -> None:
        sheet = self._sheet(_("In a minute"))
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 100)
        sheet.merge_range(0, 0, 0, 1, "", self.big)
        sheet.write_string(0, 0, content.headline, self.big)
        sheet.set_row(0, 44)
        sheet.write_string(1, 0, f"{content.title} · {content.cycle}", self.grey)
        minute = content.minute
        lines = [(_("Strength"), f"{one.title} ({one.number})") for one in minute.strengths]
        lines += [(_("Priority"), f"{one.title} ({one.number}): {one.why}") for one in minute.priorities]
        lines += [(line.title, line.text) for line in minute.lines]
        lines += [(_("How far to trust it"), text) for text in [*minute.trust, content.rests_on]]
        for row, (label, text) in enumerate(lines, 3):
            sheet.write_string(row, 0, label, self.bold)
            sheet.write_string(row, 1, text, self.wrapped)

    def panel(self, panel: Panel) -> None:
        """Sentence, table, and below the table the chart with the numbers it is drawn from."""
        sheet = self._sheet(panel.title)
        sheet.write_string(0, 0, panel.sentence, self.big)
        sheet.write_string(1, 0, panel.table.caption, self.grey)
        shown = plain(panel.figure) if panel.figure else None
        last = self._table(sheet, panel, shown)
        sheet.write_string(last, 0, panel.table.note, self.grey)
        if shown and shown.kind != "grid":
            self._chart(sheet, shown, last + 2, panel)

    def _table(self, sheet: Any, panel: Panel, shown: Plain | None) -> int:
        """Write the frame from the fourth row on; returns the row after it."""
        table = frame(panel.table)
        heads = [str(table.index.name), *map(str, table.columns)]
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, len(heads), 14)
        sheet.freeze_panes(4, 1)
        for column, head in enumerate(heads):
            sheet.write_string(3, column, head, self.bold)
        levels = [[box.level for box in row.cells] for row in panel.table.rows]
        grid = shown is not None and shown.kind == "grid"
        for row, (name, values) in enumerate(zip(table.index, table.to_numpy(), strict=True)):
            indent = panel.table.rows[row].cells[0].indent
            sheet.write_string(row + 4, 0, "   " * indent + str(name))
            for column, value in enumerate(values, 1):
                level = levels[row][column] if grid else 0
                _put(sheet, row + 4, column, value, self.shades.get(level, self.tenths))
        return len(table.index) + 5

    def _chart(self, sheet: Any, shown: Plain, top: int, panel: Panel) -> None:
        name, width = sheet.get_name(), len(shown.series)
        sheet.write_string(top, 0, _("Figures of the chart"), self.bold)
        if shown.kind == "points":
            width = 2
            self._points(sheet, shown, top)
        else:
            self._series(sheet, shown, top)
        chart = self.book.add_chart(dict(KINDS[shown.kind]))
        rows = (top + 1, top + len(shown.categories))
        if shown.kind == "points":
            chart.add_series(_points_series(name, rows, shown))
        else:
            for column, line in enumerate(shown.series, 1):
                chart.add_series(_series(name, rows, column, line, shown.kind))
        _dress(chart, shown)
        size = {"object_position": 2, "description": f"{panel.title}. {panel.sentence}"}
        chart.set_size({"width": 760, "height": 80 + 44 * max(6, len(shown.categories))})
        sheet.insert_chart(top, width + 2, chart, size)

    def _series(self, sheet: Any, shown: Plain, top: int) -> None:
        for row, category in enumerate(shown.categories, top + 1):
            sheet.write_string(row, 0, category)
        for column, line in enumerate(shown.series, 1):
            sheet.write_string(top, column, line.name, self.bold)
            for row, value in enumerate(line.values, top + 1):
                _put(sheet, row, column, value, self.tenths)

    def _points(self, sheet: Any, shown: Plain, top: int) -> None:
        line = shown.series[0]
        for row, (name, x, y) in enumerate(zip(shown.categories, line.xs, line.values, strict=True), top + 1):
            sheet.write_string(row, 0, name)
            _put(sheet, row, 1, x, self.tenths)
            _put(sheet, row, 2, y, self.tenths)

    def figures(self, content: Content) -> None:
        """Every published figure of the unit and those below, as in scores.csv."""
        sheet = self._sheet(_("Figures"))
        sheet.freeze_panes(1, 2)
        for column, head in enumerate(content.columns):
            sheet.write_string(0, column, head, self.bold)
        for row, cells in enumerate(content.figures, 1):
            for column, value in enumerate(cells):
                exact = half_up(value, 6) if isinstance(value, float) else value
                _put(sheet, row, column, exact, None)
        sheet.autofilter(0, 0, max(1, len(content.figures)), len(content.columns) - 1)


def _put(sheet: Any, row: int, column: int, value: Value, style: Any) -> None:
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    else:
        sheet.write_number(row, column, value, style)


def _series(sheet: str, rows: tuple[int, int], column: int, line: Line, kind: str) -> dict[str, Any]:
    """A series that points at cells; its name too, so that no name is taken for a formula."""
    first, last = rows
    paint = {"color": colour(line.colour)}
    made: dict[str, Any] = {
        "name": [sheet, first - 1, column],
        "categories": [sheet, first, 0, last, 0],
        "values": [sheet, first, column, last, column],
    }
    if kind in {"bars", "stacked"}:
        return made | {"fill": paint, "gap": 60}
    return made | {
        "line": paint | {"width": 2.25},
        "marker": {"type": "circle", "size": 6, "fill": paint, "border": paint},
    }


def _points_series(sheet: str, rows: tuple[int, int], shown: Plain) -> dict[str, Any]:
    first, last = rows
    labels = [{"value": f"={_quoted(sheet)}!$A${row + 1}"} for row in range(first, last + 1)]
    return {
        "categories": [sheet, first, 1, last, 1],
        "values": [sheet, first, 2, last, 2],
        "marker": {"type": "circle", "size": 9, "fill": {"color": colour(shown.series[0].colour)}},
        "data_labels": {"custom": labels, "value": True, "position": "above"},
    }


def _quoted(sheet: str) -> str:
    return "'" + sheet + "'"


def _dress(chart: Any, shown: Plain) -> None:
    chart.set_title({"none": True})
    chart.set_legend({"none": True} if len(shown.series) < 2 else {"position": "bottom"})
    lines = {"visible": True, "line": {"color": colour("grid")}}
    scores = {"min": 0, "max": 100, "major_unit": 20, "major_gridlines": lines}
    if shown.kind == "bars":
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis(scores)
    elif shown.kind == "stacked":
        chart.set_y_axis({"reverse": True})
    elif shown.kind == "points":
        chart.set_x_axis(scores)
    else:
        chart.set_y_axis(scores)
