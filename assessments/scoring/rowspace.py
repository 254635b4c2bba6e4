"""Exact linear algebra on sparse integer rows: what can be computed from a set of published totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

PRIME = 2**61 - 1
Row = Mapping[int, int]  # atom → coefficient; atoms that are missing have 0


class RowSpace:
    """All linear combinations of the rows added so far, in echelon form modulo the Mersenne prime 2^61 − 1.

    Rows of 0 and 1: up to 36 atoms no minor reaches the prime (Hadamard's bound), so that rank and membership are
    those over the rationals; beyond, a minor would have to be a multiple of the prime by chance (about 2^-61).

    >>> space = RowSpace([{0: 1, 1: 1, 2: 1}, {0: 1, 1: 1}])
    >>> space.rank, space.holds({2: 1}), space.holds({0: 1})
    (2, True, False)
    """

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._rows: dict[int, dict[int, int]] = {}
        for row in rows:
            self.add(row)

    @property
    def rank(self) -> int:
        """Return the dimension of the space."""
        return len(self._rows)

    def add(self, row: Row) -> bool:
        """Add a row; return whether the space grew."""
        rest = self.reduced(row)
        if not rest:
            return False
        pivot = min(rest)
        scale = pow(rest[pivot], -1, PRIME)
        self._rows[pivot] = {atom: value * scale % PRIME for atom, value in rest.items()}
        return True

    def holds(self, row: Row) -> bool:
        """Return whether a row is a combination of the rows (then it is disclosed).

        The same as being orthogonal to the null space of the rows.
        """
        return not self.reduced(row)

    def supports(self) -> list[frozenset[int]]:
        """Return the atoms of each row of the reduced echelon form: combinations with few people show here."""
        reduced = RowSpace()
        for pivot in sorted(self._rows, reverse=True):
            row = self._rows[pivot]
            rest = reduced.reduced({atom: value for atom, value in row.items() if atom != pivot})
            reduced._rows[pivot] = {pivot: 1, **rest}
        return [frozenset(row) for row in reduced._rows.values()]

    def reduced(self, row: Row) -> dict[int, int]:
        """Return what is left of a row once the rows of this space are taken out; empty where it holds the row."""
        rest = {atom: value % PRIME for atom, value in row.items() if value % PRIME}
        waiting = sorted(rest, reverse=True)
        while waiting:
            atom = waiting.pop()
            factor, pivot = rest.get(atom, 0), self._rows.get(atom)
            if not factor or pivot is None:
                continue
            grown = False
            for other, value in pivot.items():
                grown |= other not in rest
                rest[other] = (rest.get(other, 0) - factor * value) % PRIME
            if grown:
                waiting = sorted((other for other in rest if other > atom), reverse=True)
        return {atom: value for atom, value in rest.items() if value}
