"""What mails of improvement have in common: the reader's language, and that no program answers them."""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from cfm.lib.jobs import JobError
from organisation.models import Person


def language_of(person: Person) -> str:
    """Return the person's language as Django names it, else the usual one."""
    try:
        return translation.get_supported_language_variant(person.language or settings.LANGUAGE_CODE)
    except LookupError:
        return settings.LANGUAGE_CODE


def send(*, to: Person, subject: str, parts: Sequence[str], key: str) -> None:
    """Send a plain mail. key: the same for the same mail, so that one sent twice has one Message-ID.

    Raises JobError when the server does not take it.
    """
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
