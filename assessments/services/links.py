"""Personal links and access codes: a way to one questionnaire, and to nothing else, until the cycle closes.

A link's secret is 128 bits in an address, an access code's 69 bits on paper behind a throttled form. Both are looked
up by a keyed digest, in one query whatever was sent, so neither the answer's time nor the table tells a valid one.
"""

import base64
import secrets
import uuid
from typing import Final

from django.conf import settings
from django.core import signing
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from assessments.models import Cycle, Invitation, Link
from assessments.services.ballot import closing

TOKEN_BYTES: Final = 16
# None looks like another or like a digit, and they spell no words.
CODE_LETTERS: Final = "BCDFGHJKMNPQRSTVWXYZ"
CODE_GROUPS: Final = 4
CODE_GROUP: Final = 4
SESSION_SECONDS: Final = 12 * 3600


def new_token() -> str:
    """Return 128 random bits as 22 characters for an address."""
    return _written(secrets.token_bytes(TOKEN_BYTES))


def token_of_job(job: uuid.UUID) -> str:
    """Return the token of the mail that a job sends: 128 bits, the same whenever the job is done again.

    It follows from the job's random id and the server's secret, so a repeated mail is the same mail and no table
    holds a token. The job's row is deleted once the mail is out.
    """
    return _written(salted_hmac("cfm.mail.token", str(job), algorithm="sha256").digest()[:TOKEN_BYTES])


def new_code() -> str:
    """Return an access code to type, such as BCDF-GHJK-MNPQ-RSTV (69 bits)."""
    letters = [secrets.choice(CODE_LETTERS) for _letter in range(CODE_GROUPS * CODE_GROUP)]
    groups = ["".join(letters[place : place + CODE_GROUP]) for place in range(0, len(letters), CODE_GROUP)]
    return "-".join(groups)


def address(token: str) -> str:
    """Return the address to put into a mail or a QR code."""
    return settings.PUBLIC_URL + reverse("link", args=[token])


def code_address() -> str:
    """Return the address at which access codes are typed."""
    return settings.PUBLIC_URL + reverse("access_code")


def keep_token(*, invitation: uuid.UUID, token: str) -> None:
    """Make the token open this invitation; nothing changes when it does already."""
    Link.objects.get_or_create(digest=_digest("token", token), defaults={"invitation_id": invitation})


def unsaved(*, invitation: uuid.UUID, token: str = "", code: str = "") -> Link:
    """Return a row, to be written with others, that makes the token or the code open this invitation."""
    digest = _digest("token", token) if token else _digest("code", _typed(code))
    return Link(invitation_id=invitation, digest=digest)


def by_token(token: str) -> Link | None:
    """Return the link of a token; None for a token nobody was given."""
    return _find("token", token)


def by_code(text: str) -> Link | None:
    """Return the link of an access code as a person types it: case, spaces and hyphens do not matter."""
    return _find("code", _typed(text))


def is_over(cycle: Cycle) -> bool:
    """Whether links of this cycle lead to no questionnaire any more."""
    return not cycle.is_open or not closing(cycle).takes(now=timezone.now(), form_opened=None)


def session_of(link: Link) -> str:
    """Return what the browser keeps to go on with this link's questionnaire; nothing is kept on the server."""
    return signing.dumps(str(link.pk), salt=_salt(link.invitation.cycle.code))


def invitation_of_session(value: str, *, code: str) -> Invitation | None:
    """Return the invitation that a browser's link session of this cycle is for; None when it is over or not ours."""
    try:
        link = signing.loads(value, salt=_salt(code), max_age=SESSION_SECONDS)
    except signing.BadSignature:
        return None
    found = _links().filter(pk=link, invitation__cycle__code=code).first()
    return found.invitation if found else None


def _find(kind: str, secret: str) -> Link | None:
    return _links().filter(digest__in=_digests(kind, secret)).first()


def _links() -> QuerySet[Link]:
    return (
        Link.objects.exclude(invitation__cycle__state__in=[Cycle.State.DRAFT, Cycle.State.CANCELLED])
        .select_related("invitation__cycle__framework", "invitation__unit", "invitation__person")
        .defer("invitation__cycle__framework__source")
    )


def _digest(kind: str, secret: str) -> str:
    return _digests(kind, secret)[0]


def _digests(kind: str, secret: str) -> list[str]:
    """Return the digest under today's server secret, then under those that it replaced.

    Keyed, so that a thief of the database can't try out codes. The kind keeps codes out of the addresses, where
    no throttle counts.
    """
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [
        salted_hmac(f"cfm.link.{kind}", secret, secret=key, algorithm="sha256").hexdigest() for key in keys
    ]


def _typed(text: str) -> str:
    return "".join(letter for letter in text.upper() if letter.isalnum())


def _written(token: bytes) -> str:
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def _salt(code: str) -> str:
    return f"cfm.link.{code}"
