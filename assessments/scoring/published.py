"""The columns of a framework as disclosure control sees them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import lcm

from assessments.scoring.column import Column, Kind, Weights
from assessments.scoring.spec import ALL, Spec

Exact = dict[int, Fraction]


def columns_of(spec: Spec) -> tuple[Column, ...]:
    """Return a ``Column`` for each of ``Spec.columns``, in that order."""
    return tuple(_column(spec, index) for index in range(len(spec.columns)))


def _column(spec: Spec, index: int) -> Column:
    lens, dimension = spec.columns[index]
    kind: Kind = "all" if dimension == ALL else "block" if lens == spec.primary.code else "lens"
    drawn = {a: spec.draws(index, a) for a in spec.audiences} if kind == "lens" else {}
    staff, manager = _whole([_exact(spec, index, audience) for audience in ("staff", "manager")])
    return Column(
        lens=lens,
        code=dimension,
        kind=kind,
        draws=tuple(sorted({block for blocks in drawn.values() for block in blocks})),
        staff_draws=drawn.get("staff"),
        manager_draws=drawn.get("manager"),
        staff_items=staff,
        manager_items=manager,
        opaque=any(_is_opaque(spec, index, audience) for audience in spec.audiences),
    )


def _exact(spec: Spec, column: int, audience: str) -> Exact:
    """The weight of each item in a person's score; a missing answer stands for its block's mean."""
    if audience not in spec.audiences:
        return {}
    if spec.columns[column].dimension != ALL:
        items = spec.members[audience][column].items
        return {item: Fraction(1, len(items)) for item in items}
    parts = spec.parts(column, audience)
    whole = sum(spec.dimension_weights[d] for d in parts)
    found: Exact = {}
    for d in parts:
        for item, weight in _exact(spec, d, audience).items():
            found[item] = found.get(item, Fraction(0)) + weight * Fraction(spec.dimension_weights[d], whole)
    return found


def _whole(rows: Iterable[Exact]) -> list[Weights]:
    """The same weights as whole numbers, in one unit for all rows."""
    listed = list(rows)
    unit = lcm(*(weight.denominator for row in listed for weight in row.values()))
    return [
        tuple((item, int(weight * unit)) for item, weight in sorted(row.items()) if weight) for row in listed
    ]


def _is_opaque(spec: Spec, column: int, audience: str) -> bool:
    """Whether items outside the blocks make the weights depend on which of them a person answered.

    Where a dimension has no other items, and shares none of them, it depends on nothing else however they weigh.
    """
    if spec.columns[column].dimension == ALL:
        return any(_is_opaque(spec, d, audience) for d in spec.parts(column, audience))
    own = spec.members[audience][column]
    others = {
        item for d, members in enumerate(spec.members[audience]) if d != column for item in members.items
    }
    return bool(own.loose) and (len(own.loose) < len(own.items) or bool(others & set(own.loose)))
