"""A screen for answers given without reading: long strings of one option."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

FEWEST_ITEMS: Final = 8  # in a shorter questionnaire the same option throughout is nothing unusual


def longest_string(codes: npt.NDArray[np.uint8], options: int) -> npt.NDArray[np.int64]:
    """Return each person's longest run of one option over consecutive items, as given (before reverse keying).

    Long-string index: Johnson (2005), Journal of Research in Personality 39(1), 103-129.

    codes: (n, items) as ``tally.decode`` gives them; what is not answered or does not apply ends a run. Returns (n,).

    >>> longest_string(np.array([[4, 4, 4, 0, 4], [1, 2, 1, 2, 1]], dtype=np.uint8), 5).tolist()
    [3, 1]
    """
    kind = np.uint8 if codes.shape[1] <= np.iinfo(np.uint8).max else np.int64
    longest, run = np.zeros(len(codes), dtype=kind), np.zeros(len(codes), dtype=kind)
    before = np.zeros(len(codes), dtype=np.uint8)
    for answer in np.ascontiguousarray(codes.T):
        given = (answer > 0) & (answer <= options)
        run = (run * (answer == before) + kind(1)) * given  # without a branch, and a byte a person
        np.maximum(longest, run, out=longest)
        before = answer
    return longest.astype(np.int64)


def careless(codes: npt.NDArray[np.uint8], options: int) -> npt.NDArray[np.bool_]:
    """Return who gave one and the same option to at least half of the questionnaire in a row: bool (n,).

    The cut at half of the items: Curran (2016), Journal of Experimental Social Psychology 66, 4-19. Nobody in a
    questionnaire of fewer than eight items.

    >>> careless(np.array([[3] * 4 + [1, 2, 1, 2], [3, 3, 3, 1, 2, 1, 2, 1]], dtype=np.uint8), 5).tolist()
    [True, False]
    """
    items = codes.shape[1]
    if items < FEWEST_ITEMS:
        return np.zeros(len(codes), dtype=np.bool_)
    return np.asarray(2 * longest_string(codes, options) >= items)
