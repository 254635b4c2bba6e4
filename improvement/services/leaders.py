"""Keeping one's own commitments and reflections: each leader for themselves, nobody for another."""

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cfm.lib import audit
from improvement.models import Commitment, CommitmentNote, Reflection
from improvement.services.errors import RefusedError
from organisation import permissions
from organisation.models import Person


def _require_own(row: Commitment | Reflection, by: Person) -> None:
    if row.leader_id != by.pk:
        raise RefusedError(_("Only whoever wrote it changes it."))


@transaction.atomic
def save_commitment(
    *, commitment: Commitment | None, text: str, due_on: date, sources: Sequence[str], by: Person
) -> Commitment:
    """Commit oneself to something (commitment None), or put one's own commitment differently.

    sources: codes of the ideas it comes from. Raises ValidationError by field, RefusedError for another's.
    """
    permissions.require(by, "leader.commit")
    row = commitment or Commitment(leader=by)
    _require_own(row, by)
    if commitment is None and due_on < timezone.localdate():
        raise ValidationError({"due_on": _("Choose a day that is yet to come.")})
    row.text, row.due_on, row.sources = text.strip(), due_on, list(sources)
    row.full_clean()
    row.save()
    audit.record("leader.commit", f"commitment/{row.pk}", by=by.pk, sources=list(sources))
    return row


@transaction.atomic
def report(*, commitment: Commitment, text: str, state: str, by: Person) -> CommitmentNote:
    """Tell the team how one's own commitment goes. Raises ValidationError by field, RefusedError for another's."""
    row: Commitment = Commitment.objects.select_for_update().get(pk=commitment.pk)
    _require_own(row, by)
    note = CommitmentNote(commitment=row, text=text.strip(), state=state)
    note.full_clean()
    note.save()
    row.state = state
    row.save(update_fields=["state"])
    audit.record("leader.progress", f"commitment/{row.pk}", by=by.pk, state=state)
    return note


@transaction.atomic
def save_reflection(
    *, reflection: Reflection | None, question: str, text: str, shared: bool, by: Person
) -> Reflection:
    """Keep an answer for oneself, or share it with one's team; one's own can be changed and taken back.

    Leaves no line in the audit log: that somebody reflects is theirs too. Raises ValidationError, RefusedError.
    """
    permissions.require(by, "leader.commit")
    row = reflection or Reflection(leader=by, question=question)
    _require_own(row, by)
    row.text, row.shared = text.strip(), shared
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def delete_reflection(*, reflection: Reflection, by: Person) -> None:
    """Delete one's own answer. Raises RefusedError for another's."""
    _require_own(reflection, by)
    reflection.delete()
