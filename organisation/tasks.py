"""Jobs about people, and what is written down when somebody changes how they sign in."""

from datetime import timedelta
from typing import Any, Final

from allauth.account import app_settings
from allauth.account import signals as account
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa import signals as mfa
from allauth.socialaccount import signals as social
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.dispatch import receiver
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from cfm.lib import audit, jobs, personal
from cfm.lib.models import Job
from organisation.models import Person
from organisation.services import notices

MAIL: Final = "account/email/password_reset_key"
RETENTION: Final = "data.retention"
NIGHT: Final = range(1, 6)  # hours of the time zone of the settings
MISSED: Final = timedelta(hours=36)  # who runs the product by day only has old data deleted by day


@jobs.handler("account.reset")
def send_reset(claim: jobs.Claim) -> None:
    """Mail a link for a new password to each person meant; nothing for an address nobody has."""
    for person in Person.objects.active().filter(pk__in=claim.arguments["people"]).exclude(email=None):
        key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)
        arguments = {"uidb36": user_pk_to_url_str(person), "key": key}
        address = settings.PUBLIC_URL + reverse("account_reset_password_from_key", kwargs=arguments)
        words = {"person": person, "address": address, "site": settings.PUBLIC_URL}
        subject = render_to_string(f"{MAIL}_subject.txt", words).strip()
        EmailMessage(subject, render_to_string(f"{MAIL}_message.txt", words), to=[str(person.email)]).send()
    with claim.finishing():
        pass


@jobs.handler(RETENTION)
def delete_old(claim: jobs.Claim) -> None:
    """Delete what was kept long enough (docs/data-protection.md); done again, it finds what is left."""
    now, deleted = timezone.now(), {}
    rules = list(personal.RULES.values())
    for step, rule in enumerate(rules):
        claim.progress(step, len(rules))
        days = getattr(settings, rule.setting) if rule.setting else 0
        with transaction.atomic():
            if count := rule.delete(now - timedelta(days=days)):
                deleted[rule.name] = count
    with claim.finishing():
        if deleted:
            audit.record(RETENTION, "data", by=None, **deleted)


@jobs.periodic(RETENTION)
def request_retention() -> None:
    """Ask for the deletion once a night, or when the server slept at night for longer than a day."""
    now = timezone.localtime()
    asked = Job.objects.filter(kind=RETENTION)
    if now.hour in NIGHT:
        due = not asked.filter(key=now.date().isoformat()).exists()
    else:
        due = not asked.filter(created_at__gt=now - MISSED).exists()
        due = due and Job.objects.filter(created_at__lt=now - MISSED).exists()
    if due:
        with transaction.atomic():
            jobs.enqueue(RETENTION, key=now.date().isoformat())


@jobs.handler(notices.DIGEST)
def send_week(claim: jobs.Claim) -> None:
    """Send one person everything that waits for their weekly mail."""
    notices.send_digest(claim=claim)


jobs.periodic("notice.digest")(notices.due)


@receiver(account.password_set)
@receiver(account.password_changed)
@receiver(account.password_reset)
def note_password(sender: object, user: Person, **_details: Any) -> None:
    audit.record("sign_in.password", f"person/{user.pk}", by=user.pk)


@receiver(mfa.authenticator_added)
def note_factor_added(sender: object, user: Person, authenticator: Any, **_details: Any) -> None:
    audit.record("sign_in.factor_added", f"person/{user.pk}", by=user.pk, kind=str(authenticator.type))


@receiver(mfa.authenticator_removed)
def note_factor_removed(sender: object, user: Person, authenticator: Any, **_details: Any) -> None:
    audit.record("sign_in.factor_removed", f"person/{user.pk}", by=user.pk, kind=str(authenticator.type))


@receiver(mfa.authenticator_reset)
def note_codes_renewed(sender: object, user: Person, **_details: Any) -> None:
    audit.record("sign_in.codes_renewed", f"person/{user.pk}", by=user.pk)


@receiver(social.social_account_added)
def note_single_sign_on(sender: object, sociallogin: Any, **_details: Any) -> None:
    person = sociallogin.user
    audit.record("sign_in.single_sign_on", f"person/{person.pk}", by=person.pk)
