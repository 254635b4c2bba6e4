"""Ideas with their answers, and how the promise to answer is kept, as plain data."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from improvement.models import Idea, IdeaTopic
from organisation import permissions
from organisation.models import Person, Unit


def with_names(rows: QuerySet[Idea]) -> QuerySet[Idea]:
    return rows.select_related("unit", "topic", "writer", "owner")


def listed(
    reader: Person,
    *,
    today: date,
    state: str = "",
    unit: Unit | None = None,
    topic: IdeaTopic | None = None,
    look: str = "",
) -> QuerySet[Idea]:
    """Return the ideas a reader may see, newest day first. look: mine (to answer), own (written) or late."""
    rows = Idea.objects.visible_to(reader)
    if state:
        rows = rows.filter(state=state)
    if unit is not None:
        rows = rows.filter(unit__in=[one.pk for one in unit.descendants(include_self=True)])
    if topic is not None:
        rows = rows.filter(topic=topic)
    looks = {
        "mine": lambda: rows.filter(owner=reader).unanswered(),
        "own": lambda: rows.filter(writer=reader),
        "late": lambda: rows.late(today),
    }
    if look in looks:
        rows = looks[look]()
    return with_names(rows)


@dataclass(frozen=True)
class Promise:
    """How the promise is kept in the organisation: all ideas; answered in time or not; waiting past the day."""

    total: int
    answered: int
    waiting: int
    late: int


def promise(today: date) -> Promise:
    """Return the counts of the organisation. One query."""
    found = Idea.objects.aggregate(
        total=Count("pk"),
        answered=Count("pk", filter=~Q(answered_on=None)),
        late=Count("pk", filter=Q(answered_on=None, promised_by__lt=today)),
    )
    waiting = found["total"] - found["answered"]
    return Promise(found["total"], found["answered"], waiting, found["late"])


@dataclass(frozen=True)
class UnitPromise:
    """How many ideas for a unit were answered, wait, and wait past the promised day."""

    unit: Unit
    total: int
    answered: int
    late: int


def by_unit(reader: Person, today: date) -> list[UnitPromise]:
    """Return the units in reach that ideas are for, by name; empty without the right to see more than one's own."""
    if not permissions.can(reader, "idea.view_units"):
        return []
    units = Unit.objects.visible_to(reader, "idea.view_units").annotate(
        total=Count("ideas"),
        answered=Count("ideas", filter=~Q(ideas__answered_on=None)),
        late=Count("ideas", filter=Q(ideas__answered_on=None, ideas__promised_by__lt=today)),
    )
    return [
        UnitPromise(one, one.total, one.answered, one.late)
        for one in units.filter(total__gt=0).order_by("name", "code")
    ]


def late_of_reports(reader: Person, today: date) -> QuerySet[Idea]:
    """Return what waits past the promised day with those who report to the reader; for HR with anybody in reach."""
    rows = Idea.objects.late(today)
    seen = Q(owner__manager=reader)
    if permissions.can(reader, "idea.assign"):
        reached = Idea.objects.assignable_by(reader).values("pk")
        seen |= Q(pk__in=reached)
    return with_names(rows.filter(seen)).order_by("promised_by", "id")


def topics(*, all_of_them: bool = False) -> Iterable[IdeaTopic]:
    rows = IdeaTopic.objects.select_related("owner")
    return rows if all_of_them else rows.filter(is_open=True)
