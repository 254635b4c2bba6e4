"""Where a score stands among other organisations, in words that nobody takes for per cent."""

import itertools
from collections.abc import Sequence

from django.utils.translation import gettext as _

Point = tuple[int, float]


def place(score: float, points: Sequence[Point]) -> float | None:
    """Return how many of a hundred organisations a score stands above, by a straight line between known percentiles.

    points: (percentile, score), ascending. Below the first or above the last only the bound is known: 0 or 100 mark
    that. None without points. Where several percentiles have the same score, a score equal to it takes the middle one.

    >>> place(50, [(25, 40.0), (50, 50.0), (75, 60.0)]), place(45, [(25, 40.0), (50, 50.0)])
    (50.0, 37.5)
    >>> place(10, [(25, 40.0), (75, 60.0)]), place(99, [(25, 40.0), (75, 60.0)])
    (0.0, 100.0)
    """
    if not points:
        return None
    equal = [percentile for percentile, value in points if value == score]
    if equal:
        return (equal[0] + equal[-1]) / 2
    if score < points[0][1]:
        return 0.0
    for (low, start), (high, end) in itertools.pairwise(points):
        if start < score < end:
            return low + (high - low) * (score - start) / (end - start)
    return 100.0


def in_words(position: float | None, points: Sequence[Point]) -> str:
    """Return the place as a sentence in tenths of organisations, with no % and no number out of 100.

    >>> in_words(37.5, [(10, 30.0), (90, 60.0)])
    'ahead of about 4 in 10 organisations'
    """
    if position is None or not points:
        return ""
    if position == 0.0:
        return _("among the lowest {tenth}").format(tenth=_tenth(points[0][0]))
    if position == 100.0:
        return _("among the highest {tenth}").format(tenth=_tenth(100 - points[-1][0]))
    tenths = int(position / 10 + 0.5)
    if tenths == 0:
        return _("ahead of fewer than 1 in 10 organisations")
    if tenths == 10:
        return _("ahead of more than 9 in 10 organisations")
    if tenths == 5:
        return _("in the middle: ahead of about 5 in 10 organisations")
    return _("ahead of about {n} in 10 organisations").format(n=tenths)


def _tenth(percent: int) -> str:
    """A part of all organisations in words: "1 in 10", "1 in 4"."""
    return {5: _("1 in 20"), 10: _("1 in 10"), 20: _("1 in 5"), 25: _("1 in 4"), 50: _("half")}.get(
        percent, _("{n} of every 100 organisations").format(n=percent)
    )
