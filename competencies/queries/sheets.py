"""Rating sheets as pages show them: what is to do, one person's sheet, and who still has to rate whom."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from assessments.models import Cycle
from competencies.levels import LEVELS
from competencies.models import RATED_IN, Behaviour, Rater, Rating, RatingChange, Sheet
from competencies.queries.library import Line, demands
from competencies.queries.standing import opened_cycles
from organisation import permissions
from organisation.models import Person


@dataclass(frozen=True)
class Progress:
    """How far one person's sheet is. rated: by each side, drafts included; of: how many competencies are asked."""

    person: Person
    rater: str
    of: int
    self_rated: int
    manager_rated: int
    self_in: datetime | None
    manager_in: datetime | None
    signed_off: datetime | None
    moved: bool  # the line manager of today is not the rater

    @property
    def both_in(self) -> bool:
        return bool(self.self_in and self.manager_in)


def choose_cycle(code: str) -> tuple[list[Cycle], Cycle | None]:
    """Return the opened cycles, the newest first, and the one asked for: by code, else the newest that takes ratings.

    A code that is none of them gives None.
    """
    cycles = opened_cycles()
    if code:
        return cycles, next((one for one in cycles if one.code == code), None)
    taking = [one for one in cycles if one.state in RATED_IN]
    return cycles, next(iter(taking or cycles), None)


def to_rate(reader: Person, cycle: Cycle) -> list[Progress]:
    """Return the sheets of the people whom the reader rates in the cycle, or is the line manager of."""
    if not permissions.can(reader, "rating.rate_team"):
        return []
    people = Person.objects.active().filter(Q(sheets__cycle=cycle, sheets__rater=reader) | Q(manager=reader))
    return progress(people.distinct(), cycle)


def progress(people: QuerySet[Person], cycle: Cycle) -> list[Progress]:
    """Return how far the sheets of these people are; the number of queries doesn't grow with them."""
    found = list(people.select_related("unit", "manager", "job_role").order_by("name", "person_id"))
    sheets = {row.person_id: row for row in _sheets(people, cycle)}
    required = demands()
    counts = {role: len(required.of(role)) for role in {one.job_role_id for one in found}}
    return [_progress(one, sheets.get(one.pk), counts[one.job_role_id]) for one in found]


def _sheets(people: QuerySet[Person], cycle: Cycle) -> Iterable[Any]:
    rated = {side: Count("ratings", filter=Q(ratings__rater=side)) for side in Rater.values}
    return (
        Sheet.objects.filter(cycle=cycle, person__in=people.order_by().values("pk"))
        .select_related("rater")
        .annotate(n_self=rated["self"], n_manager=rated["manager"])
    )


def _progress(person: Person, sheet: Any, of: int) -> Progress:
    if sheet is None:
        return Progress(person, str(person.manager or ""), of, 0, 0, None, None, None, moved=False)
    return Progress(
        person=person,
        rater=str(sheet.rater or ""),
        of=of,
        self_rated=sheet.n_self,
        manager_rated=sheet.n_manager,
        self_in=sheet.self_in,
        manager_in=sheet.manager_in,
        signed_off=sheet.signed_off_at,
        moved=moved(person, sheet),
    )


def moved(person: Person, sheet: Sheet) -> bool:
    """Whether the line manager of today is somebody else than the rater, and something is left to rate."""
    return person.manager_id is not None and sheet.rater_id != person.manager_id and not sheet.signed_off


@dataclass(frozen=True)
class Debt:
    """A rater (None: nobody is the line manager) and whom the two kinds of ratings are still missing of.

    people: not yet rated by the rater; selves: not yet rated by themselves.
    """

    rater: Person | None
    people: Sequence[str]
    selves: Sequence[str]

    @property
    def weight(self) -> int:
        return len(self.people) + len(self.selves)


