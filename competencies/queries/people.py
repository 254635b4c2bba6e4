"""Whom somebody may see by name here: oneself, as a manager one's reports, for HR everyone in scope."""

from django.db.models import Q, QuerySet

from assessments.models import Cycle
from organisation import permissions
from organisation.models import Person


def named(reader: Person, cycle: Cycle | None = None) -> QuerySet[Person]:
    """Return the people whose ratings the reader may see by name.

    cycle: counts those too whom the reader rates in it though they have another line manager by now.
    """
    mine = Q(pk=reader.pk)
    if permissions.can(reader, "rating.rate_team"):
        mine |= Q(manager=reader)
        if cycle is not None:
            mine |= Q(pk__in=reader.sheets_to_rate.filter(cycle=cycle).values("person"))
    if permissions.can(reader, "rating.view_all"):
        mine |= Q(pk__in=Person.objects.visible_to(reader, "rating.view_all"))
    return Person.objects.filter(mine)


def may_hand_over(reader: Person, person: Person, rater: int | None) -> bool:
    """Whether the reader may make today's line manager the rater: both of them may, and HR."""
    if permissions.can(reader, "rating.view_all"):
        visible = Person.objects.visible_to(reader, "rating.view_all")
        if visible.filter(pk=person.pk).exists():
            return True
    return permissions.can(reader, "rating.rate_team") and reader.pk in {rater, person.manager_id}


def coaches(reader: Person, person: Person) -> bool:
    """Whether coaching notes on the person are the reader's business: only the two of them, HR not."""
    leads = permissions.can(reader, "rating.rate_team") and person.manager_id == reader.pk
    return reader.pk == person.pk or leads
