"""What to know before a cycle opens: who will be asked, and where the answers of small units will count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Q, QuerySet

from assessments.models import Audience, Cycle
from assessments.scoring.disclosure import notice_unit
from assessments.scoring.tree import subtree_sums
from organisation.models import Person, Unit
from organisation.permissions import MANAGER


@dataclass(frozen=True)
class SmallUnit:
    """A unit with too few people for figures of its own, and the unit in which their answers will count."""

    name: str
    invited: int
    counts_in: str
    counts_in_invited: int


@dataclass(frozen=True)
class OpeningChecks:
    """What a person should look at before opening. Counts of people; names of units only."""

    people: int
    managers: int
    without_email: int
    without_manager: list[str]
    small: list[SmallUnit]
    enough: bool  # whether any figure could be shown at all
    gone: list[str]  # codes of chosen units that are not there any more

    @property
    def staff(self) -> int:
        return self.people - self.managers


def asked_people(cycle: Cycle) -> QuerySet[Person]:
    """Return the active people a draft would ask: of its units and those below, and of its audience."""
    people: QuerySet[Person] = Person.objects.active()
    if cycle.scope:
        tops = Unit.objects.filter(code__in=cycle.scope).values_list("pk", flat=True)
        people = people.filter(unit__in=Unit.objects.within(list(tops)))
    if cycle.only_audience == Audience.STAFF and asks_managers(cycle):
        people = people.exclude(pk__in=managers())
    if cycle.only_audience == Audience.MANAGER:
        people = people.filter(pk__in=managers()) if asks_managers(cycle) else people.none()
    return people


def asks_managers(cycle: Cycle) -> bool:
    """Whether managers get a questionnaire of their own."""
    return bool(cycle.framework.instrument.closed_items(Audience.MANAGER))


def managers() -> QuerySet[Person, int]:
    """Return the ids of the people who are asked as managers."""
    return Person.objects.filter(role_grants__role=MANAGER).values_list("pk", flat=True)


def checks(cycle: Cycle, *, units: Sequence[tuple[int, str, str]], parents: Sequence[int]) -> OpeningChecks:
    """Return the checks for a draft. units: (id, code, name) in the order that will be frozen; parents: positions."""
    active = asked_people(cycle)
    totals = active.aggregate(
        people=Count("pk"),
        managers=Count("pk", filter=Q(pk__in=managers())),
        without_email=Count("pk", filter=Q(email__isnull=True)),
    )
    heads = dict(active.values_list("unit").annotate(n=Count("pk")).order_by())
    led = set(Person.objects.active().filter(pk__in=managers()).values_list("unit", flat=True))
    small, enough = _small(cycle.k, units, parents, [heads.get(pk, 0) for pk, _code, _name in units])
    return OpeningChecks(
        people=totals["people"],
        managers=totals["managers"] if asks_managers(cycle) else 0,
        without_email=totals["without_email"],
        without_manager=[name for pk, _code, name in units if heads.get(pk) and pk not in led],
        small=small,
        enough=enough,
        gone=sorted(set(cycle.scope) - set(Unit.objects.values_list("code", flat=True)))
        if cycle.scope
        else [],
    )


def _small(
    k: int, units: Sequence[tuple[int, str, str]], parents: Sequence[int], heads: list[int]
) -> tuple[list[SmallUnit], bool]:
    if not units:
        return [], False
    above = np.array(parents, dtype=np.int64)
    below = subtree_sums(above, np.array(heads, dtype=np.int64))
    counts_in = notice_unit(above, np.array(heads, dtype=np.int64), k)
    small = [
        SmallUnit(units[place][2], int(below[place]), units[target][2], int(below[target]))
        for place, target in enumerate(counts_in.tolist())
        if target not in (place, -1) and heads[place]
    ]
    return small, bool((counts_in >= 0).any())
