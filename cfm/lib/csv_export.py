"""Writing CSV files as docs/formats.md says: RFC 4180, UTF-8, numbers with a point, no cell that is a formula.

Text cells that begin with = + - @ tab or CR get a leading ' (OWASP ASVS 5.0, 1.2.10); numbers never do.
"""

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from numbers import Integral, Real
from typing import Final, TextIO

BOM: Final = "\ufeff"
_FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
_DECIMALS: Final = 6
_SIXTH: Final = Decimal("0.000001")
LINES_AT_ONCE: Final = 500


class _Line:
    """A file of one line, so that csv.writer makes lines one by one."""

    text = ""

    def write(self, text: str) -> int:
        self.text = text
        return len(text)


def number(value: Real | Decimal | float) -> str:
    """Return the number with a point and at most 6 decimals, rounded half up; empty for NaN.

    Raises ValueError for an infinite one.

    >>> number(2.0000005), number(-12.5), number(3)
    ('2.000001', '-12.5', '3')
    """
    if isinstance(value, Integral):
        return str(int(value))
    if math.isnan(value):
        return ""
    if math.isinf(value):
        raise ValueError("an infinite number has no place in a file")
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    rounded = exact.quantize(_SIXTH, ROUND_HALF_UP) + 0  # + 0 turns -0 into 0
    text = format(rounded, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def cell(value: object) -> str:
    """Return what stands in the file: None empty, truth 1 or 0, ISO dates, numbers bare, text guarded.

    >>> cell("=1+1"), cell(-1), cell(None), cell(True)
    ("'=1+1", '-1', '', '1')
    """
    if type(value) is str:  # most cells are: the other questions cost ten times as much
        return f"'{value}" if value.startswith(_FORMULA_SIGNS) else value
    if value is None:
        return ""
    if type(value) is float:
        return _float(value)
    if isinstance(value, (Real, Decimal)):
        return number(value)
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text


def _float(value: float) -> str:
    """Return `number` of it, without decimal arithmetic where that can't differ.

    Rounding the binary value and rounding its shortest decimal form differ only at a tie, which has 7 decimals.
    """
    whole, _point, decimals = repr(value).partition(".")
    if not decimals or "e" in decimals or not value or len(decimals) == _DECIMALS + 1:
        return number(value)
    if len(decimals) > _DECIMALS:
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return whole if decimals == "0" else f"{whole}.{decimals}"


def part(values: Sequence[object], *, last: bool = False) -> str:
    """Return the text of some neighbouring cells; parts put together are a line. last: the line ends with them.

    >>> part(["a,b", None]) + part([1.5], last=True)
    '"a,b",,1.5\\r\\n'
    """
    line = _Line()
    csv.writer(line, lineterminator="\r\n").writerow([*map(cell, values), ""])
    return line.text[:-3] + "\r\n" if last else line.text[:-2]


def lines(columns: Sequence[str], rows: Iterable[Sequence[object]], *, bom: bool = False) -> Iterator[str]:
    """Yield the file line by line (CRLF), header first; with `bom` a byte order mark, as some spreadsheets need.

    Raises ValueError for a row with another number of cells than columns.
    """
    line = _Line()
    writer = csv.writer(line, lineterminator="\r\n")
    writer.writerow(columns)
    yield BOM + line.text if bom else line.text
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"{len(row)} cells for {len(columns)} columns")
        writer.writerow(map(cell, row))
        yield line.text


def pieces(lines: Iterable[str]) -> Iterator[str]:
    """Yield the text in pieces of some hundred lines: a server has work with each piece it sends."""
    waiting = iter(lines)
    while text := "".join(islice(waiting, LINES_AT_ONCE)):
        yield text


def write(
    file: TextIO, columns: Sequence[str], rows: Iterable[Sequence[object]], *, bom: bool = False
) -> int:
    """Write the file to an open text file (opened with newline=""); returns the number of rows."""
    count = -1
    for count, line in enumerate(lines(columns, rows, bom=bom)):  # noqa: B007 (the last one counts)
        file.write(line)
    return count
