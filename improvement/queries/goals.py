"""Goals with where they stand, as plain data in a number of queries that doesn't grow with them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from improvement.models import Actual, Goal, GoalFramework, Indicator, Output, Resource, Strategy
from improvement.rules import progress
from improvement.rules.progress import Delivery, Spending, Standing, State, Way
from organisation.models import Person, Unit

BEHIND_STATES: Final = frozenset({State.BEHIND, State.MISSED, State.STALE})


@dataclass(frozen=True)
class IndicatorRow:
    """An indicator with its figures, the oldest first."""

    indicator: Indicator
    standing: Standing
    actuals: Sequence[Actual]
    way: Way

    @property
    def newest(self) -> Actual | None:
        return self.actuals[-1] if self.actuals else None


@dataclass(frozen=True)
class GoalRow:
    """A goal in its cascade. depth: how many goals above it are shown, too; children: how many serve it."""

    goal: Goal
    standing: Standing
    indicators: Sequence[IndicatorRow]
    outputs: Sequence[Output]
    strategies: Sequence[Strategy]
    resources: Sequence[Resource]
    today: date
    depth: int = 0
    children: int = 0

    @property
    def delivered(self) -> int:
        return sum(one.delivered_on is not None for one in self.outputs)

    @property
    def late(self) -> Sequence[Output]:
        return [one for one in self.outputs if one.is_late(self.today)]

    @property
    def money(self) -> Spending | None:
        """The budget in money; None where there is none."""
        return self.spending(Resource.Kind.MONEY)

    @property
    def days(self) -> Spending | None:
        """The budget in working days; None where there is none."""
        return self.spending(Resource.Kind.DAYS)

    def spending(self, kind: str) -> Spending | None:
        """Return the budget of this kind, and the part of it that belongs to delivered outputs."""
        found = [one for one in self.resources if one.kind == kind]
        if not found:
            return None
        delivered = {one.pk for one in self.outputs if one.delivered_on is not None}
        return Spending(
            planned=float(sum(one.planned for one in found)),
            used=float(sum(one.used for one in found)),
            delivered=float(sum(one.planned for one in found if one.output_id in delivered)),
        )


@dataclass(frozen=True)
class Target:
    """The score a unit wants to reach in a building block. cycle: empty where any will do."""

    score: Decimal
    cycle: str
    due_on: date
    goal: str
    title: str


def target_scores(cycle: str = "", *, today: date | None = None) -> dict[str, dict[str, Target]]:
    """Return the targets that goals set, by code of the unit and code of the building block.

    Only goals that were not given up and have begun. Of several for a unit and block the one set for this cycle counts
    before one set for no cycle; among equals the one that began last, then the one due last.
    cycle: code of the cycle whose figures are looked at; empty for the newest target whatever its cycle is.
    """
    begun = Goal.objects.in_force().filter(
        target_score__isnull=False, person=None, starts_on__lte=today or timezone.localdate()
    )
    if cycle:
        begun = begun.filter(target_cycle__in=["", cycle])
    found: dict[str, dict[str, Target]] = defaultdict(dict)
    rows = begun.order_by("starts_on", "due_on", "code").select_related("unit")
    for goal in sorted(rows, key=lambda one: bool(cycle) and one.target_cycle == cycle):
        if goal.target_score is not None:
            target = Target(goal.target_score, goal.target_cycle, goal.due_on, goal.code, goal.title)
            found[goal.unit.code][goal.block] = target
    return dict(found)


def frameworks() -> list[GoalFramework]:
    """Return all frameworks, the newest first."""
    return list(GoalFramework.objects.all())


def framework_in_use(today: date) -> GoalFramework | None:
    """Return the framework that runs today, else the newest."""
    found: GoalFramework | None = (
        GoalFramework.objects.running(today).first() or GoalFramework.objects.first()
    )
    return found


def with_parts(goals: QuerySet[Goal]) -> QuerySet[Goal]:
    """Return the goals with everything a row shows, in a constant number of queries."""
    indicators = Indicator.objects.order_by("number").prefetch_related(
        Prefetch("actuals", queryset=Actual.objects.order_by("on"))
    )
    found: QuerySet[Goal] = goals.select_related(
        "framework", "unit", "person", "owner", "parent"
    ).prefetch_related(
        Prefetch("outputs", queryset=Output.objects.order_by("number")),
        Prefetch("indicators", queryset=indicators),
        Prefetch("strategies", queryset=Strategy.objects.order_by("number")),
        Prefetch("resources", queryset=Resource.objects.order_by("number").select_related("output")),
    )
    return found


def row_of(goal: Goal, today: date) -> GoalRow:
    """Return where a goal stands. goal: as `with_parts` reads it."""
    outputs = list(goal.outputs.all())
    indicators = [_indicator_row(one, goal, today) for one in goal.indicators.all()]
    standing = progress.combined(
        [one.standing for one in indicators],
        [Delivery(one.due_on, one.delivered_on) for one in outputs],
        starts=goal.starts_on,
        due=goal.due_on,
        today=today,
    )
    return GoalRow(
        goal, standing, indicators, outputs, list(goal.strategies.all()), list(goal.resources.all()), today
    )


def _indicator_row(indicator: Indicator, goal: Goal, today: date) -> IndicatorRow:
    way = Way(float(indicator.baseline), float(indicator.target), goal.starts_on, goal.due_on)
    actuals = list(indicator.actuals.all())
    figures = [(one.on, float(one.value)) for one in actuals]
    return IndicatorRow(indicator, progress.standing(way, figures, today), actuals, way)


@dataclass(frozen=True)
class Chosen:
    """What a list of goals is narrowed to; empty: everything."""

    framework: GoalFramework | None = None
    unit: Unit | None = None
    block: str = ""
    standing: str = ""
    people: bool = False
    extra: Q = field(default_factory=Q)


def goal_rows(reader: Person, chosen: Chosen, today: date) -> list[GoalRow]:
    """Return the goals the reader may see, each below the goal it serves, by code; eight queries or fewer."""
    goals = Goal.objects.visible_to(reader).filter(chosen.extra)
    if chosen.framework is not None:
        goals = goals.filter(framework=chosen.framework)
    if chosen.unit is not None:
        inside = [unit.pk for unit in chosen.unit.descendants(include_self=True)]
        goals = goals.filter(unit__in=inside)
    if chosen.block:
        goals = goals.filter(block=chosen.block)
    if not chosen.people:
        goals = goals.filter(person=None)
    rows = [row_of(goal, today) for goal in with_parts(goals.order_by("code"))]
    rows = [row for row in rows if _stands(row, chosen.standing)]
    return list(cascaded(rows))


def _stands(row: GoalRow, wanted: str) -> bool:
    if not wanted:
        return True
    if wanted in Goal.State.values and wanted != Goal.State.ACTIVE:
        return row.goal.state == wanted
    if not row.goal.is_active:
        return False
    return row.standing.state in BEHIND_STATES if wanted == State.BEHIND else row.standing.state == wanted


def cascaded(rows: Sequence[GoalRow]) -> Iterator[GoalRow]:
    """Yield each goal right after the one it serves, with its depth; goals that serve none shown begin anew."""
    by_id = {row.goal.pk: row for row in rows}
    below: defaultdict[int | None, list[GoalRow]] = defaultdict(list)
    for row in rows:
        parent = row.goal.parent_id
        below[parent if parent in by_id else None].append(row)
    waiting = [(0, row) for row in reversed(below[None])]
    while waiting:
        depth, row = waiting.pop()
        children = below.get(row.goal.pk, [])
        yield replace(row, depth=depth, children=len(children))
        waiting += [(depth + 1, child) for child in reversed(children)]


def above(goal: Goal, reader: Person) -> list[Goal]:
    """Return the goals this one serves, from the top, as far as the reader may see them."""
    found: list[Goal] = []
    visible = Goal.objects.visible_to(reader).select_related("unit")
    here = goal.parent_id
    while here is not None:
        parent: Goal | None = visible.filter(pk=here).first()
        if parent is None:
            break
        found.append(parent)
        here = parent.parent_id
    return found[::-1]


def counts(rows: Iterable[GoalRow]) -> Mapping[str, int]:
    """Return how many pursued goals there are in each state, and how many were achieved."""
    found: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        if row.goal.state == Goal.State.DROPPED:
            continue
        closed = row.goal.state == Goal.State.ACHIEVED
        found[State.ACHIEVED if closed else row.standing.state] += 1
    return found
