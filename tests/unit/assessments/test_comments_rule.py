"""At which unit a comment may be shown: the rule against naive sets, on every small tree."""

from collections.abc import Iterator
from itertools import combinations, product

import pytest

from assessments.scoring.comments import comment_units

K, AT_LEAST = 10, 5
TREES = [[-1], [-1, 0], [-1, 0, 0], [-1, 0, 1], [-1, 0, 0, 1], [-1, 0, 1, 2], [-1, 0, 0, 0], [-1, 0, 1, 1]]
CELLS = [(0, 0), (3, 0), (3, 2), (9, 5), (10, 4), (10, 5), (12, 12)]  # (answers, comments) of one unit


def cases() -> Iterator[tuple[list[int], tuple[tuple[int, int], ...]]]:
    for parents in TREES:
        for cells in product(CELLS, repeat=len(parents)):
            yield parents, cells


def resolved(parents, cells):
    return comment_units(
        parents,
        answers={unit: answers for unit, (answers, _comments) in enumerate(cells)},
        comments={unit: comments for unit, (_answers, comments) in enumerate(cells)},
        k=K,
        at_least=AT_LEAST,
    )


def behind(cells, shown_at) -> dict[int, tuple[int, int]]:
    """Return for each unit that shows comments the answers and comments of the people behind them."""
    held: dict[int, tuple[int, int]] = {}
    for (answers, comments), unit in zip(cells, shown_at, strict=True):
        if unit >= 0:
            one = held.get(unit, (0, 0))
            held[unit] = (one[0] + answers, one[1] + comments)
    return held


def is_at_or_above(parents, high, low) -> bool:
    while low != high and low >= 0:
        low = parents[low]
    return low == high


def test_the_people_behind_the_comments_of_a_unit_are_never_one_to_nine():
    for parents, cells in cases():
        for answers, comments in behind(cells, resolved(parents, cells)).values():
            assert answers == 0 or answers >= K, (parents, cells)
            assert comments == 0 or comments >= AT_LEAST, (parents, cells)


def test_no_difference_between_sets_of_units_leaves_one_to_nine_people():
    for parents, cells in cases():
        groups = list(behind(cells, resolved(parents, cells)).values())
        for size in range(1, len(groups) + 1):
            for chosen in combinations(groups, size):
                people = sum(answers for answers, _comments in chosen)
                assert people == 0 or people >= K, (parents, cells)


def test_a_comment_is_shown_at_its_unit_or_above():
    for parents, cells in cases():
        for unit, shown in enumerate(resolved(parents, cells)):
            assert shown == -1 or is_at_or_above(parents, shown, unit), (parents, cells)


def test_a_comment_is_lost_only_where_the_whole_tree_has_too_few():
    for parents, cells in cases():
        answers, comments = (sum(column) for column in zip(*cells, strict=True))
        if answers >= K and comments >= AT_LEAST:
            for (_answers, written), shown in zip(cells, resolved(parents, cells), strict=True):
                assert not written or shown >= 0, (parents, cells)


def test_whether_a_small_group_left_at_the_root_commented_changes_nothing_for_others():
    silent = comment_units([-1, 0, 0], answers={0: 3, 1: 12, 2: 14}, comments={1: 6, 2: 6}, k=K, at_least=5)
    wrote = comment_units(
        [-1, 0, 0], answers={0: 3, 1: 12, 2: 14}, comments={0: 1, 1: 6, 2: 6}, k=K, at_least=5
    )

    assert silent == wrote == [0, 0, 2]


def test_the_check_finds_a_rule_that_leaves_the_root_with_too_few():
    cells = ((0, 0), (12, 12), (3, 2))
    every_unit_shows_its_own = [0, 1, 2]

    groups = behind(cells, every_unit_shows_its_own).values()

    assert any(0 < answers < K for answers, _comments in groups)


@pytest.mark.parametrize("parents", [[], [-1]])
def test_nothing_is_shown_where_nobody_answered(parents):
    assert comment_units(parents, answers={}, comments={}, k=K, at_least=AT_LEAST) == [-1] * len(parents)
