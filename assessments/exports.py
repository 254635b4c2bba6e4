"""scores.csv: published figures, or with nothing suppressed on the server's shell."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, Final

from assessments.models import Cycle, CycleUnit, Figure, Release
from assessments.scoring.figures import AUDIENCES, FigureTable
from assessments.scoring.spec import Spec

COLUMNS: Final = (
    *("cycle", "unit", "unit_name", "audience", "lens", "dimension"),
    *("n", "invited", "score", "level", "mean", "sd", "se", "ci_low", "ci_high"),
    *("alpha", "rwg", "icc1", "icc2", "suppressed"),
)
FIGURES: Final = COLUMNS[6:-1]
SUPPRESSED: Final = (*[None] * len(FIGURES), 1)
Row = tuple[Any, ...]


def published_rows(
    *, cycle: Cycle, release: Release, units: Iterable[CycleUnit] | None = None
) -> Iterator[Row]:
    """Yield a row per unit × audience × dimension; a cell that may not be shown has suppressed = 1 and no figures.

    units: those to export, in the order of the tree; all of the cycle when None. One query whatever their number.
    """
    chosen = {unit.pk: unit for unit in (cycle.units.all() if units is None else units)}
    columns = _columns(cycle.framework.instrument.spec())
    figures = Figure.objects.filter(release=release, unit__in=chosen).order_by("unit__position")
    cells = figures.values_list("unit_id", "audience", "lens", "dimension", *FIGURES).iterator(
        chunk_size=2000
    )
    groups = groupby(cells, key=itemgetter(0))
    pk, rows = next(groups, (None, iter(())))
    for unit in sorted(chosen.values(), key=attrgetter("position")):
        shown = {}
        if unit.pk == pk:
            shown = {row[1:4]: row[4:] for row in rows}
            pk, rows = next(groups, (None, iter(())))
        for key in columns:
            found = shown.get(key)
            yield (cycle.code, unit.code, unit.name, *key, *(SUPPRESSED if found is None else (*found, 0)))


def raw_rows(*, cycle: Cycle, table: FigureTable) -> Iterator[Row]:
    """Yield the same rows from an unsuppressed table of figures."""
    spec = cycle.framework.instrument.spec()
    for unit in cycle.units.order_by("position"):
        for audience_index, audience in enumerate(AUDIENCES):
            for column_index, column in enumerate(spec.columns):
                cell = (unit.position, audience_index, column_index)
                figures = [getattr(table, name)[cell] for name in FIGURES]
                yield (cycle.code, unit.code, unit.name, audience, *column, *figures, 0)


def _columns(spec: Spec) -> list[tuple[str, str, str]]:
    return [(audience, *column) for audience in AUDIENCES for column in spec.columns]
