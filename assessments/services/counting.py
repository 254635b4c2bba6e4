"""The close: open the envelopes, shuffle, write responses without names, destroy the key, clean up behind.

`count` is one transaction, `clean` runs after it and may run again; a close that was killed is done again with
the same result, because the count happens once and the key lives until after it. `request_due` asks for the
closes that nobody asked for: cycles whose time is over, and closes that were interrupted after the count.
"""

import secrets
import uuid
from collections import Counter, deque
from collections.abc import Generator
from contextlib import closing as closed_at_end
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.instrument import Instrument
from assessments.models import (
    Comment,
    Cycle,
    CycleUnit,
    Draft,
    Envelope,
    Invitation,
    PaperFile,
    Response,
)
from assessments.scoring.comments import comment_units
from assessments.services import keys, opening, sealing
from assessments.services.ballot import check_codes, closing, lock
from assessments.services.cycles import State, locked
from assessments.services.errors import ServiceError
from assessments.services.opening import Sealed
from assessments.services.sealing import Ballot, SpoiledError
from cfm.lib import audit, bulk, erase, jobs

COMMENTS_SHOWN_FROM: Final = 5
COUNTED: Final = (State.CLOSED, State.SCORED, State.PUBLISHED, State.ARCHIVED)


@dataclass(frozen=True, slots=True)
class Opened:
    """One ballot out of its envelope; unit is the position in the frozen tree."""

    unit: int
    audience: str
    codes: str
    comment: str


@transaction.atomic
def count(*, cycle: int) -> Cycle:
    """Count all envelopes of an open cycle and close it; a cycle that is closed already is returned as it is.

    Raises KeyFileError for a missing or wrong key and ServiceError when envelopes and submissions do not match;
    nothing is changed then. An envelope that can't be opened is counted as spoiled, never guessed.
    """
    lock(cycle, exclusive=True)
    row = locked(cycle)
    if row.state != State.OPEN:
        return row
    submitted, paper = _matching(row)
    units = list(row.units.order_by("position"))
    opened, spoiled = _open_all(row, units, submitted + paper)
    _write_responses(row, opened, units)
    comments = _write_comments(row, opened, units)
    _forget(row)
    _check_counts(row, counted=len(opened), spoiled=spoiled, received=submitted + paper)
    row.state, row.closed_at = State.CLOSED, timezone.now()
    row.close_certificate = {
        "submitted": submitted,
        "paper": paper,
        "counted": len(opened),
        "spoiled": spoiled,
        "comments": comments,
        "key": row.key_fingerprint,
        "counted_at": row.closed_at.isoformat(timespec="minutes"),
    }
    row.save(update_fields=["state", "closed_at", "close_certificate"])
    return row


def clean(*, cycle: int) -> None:
    """Destroy the private key, then wipe what deleted rows left in the database's files; may run again.

    The certificate says when the key was destroyed, and `wiped` once the files are clean as well. Raises ServiceError
    where others keep the files busy.
    """
    row = Cycle.objects.get(pk=cycle)
    if row.state not in COUNTED or row.close_certificate.get("wiped"):
        return
    keys.destroy(bytes(row.public_key or b""))
    if "destroyed_at" not in row.close_certificate:
        _certify(cycle, destroyed_at=timezone.now().isoformat(timespec="minutes"))
    try:
        wiped = erase.wipe(Envelope, Draft, Invitation)
    except erase.BusyError as error:
        raise ServiceError(
            _(
                "The answers are counted and the key is destroyed, but the files could not be wiped yet: {why}."
            ).format(why=error)
        ) from error
    _certify(cycle, wiped=wiped)


def request_due() -> int:
    """Ask for the close of cycles whose time is over, and for what is left of interrupted closes; returns how many.

    A close that failed is left for an hour, so that its message is read before it is tried again.
    """
    rows = Cycle.objects.annotate(now=Now()).filter(state__in=[State.OPEN, *COUNTED])
    asked = 0
    for cycle in rows.only("code", "state", "closes_at", "close_certificate"):
        if not _is_due(cycle) or not jobs.rests("cycle.close", key=cycle.code):
            continue
        with transaction.atomic():
            audit.record("cycle.close", cycle.code, by=None, automatic=True)
            jobs.enqueue("cycle.close", key=cycle.code, cycle=cycle.pk)
        asked += 1
    return asked


def _is_due(cycle: Any) -> bool:
    if not cycle.is_open:
        return not cycle.close_certificate.get("wiped")
    end = closing(cycle).accepted_until
    return end is not None and bool(cycle.now > end)


def _certify(cycle: int, **facts: object) -> None:
    with transaction.atomic():
        row = locked(cycle)
        row.close_certificate |= facts
        row.save(update_fields=["close_certificate"])


def _matching(cycle: Cycle) -> tuple[int, int]:
    """Return (submitted, paper). Raises ServiceError unless there is an envelope for each submission and no other."""
    submitted = Invitation.objects.filter(cycle=cycle, submitted=True)
    envelopes = Envelope.objects.filter(cycle=cycle)
    missing = submitted.exclude(envelope__cycle=cycle).count()
    stray = envelopes.filter(invitation__isnull=False).exclude(invitation__in=submitted).count()
    if missing or stray:
        raise ServiceError(
            _(
                "{missing} submissions have no envelope and {stray} envelopes no submission. Nothing was counted: "
                "compare the database with its last backup."
            ).format(missing=missing, stray=stray)
        )
    return submitted.count(), envelopes.filter(invitation__isnull=True).count()


