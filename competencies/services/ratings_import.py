"""ratings.csv: ratings made elsewhere, into any cycle that was opened; all or nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import Cycle
from cfm.lib import audit
from cfm.lib.csv_import import Errors, Row, has_unseen, index, read_rows
from cfm.lib.import_plan import Change, Plan, make_plan
from competencies.levels import LEVELS
from competencies.models import Competency, Rater, Rating, RatingChange, Sheet
from competencies.services.packing import pack
from competencies.services.ratings import MAX_TEXT, day_of
from organisation.models import Person

COLUMNS: Final = ("person_id", "competency", "rater", "level", "assessed_on", "cycle", "note")
KEY: Final = ("cycle", "person_id", "competency", "rater")
NEVER_OPENED: Final = (Cycle.State.DRAFT, Cycle.State.CANCELLED)
_BATCH: Final = 1000

Cells = dict[str, str]
Key = tuple[str, ...]


@dataclass
class _Known:
    """What the rows of a file may refer to."""

    people: Mapping[str, tuple[int, int | None]]  # person_id → id, id of the line manager
    competencies: Mapping[str, int]
    cycles: Mapping[str, Cycle]
    signed: frozenset[tuple[str, str]]  # (cycle, person_id) of sheets that are signed off


@transaction.atomic
def import_ratings(data: bytes, *, file: str, by: int | None = None, dry_run: bool = False) -> Plan:
    """Create and update ratings, which count at once; those not in the file stay as they are.

    data: the file's content; file: its name in messages; by: a person's id (None: the server's shell).
    Returns what was done, or with `dry_run` would be. Raises InvalidFileError with every mistake; then nothing is
    changed.
    """
    errors = Errors(file)
    rows = index(read_rows(data, errors=errors, required=COLUMNS), KEY, errors=errors)
    known = _known(rows.values())
    for row in rows.values():
        _check(row, known, errors)
    errors.raise_if_any()
    kept = _kept(known.cycles.values())
    wanted = {"/".join(key): _cells(row) for key, row in rows.items()}
    plan = make_plan(_("rating"), known=kept, wanted=wanted)
    keys = {"/".join(key): key for key in rows}
    _refuse_signed(plan, keys, rows, known, errors)
    if not dry_run and plan.changes:
        _write(plan.changes, keys, wanted, kept, known, by)
        audit.record("rating.import", "ratings", by=by, created=plan.created, changed=plan.changed)
    return plan


def _cells(row: Row) -> Cells:
    return {"level": row["level"], "assessed_on": row["assessed_on"], "note": row["note"]}


def _known(rows: Iterable[Row]) -> _Known:
    """Read what the file refers to, with as many queries for a row as for a thousand."""
    rows = list(rows)
    found = Cycle.objects.filter(code__in={row["cycle"] for row in rows}).exclude(state__in=NEVER_OPENED)
    cycles = {cycle.code: cycle for cycle in found}
    people = Person.objects.order_by().values_list("person_id", "pk", "manager_id")
    signed = Sheet.objects.filter(cycle__in=cycles.values(), signed_off_at__isnull=False)
    return _Known(
        people={code: (pk, manager) for code, pk, manager in people},
        competencies=dict(Competency.objects.order_by().values_list("code", "pk")),
        cycles=cycles,
        signed=frozenset(signed.values_list("cycle__code", "person__person_id")),
    )


def _check(row: Row, known: _Known, errors: Errors) -> None:
    for column, there, expected in (
        ("person_id", known.people, _("the person_id of somebody in the database")),
        ("competency", known.competencies, _("the code of a competency in the library")),
        ("cycle", known.cycles, _("the code of a cycle that was opened")),
        ("rater", Rater.values, _("one of %s") % ", ".join(Rater.values)),
        ("level", {str(level) for level in LEVELS}, _("a level from 1 to 5")),
    ):
        if row[column] not in there:
            errors.add(row.number, column, row[column], expected)
    if day_of(row["assessed_on"]) is None:
        errors.add(row.number, "assessed_on", row["assessed_on"], _("a date such as 2026-03-31"))
    note = row["note"].replace("\r", " ").replace("\n", " ")
    if len(note) > MAX_TEXT or has_unseen(note):
        errors.add(
            row.number, "note", row["note"], _("at most %d characters, none of them unseen") % MAX_TEXT
        )


def _kept(cycles: Iterable[Cycle]) -> dict[str, Cells]:
    """Return the ratings of these cycles as they would stand in a file."""
    columns = ("sheet__cycle__code", "sheet__person__person_id", "competency__code", "rater")
    rows = Rating.objects.filter(sheet__cycle__in=list(cycles)).values_list(
        *columns, "level", "assessed_on", "note"
    )
    return {
        "/".join(key): {"level": str(level), "assessed_on": day.isoformat(), "note": note}
        for *key, level, day, note in rows.iterator(chunk_size=5000)
    }


def _refuse_signed(
    plan: Plan, keys: Mapping[str, Key], rows: Mapping[Key, Row], known: _Known, errors: Errors
) -> None:
    """Refuse changes to sheets that are signed off; saying the same again is no change."""
    for change in plan.changes:
        key = keys[change.key]
        if key[:2] in known.signed:
            expected = _("somebody whose sheet in this cycle is not signed off")
            errors.add(rows[key].number, "person_id", key[1], expected)
    errors.raise_if_any()


def _write(
    changes: Iterable[Change],
    keys: Mapping[str, Key],
    wanted: Mapping[str, Cells],
    kept: Mapping[str, Cells],
    known: _Known,
    by: int | None,
) -> None:
    changes = list(changes)
    sheets = _sheets({keys[change.key][:2] for change in changes}, known)
    Rating.objects.bulk_create(
        (_rating(keys[change.key], wanted[change.key], sheets, known) for change in changes),
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["sheet", "competency", "rater"],
        update_fields=["level", "assessed_on", "note"],
    )
    RatingChange.objects.bulk_create(
        _history(changes, keys, wanted, kept, sheets, known, by), batch_size=_BATCH
    )
    _hand_in({(keys[change.key][:2], keys[change.key][3]) for change in changes}, sheets)


def _sheets(places: set[Key], known: _Known) -> dict[Key, Sheet]:
    """Return the sheets by (cycle, person_id); new ones are made with the line manager of today as rater."""
    cycles = {place[0] for place in places}
    found = Sheet.objects.filter(cycle__code__in=cycles).select_related("cycle", "person")
    sheets: dict[Key, Sheet] = {(one.cycle.code, one.person.person_id): one for one in found}
    new = sorted(place for place in places if place not in sheets)
    rows = [
        Sheet(cycle=known.cycles[code], person_id=known.people[who][0], rater_id=known.people[who][1])
        for code, who in new
    ]
    sheets |= zip(new, Sheet.objects.bulk_create(rows, batch_size=_BATCH), strict=True)
    return {place: sheets[place] for place in places}


def _rating(key: Key, cells: Cells, sheets: Mapping[Key, Sheet], known: _Known) -> Rating:
    return Rating(
        sheet=sheets[key[:2]],
        competency_id=known.competencies[key[2]],
        rater=key[3],
        level=int(cells["level"]),
        assessed_on=date.fromisoformat(cells["assessed_on"]),
        note=cells["note"],
    )


def _history(
    changes: Iterable[Change],
    keys: Mapping[str, Key],
    wanted: Mapping[str, Cells],
    kept: Mapping[str, Cells],
    sheets: Mapping[Key, Sheet],
    known: _Known,
    by: int | None,
) -> Iterator[RatingChange]:
    for change in changes:
        key, old, new = keys[change.key], kept.get(change.key), wanted[change.key]
        yield RatingChange(
            sheet=sheets[key[:2]],
            competency_id=known.competencies[key[2]],
            rater=key[3],
            what=RatingChange.What.IMPORTED,
            old_level=int(old["level"]) if old else None,
            new_level=int(new["level"]),
            old_note=old["note"] if old else "",
            new_note=new["note"],
            by_id=by,
        )


def _hand_in(sides: Iterable[tuple[Key, str]], sheets: Mapping[Key, Sheet]) -> None:
    """Imported ratings count: their sides are in. Drafts of the same side count with them."""
    now = timezone.now()
    for place, rater in sides:
        if not sheets[place].is_in(rater):
            setattr(sheets[place], f"{rater}_in", now)
    Sheet.objects.bulk_update(sheets.values(), ["self_in", "manager_in"], batch_size=500)
    pack(sheets.values())
