"""Drafts: kept on the server, readable only with a secret that lives in the respondent's browser.

Row key and encryption key come from (the secret in the browser's cookie, the invitation), so the next person in
the same browser can neither find nor read the draft, and the row names nobody.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from assessments.models import Draft, Invitation
from assessments.services import sealing
from assessments.services.ballot import envelope_size, require_taking
from assessments.services.errors import ClosedError
from assessments.services.sealing import Ballot, draft_keys


@dataclass(frozen=True)
class DraftAnswers:
    """Answers so far: a character an item (0 where there is none yet) and the comment."""

    codes: str
    comment: str = ""


def save(*, secret: bytes, invitation: Invitation, answers: DraftAnswers, form: str = "") -> bool:
    """Keep the answers so far, the last save counts; False once the cycle takes no answers any more.

    secret: at least 16 random bytes from the respondent's cookie. form: the token that lay in the form.
    Raises ValueError for a shorter secret and for answers that fit no envelope.
    """
    draft = _sealed(secret, invitation, answers)
    with transaction.atomic():
        try:
            require_taking(invitation, form=form)
        except ClosedError:
            return False
        _store(draft)
    return True


def load(*, secret: bytes, invitation: Invitation) -> DraftAnswers | None:
    """Return the draft of this browser for this invitation; None when there is none that it can read."""
    row, key = draft_keys(secret, invitation.pk)
    draft = Draft.objects.filter(pk=row).first()
    if draft is None:
        return None
    try:
        plain = SecretBox(key).decrypt(bytes(draft.sealed))
        ballot = sealing.unpack(plain, bound=_bound(invitation), paper=False)
    except (CryptoError, sealing.SpoiledError):
        return None
    return DraftAnswers(codes=ballot.codes, comment=ballot.comment)


def merge(
    *,
    secret: bytes,
    invitation: Invitation,
    changes: Mapping[int, str],
    comment: str | None = None,
    form: str = "",
) -> None:
    """Put the answers of one page into the draft; what other pages hold stays.

    changes: place in the frozen order → character. comment: None leaves it as it is. Two saves at a time wait for
    each other. Raises ClosedError after the close, ValueError for a place that does not exist.
    """
    items = len(invitation.cycle.framework.instrument.closed_items(invitation.audience))
    if not all(0 <= place < items for place in changes):
        raise ValueError(f"places {sorted(changes)} of {items} items")
    with transaction.atomic():
        require_taking(invitation, form=form)
        _queue(draft_keys(secret, invitation.pk)[0])
        kept = load(secret=secret, invitation=invitation) or DraftAnswers(codes="0" * items)
        codes = "".join(changes.get(place, code) for place, code in enumerate(kept.codes))
        text = kept.comment if comment is None else comment
        _store(_sealed(secret, invitation, DraftAnswers(codes=codes, comment=text)))


def present(*, secret: bytes, invitations: Iterable[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Return those of the invitations for which this browser has a draft; one query."""
    rows = {draft_keys(secret, invitation)[0]: invitation for invitation in invitations}
    found = Draft.objects.filter(pk__in=rows).values_list("pk", flat=True)
    return frozenset(rows[row] for row in found)


def discard(*, secret: bytes, invitation: Invitation) -> None:
    """Forget the draft of this browser for this invitation."""
    row, _key = draft_keys(secret, invitation.pk)
    Draft.objects.filter(pk=row).delete()


def _bound(invitation: Invitation) -> bytes:
    return sealing.binding(invitation.cycle_id, invitation.pk)


def _sealed(secret: bytes, invitation: Invitation, answers: DraftAnswers) -> Draft:
    """Return the row to store, as long as every envelope of the cycle whatever it holds."""
    row, key = draft_keys(secret, invitation.pk)
    plain = sealing.pack(
        Ballot(codes=answers.codes, comment=answers.comment),
        bound=_bound(invitation),
        size=envelope_size(invitation.cycle) - SecretBox.NONCE_SIZE - SecretBox.MACBYTES,
    )
    return Draft(key=row, cycle_id=invitation.cycle_id, sealed=bytes(SecretBox(key).encrypt(plain)))


def _store(draft: Draft) -> None:
    Draft.objects.bulk_create([draft], update_conflicts=True, unique_fields=["key"], update_fields=["sealed"])


def _queue(row: str) -> None:
    """Let saves of one draft wait for each other, the first one included, which has no row to lock yet."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(row[:15], 16)])
