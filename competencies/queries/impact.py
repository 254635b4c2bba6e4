"""What learning resources changed: courses of people read from ratings before and after, put to competencies.impact.

Before: the level in the last cycle that was opened by the day of completion. After: the level in the next cycle. Each
person counts once a resource and competency, with the first completion. Those compared had the same gap at the same
time in the same competency, were rated in both cycles and completed nothing for this competency until the second.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db.models import Prefetch

from assessments.models import Cycle
from competencies import gaps
from competencies.impact import Course, Effect, measure
from competencies.levels import Levels
from competencies.models import Competency, PlanItem, Resource
from competencies.queries import standing as standings
from competencies.queries.library import demands
from competencies.queries.standing import Packs, Requirements
from organisation.models import Person


@dataclass(frozen=True)
class Learned:
    """A resource, how often it was completed, and what that changed in levels."""

    resource: Resource
    completions: int
    effect: Effect


def impacts() -> list[Learned]:
    """Return every resource with its effect. A fixed number of queries."""
    served = Prefetch("competencies", Competency.objects.in_use())
    resources = list(Resource.objects.prefetch_related(served))
    ground = _ground()
    done = _completions()
    found = []
    for one in resources:
        courses = [
            course
            for competency in one.competencies.all()
            for course in _courses(ground, competency, done[one.pk, competency.pk], done[None, competency.pk])
        ]
        found.append(Learned(one, _count(one, done), measure(courses)))
    return found


def _count(resource: Resource, done: Mapping[tuple[int | None, int], Mapping[int, date]]) -> int:
    return sum(len(people) for (pk, _competency), people in done.items() if pk == resource.pk)


def _completions() -> defaultdict[tuple[int | None, int], dict[int, date]]:
    """Return (resource, competency) → person → first day of completion; resource None: of any step or resource."""
    done: defaultdict[tuple[int | None, int], dict[int, date]] = defaultdict(dict)
    items = PlanItem.objects.filter(done_on__isnull=False).order_by("-done_on", "-pk")
    for person, competency, resource, day in items.values_list("person", "competency", "resource", "done_on"):
        done[None, competency][person] = day  # the first day comes last and stays
        if resource is not None:
            done[resource, competency][person] = day
    return done


@dataclass(frozen=True)
class _Ground:
    """Levels of everybody in every cycle, the oldest first, and what is required today."""

    place: Mapping[int, int]  # id of the person → row
    column: Mapping[int, int]  # id of the competency → column
    required: Levels
    levels: Sequence[Levels]
    opened: Sequence[date]


def _ground() -> _Ground:
    asked = demands()
    needs = Requirements.of(asked, asked.competencies)
    people = standings.person_rows(Person.objects.active())
    cycles: list[Cycle] = standings.rated_cycles()[::-1]
    packs: Packs = standings.read_packs(people, requirements=needs, cycles=cycles)
    return _Ground(
        place={one.pk: row for row, one in enumerate(people)},
        column={one.pk: column for column, one in enumerate(needs.competencies)},
        required=needs.level[needs.rows(one.job_role for one in people)],
        levels=[gaps.used_levels(*packs[one.pk]) for one in cycles],
        opened=[one.opened_at.date() for one in cycles if one.opened_at],
    )


def _courses(
    ground: _Ground, competency: Competency, completed: Mapping[int, date], anything: Mapping[int, date]
) -> Iterator[Course]:
    """Yield the courses of those who completed it and of those who completed nothing, cycle pair by cycle pair."""
    column = ground.column[competency.pk]
    learned = {ground.place[pk]: day for pk, day in completed.items() if pk in ground.place}
    busy = {ground.place[pk]: day for pk, day in anything.items() if pk in ground.place}
    for first, start in enumerate(ground.opened[:-1]):
        end = ground.opened[first + 1]
        before, after = ground.levels[first][:, column], ground.levels[first + 1][:, column]
        required = ground.required[:, column]
        here = {row for row, day in learned.items() if start <= day < end}
        if not here:
            continue  # nobody completed it in this time, so nobody is compared either
        for row in np.flatnonzero((required > before) & (before > 0) & (after > 0)).tolist():
            course = Course(int(required[row] - before[row]), int(before[row]), int(after[row]), row in here)
            if row in here or busy.get(row, date.max) >= end:
                yield course
