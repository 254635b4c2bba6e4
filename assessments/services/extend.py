"""Moving the announced closing time of an open cycle: to later only, and announced to those who are asked."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from assessments.models import Cycle, Extension
from assessments.services.cycles import locked
from assessments.services.errors import TransitionError
from cfm.lib import audit, jobs


@transaction.atomic
def extend(*, cycle: Cycle, closes_at: datetime, by: int | None = None) -> Cycle:
    """Let the cycle close at a later time; the same time again changes nothing.

    Raises TransitionError for an earlier time, for a cycle that is not open or has no announced time, and once that
    time is over or the close has been asked for.
    """
    row = locked(cycle.pk)
    _require_extendable(row)
    was = row.closes_at
    if was is None or closes_at < was:
        raise TransitionError(_("The closing time can only be moved to later: people were told the old one."))
    if closes_at == was:
        return row
    row.closes_at = closes_at
    row.save(update_fields=["closes_at"])
    Extension.objects.create(cycle=row, was=was, until=closes_at)
    audit.record("cycle.extend", row.code, by=by, was=was.isoformat(), until=closes_at.isoformat())
    return row


def _require_extendable(row: Cycle) -> None:
    now: Any = Cycle.objects.annotate(now=Now()).values_list("now", flat=True).get(pk=row.pk)
    if not row.is_open:
        raise TransitionError(_("Only an open cycle can be extended."))
    if row.closes_at is None:
        raise TransitionError(_("This cycle has no announced end: it stays open until somebody closes it."))
    if row.closes_at <= now or jobs.is_live("cycle.close", key=row.code):
        raise TransitionError(_("The cycle is being closed already."))
