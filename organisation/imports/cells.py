"""Cells that several files know, and what to say when the database refuses after all."""

import re
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from cfm.lib import csv_export
from cfm.lib.csv_import import Errors, InvalidFileError, Row, RowError, has_unseen
from organisation import values

MAX_COUNT: Final = 2_000_000_000
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,3})?")
_COUNT: Final = re.compile(r"[0-9]{1,10}")


def code_cell(row: Row, column: str, *, errors: Errors) -> str:
    """Return the cell; what can't be a code is noted in `errors`."""
    value = row[column]
    if not values.is_code(value):
        expected = _("a code of 1 to %d characters that begins with a letter or digit and holds no slash")
        errors.add(row.number, column, value, expected % values.MAX_CODE)
    return value


def changed_meanwhile(file: str) -> InvalidFileError:
    """Return the exception for a file that was right when it was checked, and was overtaken by other changes."""
    return InvalidFileError(
        [RowError(file, 0, "", "", _("no other change at the same moment; please try again"))]
    )


def choice_cell(row: Row, column: str, *, choices: Sequence[str], errors: Errors, empty: bool = False) -> str:
    """Return the cell; anything but one of the choices (or, with `empty`, nothing) is noted in `errors`."""
    value = row[column]
    if value not in choices and not (empty and not value):
        expected = _("one of %s, or nothing") if empty else _("one of %s")
        errors.add(row.number, column, value, expected % ", ".join(choices))
    return value


def known_cell(
    row: Row, column: str, *, known: Collection[str], what: str, errors: Errors, empty: bool = False
) -> str:
    """Return the cell; a code that is not among the known ones is noted in `errors`. what: what was expected."""
    value = row[column]
    if value not in known and not (empty and not value):
        errors.add(row.number, column, value, what)
    return value


def lines_cell(row: Row, column: str, *, limit: int, errors: Errors) -> str:
    """Return the cell, which may be empty and hold line breaks, with these as \\n."""
    value = row[column].replace("\r\n", "\n").replace("\r", "\n")
    if len(value) > limit or has_unseen(value.replace("\n", " ")):
        errors.add(row.number, column, row[column], _("at most %d characters, none of them unseen") % limit)
    return value


def number_cell(row: Row, column: str, *, errors: Errors, low: Decimal | int, high: Decimal | int) -> str:
    """Return the number as an export writes it; what is none, or out of its range, is noted in `errors`."""
    value = row[column]
    if not _NUMBER.fullmatch(value) or not low <= Decimal(value) <= high:
        expected = _("a number from %(low)s to %(high)s with a point and at most 3 decimals")
        errors.add(row.number, column, value, expected % {"low": low, "high": high})
        return value
    return csv_export.number(Decimal(value))


def count_cell(row: Row, column: str, *, errors: Errors) -> str:
    """Return the whole number, or nothing."""
    value = row[column]
    if value and (not _COUNT.fullmatch(value) or int(value) > MAX_COUNT):
        errors.add(row.number, column, value, _("a whole number from 0, or nothing"))
        return value
    return str(int(value)) if value else ""


def day_cell(row: Row, column: str, *, errors: Errors, empty: bool = False) -> str:
    """Return the day of something measured; any other date is noted in `errors`."""
    value = row[column]
    if empty and not value:
        return value
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or day.isoformat() != value or not values.is_past_day(day):
        expected = _("a day such as 2026-03-31, from 1990 until today")
        errors.add(row.number, column, value, expected + (_(", or nothing") if empty else ""))
    return value


def code_list_cell(row: Row, column: str, *, errors: Errors) -> str:
    """Return codes separated by single spaces, each once; what can't be a code is noted in `errors`."""
    codes = list(dict.fromkeys(row[column].split()))
    if not all(map(values.is_code, codes)) or len(row[column]) > values.MAX_CODE_LIST:
        expected = _("codes such as B1 B4, separated by spaces, at most %d characters, or nothing")
        errors.add(row.number, column, row[column], expected % values.MAX_CODE_LIST)
    return " ".join(codes)
