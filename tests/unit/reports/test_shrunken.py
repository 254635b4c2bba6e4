"""Own and shrunken scores: from shown figures of one level, side by side, and explained."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reports.shrunken import shrunken_page
from tests.factories.reports import live_units, person, published

pytestmark = pytest.mark.django_db
UNITS = {"ORG": None, "A": "ORG", "B": "ORG", "C": "ORG", "D": "ORG", "E": "ORG", "F": "E"}
SCORES = {"ORG": 50, "A": 40, "B": 50, "C": 60, "D": 70, "E": None, "F": 90}


def flat(changes=None, **more):
    """Four units with an error of 5 score points each, one that is hidden, and one further down."""
    errors = {(unit, "all", "B1"): {"score": SCORES[unit], "se": 0.2} for unit in "ABCD"}
    return published(units=UNITS, scores=SCORES, changes=errors | (changes or {}), **more)


def look(**query: str):
    return shrunken_page(person(role="executive"), query)


def table(found) -> dict[str, list[str]]:
    return {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in found.panels[0].table.rows}


def test_shrunken_scores_stand_beside_the_own_and_a_hidden_unit_has_neither():
    flat()

    found = table(look())

    assert list(found) == ["D", "C", "B", "A", "E"]
    assert [line[1] for line in found.values()][:4] == ["70.0", "60.0", "50.0", "40.0"]
    assert [line[3] for line in found.values()][:4] == ["69.3", "59.8", "50.3", "40.8"]
    assert set(found["E"]) == {"–"}


def test_the_page_says_how_far_units_lie_apart_with_and_without_chance_and_explains_it():
    flat()

    found = look()

    assert found.headline == "By their own scores units lie 30.0 points apart; with chance taken out, 28.5."
    assert "keeps small units from seeming best or worst by chance" in found.notes[0]


def test_fewer_than_four_shown_units_are_not_shrunk():
    flat({("D", "all", "B1"): None})

    found = look()

    assert "It takes 4 shown units" in found.headline
    assert table(found)["A"][3] == ""


def test_a_bound_of_a_unanimous_unit_is_left_as_it_is_and_draws_no_other():
    flat({("D", "all", "B1"): {"score": 87.5, "band": 1, "se": None}})

    assert table(look())["D"][1:5:2] == ["≥ 87.5", ""]


def test_each_level_is_looked_at_by_itself():
    flat()

    assert list(table(look(depth="2"))) == ["F"]


def test_before_the_first_publication_the_page_says_what_happens_next():
    live_units()
    client = Client()
    client.force_login(person(role="executive"))

    assert "No results yet" in client.get(reverse("shrunken")).content.decode()


def test_the_page_needs_the_same_queries_for_few_and_for_many_units():
    client = Client()
    flat()
    client.force_login(person(role="executive"))
    client.get(reverse("shrunken"))
    counts = []
    for more in (0, 40):
        extra = {f"X{number}": "ORG" for number in range(more)}
        published(f"c{more}", units=UNITS | extra, scores=SCORES | dict.fromkeys(extra, 55.0))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("shrunken"), {"cycle": f"c{more}"}).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]
