"""Which units and people each role reaches, with its usual and with a narrowed reach."""

import pytest

from organisation import permissions
from organisation.models import Person, Unit
from tests.factories.organisation import PersonFactory, UnitFactory, root

pytestmark = pytest.mark.django_db


@pytest.fixture
def units() -> dict[str, Unit]:
    north = UnitFactory(code="NORTH")
    return {
        "ORG": root(),
        "NORTH": north,
        "NORTH1": UnitFactory(code="NORTH1", parent=north),
        "SOUTH": UnitFactory(code="SOUTH"),
    }


def codes(person: Person, action: str) -> set[str]:
    return set(Unit.objects.visible_to(person, action).values_list("code", flat=True))


@pytest.mark.parametrize("role", ["staff", "manager", "executive", "auditor"])
def test_roles_that_do_not_hold_an_action_reach_no_unit(units, role):
    person = PersonFactory(unit=units["NORTH"], roles=[role] if role != "staff" else [])
    assert codes(person, "unit.view") == set()
    assert not Person.objects.visible_to(person).exists()


@pytest.mark.parametrize("role", ["hr", "administrator"])
def test_hr_and_administrators_reach_everything(units, role):
    person = PersonFactory(unit=units["SOUTH"], roles=[role])
    assert codes(person, "unit.view") == set(units)


@pytest.mark.parametrize("role", ["hr", "administrator"])
def test_a_narrowed_reach_is_a_unit_and_those_below(units, role):
    person = PersonFactory(unit=units["SOUTH"], roles={role: units["NORTH"]})
    below = PersonFactory(unit=units["NORTH1"])
    assert codes(person, "unit.view") == {"NORTH", "NORTH1"}
    assert list(Person.objects.visible_to(person)) == [below]


def test_a_manager_reaches_the_own_unit_and_below(units):
    person = PersonFactory(unit=units["NORTH"], roles=["manager"])
    assert codes(person, "checklist.edit") == {"NORTH", "NORTH1"}


def test_a_managers_reach_can_be_another_unit(units):
    person = PersonFactory(unit=units["SOUTH"], roles={"manager": units["NORTH1"]})
    assert codes(person, "checklist.edit") == {"NORTH1"}


def test_two_roles_reach_what_each_reaches(units):
    person = PersonFactory(unit=units["SOUTH"], roles={"hr": None, "administrator": units["NORTH"]})
    assert codes(person, "unit.view") == set(units)
    assert codes(person, "unit.edit") == {"NORTH", "NORTH1"}


def test_only_a_reach_over_everything_passes_require_everywhere(units):
    permissions.require_everywhere(PersonFactory(roles=["administrator"]), "person.edit")
    narrowed = PersonFactory(roles={"administrator": units["NORTH"]})
    with pytest.raises(permissions.PermissionDenied):
        permissions.require_everywhere(narrowed, "person.edit")
