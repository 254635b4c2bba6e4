"""Differences between units: analysis of variance over the regions of what is shown."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assessments.scoring import tree
from assessments.scoring.agreement import NOISE, icc
from assessments.scoring.exact import Floats, Whole, bound, wide
from assessments.scoring.moments import Sums, about_middle, squares_about_mean
from assessments.scoring.spec import Spec


def icc_of_regions(
    spec: Spec, direct: Sums, climbed: Sums, *, parent: npt.NDArray[np.int64], shown: npt.NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Return ICC(1) and ICC(2) of every unit, audience and column, (U, 3, C).

    Groups are the regions of the units shown for a column: a shown unit's people in no shown unit below it.
    shown: bool (U, C); all True makes every unit with people of its own a group. Meaningless where a unit
    is not shown itself.
    """
    top = tree.regions(parent, shown)
    n = _gathered(direct.n, top)
    off = about_middle(spec, n, _gathered(direct.total, top))
    groups = tree.subtree_sums(parent, (n > 0).astype(np.float64))
    squares = tree.subtree_sums(parent, np.divide(off**2, n, out=np.zeros_like(off), where=n > 0))
    persons = climbed.n.astype(np.float64)
    off = about_middle(spec, climbed.n, climbed.total)
    middle = np.divide(off**2, persons, out=np.zeros_like(off), where=persons > 0)
    whole = np.nan_to_num(squares_about_mean(spec, climbed))
    noise = NOISE * (whole + middle)
    between = _silenced(squares - middle, noise)
    return icc(between, _silenced(whole - between, noise), groups, persons)


def _gathered(values: Whole, top: npt.NDArray[np.int64]) -> Whole:
    """Sum direct values (U, 3, C) at the top of their region; 0 elsewhere. Exact."""
    safe = values.dtype == object or bound(values) * max(len(values), 1) < 2**63
    source = values if safe else wide(values)
    result = np.zeros_like(source)
    unit, column = np.nonzero(top >= 0)
    for audience in range(values.shape[1]):
        np.add.at(result[:, audience], (top[unit, column], column), source[unit, audience, column])
    return result


def _silenced(values: Floats, noise: Floats) -> Floats:
    return np.where(values <= noise, 0.0, values)
