"""The frozen unit tree of a cycle, as plain rows."""

from dataclasses import dataclass

import numpy as np

from assessments.models import Cycle
from assessments.scoring.tree import subtree_sums


@dataclass(frozen=True)
class TreeUnit:
    """A unit of the frozen tree; heads: invited in this unit alone, invited: with all units below."""

    position: int
    parent: int
    depth: int
    code: str
    name: str
    heads: int
    invited: int


def invited_below(cycle: Cycle) -> list[TreeUnit]:
    """Return the units of an opened cycle by position, with the people invited in each subtree. One query."""
    fields = ("position", "parent_position", "depth", "code", "name", "staff_invited", "manager_invited")
    rows = list(cycle.units.order_by("position").values_list(*fields))
    heads = [row[5] + row[6] for row in rows]
    totals = subtree_sums(np.array([row[1] for row in rows]), np.array(heads, dtype=np.int64))
    return [
        TreeUnit(position, parent, depth, code, name, heads=own, invited=int(total))
        for (position, parent, depth, code, name, *_heads), own, total in zip(
            rows, heads, totals, strict=True
        )
    ]
