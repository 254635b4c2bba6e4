"""Whether two published scores differ by more than chance would make them differ."""

from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np

from assessments.scoring.intervals import t_975
from assessments.scoring.rounding import half_up
from reports.queries import Cell


@dataclass(frozen=True)
class Difference:
    """Score points between two figures. low, high: 95 % interval, None where an error is not known.

    clear: the interval leaves out 0, and the difference is not 0 as shown.
    """

    value: float
    low: float | None = None
    high: float | None = None
    clear: bool = False


def difference(later: Cell | None, earlier: Cell | None) -> Difference | None:
    """Return later − earlier, or None where one of the scores is not known.

    Interval: difference ± t(0.975, ν)·√(se₁² + se₂²), ν by Welch (1947), Biometrika 34, 28-35, rounded down.
    The groups count as independent. Where the same people answered twice, their agreement makes the true interval
    narrower, so that this one errs on the side of "no clear difference".
    A bound (near-unanimous group) has no error: its difference is given and never called clear.
    """
    if later is None or earlier is None or later.score is None or earlier.score is None:
        return None
    value = later.score - earlier.score
    half = _half_width(later, earlier)
    if half is None:
        return Difference(value)
    return Difference(value, value - half, value + half, abs(value) > half and half_up(abs(value), 0) != 0)


def _half_width(one: Cell, other: Cell) -> float | None:
    if one.se is None or other.se is None or not one.n or not other.n or min(one.n, other.n) < 2:
        return None
    variances = [(cell.se or 0.0) ** 2 for cell in (one, other)]
    total = sum(variances)
    if not total:
        return 0.0
    spread = sum(v**2 / (n - 1) for v, n in zip(variances, (one.n, other.n), strict=True))
    freedom = total**2 / spread
    if not isfinite(freedom):
        return None
    return float(t_975(np.array([max(1, int(freedom))], dtype=float))[0]) * sqrt(total)
