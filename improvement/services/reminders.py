"""Reminders of actions: a week before they are due, and once a week while they are overdue; one mail a person."""

from datetime import date, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cfm.lib import jobs
from cfm.lib.jobs import Claim, LeaseLostError
from improvement.models import Action
from improvement.services import mails
from organisation.models import Person

REMIND: Final = "action.remind"
WEEK: Final = timedelta(days=7)


def to_remind(today: date) -> QuerySet[Action]:
    """Return the open actions of which their owners are to be reminded today."""
    never_soon = Q(reminded_on=None) | Q(reminded_on__lt=F("due_on") - WEEK)
    soon = never_soon & Q(due_on__gte=today, due_on__lte=today + WEEK)
    late = Q(due_on__lt=today) & (
        Q(reminded_on=None) | Q(reminded_on__lte=F("due_on")) | Q(reminded_on__lte=today - WEEK)
    )
    rows: QuerySet[Action] = Action.objects.open().filter(soon | late)
    return rows.filter(owner__is_active=True, owner__email__isnull=False)


def due() -> int:
    """Ask for the reminders of today; returns how many. Two queries, for any number of people."""
    people = to_remind(timezone.localdate()).order_by().values_list("owner_id", flat=True).distinct()
    busy = jobs.resting(REMIND)
    work = [(str(pk), {"person": pk}) for pk in people if str(pk) not in busy]
    if not work:
        return 0
    with transaction.atomic():
        return jobs.enqueue_many(REMIND, work=work)


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
    when = _("due {day}").format(day=date_format(action.due_on, "j F Y"))
    link = f"{settings.PUBLIC_URL}{reverse('action', args=[action.code])}"
    return f"{action.title} ({action.unit.name}), {when}\n{link}"
