"""Scores of units drawn towards their common mean, by as much as they are uncertain."""

from __future__ import annotations

from typing import Final

import numpy as np

from assessments.scoring.exact import Floats

FEWEST_UNITS: Final = 4
_STEPS: Final = 1000


def shrunken(scores: Floats, errors: Floats) -> Floats:
    """Return empirical Bayes estimates of the units' true scores.

    y* = μ + (1 − B)(y − μ), B = (m − 3)/(m − 1) · V/(V + A), V = se²; μ the mean weighted by 1/(V + A), and A the
    variance of true scores, found by iteration. Morris (1983), Journal of the American Statistical Association 78,
    47-55; with equal errors the James-Stein estimator of Efron & Morris (1975), 70, 311-319.

    scores, errors: (m,) of units that have no people in common; an error of 0 keeps a score as it is. NaN comes back
    where a score or error is NaN; all are NaN for fewer than four units that have both.

    >>> shrunken(np.array([40.0, 50.0, 60.0, 70.0]), np.full(4, 5.0)).round(4).tolist()
    [40.75, 50.25, 59.75, 69.25]
    """
    known = np.isfinite(scores) & np.isfinite(errors)
    m = int(known.sum())
    found: Floats = np.full(scores.shape, np.nan)
    if m < FEWEST_UNITS:
        return found
    y, v = scores[known], errors[known] ** 2
    between = max(0.0, float(y.var(ddof=1) - v.mean()))
    for _step in range(_STEPS):
        weight = _weights(v, between)
        mu = float(weight @ y / weight.sum())
        after = max(0.0, float(weight @ (m / (m - 1) * (y - mu) ** 2 - v) / weight.sum()))
        if abs(after - between) <= 1e-12 * max(1.0, between):
            break
        between = after
    weight = _weights(v, between)
    mu = float(weight @ y / weight.sum())
    keep = np.divide(v, v + between, out=np.zeros_like(v), where=v > 0)
    found[known] = mu + (1 - (m - 3) / (m - 1) * keep) * (y - mu)
    return found


def _weights(v: Floats, between: float) -> Floats:
    """1/(V + A); where both are 0 a unit outweighs all that are uncertain."""
    whole = v + between
    least = whole[whole > 0].min() if (whole > 0).any() else 1.0
    return np.asarray(1 / np.where(whole > 0, whole, least * 1e-6))
