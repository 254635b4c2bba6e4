"""The table of figures: one array a figure, over units, audiences and columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assessments.scoring.exact import Floats
from assessments.scoring.spec import Spec

AUDIENCES: Final = ("all", "staff", "manager", "evidence", "composite")
PEOPLE: Final = AUDIENCES[:3]


@dataclass(frozen=True)
class FigureTable:
    """Arrays of shape (units, ``AUDIENCES``, ``Spec.columns``); NaN = not defined, or not shown.

    n, invited, level are whole numbers as floats. score, ci_low, ci_high lie in 0…100; mean, sd, se are in
    scale points. band: −1 where mean and score are an upper limit ("at most this": near-unanimous at the
    lower end), +1 where they are a lower limit, 0 elsewhere. suppressed: the cell must be published empty.
    """

    n: Floats
    invited: Floats
    score: Floats
    level: Floats
    mean: Floats
    sd: Floats
    se: Floats
    ci_low: Floats
    ci_high: Floats
    alpha: Floats
    rwg: Floats
    icc1: Floats
    icc2: Floats
    suppressed: npt.NDArray[np.bool_]
    band: npt.NDArray[np.int8]


def levels_of(spec: Spec, score: Floats) -> Floats:
    """Return the highest level whose lower bound is at most the unrounded score; NaN where there is none."""
    level = np.searchsorted(np.array(spec.levels), score, side="right").astype(np.float64)
    return np.where(np.isnan(score) | (level == 0), np.nan, level)


def gated_level(spec: Spec, table: FigureTable, unit: int, audience: str) -> tuple[int, str] | None:
    """Return the highest level that every building block reaches, and the block that holds it back.

    Of several blocks at that level the one with the lowest score, then the first. None where the
    audience is asked about no block, or one has no level. unit: index. Raises ValueError for an unknown audience.
    """
    row = AUDIENCES.index(audience)
    columns = np.array(_gating(spec, audience), dtype=np.intp)
    levels, scores = table.level[unit, row, columns], table.score[unit, row, columns]
    if not len(columns) or np.isnan(levels).any():
        return None
    weakest = columns[np.lexsort((scores, levels))[0]]
    return int(levels.min()), spec.columns[weakest].dimension


def _gating(spec: Spec, audience: str) -> tuple[int, ...]:
    blocks = spec.lens_columns(spec.primary)
    return parts_of(spec, blocks, audience) if audience in PEOPLE else blocks


def parts_of(spec: Spec, dimensions: tuple[int, ...], audience: str) -> tuple[int, ...]:
    """Return those dimensions in which the people of an audience ("all": anybody) have items."""
    asked = set(spec.audiences) if audience == "all" else {audience}
    return tuple(d for d in dimensions if asked & set(spec.answered_by(d)))
