"""Mails the board pack to executives after a publication, once a release and person, if somebody switched it on."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from assessments.models import Release
from cfm.lib import audit, jobs
from cfm.lib.jobs import Claim, JobError, LeaseLostError
from organisation import permissions
from organisation.models import MailChoice, Person
from reports import queries
from reports.desk import at_home
from reports.models import PackMailed, PackMailing
from reports.pack import KINDS, gather
from reports.pack.content import Content
from reports.pack.paper import paper

MAIL: Final = "pack.mail"
PAPER: Final = "board-pack.pdf"


def chosen() -> PackMailing:
    """Return what was chosen, or the way it is while nobody chose: off."""
    return PackMailing.objects.first() or PackMailing()


@transaction.atomic
def choose(*, on: bool, days: int, by: Person) -> PackMailing:
    """Switch the mailing on or off. Only what is published from then on is mailed."""
    row, _is_new = PackMailing.objects.select_for_update().get_or_create(pk=1)
    if on != (row.on_since is not None):
        row.on_since = timezone.now() if on else None
    row.days = days
    row.save()
    audit.record("pack.mailing", "pack", by=by.pk, on=on, days=days)
    return row


def due() -> int:
    """Ask for a mail to every executive who is owed one; returns how many. One query while it is off."""
    row = PackMailing.objects.filter(on_since__isnull=False).first()
    if row is None or row.on_since is None:
        return 0
    until = timezone.now() - timedelta(days=row.days)
    work = []
    for cycle in queries.published_cycles():
        if cycle.published_at and row.on_since <= cycle.published_at <= until:
            mailed = PackMailed.objects.filter(release=cycle.release).values("person")
            for person in executives().exclude(pk__in=mailed).values_list("pk", flat=True):
                name = f"{cycle.release}:{person}"
                if jobs.rests(MAIL, key=name):
                    work.append((name, {"release": cycle.release, "person": person}))
    with transaction.atomic():
        return jobs.enqueue_many(MAIL, work=work) if work else 0


def executives() -> "QuerySet[Person]":
    """Return the active executives with an address who want mails."""
    people = Person.objects.active().filter(role_grants__role=permissions.EXECUTIVE, email__isnull=False)
    people = people.exclude(mail_choice__how=MailChoice.How.OFF)
    return people.distinct()


def send(*, claim: Claim) -> None:
    """Mail one executive the pack of the topmost unit they reach, as PDF, with the way to the other files."""
    release = Release.objects.filter(pk=claim.arguments["release"], visible=True).first()
    person = executives().filter(pk=claim.arguments["person"]).first()
    if release is None or person is None:
        return
    cycle = next((one for one in queries.published_cycles() if one.release == release.pk), None)
    if cycle is None:
        return
    top = at_home(queries.tree(cycle), queries.reach(person), None)
    with translation.override(_language(person)):
        content = gather(release, release.cycle.units.get(position=top.position))
        message = _message(content, person, {"cycle": cycle.code, "unit": top.code})
    if not claim.renew():
        raise LeaseLostError(str(claim.job.pk))
    try:
        message.send()
    except OSError as error:
        raise JobError(_("The mail server did not take the mail.")) from error
    with claim.finishing():
        PackMailed.objects.get_or_create(release=release, person=person)


def _language(person: Person) -> str:
    try:
        return translation.get_supported_language_variant(person.language or settings.LANGUAGE_CODE)
    except LookupError:
        return settings.LANGUAGE_CODE


def _message(content: Content, person: Person, query: dict[str, str]) -> EmailMessage:
    link = f"{settings.PUBLIC_URL}{reverse('pack')}?{urlencode(query)}"
    parts = [
        content.headline,
        "\n".join([_("Strengths"), *(f"– {one.title} ({one.number})" for one in content.minute.strengths)]),
        "\n".join(
            [
                _("Priorities"),
                *(f"– {one.title} ({one.number}): {one.why}" for one in content.minute.priorities),
            ]
        ),
        _("The board pack is attached. Slides, workbook and pictures: {link}").format(link=link),
        content.rests_on,
    ]
    message = EmailMessage(
        subject=_("Board pack: {title}, {cycle}").format(title=content.title, cycle=content.cycle),
        body="\n\n".join(parts),
        to=[str(person.email)],
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )
    message.attach(PAPER, paper(content), KINDS[PAPER])
    return message
