"""Files about competencies: gaps.csv for HR, and the library and profiles in the form in which they are imported.

gaps.csv is written in batches of people, so that its memory doesn't grow with the organisation. A row is three parts:
of the person, of the competency with its levels, of the day and the plan. Each part is made once for all rows that
share it, and NumPy says which row takes which part, so that a million rows cost little more than joining texts.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
from django.db.models import Q, QuerySet

from assessments.models import Cycle
from cfm.lib import csv_export
from competencies.document import Cells, behaviour_key
from competencies.levels import LEVELS, SCALE_MAX, SCALE_MIN
from competencies.models import Competency, PlanItem, Requirement, Sheet
from competencies.queries import library, standing
from competencies.queries.standing import PERSON_COLUMNS, PersonRow, Requirements, Sheets, Standing
from organisation.models import JobRole, Person, Unit

GAP_COLUMNS: Final = (
    *("person_id", "name", "email", "unit", "unit_name", "job_role", "manager_id"),
    *("competency", "competency_name", "kind", "scale_min", "scale_max"),
    *("required_level", "self_level", "manager_level", "gap", "importance", "weighted_gap"),
    *("assessed_on", "cycle", "plan_status"),
)
COMPETENCY_COLUMNS: Final = ("competency", "name", "kind", "definition", "level", "behaviour")
PROFILE_COLUMNS: Final = ("job_role", "competency", "required_level", "importance")
BATCH: Final = 1000  # people

Row = tuple[Any, ...]
Keys = npt.NDArray[np.int64]


class Part(Protocol):
    """Makes a part of a row out of values; the parts of a row are added up. last: the row ends with it."""

    def __call__(self, values: Sequence[object], *, last: bool = False) -> Any: ...


@dataclass(frozen=True)
class GapFilter:
    """Which rows go out. units: ids, None for all; cycle: None for the newest rating of each; the rest None for all.

    smallest: only gaps of at least so many levels. also: further conditions on people.
    """

    units: frozenset[int] | None = None
    cycle: Cycle | None = None
    job_role: JobRole | None = None
    competency: Competency | None = None
    kind: str = ""
    smallest: int | None = None
    also: Sequence[Q] = field(default=())

    def people(self) -> QuerySet[Person]:
        """Return the active people meant, in the order of the file."""
        found: QuerySet[Person] = Person.objects.active().filter(*self.also).order_by("person_id")
        if self.units is not None:
            found = found.filter(unit__in=self.units)
        return found.filter(job_role=self.job_role) if self.job_role else found

    def competencies(self, everything: Iterable[Competency]) -> list[Competency]:
        """Return the competencies meant, in the order of the file."""
        chosen = [
            one
            for one in everything
            if (not self.kind or one.kind == self.kind) and self.competency in {None, one}
        ]
        return sorted(chosen, key=lambda one: one.code)


def gap_rows(chosen: GapFilter, cell: Callable[[object], Any] = csv_export.cell) -> Iterator[Row]:
    """Yield the rows of gaps.csv: a row per active person × required competency.

    cell: what turns a text, number or nothing into what stands in the file.
    """

    def part(values: Sequence[object], *, last: bool = False) -> Row:
        return tuple(map(cell, values))

    return chain.from_iterable(_rows(chosen, part))


def gap_texts(chosen: GapFilter) -> Iterator[tuple[int, str]]:
    """Yield (number of rows, their lines) of gaps.csv, a batch of people at a time and without the header."""
    for rows in _rows(chosen, csv_export.part):
        yield len(rows), "".join(rows)


def _rows(chosen: GapFilter, part: Part) -> Iterator[list[Any]]:
    """Yield the rows of a batch of people at a time, put together from parts."""
    demands = library.demands()
    needs = Requirements.of(demands, chosen.competencies(demands.competencies))
    cycles = [chosen.cycle] if chosen.cycle else standing.opened_cycles()
    writer = _Rows(needs.competencies, cycles, part)
    for people, texts in _batches(chosen.people()):
        pks = [one.pk for one in people]
        sheets = standing.read_sheets(Sheet.objects.filter(person__in=pks), cycles, days=True)
        packs = standing.packs_of(sheets, people, requirements=needs, cycles=cycles)
        found = standing.standing(people, requirements=needs, cycles=cycles, packs=packs)
        yield writer.rows(found, texts, sheets, chosen.smallest)


def _batches(people: QuerySet[Person]) -> Iterator[tuple[list[PersonRow], dict[int, Sequence[Any]]]]:
    """Yield people by batches with the texts of their rows; each batch begins after the last one's person id."""
    names = ("email", "job_role__name", "manager__person_id")
    units = {pk: (code, name) for pk, code, name in Unit.objects.values_list("pk", "code", "name")}
    last = ""
    while True:
        rows = list(people.filter(person_id__gt=last)[:BATCH].values_list(*PERSON_COLUMNS, *names))
        if not rows:
            return
        last = rows[-1][1]
        found = [PersonRow(*row[: len(PERSON_COLUMNS)]) for row in rows]
        yield found, {one.pk: _texts(one, units, row[-3:]) for one, row in zip(found, rows, strict=True)}


def _texts(one: PersonRow, units: dict[int, tuple[str, str]], names: Sequence[Any]) -> Sequence[Any]:
    email, job_role, manager = names
    return (one.person_id, one.name, email, *units[one.unit], job_role, manager)


