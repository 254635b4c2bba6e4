"""Which blocks the outcome goes with: R² shared out among correlated predictors, with bootstrap intervals."""

from __future__ import annotations

from math import comb
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from assessments.scoring.exact import Floats

MOST_PREDICTORS: Final = 12  # the number of models doubles with each
RESAMPLES: Final = 1000
_GROUPS: Final = 1000  # more people than this are resampled in so many groups of equal size
_SEED: Final = 20160229
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)  # spreads every bit of a row over the whole hash
_NOTHING: Final = (
    1e-10  # a variance below this share of a predictor's own is that of the predictors before it
)


class Drivers(NamedTuple):
    """share: (p,) each block's part of the explained variance, adding up to 1. low, high: its 95 % interval.

    r2: how much of the outcome's variance all blocks explain; low and high of it. n: people.
    """

    n: int
    r2: float
    r2_low: float
    r2_high: float
    share: Floats
    low: Floats
    high: Floats


def fewest(predictors: int) -> int:
    """Return how many people driver analysis needs: 50 + 8 · predictors.

    Green (1991), Multivariate Behavioral Research 26(3), 499-510.
    """
    return 50 + 8 * predictors


def lmg(sums: Floats) -> tuple[Floats, Floats]:
    """Return how much of R² is each predictor's, and R², for many tables of sums.

    The increase of R² by a predictor, averaged over all orders in which predictors can enter: Lindeman, Merenda & Gold
    (1980), Introduction to Bivariate and Multivariate Analysis, 119 ff.; the Shapley value of R² (Grömping, 2006,
    Journal of Statistical Software 17(1)). The parts add up to R².

    sums: (…, p + 2, p + 2), Σ z·zᵀ over people with z = (1, predictors, outcome). A predictor without variance has
    part 0. Returns (…, p) and (…,); NaN where the outcome has no variance. Raises ValueError for more than 12
    predictors.

    >>> x = np.array([[1, 1, 0, 3], [1, 0, 1, 1], [1, 0, 0, 0], [1, 1, 1, 4]], dtype=float)
    >>> parts, r2 = lmg(x.T @ x)
    >>> parts.round(4).tolist(), round(float(r2), 4)
    ([0.9, 0.1], 1.0)
    """
    predictors = sums.shape[-1] - 2
    if not 1 <= predictors <= MOST_PREDICTORS:
        raise ValueError(f"1 to {MOST_PREDICTORS} predictors, not {predictors}")
    n = sums[..., :1, :1]
    about_mean = (sums - sums[..., :, :1] * sums[..., :1, :] / n)[..., 1:, 1:]
    own = np.einsum("...ii->...i", about_mean)
    noise = _NOTHING * np.einsum("...ii->...i", sums)[..., 1:]
    size = np.sqrt(np.where(own > noise, own, np.inf))
    matrix = about_mean / size[..., :, None] / size[..., None, :]
    explained = np.zeros((2**predictors, *matrix.shape[:-2]))
    _enter(matrix, 0, 0, explained)
    parts = _shapley(explained, predictors)
    defined = np.isfinite(size[..., -1])
    return np.where(defined[..., None], parts, np.nan), np.where(defined, explained[-1], np.nan)


def _enter(matrix: Floats, first: int, chosen: int, explained: Floats) -> None:
    """Fill in R² of every set of predictors: ``chosen`` and some of those from ``first`` on, which matrix holds.

    matrix: (…, left + 1, left + 1), what is left of predictors and outcome after those chosen are taken out.
    """
    for k in range(matrix.shape[-1] - 1):
        pivot = matrix[..., k, k]
        there = pivot > _NOTHING
        column = matrix[..., k + 1 :, k] / np.sqrt(np.where(there, pivot, 1.0))[..., None]
        column = np.where(there[..., None], column, 0.0)
        rest = matrix[..., k + 1 :, k + 1 :] - column[..., :, None] * column[..., None, :]
        place = chosen | 1 << first + k
        explained[place] = 1 - rest[..., -1, -1]
        _enter(rest, first + k + 1, place, explained)


def _shapley(explained: Floats, predictors: int) -> Floats:
    sets = np.arange(2**predictors)
    size = np.array([bin(one).count("1") for one in sets])
    parts = []
    for k in range(predictors):
        without = sets[sets >> k & 1 == 0]
        weight = np.array([1 / (predictors * comb(predictors - 1, int(size[one]))) for one in without])
        gain = explained[without | 1 << k] - explained[without]
        parts.append(np.tensordot(weight, gain, axes=1))
    return np.stack(parts, axis=-1)


def sums_of(scores: Floats) -> Floats:
    """Return Σ z·zᵀ, z = (1, a person's scores): (n, p + 1) → (p + 2, p + 2)."""
    z = np.column_stack([np.ones(len(scores)), scores])
    return np.asarray(z.T @ z)


def drivers(scores: Floats) -> Drivers | None:
    """Return driver analysis of people's block scores and outcome; None where the outcome does not vary with them.

    scores: (n, p + 1), the outcome last. Intervals: percentiles 2.5 and 97.5 of 1,000 bootstrap samples (Efron &
    Tibshirani, 1993), with one fixed seed on sorted rows: the same people give the same figures in whatever order they
    come. More than 1,000 people are resampled in 1,000 random groups.
    """
    rows = scores[content_order(scores)]
    parts, r2 = lmg(sums_of(rows))
    if not r2 > 0:
        return None
    many, of_many = lmg(_resampled(rows))
    usable = of_many > 0
    shares = many[usable] / of_many[usable, None]
    low, high = np.percentile(shares, [2.5, 97.5], axis=0)
    r2_low, r2_high = np.percentile(of_many[usable], [2.5, 97.5])
    return Drivers(len(rows), float(r2), float(r2_low), float(r2_high), parts / r2, low, high)


def content_order(rows: Floats) -> npt.NDArray[np.intp]:
    """Return an order of the rows that depends on nothing but what they hold: sorted by a hash of it.

    As good as random, so that neighbours make random groups; equal rows stand together, in whatever order.
    """
    key = np.zeros(len(rows), dtype=np.uint64)
    for column in np.ascontiguousarray(rows.T).view(np.uint64):
        for shift in (np.uint64(29), np.uint64(32)):
            key = (key ^ column) * _MIX
            key ^= key >> shift
    return np.argsort(key)


def _resampled(rows: Floats) -> Floats:
    """Sums of bootstrap samples: (RESAMPLES, p + 2, p + 2). rows: in the order of ``content_order``."""
    rng = np.random.default_rng(_SEED)
    groups = min(len(rows), _GROUPS)
    z = np.stack([np.ones(len(rows)), *rows.T])
    starts = np.linspace(0, len(rows), groups, endpoint=False).astype(np.int64)
    upper = np.triu_indices(len(z))
    moments = np.stack([np.add.reduceat(z[i] * z[j], starts) for i, j in zip(*upper, strict=True)], axis=1)
    drawn = rng.integers(0, groups, (RESAMPLES, groups)) + groups * np.arange(RESAMPLES)[:, None]
    times = np.bincount(drawn.ravel(), minlength=RESAMPLES * groups).reshape(RESAMPLES, groups)
    sums = np.zeros((RESAMPLES, len(z), len(z)))
    sums[:, *upper] = times.astype(np.float64) @ moments
    lower = np.tril_indices(len(z), -1)
    sums[:, *lower] = sums[:, lower[1], lower[0]]
    return sums
