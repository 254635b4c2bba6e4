"""Answers end some days after their figures were published; the sums over k people or more stay, and every figure.

`delete` is one transaction, `clean` wipes the files after it and may run again; `request_due` asks for both when a
cycle's days are over, or a wipe was interrupted.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import CountPart, CubePart, Cycle, Response
from assessments.scoring.forget import forget
from assessments.services import scoring
from assessments.services.cycles import State, locked
from assessments.services.errors import ServiceError
from assessments.services.release_checks import check_releases, figures_digest
from cfm.lib import audit, erase, jobs

PUBLISHED = (State.PUBLISHED, State.ARCHIVED)


def deleted_on(cycle: Cycle) -> datetime | None:
    """Return when the answers of a published cycle are to be deleted; None before it is published."""
    return cycle.published_at + timedelta(days=cycle.keep_days) if cycle.published_at else None


def is_deleted(cycle: Cycle) -> bool:
    """Whether the answers are deleted, and the sums merged."""
    return "answers_deleted_at" in cycle.close_certificate


def delete(*, cycle: int, by: int | None = None) -> Cycle:
    """Delete the answers of a published cycle and merge what is left of small groups; once they are, nothing changes.

    All releases are checked a last time before that: afterwards nobody can count anew. Raises ServiceError for a cycle
    that is not published, or whose releases do not pass.
    """
    row = Cycle.objects.select_related("framework").get(pk=cycle)
    if row.state not in PUBLISHED:
        raise ServiceError(
            _("Cycle {code} is {state}: its answers are needed until it is published.").format(
                code=row.code, state=row.get_state_display()
            )
        )
    if not is_deleted(row):
        failed = [check.name for check in check_releases(row) if not check.passed]
        if failed:
            raise ServiceError(
                _("The answers of {code} are kept, since a check fails: {checks}.").format(
                    code=row.code, checks="; ".join(failed)
                )
            )
        row = _deleted(row, by)
    return row


def clean(*, cycle: int) -> None:
    """Wipe what deleted answers left in the database's files; may run again. Raises ServiceError while it can't."""
    row = Cycle.objects.get(pk=cycle)
    if not is_deleted(row) or row.close_certificate.get("answers_wiped"):
        return
    try:
        wiped = erase.wipe(Response, CubePart, CountPart)
    except erase.BusyError as error:
        raise ServiceError(
            _("The answers are deleted, but the files could not be wiped yet: {why}.").format(why=error)
        ) from error
    with transaction.atomic():
        row = locked(cycle)
        row.close_certificate |= {"answers_wiped": wiped}
        row.save(update_fields=["close_certificate"])


def request_due() -> int:
    """Ask for the deletion of answers whose days are over, and for wipes that were interrupted; returns how many.

    A deletion that failed is left for an hour, so that its message is read before it is tried again.
    """
    rows = Cycle.objects.annotate(now=Now()).filter(state__in=PUBLISHED)
    asked = 0
    cycle: Any
    for cycle in rows.only("code", "published_at", "keep_days", "close_certificate"):
        if not is_due(cycle, now=cycle.now) or not jobs.rests("answers.delete", key=cycle.code):
            continue
        with transaction.atomic():
            jobs.enqueue("answers.delete", key=cycle.code, cycle=cycle.pk)
        asked += 1
    return asked


def is_due(cycle: Cycle, *, now: datetime) -> bool:
    """Whether something of the deletion is to be done at this time."""
    if is_deleted(cycle):
        return not cycle.close_certificate.get("answers_wiped")
    end = deleted_on(cycle)
    return end is not None and now >= end


@transaction.atomic
def _deleted(cycle: Cycle, by: int | None) -> Cycle:
    row = locked(cycle.pk)
    if is_deleted(row):
        return row
    parents = cycle.units.order_by("position").values_list("parent_position", flat=True)
    data = forget(scoring.stored_cube(cycle), np.array(parents), cycle.k).to_bytes()
    CubePart.objects.filter(cycle=row).delete()
    CubePart.objects.create(cycle=row, number=0, data=data)
    CountPart.objects.filter(cycle=row).delete()
    deleted, _rows = Response.objects.filter(cycle=row).delete()
    facts: dict[str, Any] = {
        "answers_deleted_at": timezone.now().isoformat(timespec="minutes"),
        "answers_deleted": deleted,
        "sums_kept": hashlib.sha256(data).hexdigest(),
        "figures_kept": figures_digest(row),
    }
    row.close_certificate |= facts
    row.save(update_fields=["close_certificate"])
    audit.record("cycle.delete_answers", row.code, by=by, answers=deleted)
    return row
