"""One mail a day at most to whom ideas wait for; asked for once a day, and never about one idea alone.

A job for each idea would hold the time at which it came: so jobs name a day and an owner, and are asked for once a day.
"""

from datetime import date
from typing import Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cfm.lib import jobs
from cfm.lib.jobs import Claim, LeaseLostError
from improvement.models import Idea, IdeaMailDay, IdeaMailed
from improvement.rules import ideas as rules
from improvement.services import mails
from organisation.models import Person

REMIND: Final = "idea.remind"


def due() -> int:
    """Ask for today's mails, once; returns how many. One query when they were asked for."""
    today = timezone.localdate()
    if IdeaMailDay.objects.filter(on=today).exists():
        return 0
    with transaction.atomic():
        _day, is_new = IdeaMailDay.objects.get_or_create(on=today)
        if not is_new:
            return 0
        work = [
            (f"{today.isoformat()}:{owner}", {"day": today.isoformat(), "owner": owner})
            for owner in owners_to_remind(today)
        ]
        return jobs.enqueue_many(REMIND, work=work) if work else 0


def owners_to_remind(today: date) -> list[int]:
    """Return the ids of those who are to be written to today."""
    last = dict(IdeaMailed.objects.values_list("owner", "on"))
    waiting = Idea.objects.unanswered().filter(owner__is_active=True, owner__email__isnull=False)
    rows = waiting.values_list("owner", "submitted_on", "promised_by")
    return sorted(
        {
            owner
            for owner, submitted, promised in rows
            if rules.reminds(submitted, promised, after=last.get(owner), today=today)
        }
    )


def send(*, claim: Claim) -> None:
    """Write to one owner what waits for an answer; nothing if all is answered by now."""
    today = date.fromisoformat(claim.arguments["day"])
    owner = Person.objects.active().filter(pk=claim.arguments["owner"], email__isnull=False).first()
    if owner is None or IdeaMailed.objects.filter(owner=owner, on__gte=today).exists():
        return
    rows = list(Idea.objects.unanswered().filter(owner=owner).order_by("promised_by", "id"))
    if not rows:
        return
    if not claim.renew():
        raise LeaseLostError(str(claim.job.pk))
    with translation.override(mails.language_of(owner)):
        _mail(owner, rows, today)
    with claim.finishing():
        IdeaMailed.objects.update_or_create(owner=owner, defaults={"on": today})


def _mail(owner: Person, rows: list[Idea], today: date) -> None:
    subject = ngettext("%d idea waits for your answer", "%d ideas wait for your answer", len(rows)) % len(
        rows
    )
    link = f"{settings.PUBLIC_URL}{reverse('ideas')}?look=mine"
    parts = [
        subject + ".",
        "\n".join(_line(row, today) for row in rows),
        _("An answer can be short: thank you, and what becomes of it. {link}").format(link=link),
    ]
    mails.send(to=owner, subject=subject, parts=parts, key=f"ideas.{today.isoformat()}.{owner.pk}")


def _line(row: Idea, today: date) -> str:
    day = date_format(row.promised_by, "j F Y")
    if row.is_late(today):
        return _("– {title}: the answer was promised by {day}").format(title=row.title, day=day)
    return _("– {title}: promised by {day}").format(title=row.title, day=day)