def plan_states(people: Sequence[int]) -> dict[tuple[int, int], str]:
    """Return (person, competency) → state of the newest step of the plan for it; a live one goes first. One query."""
    items = PlanItem.objects.filter(person__in=people).order_by("pk")
    states: dict[tuple[int, int], str] = {}
    live = {PlanItem.State.PLANNED, PlanItem.State.DOING}
    for person, competency, state in items.values_list("person_id", "competency_id", "state"):
        if states.get((person, competency)) not in live or state in live:
            states[person, competency] = state
    return states


@dataclass
class _Rows:
    """Puts rows together from parts; what many rows share is made once and found again by a number (a key)."""

    competencies: Sequence[Competency]
    cycles: Sequence[Cycle]
    part: Part
    middles: dict[int, Any] = field(default_factory=dict)
    tails: dict[int, Any] = field(default_factory=dict)

    def rows(
        self, found: Standing, texts: dict[int, Sequence[Any]], sheets: Sheets, smallest: int | None
    ) -> list[Any]:
        """Return the rows of a batch of people."""
        wanted = found.required > 0
        if smallest is not None:
            wanted &= np.nan_to_num(found.gap, nan=-SCALE_MAX) >= smallest
        people, columns = np.nonzero(wanted)
        heads = [self.part(texts[one.pk]) for one in found.people]
        middles = self._parts(_middle_keys(found)[wanted], columns, self.middles, self._middle)
        tails = self._parts(self._tail_keys(found, sheets)[wanted], None, self.tails, self._tail)
        return [
            heads[one] + middle + tail
            for one, middle, tail in zip(people.tolist(), middles, tails, strict=True)
        ]

    def _parts(
        self, keys: Keys, columns: Keys | None, made: dict[int, Any], make: Callable[[int], Any]
    ) -> list[Any]:
        """Return the part of each key; those not met before are made."""
        if columns is not None:
            keys = keys * len(self.competencies) + columns
        found, places = np.unique(keys, return_inverse=True)
        for key in found.tolist():
            if key not in made:
                made[key] = make(key)
        parts = [made[key] for key in found.tolist()]
        return [parts[place] for place in places.tolist()]

    def _middle(self, key: int) -> Any:
        """Return the cells from competency to weighted_gap."""
        key, column = divmod(key, len(self.competencies))
        key, manager = divmod(key, _LEVELS)
        key, own = divmod(key, _LEVELS)
        hundredths, required = divmod(key, _LEVELS)
        one, weight, used = self.competencies[column], hundredths / 100, manager or own
        gap = required - used if used else None
        # Importance has two decimals, so the product is rounded there: no 0.30000000000000004.
        weighted = None if gap is None else round(gap * weight, 2) + 0.0
        levels = (required, own or None, manager or None, gap, weight, weighted)
        return self.part((one.code, one.name, one.kind, SCALE_MIN, SCALE_MAX, *levels))

    def _tail_keys(self, found: Standing, sheets: Sheets) -> Keys:
        """Return what tells the cells from assessed_on to plan_status: the day, the cycle and the state of a plan."""
        pks = [one.pk for one in found.people]
        states = _state_numbers(pks, [one.pk for one in self.competencies])
        days = standing.days_of(sheets, found)
        keys: Keys = (days * (len(self.cycles) + 1) + found.cycle + 1) * len(_STATES) + states
        return keys

    def _tail(self, key: int) -> Any:
        key, state = divmod(key, len(_STATES))
        day, place = divmod(key, len(self.cycles) + 1)
        when = date(day // 10000, day // 100 % 100, day % 100) if day else None
        code = self.cycles[place - 1].code if place else None
        return self.part((when, code, _STATES[state]), last=True)


_LEVELS: Final = SCALE_MAX + 1  # none, 1 … 5
_STATES: Final = (None, *PlanItem.State.values)


def _middle_keys(found: Standing) -> Keys:
    """Return what tells the levels of a row apart, people × competencies."""
    keys: Keys = np.rint(found.importance * 100).astype(np.int64)
    for levels in (found.required, found.own, found.manager):
        keys = keys * _LEVELS + levels
    return keys


def _state_numbers(people: Sequence[int], competencies: Sequence[int]) -> Keys:
    """Return the place in _STATES of each plan's state, people × competencies. One query."""
    row = {pk: place for place, pk in enumerate(people)}
    column = {pk: place for place, pk in enumerate(competencies)}
    numbers = np.zeros((len(people), len(competencies)), dtype=np.int64)
    for (person, competency), state in plan_states(people).items():
        if competency in column:
            numbers[row[person], column[competency]] = _STATES.index(state)
    return numbers


def competencies_rows() -> Iterator[Row]:
    """Yield the rows of competencies.csv: one per level of each competency."""
    for code, cells in sorted(library.cells().items()):
        for level in LEVELS:
            yield (
                code,
                cells["name"],
                cells["kind"],
                cells["definition"],
                level,
                cells[behaviour_key(level)],
            )


def library_cells() -> dict[str, Cells]:
    """Return the library as its YAML file is written from it."""
    return dict(sorted(library.cells().items()))


def profile_rows() -> Iterator[Row]:
    """Yield the rows of profiles.csv."""
    found = Requirement.objects.order_by("job_role__name", "competency__code").values_list(
        "job_role__name", "competency__code", "required_level", "importance"
    )
    yield from found
