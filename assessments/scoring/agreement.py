"""Reliability and agreement: Cronbach's alpha, r_wg(j), ICC(1) and ICC(2)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assessments.scoring.exact import Floats, Whole, ratio, spread, times

NOISE = 1e-12  # a sum of squares below this share of the total is rounding, not difference


def cronbach_alpha(covariance: npt.NDArray[np.float64]) -> float:
    """Return the internal consistency of a block's items.

    alpha = k/(k-1) * (1 - trace(C)/sum(C)). Cronbach (1951), Psychometrika 16(3), 297-334.

    covariance: array (k, k) of sample covariances (n-1) of k >= 2 items after reverse keying.
    Returns a value <= 1 (negative when items disagree in direction), or NaN when no variance is left.
    Raises ValueError for a matrix that is not square or has fewer than two items.

    >>> round(cronbach_alpha(np.array([[1.0, 0.5], [0.5, 1.0]])), 4)
    0.6667
    """
    if covariance.ndim != 2 or covariance.shape[0] != covariance.shape[1] or len(covariance) < 2:
        raise ValueError(f"expected a square matrix of two or more items, not {covariance.shape}")
    items, total = len(covariance), float(covariance.sum())
    return items / (items - 1) * (1 - float(np.trace(covariance)) / total) if total else float("nan")


def alpha_from_sums(n: Whole, sums: Whole, squares: Whole, totals: Whole) -> Floats:
    """Return Cronbach's (1951) alpha of many cells, from exact sums over their complete rows.

    n: (U,) rows; sums, squares, totals: (U, k) Σx, Σx², Σx·T of k >= 2 items, T the row's total.
    The variances' common divisor n(n-1) cancels out. NaN where no variance of the total is left.
    Raises ValueError for fewer than two items.

    >>> x = np.array([[1, 2], [2, 2], [3, 5]])
    >>> t = x.sum(axis=1, keepdims=True)
    >>> sums = [y.sum(axis=0, keepdims=True) for y in (x, x * x, x * t)]
    >>> round(float(alpha_from_sums(np.array([3]), *sums)[0]), 4)
    0.8571
    """
    items = sums.shape[1]
    if items < 2:
        raise ValueError("alpha needs two items")
    of_total = spread(n, sums.sum(axis=1), totals.sum(axis=1))
    of_items = spread(n[:, None], sums, squares).sum(axis=1)
    return np.asarray(items * ratio(of_total - of_items, times(of_total, items - 1)))


def rwg_j(variances: npt.NDArray[np.float64], options: int) -> Floats:
    """Return the within-group agreement of J items against a uniform null.

    r_wg(j) = J(1-q) / (J(1-q) + q), q = mean item variance / ((A²-1)/12); q > 1 gives 0.
    James, Demaree & Wolf (1984), Journal of Applied Psychology 69(1), 85-98.

    variances: (…, J) sample variances (n-1) of J >= 1 items. options: A >= 2 points of the scale.
    Returns (…) values in 0…1; NaN where a variance is NaN. Raises ValueError for no item or A < 2.

    >>> float(rwg_j(np.array([0.5, 0.5]), 5)).__round__(4)
    0.8571
    """
    items = variances.shape[-1]
    if items < 1 or options < 2:
        raise ValueError(f"r_wg needs an item and two options, not {items} and {options}")
    share = np.minimum(variances.mean(axis=-1) * 12 / (options**2 - 1), 1.0)
    return np.asarray(items * (1 - share) / (items * (1 - share) + share))


def rwg_star_j(variances: npt.NDArray[np.float64], options: int) -> Floats:
    """Return the revised agreement of J items, which neither rises with their number nor stops at 0.

    r*_wg(j) = 1 − q, q = mean item variance / ((A²−1)/12). Lindell, Brandt & Whitney (1999), Applied Psychological
    Measurement 23(2), 127-135. 1: everybody alike; 0: as if answered at random; below 0: two camps.

    variances, options: as in ``rwg_j``. Returns (…); NaN where a variance is NaN.

    >>> float(rwg_star_j(np.array([0.5, 0.5]), 5))
    0.75
    """
    if variances.shape[-1] < 1 or options < 2:
        raise ValueError(f"r*_wg needs an item and two options, not {variances.shape[-1]} and {options}")
    return np.asarray(1 - variances.mean(axis=-1) * 12 / (options**2 - 1))


def variances_of(counts: npt.NDArray[np.int64]) -> Floats:
    """Return the sample variance (n−1) of each item from people per option: (…, A) → (…); NaN for fewer than two.

    >>> float(variances_of(np.array([0, 1, 0, 1, 0])))
    2.0
    """
    options = np.arange(1, counts.shape[-1] + 1)
    n, total, squares = counts.sum(axis=-1), counts @ options, counts @ options**2
    return ratio(spread(n, total, squares), times(n, n - 1))


def icc(between: Floats, within: Floats, groups: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return ICC(1) and ICC(2) of one-way analyses of variance.

    ICC(1) = (MSB-MSW) / (MSB+(k-1)MSW), ICC(2) = (MSB-MSW)/MSB, k = n/groups.
    Shrout & Fleiss (1979), Psychological Bulletin 86(2), 420-428; Bliese (2000).

    between, within: sums of squares; groups: number of groups; n: persons; arrays of one shape.
    NaN where not defined: fewer than two groups, nobody beside the first of each group, or a divisor of 0.

    >>> one, two = icc(*(np.array([x]) for x in (8.0, 4.0, 2.0, 6.0)))
    >>> round(float(one[0]), 4), float(two[0])
    (0.7, 0.875)
    """
    msb = _divided(between, groups - 1)
    msw = _divided(within, n - groups)
    size = _divided(n, groups)
    return _divided(msb - msw, msb + (size - 1) * msw), _divided(msb - msw, msb)


def _divided(over: Floats, under: Floats) -> Floats:
    result: Floats = np.full(np.shape(over), np.nan)
    np.divide(over, under, out=result, where=np.nan_to_num(under) != 0)
    return result
