"""At which unit a comment may be shown."""

from collections.abc import Mapping, Sequence


def comment_units(
    parents: Sequence[int],
    *,
    answers: Mapping[int, int],
    comments: Mapping[int, int],
    k: int,
    at_least: int,
) -> list[int]:
    """Return for each unit the unit at which its people's comments may be shown, -1 where nowhere.

    A unit shows comments when the people whose comments stop there (its own and those below that no lower unit
    shows) gave at least `k` answers and `at_least` comments; the rest goes up. Where the root is left with too
    few, it takes in the units with the fewest answers until there are enough. So the people behind the comments of a
    unit, of any set of units, and of any difference between such sets, gave 0 or at least `k` answers. People are
    pooled whether they commented or not: a unit that is left out does not tell that somebody in a small group wrote.

    parents: position of the parent, -1 for the root, which is unit 0; a parent comes before its children.
    answers, comments: direct counts a unit. Counts only decide, never what was answered.

    >>> comment_units([-1, 0, 0], answers={1: 12, 2: 3}, comments={1: 6, 2: 1}, k=10, at_least=5)
    [0, 0, 0]
    >>> comment_units([-1, 0, 0], answers={1: 12, 2: 11}, comments={1: 6, 2: 5}, k=10, at_least=5)
    [-1, 1, 2]
    """
    size = len(parents)
    held = [(answers.get(unit, 0), comments.get(unit, 0)) for unit in range(size)]
    stops = [False] * size
    for unit in reversed(range(1, size)):
        if held[unit][0] >= k and held[unit][1] >= at_least:
            stops[unit] = True
        else:
            held[parents[unit]] = _sum(held[parents[unit]], held[unit])
    total = held[0] if size else (0, 0)
    while 0 < total[0] < k or 0 < total[1] < at_least:
        below = _nearest_to_root(parents, stops)
        if not below:
            break
        smallest = min(below, key=lambda unit: (held[unit][0], unit))
        stops[smallest] = False
        total = _sum(total, held[smallest])
    shows_root = bool(size) and total[0] >= k and total[1] >= at_least
    return _resolve(parents, stops, root=0 if shows_root else -1)


def _nearest_to_root(parents: Sequence[int], stops: Sequence[bool]) -> list[int]:
    """Return the units that show comments and have no such unit above."""
    covered = [False] * len(parents)
    nearest = []
    for unit in range(1, len(parents)):
        covered[unit] = covered[parents[unit]] or stops[unit]
        if stops[unit] and not covered[parents[unit]]:
            nearest.append(unit)
    return nearest


def _resolve(parents: Sequence[int], stops: Sequence[bool], *, root: int) -> list[int]:
    shown: list[int] = []
    for unit, parent in enumerate(parents):
        shown.append(unit if stops[unit] else root if parent < 0 else shown[parent])
    return shown


def _sum(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], one[1] + other[1]
