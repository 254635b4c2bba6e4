"""Keeping transformations and how ready units are for them, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import ChecklistEntry, Framework, ReadinessEntry, ReadinessEvent, Transformation
from assessments.queries.readiness import KINDS, components
from assessments.services.checklists import MAX_EVIDENCE, MAX_NOTE, Values, lacks_reason
from assessments.services.errors import ServiceError
from cfm.lib import audit
from organisation import values

RESERVED: Final = frozenset({"new", "import", "readiness"})  # parts of addresses that stand where a code does
MAX_TITLE: Final = 200
MAX_PURPOSE: Final = 2000


class TransformationError(ServiceError):
    """What was asked for can't be kept; the message says why."""


@dataclass(frozen=True)
class Data:
    """What is said of a transformation. unit, owner: ids."""

    title: str
    unit: int
    owner: int | None
    starts: date
    ends: date | None
    state: str
    purpose: str = ""


def data_of(row: Transformation) -> Data:
    """Return what is said of a transformation."""
    return Data(row.title, row.unit_id, row.owner_id, row.starts, row.ends, row.state, row.purpose)


def newest_framework() -> Framework | None:
    """Return the framework whose hazards new transformations use: that of the newest cycle, or the last one loaded."""
    with_hazards = [row for row in Framework.objects.order_by("-loaded_at", "-pk") if _has_hazards(row)]
    in_use = [row for row in with_hazards if row.in_use]
    return next(iter(in_use or with_hazards), None)


def _has_hazards(row: Framework) -> bool:
    return any(component.kind in KINDS for component in row.instrument.key_components)


def is_free_code(code: str) -> bool:
    """Whether this can be the code of a transformation: as of a unit, and no part of our addresses."""
    return values.is_code(code) and code.lower() not in RESERVED


@transaction.atomic
def save_transformation(*, code: str, data: Data, by: int | None, new: bool) -> Transformation:
    """Register a transformation, or change it; the same again changes nothing.

    by: a person's id, None for the server's shell. Raises TransformationError for a code that is taken or can't be
    one, an end before the start, or while no framework has hazards; DoesNotExist for an unknown one that is not new.
    """
    if data.ends and data.ends < data.starts:
        raise TransformationError(_("It can't end before it starts."))
    row = _found(code, new)
    if not new and data_of(row) == data:
        return row
    row.title, row.unit_id, row.owner_id, row.purpose = data.title, data.unit, data.owner, data.purpose
    row.starts, row.ends, row.state = data.starts, data.ends, data.state
    row.save()
    audit.record("change.save", code, by=by)
    return row


def _found(code: str, new: bool) -> Transformation:
    if not new:
        row: Transformation = Transformation.objects.select_for_update(of=("self",)).get(code=code)
        return row
    if not is_free_code(code):
        raise TransformationError(_("“%s” can't be a code: letters and digits, no slash.") % code)
    if Transformation.objects.filter(code=code).exists():
        raise TransformationError(_("There is a transformation with this code already."))
    framework = newest_framework()
    if framework is None:
        raise TransformationError(_("Load a framework with change hazards first."))
    return Transformation(code=code, framework=framework)


@transaction.atomic
def set_readiness(*, transformation: Transformation, said: Mapping[str, Values], by: int | None) -> int:
    """Say how far hazards are averted and resilience is in place; returns how many entries changed.

    said: code of the key component → what is said. Raises ValueError for what is no hazard or point of resilience of
    the framework, an unknown state, text too long, or "not applicable" without a note that says why.
    """
    row = Transformation.objects.select_for_update(of=("self",)).get(pk=transformation.pk)
    check_readiness(row, said)
    changed = store_readiness(row, said, by=by)
    if changed:
        audit.record("change.readiness", row.code, by=by, entries=changed)
    return changed


def check_readiness(row: Transformation, said: Mapping[str, Values]) -> None:
    """Raise ValueError as `set_readiness` does."""
    known = {component.code for component in components(row, *KINDS)}
    for code, one in said.items():
        if code not in known:
            raise ValueError(_("there is no hazard or point of resilience “%s”") % code)
        if one.state not in ChecklistEntry.State.values:
            raise ValueError(_("there is no state “%s”") % one.state)
        if len(one.evidence) > MAX_EVIDENCE or len(one.note) > MAX_NOTE:
            raise ValueError(_("the evidence or note of %s is too long") % code)
        if lacks_reason(one.state, one.note):
            raise ValueError(_("%s is not applicable here: the note must say why") % code)


def store_readiness(row: Transformation, said: Mapping[str, Values], *, by: int | None) -> int:
    """Write what differs and return how much that is; checked by the caller."""
    kept = {entry.key_component: entry for entry in row.entries.all()}
    changed = 0
    for code, one in said.items():
        entry = kept.get(code) or ReadinessEntry(transformation=row, key_component=code)
        if entry.pk and (entry.state, entry.owner_id, entry.due, entry.evidence, entry.note) == (
            *(one.state, one.owner, one.due),
            *(one.evidence, one.note),
        ):
            continue
        new = not entry.pk or (entry.state, entry.evidence, entry.note) != (one.state, one.evidence, one.note)
        entry.state, entry.owner_id, entry.due = one.state, one.owner, one.due
        entry.evidence, entry.note = one.evidence, one.note
        entry.changed_by_id, entry.changed_at = by, timezone.now()
        entry.save()
        if new:
            _remember(entry)
        changed += 1
    return changed


def _remember(entry: ReadinessEntry) -> None:
    """Write down what is said of the point from now on; who sees to it until when is no part of its history."""
    ReadinessEvent.objects.create(
        entry=entry,
        state=entry.state,
        evidence=entry.evidence,
        note=entry.note,
        by_id=entry.changed_by_id,
        at=entry.changed_at,
    )
