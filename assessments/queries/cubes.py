"""The stored cube of a cycle and what else figures are computed from: to score, to check, to prove a figure anew."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from assessments.instrument import Instrument
from assessments.models import ChecklistEntry, CubePart, Cycle, CycleUnit
from assessments.scoring.cube import Cube
from assessments.scoring.evidence import VALUES, EvidenceCube, tally_evidence
from assessments.scoring.figures import FigureTable, figures
from assessments.scoring.shown import Shown

INTEGERS: Final = ("n", "invited", "level", "band")
NUMBERS: Final = ("score", "mean", "sd", "se", "ci_low", "ci_high", "alpha", "rwg", "icc1", "icc2")


class NoCubeError(Exception):
    """The cycle is not scored yet."""


class Inputs:
    """What scoring reads besides the answers: tree, head counts, evidence, thresholds."""

    def __init__(self, cycle: Cycle, instrument: Instrument, units: list[CycleUnit]) -> None:
        self.cycle, self.units, self.spec = cycle, units, instrument.spec()
        self.instrument = instrument
        self.parent = np.array([unit.parent_position for unit in units])
        self.invited = {
            "staff": np.array([unit.staff_invited for unit in units]),
            "manager": np.array([unit.manager_invited for unit in units]),
        }
        self.evidence = read_evidence(cycle, instrument, units)


def read_evidence(cycle: Cycle, instrument: Instrument, units: list[CycleUnit]) -> EvidenceCube:
    """Return the checklist entries that count as evidence, per unit and column."""
    spec = instrument.spec()
    columns = {
        component.code: [spec.column(lens, dimension) for lens, dimension in component.dimensions.items()]
        for component in instrument.key_components
        if component.is_evidence
    }
    entries = ChecklistEntry.objects.filter(cycle=cycle, key_component__in=columns, state__in=VALUES)
    rows = entries.values_list("unit__position", "key_component", "state").order_by(
        "unit__position", "key_component"
    )
    return tally_evidence(
        spec,
        [(position, VALUES[state], columns[code]) for position, code, state in rows],
        units=len(units),
    )


def compute(inputs: Inputs, cube: Cube, shown: Shown | None) -> FigureTable:
    """Return the figures of every cell; with shown None of every cell as it is."""
    return figures(
        inputs.spec,
        cube,
        parent=inputs.parent,
        invited=inputs.invited,
        evidence=inputs.evidence,
        shown=shown,
        k=inputs.cycle.k,
    )


def stored_cube(cycle: Cycle) -> Cube:
    """Return the cube of a scored cycle. Raises NoCubeError when there is none yet."""
    parts = [
        Cube.from_bytes(bytes(part.data)) for part in CubePart.objects.filter(cycle=cycle).order_by("number")
    ]
    if not parts:
        raise NoCubeError(cycle.code)
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def values_of(table: FigureTable, cell: tuple[int, int, int]) -> dict[str, int | float | None]:
    """Return the figures of a cell by name, as a release stores them."""
    values: dict[str, int | float | None] = {}
    for name in (*INTEGERS, *NUMBERS):
        value = float(getattr(table, name)[cell])
        values[name] = None if np.isnan(value) else int(value) if name in INTEGERS else value
    return values


def plain(column: npt.NDArray[np.generic], name: str) -> list[Any]:
    """Return a figure of many cells as a release stores it: whole numbers or floats, None where it is not defined."""
    numbers = column.astype(np.float64)
    found: list[Any] = (
        numbers.tolist() if name in NUMBERS else np.nan_to_num(numbers).astype(np.int64).tolist()
    )
    for place in np.flatnonzero(np.isnan(numbers)).tolist():
        found[place] = None
    return found
