"""Importing CSV files: check everything, tell what will change, then change all of it or nothing.

A file is tried out in a transaction, by the same rules as in the browser; on any mistake, and with `dry_run`, the
transaction is undone.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cfm.lib import audit
from cfm.lib.csv_import import Errors, InvalidFileError, Row, RowError
from cfm.lib.csv_table import Cells, Table, UnfitError
from cfm.lib.import_plan import Plan, make_plan
from organisation import values
from organisation.models import Person

ALL_FIELDS = "__all__"


class Write(Protocol):
    """Writes the rows that change anything, in any order; notes mistakes in `errors`. by: None may do everything."""

    def __call__(self, rows: Mapping[str, Row], *, by: Person | None, errors: Errors) -> None: ...


@dataclass(frozen=True)
class File:
    """A kind of file. what: a row in a word; area, subject: for the audit log; known: the rows this person may
    change, as cells by key."""

    table: Table
    what: Any
    area: str
    subject: str
    known: Callable[[Person | None], Mapping[str, Cells]]
    write: Write


def import_file(
    kind: File, data: bytes, *, file: str, by: Person | None = None, dry_run: bool = False, expect: str = ""
) -> Plan:
    """Create and update rows; those not in the file stay as they are.

    data: the file's content; file: its name in messages; by: who does it (None: the server's shell);
    expect: the digest of a plan seen before, empty for any. Returns what was done, or with `dry_run` would be.
    Raises InvalidFileError with every mistake, PlanChangedError if the plan is not the expected one; either way
    nothing is changed.
    """
    errors = Errors(file)
    try:
        with transaction.atomic():
            rows = kind.table.read(data, errors=errors)
            errors.raise_if_any()
            wanted = {key: row.cells for key, row in rows.items()}
            plan = make_plan(str(kind.what), known=kind.known(by), wanted=wanted)
            plan.require(expect)
            kind.write({change.key: rows[change.key] for change in plan.changes}, by=by, errors=errors)
            errors.raise_if_any()
            _finish(kind, plan, by, dry_run=dry_run)
    except IntegrityError as error:
        message = _("no other change at the same moment; please try again")
        raise InvalidFileError([RowError(file, 0, "", "", message)]) from error
    return plan


def _finish(kind: File, plan: Plan, by: Person | None, *, dry_run: bool) -> None:
    if dry_run:
        transaction.set_rollback(True)
    elif plan.changes:
        actor = by.pk if by else None
        audit.record(
            f"{kind.area}.import", kind.subject, by=actor, created=plan.created, changed=plan.changed
        )


def complain(errors: Errors, row: Row, error: ValidationError, columns: Mapping[str, str]) -> None:
    """Note what a service refused, in the columns of the file. columns: field → column where they differ."""
    by_field = getattr(error, "error_dict", None) or {ALL_FIELDS: [error]}
    for field, complaints in by_field.items():
        column = "" if field == ALL_FIELDS else columns.get(field, field)
        for message in ValidationError(complaints).messages:
            errors.add(row.number, column, row[column] if column else "", message)


def code(value: str) -> str:
    """Take a code."""
    if not values.is_code(value):
        expected = _("a code of 1 to %d characters that begins with a letter or digit and holds no slash")
        raise UnfitError(expected % values.MAX_CODE)
    return value


def codes(value: str) -> str:
    """Take codes separated by spaces, or nothing; they are kept sorted."""
    found = sorted(set(value.split()))
    for one in found:
        code(one)
    return " ".join(found)


def known_in(
    found: Mapping[str, Any], row: Row, column: str, expected: Any, *, errors: Errors, empty: bool = True
) -> Any:
    """Return what the cell's code stands for, None for an empty cell; note a code that stands for nothing."""
    if not row[column] and empty:
        return None
    if row[column] not in found:
        errors.add(row.number, column, row[column], str(expected))
    return found.get(row[column])


OUT_OF_REACH = gettext_lazy("something that you may change; this is outside of your reach")
A_PERSON = gettext_lazy("the person_id of somebody in the database, or nothing")
A_UNIT = gettext_lazy("the code of a unit in the database")


def require_reach(
    reached: Iterable[int] | None, unit: int | None, row: Row, column: str, errors: Errors
) -> bool:
    """Note a row that concerns a unit out of reach; returns whether it is within. reached: None is everything."""
    if reached is None or unit is None or unit in set(reached):
        return True
    errors.add(row.number, column, row[column], str(OUT_OF_REACH))
    return False
