"""competencies.csv and the library's YAML: create and update competencies by code; all or nothing."""

from collections.abc import Iterable
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from cfm.lib import audit
from cfm.lib.csv_import import Errors, Row, has_unseen, index, read_rows, text_cell
from cfm.lib.import_plan import Plan, make_plan
from competencies import document
from competencies.document import Cells, behaviour_key
from competencies.levels import LEVELS
from competencies.models import Group, Kind
from competencies.queries import library as queries
from competencies.services import library
from organisation import values

COLUMNS: Final = ("competency", "name", "kind", "definition", "level", "behaviour")
_SAME: Final = ("name", "kind", "definition")  # what all rows of a competency say alike


@transaction.atomic
def import_competencies(data: bytes, *, file: str, by: int | None = None, dry_run: bool = False) -> Plan:
    """Create and update competencies and behaviours; those not in the file stay as they are.

    data: the file's content; file: its name in messages, read as YAML where that ends in .yaml or .yml;
    by: a person's id (None: the server's shell). Returns what was done, or with `dry_run` would be.
    Raises InvalidFileError with every mistake; then nothing is changed.
    """
    errors = Errors(file)
    wanted = _from_yaml(data, errors) if file.endswith((".yaml", ".yml")) else _from_csv(data, errors)
    errors.raise_if_any()
    plan = make_plan(_("competency"), known=queries.cells(), wanted=wanted)
    if not dry_run and plan.changes:
        library.store({change.key: wanted[change.key] for change in plan.changes})
        audit.record("library.import", "competencies", by=by, created=plan.created, changed=plan.changed)
    return plan


def _from_csv(data: bytes, errors: Errors) -> dict[str, Cells]:
    rows = index(
        read_rows(data, errors=errors, required=COLUMNS), ["competency", "level"], errors=errors
    ).values()
    wanted: dict[str, Cells] = {}
    first: dict[str, Row] = {}
    for row in rows:
        _check(row, errors)
        code = row["competency"]
        _check_same(row, first.setdefault(code, row), errors)
        cells = wanted.setdefault(code, {column: row[column] for column in _SAME})
        cells[behaviour_key(int(row["level"]) if row["level"] in _levels() else 0)] = row["behaviour"]
    return wanted


def _levels() -> list[str]:
    return [str(level) for level in LEVELS]


def _check(row: Row, errors: Errors) -> None:
    _check_code(row.number, "competency", row["competency"], errors)
    text_cell(row, "name", limit=library.MAX_NAME, errors=errors)
    _check_kind(row.number, row["kind"], errors)
    _check_text(row.number, "definition", row["definition"], library.MAX_DEFINITION, errors)
    _check_text(row.number, "behaviour", row["behaviour"], library.MAX_BEHAVIOUR, errors)
    if row["level"] not in _levels():
        errors.add(row.number, "level", row["level"], _("a level from 1 to 5"))


def _check_same(row: Row, first: Row, errors: Errors) -> None:
    for column in _SAME:
        if row[column] != first[column]:
            expected = _('the same as in row %(row)d of this competency, "%(value)s"')
            told = {"row": first.number, "value": first[column]}
            errors.add(row.number, column, row[column], expected % told)


def _check_code(row: int, column: str, value: str, errors: Errors) -> None:
    if not values.is_code(value):
        expected = _("a code of 1 to %d characters that begins with a letter or digit and holds no slash")
        errors.add(row, column, value, expected % values.MAX_CODE)


def _check_kind(row: int, value: str, errors: Errors) -> None:
    if value not in Kind.values:
        errors.add(row, "kind", value, _("one of %s") % ", ".join(Kind.values))


def _check_text(row: int, column: str, value: str, limit: int, errors: Errors) -> None:
    if len(value) > limit or has_unseen(value.replace("\r", " ").replace("\n", " ")):
        errors.add(row, column, value, _("at most %d characters, none of them unseen") % limit)


def _from_yaml(data: bytes, errors: Errors) -> dict[str, Cells]:
    found = document.read(data, errors=errors)
    for code, (line, cells) in found.items():
        _check_code(line, "code", code, errors)
        if not cells.get("name"):
            errors.add(line, "name", "", _("1 to %d characters on one line") % library.MAX_NAME)
        _check_text(line, "name", cells.get("name", ""), library.MAX_NAME, errors)
        _check_kind(line, cells.get("kind", ""), errors)
        if cells["group"] and cells["group"] not in Group.values:
            errors.add(line, "group", cells["group"], _("one of %s, or nothing") % ", ".join(Group.values))
        _check_text(line, "definition", cells["definition"], library.MAX_DEFINITION, errors)
        _check_behaviours(line, cells, errors)
    return {code: cells for code, (_line, cells) in found.items()}


def _check_behaviours(line: int, cells: Cells, errors: Errors) -> None:
    texts: Iterable[str] = (cells.get(behaviour_key(level), "") for level in LEVELS)
    for text in texts:
        _check_text(line, "behaviours", text, library.MAX_BEHAVIOUR, errors)
