"""How far rounds of mail are, and whom they reach: counts only, never who."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, QuerySet

from assessments.models import Cycle, Invitation, MailRound
from cfm.lib.models import Job

JOB_KIND: Final = "mail.send"


@dataclass(frozen=True)
class Round:
    """A round and its jobs. waiting: still to be done; failed: given up, with the reasons."""

    round: MailRound
    waiting: int
    failed: int
    reasons: tuple[str, ...]

    @property
    def done(self) -> int:
        return self.round.total - self.waiting - self.failed

    @property
    def percent(self) -> int:
        """Share of the people that were looked at, 0 to 100, 100 only when all were."""
        return 100 * (self.round.total - self.waiting) // self.round.total if self.round.total else 100


@dataclass(frozen=True)
class Reach:
    """How many of those who are asked have an address, and how many have none."""

    with_address: int
    without_address: int


def with_address(cycle: Cycle) -> QuerySet[Invitation]:
    """Return the invitations of people that a mail reaches."""
    return Invitation.objects.filter(cycle=cycle, person__email__isnull=False, person__is_active=True)


def reach(cycle: Cycle) -> Reach:
    """Return how many are reached by mail and how many by letter only. Two queries."""
    reached = with_address(cycle).count()
    asked = Invitation.objects.filter(cycle=cycle, person__is_active=True).count()
    return Reach(reached, asked - reached)


def rounds(cycle: Cycle) -> list[Round]:
    """Return the rounds of a cycle, the first one first. Two queries, however many mails there are."""
    return rounds_of(list(MailRound.objects.filter(cycle=cycle)))


def jobs_of(row: MailRound) -> list[uuid.UUID]:
    """Return the jobs of a round that wait, in the order in which they were queued."""
    found = Job.objects.filter(kind=JOB_KIND, state=Job.State.QUEUED, arguments__round=row.pk)
    return list(found.order_by("created_at").values_list("pk", flat=True))


def rounds_of(rows: list[MailRound]) -> list[Round]:
    """Return these rounds with the state of their jobs. One query."""
    if not rows:
        return []
    found = Job.objects.filter(kind=JOB_KIND, arguments__round__in=[row.pk for row in rows])
    counts = found.values_list("arguments__round", "state", "message").annotate(n=Count("pk")).order_by()
    return [_round(row, [entry[1:] for entry in counts if entry[0] == row.pk]) for row in rows]


def _round(row: MailRound, counts: Iterable[tuple[str, str, int]]) -> Round:
    states: Counter[str] = Counter()
    reasons = []
    for state, message, number in counts:
        states[state] += number
        if state == Job.State.FAILED:
            reasons.append(message)
    failed = states.pop(Job.State.FAILED, 0)
    states.pop(Job.State.DONE, 0)
    return Round(row, waiting=states.total(), failed=failed, reasons=tuple(sorted(set(reasons))))
