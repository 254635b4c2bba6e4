"""Expected against achieved: from released figures alone, with intervals, and not where a figure is hidden."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from improvement.models import Action
from organisation.models import Person, Unit
from reports import queries
from reports.effects import Verdict, comparisons, effects, mean_difference, next_cycle
from tests.factories import reports
from tests.factories.improvement import action

UNITS = {"ORG": None, **{f"U{number}": "ORG" for number in range(6)}}


def before_and_after(after: float | None = 70, *, units=reports.UNITS, unit: str = "NORTH") -> None:
    """Publish two cycles; B3 of the unit stands at 60 in the first, at `after` in the second (None: hidden)."""
    reports.published("one", units=units, scores=dict.fromkeys(units, 60.0))
    change = None if after is None else {"score": after}
    changes = {(unit, "all", "B3"): change}
    reports.published("two", units=units, scores=dict.fromkeys(units, 60.0), changes=changes)


def planned(code: str = "A1", *, unit: str = "NORTH", points: float | None = 6, cycle: str = "one") -> Action:
    return action(
        code,
        unit=Unit.objects.get(code=unit),
        block="B3",
        expected_points=points,
        baseline_cycle=cycle,
        more_because="A test",
    )


def measured(reader: Person | None = None):
    reach = queries.reach(reader or reports.person(role="executive"))
    return effects(Action.objects.select_related("unit").order_by("code"), queries.published_cycles(), reach)


def page_of(person: Person, address: str = "/actions/-/effects/") -> str:
    client = Client()
    client.force_login(person)
    return " ".join(client.get(address).content.decode().split())


@pytest.mark.django_db
class TestEffect:
    @pytest.mark.parametrize(
        ("after", "verdict"),
        [
            (70, Verdict.REACHED),
            (65, Verdict.LESS),
            (60.5, Verdict.NOISE),
            (52, Verdict.FELL),
            (None, Verdict.HIDDEN),
        ],
    )
    def test_the_verdict_follows_from_the_change_and_its_interval(self, after, verdict):
        before_and_after(after)
        planned()

        (found,) = measured()

        assert found.verdict is verdict

    def test_the_interval_is_that_of_two_independent_means(self):
        before_and_after(70)
        planned()

        (found,) = measured()

        # se of each: 0.04 scale points = 1 score point; t(0.975, 98) = 1.9845; 1.9845 · √2 = 2.8065
        assert found.change is not None
        assert found.change.value == pytest.approx(10)
        assert found.change.high == pytest.approx(12.8065, abs=1e-3)
        assert found.change.low == pytest.approx(7.1935, abs=1e-3)

    def test_before_the_next_cycle_is_published_nothing_is_measured(self):
        reports.published("one")
        planned()
        reports.published("two", state="scored", visible=False)

        (found,) = measured()

        assert found.verdict is Verdict.WAITING

    def test_only_the_cycle_right_after_counts(self):
        before_and_after(70)
        reports.published("three", changes={("NORTH", "all", "B3"): {"score": 20}})

        pair = next_cycle(queries.published_cycles(), "one")

        assert pair is not None
        assert [one.code for one in pair] == ["one", "two"]

    def test_a_figure_out_of_the_readers_reach_is_not_told(self):
        before_and_after(70)
        owner = reports.person(unit="SOUTH")
        one = planned()
        Action.objects.filter(pk=one.pk).update(owner=owner)

        (found,) = measured(owner)

        assert found.verdict is Verdict.HIDDEN
        page = page_of(owner, "/actions/A1/")
        assert "not for you" in page
        assert "70.0" not in page

    def test_the_page_of_an_action_tells_what_was_achieved(self):
        before_and_after(70)
        planned()

        page = page_of(reports.person(role="executive"), "/actions/A1/")

        assert (
            "From 60.0 to 70.0 in Title of two: +10.0 (95% interval +7.2 to +12.8). +6 on Set goals" in page
        )


@pytest.mark.django_db
class TestWithAndWithout:
    def test_units_with_an_action_are_compared_with_the_others(self):
        changes = {("U0", "all", "B3"): 70, ("U1", "all", "B3"): 72, ("U2", "all", "B3"): 71}
        reports.published("one", units=UNITS, scores=dict.fromkeys(UNITS, 60.0))
        reports.published(
            "two",
            units=UNITS,
            scores=dict.fromkeys(UNITS, 60.0),
            changes={key: {"score": value} for key, value in changes.items()},
        )
        planned("A1", unit="U0")
        planned("A2", unit="U1")
        planned("A3", unit="U2")
        reach = queries.reach(reports.person(role="executive"))

        (found,) = comparisons(Action.objects.select_related("unit"), queries.published_cycles(), reach)

        assert sorted(found.with_action) == pytest.approx([10, 11, 12])
        assert sorted(found.without) == pytest.approx([0, 0, 0])
        assert found.gap is not None
        assert found.gap.value == pytest.approx(11)
        assert found.gap.clear

    def test_nobody_counts_twice_and_an_action_counts_for_the_units_below(self):
        before_and_after(70, unit="DEPOT")
        planned(unit="NORTH")
        reach = queries.reach(reports.person(role="executive"))

        (found,) = comparisons(Action.objects.select_related("unit"), queries.published_cycles(), reach)

        assert list(found.with_action) == pytest.approx([10])  # DEPOT, which is in NORTH
        assert list(found.without) == pytest.approx([0])  # SOUTH
        assert found.gap is not None
        assert (found.gap.low, found.gap.clear) == (None, False)

    def test_a_manager_compares_within_their_own_reach(self):
        before_and_after(70)
        planned(unit="DEPOT")
        manager = reports.person(unit="NORTH", role="manager")

        (found,) = comparisons(
            Action.objects.select_related("unit"), queries.published_cycles(), queries.reach(manager)
        )

        assert len(found.with_action) == 1
        assert found.without == []

    def test_the_difference_of_means_by_hand(self):
        # means 9 and 2, variances 2 and 2: se = √(1 + 1) = 1.4142, ν = 2, t = 4.3027 → ± 6.0849
        found = mean_difference([8, 10], [1, 3])

        assert found is not None
        assert found.value == 7
        assert found.high == pytest.approx(7 + 6.0849, abs=1e-3)
        assert found.clear
        assert mean_difference([], [1, 2]) is None


@pytest.mark.django_db
class TestPage:
    def test_what_worked_stands_first(self):
        units = dict(UNITS)
        reports.published("one", units=units, scores=dict.fromkeys(units, 60.0))
        reports.published(
            "two",
            units=units,
            scores=dict.fromkeys(units, 60.0),
            changes={("U0", "all", "B3"): {"score": 70}},
        )
        planned("A-NOT", unit="U1")
        planned("A-WORKED", unit="U0")

        page = page_of(reports.person(role="executive"))

        assert "1 of 2 measured actions came with a clear rise" in page
        assert page.index("Action A-WORKED") < page.index("Action A-NOT")
        assert "+10.0 in 1 unit with an action" not in page  # U1 has one, too
        assert "+5.0 in 2 units with an action, 0.0 in 4 units without." in page

    def test_an_empty_page_says_how_to_get_there(self):
        reports.published("one")

        page = page_of(reports.person(role="hr"))

        assert "by how many points its block should rise" in page

    def test_one_action_and_twenty_need_the_same_queries(self):
        before_and_after(70)
        client = Client()
        client.force_login(reports.person(role="executive"))

        def add(numbers: range) -> int:
            for number in numbers:
                planned(f"A{number}", unit="SOUTH" if number % 2 else "NORTH")
            client.get("/actions/-/effects/")
            with CaptureQueriesContext(connection) as taken:
                client.get("/actions/-/effects/")
            return len(taken)

        assert add(range(1)) == add(range(1, 20))
