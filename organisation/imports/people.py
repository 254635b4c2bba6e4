"""people.csv: create and update people by their id."""

from collections import defaultdict

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cfm.lib import audit
from cfm.lib.csv_import import Errors, Row, index, read_rows, text_cell, truth_cell
from cfm.lib.import_plan import Plan, make_plan
from organisation import permissions, values
from organisation.imports.cells import changed_meanwhile, code_cell
from organisation.imports.people_rows import Cells, write
from organisation.models import Person, RoleGrant, Unit
from organisation.values import PEOPLE_COLUMNS


def import_people(
    data: bytes, *, file: str, by: Person | None = None, dry_run: bool = False, expect: str = ""
) -> Plan:
    """Create and update people by person id; those not in the file stay as they are.

    A person has exactly the roles of the file; a role held before keeps its reach. Job roles are created as needed.
    data: the file's content; file: its name in messages; by: who does it (None: the server's shell), who can't
    take away the own administrator role; expect: the digest of a plan seen before, empty for any.
    Returns what was done, or with `dry_run` would be. Raises InvalidFileError with every mistake,
    PlanChangedError if the plan is not the expected one; either way nothing is changed.
    """
    try:
        with transaction.atomic():
            known = known_people()
            wanted = _read(data, file, known, by)
            plan = make_plan(_("person"), known=known, wanted=wanted)
            plan.require(expect)
            if not dry_run:
                write(plan, wanted)
                _audit(plan, by)
    except IntegrityError as error:
        raise changed_meanwhile(file) from error
    return plan


def _audit(plan: Plan, by: Person | None) -> None:
    if plan.changes:
        actor = by.pk if by else None
        audit.record("person.import", "people", by=actor, created=plan.created, changed=plan.changed)


def known_people() -> dict[str, Cells]:
    """Return everyone's cells, as an export writes them, by person id."""
    roles = defaultdict(list)
    for person, role in RoleGrant.objects.values_list("person__person_id", "role"):
        roles[person].append(role)
    rows = Person.objects.order_by("pk").values_list(
        "person_id",
        "email",
        "name",
        "unit__code",
        "manager__person_id",
        "job_role__name",
        "is_active",
        "language",
    )
    known = {}
    for code, email, name, unit, manager, job_role, active, language in rows:
        held = values.role_list(roles.get(code, ()))
        cells = (code, email, name, unit, manager, job_role, held, "1" if active else "0", language)
        known[code] = {column: cell or "" for column, cell in zip(PEOPLE_COLUMNS, cells, strict=True)}
    return known


def _read(data: bytes, file: str, known: dict[str, Cells], by: Person | None) -> dict[str, Cells]:
    """Return the file's cells by person id, checked against each other and what is known."""
    errors = Errors(file)
    rows = index(read_rows(data, errors=errors, required=PEOPLE_COLUMNS), ["person_id"], errors=errors)
    by_id = {code: row for (code,), row in rows.items()}
    units = set(Unit.objects.values_list("code", flat=True))
    wanted = {code: _cells(row, units, errors) for code, row in by_id.items()}
    _check_emails(by_id, known, errors)
    _check_managers(by_id, known, errors)
    if by is not None and settings.TWO_PERSON_RULE:
        _check_no_new_role(by_id, wanted, known, errors)
    if by is not None and by.person_id in by_id:
        _check_own(by_id[by.person_id], by, wanted[by.person_id], errors)
    errors.raise_if_any()
    return wanted


def _cells(row: Row, units: set[str], errors: Errors) -> Cells:
    """Return the row's cells in the form in which an export writes them."""
    code_cell(row, "person_id", errors=errors)
    text_cell(row, "name", limit=values.MAX_NAME, errors=errors)
    text_cell(row, "job_role", limit=values.MAX_JOB_ROLE, errors=errors, empty=True)
    truth_cell(row, "active", errors=errors)
    if row["email"] and not values.is_email(row["email"]):
        errors.add(row.number, "email", row["email"], _("an e-mail address or nothing"))
    if row["unit"] not in units:
        errors.add(row.number, "unit", row["unit"], _("the code of a unit in the database"))
    language = row["language"].lower()
    if language and not values.is_language(language):
        errors.add(row.number, "language", row["language"], _("a language such as en or en-gb, or nothing"))
    roles = _roles(row, errors)
    cells = {column: row[column] for column in PEOPLE_COLUMNS}
    return cells | {"email": row["email"].lower(), "roles": roles, "language": language}


def _roles(row: Row, errors: Errors) -> str:
    given = row["roles"].split()
    if not given or not permissions.EVERYONE.issuperset(given):
        expected = _("one or more of %s, separated by spaces") % " ".join(permissions.ROLES)
        errors.add(row.number, "roles", row["roles"], expected)
    return values.role_list(given)


def _check_emails(rows: dict[str, Row], known: dict[str, Cells], errors: Errors) -> None:
    """Note addresses that two people would have, in any case of letters."""
    owners = {cells["email"].lower(): code for code, cells in known.items() if code not in rows}
    for code, row in rows.items():
        if row["email"] and (owner := owners.setdefault(row["email"].lower(), code)) != code:
            errors.add(
                row.number, "email", row["email"], _("an address of one person only; %s has it") % owner
            )


def _check_managers(rows: dict[str, Row], known: dict[str, Cells], errors: Errors) -> None:
    """Note managers whom nobody knows, and people who would be above themselves."""
    above = {code: cells["manager_id"] for code, cells in known.items()}
    above |= {code: row["manager_id"] for code, row in rows.items()}
    looped = values.on_a_cycle({code: manager for code, manager in above.items() if manager})
    for code, row in rows.items():
        manager = row["manager_id"]
        if manager and manager not in above:
            expected = _("the id of a person in this file or in the database, or nothing")
            errors.add(row.number, "manager_id", manager, expected)
        elif code in looped:
            expected = _("a manager who is neither %s nor managed by them") % code
            errors.add(row.number, "manager_id", manager, expected)


def _check_no_new_role(
    rows: dict[str, Row], wanted: dict[str, Cells], known: dict[str, Cells], errors: Errors
) -> None:
    """With the two-person rule a file grants nobody a role: that would be one person's doing."""
    for code, row in rows.items():
        held = known[code]["roles"].split() if code in known else []
        if set(wanted[code]["roles"].split()) - {*held, permissions.STAFF}:
            expected = _("no new role: two people grant it, on the page of the person")
            errors.add(row.number, "roles", row["roles"], expected)


def _check_own(row: Row, by: Person, cells: Cells, errors: Errors) -> None:
    """Nobody shuts the door behind themselves: not by the file either."""
    if permissions.ADMINISTRATOR not in by.roles:
        return
    if permissions.ADMINISTRATOR not in cells["roles"].split():
        errors.add(row.number, "roles", row["roles"], _("your own role administrator to stay"))
    if cells["active"] == "0":
        errors.add(row.number, "active", row["active"], _("1: nobody deactivates themselves"))
