"""Hidden teams taken together: exactly what the unit above holds beyond its shown parts, and never more."""

import pytest
from django.urls import reverse

from reports import queries
from reports.facts import Facts
from reports.pooled import pooled
from tests.factories import reports as make

UNITS = {"ORG": None, "NORTH": "ORG", "DEPOT": "NORTH", "YARD": "NORTH", "SOUTH": "ORG"}
SHOWN = {"ORG": 60, "NORTH": 50, "DEPOT": 70, "YARD": None, "SOUTH": None}

pytestmark = pytest.mark.django_db


def people(**changes: object) -> dict[tuple[str, str, str], dict[str, object]]:
    """Say how many count in each shown unit, in every dimension; scores and more by unit."""
    heads = {"ORG": 50, "NORTH": 30, "DEPOT": 20}
    return {
        (unit, "all", dimension): {"n": n} | dict(changes.get(unit, {}))  # type: ignore[call-overload]
        for unit, n in heads.items()
        for dimension in ["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8"]
    }


def pools(cycle) -> dict[str, tuple[list[str], dict[str, tuple[float, int, int]]]]:
    """Return unit above → (its hidden teams, dimension → (score, n, band))."""
    (found,) = queries.published_cycles()
    tree = queries.tree(found)
    cells = queries.cells(
        found, whole=[], lenses=[], rows=[unit.position for unit in tree.units], lens="blocks"
    )
    facts = Facts(found, found.instrument.primary, cells, {}, {}, None)
    return {
        pool.unit.code: (
            [team.code for team in pool.teams],
            {code: (round(cell.score, 6), cell.n, cell.band) for code, cell in pool.cells.items()},
        )
        for pool in pooled(facts, tree.units)
    }


def test_other_teams_are_the_unit_less_its_shown_parts():
    found = pools(make.published(units=UNITS, scores=SHOWN, changes=people()))

    assert found["NORTH"][0] == ["YARD"]
    assert found["NORTH"][1]["B1"] == ((30 * 50 - 20 * 70) / 10 + 0.0, 10, 0)
    assert found["ORG"][0] == ["SOUTH"]
    assert found["ORG"][1]["B1"] == ((50 * 60 - 30 * 50) / 20, 20, 0)


def test_where_every_team_is_shown_there_is_nothing_to_take_together():
    shown = {"ORG": 60, "NORTH": 50, "DEPOT": 70, "YARD": 55, "SOUTH": 40}

    assert pools(make.published(units=UNITS, scores=shown)) == {}


def test_a_bound_tells_nothing_exact_so_nothing_is_worked_out_from_it():
    changes = people(DEPOT={"n": 8, "score": 87.5, "band": 1})

    assert "NORTH" not in pools(make.published(units=UNITS, scores=SHOWN, changes=changes))


@pytest.mark.parametrize("part", [26, 30])
def test_fewer_than_k_are_told_to_nobody(part):
    changes = people(DEPOT={"n": part})

    assert "NORTH" not in pools(make.published(units=UNITS, scores=SHOWN, changes=changes))


def test_a_small_group_that_agrees_is_given_as_a_bound():
    changes = people(NORTH={"n": 26, "score": (20 * 70 + 6 * 95) / 26})

    found = pools(make.published(units=UNITS, scores=SHOWN, changes=changes))

    assert found["NORTH"][1]["B1"] == (87.5, 6, 1)


def test_a_dimension_shown_in_other_parts_has_no_cell():
    changes = people() | {("DEPOT", "all", "B2"): None}

    found = pools(make.published(units=UNITS, scores=SHOWN, changes=changes))

    assert set(found["NORTH"][1]) == {"B1", "B3", "B4", "B5", "B6", "B7", "B8"}


def test_the_page_names_the_teams_and_says_that_they_count(client):
    make.published(units=UNITS, scores=SHOWN, changes=people())
    client.force_login(make.person(role="executive"))

    page = client.get(reverse("dashboard")).content.decode()

    assert "Other teams of North" in page
    assert "The answers of 2 teams that are too small to be shown count here" in page


def test_a_manager_sees_the_pools_of_the_own_subtree_alone(client):
    make.published(units=UNITS, scores=SHOWN, changes=people())
    client.force_login(make.person(unit="NORTH", role="manager"))

    page = client.get(reverse("dashboard_unit", args=["NORTH"])).content.decode()

    assert "Other teams of North" in page
    assert "Other teams of Org" not in page
