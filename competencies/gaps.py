"""Competency gaps: NumPy and Python, nothing else.

gap = required level − level; the level is the manager's rating, or one's own where no manager rated. Negative: above
what is required. Boyatzis (1982), The Competent Manager: competence is judged against what the job demands.
A shortfall counts by itself: being above in one competency never hides being below in another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from competencies.levels import Levels

FEWEST: Final = 5  # people an aggregate must rest on for those who may not see the people

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def used_levels(own: Levels, manager: Levels) -> Levels:
    """Return the level that counts: the manager's, else one's own; 0 where nobody rated. Arrays of one shape.

    >>> used_levels(np.array([2, 2, 0], np.int8), np.array([4, 0, 0], np.int8)).tolist()
    [4, 2, 0]
    """
    return np.where(manager > 0, manager, own)


def newest(rated: Sequence[Flags]) -> Ints:
    """Return for each person and competency the place of the first cycle with a rating; −1 where there is none.

    rated: an array (people, competencies) a cycle, the newest cycle first; at least one.
    """
    stack = np.stack(rated)
    place = stack.argmax(axis=0)
    return np.where(stack.any(axis=0), place, -1)


def differences(required: Levels, level: Levels) -> Floats:
    """Return required − level, NaN where nothing is required or nobody rated.

    required, level: arrays of one shape with levels 1 to 5, 0 for none.

    >>> differences(np.array([3, 3, 0], np.int8), np.array([1, 0, 4], np.int8)).tolist()
    [2.0, nan, nan]
    """
    known = (required > 0) & (level > 0)
    return np.where(known, required.astype(np.float64) - level, np.nan)


def shortfall(gap: Floats) -> Floats:
    """Return how far below the requirement: max(gap, 0); NaN stays.

    >>> shortfall(np.array([2.0, -1.0])).tolist()
    [2.0, 0.0]
    """
    return np.maximum(gap, 0.0)


@dataclass(frozen=True)
class Summary:
    """Figures of groups × competencies, each an array (groups, competencies).

    required: people of whom it is required; rated: those with a level; below: those under the requirement;
    short: mean shortfall in levels over the rated (those who meet it count 0); above: mean surplus over the rated;
    level: mean level of the rated. NaN where nobody is rated. unseen: rated people whom the reader may not see.
    """

    required: Ints
    rated: Ints
    below: Ints
    short: Floats
    above: Floats
    level: Floats
    unseen: Ints

    def share_below(self) -> Floats:
        """Return below / rated, 0 to 1; NaN where nobody is rated."""
        return _ratio(self.below.astype(np.float64), self.rated)


def summarise(
    required: Levels, level: Levels, group: Ints, groups: int, seen: Flags | None = None
) -> Summary:
    """Sum people up by group.

    required, level: arrays (people, competencies) of levels, 0 for none; group: (people,) from 0 to groups − 1;
    seen: (people,) whether the reader may see the person; everybody when None.
    Raises ValueError when shapes differ or a group is out of range.
    """
    if required.shape != level.shape or len(group) != len(required):
        raise ValueError("required, level and group must be of the same people and competencies")
    if len(group) and not 0 <= group.min() <= group.max() < groups:
        raise ValueError(f"groups are numbered from 0 to {groups - 1}")
    hidden = np.zeros(len(group), dtype=np.bool_) if seen is None else ~seen
    gap = differences(required, level)
    known = ~np.isnan(gap)
    gap = np.where(known, gap, 0.0)
    n = _by_group(known, group, groups).astype(np.int64)
    return Summary(
        required=_by_group(required > 0, group, groups).astype(np.int64),
        rated=n,
        below=_by_group(gap > 0, group, groups).astype(np.int64),
        short=_ratio(_by_group(np.maximum(gap, 0), group, groups), n),
        above=_ratio(_by_group(np.maximum(-gap, 0), group, groups), n),
        level=_ratio(_by_group(np.where(known, level, 0), group, groups), n),
        unseen=_by_group(known & hidden[:, None], group, groups).astype(np.int64),
    )


def _by_group(values: npt.NDArray[Any], group: Ints, groups: int) -> Floats:
    """Return the sums (groups, columns) of rows of the same group."""
    columns = values.shape[1]
    place = (group[:, None] * columns + np.arange(columns)).ravel()
    sums: Floats = np.bincount(place, weights=values.ravel(), minlength=groups * columns).astype(np.float64)
    return sums.reshape(groups, columns)


def _ratio(total: Floats, count: Ints) -> Floats:
    ratio: Floats = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return ratio


def shown(unseen: Ints, fewest: int = FEWEST) -> tuple[Flags, Flags]:
    """Return which cells may be shown (groups, columns), and whether the total of each column may be (columns,).

    unseen: array (groups, columns): how many rated people of the cell the reader may not see by name. The groups of
    a column share nobody. A cell is shown if that is 0 or at least `fewest`. What is left between the total and the
    shown cells must also be 0 or at least `fewest`, or it could be had by subtraction: then the smallest shown cells
    are withdrawn, and the total too where that can't be reached.
    """
    cells = (unseen == 0) | (unseen >= fewest)
    totals = np.ones(unseen.shape[1], dtype=np.bool_)
    for column in range(unseen.shape[1]):
        left = int(unseen[~cells[:, column], column].sum())
        candidates = _smallest_first(unseen[:, column], cells[:, column])
        while 0 < left < fewest and candidates:
            smallest = candidates.pop(0)
            cells[smallest, column] = False
            left += int(unseen[smallest, column])
        totals[column] = left == 0 or left >= fewest
    return cells, totals


def _smallest_first(unseen: Ints, shown: Flags) -> list[int]:
    places = [int(place) for place in np.flatnonzero(shown & (unseen > 0))]
    return sorted(places, key=lambda place: (int(unseen[place]), place))
