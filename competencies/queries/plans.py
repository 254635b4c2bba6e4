"""Development plans as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from competencies.models import CoachingNote, Competency, PlanItem, Resource
from organisation.models import Person

SOON: Final = timedelta(days=14)
LIVE: Final = (PlanItem.State.PLANNED, PlanItem.State.DOING)


def steps(person: Person) -> QuerySet[PlanItem]:
    """Return the steps of one person's plan."""
    found: QuerySet[PlanItem] = PlanItem.objects.filter(person=person)
    return found.select_related("competency", "resource", "owner")


def notes(person: Person) -> QuerySet[CoachingNote]:
    """Return the coaching notes of one person, the newest first."""
    found: QuerySet[CoachingNote] = CoachingNote.objects.filter(person=person)
    return found.select_related("author")


@dataclass(frozen=True)
class Reminder:
    """A live step that is due within two weeks, or should be done by now."""

    item: PlanItem
    overdue: bool


def reminders(reader: Person, today: date | None = None) -> list[Reminder]:
    """Return the steps that the reader sees to or that are the reader's own, and that are due. One query."""
    now = today or timezone.localdate()
    items = PlanItem.objects.visible_to(reader).filter(
        Q(owner=reader) | Q(person=reader) | Q(person__manager=reader)
    )
    due = items.filter(state__in=LIVE, due_on__lte=now + SOON).select_related("person", "competency")
    return [Reminder(item, item.is_overdue(now)) for item in due.distinct()]


def offers(competencies: Sequence[Competency]) -> dict[int, list[Resource]]:
    """Return the resources in use by the id of the competency they serve. One query."""
    found: dict[int, list[Resource]] = {one.pk: [] for one in competencies}
    links = Resource.competencies.through.objects.filter(
        competency__in=found, resource__retired=False
    ).select_related("resource")
    for link in links.order_by("resource__title"):
        found[link.competency_id].append(link.resource)
    return found
