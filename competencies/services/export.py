"""Sending named gaps out: written fast, and never without a line in the audit log."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TextIO

from cfm.lib import audit, csv_export
from competencies.exports import GAP_COLUMNS, GapFilter

LINES_AT_ONCE: Final = 500


def lines(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, bom: bool = False) -> Iterator[str]:
    """Yield a CSV file some hundred lines at a time. The cells are as they shall stand in it: guarded already."""
    if bom:
        yield csv_export.BOM
    waiting = iter(rows)
    part: list[Sequence[Any]] = [columns]
    while part:
        file = io.StringIO(newline="")
        csv.writer(file, lineterminator="\r\n").writerows(part)
        yield file.getvalue()
        part = list(islice(waiting, LINES_AT_ONCE))


def write_gaps(file: TextIO, rows: Iterable[Sequence[Any]], *, bom: bool = False) -> int:
    """Write gaps.csv to an open text file (opened with newline=""); returns the number of rows."""
    count = 0

    def seen() -> Iterator[Sequence[Any]]:
        nonlocal count
        for count, row in enumerate(rows, start=1):  # noqa: B007 (the last one counts)
            yield row

    for text in lines(GAP_COLUMNS, seen(), bom=bom):
        file.write(text)
    return count


def counted(rows: Iterable[Sequence[Any]], *, by: int) -> Iterator[Sequence[Any]]:
    """Yield the rows; when the last one is sent, the audit log says how many there were."""
    count = 0
    for row in rows:
        yield row
        count += 1
    audit.record("gaps.export_sent", "gaps", by=by, rows=count)


def record(*, by: int | None, chosen: GapFilter, rows: int | None, reason: str, **filters: str) -> None:
    """Write to the audit log who took whose gaps, and why. rows: None where the file is still being written."""
    people = audit.pack(chosen.people().values_list("pk", flat=True))
    audit.record("gaps.export", "gaps", by=by, rows=rows, reason=reason[:300], people=people, **filters)
