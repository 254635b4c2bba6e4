"""Reminders of development plans: a week before a step is due, and once a week while it is late; one mail a person.

They go to whoever of the two, the person or their manager, sees to a step; where nobody is named, to the person.
"""

from datetime import date
from typing import Any, Final

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cfm.lib.jobs import Claim, LeaseLostError
from competencies.models import PlanItem
from organisation.models import Person
from organisation.services import notices, reminding

REMIND: Final = "plan.remind"
LIVE: Final = (PlanItem.State.PLANNED, PlanItem.State.DOING)


def to_remind(today: date) -> QuerySet[Any]:
    """Return the steps of which somebody is to be reminded today; `told` is that person's id."""
    of_the_two = Q(owner=None) | Q(owner=F("person")) | Q(owner=F("person__manager"))
    rows: QuerySet[Any] = PlanItem.objects.filter(of_the_two, state__in=LIVE, person__is_active=True)
    rows = rows.annotate(told=Coalesce(F("owner_id"), F("person_id")))
    return reminding.to_remind(rows, today)


def due() -> int:
    """Ask for the reminders of today; returns how many. Three queries, for any number of people."""
    told = to_remind(timezone.localdate()).order_by().values("told")
    people = Person.objects.active().filter(pk__in=told, email__isnull=False)
    return reminding.ask(REMIND, people.order_by("pk").values_list("pk", flat=True))


def send(*, claim: Claim) -> None:
    """Write to one person which steps of development plans are due or late."""
    today = timezone.localdate()
    person = Person.objects.active().filter(pk=claim.arguments["person"], email__isnull=False).first()
    found = list(to_remind(today).filter(told=person.pk).select_related("person")) if person else []
    if person is None or not found:
        return
    if not claim.renew():
        raise LeaseLostError(str(claim.job.pk))
    with translation.override(notices.language_of(person)):
        _mail(person, found, today)
    with claim.finishing():
        PlanItem.objects.filter(pk__in=[one.pk for one in found]).update(reminded_on=today)


def _mail(person: Person, found: list[PlanItem], today: date) -> None:
    late = sum(one.is_overdue(today) for one in found)
    if late:
        subject = ngettext("{n} step of a plan is late", "{n} steps of plans are late", late).format(n=late)
    else:
        subject = ngettext(
            "{n} step of a plan is due soon", "{n} steps of plans are due soon", len(found)
        ).format(n=len(found))
    parts = [_("You see to these steps of development plans:"), *map(_line, found)]
    parts.append(_("Say how they stand, or talk about another day."))
    notices.tell(to=person, subject=subject, parts=parts, key=f"plans.{today.isoformat()}.{person.pk}")


def _line(item: PlanItem) -> str:
    link = f"{settings.PUBLIC_URL}{reverse('competency_person', args=[item.person.person_id])}"
    return reminding.line(item.action, item.person.name, item.due_on, link)
