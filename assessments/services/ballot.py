"""Submitting, replacing and withdrawing: one envelope an invitation, until the cycle closes.

A cycle with an announced closing time takes answers until then; a form that was opened before it is still taken
for 15 minutes. What time it is, the database says, inside the submitting transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.core import signing
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from assessments.instrument import Instrument
from assessments.models import AUDIENCES, Cycle, Draft, Envelope, Invitation
from assessments.services import sealing
from assessments.services.errors import ClosedError

GRACE: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class ClosingTime:
    """When a cycle stops taking answers; both None for a cycle that somebody closes by hand."""

    announced: datetime | None
    accepted_until: datetime | None

    def takes(self, *, now: datetime, form_opened: datetime | None) -> bool:
        """Whether answers that arrive now are in time, in a form opened at the given time (None: not known)."""
        if self.announced is None or self.accepted_until is None or now <= self.announced:
            return True
        return form_opened is not None and form_opened <= self.announced and now <= self.accepted_until


def closing(cycle: Cycle) -> ClosingTime:
    """Return the announced closing time, and the time until which a form opened before it is taken."""
    announced = cycle.closes_at
    return ClosingTime(announced, announced + GRACE if announced else None)


def form_token(*, invitation: Invitation) -> str:
    """Return a signed note of the database's time, to lie in the form when the answer pages are opened.

    It names nobody; it proves for this invitation alone that the form was opened before the announced close.
    """
    now: datetime = (
        Cycle.objects.annotate(now=Now()).values_list("now", flat=True).get(pk=invitation.cycle_id)
    )
    return signing.dumps(now.isoformat(), salt=_salt(invitation))


def form_opened(*, invitation: Invitation, token: str) -> datetime | None:
    """Return when the form was opened; None for a token that is missing, changed or another invitation's."""
    try:
        return parse_datetime(str(signing.loads(token, salt=_salt(invitation))))
    except (signing.BadSignature, ValueError):
        return None


def lock(cycle: int, *, exclusive: bool) -> None:
    """Let submissions of a cycle pass together, and the close alone, until the end of this transaction.

    Submissions hold the lock shared and touch no row of others. SQLite's IMMEDIATE transactions need no lock.
    """
    if connection.vendor == "postgresql":
        function = "pg_advisory_xact_lock" if exclusive else "pg_advisory_xact_lock_shared"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s, %s)", [0xCF, cycle])


def envelope_size(cycle: Cycle) -> int:
    """Return the size in bytes of every envelope of this cycle, the same for all audiences."""
    instrument = cycle.framework.instrument
    return sealing.envelope_size(max(len(instrument.closed_items(audience)) for audience in AUDIENCES))


def submit(
    *,
    invitation: Invitation,
    codes: str,
    comment: str = "",
    form: str = "",
    draft_secret: bytes | None = None,
) -> None:
    """Seal and store the answers; the last acknowledged submission of an invitation replaces the others.

    codes: a character an item of the invitation's audience in the frozen order. comment: at most 1,000 characters.
    form: the token that lay in the form. draft_secret: the browser's secret, whose draft ends with the submission.
    Raises ClosedError after the close, ValueError for answers that do not fit the questionnaire.
    """
    cycle = invitation.cycle
    check_codes(cycle.framework.instrument, audience=invitation.audience, codes=codes)
    if cycle.public_key is None:
        raise ClosedError(_("This cycle is not open."))
    sealed = sealing.seal(
        sealing.Ballot(codes=codes, comment=comment.strip()),
        public_key=bytes(cycle.public_key),
        bound=sealing.binding(cycle.pk, invitation.pk),
        size=envelope_size(cycle),
    )
    with transaction.atomic():
        require_taking(invitation, form=form)
        _mark(invitation, submitted=True)
        Envelope.objects.bulk_create(
            [Envelope(cycle_id=cycle.pk, invitation_id=invitation.pk, sealed=sealed)],
            update_conflicts=True,
            unique_fields=["invitation"],
            update_fields=["sealed"],
        )
        if draft_secret is not None:
            row, _key = sealing.draft_keys(draft_secret, invitation.pk)
            Draft.objects.filter(pk=row).delete()


def withdraw(*, invitation: Invitation, form: str = "") -> bool:
    """Take the envelope out again; False when there was none. Raises ClosedError after the close."""
    with transaction.atomic():
        require_taking(invitation, form=form)
        _mark(invitation, submitted=False)
        deleted, _rows = Envelope.objects.filter(invitation=invitation.pk).delete()
    return bool(deleted)


def require_taking(invitation: Invitation, *, form: str = "") -> None:
    """Hold the close off until the end of this transaction. Raises ClosedError when it is too late for answers."""
    lock(invitation.cycle_id, exclusive=False)
    # Asked after the lock is held, so the answer is of a moment at which nobody closes the cycle.
    cycle: Any = Cycle.objects.annotate(now=Now()).only("state", "closes_at").get(pk=invitation.cycle_id)
    opened = form_opened(invitation=invitation, token=form) if form else None
    if not cycle.is_open or not closing(cycle).takes(now=cycle.now, form_opened=opened):
        raise ClosedError(_("This cycle takes no answers any more."))


def _mark(invitation: Invitation, *, submitted: bool) -> None:
    """Say whether an envelope is in; first of all, because it makes submissions of one invitation queue up."""
    Invitation.objects.filter(pk=invitation.pk).update(submitted=submitted)


def check_codes(instrument: Instrument, *, audience: str, codes: str) -> None:
    """Raise ValueError unless codes has an allowed character for each closed item of the audience."""
    items = instrument.closed_items(audience)
    options = instrument.scale.maximum - instrument.scale.minimum + 1
    allowed = set(sealing.ALPHABET[: options + 1]) | {"x"}
    if len(codes) != len(items):
        raise ValueError(f"{len(codes)} answers for {len(items)} items")
    if not set(codes) <= allowed:
        raise ValueError("an answer that is not on the scale")


def _salt(invitation: Invitation) -> str:
    return f"cfm.form.{invitation.pk}"
