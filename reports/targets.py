"""Where a score should stand: the linked goal's target, else where the next level begins."""

from collections.abc import Mapping
from dataclasses import dataclass

from assessments.instrument.content import Instrument
from reports.queries import Cell


@dataclass(frozen=True)
class Target:
    """A score to reach. goal: title of the goal that sets it; empty where it is the start of the next level."""

    score: float
    goal: str = ""
    level: str = ""


def target(instrument: Instrument, cell: Cell | None, goal: Target | None = None) -> Target | None:
    """Return the goal's target where there is one, else the lower bound of the level above the cell's.

    None where neither is known: at the highest level, or for a figure that is not shown.
    """
    if goal is not None:
        return goal
    if cell is None or not cell.level or cell.level >= len(instrument.levels):
        return None
    following = instrument.levels[cell.level]
    return Target(following.lower, level=str(following.name))


Goals = Mapping[str, Target]
