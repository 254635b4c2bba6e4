"""The heat map: every unit in reach with its numbers, sorted by the address, what is hidden marked and last."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories.reports import UNITS, live_units, person, published

pytestmark = pytest.mark.django_db


def visit(query: dict[str, str] | None = None, **who):
    client = Client()
    client.force_login(person(**({"role": "executive"} | who)))
    return client.get(reverse("heat_map"), query or {})


def rows(response) -> dict[str, list[str]]:
    """Unit → what its cells say, in the order of the page."""
    body = re.search(r"<tbody>(.*?)</tbody>", response.content.decode(), re.S)[1]
    found = {}
    for line in re.findall(r"<tr>(.*?)</tr>", body, re.S):
        cells = [
            unescape(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<t[hd].*?</t[hd]>", line, re.S)
        ]
        found[cells[0]] = cells[1:]
    return found


def test_every_unit_has_a_row_with_its_scores_and_answers():
    published()

    shown = rows(visit())

    assert list(shown) == ["Org", "North", "Depot", "South"]
    assert shown["North"] == ["61"] * 9 + ["50 of 60"]


def test_a_unit_that_may_not_be_shown_says_so_in_every_cell():
    published(scores={"ORG": 58, "NORTH": None, "DEPOT": 64, "SOUTH": 47})

    shown = rows(visit())

    assert shown["North"] == ["– not shown"] * 9 + ["–"]


def test_sorting_by_a_block_puts_the_largest_first_and_what_is_hidden_last():
    published(
        scores={"ORG": 58, "NORTH": None, "DEPOT": 64, "SOUTH": 47},
        changes={("ORG", "all", "B2"): {"score": 9}},
    )

    falling, rising = rows(visit({"sort": "-B2"})), rows(visit({"sort": "B2"}))

    assert list(falling) == ["Depot", "South", "Org", "North"]
    assert list(rising) == ["Org", "South", "Depot", "North"]


def test_an_unknown_sort_key_leaves_the_order_of_the_tree():
    published()

    assert list(rows(visit({"sort": "-nonsense"}))) == ["Org", "North", "Depot", "South"]


def test_depth_audience_and_lens_choose_what_is_shown():
    cycle = published()
    lens = cycle.framework.instrument.lenses[1]

    response = visit({"depth": "1", "audience": "manager", "lens": lens.code})

    shown = rows(response)
    assert list(shown) == ["Org", "North", "South"]
    assert shown["North"][:-1] == ["64"] * (1 + len(lens.dimensions))


@pytest.mark.parametrize(
    "query", [{"depth": "x"}, {"audience": "all of them"}, {"lens": "none"}, {"unit": "none"}]
)
def test_an_address_that_names_nothing_is_not_found(query):
    published()

    assert visit(query).status_code == 404


def test_a_manager_sees_the_own_subtree_and_no_unit_beside_it():
    published()

    shown = rows(visit(unit="NORTH", role="manager"))

    assert list(shown) == ["North", "Depot"]


def test_a_sorted_page_says_that_the_order_is_no_ranking_where_differences_are_noise():
    published(changes={("ORG", "all", "ALL"): {"icc2": 0.4}})

    body = visit({"sort": "-ALL"}).content.decode()

    assert "differences between units are within noise" in body


def test_a_bound_keeps_its_sign():
    published(changes={("NORTH", "all", "B1"): {"score": 87.5, "band": 1}})

    assert rows(visit())["North"][1] == "≥ 88"


def test_a_hostile_name_is_written_as_text():
    published(names={"NORTH": "<b>North</b>"})

    assert "<b>North</b>" not in visit().content.decode()


def test_before_the_first_publication_the_page_says_what_happens_next():
    live_units()

    assert "No results yet" in visit().content.decode()


def test_the_page_needs_the_same_queries_for_few_and_for_many_units(django_assert_num_queries):
    many = {**UNITS, **{f"U{number}": "SOUTH" for number in range(40)}}
    published(units=many, scores=dict.fromkeys(many, 50.0))
    client = Client()
    client.force_login(person(role="executive"))
    client.get(reverse("heat_map"))

    with django_assert_num_queries(7):
        client.get(reverse("heat_map"), {"depth": "9"})


@pytest.mark.parametrize("audience", ["all", "evidence"])
def test_each_number_leads_to_how_it_was_made(audience):
    published()

    response = visit({"audience": audience})
    links = re.findall(r'<td class="heat[^"]*"><a href="([^"]+)">', response.content.decode())

    assert len(links) == 4 * 9
    for link in (links[0], links[-1]):
        assert f"/{audience}/blocks/" in link
        assert response.client.get(link).status_code == 200
