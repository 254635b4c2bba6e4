"""Quantiles, agreement and rounding against published values and plain definitions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.scoring.agreement import alpha_from_sums, cronbach_alpha, icc, rwg_j
from assessments.scoring.exact import compact, ratio, spread, subtract, times
from assessments.scoring.intervals import standard_error, t_975
from assessments.scoring.rounding import half_up, half_up_all

# Published tables of Student's t, 0.975, to more digits than they print.
QUANTILES = {
    1: 12.7062047361747,
    2: 4.30265272974946,
    3: 3.18244630528371,
    5: 2.57058183563632,
    10: 2.22813885198627,
    30: 2.04227245630124,
    50: 2.00855911210076,
    100: 1.98397151852355,
    120: 1.97993040508242,
    1000: 1.96233908082641,
}


# Charles Zaiontz, Real Statistics (reliability, Cronbach's alpha): a test of eleven questions, 1 = right.
COMPLETE_ROWS = """
11111111111 11111111010 11101101100 11111000100 11110010000 11111000000 11100000000 10010000000 01011000010
"""


@pytest.mark.parametrize(("df", "published"), QUANTILES.items())
def test_t_quantiles_are_the_published_ones(df, published):
    assert t_975(np.array([float(df)]))[0] == pytest.approx(published, abs=1e-9)


def test_both_ways_to_a_t_quantile_meet_without_a_step():
    quantiles = t_975(np.arange(190.0, 211.0))

    assert np.abs(np.diff(quantiles, 5)).max() < 1e-10
    assert t_975(np.array([1e9]))[0] == pytest.approx(1.959963984540054, abs=1e-8)


@pytest.mark.parametrize("df", [7, 150, 199, 201, 400])
def test_a_t_quantile_leaves_five_per_cent_outside(df):
    log_constant = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
    grid = np.linspace(0, t_975(np.array([float(df)]))[0], 4001)
    density = np.exp(log_constant - (df + 1) / 2 * np.log1p(grid**2 / df))
    simpson = (density[0] + density[-1] + 4 * density[1:-1:2].sum() + 2 * density[2:-1:2].sum()) * grid[1] / 3

    assert 2 * simpson == pytest.approx(0.95, abs=1e-11)


def test_there_is_no_quantile_without_a_degree_of_freedom():
    assert np.isnan(t_975(np.array([0.0, -1.0, np.nan]))).all()


def test_everybody_asked_and_answered_leaves_no_sampling_error():
    four = np.array([4.0, 4.0, 4.0, 0.0])
    population = np.array([4.0, np.nan, 3.0, 0.0])

    found = standard_error(np.array([2.0, 2.0, 2.0, np.nan]), four, population)

    np.testing.assert_array_equal(found, [0.0, 1.0, 1.0, np.nan])


def test_alpha_from_sums_is_alpha_of_the_covariances():
    x = np.array([[1, 2, 2], [2, 2, 4], [3, 5, 4], [5, 4, 1]])
    totals = x * x.sum(axis=1, keepdims=True)
    sums = [array.sum(axis=0, keepdims=True) for array in (x, x * x, totals)]

    found = alpha_from_sums(np.array([4]), *sums)[0]

    assert found == pytest.approx(cronbach_alpha(np.cov(x.T)))


def test_alpha_is_the_published_one():
    """Eleven questions, the nine people who answered all: 0.801695 in the manual of pingouin, as psych::alpha in R."""
    answers = [list(map(int, row)) for row in COMPLETE_ROWS.split()]

    assert cronbach_alpha(np.cov(np.array(answers, dtype=float).T)) == pytest.approx(0.8016949, abs=1e-7)


def test_alpha_of_items_without_any_variance_is_not_defined():
    assert math.isnan(cronbach_alpha(np.zeros((2, 2))))


@pytest.mark.parametrize("matrix", [np.ones((1, 1)), np.ones((2, 3)), np.ones(4)])
def test_alpha_of_something_else_than_a_covariance_matrix_is_refused(matrix):
    with pytest.raises(ValueError, match="square matrix"):
        cronbach_alpha(matrix)


def test_agreement_is_1_where_all_say_the_same_and_0_beyond_chance():
    assert rwg_j(np.array([[0.0, 0.0], [2.0, 2.0], [4.0, 3.0]]), 5).tolist() == [1.0, 0.0, 0.0]


def test_agreement_of_one_item_is_one_minus_its_share_of_chance_variance():
    assert rwg_j(np.array([0.5]), 5) == pytest.approx(1 - 0.5 / 2)


def test_icc_of_the_published_ratings_is_the_published_one():
    """Shrout & Fleiss (1979), table 2: six targets, four judges; ICC(1,1) = .17, ICC(1,4) = .44."""
    ratings = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    means = ratings.mean(axis=1, keepdims=True)
    between = 4 * ((means - ratings.mean()) ** 2).sum()
    within = ((ratings - means) ** 2).sum()

    one, two = icc(*(np.array([float(x)]) for x in (between, within, 6, 24)))

    assert one[0] == pytest.approx(0.17, abs=0.005)
    assert two[0] == pytest.approx(0.44, abs=0.005)


@pytest.mark.parametrize(("groups", "n"), [(1.0, 5.0), (3.0, 3.0), (0.0, 0.0)])
def test_icc_needs_two_groups_and_somebody_more_than_one_in_each(groups, n):
    one, two = icc(*(np.array([x]) for x in (1.0, 0.0, groups, n)))

    assert np.isnan([one[0], two[0]]).all()


def test_shares_of_565_are_rounded_half_up_and_sum_to_99():
    shares = [half_up(100 * count / 565) for count in (103, 166, 176, 96, 24)]

    assert shares == [18, 29, 31, 17, 4]
    assert half_up(100 * 269 / 565) == 48


@pytest.mark.parametrize(
    ("value", "decimals", "rounded"),
    [
        (0.5, 0, 1),
        (1.5, 0, 2),
        (2.5, 0, 3),
        (-2.5, 0, -3),
        (2.675, 2, 2.68),
        (1.005, 2, 1.01),
        (49.95, 1, 50.0),
    ],
)
def test_a_half_is_rounded_up_as_the_number_is_printed(value, decimals, rounded):
    assert half_up(value, decimals) == rounded
    assert half_up_all(np.array([value]), decimals)[0] == rounded


@given(st.lists(st.floats(-1000, 1000).map(lambda x: round(x, 7)), min_size=1), st.integers(0, 6))
def test_arrays_are_rounded_like_single_numbers(values, decimals):
    found = half_up_all(np.array(values), decimals)

    assert found.tolist() == [half_up(value, decimals) for value in values]


def test_what_is_not_defined_stays_so_when_rounded():
    assert math.isnan(half_up(math.nan))
    assert np.isnan(half_up_all(np.array([np.nan]))).all()


@given(st.lists(st.tuples(st.integers(0, 2**70), st.integers(0, 2**40)), min_size=1, max_size=5))
def test_products_differences_and_quotients_are_exact_at_any_size(pairs):
    left, right = (compact(np.array([pair[i] for pair in pairs], dtype=object)) for i in (0, 1))

    assert times(left, right).tolist() == [a * b for a, b in pairs]
    assert times(left, 2**61).tolist() == [a * 2**61 for a, _ in pairs]
    assert subtract(right, left).tolist() == [b - a for a, b in pairs]
    assert spread(right, left, left).tolist() == [b * a - a * a for a, b in pairs]
    np.testing.assert_array_equal(ratio(left, right), [a / b if b else np.nan for a, b in pairs])
