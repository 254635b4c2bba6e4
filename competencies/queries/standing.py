"""Where people stand: required and rated levels of many people as arrays, in a fixed number of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from assessments.models import Cycle
from competencies import gaps
from competencies.levels import Levels, shared, unpack_days, unpack_levels
from competencies.models import RATED_IN, Competency, Sheet
from competencies.queries.library import Demands
from organisation.models import Person

NEVER_OPENED: Final = (Cycle.State.DRAFT, Cycle.State.CANCELLED)
PERSON_COLUMNS: Final = ("pk", "person_id", "name", "unit_id", "job_role_id", "manager_id")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """What pages need of a person."""

    pk: int
    person_id: str
    name: str
    unit: int
    job_role: int | None
    manager: int | None


@dataclass(frozen=True)
class Standing:
    """People × competencies. Arrays of that shape: levels 1 to 5, 0 for none; cycle: place in `cycles`, −1 for none."""

    people: Sequence[PersonRow]
    competencies: Sequence[Competency]
    cycles: Sequence[Cycle]
    required: Levels
    importance: npt.NDArray[np.float64]
    own: Levels
    manager: Levels
    cycle: npt.NDArray[np.int64]

    @cached_property
    def level(self) -> Levels:
        """The level that counts."""
        return gaps.used_levels(self.own, self.manager)

    @cached_property
    def gap(self) -> gaps.Floats:
        return gaps.differences(self.required, self.level)


def opened_cycles() -> list[Cycle]:
    """Return the cycles that were opened, the newest first."""
    found = Cycle.objects.exclude(state__in=NEVER_OPENED).select_related(None)
    return list(found.defer("close_certificate", "public_key").order_by("-opened_at", "-pk"))


def rated_cycles() -> list[Cycle]:
    """Return the opened cycles in which somebody's ratings are handed in, the newest first."""
    rated = set(
        Sheet.objects.exclude(self_in=None, manager_in=None)
        .order_by()
        .values_list("cycle_id", flat=True)
        .distinct()
    )
    return [cycle for cycle in opened_cycles() if cycle.pk in rated]


def person_rows(people: QuerySet[Person]) -> list[PersonRow]:
    """Return the people as plain rows. One query."""
    return [PersonRow(*row) for row in people.values_list(*PERSON_COLUMNS)]


@dataclass
class Requirements:
    """What is required, laid out for arrays: a row a job role, the last one for people without a job role."""

    competencies: Sequence[Competency]
    level: Levels
    importance: npt.NDArray[np.float64]
    _row: dict[int | None, int] = field(default_factory=dict)

    @classmethod
    def of(cls, demands: Demands, competencies: Sequence[Competency]) -> "Requirements":
        """Lay out the demands on these competencies."""
        column = {one.pk: place for place, one in enumerate(competencies)}
        roles: list[int | None] = [*demands.by_role, None]
        shape = (len(roles), len(competencies))
        found = cls(competencies, np.zeros(shape, np.int8), np.zeros(shape, np.float64))
        for place, role in enumerate(roles):
            found._row[role] = place
            for line in demands.of(role):
                if line.competency.pk in column:
                    cell = (place, column[line.competency.pk])
                    found.level[cell], found.importance[cell] = line.required_level, line.importance
        return found

    def rows(self, job_roles: Iterable[int | None]) -> npt.NDArray[np.int64]:
        """Return the row of each person's job role."""
        nobody = self._row[None]
        return np.array([self._row.get(role, nobody) for role in job_roles], dtype=np.int64)


Packs = dict[int, tuple[Levels, Levels]]  # id of the cycle → (own, manager's) levels, people × competencies


def read_packs(
    people: Sequence[PersonRow],
    *,
    requirements: Requirements,
    cycles: Sequence[Cycle],
    sheets: QuerySet[Sheet] | None = None,
    reader: int | None = None,
) -> Packs:
    """Return what is handed in of these people in each cycle. One query.

    sheets: those to read; all of the cycles when None. reader: the id of a person who may not see the other side's
    ratings before both are in (None: sees everything).
    """
    chosen = Sheet.objects.all() if sheets is None else sheets
    rows = read_sheets(chosen, cycles, reader=reader)
    return packs_of(rows, people, requirements=requirements, cycles=cycles)


@dataclass(frozen=True)
class Sheets:
    """Sheets as columns: ids of cycle and person, packed levels and, where asked for, packed days of both sides."""

    cycle: npt.NDArray[np.int64]
    person: npt.NDArray[np.int64]
    own: Sequence[str]
    manager: Sequence[str]
    own_days: Sequence[str] = ()
    manager_days: Sequence[str] = ()


