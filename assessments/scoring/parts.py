"""When a figure of the organisation may leave some people out: nobody, or never fewer than k of any kind."""

from __future__ import annotations

import numpy as np

from assessments.scoring.audit import rests
from assessments.scoring.tree import BoolArray, IntArray


def fewest_concerned(
    parent: IntArray, whole: BoolArray, split: BoolArray, kept: IntArray, left_out: IntArray
) -> int | None:
    """Return the fewest people that a figure over those kept can concern, beside the published figures of all.

    parent: int (U,). whole, split: bool (U,), where the column is shown for all, and for staff and managers apart.
    kept, left_out: int (2, U), staff and managers directly in each unit; together those who count in the column.
    In every region a combination leaves, at least, the smaller of kept and left out; or, where staff and managers are
    told apart, the smaller of two ways to cross them. None where nobody is left out, 0 where no root is shown.
    """
    if not left_out.any():
        return None
    if not whole[parent < 0].all():
        return 0
    (sk, mk), (sl, ml) = ([_rest(parent, whole, row) for row in part] for part in (kept, left_out))
    least = np.minimum(sk + mk, sl + ml)
    if split.any():
        least = np.minimum(least, np.minimum(sl + mk, sk + ml))
    return int(least.sum())


def _rest(parent: IntArray, mask: BoolArray, values: IntArray) -> IntArray:
    return rests(parent, mask[:, None], values[:, None])[:, 0]
