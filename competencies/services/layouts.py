"""Writing gaps in the layouts of mapping profiles: those we ship, and those in the data directory's `mappings`."""

import tempfile
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from django.conf import settings
from django.utils.translation import gettext as _

from cfm.lib import csv_export
from competencies import exports, layouts
from competencies.exports import GAP_COLUMNS, GapFilter
from competencies.layouts import Layout, Record, escaped
from competencies.queries.library import demands
from competencies.services.errors import RefusedError

SHIPPED: Final = settings.BASE_DIR / "fixtures" / "mappings"
TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "lines": "text/plain; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_EXCEL_ROWS: Final = 1_048_575
_CHUNK: Final = 64 * 1024


def known() -> dict[str, Path]:
    """Return the files of mapping profiles by name; one of the data directory goes before a shipped one."""
    folders = (SHIPPED, settings.DATA_DIR / "mappings")
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.yaml"))}


def layout(path: Path) -> Layout:
    """Return the layout of a file. Raises RefusedError that says what is wrong with it."""
    try:
        return layouts.load(path, fields=GAP_COLUMNS)
    except ValueError as error:
        raise RefusedError(str(error)) from error


def all_layouts() -> list[Layout]:
    """Return the layouts that can be read, by title."""
    found = []
    for path in known().values():
        try:
            found.append(layout(path))
        except RefusedError:
            continue  # export_gaps --layout tells the operator what is wrong
    return sorted(found, key=lambda one: one.title)


def content(layout: Layout, chosen: GapFilter, *, bom: bool = False) -> Iterator[bytes]:
    """Yield the file in the layout, piece by piece. Raises RefusedError for a workbook with too many rows."""
    competencies: list[Record] = [
        {"competency": one.code, "competency_name": one.name}
        for one in chosen.competencies(demands().competencies)
    ]
    records = (dict(zip(GAP_COLUMNS, row, strict=True)) for row in exports.gap_rows(chosen, cell=_as_it_is))
    header, rows = layout.header(competencies), layout.lines(records, competencies)
    if layout.format == "xlsx":
        return _workbook(header, rows)
    if layout.format == "csv":
        return (line.encode() for line in csv_export.pieces(csv_export.lines(header, rows, bom=bom)))
    return (line.encode() for line in csv_export.pieces(_plain(layout, header, rows)))


def _as_it_is(value: object) -> object:
    return value


def _plain(layout: Layout, header: list[str], rows: Iterable[list[Any]]) -> Iterator[str]:
    yield layout.delimiter.join([*layout.begin, *header]) + "\n"
    for row in rows:
        cells = (escaped(value, layout.delimiter) for value in row)
        yield layout.delimiter.join([*layout.each, *cells]) + "\n"


def _workbook(header: list[str], rows: Iterable[list[Any]]) -> Iterator[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gaps.xlsx"
        _write_workbook(path, header, rows)
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                yield piece


def _write_workbook(path: Path, header: list[str], rows: Iterable[list[Any]]) -> None:
    """Write numbers as numbers, dates as dates and texts as texts: nothing a spreadsheet would compute."""
    with xlsxwriter.Workbook(path, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet, bold = book.add_worksheet(_("Gaps")), book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(header):
            sheet.write_string(0, column, name, bold)
        for number, row in enumerate(rows, start=1):
            if number > MOST_EXCEL_ROWS:
                raise RefusedError(_("A workbook holds %d rows; take CSV, or filter.") % MOST_EXCEL_ROWS)
            for column, value in enumerate(row):
                _write_cell(sheet, number, column, value)


def _write_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, column, value)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, column, value)
    elif value is not None:
        sheet.write_string(row, column, str(value))
