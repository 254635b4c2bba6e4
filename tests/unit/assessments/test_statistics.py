"""What a release tells beside the scores: made at scoring, protected, checked from outside."""

from collections import Counter
from itertools import groupby

import numpy as np
import pytest

from assessments.models import Analysis, Cycle, Distribution, Response
from assessments.queries import recompute
from assessments.scoring.drivers import lmg, sums_of
from assessments.services import release_checks, statistics
from cfm.lib import jobs
from tests.factories.statistics import CARELESS, ITEMS, published_with_statistics, varied

pytestmark = pytest.mark.django_db


def analysis(cycle: Cycle, kind: str) -> Analysis:
    return Analysis.objects.get(release__cycle=cycle, kind=kind)


def offences(cycle: Cycle) -> str:
    return "\n".join(one for check in release_checks.check_releases(cycle) for one in check.offences)


def some_careless(n):
    """The first so many people of each unit's staff chose one option throughout; nobody else did."""

    def codes(invitation, number):
        if invitation.audience == "staff" and number < n:
            return CARELESS
        plain = varied(invitation, number)
        longest = max(len(list(run)) for _code, run in groupby(plain))
        return plain if longest < 5 else "123451234"

    return codes


def without_an_outcome(n):
    """So many people did not answer the outcome."""
    return lambda invitation, number: (
        varied(invitation, number)[:-1] + ("0" if number < n else varied(invitation, number)[-1])
    )


def test_distributions_are_the_counts_of_the_answers():
    cycle = published_with_statistics()

    for row in Distribution.objects.filter(release__cycle=cycle).select_related("unit"):
        place = ITEMS - 1 if row.item[1] == "O" else int(row.item[1:]) - 1
        responses = Response.objects.filter(cycle=cycle).select_related("unit")
        inside = [
            one.codes[place]
            for one in responses
            if row.unit.code in {"ORG", one.unit.code} and row.audience in {"all", one.audience}
        ]
        assert row.counts == [Counter(inside)[str(point)] for point in range(1, 6)]
    shown = Counter(Distribution.objects.filter(release__cycle=cycle).values_list("unit__code", "audience"))
    assert shown["ORG", "all"] == shown["NORTH", "all"] == ITEMS


def test_drivers_are_those_of_the_people_who_count_in_everything():
    cycle = published_with_statistics()
    people = np.array([[int(code) for code in one.codes] for one in Response.objects.filter(cycle=cycle)])
    scores = np.column_stack([people[:, :4].mean(axis=1), people[:, 4:8].mean(axis=1), people[:, 8]])
    parts, r2 = lmg(sums_of(scores))

    found = analysis(cycle, "drivers").result

    assert found["n"] == len(people) == 93
    assert found["r2"] == pytest.approx(float(r2), abs=1e-9)
    assert [row["share"] for row in found["drivers"]] == pytest.approx((parts / r2).tolist(), abs=1e-9)
    assert found["drivers"][1]["low"] > found["drivers"][0]["share"]


def test_drivers_need_enough_people_and_an_outcome():
    few = published_with_statistics(people={"NORTH": (30, 8), "SOUTH": (20, 7)})
    plain = published_with_statistics(outcome=False, codes=lambda *who: varied(*who)[:-1])

    assert analysis(few, "drivers").result == {"withheld": "few", "needed": 66}
    assert analysis(plain, "drivers").result == {"withheld": "no_outcome"}


def test_where_one_person_must_stay_out_of_drivers_others_do_too():
    cycle = published_with_statistics(codes=without_an_outcome(1))

    assert 93 - 5 * 4 <= analysis(cycle, "drivers").result["n"] <= 93 - 5


def test_five_people_who_must_stay_out_of_drivers_are_enough():
    cycle = published_with_statistics(codes=without_an_outcome(5))

    assert analysis(cycle, "drivers").result["n"] == 93 - 5


def test_drivers_are_withheld_where_nobody_can_be_protected(monkeypatch):
    monkeypatch.setattr(statistics, "_MOST_LEFT_OUT", 0)

    cycle = published_with_statistics(codes=without_an_outcome(1))

    assert analysis(cycle, "drivers").result == {"withheld": "left_out"}
    assert analysis(cycle, "drivers").basis == {}


