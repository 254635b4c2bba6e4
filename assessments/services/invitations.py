"""Rounds of mail: the invitation and the reminders, one job a person, and no trace of who had answered.

A round queues a job for everybody with an address, in random order. Each job decides when it runs. Whatever it
decides, it leaves a new link, goes to the mail server as far as the address (services/postbox.py), and deletes its
own row; what can fail before that fails for those who have answered as for the others (docs/adr/0005-mail.md).
"""

import secrets
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from assessments.models import Cycle, Invitation, MailRound
from assessments.queries import mailing
from assessments.queries.mailing import JOB_KIND
from assessments.services import extras, links, postbox, texts
from assessments.services.cycles import locked
from assessments.services.errors import TransitionError
from assessments.services.postbox import MailServerError
from cfm.lib import audit, jobs
from cfm.lib.jobs import Claim, JobError, LeaseLostError
from cfm.lib.models import Job

Kind = MailRound.Kind
State = Job.State
MOST_FAILED_A_GO: Final = 10_000


@transaction.atomic
def request_invitations(*, cycle: Cycle, by: int | None = None) -> MailRound:
    """Queue the invitation to everybody with an address; a second call returns the round there is.

    Raises TransitionError unless the cycle takes answers and somebody has an address.
    """
    cycle = _taking(cycle)
    there = MailRound.objects.filter(cycle=cycle, kind=Kind.INVITATION).first()
    return there or _queue(cycle, Kind.INVITATION, number=1, by=by)


@transaction.atomic
def request_reminder(*, cycle: Cycle, by: int | None = None, number: int | None = None) -> MailRound:
    """Queue a reminder; nobody sees to whom it goes out. number: the reminder that is meant, counted from 1.

    A number that there is already is returned as it is, so that a form sent twice reminds once. Raises
    TransitionError while another round is going out, unless the cycle takes answers, and for a number that skips one.
    """
    cycle = _taking(cycle)
    rounds = MailRound.objects.filter(cycle=cycle, kind=Kind.REMINDER)
    there = rounds.filter(number=number).first() if number is not None else None
    if there is not None:
        return there
    if any(row.waiting for row in mailing.rounds(cycle)):
        raise TransitionError(_("Mails of the last round are still going out. Wait until they are done."))
    following = rounds.count() + 1
    if number not in {None, following}:
        raise TransitionError(_("The next reminder is number {number}.").format(number=following))
    return _queue(cycle, Kind.REMINDER, number=following, by=by)


def retry_failed(*, cycle: Cycle, by: int | None = None) -> int:
    """Queue the mails again that could not be sent; returns how many. Raises TransitionError when it is too late."""
    with transaction.atomic():
        rounds = MailRound.objects.filter(cycle=_taking(cycle)).values_list("pk", flat=True)
        failed = Job.objects.filter(kind=JOB_KIND, state=State.FAILED, arguments__round__in=list(rounds))
        again = sum(jobs.retry(job) for job in failed[:MOST_FAILED_A_GO])
        audit.record("cycle.mail.retry", cycle.code, by=by, mails=again)
    return again


def send(*, claim: Claim) -> None:
    """Do one person's part of a round. Raises JobError, with no name in it, when the mail can't be sent."""
    asked = _asked(claim)
    if asked is not None:
        round_, invitation = asked
        token = links.token_of_job(claim.job.pk)
        # Before the mail, so that the link works when it arrives; for everybody, so that it tells nothing.
        links.keep_token(invitation=invitation.pk, token=token)
        _try(claim, round_, invitation, token)
    with claim.finishing():
        Job.objects.filter(pk=claim.job.pk).delete()


def tidy() -> int:
    """Delete what is left of rounds of cycles that take no answers any more; returns how many jobs."""
    failed = Job.objects.filter(kind=JOB_KIND, state=State.FAILED)
    rounds = set(failed.values_list("arguments__round", flat=True))
    over = rounds - set(
        MailRound.objects.filter(pk__in=rounds, cycle__state=Cycle.State.OPEN).values_list("pk", flat=True)
    )
    deleted, _rows = failed.filter(arguments__round__in=over).delete() if over else (0, {})
    return deleted


def _taking(cycle: Cycle) -> Cycle:
    """Return the cycle, its row held. Raises TransitionError when it takes no answers."""
    row = locked(cycle.pk)
    if links.is_over(row):
        raise TransitionError(_("Cycle {code} takes no answers, so no mail goes out.").format(code=row.code))
    return row


def _queue(cycle: Cycle, kind: str, *, number: int, by: int | None) -> MailRound:
    people = list(mailing.with_address(cycle).values_list("pk", flat=True))
    if not people:
        raise TransitionError(_("Nobody who is asked has an e-mail address. Print letters instead."))
    secrets.SystemRandom().shuffle(people)
    round_ = MailRound.objects.create(cycle=cycle, kind=kind, number=number, total=len(people))
    work = ((f"{round_.pk}:{pk}", {"round": round_.pk, "invitation": str(pk)}) for pk in people)
    jobs.enqueue_many(JOB_KIND, work=work)
    audit.record(f"cycle.{kind}", cycle.code, by=by, number=number, people=len(people))
    return round_


def _asked(claim: Claim) -> tuple[MailRound, Invitation] | None:
    """Return the round and the invitation of a job; None when there is nobody to write to any more."""
    rounds = MailRound.objects.select_related("cycle__framework").defer("cycle__framework__source")
    round_ = rounds.filter(pk=claim.arguments["round"]).first()
    rows = Invitation.objects.select_related("person").filter(pk=claim.arguments["invitation"])
    invitation = rows.filter(person__email__isnull=False, person__is_active=True).first()
    if round_ is None or invitation is None or links.is_over(round_.cycle):
        return None
    return round_, invitation


def _try(claim: Claim, round_: MailRound, invitation: Invitation, token: str) -> None:
    wanted = round_.kind == Kind.INVITATION or not invitation.submitted
    mail = _mail(claim, round_, invitation, token)
    if not claim.renew():
        raise LeaseLostError(str(claim.job.pk))
    try:
        postbox.deliver(mail, send=wanted)
    except MailServerError as error:
        if error.late and round_.kind == Kind.REMINDER:
            # Only a mail that was to be sent fails here: a job that failed or tried again would tell whose it is.
            MailRound.objects.filter(pk=round_.pk).update(troubled=True)
        elif error.permanent or claim.job.tries >= jobs.TRIES:
            raise JobError(str(error)) from None
        else:
            raise


def _mail(claim: Claim, round_: MailRound, invitation: Invitation, token: str) -> EmailMultiAlternatives:
    person, link = invitation.person, links.address(token)
    language = texts.language_of(person.language, round_.cycle)
    with translation.override(language):
        letter = texts.letter(
            texts.text_of(round_.cycle, round_.kind),
            cycle=round_.cycle,
            audience=invitation.audience,
            name=person.name,
            link=link,
            after=extras.lines_for(person) if round_.kind == Kind.INVITATION else (),
        )
        return texts.message(
            letter, person=person, link=link, message_id=_message_id(claim), language=language
        )


def _message_id(claim: Claim) -> str:
    """Return the same id whenever this job is done again; nobody can work the job's id out from it."""
    digest = salted_hmac("cfm.mail.message-id", str(claim.job.pk), algorithm="sha256").hexdigest()[:32]
    return f"<{digest}@{urlsplit(settings.PUBLIC_URL).hostname}>"
