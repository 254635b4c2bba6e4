"""Comments: what HR has to review, and what may be read where. Always in the order of the random ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, QuerySet

from assessments.models import Comment, Cycle, CycleUnit
from assessments.queries.tree import TreeUnit, invited_below
from organisation import permissions
from organisation.models import Person, Unit

State = Comment.State
REVIEWED_IN: Final = (Cycle.State.CLOSED, Cycle.State.SCORED, Cycle.State.PUBLISHED, Cycle.State.ARCHIVED)
RELEASED: Final = (State.SHOWN, State.REDACTED)


def reviewable(person: Person, cycle: Cycle) -> QuerySet[Comment]:
    """Return the comments of a counted cycle that this person may review, with their units."""
    rows = Comment.objects.filter(cycle=cycle, unit__in=_units(person, cycle, "comments.review"))
    return rows.filter(cycle__state__in=REVIEWED_IN).select_related("unit").order_by("pk")


def readable(person: Person, cycle: Cycle) -> QuerySet[Comment]:
    """Return the released comments of a published cycle at the units whose comments this person may read."""
    rows = Comment.objects.filter(cycle=cycle, unit__in=_units(person, cycle, "comments.read"))
    published = rows.filter(cycle__state__in=[Cycle.State.PUBLISHED, Cycle.State.ARCHIVED])
    return published.filter(state__in=RELEASED).order_by("pk")


def readable_units(person: Person, cycle: Cycle) -> QuerySet[CycleUnit]:
    """Return the units of the frozen tree whose comments this person may read."""
    return _units(person, cycle, "comments.read")


def _units(person: Person, cycle: Cycle, action: str) -> QuerySet[CycleUnit]:
    rows = CycleUnit.objects.filter(cycle=cycle)
    if not permissions.can(person, action):
        return rows.none()
    scope = permissions.scope(person, action)
    return rows if scope is None else rows.filter(code__in=Unit.objects.within(scope).values("code"))


def by_state(rows: QuerySet[Comment]) -> dict[str, int]:
    """Return how many comments are in each state, 0 included. One query."""
    found = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    return {state: found.get(state, 0) for state in State.values}


def themes_used(rows: QuerySet[Comment]) -> list[str]:
    """Return the themes given so far, the most used first. One query."""
    counts = Counter(theme for themes in rows.order_by().values_list("themes", flat=True) for theme in themes)
    return [theme for theme, _n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]


def shared_themes(rows: QuerySet[Comment], unit: CycleUnit, k: int) -> list[str]:
    """Return the themes that k or more of the comments at a unit share, the most used first. One query."""
    given = rows.filter(unit=unit).order_by().values_list("themes", flat=True)
    counts = Counter(theme for themes in given for theme in set(themes))
    shared = [(theme, n) for theme, n in counts.items() if n >= k]
    return [theme for theme, _n in sorted(shared, key=lambda pair: (-pair[1], pair[0]))]


@dataclass(frozen=True)
class Place:
    """A unit near by that has comments of its own."""

    code: str
    name: str
    comments: int


@dataclass(frozen=True)
class Around:
    """Where else comments stand: at the nearest unit above, and at units below."""

    above: Place | None
    below: list[Place]


def around(unit: CycleUnit, rows: QuerySet[Comment]) -> Around:
    """Return the units above and below at which comments among `rows` stand. Two queries."""
    tree = {one.position: one for one in invited_below(unit.cycle)}
    counts = dict(rows.order_by().values_list("unit__position").annotate(n=Count("pk")))
    above = next((one for one in _upwards(tree, unit.position) if counts.get(one.position)), None)
    below = [tree[place] for place in sorted(counts) if unit.position in _path(tree, place)]
    return Around(
        above=_place(above, counts) if above else None, below=[_place(one, counts) for one in below]
    )


def _place(unit: TreeUnit, counts: dict[int, int]) -> Place:
    return Place(unit.code, unit.name, counts[unit.position])


def _upwards(tree: dict[int, TreeUnit], position: int) -> Iterable[TreeUnit]:
    parent = tree[position].parent
    while parent >= 0:
        yield tree[parent]
        parent = tree[parent].parent


def _path(tree: dict[int, TreeUnit], position: int) -> set[int]:
    return {one.position for one in _upwards(tree, position)}
