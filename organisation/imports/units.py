"""units.csv: create and update units by code."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cfm.lib import audit
from cfm.lib.csv_import import Errors, Row, index, read_rows, text_cell
from cfm.lib.import_plan import Plan, make_plan
from organisation import values
from organisation.imports.cells import changed_meanwhile, code_cell
from organisation.models import Person, Unit
from organisation.values import UNIT_COLUMNS

Cells = dict[str, str]


def import_units(
    data: bytes, *, file: str, by: Person | None = None, dry_run: bool = False, expect: str = ""
) -> Plan:
    """Create and update units by code; those not in the file stay as they are.

    data: the file's content; file: its name in messages; by: who does it (None: the server's shell);
    expect: the digest of a plan seen before, empty for any. Returns what was done, or with `dry_run` would be.
    Raises InvalidFileError with every mistake, PlanChangedError if the plan is not the expected one; either way
    nothing is changed.
    """
    try:
        with transaction.atomic():
            known = _known()
            wanted = _read(data, file, known)
            plan = make_plan(_("unit"), known=known, wanted=wanted)
            plan.require(expect)
            if not dry_run:
                _write(plan, wanted)
                _audit(plan, by)
    except IntegrityError as error:
        raise changed_meanwhile(file) from error
    return plan


def _audit(plan: Plan, by: Person | None) -> None:
    if plan.changes:
        actor = by.pk if by else None
        audit.record("unit.import", "units", by=actor, created=plan.created, changed=plan.changed)


def _known() -> dict[str, Cells]:
    rows = Unit.objects.order_by("pk").values_list("code", "name", "parent__code")
    return {code: {"unit": code, "name": name, "parent": parent or ""} for code, name, parent in rows}


def _read(data: bytes, file: str, known: dict[str, Cells]) -> dict[str, Cells]:
    """Return the file's cells by code, checked against each other and what is known."""
    errors = Errors(file)
    rows = index(read_rows(data, errors=errors, required=UNIT_COLUMNS), ["unit"], errors=errors)
    by_code = {code: row for (code,), row in rows.items()}
    for row in by_code.values():
        code_cell(row, "unit", errors=errors)
        text_cell(row, "name", limit=values.MAX_NAME, errors=errors)
        _check_parent(row, by_code, known, errors)
    _check_tree(by_code, known, errors)
    errors.raise_if_any()
    return {code: {column: row[column] for column in UNIT_COLUMNS} for code, row in by_code.items()}


def _check_parent(row: Row, rows: dict[str, Row], known: dict[str, Cells], errors: Errors) -> None:
    parent = row["parent"]
    if parent and parent not in rows and parent not in known:
        errors.add(row.number, "parent", parent, _("the code of a unit in this file or in the database"))


def _check_tree(rows: dict[str, Row], known: dict[str, Cells], errors: Errors) -> None:
    """Note units above themselves, and every root but one."""
    parents = {code: cells["parent"] for code, cells in known.items()}
    parents |= {code: row["parent"] for code, row in rows.items()}
    for code in values.on_a_cycle({code: parent for code, parent in parents.items() if parent}):
        if code in rows:
            row = rows[code]
            expected = _("a parent that is neither %s nor below it") % code
            errors.add(row.number, "parent", row["parent"], expected)
    first, *others = [code for code, parent in parents.items() if not parent] or [""]
    for code in others:
        expected = _("the code of a parent; the one unit without is %s") % first
        errors.add(rows[code].number, "parent", "", expected)


def _write(plan: Plan, wanted: dict[str, Cells]) -> None:
    ids: dict[str, int] = dict(Unit.objects.values_list("code", "pk"))
    root: int | None = Unit.objects.filter(parent=None).values_list("pk", flat=True).first()
    _create(plan, wanted, ids, root)
    renamed = {ids[change.key]: wanted[change.key]["name"] for change in plan.changes if not change.is_new}
    units = [Unit(pk=pk, name=name) for pk, name in renamed.items()]
    Unit.objects.bulk_update(units, ["name"], batch_size=500)
    _move(plan, wanted, ids, root)


def _create(plan: Plan, wanted: dict[str, Cells], ids: dict[str, int], root: int | None) -> None:
    """Create the new units from the top down; a new root waits under the old one until that has its parent."""
    new = {change.key: wanted[change.key]["parent"] for change in plan.changes if change.is_new}
    for layer in values.from_the_top(new):
        units = [
            Unit(code=code, name=wanted[code]["name"], parent_id=ids.get(new[code], root)) for code in layer
        ]
        ids.update((unit.code, unit.pk) for unit in Unit.objects.bulk_create(units, batch_size=500))


def _move(plan: Plan, wanted: dict[str, Cells], ids: dict[str, int], root: int | None) -> None:
    """Give changed units their parents; the new root comes last, since there is never more than one."""
    moved = {
        change.key: wanted[change.key]["parent"]
        for change in plan.changes
        if any(field.field == "parent" for field in change.fields)
        or (change.is_new and root is not None and not wanted[change.key]["parent"])
    }
    for is_root in (False, True):
        units = [
            Unit(pk=ids[code], parent_id=ids.get(parent))
            for code, parent in moved.items()
            if (not parent) is is_root
        ]
        Unit.objects.bulk_update(units, ["parent"], batch_size=500)
