"""How far goals are, measured against time: worked by hand."""

from datetime import date, timedelta

import pytest

from improvement.rules import progress
from improvement.rules.progress import Delivery, Standing, State, Way

STARTS, DUE = date(2025, 1, 1), date(2029, 1, 1)
HALF = date(2027, 1, 1)
WAY = Way(40, 60, STARTS, DUE)
LESS = Way(12, 6, STARTS, DUE)


@pytest.mark.parametrize(
    ("way", "value", "expected"),
    [
        (WAY, 60, State.ACHIEVED),
        (WAY, 65, State.ACHIEVED),
        (WAY, 50, State.ON_TRACK),
        (WAY, 48.1, State.ON_TRACK),  # 40.5 % of the way at 50 % of the time: within the tolerance
        (WAY, 47, State.BEHIND),  # 35 %
        (WAY, 30, State.BEHIND),  # backwards
        (LESS, 9, State.ON_TRACK),
        (LESS, 11, State.BEHIND),
        (LESS, 6, State.ACHIEVED),
    ],
)
def test_a_figure_halfway_is_judged_by_the_way_done_whichever_direction_is_better(way, value, expected):
    assert progress.standing(way, [(HALF, value)], HALF).state is expected


def test_a_figure_counts_against_the_time_gone_on_the_day_it_was_measured():
    later = HALF + timedelta(days=150)

    found = progress.standing(WAY, [(HALF, 50)], later)

    assert found.state is State.ON_TRACK
    assert found.gone == pytest.approx(0.5, abs=0.001)


def test_the_newest_figure_counts_and_one_of_tomorrow_does_not():
    figures = [(HALF, 50), (STARTS, 40), (HALF + timedelta(days=1), 60)]

    assert progress.standing(WAY, figures, HALF).done == 0.5


def test_half_a_year_without_a_figure_is_no_recent_figure():
    at_last, too_long = HALF + timedelta(days=184), HALF + timedelta(days=185)

    assert progress.standing(WAY, [(HALF, 50)], at_last).state is State.ON_TRACK
    assert progress.standing(WAY, [(HALF, 50)], too_long).state is State.STALE
    assert progress.standing(WAY, [], STARTS + timedelta(days=30)).state is State.WAITING
    assert progress.standing(WAY, [], HALF).state is State.STALE


def test_what_is_not_reached_when_the_time_is_over_is_missed():
    after = DUE + timedelta(days=1)

    assert progress.standing(WAY, [(DUE, 59)], after).state is State.MISSED
    assert progress.standing(WAY, [(DUE, 60)], after).state is State.ACHIEVED
    assert progress.standing(WAY, [], after).state is State.MISSED


def test_no_way_to_go_is_refused():
    with pytest.raises(ValueError, match="same"):
        progress.share_done(5, 5, 5)
    with pytest.raises(ValueError, match="not after"):
        progress.elapsed(DUE, STARTS, HALF)


def combined(standings, deliveries=(), today=HALF):
    return progress.combined(standings, list(deliveries), starts=STARTS, due=DUE, today=today)


def test_one_indicator_far_beyond_its_target_does_not_hide_another():
    far, low = Standing(State.ACHIEVED, 3.0, 0.5, HALF), Standing(State.BEHIND, -1.0, 0.5, HALF)

    found = combined([far, low])

    assert found.done == 0.5
    assert found.state is State.ON_TRACK


def test_a_goal_is_achieved_only_when_every_indicator_is():
    full = Standing(State.ACHIEVED, 1.0, 0.5, HALF)

    assert combined([full, full]).state is State.ACHIEVED
    assert combined([full, Standing(State.WAITING, None, 0.1)]).state is State.ON_TRACK


def test_a_goal_without_figures_stands_by_its_outputs():
    done, late, coming = (
        Delivery(HALF, HALF),
        Delivery(HALF - timedelta(days=1), None),
        Delivery(DUE, None),
    )

    assert combined([], [done, coming]).state is State.ON_TRACK
    assert combined([], [done, late]).state is State.BEHIND
    assert combined([], [done, done]).state is State.ACHIEVED
    assert combined([], [done, coming]).done == 0.5
    assert combined([], [done, coming], today=DUE + timedelta(days=1)).state is State.MISSED


def test_spending_more_than_planned_is_over():
    assert progress.Spending(planned=100, used=101, delivered=50).is_over
    assert progress.Spending(planned=0, used=0, delivered=0).used_share is None
