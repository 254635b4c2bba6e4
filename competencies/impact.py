"""What a learning resource changed: those who completed it beside similar people who did not. NumPy and Python only.

Difference in differences with matching on the gap at the start: a person's change is compared with the mean change of
those who had the same gap and did not complete the resource. Heckman, Ichimura & Todd (1997), Review of Economic
Studies 64(4), 605-654. The interval is Welch's (1947), with variances pooled within the groups of equal gap.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, sqrt
from statistics import fmean
from typing import Final

import numpy as np

from assessments.scoring.intervals import t_975

FEWEST: Final = 5  # people on either side, or nothing is said


@dataclass(frozen=True)
class Course:
    """How one person went: gap at the start (levels, positive), level before and after, completed or not."""

    gap: int
    before: int
    after: int
    completed: bool

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(frozen=True)
class Effect:
    """completed, compared: people on either side. effect: levels gained beyond the others, with its 95 % interval;
    None where fewer than FEWEST stand on a side or nothing is left to estimate the spread from.
    """

    completed: int
    compared: int
    gained: float | None = None
    gained_by_others: float | None = None
    effect: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def measure(courses: Iterable[Course]) -> Effect:
    """Return the effect over people with a gap at the start (others had nothing to gain and are left out).

    effect = Σ over gaps g of n_g/n · (mean change of completers − mean change of the others), over gaps that both
    sides hold; n_g completers of n. Variance = Σ (n_g/n)² (s²_completers/n_g + s²_others/m_g).

    >>> pairs = [Course(1, 2, 3, True)] * 5 + [Course(1, 2, 2, False)] * 5
    >>> measure(pairs).effect
    1.0
    """
    strata = _matched(courses)
    completed = [course for one, _others in strata for course in one]
    compared = [course for _one, others in strata for course in others]
    if len(completed) < FEWEST or len(compared) < FEWEST:
        return Effect(len(completed), len(compared))
    weights = [len(one) / len(completed) for one, _others in strata]
    gained = sum(w * _mean(one) for w, (one, _others) in zip(weights, strata, strict=True))
    others = sum(w * _mean(rest) for w, (_one, rest) in zip(weights, strata, strict=True))
    half = _half_width(strata, weights, len(completed), len(compared))
    effect = gained - others
    if half is None:
        return Effect(len(completed), len(compared), gained, others, effect)
    return Effect(len(completed), len(compared), gained, others, effect, effect - half, effect + half)


Stratum = tuple[list[Course], list[Course]]


def _matched(courses: Iterable[Course]) -> list[Stratum]:
    """Return (completers, others) by gap, where there are both."""
    by_gap: defaultdict[int, Stratum] = defaultdict(lambda: ([], []))
    for course in courses:
        if course.gap > 0:
            by_gap[course.gap][0 if course.completed else 1].append(course)
    return [by_gap[gap] for gap in sorted(by_gap) if all(by_gap[gap])]


def _mean(courses: Sequence[Course]) -> float:
    return fmean(course.change for course in courses)


def _half_width(
    strata: Sequence[Stratum], weights: Sequence[float], completed: int, compared: int
) -> float | None:
    """Return half the interval; None without degrees of freedom or without any spread."""
    free = (completed - len(strata), compared - len(strata))
    if min(free) < 1:
        return None
    spread = [_squares([one[side] for one in strata]) / free[side] for side in (0, 1)]
    parts = [
        sum(w**2 * spread[side] / len(one[side]) for w, one in zip(weights, strata, strict=True))
        for side in (0, 1)
    ]
    variance = sum(parts)
    if variance == 0:
        return None
    df = variance**2 / sum(part**2 / n for part, n in zip(parts, free, strict=True))
    # Rounded down: a little too wide rather than too narrow.
    return float(t_975(np.array([floor(df)]))[0]) * sqrt(variance)


def _squares(groups: Iterable[Sequence[Course]]) -> float:
    return sum((course.change - _mean(group)) ** 2 for group in groups for course in group)
