"""Reminders of what somebody sees to: a week before its day, and once a week while it is late; one mail a person."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cfm.lib import jobs

WEEK: Final = timedelta(days=7)


def to_remind(rows: QuerySet[Any], today: date) -> QuerySet[Any]:
    """Return those to be reminded of today. rows: what is still to be done, with `due_on` and `reminded_on`."""
    never_soon = Q(reminded_on=None) | Q(reminded_on__lt=F("due_on") - WEEK)
    soon = never_soon & Q(due_on__gte=today, due_on__lte=today + WEEK)
    late = Q(due_on__lt=today) & (
        Q(reminded_on=None) | Q(reminded_on__lte=F("due_on")) | Q(reminded_on__lte=today - WEEK)
    )
    return rows.filter(soon | late)


def ask(kind: str, people: Iterable[int]) -> int:
    """Ask for a mail to each of these people that isn't asked for yet; returns how many."""
    busy = jobs.resting(kind)
    work = [(str(pk), {"person": pk}) for pk in people if str(pk) not in busy]
    if not work:
        return 0
    with transaction.atomic():
        return jobs.enqueue_many(kind, work=work)


def line(title: str, about: str, due_on: date, link: str) -> str:
    """Return what a mail says of one thing: what it is, about whom or what, its day, and where it stands."""
    when = _("due {day}").format(day=date_format(due_on, "j F Y"))
    return f"{title} ({about}), {when}\n{link}"
