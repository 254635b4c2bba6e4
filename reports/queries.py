"""What pages read: visible releases and the trees of their cycles, as plain data in few queries.

A cell without a figure has no row in a release, so it can't come out of here; the caller sees None and says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db.models import Q

from assessments.instrument.content import Instrument
from assessments.models import CycleUnit, Figure, Framework, Release
from organisation import permissions
from organisation.models import Person, Unit

ALL: Final = "ALL"
ROOT: Final = ""  # in place of a unit's code: the organisation itself
MAX_ROWS: Final = 60


@dataclass(frozen=True)
class PublishedCycle:
    """A cycle whose figures may be read, with its newest visible release."""

    code: str
    title: str
    pk: int
    k: int
    closed_at: datetime | None
    published_at: datetime | None
    counted: int | None
    release: int
    gate: Mapping[str, Any]
    framework: Framework = field(compare=False)

    @property
    def instrument(self) -> Instrument:
        instrument: Instrument = self.framework.instrument
        return instrument


class Cell(NamedTuple):
    """One published figure. score, ci_low, ci_high, se: score points, 0 to 100. None where not defined.

    n: people who count (entries, for evidence). band: +1 the score is a lower bound, -1 an upper bound, 0 neither.
    """

    score: float | None
    level: int | None = None
    n: int | None = None
    invited: int | None = None
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    icc2: float | None = None
    band: int = 0
    alpha: float | None = None
    rwg: float | None = None


class UnitRow(NamedTuple):
    """A unit as it stood when the cycle opened; position 0 is the root, a parent comes before its children."""

    position: int
    parent: int
    depth: int
    code: str
    name: str
    invited: int


class Key(NamedTuple):
    """Where a figure stands within a release."""

    position: int
    audience: str
    lens: str
    dimension: str


@dataclass(frozen=True)
class Tree:
    """The unit tree of a cycle, depth first."""

    units: Sequence[UnitRow]

    def find(self, code: str) -> UnitRow | None:
        """Return the unit with this code (ROOT: the organisation), or None."""
        return next(
            (unit for unit in self.units if unit.code == code or (code == ROOT and unit.parent < 0)), None
        )

    def below(self, top: UnitRow) -> list[UnitRow]:
        """Return the unit and everything under it, in tree order."""
        inside = {top.position}
        rows = []
        for unit in self.units:
            if unit.position == top.position or unit.parent in inside:
                inside.add(unit.position)
                rows.append(unit)
        return rows

    def above(self, unit: UnitRow) -> list[UnitRow]:
        """Return the units above, the nearest first."""
        by_position = {row.position: row for row in self.units}
        path = []
        while unit.parent in by_position:
            unit = by_position[unit.parent]
            path.append(unit)
        return path


@dataclass(frozen=True)
class Reach:
    """Which units' figures a person may see: the organisation, the own unit, and by role whole subtrees.

    codes: units reached by role, None for every one. tops: the units at which those subtrees begin.
    """

    own: str
    codes: frozenset[str] | None

    def allows(self, unit: UnitRow) -> bool:
        return self.codes is None or unit.parent < 0 or unit.code == self.own or unit.code in self.codes

    def below(self, unit: UnitRow) -> bool:
        """Whether the unit is reached by role: with what is below it, and in lists of units."""
        return self.codes is None or unit.code in self.codes


Cells = Mapping[Key, Cell]
History = Mapping[int, Mapping[tuple[str, str], Cell]]


def published_cycles() -> list[PublishedCycle]:
    """Return the published cycles, the oldest first, each with its newest visible release. One query."""
    releases = (
        Release.objects.filter(visible=True, cycle__state__in=["published", "archived"])
        .select_related("cycle__framework")
        .defer("cycle__framework__source", "cycle__public_key", "certificate")
        .order_by("cycle__closed_at", "cycle_id", "number")
    )
    newest = {release.cycle_id: release for release in releases}
    return [_published(release) for release in newest.values()]


def _published(release: Release) -> PublishedCycle:
    cycle = release.cycle
    return PublishedCycle(
        code=cycle.code,
        title=cycle.title,
        pk=cycle.pk,
        k=cycle.k,
        closed_at=cycle.closed_at,
        published_at=cycle.published_at,
        counted=cycle.close_certificate.get("counted"),
        release=release.pk,
        gate=release.gate,
        framework=cycle.framework,
    )


def reach(person: Person) -> Reach:
    """Return what published figures this person may see."""
    if not permissions.can(person, "figures.view_units"):
        return Reach(person.unit.code, frozenset())
    if permissions.scope(person, "figures.view_units") is None:
        return Reach(person.unit.code, None)
    codes = Unit.objects.visible_to(person, "figures.view_units").values_list("code", flat=True)
    return Reach(person.unit.code, frozenset(codes))


def tree(cycle: PublishedCycle) -> Tree:
    """Return the unit tree as it stood when the cycle opened. One query."""
    columns = ("position", "parent_position", "depth", "code", "name", "staff_invited", "manager_invited")
    rows = CycleUnit.objects.filter(cycle=cycle.pk).order_by("position").values_list(*columns)
    return Tree(
        [
            UnitRow(position, parent, depth, code, name, staff + managers)
            for position, parent, depth, code, name, staff, managers in rows
        ]
    )


def cycle_unit(cycle: PublishedCycle, unit: UnitRow) -> CycleUnit:
    """Return the row of a unit of the cycle's frozen tree. One query."""
    row: CycleUnit = CycleUnit.objects.get(cycle=cycle.pk, position=unit.position)
    return row


