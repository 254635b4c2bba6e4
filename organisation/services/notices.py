"""Mails that are no invitations: sent at once, once a week as one mail, or not at all, as each person chose."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cfm.lib import audit, jobs
from cfm.lib.jobs import Claim, JobError, LeaseLostError
from organisation.models import MailChoice, Notice, Person
from organisation.models.notices import MAX_SUBJECT

DIGEST: Final = "notice.digest"
WEEK: Final = timedelta(days=7)
How = MailChoice.How


def language_of(person: Person) -> str:
    """Return the person's language as Django names it, else the usual one."""
    try:
        return translation.get_supported_language_variant(person.language or settings.LANGUAGE_CODE)
    except LookupError:
        return settings.LANGUAGE_CODE


def choice_of(person: Person) -> str:
    """Return how the person wants such mails. One query."""
    found = MailChoice.objects.filter(person=person.pk).values_list("how", flat=True).first()
    return found or How.NOW


@transaction.atomic
def choose(*, person: Person, how: str) -> None:
    """Keep how the person wants such mails; "not at all" also drops what waits. Raises ValidationError."""
    row = MailChoice.objects.filter(person=person.pk).first() or MailChoice(person=person)
    if row.how != how or row.digest_on is None:
        row.digest_on = timezone.localdate()
    row.how = how
    row.full_clean(validate_unique=False)
    row.save()
    if how == How.OFF:
        Notice.objects.filter(person=person.pk).delete()
    audit.record("person.mails", f"person/{person.pk}", by=person.pk, how=how)


def tell(*, to: Person, subject: str, parts: Sequence[str], key: str) -> None:
    """Send a plain mail in the way the person chose. key: the same for the same mail, so that it is sent once.

    Raises JobError when the server does not take it.
    """
    how = choice_of(to)
    if how == How.NOW:
        _send(to=to, subject=subject, parts=parts, key=key)
    elif how == How.WEEKLY:
        row = {"subject": " ".join(subject.split())[:MAX_SUBJECT], "body": "\n\n".join(parts)}
        Notice.objects.get_or_create(person=to, key=key[:120], defaults=row)


def _send(*, to: Person, subject: str, parts: Sequence[str], key: str) -> None:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    message = EmailMessage(
        subject=" ".join(subject.split()),
        body="\n\n".join(parts) + "\n",
        to=[str(to.email)],
        headers={
            "Message-ID": f"<{key}@{domain}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    try:
        message.send()
    except OSError as error:
        raise JobError(_("The mail server did not take the mail.")) from error


def due() -> int:
    """Ask for a weekly mail to everybody for whom something waits and whose last one is a week ago, and for what was
    left when somebody chose mails at once; returns how many. Two queries, for any number of people.
    """
    today = timezone.localdate()
    rows = Notice.objects.exclude(
        person__mail_choice__how=How.WEEKLY, person__mail_choice__digest_on__gt=today - WEEK
    )
    people = rows.order_by().values_list("person_id", flat=True).distinct()
    busy = jobs.resting(DIGEST)
    work = [(str(pk), {"person": pk}) for pk in people if str(pk) not in busy]
    if not work:
        return 0
    with transaction.atomic():
        return jobs.enqueue_many(DIGEST, work=work)


def send_digest(*, claim: Claim) -> None:
    """Send one person everything that waits as one mail; of people without an address or who left nothing waits."""
    waiting = Notice.objects.filter(person=claim.arguments["person"]).order_by("pk")
    person = Person.objects.active().filter(pk=claim.arguments["person"], email__isnull=False).first()
    found = list(waiting)
    if person is not None and found:
        if not claim.renew():
            raise LeaseLostError(str(claim.job.pk))
        with translation.override(language_of(person)):
            _send_all(person, found)
    with claim.finishing():
        Notice.objects.filter(pk__in=[one.pk for one in found]).delete()
        MailChoice.objects.filter(person=claim.arguments["person"]).update(digest_on=timezone.localdate())


def _send_all(person: Person, found: Sequence[Notice]) -> None:
    subject = ngettext("Your week: {n} message", "Your week: {n} messages", len(found)).format(n=len(found))
    link = f"{settings.PUBLIC_URL}{reverse('my_mails')}"
    parts = [f"{one.subject}\n{'-' * len(one.subject)}\n\n{one.body.strip()}" for one in found]
    parts.append(_("How you get these mails: {link}").format(link=link))
    _send(to=person, subject=subject, parts=parts, key=f"week.{found[-1].pk}.{person.pk}")
