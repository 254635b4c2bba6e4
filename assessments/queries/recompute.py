"""Prove published figures: compute them once more from the stored cube, and compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assessments.models import Analysis, Distribution, Figure, Release
from assessments.queries import cubes, released
from assessments.queries.cubes import NoCubeError
from assessments.scoring import drivers as driving
from assessments.scoring.cube import Cube, climb
from assessments.scoring.moments import Sums, means
from assessments.scoring.statements import answers_of, statements_of
from assessments.scoring.table import AUDIENCES, PEOPLE

_SAME = 1e-9


@dataclass(frozen=True)
class Proved:
    """One figure as it was published and as it was computed just now; None: not defined.

    name: that of the figure's field, or the code of a block or dimension. whole: it counts something.
    """

    name: str
    stored: float | None
    again: float | None
    whole: bool = False

    @property
    def holds(self) -> bool:
        if self.stored is None or self.again is None:
            return self.stored is self.again
        return abs(self.stored - self.again) <= _SAME * max(1.0, abs(self.stored))


def figure_again(
    release: Release, *, position: int, audience: str, lens: str, dimension: str
) -> list[Proved]:
    """Return every value of a published cell beside the one that the stored cube gives; empty for a hidden cell.

    Raises NoCubeError where the cube is gone, or small groups were merged in it.
    """
    stored = Figure.objects.filter(
        release=release, unit__position=position, audience=audience, lens=lens, dimension=dimension
    ).first()
    if stored is None:
        return []
    inputs = _inputs(release)
    cube = _cube(release)
    cells = released.cells(release, inputs.spec, inputs.units)
    shown = released.shown_of(cells, inputs.spec, len(inputs.units))
    table = cubes.compute(inputs, cube, shown)
    cell = (position, AUDIENCES.index(audience), inputs.spec.column(lens, dimension))
    again = cubes.values_of(table, cell)
    return [
        Proved(name, getattr(stored, name), value, whole=name in cubes.INTEGERS)
        for name, value in again.items()
    ]


def distributions_again(release: Release, *, position: int, audience: str) -> dict[str, bool]:
    """Return for each published distribution of a unit whether the stored cube gives the same counts, by item.

    Raises NoCubeError where the cube is gone, or small groups were merged in it.
    """
    inputs = _inputs(release)
    above = climb(_cube(release), inputs.parent)
    statements = statements_of(inputs.spec)
    each = answers_of(inputs.spec, above, statements)[:, position]
    view = PEOPLE.index(audience)
    counts = each.sum(axis=0) if view == 0 else each[view - 1]
    by_item = {
        released.item_code(inputs.spec, one, view): counts[place].tolist()
        for place, one in enumerate(statements)
    }
    rows = Distribution.objects.filter(release=release, unit__position=position, audience=audience)
    return {row.item: by_item.get(row.item) == row.counts for row in rows}


def drivers_again(release: Release) -> list[Proved]:
    """Return the shares of driver analysis and R², beside those that the stored sums give (intervals excepted)."""
    row = Analysis.objects.filter(release=release, kind=Analysis.Kind.DRIVERS).first()
    if row is None or "sums" not in row.basis:
        return []
    parts, r2 = driving.lmg(np.array(row.basis["sums"]))
    found = [Proved("r2", row.result["r2"], float(r2))]
    shares: Sequence[float] = (parts / r2).tolist()
    told = zip(row.result["drivers"], shares, strict=True)
    return found + [Proved(one["block"], one["share"], share) for one, share in told]


def careless_again(release: Release) -> list[Proved]:
    """Return the scores without careless answers beside those that the stored sums give."""
    row = Analysis.objects.filter(release=release, kind=Analysis.Kind.CARELESS).first()
    if row is None or "total" not in row.basis:
        return []
    spec = release.cycle.framework.instrument.spec()
    n, total = (np.array(row.basis[name], dtype=object) for name in ("n", "total"))
    kept = Sums(*(one.reshape(1, 1, -1) for one in (n, total, total)))
    score = means(spec, kept)[1][0, 0]
    return [
        Proved(one["dimension"], one["score"], float(score[spec.column(one["lens"], one["dimension"])]))
        for one in row.result["scores"]
    ]


def _cube(release: Release) -> Cube:
    if "answers_deleted_at" in release.cycle.close_certificate:
        raise NoCubeError(release.cycle.code)
    return cubes.stored_cube(release.cycle)


def _inputs(release: Release) -> cubes.Inputs:
    cycle = release.cycle
    units = list(cycle.units.order_by("position"))
    return cubes.Inputs(cycle, cycle.framework.instrument, units)
