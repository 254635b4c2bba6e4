"""checklist.csv: states of key components, for many units and cycles at once; all or nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.models import ChecklistEntry, Cycle
from assessments.services.checklists import EDITABLE, MAX_EVIDENCE, MAX_NOTE, Values, store
from cfm.lib import audit
from cfm.lib.csv_import import Errors, Row, has_unseen, index, read_rows, text_cell
from cfm.lib.import_plan import Plan, make_plan
from organisation.models import Person

COLUMNS: Final = ("cycle", "unit", "key_component", "state", "owner", "due", "evidence", "note")
KEY: Final = COLUMNS[:3]

Cells = dict[str, str]


@dataclass
class _Known:
    """What the rows of a file may refer to."""

    cycles: Mapping[str, Cycle]
    owners: Mapping[str, int]  # person_id → id
    units: dict[str, dict[str, int]] = field(default_factory=dict)  # cycle → unit → id of the CycleUnit
    components: dict[str, frozenset[str]] = field(default_factory=dict)  # cycle → codes
    kept: dict[str, Cells] = field(
        default_factory=dict
    )  # the entries there are, as they would stand in the file
    named: Collection[str] | None = None  # person_ids of those who may be named anew; None: everybody


@transaction.atomic
def import_checklist(
    data: bytes,
    *,
    file: str,
    by: int | None = None,
    dry_run: bool = False,
    expect: str = "",
    units: Collection[str] | None = None,
    owners: Collection[str] | None = None,
) -> Plan:
    """Create and update checklist entries; those not in the file stay as they are.

    data: the file's content; file: its name in messages; by: a person's id (None: the server's shell).
    units, owners: the codes of units and the person_ids that the file may name, None for all (an owner whom an entry
    has already may stay). Returns what was done, or with `dry_run` would be.
    Raises InvalidFileError with every mistake, and PlanChangedError unless the plan is the one with the digest
    `expect`; then nothing is changed.
    """
    errors = Errors(file)
    rows = index(read_rows(data, errors=errors, required=COLUMNS), KEY, errors=errors)
    known = _known(rows.values(), units, owners)
    for row in rows.values():
        _check(row, known, errors)
    errors.raise_if_any()
    wanted = {_key(row.cells): {column: row[column] for column in COLUMNS} for row in rows.values()}
    plan = make_plan(_("entry"), known=known.kept, wanted=wanted)
    plan.require(expect)
    if not dry_run and plan.changes:
        _write(wanted.values(), known, by)
        audit.record("checklist.import", "checklists", by=by, created=plan.created, changed=plan.changed)
    return plan


def _key(cells: Mapping[str, str]) -> str:
    return "/".join(cells[column] for column in KEY)


def _known(rows: Iterable[Row], units: Collection[str] | None, named: Collection[str] | None) -> _Known:
    """Read what the file refers to, with as many queries for a row as for a thousand; hold the cycles' rows."""
    rows = list(rows)
    codes = {row["cycle"] for row in rows}
    cycles = Cycle.objects.select_for_update(of=("self",)).select_related("framework").filter(code__in=codes)
    ids = {row["owner"] for row in rows if row["owner"]}
    owners = {code: person.pk for code, person in Person.objects.in_bulk(ids, field_name="person_id").items()}
    known = _Known({cycle.code: cycle for cycle in cycles if cycle.state in EDITABLE}, owners, named=named)
    for code, cycle in known.cycles.items():
        reached = cycle.units.values_list("code", "pk")
        known.units[code] = {unit: pk for unit, pk in reached if units is None or unit in units}
        known.components[code] = frozenset(cycle.framework.instrument.key_components_by_code)
    known.kept.update(_kept(known))
    return known


def _check(row: Row, known: _Known, errors: Errors) -> None:
    if row["cycle"] not in known.cycles:
        expected = _("the code of a cycle that is opened and not yet published")
        errors.add(row.number, "cycle", row["cycle"], expected)
    else:
        _check_place(row, known, errors)
    if row["state"] not in ChecklistEntry.State.values:
        expected = _("one of %s") % ", ".join(ChecklistEntry.State.values)
        errors.add(row.number, "state", row["state"], expected)
    if row["owner"] and not _may_own(row, known):
        expected = (
            _("the person_id of somebody in the database, or nothing")
            if known.named is None
            else _("the person_id of somebody in your units, or nothing")
        )
        errors.add(row.number, "owner", row["owner"], expected)
    if row["due"] and _date(row["due"]) is None:
        errors.add(row.number, "due", row["due"], _("a date such as 2026-03-31, or nothing"))
    text_cell(row, "evidence", limit=MAX_EVIDENCE, errors=errors, empty=True)
    if len(row["note"]) > MAX_NOTE or has_unseen(_one_line(row["note"])):
        expected = _("at most %d characters, none of them unseen") % MAX_NOTE
        errors.add(row.number, "note", row["note"], expected)


def _may_own(row: Row, known: _Known) -> bool:
    """Whether the owner may be named: found, and within reach or the owner already."""
    owner = row["owner"]
    is_owner = known.kept.get(_key(row.cells), {}).get("owner") == owner
    return owner in known.owners and (known.named is None or owner in known.named or is_owner)


def _check_place(row: Row, known: _Known, errors: Errors) -> None:
    cycle = row["cycle"]
    if row["unit"] not in known.units[cycle]:
        errors.add(row.number, "unit", row["unit"], _("the code of a unit of cycle %s") % cycle)
    if row["key_component"] not in known.components[cycle]:
        expected = _("the code of a key component of framework %s") % known.cycles[cycle].framework
        errors.add(row.number, "key_component", row["key_component"], expected)


def _one_line(note: str) -> str:
    return note.replace("\r", " ").replace("\n", " ")


def _date(value: str) -> date | None:
    """Return the date written as YYYY-MM-DD, None for anything else."""
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return None
    return found if found.isoformat() == value else None


def _kept(known: _Known) -> dict[str, Cells]:
    """Return the entries there are in the cycles of the file, as they would stand in it."""
    entries = ChecklistEntry.objects.filter(cycle__in=known.cycles.values())
    found = entries.values_list(
        "cycle__code", "unit__code", "key_component", "state", "owner__person_id", "due", "evidence", "note"
    )
    rows = (dict(zip(COLUMNS, (_cell(value) for value in row), strict=True)) for row in found)
    return {_key(cells): cells for cells in rows}


def _cell(value: str | date | None) -> str:
    return value.isoformat() if isinstance(value, date) else value or ""


def _write(wanted: Iterable[Cells], known: _Known, by: int | None) -> None:
    by_cycle: defaultdict[str, dict[tuple[int, str], Values]] = defaultdict(dict)
    for cells in wanted:
        place = (known.units[cells["cycle"]][cells["unit"]], cells["key_component"])
        by_cycle[cells["cycle"]][place] = _values(cells, known)
    for code, values in by_cycle.items():
        store(known.cycles[code], values, by=by)


def _values(cells: Cells, known: _Known) -> Values:
    owner = known.owners.get(cells["owner"])
    return Values(cells["state"], owner, _date(cells["due"]), cells["evidence"], cells["note"])
