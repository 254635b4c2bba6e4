"""Keeping checklists: the state of each key component in a unit, by name, until the cycle is published."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import ChecklistEntry, Cycle, CycleUnit, EntryEvent
from assessments.services.cycles import locked
from assessments.services.errors import ServiceError
from cfm.lib import audit

EDITABLE: Final = frozenset({Cycle.State.OPEN, Cycle.State.CLOSED, Cycle.State.SCORED})
MAX_EVIDENCE: Final = 500  # characters
MAX_NOTE: Final = 2000
VERDICT_FIELDS: Final = ("verdict", "verdict_note", "verdict_by", "verdict_at")
_BATCH: Final = 500


class ChecklistClosedError(ServiceError):
    """The cycle is not opened yet, or published already."""


@dataclass(frozen=True)
class Values:
    """What is said of one key component in one unit; owner: a person's id."""

    state: str
    owner: int | None = None
    due: date | None = None
    evidence: str = ""
    note: str = ""


def values_of(entry: ChecklistEntry) -> Values:
    """Return what an entry says."""
    return Values(entry.state, entry.owner_id, entry.due, entry.evidence, entry.note)


def set_entry(
    *,
    cycle: Cycle,
    unit: CycleUnit,
    key_component: str,
    state: str,
    owner: int | None = None,
    due: date | None = None,
    evidence: str = "",
    note: str = "",
    by: int | None = None,
) -> bool:
    """Say how far a key component is in place in a unit; returns whether that changed anything.

    state: one of ChecklistEntry.State; owner: a person's id; evidence: up to 500 characters; note: up to 2,000;
    by: a person's id, None for the server's shell. Raises as `set_entries` does.
    """
    values = Values(state, owner, due, evidence, note)
    return set_entries(cycle=cycle, unit=unit, values={key_component: values}, by=by) > 0


@transaction.atomic
def set_entries(*, cycle: Cycle, unit: CycleUnit, values: Mapping[str, Values], by: int | None = None) -> int:
    """Say how far several key components are in place in a unit; returns how many entries changed.

    values: code of the key component → what is said of it. Raises ChecklistClosedError unless the cycle is opened
    and not yet published, ValueError for a unit, component or state that is not of this cycle, text too long, or
    "not applicable here" without a note that says why.
    """
    cycle = locked(cycle.pk)
    require_editable(cycle)
    _check(cycle, unit, values)
    changed = store(cycle, {(unit.pk, code): said for code, said in values.items()}, by=by)
    if changed:
        audit.record("checklist.set", f"{cycle.code}/{unit.code}"[:120], by=by, entries=changed)
    return changed


def require_editable(cycle: Cycle) -> None:
    """Raise ChecklistClosedError unless the cycle is opened and not yet published."""
    if cycle.state not in EDITABLE:
        message = _("Cycle %(code)s is %(state)s: checklists change from its opening until it is published.")
        raise ChecklistClosedError(message % {"code": cycle.code, "state": cycle.get_state_display()})


def _check(cycle: Cycle, unit: CycleUnit, values: Mapping[str, Values]) -> None:
    if unit.cycle_id != cycle.pk:
        raise ValueError(
            _("unit %(unit)s is not of cycle %(cycle)s") % {"unit": unit.code, "cycle": cycle.code}
        )
    known = cycle.framework.instrument.key_components_by_code
    for code, said in values.items():
        if code not in known:
            raise ValueError(_("there is no key component “%s”") % code)
        if said.state not in ChecklistEntry.State.values:
            raise ValueError(_("there is no state “%s”") % said.state)
        if len(said.evidence) > MAX_EVIDENCE or len(said.note) > MAX_NOTE:
            raise ValueError(_("the evidence or note of %s is too long") % code)
        if lacks_reason(said.state, said.note):
            raise ValueError(_("%s is not applicable here: the note must say why") % code)


def lacks_reason(state: str, note: str) -> bool:
    """Whether something is said to be not applicable without saying why (files from elsewhere may do so)."""
    return state == ChecklistEntry.State.NOT_APPLICABLE and not note.strip()


def store(cycle: Cycle, values: Mapping[tuple[int, str], Values], *, by: int | None, note: str = "") -> int:
    """Write what differs and its history, raise the cycle's evidence version by that number, and return it.

    values: (id of the CycleUnit, code of the key component) → what is said, checked by the caller, which also
    holds the cycle's row. note: what the history says of new states, for example where they were copied from.
    A verdict is taken back where state or evidence change: it was of what stood there before.
    """
    kept = {
        (entry.unit_id, entry.key_component): entry
        for entry in ChecklistEntry.objects.filter(cycle=cycle, unit__in={unit for unit, _code in values})
    }
    different = {key: said for key, said in values.items() if key not in kept or values_of(kept[key]) != said}
    new = _create(cycle, {key: said for key, said in different.items() if key not in kept})
    moved = [kept[key] for key, said in different.items() if key in kept and kept[key].state != said.state]
    _update({kept[key]: said for key, said in different.items() if key in kept})
    _remember([*new, *moved], by=by, note=note)
    if different:
        version = F("evidence_version") + len(different)
        Cycle.objects.filter(pk=cycle.pk).update(evidence_version=version)
    return len(different)


def _create(cycle: Cycle, values: Mapping[tuple[int, str], Values]) -> list[ChecklistEntry]:
    entries = [
        _said(ChecklistEntry(cycle=cycle, unit_id=unit, key_component=code), said)
        for (unit, code), said in values.items()
    ]
    return ChecklistEntry.objects.bulk_create(entries, batch_size=_BATCH)


def _remember(entries: Iterable[ChecklistEntry], *, by: int | None, note: str) -> None:
    """Write down that these entries reached their states now."""
    now = timezone.now()
    events = [
        EntryEvent(entry=entry, kind=EntryEvent.Kind.STATE, value=entry.state, note=note, by_id=by, at=now)
        for entry in entries
    ]
    EntryEvent.objects.bulk_create(events, batch_size=_BATCH)


def _update(values: Mapping[ChecklistEntry, Values]) -> None:
    fields = ["state", "owner", "due", "evidence", "note", "changed_at", *VERDICT_FIELDS]
    for entry, said in values.items():
        if (entry.state, entry.evidence) != (said.state, said.evidence):
            take_back_verdict(entry)
    entries = [_said(entry, said) for entry, said in values.items()]
    ChecklistEntry.objects.bulk_update(entries, fields, batch_size=_BATCH)


def _said(entry: ChecklistEntry, said: Values) -> ChecklistEntry:
    entry.state, entry.owner_id, entry.due = said.state, said.owner, said.due
    entry.evidence, entry.note = said.evidence, said.note
    entry.changed_at = timezone.now()  # bulk_update sets no automatic dates
    return entry


def take_back_verdict(entry: ChecklistEntry) -> None:
    """Forget the verdict, which was of something else; the history keeps it. The caller saves VERDICT_FIELDS."""
    entry.verdict = entry.verdict_note = ""
    entry.verdict_by = entry.verdict_at = None
