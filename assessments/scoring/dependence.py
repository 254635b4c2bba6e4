"""Which columns of figures depend on each other, person by person: the linear algebra behind disclosure control.

A person's score in a column is a weighted sum of their answers (a missing one stands for the mean of its block), so a
combination of published totals gives every person a combination of the vectors of the columns in which they count.
Blocks share no items; a lens that sorts the same items in another way adds up to the same grand total,
so that one of its columns follows from the others. Columns are taken in an order; those that no earlier ones give
are *free* (for them each column's own rule is enough), the others are *tied* and described here.
Sums of squares depend on each other in their own way (``degree`` 2: vectors over pairs of items).
Exact, modulo 2^61 − 1. Proof: docs/confidentiality-rule.md, 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from assessments.scoring.column import Column, dimensions_of
from assessments.scoring.patterns import Patterns, bits
from assessments.scoring.rowspace import PRIME, Row, RowSpace
from assessments.scoring.tree import IntArray

AUDIENCES = ("staff", "manager")
DEGREES = (1, 2)
Relation = Mapping[int, int]  # column → coefficient modulo the prime; the tied column's own is 1
_FAR = 1 << 40


@dataclass(frozen=True, eq=False)
class Way:
    """One way to have a tied column's totals from those of other columns.

    split: whether it takes their staff and managers apart (else `all` is enough). circuit: those columns.
    left: int (2, U), people of each audience for whom it does not come out; where none are left, the total is known.
    """

    split: bool
    circuit: tuple[int, ...]
    left: IntArray


@dataclass(frozen=True, eq=False)
class Tie:
    """A column that follows from earlier ones for people who count in all of them.

    others: the columns that take part (whose regions matter), this one not. own, full, lost: int (2, U), people who
    count in the column; who count in all that take part, so that they cancel together or not at all; whom no
    combination that uses the column and cancels the full ones can cancel. free: by audience, whether nothing cancels.
    """

    column: int
    others: tuple[int, ...]
    own: IntArray
    full: IntArray
    lost: IntArray
    free: tuple[bool, bool]
    ways: tuple[Way, ...]

    def least(self, people: IntArray) -> IntArray:
        """Return the fewest people of each audience concerned. people: (3, 2, …), sums of own, full and lost."""
        own, full, lost = people
        free = np.array(self.free).reshape((2,) + (1,) * (own.ndim - 1))
        return np.asarray(np.where(free, own, np.minimum(full, lost)))


def check_people(people: Mapping[str, Patterns], units: int) -> None:
    """Raise ValueError for an unknown audience, another number of units, or a negative count."""
    for audience, table in people.items():
        if audience not in AUDIENCES:
            raise ValueError(f"unknown audience {audience!r}")
        if len(table.counts) != units:
            raise ValueError(f"{audience}: patterns of {len(table.counts)} units, expected {units}")
        if (table.counts < 0).any():
            raise ValueError("a count of people is negative")


def counts_of(columns: tuple[Column, ...], people: Mapping[str, Patterns], units: int) -> IntArray:
    """Return how many people count in each column directly in each unit: int (2, U, C)."""
    n = np.zeros((2, units, len(columns)), dtype=np.int64)
    for row, audience in enumerate(AUDIENCES):
        table = people.get(audience, Patterns.nobody(units))
        member = np.array(
            [[counts_in(columns, mask, c, audience) for c in range(len(columns))] for mask in table.masks]
        ).reshape(len(table.masks), len(columns))
        n[row] = table.counts @ member.astype(np.int64)
    return n


def partial_of(columns: tuple[Column, ...], people: Mapping[str, Patterns], units: int) -> IntArray:
    """Return who counts in some but not all blocks a lens column draws on: int (2, U, C)."""
    partial = np.zeros((2, units, len(columns)), dtype=np.int64)
    for row, audience in enumerate(AUDIENCES):
        table = people.get(audience, Patterns.nobody(units))
        for c, column in enumerate(columns):
            if column.kind == "lens":
                drawn = bits(sorted(column.drawn_by(audience)))
                some = [bool(mask & drawn) and not mask >> c & 1 for mask in table.masks]
                partial[row, :, c] = table.counts @ np.array(some, dtype=np.int64)
    return partial


def left_out_of(columns: tuple[Column, ...], n: IntArray, column: int) -> IntArray:
    """Return who counts in each dimension of a lens but not in its ALL: int (2, U, dimensions). n: (2, U, C)."""
    inside = list(dimensions_of(columns, columns[column].lens))
    asked = [[bool(columns[d].weights(audience)) for d in inside] for audience in AUDIENCES]
    return np.asarray((n[:, :, inside] - n[:, :, [column]]) * np.array(asked)[:, None, :])


def counts_in(columns: tuple[Column, ...], mask: int, column: int, audience: str) -> bool:
    """Whether people of a pattern count in a column: for ALL in every dimension with items for them."""
    if columns[column].kind != "all":
        return bool(mask >> column & 1)
    parts = [d for d in dimensions_of(columns, columns[column].lens) if columns[d].weights(audience)]
    return bool(parts) and all(mask >> d & 1 for d in parts)


def elimination_order(columns: tuple[Column, ...]) -> tuple[int, ...]:
    """Return all columns: blocks, then lens columns that draw on few blocks before those on many, ALL last.

    Any order gives a valid proof. This one ties the columns that most people with a block left out miss anyway, and
    the same ones in every cycle of a framework, so that changes can be followed.
    """
    rank = {"block": 0, "lens": 1, "all": 2}
    return tuple(sorted(range(len(columns)), key=lambda c: (rank[columns[c].kind], len(columns[c].draws), c)))


def ties(columns: tuple[Column, ...], people: Mapping[str, Patterns], n: IntArray) -> list[Tie]:
    """Return the tied columns in elimination order; a column may be tied in sums, in squares, or in both."""
    order = elimination_order(columns)
    found = []
    for degree in DEGREES:
        algebra = _algebra(columns, order, degree)
        found += [_tie(algebra, columns, people, n, c) for c in order if algebra.is_tied(c)]
    return sorted(found, key=lambda tie: order.index(tie.column))


class _Algebra:
    """Vectors of the columns and the relations between them, for sums (degree 1) or sums of squares (2)."""

    def __init__(self, columns: tuple[Column, ...], order: tuple[int, ...], degree: int) -> None:
        usable = [c for c in order if not columns[c].opaque]
        self.vectors = [[_vector(c.weights(audience), degree) for c in columns] for audience in AUDIENCES]
        self.order = order
        self.known: dict[tuple[int, frozenset[int], int], bool] = {}  # grows with the patterns that occur
        self.own = [_relations(vectors, usable) for vectors in self.vectors]
        both = [_beside(staff, manager) for staff, manager in zip(*self.vectors, strict=True)]
        self.joint = _relations(both, usable)

    def is_tied(self, column: int) -> bool:
        """Whether it follows from earlier columns for an audience that has items there."""
        return any(column in self.own[row] and bool(self.vectors[row][column]) for row in (0, 1))

    def before(self, column: int, row: int) -> list[Relation]:
        """The relations of an audience among the columns up to this one."""
        upto = self.order[: self.order.index(column) + 1]
        return [self.own[row][c] for c in upto if c in self.own[row] and self.vectors[row][c]]

    def cancels(self, relation: Relation, counted: Iterable[int], row: int) -> bool:
        """Whether a relation gives nothing for a person who counts in these columns."""
        return not _combined(relation, self.vectors[row], counted)

    def can_cancel(self, column: int, counted: frozenset[int], row: int) -> bool:
        """Whether some combination of relations that uses the column gives nothing for such a person."""
        key = column, counted, row
        if key not in self.known:
            self.known[key] = self._solve(column, counted, row)
        return self.known[key]

    def _solve(self, column: int, counted: frozenset[int], row: int) -> bool:
        rows = [
            {**_combined(relation, self.vectors[row], counted), _FAR: relation.get(column, 0)}
            for relation in self.before(column, row)
        ]
        return RowSpace(rows).holds({_FAR: 1})


@lru_cache(maxsize=8)
def _algebra(columns: tuple[Column, ...], order: tuple[int, ...], degree: int) -> _Algebra:
    return _Algebra(columns, order, degree)


def _vector(weights: Sequence[tuple[int, int]], degree: int) -> dict[int, int]:
    if degree == 1:
        return dict(weights)
    return {_pair(i, j): a * b for i, a in weights for j, b in weights if i <= j}


def _pair(i: int, j: int) -> int:
    return j * (j + 1) // 2 + i


def _beside(staff: Row, manager: Row) -> dict[int, int]:
    return {2 * item: weight for item, weight in staff.items()} | {
        2 * item + 1: weight for item, weight in manager.items()
    }


def _relations(vectors: Sequence[Row], order: Sequence[int]) -> dict[int, dict[int, int]]:
    """For each column that earlier ones give: its relation with those of them that nothing earlier gives."""
    space, found = RowSpace(), {}
    for column in order:
        rest = space.reduced({**vectors[column], _FAR + column: 1})
        if min(rest) >= _FAR:
            found[column] = {key - _FAR: value for key, value in rest.items()}
        else:
            space.add(rest)
    return found


def _combined(relation: Relation, vectors: Sequence[Row], counted: Iterable[int]) -> dict[int, int]:
    total: dict[int, int] = {}
    for column in counted:
        factor = relation.get(column, 0)
        if factor:
            for item, weight in vectors[column].items():
                total[item] = (total.get(item, 0) + factor * weight) % PRIME
    return {item: value for item, value in total.items() if value}


def _tie(
    algebra: _Algebra, columns: tuple[Column, ...], people: Mapping[str, Patterns], n: IntArray, column: int
) -> Tie:
    units = n.shape[1]
    tables = [people.get(audience, Patterns.nobody(units)) for audience in AUDIENCES]
    counted = [
        [_counted(columns, mask, a) for mask in t.masks] for t, a in zip(tables, AUDIENCES, strict=True)
    ]
    related = [_support(algebra.before(column, row), algebra.vectors[row]) for row in (0, 1)]

    def gather(test: list[list[bool]]) -> IntArray:
        rows = [t.counts @ np.array(taken, dtype=np.int64) for t, taken in zip(tables, test, strict=True)]
        return np.stack(rows)

    asked = [bool(algebra.vectors[row][column]) for row in (0, 1)]
    full = gather([[asked[row] and related[row] <= c for c in counted[row]] for row in (0, 1)])
    lost = gather(
        [[asked[row] and not algebra.can_cancel(column, c, row) for c in counted[row]] for row in (0, 1)]
    )
    ways = tuple(
        Way(split, tuple(sorted(_circuit(pair) - {column})), gather(_left(algebra, counted, pair)))
        for split, pair in _pairs(algebra, column)
    )
    free = tuple(bool(algebra.vectors[row][column]) and column not in algebra.own[row] for row in (0, 1))
    others = tuple(sorted((related[0] | related[1] | set(columns[column].draws)) - {column}))
    return Tie(column, others, n[:, :, column], full, lost, (free[0], free[1]), ways)


def _counted(columns: tuple[Column, ...], mask: int, audience: str) -> frozenset[int]:
    return frozenset(c for c in range(len(columns)) if counts_in(columns, mask, c, audience))


def _support(relations: Iterable[Relation], vectors: Sequence[Row]) -> frozenset[int]:
    return frozenset(c for relation in relations for c in relation if vectors[c])


def _circuit(pair: tuple[Relation, Relation]) -> frozenset[int]:
    return frozenset(c for relation in pair for c in relation)


def _left(
    algebra: _Algebra, counted: list[list[frozenset[int]]], pair: tuple[Relation, Relation]
) -> list[list[bool]]:
    return [[not algebra.cancels(pair[row], c, row) for c in counted[row]] for row in (0, 1)]


def _pairs(algebra: _Algebra, column: int) -> list[tuple[bool, tuple[Relation, Relation]]]:
    """Relations by audience: one for both (then totals of `all` are enough), or one each."""
    known = [own[column] for own in algebra.own if column in own]
    shared = [algebra.joint[column]] if column in algebra.joint else known
    pairs: list[tuple[bool, tuple[Relation, Relation]]] = [(False, (one, one)) for one in shared]
    if len(known) == 2:
        pairs.append((True, (known[0], known[1])))
    return pairs
