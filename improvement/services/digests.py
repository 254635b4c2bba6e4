"""The monthly digest of recognition: one job a person and month, asked for once, mailed once."""

from datetime import date, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cfm.lib import jobs
from cfm.lib.jobs import Claim, LeaseLostError
from improvement.models import DigestRound, DigestSent, Recognition
from improvement.queries import recognition as queries
from improvement.services import mails
from organisation.models import Person

DIGEST: Final = "recognition.digest"
MOST_LINES: Final = 10


def last_month(today: date) -> date:
    """Return the first day of the month before.

    >>> last_month(date(2026, 1, 31))
    datetime.date(2025, 12, 1)
    """
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def due() -> int:
    """Ask for last month's digests, once; returns how many. One query when they were asked for."""
    month = last_month(timezone.localdate())
    if DigestRound.objects.filter(month=month).exists():
        return 0
    with transaction.atomic():
        _round, is_new = DigestRound.objects.get_or_create(month=month)
        if not is_new or not queries.of_month(month).exists():
            return 0
        work = [
            (f"{month.isoformat()}:{pk}", {"month": month.isoformat(), "person": pk})
            for pk in readers().values_list("pk", flat=True)
        ]
        return jobs.enqueue_many(DIGEST, work=work)


def readers() -> "queries.People":
    """Return the active people with an address who did not decline."""
    return Person.objects.active().filter(email__isnull=False, digest_declined=None)


def send(*, claim: Claim) -> None:
    """Mail one person what was given in their part of the organisation that month; nothing if there was nothing."""
    month = date.fromisoformat(claim.arguments["month"])
    person = readers().filter(pk=claim.arguments["person"]).select_related("unit").first()
    if person is None or DigestSent.objects.filter(month=month, person=person).exists():
        return
    rows = queries.digest_rows(month, person, most=MOST_LINES)
    if not rows:
        return
    if not claim.renew():
        raise LeaseLostError(str(claim.job.pk))
    with translation.override(mails.language_of(person)):
        _mail(month, person, rows)
    with claim.finishing():
        DigestSent.objects.get_or_create(month=month, person=person)


def _mail(month: date, person: Person, rows: list[Recognition]) -> None:
    told = date_format(month, "F Y")
    wall = f"{settings.PUBLIC_URL}{reverse('recognition')}"
    parts = [
        _("Thanks and awards of {month} in your part of the organisation, the newest first:").format(
            month=told
        ),
        *map(_line, rows),
        _("All of it, and your own thanks to somebody: {link}").format(link=wall),
        _("You can stop this mail on that page."),
    ]
    subject = _("Recognition in {month}").format(month=told)
    mails.send(to=person, subject=subject, parts=parts, key=f"recognition.{month:%Y-%m}.{person.pk}")


def _line(row: Recognition) -> str:
    what = row.award or _("Thanks")
    giver = row.giver.name if row.giver else _("a colleague no longer here")
    lines = [_("{what} for {to}, from {giver}").format(what=what, to=row.to, giver=giver), row.deed]
    if row.whats_next:
        lines.append(_("What’s next: {next}").format(next=row.whats_next))
    return "\n".join(lines)
