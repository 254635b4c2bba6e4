"""The reviewer's verdict on an entry: confirmed or not. It stands beside the figures and changes none."""

from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import ChecklistEntry, Cycle, EntryEvent
from assessments.services.errors import ServiceError
from cfm.lib import audit

REVIEWABLE: Final = frozenset(
    {Cycle.State.OPEN, Cycle.State.CLOSED, Cycle.State.SCORED, Cycle.State.PUBLISHED}
)
MAX_REASON: Final = 500  # characters


class NotReviewableError(ServiceError):
    """The cycle is archived, the entry is the reviewer's own or changed meanwhile, or the verdict gives no reason."""


@transaction.atomic
def give_verdict(*, entry: int, verdict: str, seen: str, note: str = "", by: int | None) -> bool:
    """Say whether an entry's evidence bears out its state; returns whether that changed anything.

    entry: its id; seen: the state that the reviewer looked at; verdict: one of ChecklistEntry.Verdict; note: up to
    500 characters, required where the entry is not confirmed; by: the reviewer's id. Raises NotReviewableError once
    the cycle is archived, where the state is another by now or the reason is missing; ValueError for another verdict.
    """
    if verdict not in ChecklistEntry.Verdict.values or len(note) > MAX_REASON:
        raise ValueError(verdict)
    row = ChecklistEntry.objects.select_for_update(of=("self",)).select_related("cycle", "unit").get(pk=entry)
    _require(row, verdict, seen, note, by)
    if (row.verdict, row.verdict_note) == (verdict, note):
        return False
    row.verdict, row.verdict_note, row.verdict_by_id, row.verdict_at = verdict, note, by, timezone.now()
    row.save(update_fields=["verdict", "verdict_note", "verdict_by", "verdict_at"])
    EntryEvent.objects.create(
        entry=row, kind=EntryEvent.Kind.VERDICT, value=verdict, note=note, by_id=by, at=row.verdict_at
    )
    subject = f"{row.cycle.code}/{row.unit.code}/{row.key_component}"
    audit.record("checklist.verdict", subject[:120], by=by, verdict=verdict)
    return True


def _require(row: ChecklistEntry, verdict: str, seen: str, note: str, by: int | None) -> None:
    if row.cycle.state not in REVIEWABLE:
        raise NotReviewableError(_("Nothing was saved: this cycle is archived."))
    if row.owner_id is not None and row.owner_id == by:
        raise NotReviewableError(_("You own this entry: somebody else has to review it."))
    if row.state != seen:
        raise NotReviewableError(
            _("Nothing was saved: the entry now says “%s”. Please look at it again.")
            % row.get_state_display()
        )
    if verdict == ChecklistEntry.Verdict.NOT_CONFIRMED and not note.strip():
        raise NotReviewableError(_("Say why it is not confirmed, so that the owner knows what is missing."))
