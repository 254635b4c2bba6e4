"""Reading CSV files of users as docs/formats.md says: every mistake has a row, a column and what was expected.

RFC 4180, UTF-8 with or without BOM, header required, any order of columns, unknown columns refused.
Rows are lines of the file and the header is row 1; a row with line breaks in a cell is named by its first line.
"""

import csv
import io
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MAX_SHOWN: Final = 50  # mistakes told one by one
MAX_LINE: Final = 100_000  # characters
_MAX_VALUE: Final = 80  # characters of a value repeated in a message
_LINE_BREAK: Final = re.compile(rb"\r\n|\r|\n")
_GUARD: Final = re.compile(r"^(?:'+(?=[=+\-@\t\r])|\s+)+")
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
# How files begin that people upload in place of a CSV file.
_OTHER_KINDS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"%PDF", b"{\\rtf")
_TRUTH: Final = {"1": True, "0": False}


@dataclass(frozen=True, slots=True)
class RowError:
    """One mistake. `row` is a line of the file (0: the file as a whole), `column` empty where it is the row's."""

    file: str
    row: int
    column: str
    value: str
    expected: str

    @property
    def shown_column(self) -> str:
        return visible(self.column)

    @property
    def shown_value(self) -> str:
        return visible(self.value)

    def __str__(self) -> str:
        place = [self.file]
        if self.row:
            place.append(_("row %(row)d") % {"row": self.row})
        if self.column:
            place.append(_("column %(column)s") % {"column": self.shown_column})
        return _('%(place)s, value "%(value)s": expected %(expected)s') % {
            "place": ", ".join(place),
            "value": self.shown_value,
            "expected": self.expected,
        }


class InvalidFileError(ValueError):
    """A file with mistakes. `errors` holds the first MAX_SHOWN of `count`."""

    def __init__(self, errors: Sequence[RowError], count: int | None = None) -> None:
        self.errors = tuple(errors[:MAX_SHOWN])
        self.count = len(errors) if count is None else count
        super().__init__("\n".join(self.lines()))

    @property
    def more(self) -> int:
        """How many mistakes are counted only."""
        return self.count - len(self.errors)

    def lines(self) -> list[str]:
        """Return a line for each mistake shown, and one for how many more there are."""
        lines = [str(error) for error in self.errors]
        if self.more:
            lines.append(ngettext("… and %d more mistake", "… and %d more mistakes", self.more) % self.more)
        return lines


