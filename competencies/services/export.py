"""Sending named gaps out: written fast, and never without a line in the audit log."""

from collections.abc import Iterator
from typing import TextIO

from cfm.lib import audit, csv_export
from competencies.exports import GAP_COLUMNS, GapFilter, gap_texts


def texts(chosen: GapFilter, *, bom: bool = False) -> Iterator[tuple[int, str]]:
    """Yield gaps.csv piece by piece, each with the number of rows in it; the header comes first."""
    yield 0, (csv_export.BOM if bom else "") + csv_export.part(GAP_COLUMNS, last=True)
    yield from gap_texts(chosen)


def write_gaps(file: TextIO, chosen: GapFilter, *, bom: bool = False) -> int:
    """Write gaps.csv to an open text file (opened with newline=""); returns the number of rows."""
    count = 0
    for rows, text in texts(chosen, bom=bom):
        file.write(text)
        count += rows
    return count


def sent(chosen: GapFilter, *, by: int, bom: bool = False) -> Iterator[str]:
    """Yield gaps.csv; when the last piece is sent, the audit log says how many rows there were."""
    count = 0
    for rows, text in texts(chosen, bom=bom):
        yield text
        count += rows
    audit.record("gaps.export_sent", "gaps", by=by, rows=count)


def record(*, by: int | None, chosen: GapFilter, rows: int | None, reason: str, **filters: str) -> None:
    """Write to the audit log who took whose gaps, and why. rows: None where the file is still being written."""
    people = audit.pack(chosen.people().values_list("pk", flat=True))
    audit.record("gaps.export", "gaps", by=by, rows=rows, reason=reason[:300], people=people, **filters)