def read_sheets(
    sheets: QuerySet[Sheet], cycles: Sequence[Cycle], *, reader: int | None = None, days: bool = False
) -> Sheets:
    """Return what is handed in on these sheets in these cycles. One query. reader: see read_packs."""
    columns = ["cycle_id", "person_id", "self_levels", "manager_levels"]
    columns += ["self_days", "manager_days"] if days else []
    chosen = sheets.filter(cycle__in=cycles).order_by()
    if reader is None:
        found = list(chosen.values_list(*columns))
    else:
        both = Q(signed_off_at__isnull=False) | Q(self_in__isnull=False, manager_in__isnull=False)
        flag = ExpressionWrapper(both, output_field=BooleanField())
        taking = {cycle.pk for cycle in cycles if cycle.state in RATED_IN}
        rows = chosen.annotate(both=flag).values_list(*columns[:4], "both")
        found = [row[:4] if row[4] or row[0] not in taking else _one_side(row[:4], reader) for row in rows]
    cycle, person, *packed = zip(*found, strict=True) if found else [()] * len(columns)
    return Sheets(np.array(cycle, np.int64), np.array(person, np.int64), *packed)


def packs_of(
    sheets: Sheets, people: Sequence[PersonRow], *, requirements: Requirements, cycles: Sequence[Cycle]
) -> Packs:
    """Return the levels of these people in each cycle."""
    slots = [one.slot for one in requirements.competencies]
    width = shared(slots)
    own, manager = (unpack_levels(packed, width)[:, slots] for packed in (sheets.own, sheets.manager))
    places = _places_of(people, sheets)
    packs: Packs = {}
    for cycle in cycles:
        here = (sheets.cycle == cycle.pk) & (places >= 0)
        pair = np.zeros((2, len(people), len(slots)), np.int8)
        pair[0, places[here]], pair[1, places[here]] = own[here], manager[here]
        packs[cycle.pk] = pair[0], pair[1]
    return packs


def days_of(sheets: Sheets, found: Standing) -> npt.NDArray[np.int64]:
    """Return the days (20260331) of the ratings that count, people × competencies, 0 where there is none.

    sheets: those that the standing was made of, read with their days.
    """
    slots = [one.slot for one in found.competencies]
    width, places = shared(slots), _places_of(found.people, sheets)
    own, manager = (unpack_days(packed, width)[:, slots] for packed in (sheets.own_days, sheets.manager_days))
    days = np.zeros(found.required.shape, np.int64)
    for number, cycle in enumerate(found.cycles):
        rows = np.flatnonzero((sheets.cycle == cycle.pk) & (places >= 0))
        here = places[rows]
        used = np.where(found.manager[here] > 0, manager[rows], own[rows])
        days[here] = np.where(found.cycle[here] == number, used, days[here])
    return days


def _one_side(row: tuple[int, int, str, str], reader: int) -> tuple[int, int, str, str]:
    """Leave out the other side's levels, which the reader may not see before both are in."""
    cycle, person, own, manager = row
    return (cycle, person, own, "") if person == reader else (cycle, person, "", manager)


def _places_of(people: Sequence[PersonRow], sheets: Sheets) -> npt.NDArray[np.int64]:
    """Return the row of each sheet's person, −1 for others."""
    return _places(np.array([one.pk for one in people], dtype=np.int64), sheets.person)


def _places(known: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the place of each wanted id among the known ones, −1 where it is not."""
    if not known.size:
        return np.full(wanted.shape, -1)
    order = np.argsort(known)
    near = order[np.minimum(np.searchsorted(known, wanted, sorter=order), known.size - 1)]
    return np.where(known[near] == wanted, near, -1)


def standing(
    people: Sequence[PersonRow], *, requirements: Requirements, cycles: Sequence[Cycle], packs: Packs
) -> Standing:
    """Return where these people stand: per competency in the first of `cycles` (the newest first) with a rating."""
    rows = requirements.rows(one.job_role for one in people)
    shape = (len(people), len(requirements.competencies))
    own, manager, cycle = _newest([packs[one.pk] for one in cycles], shape)
    return Standing(
        people=people,
        competencies=requirements.competencies,
        cycles=cycles,
        required=requirements.level[rows],
        importance=requirements.importance[rows],
        own=own,
        manager=manager,
        cycle=cycle,
    )


def _newest(
    packs: Sequence[tuple[Levels, Levels]], shape: tuple[int, int]
) -> tuple[Levels, Levels, npt.NDArray[np.int64]]:
    if not packs:
        none = np.zeros(shape, np.int8)
        return none, none, np.full(shape, -1)
    cycle = gaps.newest([(own > 0) | (manager > 0) for own, manager in packs])
    own, manager = np.zeros(shape, np.int8), np.zeros(shape, np.int8)
    for place, (owns, managers) in enumerate(packs):
        here = cycle == place
        own[here], manager[here] = owns[here], managers[here]
    return own, manager, cycle
