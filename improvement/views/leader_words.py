"""Commitments in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from improvement.models import Commitment, Reflection
from improvement.queries.leaders import LeaderRow
from organisation.models import Person

KINDS: Final = {
    Commitment.State.UNDER_WAY: "active",
    Commitment.State.KEPT: "done",
    Commitment.State.DROPPED: "neutral",
}


@dataclass(frozen=True)
class Line:
    """A commitment as the page shows it. sources: codes, separated by spaces."""

    row: Commitment
    state: str
    kind: str
    is_late: bool
    sources: str


@dataclass(frozen=True)
class Leader:
    """A leader as their team sees them. shared: (question, reflection)."""

    leader: Person
    lines: Sequence[Line]
    shared: Sequence[tuple[str, Reflection]]


def line(row: Commitment, today: date) -> Line:
    return Line(
        row=row,
        state=str(row.get_state_display()),
        kind=KINDS[Commitment.State(row.state)],
        is_late=row.is_late(today),
        sources=" ".join(row.sources),
    )


def leader(row: LeaderRow, today: date, questions: Mapping[str, str]) -> Leader:
    shared = [(questions.get(one.question, one.question), one) for one in row.reflections]
    return Leader(row.leader, [line(one, today) for one in row.commitments], shared)


def headline(own: LeaderRow | None, team: Sequence[LeaderRow], today: date) -> str:
    """Return what the page says: of a leader's own commitments, else of those of the leaders above."""
    if own is not None:
        return _own(own.commitments, today)
    given = [one for row in team for one in row.commitments]
    if not given:
        return _("Your leaders have not committed themselves to anything yet")
    kept = sum(one.state == Commitment.State.KEPT for one in given)
    told = {"n": len(given), "kept": kept}
    return (
        ngettext(
            "Your leaders made %(n)d commitment; kept so far: %(kept)d",
            "Your leaders made %(n)d commitments; kept so far: %(kept)d",
            len(given),
        )
        % told
    )


def _own(rows: Sequence[Commitment], today: date) -> str:
    live = [one for one in rows if one.state == Commitment.State.UNDER_WAY]
    if not rows:
        return _("You have not committed yourself to anything yet")
    late = sum(one.is_late(today) for one in live)
    said = ngettext(
        "%(n)d commitment of yours is under way", "%(n)d commitments of yours are under way", len(live)
    ) % {"n": len(live)}
    return _("%(said)s; past their day: %(late)d") % {"said": said, "late": late} if late else said
