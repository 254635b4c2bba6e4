"""Pure rules: gaps, what may be shown, packed levels, the effect of learning; beside naive twins."""

import itertools
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from competencies import gaps
from competencies.impact import Course, measure
from competencies.levels import pack_dates, pack_levels, require_level, unpack_levels

LEVELS = st.integers(0, 5)


@settings(deadline=None)
@given(st.data())
def test_group_figures_equal_those_of_a_plain_loop(data):
    people, columns, groups = data.draw(st.tuples(st.integers(0, 8), st.integers(1, 3), st.integers(1, 3)))
    cell = st.lists(LEVELS, min_size=people * columns, max_size=people * columns)
    required = np.array(data.draw(cell), np.int8).reshape(people, columns)
    level = np.array(data.draw(cell), np.int8).reshape(people, columns)
    group = np.array([data.draw(st.integers(0, groups - 1)) for _ in range(people)], np.int64)

    found = gaps.summarise(required, level, group, groups)

    for g, c in itertools.product(range(groups), range(columns)):
        pairs = [(int(required[p, c]), int(level[p, c])) for p in range(people) if group[p] == g]
        rated = [(r, x) for r, x in pairs if r and x]
        assert found.required[g, c] == sum(r > 0 for r, _x in pairs)
        assert found.rated[g, c] == len(rated)
        assert found.below[g, c] == sum(x < r for r, x in rated)
        if rated:
            assert found.short[g, c] == pytest.approx(fmean(max(r - x, 0) for r, x in rated))
            assert found.above[g, c] == pytest.approx(fmean(max(x - r, 0) for r, x in rated))
        else:
            assert np.isnan(found.short[g, c])


@settings(deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=6))
def test_neither_a_cell_nor_the_rest_of_a_total_is_about_one_to_four_unseen_people(sizes):
    unseen = np.array(sizes, np.int64)[:, None]

    cells, totals = gaps.shown(unseen)

    left = sum(size for size, shown in zip(sizes, cells[:, 0], strict=True) if not shown)
    assert all(size == 0 or size >= 5 for size, shown in zip(sizes, cells[:, 0], strict=True) if shown)
    assert not totals[0] or left == 0 or left >= 5


def test_a_cell_without_unseen_people_is_never_withdrawn():
    cells, totals = gaps.shown(np.array([[0], [3], [0]]))

    assert cells[:, 0].tolist() == [True, False, True]
    assert totals.tolist() == [False]


@pytest.mark.parametrize("group", [[0, 2], [-1, 0], [0]])
def test_groups_that_do_not_fit_are_refused(group):
    levels = np.ones((2, 1), np.int8)

    with pytest.raises(ValueError, match="group"):
        gaps.summarise(levels, levels, np.array(group), 2)


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.integers(0, 20), st.integers(1, 5)), max_size=4))
def test_packed_levels_come_back_as_they_were(people):
    found = unpack_levels([pack_levels(levels) for levels in people], 21)

    assert found.tolist() == [[levels.get(slot, 0) for slot in range(21)] for levels in people]


@pytest.mark.parametrize("wrong", [0, 6, True, 2.5, "3"])
def test_a_level_off_the_scale_is_refused(wrong):
    with pytest.raises(ValueError, match="level"):
        require_level(wrong)


def test_packed_levels_with_strange_characters_are_refused():
    with pytest.raises(ValueError, match="0 to 5"):
        unpack_levels(["39"], 2)


def test_no_dates_pack_to_nothing():
    assert pack_dates({}) == ""


def courses(completed: bool, *steps: tuple[int, int]) -> list[Course]:
    """(gap, change) pairs."""
    return [Course(gap, 3 - gap, 3 - gap + change, completed) for gap, change in steps]


def test_the_effect_is_the_difference_between_people_with_the_same_gap():
    learners = courses(True, (1, 1), (1, 1), (1, 0), (2, 2), (2, 1), (2, 2))
    others = courses(False, (1, 0), (1, 1), (1, 0), (2, 0), (2, 1), (2, 1), (2, 0))

    found = measure([*learners, *others])

    # by hand: gap 1: 2/3 − 1/3, gap 2: 5/3 − 1/2, both with half of the learners
    assert found.effect == pytest.approx(0.5 * (1 / 3) + 0.5 * (7 / 6))
    # by hand: s² of learners (2/3 + 2/3)/4 = 1/3, of others (2/3 + 1)/5 = 1/3
    # variance: ¼(1/9 + 1/9) + ¼(1/9 + 1/12) = 0.104167; df 8.70 → 8, t = 2.306004
    assert found.high - found.effect == pytest.approx(2.306004 * 0.1041667**0.5, rel=1e-5)
    assert (found.completed, found.compared, found.is_clear) == (6, 7, True)


def test_people_without_a_gap_and_gaps_that_one_side_lacks_are_left_out():
    found = measure([*courses(True, *[(1, 1)] * 5, (0, 0), (4, 4)), *courses(False, *[(1, 0)] * 5, (3, 0))])

    assert (found.completed, found.compared, found.effect) == (5, 5, 1.0)


def test_with_fewer_than_five_people_on_a_side_nothing_is_said():
    found = measure([*courses(True, *[(1, 1)] * 4), *courses(False, *[(1, 0)] * 9)])

    assert (found.completed, found.effect, found.is_clear) == (4, None, False)


def test_an_interval_that_holds_zero_is_no_clear_effect():
    found = measure(
        [
            *courses(True, (1, 1), (1, 0), (1, 0), (1, 1), (1, 0)),
            *courses(False, (1, 1), (1, 0), (1, 1), (1, 0), (1, 0)),
        ]
    )

    assert found.effect == 0
    assert not found.is_clear
