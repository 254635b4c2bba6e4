"""Planning actions, taking them step by step, and ending them with a word about what came of it."""

import secrets
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from cfm.lib import audit
from improvement.models import Action, ActionStep, ActionUpdate
from improvement.models.actions import ENCOURAGED
from improvement.queries.origins import Origin
from organisation import values
from organisation.models import Person, Unit

LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH: Final = 5
MOST_STEPS: Final = 30


@transaction.atomic
def save_action(
    *,
    action: Action | None,
    unit: Unit,
    origin: Origin | None = None,
    expected_points: Decimal | None = None,
    by: int | None,
    **fields: Any,
) -> Action:
    """Plan an action (None), or change one; its code and what it is about stay.

    origin: what it is about, if anything; heard in the unit itself or in the whole organisation, whose figures
    everybody may read. fields: code (empty: one is made), title, block, owner, planned_on, due_on, baseline_cycle,
    told, more_because. A fourth open action of a unit needs `more_because` (A19). Raises ValidationError by field.
    """
    Unit.objects.select_for_update().get(pk=unit.pk)
    saved = (
        Action(code=_new_code()) if action is None else Action.objects.select_for_update().get(pk=action.pk)
    )
    moved = saved.pk is None or saved.unit_id != unit.pk
    if moved and saved.pk is not None:
        _require_heard_everywhere(saved)
    for name, value in fields.items():
        if name != "code" or (saved.pk is None and value):
            setattr(saved, name, value)
    saved.unit, saved.expected_points = unit, expected_points
    if saved.pk is None and origin is not None:
        saved.about_kind, saved.about, saved.heard = origin.kind, origin.reference, origin.heard
        _require_heard_here(unit, origin)
    if saved.expected_points is None:
        saved.baseline_cycle = ""
    _require_sound(saved)
    if moved and saved.is_open:
        _require_few(saved)
    saved.full_clean()
    saved.save()
    audit.record("action.save", saved.code, by=by, unit=unit.pk, state=saved.state)
    return saved


def _new_code() -> str:
    while True:
        code = "A" + "".join(secrets.choice(LETTERS) for _letter in range(LENGTH))
        if not Action.objects.filter(code=code).exists():
            return code


def _require_heard_here(unit: Unit, origin: Origin) -> None:
    if origin.unit != unit.code and Unit.objects.filter(code=origin.unit, parent__isnull=False).exists():
        raise ValidationError(
            {"unit": _("This was heard in another unit, whose figures not everybody here may read.")}
        )


def _require_heard_everywhere(action: Action) -> None:
    """What was heard in a unit stays with it; what the whole organisation said may be answered anywhere."""
    root = Unit.objects.filter(parent=None).values_list("code", flat=True).first()
    if action.about and action.about.split("/")[2] != root:
        raise ValidationError({"unit": _("What was heard belongs to its unit. Plan another action there.")})


def _require_sound(action: Action) -> None:
    if not values.is_code(action.code):
        raise ValidationError({"code": _("A code begins with a letter or digit and holds no slash.")})
    if action.due_on < action.planned_on:
        raise ValidationError({"due_on": _("This is before it was planned.")})
    if action.expected_points is not None:
        if not action.block:
            raise ValidationError({"block": _("Of which block should the score change?")})
        if not action.baseline_cycle:
            raise ValidationError({"baseline_cycle": _("From which cycle is the change counted?")})


def _require_few(action: Action) -> None:
    others = Action.objects.open().filter(unit=action.unit_id).exclude(pk=action.pk).count()
    if others >= ENCOURAGED and not action.more_because.strip():
        message = _(
            "This unit has %d open actions. Fewer, done right, achieve more: end one first, or say why one more."
        )
        raise ValidationError({"more_because": message % others})


@transaction.atomic
def report(
    *, action: Action, state: str, note: str, by: Person | None, on: date | None = None
) -> ActionUpdate:
    """Say how an action stands on a day (today); its end needs a word about what came of it, or why not.

    Raises ValidationError by field.
    """
    row = Action.objects.select_for_update().get(pk=action.pk)
    told, day = note.strip(), on or timezone.localdate()
    if day > timezone.localdate():
        raise ValidationError({"on": _("This day is yet to come.")})
    ends = state not in Action.OPEN
    if ends and not told:
        raise ValidationError({"note": _("Say in a sentence what came of it, or why it is not done.")})
    if not told and state == row.state:
        raise ValidationError({"note": _("Say what is new, or choose another state.")})
    if not ends and not row.is_open:
        _require_few(row)
    row.state, row.outcome, row.closed_on = state, told if ends else "", day if ends else None
    row.full_clean()
    row.save()
    update = ActionUpdate(action=row, on=day, state=state, note=told, by=by)
    update.full_clean()
    update.save()
    audit.record("action.report", row.code, by=by.pk if by else None, state=state)
    return update


@transaction.atomic
def save_step(
    *, action: Action, step: ActionStep | None, text: str, done_on: date | None, by: int | None
) -> ActionStep:
    """Add a step (None) at the end, or change one. Raises ValidationError by field."""
    Action.objects.select_for_update().get(pk=action.pk)
    saved = step or ActionStep(action=action, number=_next_number(action))
    saved.text, saved.done_on = text.strip(), done_on
    if done_on is not None and done_on > timezone.localdate():
        raise ValidationError({"done_on": _("This day is yet to come.")})
    saved.full_clean()
    saved.save()
    audit.record("action.step", f"{action.code}/{saved.number}", by=by, done=done_on is not None)
    return saved


def _next_number(action: Action) -> int:
    found = ActionStep.objects.filter(action=action).aggregate(most=Max("number"))["most"] or 0
    if found >= MOST_STEPS:
        raise ValidationError(_("An action has at most %d steps.") % MOST_STEPS)
    return int(found) + 1


@transaction.atomic
def delete_step(*, action: Action, step: ActionStep, by: int | None) -> None:
    """Take a step out."""
    ActionStep.objects.filter(pk=step.pk, action=action).delete()
    audit.record("action.step", f"{action.code}/{step.number}", by=by, deleted=True)


@transaction.atomic
def tick(*, action: Action, step: ActionStep, by: int | None) -> ActionStep:
    """Say that a step is done today, or take that back."""
    day = None if step.done_on else timezone.localdate()
    return save_step(action=action, step=step, text=step.text, done_on=day, by=by)