def cells(
    cycle: PublishedCycle, *, whole: Iterable[int], lenses: Iterable[str], rows: Iterable[int], lens: str
) -> dict[Key, Cell]:
    """Return figures of the release. One query.

    whole: positions of units of which every audience is wanted, in `lenses`.
    rows: positions of units of which only the figures of all answers are wanted, in `lens`.
    """
    wanted = Q(unit__position__in=list(whole), lens__in=list(lenses))
    wanted |= Q(unit__position__in=list(rows), lens=lens, audience="all")
    columns = ("unit__position", "audience", "lens", "dimension")
    figures = _figures([cycle]).filter(wanted).values_list(*columns, *_COLUMNS)
    span = _span(cycle)
    return {Key(*row[:4]): _cell(row[4:], span) for row in figures}


def grid(cycle: PublishedCycle, *, lens: str, audience: str, depth: int) -> dict[int, dict[str, Cell]]:
    """Return one audience's figures of a lens in every unit down to a depth: position → dimension → cell. One query.

    Of each only score, level, n, invited, ICC(2) and band.
    """
    rows = (
        _figures([cycle])
        .filter(lens=lens, audience=audience, unit__depth__lte=depth)
        .values_list("unit__position", "dimension", "score", "level", "n", "invited", "icc2", "band")
    )
    found: dict[int, dict[str, Cell]] = {}
    for position, dimension, score, level, n, invited, icc2, band in rows:
        cell = Cell(score, level, n, invited, icc2=icc2, band=band)
        found.setdefault(position, {})[dimension] = cell
    return found


def history(
    cycles: Sequence[PublishedCycle], *, unit: str, lenses: Iterable[str]
) -> dict[int, dict[Any, Cell]]:
    """Return the unit's figures of all answers: release → (lens, dimension) → cell.

    One query for any number of cycles.
    """
    figures = (
        _figures(cycles)
        .filter(unit__code=unit, lens__in=list(lenses), audience="all")
        .values_list("release_id", "lens", "dimension", *_COLUMNS)
    )
    spans = {cycle.release: _span(cycle) for cycle in cycles}
    found: dict[int, dict[Any, Cell]] = {cycle.release: {} for cycle in cycles}
    for release, lens, dimension, *values in figures:
        found[release][lens, dimension] = _cell(values, spans[release])
    return found


def block_cells(
    cycles: Sequence[PublishedCycle], *, units: Iterable[str], blocks: Iterable[str]
) -> dict[tuple[int, str, str], Cell]:
    """Return figures of all answers in building blocks: (release, code of the unit, block) → cell. One query."""
    if not cycles:
        return {}
    lenses = {cycle.release: (cycle.instrument.primary.code, _span(cycle)) for cycle in cycles}
    rows = (
        _figures(cycles)
        .filter(
            lens__in={lens for lens, _width in lenses.values()},
            audience="all",
            unit__code__in=list(units),
            dimension__in=list(blocks),
        )
        .values_list("release_id", "unit__code", "dimension", "lens", *_COLUMNS)
    )
    return {
        (release, unit, block): _cell(values, lenses[release][1])
        for release, unit, block, lens, *values in rows
        if lens == lenses[release][0]
    }


_COLUMNS: Final = (
    "score",
    "level",
    "n",
    "invited",
    "se",
    "ci_low",
    "ci_high",
    "icc2",
    "band",
    "alpha",
    "rwg",
)


def _figures(cycles: Iterable[PublishedCycle]) -> Any:
    return Figure.objects.visible().filter(release__in=[cycle.release for cycle in cycles])


def _span(cycle: PublishedCycle) -> float:
    scale = cycle.instrument.scale
    return float(scale.maximum - scale.minimum)


def _cell(values: Sequence[Any], span: float) -> Cell:
    """A row of _COLUMNS; the standard error, kept in scale points, becomes score points."""
    cell = Cell(*values)
    return cell if cell.se is None else cell._replace(se=100 * cell.se / span)
