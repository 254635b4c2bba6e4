"""Checklist evidence: entries of key components, summed exactly per unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assessments.scoring.cube import climb_array
from assessments.scoring.exact import Whole
from assessments.scoring.spec import Spec

VALUES: Final = {"not_in_place": 0, "planned": 25, "partly": 50, "in_place": 75, "improving": 100}


@dataclass(frozen=True)
class EvidenceCube:
    """Entries that count, per unit and dimension: n (U, D) how many, total (U, D) the sum of 0…100 each."""

    n: Whole
    total: Whole

    @classmethod
    def from_entries(
        cls,
        spec: Spec,
        *,
        unit: npt.NDArray[np.integer],
        value: npt.NDArray[np.integer],
        member: npt.NDArray[np.bool_],
        units: int,
    ) -> EvidenceCube:
        """Sum up the entries made in each unit ("not applicable" and missing ones left out before).

        unit, value: int (E,), an entry's unit index and its value of ``VALUES``; member: bool (E, D), the
        dimensions its key component belongs to. Raises ValueError for another shape, unit or value.
        """
        if member.shape != (len(unit), len(spec.dimensions)) or value.shape != unit.shape:
            raise ValueError(f"{len(unit)} entries, {value.shape} values, {member.shape} memberships")
        if len(unit) and not 0 <= unit.min() <= unit.max() < units:
            raise ValueError(f"an entry's unit is outside 0…{units - 1}")
        if not np.isin(value, list(VALUES.values())).all():
            raise ValueError(f"an entry's value is none of {sorted(VALUES.values())}")
        n = np.zeros((units, len(spec.dimensions)), dtype=np.int64)
        total = n.copy()
        np.add.at(n, unit, member)
        np.add.at(total, unit, member * value[:, None])
        return cls(n, total)

    def climb(self, parent: npt.NDArray[np.int64]) -> EvidenceCube:
        """Return the cube in which every unit holds its own entries and those of the units below it."""
        return EvidenceCube(climb_array(self.n, parent), climb_array(self.total, parent))


def tally_evidence(
    spec: Spec, entries: Iterable[tuple[int, int, Sequence[int]]], *, units: int
) -> EvidenceCube:
    """Sum up entries given one by one: (unit index, value of ``VALUES``, columns its key component is in).

    Raises ValueError as ``EvidenceCube.from_entries``, and for a column that is no dimension.
    """
    listed = list(entries)
    member = np.zeros((len(listed), len(spec.dimensions)), dtype=np.bool_)
    for row, (_, _, columns) in enumerate(listed):
        if any(not 0 <= column < len(spec.dimensions) for column in columns):
            raise ValueError(f"entry {row + 1} names a column that is no dimension: {list(columns)}")
        member[row, list(columns)] = True
    unit, value = (np.array([entry[i] for entry in listed], dtype=np.int64) for i in (0, 1))
    return EvidenceCube.from_entries(spec, unit=unit, value=value, member=member, units=units)
