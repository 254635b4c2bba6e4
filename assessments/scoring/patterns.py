"""How many people of a unit count in the same set of dimensions: what disclosure control needs to know of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from assessments.scoring.exact import Whole

Mask = npt.NDArray[np.bool_]
_WORD: Final = 8  # bytes


@dataclass(frozen=True, eq=False)
class Patterns:
    """People per unit and pattern, of one audience.

    masks: the patterns that occur, ascending; bit d is set where people of the pattern count in dimension d (in the
    order of ``Spec.dimensions``). counts: int (U, P), one column a pattern. Patterns without anybody are left out,
    so that equal tables are equal however they came about.
    """

    masks: tuple[int, ...]
    counts: Whole

    @classmethod
    def of(cls, counted: Sequence[Mask], unit: npt.NDArray[np.integer], units: int) -> Self:
        """Count people. counted: per dimension bool (n,); unit: int (n,) in 0…units−1."""
        packed = np.packbits(np.stack(counted), axis=0, bitorder="little").T
        if packed.shape[1] <= _WORD:  # as whole numbers they are sorted forty times faster than as rows
            wide = np.zeros((len(packed), _WORD), dtype=np.uint8)
            wide[:, : packed.shape[1]] = packed
            numbers, which = np.unique(wide.view("<u8").ravel(), return_inverse=True)
            masks = numbers.tolist()
        else:
            rows, which = np.unique(packed, axis=0, return_inverse=True)
            masks = [int.from_bytes(row.tobytes(), "little") for row in rows]
        flat = np.bincount(unit * len(masks) + which.ravel(), minlength=units * len(masks))
        return cls.tidy(masks, flat.reshape(units, len(masks)))

    @classmethod
    def nobody(cls, units: int) -> Self:
        return cls((), np.zeros((units, 0), dtype=np.int64))

    @classmethod
    def stacked(cls, pieces: Sequence[Patterns]) -> Self:
        """Return the table of several ranges of units, one after the other."""
        masks = sorted({mask for piece in pieces for mask in piece.masks})
        return cls.tidy(masks, np.concatenate([piece._spread(masks) for piece in pieces]))

    @classmethod
    def tidy(cls, masks: Sequence[int], counts: Whole) -> Self:
        """Return a table with ascending masks, each once, without empty ones. Raises ValueError for other shapes."""
        if counts.ndim != 2 or counts.shape[1] != len(masks):
            raise ValueError(f"{len(masks)} patterns for counts of shape {counts.shape}")
        listed = sorted(set(masks))
        place = {mask: i for i, mask in enumerate(listed)}
        table = np.zeros((len(counts), len(listed)), dtype=np.int64)
        for column, mask in enumerate(masks):
            table[:, place[mask]] += counts[:, column]
        kept = np.flatnonzero(table.any(axis=0))
        return cls(tuple(listed[i] for i in kept), table[:, kept])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Patterns):
            return NotImplemented
        return self.masks == other.masks and np.array_equal(self.counts, other.counts)

    __hash__ = None  # type: ignore[assignment]

    def map(self, change: Callable[[Whole], Whole]) -> Self:
        """Return a table with ``change`` applied to the counts."""
        return type(self).tidy(self.masks, change(self.counts))

    def join(self, other: Self, combine: Callable[[Whole, Whole], Whole]) -> Self:
        """Return a table of ``combine(mine, theirs)``, pattern by pattern. Raises ValueError for other units."""
        if len(self.counts) != len(other.counts):
            raise ValueError("pattern tables of different units")
        masks = sorted({*self.masks, *other.masks})
        return type(self).tidy(masks, combine(self._spread(masks), other._spread(masks)))

    def _spread(self, masks: Sequence[int]) -> Whole:
        place = {mask: i for i, mask in enumerate(masks)}
        table = np.zeros((len(self.counts), len(masks)), dtype=np.int64)
        table[:, [place[mask] for mask in self.masks]] = self.counts
        return table


def bits(dimensions: Sequence[int]) -> int:
    """Return the mask with these bits set.

    >>> bits([0, 3])
    9
    """
    return reduce(lambda mask, dimension: mask | 1 << dimension, dimensions, 0)
