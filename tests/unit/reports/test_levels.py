"""The page of levels: the gated level, each block's way to the next one, evidence, verdicts and the claim gap."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from assessments.models import ChecklistEntry, Cycle
from organisation.models import Unit
from reports.queries import Cell
from reports.rungs import Claim, claim_of
from tests.factories.reports import UNITS, framework, person, published
from tests.unit.reports.test_reports_pages import figures_of, signed_in, text_of

pytestmark = pytest.mark.django_db

LEVELS = "levels"
HOLDS = "holds the level back"


def page_of(client: Client, **query: str):
    return client.get(reverse(LEVELS), query)


def between(text: str, start: str, end: str) -> str:
    return text[text.index(start) :].split(end)[0]


def entry(cycle: Cycle, unit: str, component: str, state: str, **more) -> None:
    ChecklistEntry.objects.create(
        cycle=cycle, unit=cycle.units.get(code=unit), key_component=component, state=state, **more
    )


@pytest.mark.parametrize(
    ("who", "unit"),
    [
        ({"role": "executive"}, "Org"),
        ({"unit": "SOUTH", "role": "manager"}, "South"),
        ({"unit": "SOUTH"}, "Org"),
    ],
)
def test_everyone_starts_where_their_results_begin(who, unit):
    published(scores={"ORG": 58, "SOUTH": 58})

    assert f"{unit} reaches level 3 in every block: Committed." in text_of(page_of(signed_in(**who)))


def test_the_block_that_holds_the_level_back_is_named_and_marked():
    published(changes={("ORG", "all", "B2"): {"score": 35}, ("ORG", "all", "B3"): {"score": 85}})

    text = text_of(page_of(signed_in(role="executive")))

    assert "Org reaches level 2 in every block: Aware." in text
    assert "To reach Committed (level 3), Make a business case must rise." in text
    assert text.count(HOLDS) == 1
    assert HOLDS in between(text, "Make a business case Level 2", "Set goals")


def test_a_block_says_what_is_and_what_the_next_level_asks():
    published(scores={"ORG": 58})
    page = page_of(signed_in(role="executive"))
    block = framework().instrument.blocks[0]

    text = between(text_of(page), "Define customer focus Level 3", "Make a business case Level")

    assert str(block.descriptors[3]) in text
    assert f"To reach Aligned: {block.descriptors[4]}" in text
    assert "2.0 points to go" in text
    assert "(composite): level 3, Committed" in text


def test_at_the_top_nothing_more_is_asked():
    published(scores={"ORG": 90})

    text = text_of(page_of(signed_in(role="executive")))

    assert "That is the highest level." in text
    assert HOLDS not in text
    assert "To reach" not in text


def test_too_few_answers_hide_the_level_and_say_so():
    published(scores={"ORG": 58, "NORTH": None})

    text = text_of(page_of(signed_in(role="executive"), unit="NORTH"))

    assert "The level of North can't be shown" in text
    assert "fewer than 5 answers: not shown" in text
    assert HOLDS not in text


def test_a_block_that_is_not_shown_leaves_the_unit_without_a_level():
    published(changes={("NORTH", "all", "B4"): None})

    text = text_of(page_of(signed_in(role="executive"), unit="NORTH"))

    assert "The level of North can't be shown" in text
    assert "fewer than 5 answers" in between(text, "Make it everyone's business", "Cultivate competencies")


@pytest.mark.parametrize(
    ("said", "evidence", "expected"),
    [
        (Cell(60.0, ci_low=55.0, ci_high=65.0), Cell(50.0), Claim(10.0, 0, True)),
        (Cell(60.0, ci_low=55.0, ci_high=65.0), Cell(56.0), Claim(4.0, 0, False)),
        (Cell(40.0, ci_low=38.0, ci_high=42.0), Cell(70.0), Claim(-30.0, 0, True)),
        (Cell(60.0), Cell(20.0), Claim(40.0, 0, False)),
        (Cell(87.5, band=1), Cell(50.0), Claim(37.5, 1, True)),
        (Cell(87.5, band=1), Cell(100.0), Claim(-12.5, 1, False)),
        (Cell(12.5, band=-1), Cell(50.0), Claim(-37.5, -1, True)),
        (None, Cell(50.0), None),
        (Cell(60.0), None, None),
        (Cell(None), Cell(50.0), None),
    ],
)
def test_the_claim_gap_is_answers_minus_evidence_and_clear_beyond_noise(said, evidence, expected):
    assert claim_of(said, evidence) == expected


def test_what_is_said_stands_beside_what_can_be_shown():
    published(
        changes={("ORG", "evidence", "B5"): {"score": 20, "n": 7}, ("ORG", "evidence", "B6"): {"score": 80}}
    )

    response = page_of(signed_in(role="executive"))

    text = text_of(response)
    assert (
        "Answers run ahead of evidence in 7 of 8 blocks, furthest in Cultivate competencies: 58 said, 20 shown."
        in text
    )
    assert "More can be shown than is said in Develop customer focus." in text
    names = [trace.get("name") for trace in figures_of(response)["claim"]["data"]]
    assert {"All answers", "Evidence"} <= set(names)


def test_without_evidence_the_page_says_that_nothing_can_be_compared():
    blocks = [f"B{number}" for number in range(1, 9)]
    gone = {
        ("ORG", audience, code): None for audience in ("evidence", "composite") for code in [*blocks, "ALL"]
    }
    published(changes=gone)

    response = page_of(signed_in(role="executive"))

    assert "Answers and evidence can't be compared here" in text_of(response)
    assert "Not every block has a composite." in text_of(response)
    assert "claim" not in figures_of(response)


def test_verdicts_of_the_units_below_stand_beside_the_figure_and_change_none():
    cycle = published()
    page = page_of(signed_in(role="executive"))
    entry(cycle, "ORG", "KC01", "in_place", verdict="confirmed", verdict_at=cycle.closed_at)
    entry(cycle, "DEPOT", "KC01", "partly", verdict="not_confirmed", verdict_at=cycle.closed_at)
    entry(cycle, "DEPOT", "KC21", "not_applicable", verdict="confirmed", verdict_at=cycle.closed_at)
    entry(cycle, "SOUTH", "KC02", "partly")

    rows = {unit: csv_of(unit)["B1"] for unit in ("ORG", "NORTH", "SOUTH")}

    assert {unit: (row["confirmed"], row["not_confirmed"]) for unit, row in rows.items()} == {
        "ORG": ("1", "1"),
        "NORTH": ("0", "1"),
        "SOUTH": ("0", "0"),
    }
    assert figures_of(page_of(signed_in(role="executive"))) == figures_of(page)


def csv_of(unit: str) -> dict[str, dict[str, str]]:
    response = signed_in(role="executive").get(reverse("levels_csv"), {"unit": unit})
    rows = csv.DictReader(io.StringIO(b"".join(response).decode()))
    return {row["block"]: row for row in rows}


def test_the_file_has_a_row_a_block_with_full_figures():
    published(changes={("ORG", "all", "B2"): {"score": 35}})

    rows = csv_of("ORG")

    assert list(rows) == [f"B{number}" for number in range(1, 9)]
    assert rows["B1"]["score"] == "58"
    assert (rows["B1"]["points_to_next"], rows["B1"]["claim_gap"], rows["B1"]["holds_back"]) == (
        "2",
        "10",
        "0",
    )
    assert (rows["B2"]["level_name"], rows["B2"]["holds_back"]) == ("Aware", "1")
    assert (rows["B1"]["evidence"], rows["B1"]["composite"], rows["B1"]["composite_level"]) == (
        "48",
        "55",
        "3",
    )


def test_who_may_see_the_checklist_is_told_what_is_missing_and_led_to_it():
    old = published("old", scores={"ORG": 58, "NORTH": 58})
    new = published("new", state=Cycle.State.OPEN, visible=False)
    entry(old, "NORTH", "KC01", "planned")
    entry(old, "NORTH", "KC21", "in_place")
    manager = signed_in(unit="NORTH", role="manager")

    mine = text_of(page_of(manager))
    links = page_of(manager).content.decode()
    theirs = text_of(page_of(signed_in(role="executive"), unit="NORTH"))

    first = between(mine, "Define customer focus Level", "Make a business case Level")
    assert "KC01 Customers are named (planned)" in first
    assert "KC21" not in first
    assert "(nothing said yet)" in first
    assert reverse("checklist_entry", args=[new.code, "NORTH", "KC01"]) in links
    assert "Not in place here yet" not in theirs


def test_units_are_listed_with_their_levels_within_reach_only():
    published(changes={("DEPOT", "all", "B7"): {"score": 30}}, scores={"ORG": 58, "NORTH": 61, "DEPOT": 64})

    whole = text_of(page_of(signed_in(role="executive")))
    north = text_of(page_of(signed_in(unit="NORTH", role="manager")))

    table = between(whole, "Held back by", "is not shown:")
    assert "Depot 4 Aligned 2 Aware Reward and celebrate" in table
    assert "South – not shown – not shown" in table
    assert "South" not in north


def test_before_the_first_publication_the_page_says_what_happens():
    Unit.objects.create(code="ORG", name="Org")

    response = page_of(signed_in(role="executive"))

    assert "No results yet" in text_of(response)
    assert signed_in(role="executive").get(reverse("levels_csv")).status_code == 404


def test_the_page_needs_the_same_queries_for_four_and_for_forty_units(
    django_assert_max_num_queries, django_assert_num_queries
):
    published("few")
    client = signed_in(role="hr")
    page_of(client, cycle="few")
    with django_assert_max_num_queries(22) as counted:
        page_of(client, cycle="few")
    many = UNITS | {f"U{number}": "SOUTH" for number in range(36)}
    cycle = published("many", units=many, scores=dict.fromkeys(many, 60))
    for component in ("KC01", "KC02", "KC03"):
        entry(cycle, "ORG", component, "planned", owner=person())

    with django_assert_num_queries(len(counted.captured_queries)):
        page_of(client, cycle="many")
