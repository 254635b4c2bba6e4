"""Setting goals, saying how they are reached, and reporting how far they are."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, RestrictedError
from django.utils import timezone
from django.utils.translation import gettext as _

from cfm.lib import audit
from improvement.models import (
    Actual,
    Goal,
    GoalFramework,
    Indicator,
    Output,
    Resource,
    Strategy,
)
from improvement.services.errors import RefusedError
from organisation import values

PARTS: Final[dict[str, Any]] = {
    "outputs": Output,
    "indicators": Indicator,
    "strategies": Strategy,
    "resources": Resource,
}
AnyPart = Output | Indicator | Strategy | Resource


@transaction.atomic
def save_framework(
    *,
    framework: GoalFramework | None,
    code: str,
    title: str,
    starts_on: date,
    ends_on: date,
    currency: str,
    by: int | None,
) -> GoalFramework:
    """Add the years for which goals are set (framework None), or change them; the code stays.

    Raises ValidationError by field, also where a goal would lie outside of the new years.
    """
    saved = GoalFramework(code=code) if framework is None else framework
    _require_code(saved.code)
    if ends_on <= starts_on:
        raise ValidationError({"ends_on": _("This is not after the begin.")})
    outside = Goal.objects.filter(framework=saved.pk).exclude(starts_on__gte=starts_on, due_on__lte=ends_on)
    if saved.pk and outside.exists():
        raise ValidationError({"ends_on": _("Goals of this framework lie outside of these days.")})
    saved.title, saved.starts_on, saved.ends_on, saved.currency = title, starts_on, ends_on, currency.upper()
    saved.full_clean()
    saved.save()
    audit.record("goal.framework", saved.code, by=by)
    return saved


@transaction.atomic
def save_goal(*, goal: Goal | None, key_components: Iterable[str], by: int | None, **fields: Any) -> Goal:
    """Set a goal (None), or change one; its code and framework stay.

    fields: framework, code, title, why, unit, person, owner, parent, block, starts_on, due_on, target_score,
    target_cycle. A person's goal is of the unit the person works in. Raises ValidationError by field.
    """
    saved = Goal() if goal is None else Goal.objects.select_for_update().get(pk=goal.pk)
    for name, value in fields.items():
        setattr(saved, name, value)
    saved.key_components = sorted(set(key_components))
    if saved.person is not None:
        saved.unit = saved.person.unit
    _require_code(saved.code)
    require_sound(saved)
    saved.full_clean()
    saved.save()
    audit.record("goal.save", saved.code, by=by, unit=saved.unit_id, person=saved.person_id)
    return saved


def require_sound(goal: Goal) -> None:
    """Raise ValidationError by field unless the goal fits its framework, its target its block, its parent its unit."""
    frame = goal.framework
    if goal.due_on <= goal.starts_on:
        raise ValidationError({"due_on": _("This is not after the begin.")})
    for field in ("starts_on", "due_on"):
        if not frame.starts_on <= getattr(goal, field) <= frame.ends_on:
            told = {"starts": frame.starts_on, "ends": frame.ends_on}
            raise ValidationError(
                {field: _("The framework runs from %(starts)s to %(ends)s.") % told},
            )
    if goal.target_score is not None and (goal.person is not None or not goal.block):
        raise ValidationError(
            {"target_score": _("A target score is of a unit and a building block, not of a person.")}
        )
    if goal.parent is not None:
        _require_parent(goal, goal.parent)


def _require_parent(goal: Goal, parent: Goal) -> None:
    if parent.framework_id != goal.framework_id:
        raise ValidationError({"parent": _("That goal belongs to another framework.")})
    if parent.person_id is not None and parent.person_id != goal.person_id:
        raise ValidationError({"parent": _("A goal can't serve the goal of somebody else.")})
    above = {unit.pk for unit in goal.unit.ancestors(include_self=True)}
    if parent.unit_id not in above:
        raise ValidationError({"parent": _("A goal serves one of its own unit or of a unit above it.")})
    seen = {goal.pk}
    here: Goal | None = parent
    while here is not None:
        if here.pk in seen:
            raise ValidationError({"parent": _("These goals would serve each other.")})
        seen.add(here.pk)
        here = here.parent


@transaction.atomic
def close_goal(*, goal: Goal, state: str, note: str, by: int | None) -> Goal:
    """Say that a goal is achieved or given up, or pursue it again. Raises ValidationError by field."""
    saved = Goal.objects.select_for_update().get(pk=goal.pk)
    if state == Goal.State.DROPPED and not note.strip():
        raise ValidationError({"closing_note": _("Say why, so that others can learn from it.")})
    saved.state, saved.closing_note = state, note.strip()
    saved.full_clean()
    saved.save()
    audit.record("goal.state", saved.code, by=by, state=state)
    return saved


@transaction.atomic
def save_part(*, goal: Goal, what: str, part: AnyPart | None, by: int | None, **fields: Any) -> AnyPart:
    """Add an output, indicator, strategy or resource to a goal (part None), or change one.

    what: one of PARTS; fields: those of its model. An indicator's or resource's output must be of the same goal.
    Raises ValidationError by field.
    """
    Goal.objects.select_for_update().get(pk=goal.pk)  # numbers are given one after the other
    saved: AnyPart = PARTS[what](goal=goal) if part is None else part
    for name, value in fields.items():
        setattr(saved, name, value)
    if part is None:
        saved.number = next_number(goal, what)
    require_sound_part(saved)
    saved.full_clean()
    saved.save()
    audit.record("goal.part", goal.code, by=by, kind=what, number=saved.number)
    return saved


def require_sound_part(part: AnyPart) -> None:
    """Raise ValidationError by field unless the part fits its goal."""
    if isinstance(part, Indicator) and part.baseline == part.target:
        raise ValidationError({"target": _("The target must differ from the baseline.")})
    if isinstance(part, Output) and part.delivered_on and part.delivered_on > timezone.localdate():
        raise ValidationError({"delivered_on": _("This day is yet to come.")})
    output = part.output if isinstance(part, Indicator | Resource) else None
    if output is not None and output.goal_id != part.goal_id:
        raise ValidationError({"output": _("That output belongs to another goal.")})


def next_number(goal: Goal, kind: str) -> int:
    """Return the number of the goal's next part of this kind."""
    highest: int | None = PARTS[kind].objects.filter(goal=goal).aggregate(Max("number"))["number__max"]
    return (highest or 0) + 1


@transaction.atomic
def delete_part(*, part: AnyPart, kind: str, by: int | None) -> None:
    """Take a part away. Raises RefusedError for an output with resources: budget stays linked to what it delivers."""
    goal, number = part.goal, part.number
    try:
        part.delete()
    except RestrictedError as error:
        raise RefusedError(
            _("This output has resources. Move them to another output or delete them first.")
        ) from error
    audit.record("goal.part_delete", goal.code, by=by, kind=kind, number=number)


@transaction.atomic
def report(*, indicator: Indicator, on: date, value: Decimal, note: str, by: int | None) -> Actual:
    """Report an indicator's figure of a day; a second one of the same day replaces it. Raises ValidationError."""
    if on > timezone.localdate():
        raise ValidationError({"on": _("This day is yet to come.")})
    actual = Actual.objects.filter(indicator=indicator, on=on).first() or Actual(indicator=indicator, on=on)
    actual.value, actual.note = value, note.strip()
    actual.full_clean()
    actual.save()
    audit.record("goal.report", indicator.goal.code, by=by, indicator=indicator.number, on=on.isoformat())
    return actual


def _require_code(code: str) -> None:
    if not values.is_code(code):
        raise ValidationError({"code": _("A code begins with a letter or digit and holds no slash.")})
