"""Reminders of actions: a week before they are due, and once a week while they are overdue; one mail a person."""

from datetime import date
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cfm.lib.jobs import Claim, LeaseLostError
from improvement.models import Action
from improvement.services import mails
from organisation.models import Person
from organisation.services import reminding

REMIND: Final = "action.remind"


def to_remind(today: date) -> QuerySet[Action]:
    """Return the open actions of which their owners are to be reminded today."""
    rows = Action.objects.open().filter(owner__is_active=True, owner__email__isnull=False)
    return reminding.to_remind(rows, today)


def due() -> int:
    """Ask for the reminders of today; returns how many. Two queries, for any number of people."""
    people = to_remind(timezone.localdate()).order_by().values_list("owner_id", flat=True).distinct()
    return reminding.ask(REMIND, people)


def send(*, claim: Claim) -> None:
    """Write to one person which of their actions are due or overdue."""
    today = timezone.localdate()
    person = Person.objects.active().filter(pk=claim.arguments["person"]).first()
    found = list(to_remind(today).filter(owner=person).select_related("unit")) if person else []
    if person is None or not found:
        return
    if not claim.renew():
        raise LeaseLostError(str(claim.job.pk))
    with translation.override(mails.language_of(person)):
        _mail(person, found, today)
    with claim.finishing():
        Action.objects.filter(pk__in=[one.pk for one in found]).update(reminded_on=today)


def _mail(person: Person, found: list[Action], today: date) -> None:
    late = sum(one.is_late(today) for one in found)
    if late:
        subject = ngettext("{n} action is overdue", "{n} actions are overdue", late).format(n=late)
    else:
        subject = ngettext("{n} action is due soon", "{n} actions are due soon", len(found)).format(
            n=len(found)
        )
    parts = [_("You see to these actions:"), *map(_line, found)]
    parts.append(_("Say how they stand, or end them with a word about what came of it."))
    mails.send(to=person, subject=subject, parts=parts, key=f"actions.{today.isoformat()}.{person.pk}")


def _line(action: Action) -> str:
    link = f"{settings.PUBLIC_URL}{reverse('action', args=[action.code])}"
    return reminding.line(action.title, action.unit.name, action.due_on, link)
