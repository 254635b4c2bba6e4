"""The business case beside block B2, on the pages of levels and of how a figure was made."""

import pytest

from organisation.models import Unit
from tests.factories.improvement import business_case
from tests.factories.reports import live_units, person, published

pytestmark = pytest.mark.django_db

WHY = "/dashboard/why/autumn/all/blocks/{}/{}/"
MAKE = "make the first"


@pytest.fixture(autouse=True)
def _published() -> None:
    live_units()
    published("autumn")


def page(client, who, address: str) -> str:
    client.force_login(who)
    return " ".join(client.get(address).content.decode().split())


def test_the_case_stands_beside_b2_and_beside_no_other_block(client):
    business_case("BC", unit=Unit.objects.get(code="ORG"), rework=(10, 20))
    executive = person(role="executive")

    assert "Case BC" in page(client, executive, WHY.format("B2", "NORTH"))
    assert "Case BC" not in page(client, executive, WHY.format("B1", "NORTH"))
    assert page(client, executive, "/dashboard/levels/?unit=NORTH").count(">Case BC<") == 1


def test_staff_see_the_figure_without_the_case(client):
    business_case("BC", unit=Unit.objects.get(code="ORG"), rework=(10, 20))
    found = page(client, person(unit="NORTH"), WHY.format("B2", "NORTH"))

    assert ("Why 61.0?" in found, "Case BC" in found, MAKE in found) == (True, False, False)


def test_who_may_make_one_for_the_unit_is_led_there_and_nobody_else(client):
    manager = person(unit="NORTH", role="manager", reaches="NORTH")
    business_case("BC", unit=Unit.objects.get(code="ORG"), rework=(10, 20))

    assert MAKE in page(client, manager, WHY.format("B2", "NORTH"))
    assert MAKE not in page(client, manager, WHY.format("B2", "ORG"))
