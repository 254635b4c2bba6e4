"""Actions with their steps and newest word, as plain data in a number of queries that doesn't grow with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Case, Count, IntegerField, Prefetch, Q, QuerySet, Value, When

from improvement.models import Action, ActionStep, ActionUpdate
from organisation.models import Person, Unit

SOON: Final = timedelta(days=14)


@dataclass(frozen=True)
class ActionRow:
    """An action as lists show it. updates: the newest first."""

    action: Action
    steps: Sequence[ActionStep]
    updates: Sequence[ActionUpdate]
    today: date

    @property
    def late(self) -> bool:
        return self.action.is_late(self.today)

    @property
    def soon(self) -> bool:
        return self.action.is_open and not self.late and self.action.due_on <= self.today + SOON

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(one.done_on is not None for one in self.steps)

    @property
    def next_step(self) -> ActionStep | None:
        return next((one for one in self.steps if one.done_on is None), None)


@dataclass(frozen=True)
class Chosen:
    """What a list of actions is narrowed to; empty: everything. state: a state, or "late"."""

    unit: Unit | None = None
    block: str = ""
    state: str = ""
    owner: str = ""


def with_parts(actions: QuerySet[Action]) -> QuerySet[Action]:
    """Return the actions with everything a row shows, in a constant number of queries."""
    steps = ActionStep.objects.order_by("number")
    updates = ActionUpdate.objects.select_related("by").order_by("-on", "-pk")
    return actions.select_related("unit", "owner").prefetch_related(
        Prefetch("steps", queryset=steps), Prefetch("updates", queryset=updates)
    )


def row_of(action: Action, today: date) -> ActionRow:
    """Return an action as lists show it. action: as `with_parts` reads it."""
    return ActionRow(action, list(action.steps.all()), list(action.updates.all()), today)


def chosen_actions(reader: Person, chosen: Chosen, today: date) -> QuerySet[Action]:
    """Return the actions the reader may see: overdue first, then open by the day they are due, then ended, newest
    first."""
    found: QuerySet[Action] = Action.objects.visible_to(reader)
    if chosen.unit is not None:
        found = found.filter(unit__in=[one.pk for one in chosen.unit.descendants(include_self=True)])
    if chosen.block:
        found = found.filter(block=chosen.block)
    if chosen.state == "late":
        found = found.filter(state__in=Action.OPEN, due_on__lt=today)
    elif chosen.state:
        found = found.filter(state=chosen.state)
    if chosen.owner:
        found = found.filter(owner__person_id=chosen.owner)
    ended = Case(When(state__in=Action.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField())
    return found.annotate(ended=ended).order_by("ended", "-closed_on", "due_on", "code")


@dataclass(frozen=True)
class Counts:
    """How many actions there are. late: of those open."""

    planned: int
    under_way: int
    done: int
    not_done: int
    late: int

    @property
    def open(self) -> int:
        return self.planned + self.under_way

    @property
    def all(self) -> int:
        return self.open + self.done + self.not_done

    def of(self, state: str) -> int:
        return int(getattr(self, state))


def counts(actions: QuerySet[Action], today: date) -> Counts:
    """Return how many there are in each state. One query."""
    late = Q(state__in=Action.OPEN, due_on__lt=today)
    found = actions.order_by().aggregate(
        **{state: Count("pk", filter=Q(state=state)) for state in Action.State.values},
        late=Count("pk", filter=late),
    )
    return Counts(**found)


def due_soon(person: Person, today: date) -> list[Action]:
    """Return the open actions this person sees to that are late or due within two weeks. One query."""
    rows = Action.objects.open().filter(owner=person, due_on__lte=today + SOON)
    return list(rows.select_related("unit").order_by("due_on", "code"))


def promised(unit: Unit, today: date, most: int) -> list[Action]:
    """Return what a unit promised: its open actions that are told to everybody, those due first. One query."""
    rows = Action.objects.open().filter(unit=unit, told=True).select_related("owner")
    return list(rows.order_by("due_on", "code")[:most])


def owned(person: Person) -> list[Action]:
    """Return the open actions this person sees to. One query."""
    return list(Action.objects.open().filter(owner=person).select_related("unit").order_by("due_on", "code"))


def open_in(unit: str) -> int:
    """Return how many actions are open in the unit with this code. One query."""
    return Action.objects.open().filter(unit__code=unit).count()
