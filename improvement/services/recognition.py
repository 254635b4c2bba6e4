"""Giving thanks and awards, and taking them off the wall again."""

from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from cfm.lib import audit
from competencies.models import Competency
from improvement.models import DigestDeclined, Recognition
from improvement.services.errors import RefusedError
from organisation import permissions
from organisation.models import Customer, Person, Unit


@dataclass(frozen=True)
class Move:
    """A step between states. by: who of giver, receiver and HR may take it."""

    before: Recognition.State
    after: Recognition.State
    by: str


State = Recognition.State
MOVES: Final = {
    "withdraw": (Move(State.SHOWN, State.WITHDRAWN, "giver"),),
    "take_off": (Move(State.SHOWN, State.TAKEN_OFF, "receiver"),),
    "put_back": (
        Move(State.WITHDRAWN, State.SHOWN, "giver"),
        Move(State.TAKEN_OFF, State.SHOWN, "receiver"),
        Move(State.REMOVED, State.SHOWN, "hr"),
    ),
}


@transaction.atomic
def give(
    *,
    giver: Person,
    person: Person | None,
    unit: Unit,
    deed: str,
    whats_next: str = "",
    award: str = "",
    competency: Competency | None = None,
    customer: Customer | None = None,
) -> Recognition:
    """Thank a person or (person None) a unit as a whole; with the name of an award it is one.

    unit: the one thanked, or the person's own. Raises ValidationError by field; RefusedError for oneself, for
    somebody who has left, and for an award out of the giver's reach.
    """
    if person is not None and (person.pk == giver.pk or not person.is_active):
        raise RefusedError(_("Choose a colleague who works here."))
    if award and not may_award(giver, person, unit):
        raise RefusedError(_("Awards go to people and teams of one’s own part of the organisation."))
    kind = Recognition.Kind.AWARD if award else Recognition.Kind.THANKS
    row = Recognition(
        kind=kind,
        award=award,
        deed=deed.strip(),
        whats_next=whats_next.strip(),
        giver=giver,
        person=person,
        unit=unit,
        competency=competency,
        customer=customer,
    )
    if award and not row.whats_next:
        raise ValidationError({"whats_next": _("Say what is next: a celebration looks ahead.")})
    row.full_clean()
    row.save()
    audit.record("recognition.give", f"recognition/{row.pk}", by=giver.pk, kind=kind.value, unit=unit.pk)
    return row


def may_award(giver: Person, person: Person | None, unit: Unit) -> bool:
    """Whether the giver, as a manager, may give an award to this person, or to this unit as a whole."""
    if not permissions.can(giver, "recognition.award") or (person is not None and person.pk == giver.pk):
        return False
    home = person.unit_id if person else unit.pk
    return bool(Unit.objects.visible_to(giver, "recognition.award").filter(pk=home).exists())


def moves(row: Recognition, person: Person) -> list[str]:
    """Return what this person may do with it now: names of MOVES, and `remove` for HR in reach."""
    found = [
        name
        for name, steps in MOVES.items()
        if any(step.before == row.state and _is(step.by, row, person) for step in steps)
    ]
    if row.state == State.SHOWN and _is("hr", row, person):
        found.append("remove")
    return found


def may_ever(row: Recognition, person: Person, name: str) -> bool:
    """Whether the move is for this person in some state: then it only came too late."""
    return any(_is(step.by, row, person) and row.state in {step.before, step.after} for step in MOVES[name])


def _is(part: str, row: Recognition, person: Person) -> bool:
    if part == "giver":
        return row.giver_id == person.pk
    if part == "receiver":
        return row.person_id == person.pk
    return bool(Recognition.objects.in_reach(person, "recognition.moderate").filter(pk=row.pk).exists())


@transaction.atomic
def move(*, recognition: int, name: str, by: Person) -> Recognition:
    """Withdraw, take off or put back. Raises RefusedError when this is not for this person, or not now."""
    row: Recognition = Recognition.objects.select_for_update().get(pk=recognition)
    if name not in MOVES or name not in moves(row, by):
        raise RefusedError(_("This can’t be done any more."))
    step = next(one for one in MOVES[name] if one.before == row.state)
    row.state, row.reason, row.reason_note = step.after, "", ""
    row.save(update_fields=["state", "reason", "reason_note"])
    audit.record(f"recognition.{name}", f"recognition/{row.pk}", by=by.pk)
    return row


@transaction.atomic
def remove(*, recognition: int, reason: str, note: str, by: Person) -> Recognition:
    """Take a message off the wall as HR, with a reason that giver and receiver read. Raises RefusedError."""
    row: Recognition = Recognition.objects.select_for_update().get(pk=recognition)
    if "remove" not in moves(row, by):
        raise RefusedError(_("This can’t be done any more."))
    row.state, row.reason, row.reason_note = State.REMOVED, reason, note.strip()
    row.full_clean()
    row.save(update_fields=["state", "reason", "reason_note"])
    audit.record("recognition.remove", f"recognition/{row.pk}", by=by.pk, reason=reason)
    return row


@transaction.atomic
def choose_digest(*, person: Person, wanted: bool) -> None:
    """Let a person have the monthly digest, or not."""
    if wanted:
        DigestDeclined.objects.filter(person=person).delete()
    else:
        DigestDeclined.objects.get_or_create(person=person)
