"""Driver analysis: against published values, a naive twin, and itself in another order."""

from itertools import permutations

import numpy as np
import pytest

from assessments.scoring import drivers as driving
from assessments.scoring.careless import careless, longest_string
from assessments.scoring.drivers import drivers, fewest, lmg, sums_of

# Fertility in 47 Swiss provinces about 1888 (Mosteller & Tukey, 1977; the data set `swiss` of R): agriculture,
# examination, education, catholic, infant mortality, and fertility as the outcome.
SWISS = """\
17 15 12 9.96 22.2 80.2|45.1 6 9 84.84 22.2 83.1|39.7 5 5 93.4 20.2 92.5|36.5 12 7 33.77 20.3 85.8
43.5 17 15 5.16 20.6 76.9|35.3 9 7 90.57 26.6 76.1|70.2 16 7 92.85 23.6 83.8|67.8 14 8 97.16 24.9 92.4
53.3 12 7 97.67 21 82.4|45.2 16 13 91.38 24.4 82.9|64.5 14 6 98.61 24.5 87.1|62 21 12 8.52 16.5 64.1
67.5 14 7 2.27 19.1 66.9|60.7 19 12 4.43 22.7 68.9|69.3 22 5 2.82 18.7 61.7|72.6 18 2 24.2 21.2 68.3
34 17 8 3.3 20 71.7|19.4 26 28 12.11 20.2 55.7|15.2 31 20 2.15 10.8 54.3|73 19 9 2.84 20 65.1
59.8 22 10 5.23 18 65.5|55.1 14 3 4.52 22.4 65|50.9 22 12 15.14 16.7 56.6|54.1 20 6 4.2 15.3 57.4
71.2 12 1 2.4 21 72.5|58.1 14 8 5.23 23.8 74.2|63.5 6 3 2.56 18 72|60.8 16 10 7.72 16.3 60.5
26.8 25 19 18.46 20.9 58.3|49.5 15 8 6.1 22.5 65.4|85.9 3 2 99.71 15.1 75.5|84.9 7 6 99.68 19.8 69.3
89.7 5 2 100 18.3 77.3|78.2 12 6 98.96 19.4 70.5|64.9 7 3 98.22 20.2 79.4|75.9 9 9 99.06 17.8 65
84.6 3 3 99.46 16.3 92.2|63.1 13 13 96.83 18.1 79.3|38.4 26 12 5.62 20.3 70.4|7.7 29 11 13.79 20.5 65.7
16.7 22 13 11.22 18.9 72.7|17.6 35 32 16.92 23 64.4|37.6 15 7 4.97 20 77.6|18.7 25 7 8.65 19.5 67.6
1.2 37 53 42.34 18 35|46.6 16 29 50.43 18.2 44.7|27.7 22 29 58.33 19.3 42.8"""
# Grömping (2006), Journal of Statistical Software 17(1): what relaimpo's calc.relimp prints for them, type "lmg".
PUBLISHED = [0.05709122, 0.17117303, 0.26013468, 0.10557015, 0.11276592]


def swiss():
    return np.array([line.split() for line in SWISS.replace("\n", "|").split("|")], dtype=float)


def some_people(n=200, blocks=3, seed=4):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, blocks)) + rng.normal(size=(n, 1))
    return np.column_stack([x, x @ np.arange(1, blocks + 1) + rng.normal(size=n)])


def naive_lmg(rows):
    """The increase of R² by each predictor in each order of entering, by least squares."""

    def r2(chosen):
        x = np.column_stack([np.ones(len(rows)), rows[:, list(chosen)]])
        residual = rows[:, -1] - x @ np.linalg.lstsq(x, rows[:, -1], rcond=None)[0]
        return 1 - residual @ residual / ((rows[:, -1] - rows[:, -1].mean()) ** 2).sum()

    orders = list(permutations(range(rows.shape[1] - 1)))
    return [
        np.mean([r2(order[: order.index(k) + 1]) - r2(order[: order.index(k)]) for order in orders])
        for k in range(rows.shape[1] - 1)
    ]


def test_shares_of_r2_are_the_published_ones():
    parts, r2 = lmg(sums_of(swiss()))

    np.testing.assert_allclose(parts, PUBLISHED, atol=1e-8)
    assert r2 == pytest.approx(0.706735, abs=1e-6)


def test_shares_of_r2_are_the_mean_over_all_orders_of_entering():
    rows = some_people(blocks=4)

    np.testing.assert_allclose(lmg(sums_of(rows))[0], naive_lmg(rows), atol=1e-10)


def test_a_block_without_variance_or_one_that_repeats_others_explains_nothing_more():
    rows = some_people()
    constant = np.column_stack([np.full(len(rows), 3.0), rows])
    twice = np.column_stack([rows[:, :1], rows])

    assert lmg(sums_of(constant))[0][0] == pytest.approx(0, abs=1e-12)
    shared = lmg(sums_of(twice))[0]
    assert shared[0] == pytest.approx(shared[1])
    assert lmg(sums_of(twice))[1] == pytest.approx(lmg(sums_of(rows))[1])


def test_an_outcome_that_never_varies_has_no_drivers():
    rows = some_people()
    rows[:, -1] = 4

    assert drivers(rows) is None


def test_more_predictors_than_can_be_tried_are_refused():
    with pytest.raises(ValueError, match="1 to 12"):
        lmg(np.ones((15, 15)))


@pytest.mark.parametrize("n", [150, 2500])
def test_the_same_people_in_another_order_give_the_same_drivers_to_the_last_digit(n):
    rows = np.rint(10 * some_people(n=n))

    one, other = drivers(rows), drivers(rows[np.random.default_rng(1).permutation(n)])

    assert [np.asarray(part).tolist() for part in one] == [np.asarray(part).tolist() for part in other]


def test_intervals_hold_the_share_and_narrow_with_more_people():
    few, many = drivers(some_people(n=150)), drivers(some_people(n=5000))

    for found in (few, many):
        assert (found.low <= found.share).all() and (found.share <= found.high).all()
        assert found.r2_low < found.r2 < found.r2_high
        assert found.share.sum() == pytest.approx(1)
    assert ((many.high - many.low) < (few.high - few.low) / 3).all()


def test_people_resampled_in_groups_vary_as_people_resampled_one_by_one(monkeypatch):
    rows = some_people(n=1500)
    one_by_one = drivers(rows)

    monkeypatch.setattr(driving, "_GROUPS", 500)
    in_groups = drivers(rows)

    np.testing.assert_allclose(in_groups.high - in_groups.low, one_by_one.high - one_by_one.low, rtol=0.2)


def test_eight_blocks_need_114_people():
    assert fewest(8) == 114


def test_a_string_ends_where_an_answer_is_missing_or_does_not_apply():
    codes = np.array([[4] * 10, [4] * 5 + [0] + [4] * 4, [4] * 4 + [12] + [4] * 5], dtype=np.uint8)

    assert longest_string(codes, 5).tolist() == [10, 5, 5]


def test_half_the_questionnaire_in_one_string_is_careless_and_one_less_is_not():
    at_half, below = [2] * 5 + [1, 2, 3, 4, 5], [2] * 4 + [1, 2, 3, 4, 5, 1]

    assert careless(np.array([at_half, below], dtype=np.uint8), 5).tolist() == [True, False]


def test_a_questionnaire_of_seven_items_is_too_short_for_the_screen():
    assert not careless(np.full((3, 7), 4, dtype=np.uint8), 5).any()
