"""A CSV file described as a table: what each column may hold, and how it is written when nothing is left to chance.

    GOALS = Table(("goal", "title", "due"), keys=("goal",), checks={"title": line(200), "due": optional(day)})
    rows = GOALS.read(data, errors=errors)          # {"G1": Row(2, {"goal": "G1", …})}, mistakes noted in errors

A check returns the cell as an export writes it ("12.50" → "12.5"), so that a file that says what is known changes
nothing; it raises UnfitError with what was expected. Columns without a check take any single line of 200 characters.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from django.utils.translation import gettext as _

from cfm.lib import csv_export
from cfm.lib.csv_import import Errors, Row, has_unseen, index, read_rows

Check = Callable[[str], str]
Cells = dict[str, str]
_LINE: Final = 200


class UnfitError(ValueError):
    """A cell that can't be taken; the message says what was expected."""


@dataclass(frozen=True)
class Table:
    """columns: in the order of an export, all required. keys: those that name a row; a key is given once a file.

    numbers: columns that an export writes as numbers, which a spreadsheet then takes for what they are.
    """

    columns: tuple[str, ...]
    keys: tuple[str, ...]
    checks: Mapping[str, Check]
    numbers: frozenset[str] = frozenset()

    def key(self, cells: Mapping[str, str]) -> str:
        """Return what names the row, for people and as a key of plans."""
        return "/".join(cells[column] for column in self.keys)

    def read(self, data: bytes, *, errors: Errors) -> dict[str, Row]:
        """Return the rows by key, their cells as an export writes them; mistakes are noted in `errors`."""
        rows = [self._checked(row, errors) for row in read_rows(data, errors=errors, required=self.columns)]
        return {self.key(row.cells): row for row in index(rows, self.keys, errors=errors).values()}

    def lines(self, rows: Iterable[Mapping[str, str]], *, bom: bool = False) -> Iterator[str]:
        """Yield the file line by line, as `csv_export.lines` does. rows: cells as `read` returns them."""
        return csv_export.lines(self.columns, (self._written(cells) for cells in rows), bom=bom)

    def _written(self, cells: Mapping[str, str]) -> list[object]:
        return [
            Decimal(cells[column]) if column in self.numbers and cells[column] else cells[column]
            for column in self.columns
        ]

    def _checked(self, row: Row, errors: Errors) -> Row:
        cells: Cells = {}
        for column in self.columns:
            check = self.checks.get(column, line(_LINE))
            try:
                cells[column] = check(row[column])
            except UnfitError as error:
                errors.add(row.number, column, row[column], str(error))
                cells[column] = row[column]
        return Row(row.number, cells)


def optional(check: Check) -> Check:
    """Take an empty cell, too."""

    def checked(value: str) -> str:
        try:
            return check(value) if value else ""
        except UnfitError as error:
            raise UnfitError(_("%s, or nothing") % error) from error

    return checked


def line(limit: int) -> Check:
    """Take one line of 1 to `limit` characters."""

    def checked(value: str) -> str:
        if not value or len(value) > limit or has_unseen(value):
            raise UnfitError(_("1 to %d characters on one line") % limit)
        return value

    return checked


def lines(limit: int) -> Check:
    """Take any number of lines, together 1 to `limit` characters."""

    def checked(value: str) -> str:
        text = value.replace("\r\n", "\n").replace("\r", "\n")
        if not text or len(text) > limit or has_unseen(text.replace("\n", " ")):
            raise UnfitError(_("1 to %d characters, none of them unseen") % limit)
        return text

    return checked


def choice(values: Collection[str]) -> Check:
    """Take one of these words."""

    def checked(value: str) -> str:
        if value not in values:
            raise UnfitError(_("one of %s") % ", ".join(values))
        return value

    return checked


def day(value: str) -> str:
    """Take a date written as YYYY-MM-DD."""
    if date_of(value) is None:
        raise UnfitError(_("a date such as 2026-03-31"))
    return value


def date_of(value: str) -> date | None:
    """Return the date written as YYYY-MM-DD, None for anything else.

    >>> date_of("2026-03-31"), date_of("20260331")
    (datetime.date(2026, 3, 31), None)
    """
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return None
    return found if found.isoformat() == value else None


def whole(low: int, high: int) -> Check:
    """Take a whole number in this range, its ends included."""

    def checked(value: str) -> str:
        if not (value.isascii() and value.isdigit() and len(value) <= 9 and low <= int(value) <= high):
            raise UnfitError(_("a whole number from %(low)d to %(high)d") % {"low": low, "high": high})
        return str(int(value))

    return checked


def amount(
    *, places: int, low: Decimal | None = None, high: Decimal | None = None, digits: int = 14
) -> Check:
    """Take a number with a point, of at most so many decimals and digits, within the range."""

    def checked(value: str) -> str:
        number = decimal_of(value)
        if number is None or not _fits(number, places, digits) or _outside(number, low, high):
            raise UnfitError(_expected_amount(places, low, high))
        return plain(number)

    return checked


def _expected_amount(places: int, low: Decimal | None, high: Decimal | None) -> str:
    told = {"places": places, "low": low, "high": high}
    if low is not None and high is not None:
        return _("a number from %(low)s to %(high)s with at most %(places)d decimals") % told
    if low is not None:
        return _("a number of at least %(low)s with at most %(places)d decimals") % told
    return _("a number with at most %(places)d decimals, such as 12.5") % told


def _outside(number: Decimal, low: Decimal | None, high: Decimal | None) -> bool:
    return (low is not None and number < low) or (high is not None and number > high)


def _fits(number: Decimal, places: int, digits: int) -> bool:
    if abs(number) >= Decimal(1).scaleb(digits - places):
        return False
    return number == number.quantize(Decimal(1).scaleb(-places))


def decimal_of(value: str) -> Decimal | None:
    """Return the number written with a point and plain digits, None for anything else.

    >>> decimal_of("-12.50"), decimal_of("1e3"), decimal_of("12,5")
    (Decimal('-12.50'), None, None)
    """
    if len(value) > 30 or not value.isascii() or not set(value) <= set("-.0123456789"):
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def plain(number: Decimal | None) -> str:
    """Return the number without trailing zeros or exponent; empty for None.

    >>> plain(Decimal("12.5000")), plain(Decimal("1E+3")), plain(Decimal("-0.00")), plain(None)
    ('12.5', '1000', '0', '')
    """
    if number is None:
        return ""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def iso(value: date | None) -> str:
    """Return the date as a file has it; empty for None."""
    return value.isoformat() if value else ""


def words(value: Sequence[str]) -> str:
    """Return a list of codes as a cell has it, separated by spaces."""
    return " ".join(value)
