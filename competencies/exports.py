"""Files about competencies: gaps.csv for HR, and the library and profiles in the form in which they are imported.

gaps.csv is written in batches of people, so that its memory doesn't grow with the organisation. Text cells are guarded
against formulas once a person and competency (csv_export.cell), and the rows then go to csv.writer as they are.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np
from django.db.models import Q, QuerySet

from assessments.models import Cycle
from cfm.lib import csv_export
from competencies.document import Cells, behaviour_key
from competencies.levels import LEVELS, SCALE_MAX, SCALE_MIN, unpack_date
from competencies.models import Competency, PlanItem, Requirement, Sheet
from competencies.queries import library, standing
from competencies.queries.standing import PERSON_COLUMNS, PersonRow, Requirements, Standing
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
    demands = library.demands()
    needs = Requirements.of(demands, chosen.competencies(demands.competencies))
    cycles = [chosen.cycle] if chosen.cycle else standing.opened_cycles()
    sheet_writer = _Rows.of(needs.competencies, cycles, cell)
    for people, texts in _batches(chosen.people()):
        pks = [one.pk for one in people]
        sheets = Sheet.objects.filter(person__in=pks)
        packs = standing.read_packs(people, requirements=needs, cycles=cycles, sheets=sheets)
        found = standing.standing(people, requirements=needs, cycles=cycles, packs=packs)
        details = _details(pks, cycles)
        yield from sheet_writer.rows(found, texts, details, chosen.smallest)


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


@dataclass(frozen=True)
class _Details:
    """What the arrays lack. days: (cycle, person) → (own, manager's) packed; plans: (person, competency) → state."""

    days: dict[tuple[int, int], tuple[str, str]]
    plans: dict[tuple[int, int], str]


def _details(people: Sequence[int], cycles: Sequence[Cycle]) -> _Details:
    sheets = Sheet.objects.filter(person__in=people, cycle__in=cycles)
    rows = sheets.values_list("cycle_id", "person_id", "self_days", "manager_days")
    return _Details({(row[0], row[1]): row[2:] for row in rows}, plan_states(people))


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
    """Puts rows together from cells made once: of a person, of a competency, of each number there can be."""

    competencies: Sequence[Competency]
    cycles: Sequence[Cycle]
    cell: Callable[[object], Any]
    heads: list[Row]
    codes: list[Any]
    empty: Row
    starts: list[int]  # where the day of a competency begins in the packed days
    made: dict[tuple[int, int, int, float], Row] = field(default_factory=dict)
    days: dict[tuple[str, int], Row] = field(default_factory=dict)

    @classmethod
    def of(
        cls, competencies: Sequence[Competency], cycles: Sequence[Cycle], cell: Callable[[object], Any]
    ) -> "_Rows":
        heads = [
            tuple(map(cell, (one.code, one.name, one.kind, SCALE_MIN, SCALE_MAX))) for one in competencies
        ]
        starts = [8 * one.slot for one in competencies]
        return cls(
            competencies, cycles, cell, heads, [cell(one.code) for one in cycles], (cell(None),), starts
        )

    def rows(
        self, found: Standing, texts: dict[int, Sequence[Any]], details: _Details, smallest: int | None
    ) -> Iterator[Row]:
        """Yield the rows of a batch of people. Most cells are looked up: this runs a million times."""
        wanted = found.required > 0
        if smallest is not None:
            wanted &= np.nan_to_num(found.gap, nan=-SCALE_MAX) >= smallest
        required, own, manager = found.required.tolist(), found.own.tolist(), found.manager.tolist()
        importance, cycle = found.importance.tolist(), found.cycle.tolist()
        plans = self._plans(details)
        for row, one in enumerate(found.people):
            head = tuple(map(self.cell, texts[one.pk]))
            for column in np.flatnonzero(wanted[row]).tolist():
                mine, theirs, weight = own[row][column], manager[row][column], importance[row][column]
                levels = self.levels(required[row][column], mine, theirs, weight)
                when = self._when(details, one.pk, cycle[row][column], column, theirs)
                yield head + self.heads[column] + levels + when + plans.get((one.pk, column), self.empty)

    def levels(self, required: int, own: int, manager: int, weight: float) -> Row:
        """Return the cells from required_level to weighted_gap; each combination is made once."""
        key = (required, own, manager, weight)
        if key not in self.made:
            used = manager or own
            gap = required - used if used else None
            # Importance has two decimals, so the product is rounded there: no 0.30000000000000004.
            weighted = None if gap is None else round(gap * weight, 2) + 0.0
            numbers = (required, own or None, manager or None, gap, weight, weighted)
            self.made[key] = tuple(map(self.cell, numbers))
        return self.made[key]

    def _when(self, details: _Details, person: int, place: int, column: int, manager: int) -> Row:
        if place < 0:
            return self.empty * 2
        days = details.days[self.cycles[place].pk, person][1 if manager else 0]
        start = self.starts[column]
        key = (days[start : start + 8], place)
        if key not in self.days:
            day = unpack_date(key[0], 0)
            self.days[key] = (self.cell(date.fromisoformat(day) if day else None), self.codes[place])
        return self.days[key]

    def _plans(self, details: _Details) -> dict[tuple[int, int], Row]:
        """Return (person, column) → the cell plan_status."""
        columns = {one.pk: place for place, one in enumerate(self.competencies)}
        return {
            (person, columns[competency]): (self.cell(state),)
            for (person, competency), state in details.plans.items()
            if competency in columns
        }


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
