"""Statements, priorities, comparisons and benchmarks: what they say, to whom, and what they must not give away."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from assessments.models import Analysis, Cycle, Distribution, Release
from reports.benchmarks import benchmarks_page
from reports.compare import compare_page
from reports.priorities import priorities_page
from reports.services.norms import import_norms
from reports.standing import in_words, place
from reports.statements import statements_page
from tests.factories import improvement
from tests.factories.reports import live_units, person, published

pytestmark = pytest.mark.django_db

PAGES = ("statements", "priorities", "compare", "benchmarks")
FLAT = {"ORG": None, "A": "ORG", "B": "ORG", "C": "ORG", "D": "ORG", "E": "ORG"}


def executive():
    return person(role="executive")


def get(name: str, query: dict[str, str] | None = None, **who):
    client = Client()
    client.force_login(person(**({"role": "executive"} | who)))
    return client.get(reverse(name), query or {})


def answered(cycle: Cycle, item: str, counts: list[int], unit: str = "ORG", audience: str = "staff") -> None:
    Distribution.objects.create(
        release=Release.objects.get(cycle=cycle),
        unit=cycle.units.get(code=unit),
        audience=audience,
        item=item,
        counts=counts,
        missing=0,
    )


def driven(cycle: Cycle, **shares: float) -> None:
    rows = [
        {"block": block, "share": share, "low": share / 2, "high": min(1, share * 2)}
        for block, share in shares.items()
    ]
    result = {"drivers": rows, "n": 200, "r2": 0.5, "r2_low": 0.4, "r2_high": 0.6}
    Analysis.objects.create(
        release=Release.objects.get(cycle=cycle), kind=Analysis.Kind.DRIVERS, result=result
    )


@pytest.mark.parametrize("name", PAGES)
def test_before_the_first_publication_the_page_says_what_happens_next(name):
    live_units()

    assert "No results yet" in get(name).content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_a_manager_finds_no_unit_beside_the_own_and_staff_only_the_organisation_and_theirs(name):
    published()

    assert get(name, {"unit": "SOUTH"}, role="manager", unit="NORTH").status_code == 404
    assert get(name, {"unit": "DEPOT"}, role="manager", unit="NORTH").status_code == 200
    assert get(name, {"unit": "SOUTH"}, role="", unit="NORTH").status_code == 404
    assert get(name, {}, role="", unit="NORTH").status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_an_unpublished_cycle_is_not_found(name):
    published()
    published("hidden", visible=False)

    assert get(name, {"cycle": "hidden"}).status_code == 404


# Statements


def test_a_statement_stands_with_its_shares_and_a_reversed_one_is_turned_round():
    cycle = published()
    items = [item for item in cycle.framework.instrument.closed_items("staff") if item.dimensions]
    plain, turned = items[0], next(item for item in items if item.reverse)
    answered(cycle, plain.code, [0, 0, 5, 10, 5])
    answered(cycle, turned.code, [8, 2, 0, 0, 0])

    panel = statements_page(executive(), {}).panels[0]

    shares = {row.cells[0].text: [cell.value for cell in row.cells[4:9]] for row in panel.table.rows}
    assert shares[str(plain.text)] == [0, 0, 25, 50, 25]
    assert shares[str(turned.text)] == [0, 0, 0, 20, 80]
    assert (
        f"2 of {len(cycle.framework.instrument.closed_items('staff'))} statements are shown" in panel.sentence
    )


def test_bars_of_a_statement_part_in_the_middle_of_the_scale():
    cycle = published()
    item = next(item for item in cycle.framework.instrument.closed_items("staff") if not item.reverse)
    answered(cycle, item.code, [1, 1, 2, 3, 3])

    figure = statements_page(executive(), {}).panels[0].figure

    assert [trace["base"][0] for trace in figure["data"]] == [-30, -20, -10, 10, 40]
    assert [trace["x"][0] for trace in figure["data"]] == [10, 10, 20, 30, 30]


def test_where_no_statement_may_be_shown_the_page_says_where_to_look():
    published()

    page = get("statements")

    assert "Nothing can be shown here" in page.content.decode()
    assert "data-figure" not in page.content.decode()


@pytest.mark.parametrize("query", [{"audience": "evidence"}, {"block": "B99"}])
def test_an_unknown_audience_or_block_is_not_found(query):
    published()

    assert get("statements", query).status_code == 404


# Priorities


def test_without_drivers_the_widest_gap_comes_first():
    published(changes={("ORG", "all", "B2"): {"score": 41}})

    page = priorities_page(executive(), {})

    assert (
        page.headline
        == "Org wins most by beginning with Make a business case: 19 points short of Aligned (60)."
    )
    assert next(row.cells[0].text for row in page.panels[0].table.rows) == "Make a business case"


def test_with_drivers_a_gap_counts_as_much_as_its_block_goes_with_the_outcome():
    cycle = published(changes={("ORG", "all", "B2"): {"score": 41}, ("ORG", "all", "B6"): {"score": 50}})
    blocks = {f"B{number}": 0.05 for number in range(1, 9)} | {"B6": 0.65}
    driven(cycle, **blocks)

    page = priorities_page(executive(), {})

    assert "Develop customer focus" in page.headline
    assert "not causes" in page.panels[0].sentence
    assert page.panels[0].figure["data"][0]["y"][5] == 65


def test_the_target_of_a_goal_counts_before_the_next_level_and_is_named():
    published()
    improvement.goal("G1", title="Know what failure costs", block="B2", target_score=90)

    page = priorities_page(executive(), {})

    assert page.headline.endswith(
        "Make a business case: 32 points short of the goal “Know what failure costs” (90)."
    )


# Compare


def sides(query: dict[str, str], who=None) -> dict[str, tuple[str, str, str]]:
    page = compare_page(who or executive(), query)
    return {
        row.cells[0].text: tuple(cell.text for cell in row.cells[1:4]) for row in page.panels[0].table.rows
    }


def test_two_units_stand_side_by_side_with_their_difference():
    published()

    assert sides({"unit": "NORTH", "with": "SOUTH"})["Set goals"] == ("61.0", "47.0", "+14.0")


def test_two_cycles_of_a_unit_stand_side_by_side():
    published("first", scores={"ORG": 50})
    published("second", scores={"ORG": 60})

    page = compare_page(executive(), {"unit": "ORG", "with": "@first"})

    assert page.headline == "Title of second stands 10 points above Title of first."


def test_the_average_of_others_is_that_of_the_shown_units_of_the_level():
    published(units=FLAT, scores={"ORG": 50, "A": 60, "B": 40, "C": 50, "D": None, "E": 51})

    shown = sides({"unit": "A", "with": "@others"})

    assert shown["Set goals"] == ("60.0", "47.0", "+13.0")


def test_the_average_tells_a_manager_no_single_unit_that_is_not_theirs():
    published(units=FLAT, scores={"ORG": 50, "A": 60, "B": 40, "C": 50, "D": None, "E": None})

    two_beyond = sides({"unit": "A", "with": "@others"}, person(role="manager", unit="A"))

    assert two_beyond["Set goals"][1] == "–"


def test_the_average_is_told_to_a_manager_where_three_others_or_more_are_in_it():
    published(units=FLAT, scores={"ORG": 50, "A": 60, "B": 40, "C": 50, "D": 54, "E": None})

    three_beyond = sides({"unit": "A", "with": "@others"}, person(role="manager", unit="A"))

    assert three_beyond["Set goals"][1] == "48.0"


@pytest.mark.parametrize("wanted", ["NOWHERE", "@nowhere"])
def test_comparing_with_what_is_not_there_is_not_found(wanted):
    published()

    assert get("compare", {"unit": "NORTH", "with": wanted}).status_code == 404


# Benchmarks

NORMS = "norm,title,source,block,percentile,score\n" + "".join(
    f"peers,Peers 2026,A study,B1,{percentile},{score}\n"
    for percentile, score in [(10, 30), (25, 40), (50, 50), (75, 60), (90, 70)]
)


def test_a_place_in_a_norm_is_told_in_organisations_and_never_in_per_cent():
    published(scores={"ORG": 60})
    import_norms(NORMS.encode(), file="norms.csv")

    body = get("benchmarks").content.decode()

    assert "ahead of about 8 in 10 organisations" in body
    told = re.sub(r"<script.*?</script>", "", body, flags=re.S)
    assert "percentile" not in told
    assert not re.search(r"organisations[^.]{0,20}%", told)


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (29, "among the lowest 1 in 10"),
        (30, "ahead of about 1 in 10 organisations"),
        (50, "in the middle: ahead of about 5 in 10 organisations"),
        (64, "ahead of about 8 in 10 organisations"),
        (71, "among the highest 1 in 10"),
    ],
)
def test_places_are_told_in_tenths(score, words):
    points = [(10, 30.0), (25, 40.0), (50, 50.0), (75, 60.0), (90, 70.0)]

    assert in_words(place(score, points), points) == words


def test_history_and_the_average_of_the_units_below_stand_beside_each_block():
    published("first", scores={"ORG": 50, "NORTH": 50, "SOUTH": 50})
    published("second", scores={"ORG": 60, "NORTH": 64, "DEPOT": 99, "SOUTH": 56})

    panel = benchmarks_page(executive(), {}).panels[0]

    assert [cell.text for cell in panel.table.rows[0].cells[1:]] == ["60.0", "50.0", "+10.0", "60.0", "60.0"]


def test_without_a_norm_the_page_says_so():
    published()

    assert "No norm is loaded" in get("benchmarks").content.decode()


def test_hostile_names_reach_no_page_as_markup():
    hostile = "</script><b>x"
    published(names={"NORTH": hostile})

    for name in PAGES:
        body = get(name, {"unit": "NORTH"}).content.decode()
        assert hostile not in body
        for figure in re.findall(r'type="application/json">(.*?)</script>', body, re.S):
            assert hostile not in json.dumps(json.loads(figure))


def test_agreement_stands_beside_the_distributions_of_a_block_that_is_shown_whole():
    cycle = published()
    items = [
        one.code
        for one in cycle.framework.instrument.closed_items("staff")
        if one.dimensions.get("blocks") == "B1"
    ]
    for item in items:
        answered(cycle, item, [0, 0, 5, 20, 5])
    answered(cycle, "S06", [0, 0, 5, 20, 5])  # of another block, of which the rest is not shown

    found = statements_page(executive(), {"audience": "staff"})
    agreement = found.panels[1].table

    assert [row.cells[0].text for row in agreement.rows] == ["Define customer focus"]
    assert agreement.rows[0].cells[1].text == "0.83"
    assert "people agree beyond chance" in agreement.rows[0].cells[2].text
    assert "two camps" in agreement.note
