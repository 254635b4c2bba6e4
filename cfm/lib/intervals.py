"""How far figures from outside may be off by chance: half the width of a 95 % interval, and whether two differ.

Those figures come with little beside them: how many answered, at best their standard deviation. What isn't known is
replaced by the least favourable case, so that chance is never taken for a change.
"""

from math import hypot, sqrt

Z = 1.959964  # two-sided 95 % of the normal distribution


def of_mean(sd: float, n: int) -> float:
    """Return half the interval of a mean: 1.96 · sd/√n. Raises ValueError for n below 2 or a negative sd.

    >>> round(of_mean(1.5, 100), 3)
    0.294
    """
    if n < 2 or sd < 0:
        raise ValueError(f"an interval of {n} answers with a standard deviation of {sd}")
    return Z * sd / sqrt(n)


def of_share(percent: float, n: int) -> float:
    """Return half the interval of a share in per cent, with two answers more of either kind.

    p = (x + 2)/(n + 4), 1.96 · √(p(1 − p)/(n + 4)): Agresti & Coull (1998), The American Statistician 52(2), 119–126;
    so 100 % of few answers has an interval, too. Raises ValueError for n below 1 or a share outside of 0…100.

    >>> round(of_share(50, 96), 2), round(of_share(100, 10), 2)
    (9.8, 18.33)
    """
    if n < 1 or not 0 <= percent <= 100:
        raise ValueError(f"a share of {percent} per cent of {n} answers")
    adjusted = (percent / 100 * n + 2) / (n + 4)
    return 100 * Z * sqrt(adjusted * (1 - adjusted) / (n + 4))


def of_net_score(value: float, n: int) -> float:
    """Return half the interval of a net promoter score of which only the value and the answers are known, at most.

    The variance of an answer is p + d − (p − d)² for shares p of promoters and d of detractors; with p + d unknown
    it is at most 1 − (p − d)². Three answers more, which pull to 0, as for a share. Raises ValueError for n below 1
    or a value outside of −100…100.

    >>> round(of_net_score(0, 97), 1), round(of_net_score(60, 397), 1)
    (19.6, 7.9)
    """
    if n < 1 or not -100 <= value <= 100:
        raise ValueError(f"a net score of {value} of {n} answers")
    adjusted = value / 100 * n / (n + 3)
    return 100 * Z * sqrt((1 - adjusted * adjusted) / (n + 3))


def differ(change: float, one: float | None, other: float | None) -> bool | None:
    """Whether a change is more than chance: |change| > √(half² + half²); None where a half isn't known.

    >>> differ(5, 3, 4), differ(5.1, 3, 4), differ(5, None, 4)
    (False, True, None)
    """
    return None if one is None or other is None else abs(change) > hypot(one, other)
