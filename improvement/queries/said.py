"""You said, we did: what was heard in a unit or the organisation, what is done about it, what is not, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from improvement.models import Action
from organisation import permissions
from organisation.models import Person, Unit

KEPT: Final = timedelta(days=365)  # how long an ended action is told
MOST: Final = 24  # a page that is read in a minute
ORDER: Final = (Action.State.DONE, Action.State.DOING, Action.State.PLANNED, Action.State.NOT_DONE)
IN_MAIL: Final = (Action.State.DONE, Action.State.NOT_DONE, Action.State.DOING)


def told(today: date) -> QuerySet[Action]:
    """Return the actions that are told to everybody in their unit: open ones, and those ended within a year."""
    found: QuerySet[Action] = Action.objects.filter(told=True)
    return found.filter(Q(closed_on__isnull=True) | Q(closed_on__gte=today - KEPT))


def units_for(reader: Person) -> list[Unit]:
    """Return the units whose answers the reader may read: the organisation, the own unit, and by role more.

    The organisation first, then the own unit, then the others by name.
    """
    seen = Q(parent=None) | Q(pk=reader.unit_id)
    if permissions.can(reader, "said.view_units"):
        reached = Unit.objects.visible_to(reader, "said.view_units").values("pk")
        seen |= Q(pk__in=reached)
    units = Unit.objects.filter(seen)
    return sorted(
        units, key=lambda one: (one.parent_id is not None, one.pk != reader.unit_id, one.name, one.code)
    )


@dataclass(frozen=True)
class Group:
    """The answers in one state, the newest first."""

    state: Action.State
    actions: Sequence[Action]


def groups(unit: Unit, today: date) -> list[Group]:
    """Return what a unit answered, by state; at most MOST in all. One query."""
    rows = told(today).filter(unit=unit).select_related("owner").order_by("-closed_on", "due_on", "code")
    found = list(rows[:MOST])
    return [Group(state, same) for state in ORDER if (same := [one for one in found if one.state == state])]


def numbers(units: Sequence[Unit], today: date) -> dict[int, int]:
    """Return how many answers each unit tells, by id; those without are left out. One query."""
    rows = told(today).filter(unit__in=[one.pk for one in units]).values_list("unit_id", flat=True)
    found: dict[int, int] = {}
    for pk in rows.order_by():
        found[pk] = found.get(pk, 0) + 1
    return found


def for_mail(person: Person, today: date, most: int) -> list[Action]:
    """Return what to tell somebody in few lines: of their own unit before the organisation's, ended ones first.

    One query.
    """
    mine = Q(unit=person.unit_id) | Q(unit__parent=None)
    rows = told(today).filter(mine, state__in=IN_MAIL).order_by("-closed_on", "due_on", "code")
    ranked = sorted(
        rows,
        key=lambda one: (IN_MAIL.index(Action.State(one.state)), one.unit_id != person.unit_id),
    )
    return ranked[:most]
