"""Gaps of a reader's reach: aggregates by unit and competency, and by name for those whom the reader may see."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from assessments.models import Cycle
from competencies import gaps
from competencies.models import Competency
from competencies.queries import standing as standings
from competencies.queries.library import demands
from competencies.queries.standing import PersonRow, Requirements, Standing
from organisation import permissions
from organisation.models import JobRole, Person, Unit
from organisation.queries import UnitRow, unit_rows

TREND_CYCLES: Final = 4
MOST_ROWS: Final = 40  # units in the picture


@dataclass(frozen=True)
class Reach:
    """Whose gaps somebody reads. units: ids, None for all; names: sees everybody in reach by name."""

    reader: Person
    units: frozenset[int] | None
    names: bool

    def seen(self, people: Sequence[PersonRow]) -> gaps.Flags:
        """Return who of the people may be seen by name."""
        if self.names:
            return np.ones(len(people), dtype=np.bool_)
        leads = permissions.can(self.reader, "rating.rate_team")
        hr = permissions.can(self.reader, "rating.view_all")
        scope = _ids(permissions.scope(self.reader, "rating.view_all")) if hr else frozenset()
        return np.array(
            [
                one.pk == self.reader.pk
                or (leads and one.manager == self.reader.pk)
                or (scope is None or one.unit in scope)
                for one in people
            ],
            dtype=np.bool_,
        )


def reach_of(reader: Person) -> Reach:
    """Return whose gaps the reader may read. At most two queries."""
    units = _ids(permissions.scope(reader, "gaps.view"))
    hr = permissions.can(reader, "rating.view_all")
    all_named = _ids(permissions.scope(reader, "rating.view_all")) if hr else frozenset()
    names = hr and (all_named is None or (units is not None and units <= all_named))
    return Reach(reader, units, names)


def _ids(scope: frozenset[int] | None) -> frozenset[int] | None:
    return None if scope is None else frozenset(Unit.objects.within(scope).values_list("pk", flat=True))


@dataclass(frozen=True)
class Choice:
    """What the address asks for; None or empty: everything. smallest: of named gaps, in levels."""

    cycle: Cycle | None = None
    unit: Unit | None = None
    kind: str = ""
    competency: Competency | None = None
    job_role: JobRole | None = None
    smallest: int = 1


@dataclass(frozen=True)
class UnitCells:
    """One unit of the picture and its row in the figures."""

    unit: UnitRow
    row: int


@dataclass(frozen=True)
class Total:
    """The figures of one competency over the whole reach; shown: may be read."""

    competency: Competency
    required: int
    rated: int
    below: int
    short: float
    above: float
    shown: bool


@dataclass(frozen=True)
class Moment:
    """How things stood in one cycle: share of the required levels not reached, 0 to 1; None where not shown."""

    cycle: Cycle
    share: float | None
    rated: int


@dataclass(frozen=True)
class Named:
    """One gap of one person. weighted: gap × importance."""

    person: PersonRow
    competency: Competency
    required: int
    level: int
    gap: int
    weighted: float


@dataclass(frozen=True)
class GapTable:
    """All that the page of gaps shows. cells, figures: (units, competencies), the first row is everyone in reach."""

    competencies: Sequence[Competency]
    units: Sequence[UnitCells]
    more_units: int
    figures: gaps.Summary
    cells: gaps.Flags
    totals: Sequence[Total]
    trend: Sequence[Moment]
    people: int
    rated_people: int
    standing: Standing
    seen: gaps.Flags
    in_view: gaps.Flags
    narrowed: bool  # its people are those of the chosen unit or job role alone


def gap_table(reach: Reach, choice: Choice, cycles: Sequence[Cycle]) -> GapTable:
    """Return the figures of the reach, in a fixed number of queries.

    cycles: those with ratings, the newest first. What is hidden is decided over the whole reach and whatever the
    filters, so that two views of the same people can't be subtracted: unit, kind and competency only choose what of it
    is printed. For those who see everybody by name, unit and job role narrow the people themselves.
    """
    required = demands()
    needs = Requirements.of(required, required.competencies)
    people = _people(reach, choice)
    counted = [choice.cycle] if choice.cycle else list(cycles)
    recent = list(cycles[:TREND_CYCLES])
    packs = standings.read_packs(
        people,
        requirements=needs,
        cycles=list({one.pk: one for one in [*counted, *recent]}.values()),
        reader=None if reach.names else reach.reader.pk,
    )
    at = standings.standing(people, requirements=needs, cycles=counted, packs=packs)
    tree = _tree(reach)
    place = {row.code: number for number, row in enumerate(tree)}
    codes = dict(Unit.objects.values_list("pk", "code"))
    group = np.array([place[codes[one.unit]] for one in people], dtype=np.int64)
    seen = reach.seen(people)
    whole = gaps.summarise(at.required, at.level, group, len(tree), seen)
    shown, totals = gaps.shown(whole.unseen)
    columns = _columns(at.competencies, choice)
    inside = _inside(tree, choice.unit)
    total = gaps.summarise(at.required, at.level, np.zeros(len(people), np.int64), 1, seen)
    return GapTable(
        competencies=[at.competencies[place] for place in columns],
        units=_widest_units([(row, n) for n, row in enumerate(tree) if inside[n]], whole, shown, columns),
        more_units=max(0, int((inside & whole.required.any(axis=1)).sum()) - MOST_ROWS),
        figures=_only(whole, columns),
        cells=shown[:, columns],
        totals=[_total(at.competencies[n], total, n, bool(totals[n])) for n in columns],
        trend=[
            _moment(
                standings.standing(people, requirements=needs, cycles=[one], packs=packs),
                _Frame(group, len(tree), seen, columns),
            )
            for one in reversed(recent)
        ],
        people=len(people),
        rated_people=int((at.level > 0).any(axis=1).sum()),
        standing=at,
        seen=seen,
        in_view=inside[group] if len(people) else np.zeros(0, np.bool_),
        narrowed=reach.names and bool(choice.unit or choice.job_role),
    )


def _people(reach: Reach, choice: Choice) -> list[PersonRow]:
    found = Person.objects.active().order_by("name", "person_id")
    if reach.units is not None:
        found = found.filter(unit__in=reach.units)
    if choice.unit and reach.names:
        found = found.filter(unit__in=Unit.objects.descendants(choice.unit, include_self=True).values("pk"))
    if choice.job_role and reach.names:
        found = found.filter(job_role=choice.job_role)
    return standings.person_rows(found)


def _tree(reach: Reach) -> list[UnitRow]:
    """Return the units in reach in the order of the tree."""
    return unit_rows(reach.reader, action="gaps.view")


def _inside(tree: Sequence[UnitRow], unit: Unit | None) -> gaps.Flags:
    """Return which rows are the unit or below it; all where there is none."""
    if unit is None:
        return np.ones(len(tree), dtype=np.bool_)
    below = set(Unit.objects.descendants(unit, include_self=True).values_list("code", flat=True))
    return np.array([row.code in below for row in tree], dtype=np.bool_)


def _widest_units(
    rows: Sequence[tuple[UnitRow, int]], whole: gaps.Summary, shown: gaps.Flags, columns: list[int]
) -> list[UnitCells]:
    """Return units with people in the order of the tree; of too many those with the widest shown gaps."""
    found = [UnitCells(row, n) for row, n in rows if whole.required[n].any()]
    if len(found) <= MOST_ROWS:
        return found
    short = np.where(shown, np.nan_to_num(whole.short), 0)[:, columns].sum(axis=1)
    kept = {one.row for one in sorted(found, key=lambda one: -short[one.row])[:MOST_ROWS]}
    return [one for one in found if one.row in kept]


def _columns(competencies: Sequence[Competency], choice: Choice) -> list[int]:
    return [
        place
        for place, one in enumerate(competencies)
        if (not choice.kind or one.kind == choice.kind) and choice.competency in {None, one}
    ]


def _only(summary: gaps.Summary, columns: list[int]) -> gaps.Summary:
    fields: dict[str, Any] = {name: values[:, columns] for name, values in vars(summary).items()}
    return replace(summary, **fields)


def _total(competency: Competency, total: gaps.Summary, column: int, shown: bool) -> Total:
    cell = (0, column)
    return Total(
        competency=competency,
        required=int(total.required[cell]),
        rated=int(total.rated[cell]),
        below=int(total.below[cell]),
        short=float(total.short[cell]),
        above=float(total.above[cell]),
        shown=shown and bool(total.rated[cell]),
    )


@dataclass(frozen=True)
class _Frame:
    """What stays the same over the cycles of a trend."""

    group: gaps.Ints
    groups: int
    seen: gaps.Flags
    columns: list[int]


def _moment(at: Standing, frame: _Frame) -> Moment:
    """Return how things stood in one cycle, over the competencies whose total may be shown there."""
    cells = gaps.summarise(at.required, at.level, frame.group, frame.groups, frame.seen)
    _cells, totals = gaps.shown(cells.unseen)
    columns = [column for column in frame.columns if totals[column]]
    rated = int(cells.rated[:, columns].sum())
    share = int(cells.below[:, columns].sum()) / rated if rated else None
    return Moment(at.cycles[0], share, int((at.level > 0).any(axis=1).sum()))


def named_gaps(table: GapTable, choice: Choice) -> "NamedGaps":
    """Return the gaps of people the reader may see, the weightiest first; rows are made page by page."""
    at = table.standing
    columns = [at.competencies.index(one) for one in table.competencies]
    chosen = np.zeros(at.required.shape, dtype=np.bool_)
    chosen[:, columns] = True
    gap = np.nan_to_num(at.gap, nan=-np.inf)
    chosen &= (gap >= choice.smallest) & (table.seen & table.in_view)[:, None]
    rows, cells = np.nonzero(chosen)
    order = np.lexsort((cells, rows, -(gap[rows, cells] * at.importance[rows, cells])))
    return NamedGaps(at, rows[order], cells[order])


@dataclass(frozen=True)
class NamedGaps:
    """A long list that a paginator cuts: only the rows of a page are made."""

    standing: Standing
    rows: gaps.Ints
    columns: gaps.Ints

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, part: slice) -> list[Named]:
        return [
            self._named(int(row), int(column))
            for row, column in zip(self.rows[part], self.columns[part], strict=True)
        ]

    def _named(self, row: int, column: int) -> Named:
        at, cell = self.standing, (row, column)
        gap = int(at.gap[cell])
        weighted = round(gap * float(at.importance[cell]), 2)
        required, level = int(at.required[cell]), int(at.level[cell])
        return Named(at.people[row], at.competencies[column], required, level, gap, weighted)
