"""The audit log: one way to write a line, and the chain of hashes that shows whether a line was changed or taken out.

Each line holds the SHA-256 of itself and of the line before it; the database refuses to change or delete lines
(cfm/lib/audit_guard.py). Lines hold ids and counts, never names or addresses, so a person can be made anonymous
without breaking the chain. See docs/audit.md.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cfm.lib.models import AuditEvent

START: Final = "0" * 64  # what stands before the first line
LOCK: Final = 0x43464D01  # of PostgreSQL: one writer of the chain at a time, until its commit
SAME_READING: Final = timedelta(minutes=10)


def record(action: str, subject: str, *, by: int | None, **details: Any) -> AuditEvent:
    """Write who (a person's id, None for the server's shell) did what to what; details hold ids and counts.

    Call it last in a transaction: on PostgreSQL other writers of the log wait from here until the commit.
    """
    with transaction.atomic(savepoint=False):
        _wait_for_turn()
        last = AuditEvent.objects.order_by("-pk").values_list("digest", flat=True).first()
        event = AuditEvent(
            at=timezone.now(),
            actor=by,
            action=action,
            subject=subject,
            details=details,
            previous=last or START,
        )
        event.digest = digest_of(event)
        event.save(force_insert=True)
    return event


def record_reading(
    action: str, subject: str, *, by: int, people: Iterable[int], why: str, **details: Any
) -> None:
    """Write who read the named data of which people, and why they could; the same again within minutes is one line."""
    details |= {"people": pack(people), "why": why}
    same = AuditEvent.objects.filter(
        subject=subject, action=action, actor=by, at__gt=timezone.now() - SAME_READING
    )
    if details["people"] and details not in same.values_list("details", flat=True):
        record(action, subject, by=by, **details)


def _wait_for_turn() -> None:
    """Let one transaction at a time write lines; SQLite has one writer anyway (transaction_mode=IMMEDIATE)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def digest_of(event: AuditEvent) -> str:
    """Return the SHA-256 of a line and of the one before it, as 64 hexadecimal digits."""
    told = [
        event.previous,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.actor,
        event.action,
        event.subject,
        event.details,
    ]
    text = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


# People as text: short for many, and it can be asked whether somebody is among them


def pack(people: Iterable[int]) -> str:
    """Return ids as ranges.

    >>> pack([7, 1, 2, 3])
    '1-3,7'
    """
    ids = sorted(set(people))
    if not ids:
        return ""
    breaks = [i for i, (one, other) in enumerate(pairwise(ids), start=1) if other != one + 1]
    parts = (ids[start:end] for start, end in pairwise([0, *breaks, len(ids)]))
    return ",".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)


def unpack(text: str) -> Iterator[range]:
    """Yield the ranges of ids.

    >>> [list(ids) for ids in unpack("1-3,7")]
    [[1, 2, 3], [7]]
    """
    for part in filter(None, text.split(",")):
        first, _dash, last = part.partition("-")
        yield range(int(first), int(last or first) + 1)


def concerns(event: AuditEvent, person: int) -> bool:
    """Whether the line says that named data of this person were read or taken out."""
    return any(person in ids for ids in unpack(str(event.details.get("people", ""))))


# Checking


@dataclass(frozen=True)
class Verdict:
    """What a walk along the chain found. head: number and hash of the last line; problem: empty when all is well."""

    lines: int
    head: str
    problem: str = ""

    @property
    def sound(self) -> bool:
        return not self.problem


def head() -> str:
    """Return number and hash of the last line, to be noted down by whoever wants to check later."""
    last = AuditEvent.objects.order_by("-pk").first()
    return f"{last.pk}:{last.digest}" if last else f"0:{START}"


def verify(*, anchor: str = "") -> Verdict:
    """Walk along the chain from the first line to the last.

    anchor: a head noted earlier (`number:hash`); the log must still hold that line, else its end was cut off.
    Raises ValueError for an anchor that is none.
    """
    wanted = _read_anchor(anchor)
    before, count, number = START, 0, 0
    for event in AuditEvent.objects.order_by("pk").iterator(chunk_size=2000):
        count, number = count + 1, event.pk
        if event.previous != before:
            return Verdict(count, "", _("before line %d, lines were taken out, put in or moved") % event.pk)
        if event.digest != digest_of(event):
            return Verdict(count, "", _("line %d was changed") % event.pk)
        before = event.digest
        if wanted and wanted[0] == event.pk:
            if wanted[1] != event.digest:
                return Verdict(count, "", _("line %d is not the one that was noted") % event.pk)
            wanted = None
    if wanted and wanted[0]:
        return Verdict(count, "", _("line %d, which was noted, is not there any more") % wanted[0])
    return Verdict(count, f"{number}:{before}")


def _read_anchor(anchor: str) -> tuple[int, str] | None:
    if not anchor:
        return None
    number, _colon, digest = anchor.strip().partition(":")
    if not (number.isdecimal() and len(number) < 19 and len(digest) == 64):
        raise ValueError(_("A noted end of the log looks like 1234:abcd…, a number and 64 digits."))
    return int(number), digest.lower()


def in_period(since: datetime | None, until: datetime | None) -> Any:
    """Return the lines of a period, the newest first."""
    found = AuditEvent.objects.order_by("-pk")
    if since:
        found = found.filter(at__gte=since)
    return found.filter(at__lt=until) if until else found
