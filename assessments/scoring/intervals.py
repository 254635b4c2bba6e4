"""Standard errors and t intervals of means of finite groups."""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist
from typing import Final

import numpy as np

from assessments.scoring.exact import Floats

_EXACT_UP_TO: Final = 200
_Z: Final = NormalDist().inv_cdf(0.975)


def t_975(df: Floats) -> Floats:
    """Return t(0.975, df), the two-sided 95 % quantile of Student's t, for whole df ≥ 1; NaN elsewhere.

    Up to df 200 by Newton's method on the finite series of Abramowitz & Stegun (1964) 26.7.3–4, above by
    the asymptotic series 26.7.5; both within 1e-10.

    >>> t_975(np.array([1.0, 10.0, 1000.0])).round(6).tolist()
    [12.706205, 2.228139, 1.962339]
    """
    table = _table()
    inside = np.where(np.isfinite(df) & (df >= 1), df, np.nan)
    near = np.nan_to_num(np.minimum(inside, _EXACT_UP_TO)).astype(np.int64)
    return np.where(inside <= _EXACT_UP_TO, table[near], _asymptotic(inside))


def standard_error(sd: Floats, n: Floats, population: Floats) -> Floats:
    """Return the standard error of a mean, sd/√n · √(1 − n/N), in the unit of sd.

    Finite population correction: Cochran (1977), Sampling Techniques, 2.6. population: N, left out of
    account where it is NaN or smaller than n. sd, n and population have one shape.

    >>> standard_error(np.array([2.0]), np.array([4.0]), np.array([16.0])).round(4).tolist()
    [0.866]
    """
    known = population >= n
    part = np.divide(n, population, out=np.zeros_like(n), where=known & (population > 0))
    size = np.where(n > 0, n, np.nan)
    return np.asarray(sd / np.sqrt(size) * np.sqrt(1 - part))


def _asymptotic(df: Floats) -> Floats:
    z = _Z
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return np.asarray(z + sum(term / df**power for power, term in enumerate(terms, 1)))


@cache
def _table() -> Floats:
    table = np.array([np.nan, *(_quantile(df) for df in range(1, _EXACT_UP_TO + 1))])
    table.setflags(write=False)
    return table


def _quantile(df: int) -> float:
    """Newton's steps rise towards the root, because the probability is concave in t > 0."""
    log_constant = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
    t = 1.9
    for _ in range(60):
        density = 2 * math.exp(log_constant - (df + 1) / 2 * math.log1p(t * t / df))
        step = (0.95 - _within(t, df)) / density
        t += step
        if abs(step) < 1e-14 * t:
            break
    return t


def _within(t: float, df: int) -> float:
    """P(−t < T < t), the finite series in the cosine of atan(t/√df)."""
    angle = math.atan(t / math.sqrt(df))
    square = math.cos(angle) ** 2
    odd = df % 2
    term = math.cos(angle) if odd else 1.0
    total = term if df > 1 else 0.0
    for j in range(2 + odd, df - 1, 2):
        term *= square * (j - 1) / j
        total += term
    if odd:
        return 2 / math.pi * (angle + math.sin(angle) * total)
    return math.sin(angle) * total
