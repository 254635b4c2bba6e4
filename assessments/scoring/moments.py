"""Sums over people, and the means and standard deviations that follow from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from assessments.scoring.cube import Cube
from assessments.scoring.exact import Floats, Whole, add, compact, ratio, spread, times
from assessments.scoring.spec import POOLED, RESPONDENTS, Spec

_SETTLED: Final = 10


class Sums(NamedTuple):
    """n, Σ score, Σ score² of shape (U, 3, C): all, staff, manager."""

    n: Whole
    total: Whole
    squares: Whole


def sums_of(spec: Spec, cube: Cube) -> Sums:
    """Stack the audiences of a cube, people of both together in front. Raises ValueError where shapes differ.

    People whose audience is not known any more (see ``forget``) count among all alone.
    """
    empty = np.zeros((cube.units, len(spec.columns)), dtype=np.int64)
    parts = [cube.audiences.get(audience) for audience in (*RESPONDENTS, POOLED)]
    return Sums(
        _stacked([empty if part is None else part.n for part in parts], empty),
        _stacked([empty if part is None else part.total for part in parts], empty),
        _stacked([empty if part is None else part.squares for part in parts], empty),
    )


def _stacked(parts: list[Whole], empty: Whole) -> Whole:
    if any(part.shape != empty.shape for part in parts):
        raise ValueError(f"the cube has columns {[part.shape for part in parts]}, expected {empty.shape}")
    staff, manager, pooled = parts
    return np.stack([add(add(staff, manager), pooled), staff, manager], axis=1)


def means(spec: Spec, sums: Sums) -> tuple[Floats, Floats]:
    """Return mean (scale points) and score (0–100), each the correctly rounded quotient; NaN where n is 0."""
    mean, score = (np.full(sums.n.shape, np.nan) for _ in range(2))
    for c, denominator in enumerate(spec.denominators):
        n, total = times(sums.n[..., c], denominator), compact(sums.total[..., c])
        mean[..., c] = ratio(total + times(n, spec.minimum - 1), n)
        score[..., c] = ratio(times(total - n, 100), times(n, spec.options - 1))
    return mean, score


def deviations(spec: Spec, sums: Sums) -> Floats:
    """Return the sample standard deviation (n−1) of person scores in scale points; NaN where n < 2."""
    return np.sqrt(_per_column(spec, sums, lambda n: times(n, n - 1)))


def squares_about_mean(spec: Spec, sums: Sums) -> Floats:
    """Return Σ(x − mean)² in squared scale points; NaN where n is 0."""
    return _per_column(spec, sums, lambda n: n)


def about_middle(spec: Spec, n: Whole, total: Whole) -> Floats:
    """Return Σ(x − middle of the scale) in scale points; n, total: (…, C)."""
    result = np.zeros(n.shape)
    for c, denominator in enumerate(spec.denominators):
        middle = times(n[..., c], (spec.options + 1) * denominator)
        result[..., c] = ratio(times(compact(total[..., c]), 2) - middle, np.array(2 * denominator))
    return result


def _per_column(spec: Spec, sums: Sums, divisor: Callable[[Whole], Whole]) -> Floats:
    result = np.full(sums.n.shape, np.nan)
    for c, denominator in enumerate(spec.denominators):
        n, total, squares = (compact(part[..., c]) for part in sums)
        result[..., c] = ratio(spread(n, total, squares), times(divisor(n), denominator**2))
    return result


def weighted(values: Floats, weights: list[int]) -> Floats:
    """Return the weighted mean over the last axis; NaN where a value is NaN.

    Ten decimals are kept, so that what is equal as a fraction is equal as a number.
    """
    return settle(values @ np.array(weights, dtype=np.float64) / sum(weights))


def settle(values: Floats) -> Floats:
    """Return the values without the noise of adding floats: a score on a level's bound stays on it."""
    return np.round(values, _SETTLED)