def _check_counts(cycle: Cycle, *, counted: int, spoiled: int, received: int) -> None:
    stored = Response.objects.filter(cycle=cycle).count()
    if stored == counted and counted + spoiled == received:
        return
    text = _(
        "{received} received, {counted} counted, {spoiled} spoiled, {stored} stored. Nothing was changed."
    )
    raise ServiceError(text.format(received=received, counted=counted, spoiled=spoiled, stored=stored))


def _open_all(cycle: Cycle, units: list[CycleUnit], envelopes: int) -> tuple[list[Opened], int]:
    """Return the ballots in random order, and how many envelopes were spoiled."""
    private = keys.read(bytes(cycle.public_key or b"")).private
    places = {unit.pk: unit.position for unit in units}
    instrument, asked = cycle.framework.instrument, deque[_Asked]()
    helpers = opening.helpers_for(envelopes)
    opened: list[Opened] = []
    spoiled = 0
    with closed_at_end(_envelopes(cycle, asked)) as sealed:  # the database's cursor too, whatever happens
        for ballot in opening.open_envelopes(sealed, private=private, helpers=helpers):
            try:
                opened.append(_checked(ballot, asked.popleft(), places, instrument))
            except SpoiledError:
                spoiled += 1
    shuffle(opened)
    return opened, spoiled


def shuffle(rows: list[Any]) -> None:
    """Bring the rows into an order that nobody can foresee or repeat."""
    secrets.SystemRandom().shuffle(rows)


class _Asked(NamedTuple):
    """Whose envelope it is: unit (id) and audience of its invitation; invited is False for paper."""

    invited: bool
    unit: int | None
    audience: str | None


def _envelopes(cycle: Cycle, asked: deque[_Asked]) -> Generator[Sealed, None, None]:
    """Yield the envelopes, and put into `asked`, in the same order, what the database says of each."""
    rows = Envelope.objects.filter(cycle=cycle).order_by("pk")
    fields = ("invitation_id", "sealed", "invitation__unit_id", "invitation__audience")
    for invitation, sealed, unit, audience in rows.values_list(*fields).iterator(chunk_size=1000):
        asked.append(_Asked(invitation is not None, unit, audience))
        yield Sealed(bytes(sealed), sealing.binding(cycle.pk, invitation), invitation is None)


def _checked(ballot: Ballot | None, asked: _Asked, places: dict[int, int], instrument: Instrument) -> Opened:
    """Return what was in an envelope. Raises SpoiledError for what no respondent of this cycle could have sent."""
    if ballot is None:
        raise SpoiledError("can't be opened")
    unit = places.get(asked.unit or 0) if asked.invited else ballot.unit
    audience = asked.audience or "" if asked.invited else ballot.audience
    if unit is None or unit >= len(places):
        raise SpoiledError("unknown unit")
    try:
        check_codes(instrument, audience=audience, codes=ballot.codes)
    except ValueError as error:
        raise SpoiledError("another questionnaire") from error
    return Opened(unit=unit, audience=audience, codes=ballot.codes, comment=ballot.comment)


def _write_responses(cycle: Cycle, opened: list[Opened], units: list[CycleUnit]) -> None:
    pks = [unit.pk for unit in units]
    bulk.insert(
        Response,
        ("id", "cycle_id", "unit_id", "audience", "codes"),
        ((uuid.uuid4(), cycle.pk, pks[one.unit], one.audience, one.codes) for one in opened),
    )


def _write_comments(cycle: Cycle, opened: list[Opened], units: list[CycleUnit]) -> dict[str, int]:
    """Store each comment at the unit where it may be shown; those that may be shown nowhere are not kept."""
    texts = [(one.unit, one.comment) for one in opened if one.comment]
    shuffle(texts)
    parents = [unit.parent_position for unit in units]
    shown_at = comment_units(
        parents,
        answers=Counter(one.unit for one in opened),
        comments=Counter(unit for unit, _text in texts),
        k=cycle.k_comments,
        at_least=COMMENTS_SHOWN_FROM,
    )
    kept = [(shown_at[unit], text) for unit, text in texts if shown_at[unit] >= 0]
    Comment.objects.bulk_create(
        (Comment(cycle=cycle, unit=units[unit], text=text) for unit, text in kept), batch_size=1000
    )
    return {"written": len(texts), "kept": len(kept)}


def _forget(cycle: Cycle) -> None:
    """Delete envelopes and drafts, and write the invitations anew in the order of their random ids.

    An update leaves its row at another place or with a later transaction id: both would tell who answered when.
    """
    Envelope.objects.filter(cycle=cycle).delete()
    Draft.objects.filter(cycle=cycle).delete()
    PaperFile.objects.filter(cycle=cycle).delete()
    fields = [one.attname for one in Invitation._meta.concrete_fields]
    rows = list(Invitation.objects.filter(cycle=cycle).order_by("pk").values_list(*fields))
    # By hand, since Django would delete what hangs on invitations too; the same ids are back before the commit.
    Invitation.objects.filter(cycle=cycle)._raw_delete(using="default")
    bulk.insert(Invitation, fields, rows)
