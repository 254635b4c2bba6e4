"""Writes down once a day how many have answered, so that no change between two looks points at a person."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from assessments.models import Cycle, TurnoutSnapshot
from assessments.queries.turnout import measure


def refresh() -> int:
    """Take today's turnout of the open cycles that have none yet; returns how many were taken."""
    today = timezone.localdate()
    due = Cycle.objects.filter(state=Cycle.State.OPEN).exclude(turnout_snapshot__day__gte=today)
    return sum(_take(cycle, day=today) for cycle in due.only("pk"))


def _take(cycle: Cycle, *, day: date) -> bool:
    """Write the day's figures unless another worker has; two at a time leave one row."""
    with transaction.atomic():
        row, is_new = TurnoutSnapshot.objects.get_or_create(
            cycle=cycle, defaults={"day": day, "figures": measure(cycle)}
        )
        if is_new or row.day >= day:
            return is_new
        older = TurnoutSnapshot.objects.filter(pk=row.pk, day__lt=day)
        return bool(older.update(day=day, figures=measure(cycle)))
