"""The page of gaps: figures for many, names for those who may see them, and nothing that subtraction gives away."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.models import Cycle
from cfm.lib.models import AuditEvent
from organisation.models import JobRole, Person, Unit
from tests.factories.assessments import open_cycle
from tests.factories.competencies import competency, imported, profile
from tests.factories.organisation import PersonFactory, UnitFactory

pytestmark = pytest.mark.django_db
GAPS = reverse("gaps")
CSV = reverse("gaps_csv")


@pytest.fixture
def cycle() -> Cycle:
    competency("C1"), competency("C2", kind="core"), competency("R1", kind="role")
    return open_cycle(code="spring", people={"ORG": (1, 0)}, units={"ORG": None})


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def by(*roles: str, **fields: object) -> Client:
    return browser(PersonFactory(roles=roles, **fields))


def team(cycle: Cycle, code: str, size: int, level: int = 2, **fields: object) -> list[Person]:
    """Return so many people of a unit, rated at that level in C1 by their manager."""
    unit = Unit.objects.filter(code=code).first() or UnitFactory(code=code, name=f"Unit {code}")
    people = [PersonFactory(unit=unit, **fields) for _number in range(size)]
    for person in people:
        imported(cycle, person, "manager", {"C1": level})
    return people


def finished(cycle: Cycle) -> None:
    Cycle.objects.filter(pk=cycle.pk).update(state=Cycle.State.SCORED)


def row(answer, name: str) -> list[str]:
    """Return what the table beside the picture says in the row of that name; – for what is hidden."""
    table = next(panel.table for panel in answer.context["panels"] if panel.id == "gaps-heat")
    rows = {line.cells[0].text: [cell.text for cell in line.cells[1:]] for line in table["rows"]}
    return rows[name]


@pytest.mark.parametrize(
    ("role", "page", "file"),
    [
        ("hr", 200, 200),
        ("manager", 200, 403),
        ("executive", 200, 403),
        ("administrator", 403, 403),
        ("auditor", 403, 403),
        ("staff", 403, 403),
    ],
)
def test_gaps_are_for_hr_executives_and_managers_and_the_file_for_hr_alone(cycle, role, page, file):
    client = by(*([] if role == "staff" else [role]))

    assert (client.get(GAPS).status_code, client.get(CSV).status_code) == (page, file)


def test_hr_sees_the_mean_shortfall_of_every_unit_however_small(cycle):
    team(cycle, "NORTH", 2, level=1)
    team(cycle, "SOUTH", 1, level=5)

    answer = by("hr").get(GAPS)

    assert row(answer, "Unit NORTH")[0] == "2.0 (2)"
    assert row(answer, "Unit SOUTH")[0] == "0.0 (1)"
    assert row(answer, "Everyone in your reach")[0] == "1.3 (3)"


def test_executives_see_no_figure_about_fewer_than_five_people_and_no_names(cycle):
    team(cycle, "NORTH", 4)
    team(cycle, "SOUTH", 5, name="Hidden Name")
    team(cycle, "WEST", 5)
    finished(cycle)

    answer = by("executive").get(GAPS)

    assert row(answer, "Unit NORTH")[0] == "–"
    assert row(answer, "Everyone in your reach")[0] == "1.0 (14)"
    assert [row(answer, f"Unit {code}")[0] for code in ("SOUTH", "WEST")].count("–") == 1
    assert "Hidden Name" not in answer.content.decode()


def test_what_is_hidden_for_executives_cannot_be_had_by_choosing_another_view(cycle):
    team(cycle, "NORTH", 4, level=1)
    team(cycle, "SOUTH", 9, level=3)
    finished(cycle)
    client = by("executive")
    role = JobRole.objects.create(name="Adviser")

    plain = client.get(GAPS)
    for query in ({"unit": "NORTH"}, {"role": role.pk}, {"size": 4}, {"cycle": ""}, {"competency": "C1"}):
        answer = client.get(GAPS, query)

        assert row(answer, "Everyone in your reach")[0] == row(plain, "Everyone in your reach")[0]
        assert answer.context["page"].object_list == []


def test_a_manager_sees_names_of_own_reports_only_and_figures_of_the_own_part(cycle):
    north = UnitFactory(code="NORTH", name="Unit NORTH")
    boss = PersonFactory(roles=["manager"], unit=north)
    team(cycle, "NORTH", 1, name="My Report", manager=boss)
    team(cycle, "NORTH", 4, name="Their Report")
    team(cycle, "SOUTH", 6, name="Elsewhere")
    finished(cycle)

    answer = browser(boss).get(GAPS)

    content = answer.content.decode()
    assert "My Report" in content
    assert "Their Report" not in content
    assert "Elsewhere" not in content
    assert "Unit SOUTH" not in content
    assert row(answer, "Unit NORTH")[0] == "–"


def test_figures_without_names_wait_until_no_more_ratings_come_in(cycle):
    team(cycle, "SOUTH", 9)

    before = by("executive").get(GAPS)
    finished(cycle)

    assert before.context["cycles"] == []
    assert b"is scored" in before.content
    assert by("executive").get(GAPS).context["cycles"] == [cycle]


def test_a_surplus_in_one_competency_hides_no_gap_in_another(cycle):
    person = PersonFactory(name="Both Ways")
    imported(cycle, person, "manager", {"C1": 5, "C2": 1})

    answer = by("hr").get(GAPS)

    assert row(answer, "Everyone in your reach")[:2] == ["0.0 (1)", "2.0 (1)"]
    assert [one.competency.code for one in answer.context["widest"]] == ["C2"]
    assert "C2 has the widest gap" in answer.context["sentence"]


def test_the_filters_are_in_the_address(cycle):
    role = profile("Adviser", {"R1": (5, 3)})
    adviser = PersonFactory(name="Adviser One", job_role=role, unit=UnitFactory(code="NORTH"))
    imported(cycle, adviser, "manager", {"C1": 2, "R1": 1})
    imported(cycle, PersonFactory(name="Other One"), "manager", {"C1": 1})
    client = by("hr")

    def found(**query: object) -> list[tuple[str, str, int]]:
        return [(g.person.name, g.competency.code, g.gap) for g in client.get(GAPS, query).context["page"]]

    assert found() == [("Adviser One", "R1", 4), ("Other One", "C1", 2), ("Adviser One", "C1", 1)]
    assert found(unit="NORTH") == [("Adviser One", "R1", 4), ("Adviser One", "C1", 1)]
    assert found(kind="role") == found(competency="R1") == found(size=3) == [("Adviser One", "R1", 4)]
    assert found(role=role.pk, size=1) == found(unit="NORTH")
    assert found(size=2, kind="core") == [("Other One", "C1", 2)]


def test_a_chosen_unit_changes_sentence_lists_and_trend_for_those_who_see_the_people(cycle):
    team(cycle, "NORTH", 6, level=1)
    team(cycle, "SOUTH", 6, level=5)
    client = by("hr")

    whole, north, south = (client.get(GAPS, query) for query in ({}, {"unit": "NORTH"}, {"unit": "SOUTH"}))

    assert "6 of 12 people are below" in whole.context["sentence"]
    assert "6 of 6 people are below" in north.context["sentence"]
    assert north.context["table"].rated_people == 6
    assert row(north, "Everyone chosen")[0] == "2.0 (6)"
    assert south.context["sentence"] == "Everyone rated reaches what their role requires."
    assert south.context["widest"] == []


def test_a_chosen_unit_changes_no_figure_for_those_who_do_not_see_the_people_and_the_page_says_so(cycle):
    team(cycle, "NORTH", 6, level=1)
    team(cycle, "SOUTH", 6, level=5)
    finished(cycle)
    client = by("executive")

    whole, north = client.get(GAPS), client.get(GAPS, {"unit": "NORTH"})

    assert north.context["sentence"] == whole.context["sentence"]
    assert "the unit chooses rows of the picture" in north.content.decode()
    assert "the unit chooses rows of the picture" not in whole.content.decode()


@pytest.mark.parametrize(
    "query", [{"unit": "NOWHERE"}, {"size": "x"}, {"kind": "?"}, {"role": "x"}, {"page": "x"}]
)
def test_a_filter_that_means_nothing_is_as_if_it_were_not_there(cycle, query):
    team(cycle, "NORTH", 1)

    answer = by("hr").get(GAPS, query)

    assert answer.status_code == 200
    assert len(answer.context["page"].object_list) == 1


def test_the_trend_tells_how_many_required_levels_are_not_reached_by_cycle(cycle):
    people = team(cycle, "NORTH", 4, level=1)
    later = open_cycle(code="autumn", people={}, units={"ORG": None})
    for person in people[:3]:
        imported(later, person, "manager", {"C1": 4})
    imported(later, people[3], "manager", {"C1": 1})

    answer = by("hr").get(GAPS)

    assert [moment.share for moment in answer.context["table"].trend] == [1.0, 0.25]
    assert "25% of required levels are not reached, after 100%" in answer.content.decode()


def test_without_ratings_the_page_says_what_to_do(cycle):
    assert b"No ratings yet" in by("hr").get(GAPS).content


def test_the_page_needs_the_same_queries_for_few_and_for_many_people(cycle):
    team(cycle, "NORTH", 2)
    client = by("hr")

    def queries() -> int:
        client.get(GAPS)
        with CaptureQueriesContext(connection) as caught:
            client.get(GAPS)
        return len(caught)

    few = queries()
    team(cycle, "NORTH", 20)
    team(cycle, "SOUTH", 10)
    competency("C9")

    assert queries() == few


# The file in the browser


def rows(answer) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_browser_is_asked_for_the_reason_once_a_session(cycle):
    team(cycle, "NORTH", 1)
    client = by("hr")
    html = {"Accept": "text/html,application/xhtml+xml"}

    asked = client.get(f"{CSV}?unit=NORTH", headers=html)
    answered = client.post(asked["Location"], {"reason": "Training budget", "next": f"{CSV}?unit=NORTH"})
    file = client.get(answered["Location"], headers=html)
    found = rows(file)

    assert asked.status_code == answered.status_code == 302
    assert {row["unit"] for row in found} == {"NORTH"}
    event = AuditEvent.objects.get(action="gaps.export")
    assert (event.details["reason"], event.details["unit"]) == ("Training budget", "NORTH")
    assert AuditEvent.objects.get(action="gaps.export_sent").details["rows"] == len(found)


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "/people/", ""])
def test_the_page_of_the_reason_leads_nowhere_but_to_the_file(cycle, target):
    answer = by("hr").post(reverse("gaps_reason"), {"reason": "Training budget", "next": target})

    assert answer["Location"] == GAPS


def test_a_reason_is_needed(cycle):
    assert by("hr").post(reverse("gaps_reason"), {"reason": " "}).status_code == 400


def test_a_program_gets_the_file_and_the_audit_log_says_that_no_reason_was_given(cycle):
    team(cycle, "NORTH", 1)

    answer = by("hr").get(CSV)

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert len(rows(answer)) == 2 * Person.objects.active().count()
    assert AuditEvent.objects.get(action="gaps.export").details["reason"] == ""


def test_the_file_has_the_filters_of_the_page_and_a_mark_if_asked_for(cycle):
    team(cycle, "NORTH", 2, level=1)
    team(cycle, "SOUTH", 1, level=2)
    client = by("hr")

    found = rows(client.get(CSV, {"size": 2, "kind": "core", "competency": "C1"}))
    marked = b"".join(client.get(CSV, {"bom": 1}).streaming_content)

    assert [(row["unit"], row["gap"]) for row in found] == [("NORTH", "2"), ("NORTH", "2")]
    assert marked.startswith(b"\xef\xbb\xbfperson_id")


def test_hr_with_a_part_of_the_organisation_gets_the_people_of_that_part(cycle):
    team(cycle, "NORTH", 2)
    team(cycle, "SOUTH", 1)
    client = browser(PersonFactory(roles={"hr": Unit.objects.get(code="SOUTH")}))

    assert {row["unit"] for row in rows(client.get(CSV))} == {"SOUTH"}
    assert rows(client.get(CSV, {"unit": "SOUTH"})) == rows(client.get(CSV))


# The page of a person


def test_the_page_of_a_person_is_for_them_their_manager_and_hr(cycle):
    boss = PersonFactory(roles=["manager"])
    ada = PersonFactory(person_id="A1", manager=boss)
    imported(cycle, ada, "self", {"C1": 4})
    imported(cycle, ada, "manager", {"C1": 1})
    address = reverse("competency_person", args=["A1"])

    for client in (browser(ada), browser(boss), by("hr")):
        assert client.get(address).context["page"].short[0].gap == 2
    for client in (by(), by("manager"), by("executive"), by("administrator"), by("auditor")):
        assert client.get(address).status_code == 404
