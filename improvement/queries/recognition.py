"""The wall, what a digest holds, and counts by unit; never a count or an order of people."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from competencies.models import Competency
from improvement.models import Recognition
from organisation.models import Person, Unit

People = QuerySet[Person]
MOST_FOUND = 20
SHORTEST_SEARCH = 2


def with_names(rows: QuerySet[Recognition]) -> QuerySet[Recognition]:
    return rows.select_related("giver", "person", "unit", "competency", "customer")


def wall(
    reader: Person, *, unit: Unit | None = None, competency: Competency | None = None, kind: str = ""
) -> QuerySet[Recognition]:
    """Return what hangs on the wall, the newest first. unit: with the units below it."""
    rows = Recognition.objects.visible_to(reader).on_the_wall()
    if unit is not None:
        rows = rows.filter(unit__in=_with_below(unit))
    if competency is not None:
        rows = rows.filter(competency=competency)
    if kind:
        rows = rows.filter(kind=kind)
    return with_names(rows)


def _with_below(unit: Unit) -> list[int]:
    return [one.pk for one in unit.descendants(include_self=True)]


@dataclass(frozen=True)
class Found:
    """Whom one can thank by that name; more: there are others whose name fits."""

    people: list[Person]
    units: list[Unit]
    more: bool

    @property
    def is_empty(self) -> bool:
        return not self.people and not self.units


def find(search: str, *, giver: Person, within: QuerySet[Unit] | None = None) -> Found | None:
    """Return active colleagues and units whose name or code fits; None for a search that is too short.

    within: only these units and the people in them.
    """
    wanted = search.strip()
    if len(wanted) < SHORTEST_SEARCH:
        return None
    people = Person.objects.active().filter(Q(name__icontains=wanted) | Q(person_id__iexact=wanted))
    units = Unit.objects.filter(Q(name__icontains=wanted) | Q(code__iexact=wanted))
    if within is not None:
        people, units = people.filter(unit__in=within), units.filter(pk__in=within)
    rows = list(people.exclude(pk=giver.pk).select_related("unit", "job_role")[: MOST_FOUND + 1])
    places = list(units.order_by("name", "code")[: MOST_FOUND + 1])
    more = len(rows) > MOST_FOUND or len(places) > MOST_FOUND
    return Found(rows[:MOST_FOUND], places[:MOST_FOUND], more)


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def of_month(month: date) -> QuerySet[Recognition]:
    """Return what was given in a month and hangs on the wall. month: its first day."""
    after = (month + timedelta(days=32)).replace(day=1)
    rows: QuerySet[Recognition] = Recognition.objects.on_the_wall().filter(
        given_at__gte=midnight(month), given_at__lt=midnight(after)
    )
    return rows


def digest_rows(month: date, reader: Person, *, most: int) -> list[Recognition]:
    """Return what concerns the reader, the newest first: to them, their units from the top down, and those below."""
    units = {one.pk for one in reader.unit.ancestors(include_self=True)} | set(_with_below(reader.unit))
    rows = with_names(of_month(month).filter(Q(person=reader) | Q(unit__in=units)))
    return list(rows.order_by("-given_at", "-pk")[:most])


@dataclass(frozen=True)
class UnitCount:
    """What was given in a unit and those below it. looking_ahead: how many name what is next."""

    unit: Unit
    depth: int
    thanks: int
    awards: int
    looking_ahead: int
    months: int

    @property
    def total(self) -> int:
        return self.thanks + self.awards


Given = tuple[str, bool, str]  # kind, whether it names what is next, month
MONTHS = 12


def counts(units: Iterable[Unit], *, since: date) -> list[UnitCount]:
    """Return the counts of these units in the order of the tree. units: with tree fields. One query for all rows."""
    listed = list(units)
    below: defaultdict[int, list[Given]] = defaultdict(list)
    given = _given(since)
    for unit in listed:
        for above in unit.tree_path:
            below[above] += given.get(unit.pk, [])
    top = min((unit.tree_depth for unit in listed), default=0)
    return [_count(unit, unit.tree_depth - top, below[unit.pk]) for unit in listed]


def count_of(unit: Unit, *, since: date) -> UnitCount:
    """Return the counts of one unit with those below it."""
    given = _given(since, _with_below(unit))
    return _count(unit, 0, [one for rows in given.values() for one in rows])


def _given(since: date, units: list[int] | None = None) -> dict[int, list[Given]]:
    """Return what hangs on the wall since that day, by unit."""
    rows = Recognition.objects.on_the_wall().filter(given_at__gte=midnight(since))
    if units is not None:
        rows = rows.filter(unit__in=units)
    found: defaultdict[int, list[Given]] = defaultdict(list)
    for unit, kind, ahead, at in rows.values_list("unit", "kind", "whats_next", "given_at"):
        found[unit].append((kind, bool(ahead), timezone.localtime(at).strftime("%Y-%m")))
    return found


def _count(unit: Unit, depth: int, rows: list[Given]) -> UnitCount:
    kinds = Counter(kind for kind, _ahead, _month in rows)
    return UnitCount(
        unit=unit,
        depth=depth,
        thanks=kinds[Recognition.Kind.THANKS],
        awards=kinds[Recognition.Kind.AWARD],
        looking_ahead=sum(ahead for _kind, ahead, _month in rows),
        months=min(MONTHS, len({month for _kind, _ahead, month in rows})),  # twelve months touch thirteen
    )


def export_rows(reader: Person) -> QuerySet[Recognition]:
    """Return what HR may take out: every message of the units in reach, whatever its state, the oldest first."""
    rows = Recognition.objects.in_reach(reader, "recognition.export")
    return with_names(rows).order_by("given_at", "pk")
