"""Average deviation of answers from their mean, and how small chance alone would make it."""

from __future__ import annotations

from functools import lru_cache
from math import ceil, comb, pi, sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from assessments.scoring.exact import Floats

EXACT_UP_TO: Final = 100  # people; above, the mean of so many deviations is as good as normal
_CHANCE: Final = 0.05
_Z: Final = 1.6448536269514722  # the 95 % quantile of the normal distribution


def average_deviation(counts: npt.NDArray[np.int64]) -> Floats:
    """Return the mean distance of answers from their item's mean, averaged over items, in scale points.

    AD_M(J) = Σ_j Σ_i |x_ij − x̄_j| / n_j / J. Burke, Finkelstein & Dusig (1999), Organizational Research Methods 2(1),
    49-68; Burke & Dunlap (2002), 5(2), 159-172.

    counts: (…, J, A) people per option of each item. Returns (…); NaN where an item has no answer.

    >>> float(average_deviation(np.array([[0, 1, 2, 1, 0], [0, 0, 2, 0, 2]])))
    0.75
    """
    options = np.arange(1, counts.shape[-1] + 1)
    n = counts.sum(axis=-1)
    size = np.where(n > 0, n, np.nan)
    mean = counts @ options / size
    apart = np.abs(options - mean[..., None])
    return np.asarray(((counts * apart).sum(axis=-1) / size).mean(axis=-1))


@lru_cache(maxsize=256)
def chance_limit(n: int, items: int, options: int) -> float:
    """Return the AD_M(J) that so many people who answer at random would stay at or below in 5 % of all cases at most.

    An AD_M(J) at or below it is agreement beyond chance. Exact for up to 100 people: the distribution of the deviation
    of n independent answers, each option equally likely, and its convolution over items; a normal approximation above.
    Dunlap, Burke & Smith-Crowe (2003), Journal of Applied Psychology 88(2), 356-362, tabulate it by simulation.
    NaN where not even full agreement is that rare. Raises ValueError for fewer than 2 people or options, or no item.

    >>> round(chance_limit(5, 1, 5), 4)
    0.4
    """
    if n < 2 or items < 1 or options < 2:
        raise ValueError(f"a chance limit needs 2 people, an item and 2 options, not {n}, {items}, {options}")
    if n > EXACT_UP_TO:
        mean, variance = _moments(n, options)
        return mean - _Z * sqrt(variance / items)
    one = _chances(n, options)
    size = items * (len(one) - 1) + 1
    joint = np.fft.irfft(np.fft.rfft(one, 2 ** ceil(np.log2(size + 1))) ** items)[:size]
    below = np.flatnonzero(np.cumsum(joint) <= _CHANCE + 1e-12)
    reached = below[joint[below] > 1e-14]
    return float(2 * reached[-1] / (n * n * items)) if len(reached) else float("nan")


def _chances(n: int, options: int) -> Floats:
    """Return the distribution of n²·AD/2, a whole number: of n answers, each option equally likely.

    n²·AD = Σ|n·x − T| with T the sum of all x = 2·(L·H − (n − L)·S), where L answers that add up to S lie at or below
    the mean and the others add up to H; so sequences are counted by L, S, H and the option the mean lies at or above.
    """
    chances = np.zeros(n * n * (options - 1) // 4 + 1)
    for cut in range(1, options + 1):
        low, high = _powers(1, cut, n, options), _powers(cut + 1, options, n, options)
        for few in range(n + 1):
            s, h = np.flatnonzero(low[few]), np.flatnonzero(high[n - few])
            total = s[:, None] + h[None, :]
            inside = total // n == cut
            deviation = few * h[None, :] - (n - few) * s[:, None]
            weight = comb(n, few) * (low[few][s][:, None] * high[n - few][h][None, :])
            np.add.at(chances, deviation[inside], weight[inside])
    return chances


def _powers(first: int, last: int, n: int, options: int) -> list[Floats]:
    """Return for 0…n answers between two options the chance of each sum."""
    one = np.zeros(options + 1)
    one[first : last + 1] = 1 / options
    found = [np.ones(1)]
    for _answer in range(n):
        found.append(np.convolve(found[-1], one))
    return found


def _moments(n: int, options: int) -> tuple[float, float]:
    """Return mean and variance of one item's AD for many people.

    Those of |x − middle| over n; and where an option lies in the middle, its share of the distance that the people's
    own mean has from there, which is half-normal.
    """
    apart = np.abs(np.arange(1, options + 1) - (options + 1) / 2)
    of_mean = (options**2 - 1) / 12 / n
    share = 1 / options if options % 2 else 0.0
    mean = (float(apart.mean()) + share * sqrt(2 / pi * of_mean)) * sqrt(1 - 1 / n)
    return mean, float(apart.var()) / n + share**2 * of_mean * (1 - 2 / pi)