def still_to_rate(reader: Person, cycle: Cycle) -> tuple[dict[str, int], list[Debt]]:
    """Return counts of the people in HR's reach, and each rater with the ratings still missing, the most first.

    Three queries whatever the number of people.
    """
    people = Person.objects.visible_to(reader, "rating.view_all").active()
    rows = people.order_by("name").values_list("pk", "name", "manager_id")
    columns = ("person_id", "rater_id", "self_in", "manager_in", "signed_off_at")
    sheets = {row[0]: row[1:] for row in Sheet.objects.filter(cycle=cycle).values_list(*columns)}
    counts = {"people": 0, "self": 0, "manager": 0, "signed": 0}
    owed: defaultdict[int | None, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for pk, name, line_manager in rows:
        rater, self_in, manager_in, signed = sheets.get(pk, (line_manager, None, None, None))
        counts["people"] += 1
        counts["self"] += self_in is not None
        counts["manager"] += manager_in is not None
        counts["signed"] += signed is not None
        if manager_in is None:
            owed[rater][0].append(name)
        if self_in is None:
            owed[rater][1].append(name)
    raters = Person.objects.in_bulk([pk for pk in owed if pk is not None])
    debts = [Debt(raters.get(pk) if pk else None, *names) for pk, names in owed.items()]
    return counts, sorted(debts, key=lambda one: (-one.weight, str(one.rater or "")))


@dataclass(frozen=True)
class Rated:
    """One competency on a sheet: what is asked, its behaviours, and what each side says as far as it may be seen."""

    line: Line
    behaviours: Sequence[tuple[int, str]]
    mine: Rating | None
    own: Rating | None
    manager: Rating | None
    undoable: bool

    @property
    def chosen(self) -> int:
        """The level that the reader's side gives, 0 for none."""
        return self.mine.level if self.mine else 0

    @property
    def apart(self) -> int:
        """By how many levels the two sides differ; 0 also where one of them says nothing."""
        return abs(self.manager.level - self.own.level) if self.manager and self.own else 0


def sheet_of(cycle: Cycle, person: Person) -> Sheet:
    """Return the person's sheet; one that is not kept yet where nobody rated."""
    kept: Sheet | None = (
        Sheet.objects.filter(cycle=cycle, person=person)
        .select_related("cycle", "person", "rater", "signed_off_by")
        .first()
    )
    return kept or Sheet(cycle=cycle, person=person, rater_id=person.manager_id)


def side(sheet: Sheet, reader: Person) -> str:
    """Return the side on which the reader rates here; empty for those who only read."""
    if reader.pk == sheet.person_id:
        return Rater.SELF
    if reader.pk == sheet.rater_id and permissions.can(reader, "rating.rate_team"):
        return Rater.MANAGER
    return ""


def lines(sheet: Sheet, side: str) -> list[Rated]:
    """Return the sheet's competencies: those the job role asks, and others that were rated. Five queries.

    side: of the reader, who sees the other side only once the sheet is shared; without a side (HR) what is handed in.
    """
    asked = demands().of(sheet.person.job_role_id)
    said, changed = _said(sheet)
    texts = _behaviours(line.competency.pk for line in asked)
    found = []
    for line in asked:
        pk = line.competency.pk
        own, manager = (
            said.get((pk, rater)) if _may_see(sheet, side, rater) else None for rater in Rater.values
        )
        mine = said.get((pk, side))
        behaviours = texts.get(pk) or [(level, "") for level in LEVELS]
        found.append(Rated(line, behaviours, mine, own, manager, undoable=(pk, side) in changed))
    return found


@dataclass(frozen=True)
class Compared:
    """What both sides of a sheet say: competencies with a level of each, and those of them with the same level.

    furthest: where they are furthest apart, None where they nowhere are; agreed: whether a level was agreed on.
    """

    both: int
    same: int
    furthest: Rated | None
    agreed: bool


def compared(lines: Sequence[Rated]) -> Compared:
    """Set the sides of a sheet beside each other, as far as the reader sees them."""
    both = [line for line in lines if line.own and line.manager]
    apart = [line for line in both if line.apart]
    return Compared(
        both=len(both),
        same=len(both) - len(apart),
        furthest=max(apart, key=lambda line: line.apart, default=None),
        agreed=any(line.manager and line.manager.agreed for line in lines),
    )


def _may_see(sheet: Sheet, side: str, rater: str) -> bool:
    if side == rater:
        return True
    return sheet.is_in(rater) and (not side or sheet.is_shared)


def _said(sheet: Sheet) -> tuple[dict[tuple[int, str], Rating], set[tuple[int, str]]]:
    if sheet.pk is None:
        return {}, set()
    said = {(row.competency_id, row.rater): row for row in sheet.ratings.all()}
    changed = sheet.changes.filter(competency__isnull=False).values_list("competency_id", "rater")
    return said, set(changed)


def _behaviours(competencies: Iterable[int]) -> defaultdict[int, list[tuple[int, str]]]:
    texts: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    rows = Behaviour.objects.filter(competency__in=list(competencies)).order_by("level")
    for pk, level, text in rows.values_list("competency_id", "level", "text"):
        texts[pk].append((level, text))
    for levels in texts.values():
        named = dict(levels)
        levels[:] = [(level, named.get(level, "")) for level in LEVELS]
    return texts


def history(sheet: Sheet, side: str) -> list[RatingChange]:
    """Return the sheet's history as far as this side may see it, the newest first. One query."""
    if sheet.pk is None:
        return []
    changes = sheet.changes.select_related("competency", "by").order_by("-pk")
    if side and not sheet.is_shared:
        changes = changes.filter(Q(rater=side) | Q(rater=""))
    elif not side:
        seen = ["", *(rater for rater in Rater.values if sheet.is_in(rater))]
        changes = changes.filter(rater__in=seen)
    return list(changes)