@pytest.mark.parametrize("n", [1, 4])
def test_fewer_than_five_careless_people_are_not_told(n):
    cycle = published_with_statistics(codes=some_careless(n))

    row = analysis(cycle, "careless")

    assert (row.result, row.basis) == ({"withheld": "left_out"}, {})


def test_five_careless_people_are_told_with_the_scores_without_them():
    cycle = published_with_statistics(codes=some_careless(6))
    kept = [one.codes for one in Response.objects.filter(cycle=cycle) if one.codes != CARELESS]

    found = analysis(cycle, "careless").result

    assert (found["n"], found["flagged"]) == (93, 6)
    scores = {row["dimension"]: row["score"] for row in found["scores"]}
    means = [np.mean([[int(code) for code in codes[:4]] for codes in kept])]
    assert scores["B1"] == pytest.approx(25 * (means[0] - 1))
    assert all(row["n"] == len(kept) for row in found["scores"])


def test_nobody_careless_changes_no_score():
    cycle = published_with_statistics(codes=some_careless(0))

    found = analysis(cycle, "careless").result

    assert found["flagged"] == 0
    stored = cycle.releases.get().figures.get(unit__parent_position=-1, audience="all", dimension="B1")
    assert {row["dimension"]: row["score"] for row in found["scores"]}["B1"] == pytest.approx(stored.score)


def test_a_second_scoring_of_the_same_answers_gives_the_same_statistics():
    cycle = published_with_statistics(codes=some_careless(6))
    before = told(cycle)
    Cycle.objects.filter(pk=cycle.pk).update(state=Cycle.State.SCORED)

    jobs.enqueue("cycle.score", key=f"{cycle.code}-again", cycle=cycle.pk)
    jobs.run_waiting()

    assert cycle.releases.count() == 2
    assert told(cycle, number=2) == before


def told(cycle, number=1):
    release = cycle.releases.get(number=number)
    rows = release.distributions.values_list("unit_id", "audience", "item", "counts", "missing")
    results = release.analyses.values_list("kind", "result", "basis")
    return sorted(map(str, rows)), sorted(map(str, results))


def test_a_release_with_statistics_passes_every_check_and_is_proved_again():
    cycle = published_with_statistics(codes=some_careless(6))
    release = cycle.releases.get()

    assert offences(cycle) == ""
    for again in (recompute.drivers_again(release), recompute.careless_again(release)):
        assert again
        assert all(one.holds for one in again)
    assert set(recompute.distributions_again(release, position=0, audience="all").values()) == {True}


def test_the_check_names_what_was_changed_behind_the_products_back():
    cycle = published_with_statistics(codes=some_careless(6))
    row = Distribution.objects.filter(release__cycle=cycle, unit__code="NORTH", audience="all").first()
    row.counts[0] += 1
    row.save()
    for kind, name in (("drivers", "r2"), ("careless", "flagged")):
        found = analysis(cycle, kind)
        found.result[name] += 1
        found.save()

    said = offences(cycle)

    assert f"NORTH/all/{row.item}" in said
    assert "1: drivers" in said
    assert "1: careless" in said
    assert not recompute.drivers_again(cycle.releases.get())[0].holds


def test_the_check_names_a_distribution_that_tells_of_too_few():
    """One person of NORTH did not answer the first statement; its distribution there is added by hand."""
    cycle = published_with_statistics(
        codes=lambda invitation, number: ("0" if not number else "4") + varied(invitation, number)[1:]
    )
    hidden = Distribution.objects.filter(release__cycle=cycle, item="S1")
    told_of = set(hidden.values_list("unit__code", flat=True))
    missing = next(code for code in ("NORTH", "SOUTH") if code not in told_of)

    release = cycle.releases.get()
    unit = cycle.units.get(code=missing)
    Distribution.objects.create(
        release=release, unit=unit, audience="all", item="S1", counts=[0, 0, 0, 40, 0], missing=1
    )

    assert f"{missing}/S1: 1 (missing)" in offences(cycle)
