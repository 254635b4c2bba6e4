"""Who read my ratings: every reading by others is written down with its reason, and the person can look it up."""

import pytest
from django.test import Client

from assessments.models import Cycle
from cfm.lib.models import AuditEvent
from organisation.models import Person
from tests.factories.assessments import open_cycle
from tests.factories.competencies import competency, imported
from tests.factories.organisation import PersonFactory, UnitFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle() -> Cycle:
    competency("C1")
    return open_cycle(code="spring", people={"ORG": (1, 1)}, units={"ORG": None})


@pytest.fixture
def ada(cycle: Cycle) -> Person:
    boss = PersonFactory(person_id="M1", name="Mona Manager", roles=["manager"])
    person = PersonFactory(person_id="A1", name="Ada", manager=boss)
    imported(cycle, person, "manager", {"C1": 1})
    return person


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def readers(person: Person) -> str:
    return browser(person).get("/me/readers/").content.decode()


def readings() -> list[tuple[str, int | None]]:
    return list(AuditEvent.objects.filter(action__contains="read").values_list("action", "actor"))


def test_nobody_has_read_anything_at_first(ada):
    assert "Nobody yet" in readers(ada)


@pytest.mark.parametrize("path", ["/competencies/ratings/spring/A1/", "/competencies/ratings/-/people/A1/"])
def test_the_managers_look_is_told_to_the_person_with_its_reason(ada, path):
    browser(ada.manager).get(path)

    page = readers(ada)

    assert "Mona Manager (M1)" in page
    assert "as line manager" in page


def test_a_look_at_ones_own_ratings_is_no_line(ada):
    browser(ada).get("/competencies/ratings/spring/A1/")

    assert readings() == []


def test_hr_reading_and_exporting_gaps_by_name_is_told(ada):
    hr = PersonFactory(name="Hana HR", roles=["hr"])
    browser(hr).get("/competencies/gaps/")
    b"".join(browser(hr).get("/competencies/gaps.csv?reason=Training+budget").streaming_content)

    page = readers(ada)

    assert "read gaps by name" in page
    assert "exported gaps by name" in page
    assert "Training budget" in page


def test_an_export_of_other_people_is_not_told(ada):
    hr = PersonFactory(name="Hana HR", roles=["hr"])
    UnitFactory(code="ELSEWHERE")
    browser(hr).get("/competencies/gaps.csv?unit=ELSEWHERE")

    assert "Hana HR" not in readers(ada)


def test_a_refused_look_is_no_reading(ada):
    stranger = PersonFactory(roles=["manager"])

    assert browser(stranger).get("/competencies/ratings/spring/A1/").status_code == 404
    assert readings() == []


def test_an_executive_who_sees_no_names_has_read_nobody(ada):
    browser(PersonFactory(roles=["executive"])).get("/competencies/gaps/")

    assert readings() == []


def test_what_others_read_of_somebody_else_is_not_mine_to_see(ada):
    colleague = PersonFactory(manager=ada.manager)
    browser(ada.manager).get("/competencies/ratings/spring/A1/")

    assert "Mona Manager" not in readers(colleague)