class Errors:
    """Collects the mistakes of one file, so that a person can correct them in one go."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.count = 0
        self._kept: list[RowError] = []

    def add(self, row: int, column: str, value: str, expected: str) -> None:
        """Note a mistake; beyond the first MAX_SHOWN they are only counted."""
        self.count += 1
        if len(self._kept) < MAX_SHOWN:
            self._kept.append(RowError(self.file, row, column, value, expected))

    def invalid(self) -> InvalidFileError:
        """Return the exception that tells the mistakes, in the order of rows."""
        return InvalidFileError(sorted(self._kept, key=lambda error: error.row), self.count)

    def raise_if_any(self) -> None:
        """Raise InvalidFileError if there is a mistake."""
        if self.count:
            raise self.invalid()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file: the line it begins on, and its cells by column (absent columns read as empty)."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def visible(value: str) -> str:
    """Return the value for a message: on one line, unseen characters written out, shortened."""
    shown = _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", value)
    return shown if len(shown) <= _MAX_VALUE else f"{shown[: _MAX_VALUE - 1]}…"


def clean_cell(value: str) -> str:
    """Return the text without surrounding space and without the ' that an export puts before a formula sign.

    >>> clean_cell(" '=1+1 ")
    '=1+1'
    """
    return _GUARD.sub("", value).rstrip()


def has_unseen(value: str) -> bool:
    """Whether the text holds control characters, line breaks or signs that turn the direction of writing."""
    return _UNSEEN.search(value) is not None


def load(path: str) -> bytes:
    """Return the content of the file, of standard input for `-`. Raises InvalidFileError if it cannot be read."""
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        expected = _("a file that can be read (%(reason)s)") % {"reason": error.strerror or error}
        raise InvalidFileError([RowError(path, 0, "", path, expected)]) from error


def read_rows(
    data: bytes, *, errors: Errors, required: Sequence[str], optional: Collection[str] = ()
) -> Iterator[Row]:
    """Yield the rows of the file, their cells cleaned; empty lines are skipped.

    data: the bytes of the file; required, optional: names of columns, in any order in the file.
    Rows with too many or too few cells are noted in `errors` and left out. Raises InvalidFileError at once for a file
    that is no UTF-8 text, whose header is wrong, or whose quotes or lines are broken.
    """
    records = _records(_decoded(data, errors), errors)
    header = _header(next(records, (1, [])), errors, required, optional)
    for number, cells in records:
        if len(cells) == len(header):
            yield Row(number, dict(zip(header, map(clean_cell, cells), strict=True)))
        else:
            errors.add(number, "", ",".join(cells), _("%d cells, as in the header") % len(header))


def index(rows: Iterable[Row], keys: Sequence[str], *, errors: Errors) -> dict[tuple[str, ...], Row]:
    """Return the rows by the values of their key columns; a key given twice is noted in `errors`."""
    found: dict[tuple[str, ...], Row] = {}
    for row in rows:
        key = tuple(row[column] for column in keys)
        first = found.setdefault(key, row)
        if first is not row:
            expected = _("each only once; it is in row %d already") % first.number
            errors.add(row.number, ", ".join(keys), ", ".join(key), expected)
    return found


def text_cell(row: Row, column: str, *, limit: int, errors: Errors, empty: bool = False) -> str:
    """Return the cell: one line of at most `limit` characters; only with `empty` may there be none."""
    value = row[column]
    if (not value and not empty) or len(value) > limit or has_unseen(value):
        kind = _("at most %d characters on one line") if empty else _("1 to %d characters on one line")
        errors.add(row.number, column, value, kind % limit)
    return value


def truth_cell(row: Row, column: str, *, errors: Errors) -> bool:
    """Return whether the cell is 1; anything but 1 and 0 is noted in `errors`."""
    if row[column] not in _TRUTH:
        errors.add(row.number, column, row[column], _("1 or 0"))
    return _TRUTH.get(row[column], False)


def _refuse(errors: Errors, row: int, value: str, expected: str) -> InvalidFileError:
    """Return the exception for a mistake after which reading cannot go on, with those noted before."""
    errors.add(row, "", value, expected)
    return errors.invalid()


def _row_at(data: bytes, position: int) -> int:
    return len(_LINE_BREAK.findall(data, 0, position)) + 1


def _decoded(data: bytes, errors: Errors) -> str:
    if data.startswith(_OTHER_KINDS):
        expected = _("a CSV file; this is a workbook, a document or an archive: save it as CSV (UTF-8) first")
        raise _refuse(errors, 0, data[:4].decode("latin-1"), expected)
    if (nul := data.find(b"\0")) >= 0:
        raise _refuse(errors, _row_at(data, nul), "\0", _("text in UTF-8, without NUL characters"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wrong = data[error.start : error.end].hex(" ")
        raise _refuse(errors, _row_at(data, error.start), wrong, _("text in UTF-8")) from error


def _checked_lines(text: str, errors: Errors) -> Iterator[str]:
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if len(line) > MAX_LINE:
            raise _refuse(errors, number, line, _("a line of at most %d characters") % MAX_LINE)
        yield line


def _records(text: str, errors: Errors) -> Iterator[tuple[int, list[str]]]:
    """Yield (first line, cells) for every record that is no empty line."""
    reader = csv.reader(_checked_lines(text, errors), strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            expected = _("cells separated by commas, quotes closed and doubled inside (RFC 4180)")
            raise _refuse(errors, number, str(error), expected) from error
        if any(cells):
            yield number, cells


def _header(
    record: tuple[int, list[str]], errors: Errors, required: Sequence[str], optional: Collection[str]
) -> list[str]:
    number, cells = record[0], [cell.strip() for cell in record[1]]
    known = [*required, *optional]
    for position, name in enumerate(cells):
        if name not in known:
            expected = _("one of the columns %(columns)s") % {"columns": ",".join(known)}
            errors.add(number, name, name, expected)
        elif name in cells[:position]:
            errors.add(number, name, name, _("each column only once"))
    for name in required:
        if name not in cells:
            errors.add(number, name, "", _("a header row with this column"))
    errors.raise_if_any()
    return cells
