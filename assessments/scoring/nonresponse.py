"""How far a score could be off because of those who did not answer."""

from __future__ import annotations

from typing import Final

BOUND_BELOW: Final = 0.6  # turnout


def worst_case(score: float, n: int, invited: int) -> tuple[float, float]:
    """Return the lowest and highest score if everybody invited had answered, whatever the others would have said.

    (n·score + (N − n)·0)/N and (n·score + (N − n)·100)/N. Manski (1989), Journal of Human Resources 24(3), 343-360.

    score: 0…100. Raises ValueError for nobody who answered, or more than were invited.

    >>> worst_case(60.0, 50, 100)
    (30.0, 80.0)
    """
    if not 0 < n <= invited:
        raise ValueError(f"{n} of {invited} answered")
    return n * score / invited, (n * score + (invited - n) * 100) / invited
