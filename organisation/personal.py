"""What this app holds about a person, forgets of a leaver, and deletes after some days (cfm/lib/personal.py)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cfm.lib import audit, personal
from cfm.lib.models import AuditEvent, Job
from cfm.lib.personal import Row
from organisation import trail
from organisation.models import Approval, MailChoice, Notice, Person, RoleGrant, SignInCount
from organisation.services import leavers

NEWEST = 1000  # lines of the audit log that a page or a file holds


@personal.part(
    "person",
    title=_("Who you are here"),
    kept=_(
        "To invite you, to show you to those you work with, and to sign you in. Kept by administrators from your "
        "organisation's list of people; seen by HR and administrators, your name also by your line manager. Replaced "
        "some time after you have left."
    ),
    columns=(
        "person_id",
        "name",
        "email",
        "unit",
        "job_role",
        "line_manager",
        "language",
        "active",
        "inactive_since",
    ),
)
def _person(pk: int) -> Iterator[Row]:
    for one in Person.objects.filter(pk=pk).select_related("unit", "job_role", "manager"):
        manager = one.manager.person_id if one.manager else ""
        role = one.job_role.name if one.job_role else ""
        yield [
            *(one.person_id, one.name, one.email, one.unit.code, role, manager),
            *(one.language, one.is_active, one.inactive_since),
        ]


@personal.part(
    "roles",
    title=_("Your roles in this product"),
    kept=_("They say what you may see and do. Given by administrators; taken away when you leave."),
    columns=("role", "reaches"),
)
def _roles(pk: int) -> Iterator[Row]:
    for grant in RoleGrant.objects.filter(person=pk).select_related("unit").order_by("role"):
        yield [grant.role, grant.unit.code if grant.unit else ""]


@personal.part(
    "sign_in",
    title=_("How you sign in"),
    kept=_(
        "Your password as a hash that can't be turned back, second factors encrypted, of single sign-on the provider's "
        "id for you. Seen by nobody else."
    ),
    columns=("what", "kind", "since", "last_used"),
    where="mfa_index",
)
def _sign_in(pk: int) -> Iterator[Row]:
    person = Person.objects.get(pk=pk)
    if person.has_usable_password():
        yield ["password", "Argon2", None, person.last_login]
    for factor in Authenticator.objects.filter(user=pk).order_by("created_at"):
        yield ["second factor", factor.type, factor.created_at, factor.last_used_at]
    for account in SocialAccount.objects.filter(user=pk):
        yield ["single sign-on", account.provider, account.date_joined, account.last_login]
    for address in EmailAddress.objects.filter(user=pk):
        yield ["address of the sign-in", address.email, None, None]


@personal.part(
    "sessions",
    title=_("Where you are signed in"),
    kept=_(
        "Network address and browser of each session, so that you can end one that isn't yours. Seen by you alone; "
        "deleted the night after a session ended."
    ),
    columns=("since", "last_seen", "network_address", "browser"),
    where="usersessions_list",
)
def _sessions(pk: int) -> Iterator[Row]:
    for one in UserSession.objects.filter(user=pk).order_by("-last_seen_at"):
        yield [one.created_at, one.last_seen_at, one.ip, one.user_agent]


@personal.part(
    "mails",
    title=_("How you want mails, and what waits for your weekly one"),
    kept=_(
        "Chosen by you, seen by you alone. What waits is deleted when it was sent, and all of it when you leave."
    ),
    columns=("what", "subject", "since"),
    where="my_mails",
)
def _mails(pk: int) -> Iterator[Row]:
    for row in MailChoice.objects.filter(person=pk):
        yield ["choice", row.how, row.digest_on]
    for one in Notice.objects.filter(person=pk):
        yield ["waiting", one.subject, one.kept_at]


@personal.forget("mails")
def _forget_mails(pk: int) -> None:
    Notice.objects.filter(person=pk).delete()
    MailChoice.objects.filter(person=pk).delete()


@personal.part(
    "approvals",
    title=_("What you asked for or decided under the two-person rule"),
    kept=_(
        "To show that two people agreed. Seen by those who may decide; deleted some time after the decision."
    ),
    columns=("action", "subject", "state", "asked_at", "decided_at", "yours"),
)
def _approvals(pk: int) -> Iterator[Row]:
    for one in Approval.objects.filter(Q(asked_by=pk) | Q(decided_by=pk)):
        yours = "asked" if one.asked_by_id == pk else "decided"
        yield [one.action, one.subject, one.state, one.asked_at, one.decided_at, yours]


@personal.part(
    "readers",
    title=_("Who has read your named ratings and plans"),
    kept=_("So that you know. The last twelve months; the log itself is kept as long as this installation."),
    columns=("at", "who", "what", "why", "cycle"),
    where="my_readers",
)
def _readers(pk: int) -> Iterator[Row]:
    for one in trail.readings_of(Person.objects.get(pk=pk))[:NEWEST]:
        yield [one.at, one.who, one.what, one.why, one.cycle]


@personal.part(
    "log",
    title=_("What the audit log says you did"),
    kept=_(
        "To prove who changed or read what. Seen by auditors. It holds a number for you, never your name, and nothing "
        "about answers to questionnaires; the newest thousand lines."
    ),
    columns=("at", "action", "subject"),
)
def _log(pk: int) -> Iterator[Row]:
    lines = AuditEvent.objects.filter(actor=pk).order_by("-pk")
    yield from lines.values_list("at", "action", "subject")[:NEWEST]


@personal.part(
    "jobs",
    title=_("Work you had the server do"),
    kept=_("To show you how far it is. Deleted some days after it is done."),
    columns=("kind", "state", "asked_at", "finished_at"),
)
def _jobs(pk: int) -> Iterator[Row]:
    mine = Job.objects.filter(asked_by=pk).order_by("-created_at")
    yield from mine.values_list("kind", "state", "created_at", "finished_at")[:NEWEST]


# What a leaver leaves


@personal.forget("sign_in")
def _forget_sign_in(pk: int) -> None:
    """Sign the person out everywhere, and forget every way to sign in."""
    for session in UserSession.objects.filter(user=pk):
        session.end()
    for table in (Authenticator, SocialAccount, EmailAddress):
        table.objects.filter(user=pk).delete()
    RoleGrant.objects.filter(person=pk).delete()
    Approval.objects.filter(asked_by=pk, state=Approval.State.WAITING).delete()


# What the nightly job deletes


@personal.rule("leavers", setting="RETAIN_LEAVERS_DAYS")
def _leavers(before: datetime) -> int:
    """Note who has left, and make anonymous who had before this time."""
    leavers.note(today=timezone.localdate())
    return leavers.anonymise_old(before=timezone.localdate(before))


@personal.rule("sessions")
def _ended_sessions(_before: datetime) -> int:
    count, _tables = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    live = Session.objects.values("session_key")
    UserSession.objects.exclude(session_key__in=live).delete()
    return count


@personal.rule("jobs", setting="RETAIN_JOBS_DAYS")
def _finished_jobs(before: datetime) -> int:
    over = Job.objects.filter(state__in=[Job.State.DONE, Job.State.FAILED], finished_at__lt=before)
    return over.delete()[0]


@personal.rule("approvals", setting="RETAIN_APPROVALS_DAYS")
def _old_approvals(before: datetime) -> int:
    decided = Approval.objects.exclude(state=Approval.State.WAITING).filter(decided_at__lt=before)
    return decided.delete()[0]


@personal.rule("mails", setting="RETAIN_MAILS_DAYS")
def _mail_files(before: datetime) -> int:
    folder = Path(getattr(settings, "EMAIL_FILE_PATH", None) or settings.DATA_DIR / "mail")
    old = [file for file in folder.glob("*.log") if file.stat().st_mtime < before.timestamp()]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)


@personal.rule("sign_ins")
def _sign_ins_of_past_days(_before: datetime) -> int:
    """Write the counts of the days before this one into the audit log, which keeps them."""
    past = SignInCount.objects.filter(day__lt=timezone.localdate()).order_by("day")
    for one in past:
        counts = {"succeeded": one.succeeded, "failed": one.failed}
        audit.record("sign_in.day", "sign_in", by=None, day=one.day.isoformat(), **counts)
    return past.delete()[0]
