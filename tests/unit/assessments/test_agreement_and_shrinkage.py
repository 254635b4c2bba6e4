"""Agreement beyond chance, shrinkage and non-response: published values, and naive twins where there are none."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.scoring.agreement import icc, rwg_j, rwg_star_j, variances_of
from assessments.scoring.deviation import average_deviation, chance_limit
from assessments.scoring.nonresponse import worst_case
from assessments.scoring.shrinkage import shrunken

# Batting averages after 45 times at bat, and what Efron & Morris (1977), Scientific American 236(5), make of them.
HITS = [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]
SHRUNKEN = [0.294, 0.289, 0.285, 0.280, 0.275, 0.275, 0.270, 0.266, 0.261, 0.261]
SHRUNKEN += [0.256] * 5 + [0.252, 0.247, 0.242]
# Six targets, four judges each: Shrout & Fleiss (1979), Psychological Bulletin 86, table 2.
JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def naive_limit(n, items, options):
    """Every possible set of answers, every item, in whole fractions."""
    one = {}
    for answers in product(range(1, options + 1), repeat=n):
        mean = Fraction(sum(answers), n)
        deviation = sum(abs(x - mean) for x in answers) / n
        one[deviation] = one.get(deviation, 0) + Fraction(1, options**n)
    joint = {Fraction(0): Fraction(1)}
    for _item in range(items):
        after = {}
        for (a, p), (b, q) in product(joint.items(), one.items()):
            after[a + b] = after.get(a + b, 0) + p * q
        joint = after
    chance, limit = Fraction(0), float("nan")
    for deviation in sorted(joint):
        chance += joint[deviation]
        if chance > Fraction(1, 20):
            break
        limit = float(deviation / items)
    return limit


@pytest.mark.parametrize(
    ("n", "items", "options"), [(2, 1, 5), (3, 1, 5), (5, 1, 5), (6, 1, 3), (3, 4, 7), (5, 3, 4), (4, 2, 2)]
)
def test_chance_limits_are_those_of_all_possible_answers(n, items, options):
    assert chance_limit(n, items, options) == pytest.approx(naive_limit(n, items, options), nan_ok=True)


def test_chance_limits_go_on_smoothly_where_they_are_no_longer_exact():
    for items in (1, 5):
        assert chance_limit(101, items, 5) == pytest.approx(chance_limit(100, items, 5), abs=0.01)
        assert chance_limit(101, items, 4) == pytest.approx(chance_limit(100, items, 4), abs=0.01)


@pytest.mark.parametrize("bad", [(1, 1, 5), (5, 0, 5), (5, 1, 1)])
def test_there_is_no_chance_limit_of_nothing(bad):
    with pytest.raises(ValueError, match="chance limit"):
        chance_limit(*bad)


@given(st.lists(st.lists(st.integers(1, 7), min_size=2, max_size=9), min_size=1, max_size=4))
def test_agreement_from_counts_is_that_of_the_answers_one_by_one(items):
    counts = np.array([np.bincount(item, minlength=8)[1:] for item in items])
    variances = [np.var(item, ddof=1) for item in items]

    deviation = np.mean([np.mean(np.abs(np.array(item) - np.mean(item))) for item in items])
    assert float(average_deviation(counts)) == pytest.approx(deviation, abs=1e-12)
    np.testing.assert_allclose(variances_of(counts), variances, atol=1e-12)
    assert float(rwg_star_j(variances_of(counts), 7)) == pytest.approx(1 - np.mean(variances) / 4)


def test_agreement_that_nobody_can_have_is_not_defined():
    assert np.isnan(average_deviation(np.zeros((2, 5), dtype=np.int64)))
    assert np.isnan(variances_of(np.array([0, 1, 0])))
    with pytest.raises(ValueError, match="an item"):
        rwg_star_j(np.zeros(0), 5)


def test_one_item_has_the_same_agreement_either_way_and_two_camps_fall_below_nought():
    assert float(rwg_star_j(np.array([0.5]), 5)) == pytest.approx(float(rwg_j(np.array([0.5]), 5)))
    assert float(rwg_star_j(np.array([4.0]), 5)) == -1
    assert float(rwg_j(np.array([4.0]), 5)) == 0


def test_reliability_of_means_is_the_published_one():
    scores = np.array(JUDGES, dtype=float)
    between = 4 * ((scores.mean(axis=1) - scores.mean()) ** 2).sum()
    within = ((scores - scores.mean(axis=1, keepdims=True)) ** 2).sum()

    one, two = icc(*(np.array([x]) for x in (between, within, 6.0, 24.0)))

    assert (between / 5, within / 18) == (pytest.approx(11.24, abs=5e-3), pytest.approx(6.26, abs=5e-3))
    assert (one[0], two[0]) == (pytest.approx(0.165742, abs=1e-6), pytest.approx(0.442797, abs=1e-6))


def test_shrunken_averages_are_the_published_ones():
    average = np.array(HITS) / 45
    error = np.sqrt(average.mean() * (1 - average.mean()) / 45)

    found = shrunken(average, np.full(18, error))

    np.testing.assert_array_equal(found.round(3), SHRUNKEN)
    factor = 1 - 15 * error**2 / ((average - average.mean()) ** 2).sum()
    assert factor == pytest.approx(0.212, abs=5e-4)
    np.testing.assert_allclose(found, average.mean() + factor * (average - average.mean()), atol=1e-9)


def test_an_uncertain_unit_moves_further_and_a_certain_one_not_at_all():
    scores, errors = np.array([40.0, 70.0, 50.0, 70.0, 52.0]), np.array([2.0, 8.0, 2.0, 0.0, 2.0])

    found = shrunken(scores, errors)

    assert found[3] == 70
    assert 70 - found[1] > 2
    assert abs(found[0] - 40) < 2


def test_units_that_differ_by_nothing_but_chance_nearly_meet():
    found = shrunken(np.array([50.0, 51.0, 49.0, 50.5, 49.5]), np.full(5, 6.0))

    assert np.ptp(found) == pytest.approx(2 * (1 - 2 / 4))


def test_units_without_a_score_stay_out_and_three_are_too_few():
    scores, errors = np.array([40.0, np.nan, 60.0, 50.0, 55.0]), np.full(5, 3.0)

    assert np.isnan(shrunken(scores, errors)).tolist() == [False, True, False, False, False]
    assert np.isnan(shrunken(scores[:4], errors[:4])).all()


def test_units_of_which_everybody_answered_keep_their_scores():
    np.testing.assert_array_equal(shrunken(np.array([1.0, 2.0, 3.0, 9.0]), np.zeros(4)), [1, 2, 3, 9])


def test_those_who_did_not_answer_could_have_said_anything():
    assert worst_case(60.0, 50, 100) == (30.0, 80.0)
    assert worst_case(60.0, 100, 100) == (60.0, 60.0)
    for bad in ((0, 10), (11, 10)):
        with pytest.raises(ValueError, match="answered"):
            worst_case(60.0, *bad)
