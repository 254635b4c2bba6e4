"""transformations.csv and readiness.csv: all or nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.models import ChecklistEntry, ReadinessEntry, Transformation
from assessments.queries.readiness import KINDS, READINESS_COLUMNS, TRANSFORMATION_COLUMNS, components
from assessments.services.checklists import MAX_EVIDENCE, MAX_NOTE, Values
from assessments.services.transformations import (
    MAX_PURPOSE,
    MAX_TITLE,
    Data,
    is_free_code,
    newest_framework,
    save_transformation,
    store_readiness,
)
from cfm.lib import audit
from cfm.lib.csv_import import Errors, Row, has_unseen, index, read_rows, text_cell
from cfm.lib.import_plan import Plan, make_plan
from organisation.models import Person, Unit

Cells = dict[str, str]


@dataclass(frozen=True)
class Reach:
    """What a file may name, by code; None for everything: units, and people as new owners."""

    units: Collection[str] | None = None
    owners: Collection[str] | None = None


EVERYTHING = Reach()


@transaction.atomic
def import_transformations(
    data: bytes,
    *,
    file: str,
    by: int | None = None,
    dry_run: bool = False,
    expect: str = "",
    reach: Reach = EVERYTHING,
) -> Plan:
    """Create and change transformations by code; those not in the file stay.

    data: the file's content; file: its name in messages; by: a person's id. Raises InvalidFileError with every
    mistake, PlanChangedError unless the plan is the one with the digest `expect`; then nothing is changed.
    """
    errors = Errors(file)
    rows = index(
        read_rows(data, errors=errors, required=TRANSFORMATION_COLUMNS), ("transformation",), errors=errors
    )
    known = {row.code: row for row in _transformations(row["transformation"] for row in rows.values())}
    units = _by_code(Unit, "code", {row["unit"] for row in rows.values()})
    owners = _by_code(Person, "person_id", {row["owner"] for row in rows.values()})
    ready = newest_framework() is not None
    for row in rows.values():
        _check(row, known.get(row["transformation"]), units, owners, reach, errors, ready=ready)
    errors.raise_if_any()
    wanted = {row["transformation"]: {c: row[c] for c in TRANSFORMATION_COLUMNS} for row in rows.values()}
    plan = make_plan(
        _("transformation"), known={code: _cells(row) for code, row in known.items()}, wanted=wanted
    )
    plan.require(expect)
    if not dry_run and plan.changes:
        for code, cells in wanted.items():
            save_transformation(code=code, data=_data(cells, units, owners), by=by, new=code not in known)
    return plan


@transaction.atomic
def import_readiness(
    data: bytes,
    *,
    file: str,
    by: int | None = None,
    dry_run: bool = False,
    expect: str = "",
    reach: Reach = EVERYTHING,
) -> Plan:
    """Create and change what is said of hazards and resilience; the rest stays. Raises as import_transformations."""
    errors = Errors(file)
    rows = index(
        read_rows(data, errors=errors, required=READINESS_COLUMNS), READINESS_COLUMNS[:2], errors=errors
    )
    found = _transformations(row["transformation"] for row in rows.values())
    known = {row.code: row for row in found if reach.units is None or row.unit.code in reach.units}
    owners = _by_code(Person, "person_id", {row["owner"] for row in rows.values()})
    kept = _kept(known.values())
    for row in rows.values():
        _check_entry(row, known, owners, kept, reach, errors)
    errors.raise_if_any()
    wanted = {_key(row.cells): {c: row[c] for c in READINESS_COLUMNS} for row in rows.values()}
    plan = make_plan(_("entry"), known=kept, wanted=wanted)
    plan.require(expect)
    if not dry_run and plan.changes:
        said: defaultdict[str, dict[str, Values]] = defaultdict(dict)
        for cells in wanted.values():
            said[cells["transformation"]][cells["key_component"]] = _values(cells, owners)
        for code, entries in said.items():
            store_readiness(known[code], entries, by=by)
        audit.record("change.import", "readiness", by=by, created=plan.created, changed=plan.changed)
    return plan


def _transformations(codes: Iterable[str]) -> list[Transformation]:
    rows = Transformation.objects.filter(code__in=set(codes)).select_for_update(of=("self",))
    return list(rows.select_related("unit", "owner", "framework"))


def _by_code(model: Any, field: str, codes: set[str]) -> dict[str, int]:
    return {code: row.pk for code, row in model.objects.in_bulk(codes - {""}, field_name=field).items()}


def _check(
    row: Row,
    known: Transformation | None,
    units: Mapping[str, int],
    owners: Mapping[str, int],
    reach: Reach,
    errors: Errors,
    *,
    ready: bool,
) -> None:
    code = row["transformation"]
    if known is None and not is_free_code(code):
        errors.add(row.number, "transformation", code, _("a code: letters and digits, no slash"))
    elif known is None and not ready:
        errors.add(row.number, "transformation", code, _("a framework with change hazards, loaded before"))
    elif known is not None and reach.units is not None and known.unit.code not in reach.units:
        errors.add(row.number, "transformation", code, _("a transformation of your units, or a new code"))
    text_cell(row, "title", limit=MAX_TITLE, errors=errors)
    if row["unit"] not in units or (reach.units is not None and row["unit"] not in reach.units):
        errors.add(row.number, "unit", row["unit"], _("the code of a unit that you may name"))
    is_owner = known is not None and known.owner is not None and known.owner.person_id == row["owner"]
    _check_owner(row, owners, reach, errors, is_owner=is_owner)
    starts, ends = _date(row["starts"]), _date(row["ends"])
    if starts is None:
        errors.add(row.number, "starts", row["starts"], _("a date such as 2026-03-31"))
    if row["ends"] and (ends is None or (starts and ends < starts)):
        errors.add(row.number, "ends", row["ends"], _("a date not before the start, or nothing"))
    if row["state"] not in Transformation.State.values:
        errors.add(row.number, "state", row["state"], _("one of %s") % ", ".join(Transformation.State.values))
    _check_text(row, "purpose", MAX_PURPOSE, errors)


def _check_owner(
    row: Row, owners: Mapping[str, int], reach: Reach, errors: Errors, *, is_owner: bool
) -> None:
    owner = row["owner"]
    may = reach.owners is None or owner in reach.owners or is_owner
    if owner and (owner not in owners or not may):
        errors.add(row.number, "owner", owner, _("the person_id of somebody whom you may name, or nothing"))


def _check_text(row: Row, column: str, limit: int, errors: Errors) -> None:
    text = row[column].replace("\r", " ").replace("\n", " ")
    if len(row[column]) > limit or has_unseen(text):
        errors.add(row.number, column, row[column], _("at most %d characters, none of them unseen") % limit)


def _check_entry(
    row: Row,
    known: Mapping[str, Transformation],
    owners: Mapping[str, int],
    kept: Mapping[str, Cells],
    reach: Reach,
    errors: Errors,
) -> None:
    transformation = known.get(row["transformation"])
    if transformation is None:
        expected = _("the code of a transformation that you may change")
        errors.add(row.number, "transformation", row["transformation"], expected)
    elif row["key_component"] not in {component.code for component in components(transformation, *KINDS)}:
        expected = _("a hazard or point of resilience of framework %s") % transformation.framework
        errors.add(row.number, "key_component", row["key_component"], expected)
    if row["state"] not in ChecklistEntry.State.values:
        expected = _("one of %s") % ", ".join(ChecklistEntry.State.values)
        errors.add(row.number, "state", row["state"], expected)
    is_owner = kept.get(_key(row.cells), {}).get("owner") == row["owner"]
    _check_owner(row, owners, reach, errors, is_owner=is_owner)
    if row["due"] and _date(row["due"]) is None:
        errors.add(row.number, "due", row["due"], _("a date such as 2026-03-31, or nothing"))
    text_cell(row, "evidence", limit=MAX_EVIDENCE, errors=errors, empty=True)
    _check_text(row, "note", MAX_NOTE, errors)


def _key(cells: Mapping[str, str]) -> str:
    return f"{cells['transformation']}/{cells['key_component']}"


def _date(value: str) -> date | None:
    """Return the date written as YYYY-MM-DD, None for anything else."""
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return None
    return found if found.isoformat() == value else None


def _cells(row: Transformation) -> Cells:
    return {
        "transformation": row.code,
        "title": row.title,
        "unit": row.unit.code,
        "owner": row.owner.person_id if row.owner else "",
        "starts": row.starts.isoformat(),
        "ends": row.ends.isoformat() if row.ends else "",
        "state": row.state,
        "purpose": row.purpose,
    }


def _kept(rows: Iterable[Transformation]) -> dict[str, Cells]:
    entries = ReadinessEntry.objects.filter(transformation__in=list(rows))
    found = entries.values_list(
        *("transformation__code", "key_component", "state", "owner__person_id", "due", "evidence", "note")
    )
    cells = (dict(zip(READINESS_COLUMNS, map(_cell, row), strict=True)) for row in found)
    return {_key(one): one for one in cells}


def _cell(value: str | date | None) -> str:
    return value.isoformat() if isinstance(value, date) else value or ""


def _data(cells: Cells, units: Mapping[str, int], owners: Mapping[str, int]) -> Data:
    starts = _date(cells["starts"])
    if starts is None:
        raise ValueError(cells["starts"])
    return Data(
        title=cells["title"],
        unit=units[cells["unit"]],
        owner=owners.get(cells["owner"]),
        starts=starts,
        ends=_date(cells["ends"]),
        state=cells["state"],
        purpose=cells["purpose"],
    )


def _values(cells: Cells, owners: Mapping[str, int]) -> Values:
    owner = owners.get(cells["owner"])
    return Values(cells["state"], owner, _date(cells["due"]), cells["evidence"], cells["note"])
