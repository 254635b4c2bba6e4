"""The first page by role: what needs this person now, what is new, what to do in an empty installation."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from organisation.models import Unit
from tests.factories.assessments import invitations, open_cycle, submitted
from tests.factories.competencies import competency, rated
from tests.factories.improvement import action
from tests.factories.organisation import PersonFactory
from tests.factories.reports import live_units, person, published

pytestmark = pytest.mark.django_db


def home_of(who) -> str:
    client = Client()
    client.force_login(who)
    response = client.get(reverse("home"))
    assert response.status_code == 200
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def hrefs(who) -> set[str]:
    client = Client()
    client.force_login(who)
    return set(re.findall(r'href="([^"]+)"', client.get(reverse("home")).content.decode()))


def test_an_open_questionnaire_stands_first_with_its_length():
    cycle = open_cycle()
    asked = invitations(cycle)[0]

    text = home_of(asked.person)

    assert "4 statements, about 1 minute." in text
    assert "Title of" in text


def test_submitted_answers_may_still_be_replaced():
    asked = submitted(open_cycle())[0]

    text = home_of(asked.person)

    assert "Your answers are in." in text


def test_staff_read_where_the_organisation_and_their_own_unit_stand():
    published("demo-1")

    text = home_of(person(unit="SOUTH"))

    assert "Org stands at 58 of 100" in text
    assert "South stands at 47 of 100" in text


def test_staff_are_told_nothing_of_other_units():
    published("demo-1")

    text = home_of(person(unit="SOUTH"))

    assert "North" not in text


@pytest.mark.parametrize(
    ("role", "sees"), [("hr", True), ("administrator", True), ("executive", False), ("", False)]
)
def test_those_who_run_cycles_see_their_state(role, sees):
    cycle = open_cycle()

    text = home_of(person(unit="ORG", role=role))

    assert (f"{cycle.title} open" in text) is sees


def test_a_manager_is_sent_to_the_checklist_while_a_cycle_is_at_work():
    open_cycle()

    assert "Open the checklist" in home_of(person(unit="NORTH", role="manager"))
    assert "Open the checklist" not in home_of(person(unit="NORTH"))


def test_an_empty_installation_tells_an_administrator_what_to_do_next():
    live_units({"ORG": None})

    text = home_of(person(role="administrator"))

    steps = ["Import units", "Import people", "Load a framework", "Open a cycle"]
    assert [text.index(step) for step in steps] == sorted(text.index(step) for step in steps)


def test_the_first_steps_are_gone_once_there_are_results():
    published()

    assert "Load a framework" not in home_of(person(role="administrator"))


def test_without_results_the_page_says_when_they_come():
    live_units()

    assert "No results yet." in home_of(person(unit="SOUTH"))


def test_somebody_whose_unit_is_new_reads_of_the_organisation_only():
    published()
    live_units({"NEW": "ORG"})

    text = home_of(person(unit="NEW"))

    assert "Org stands at 58 of 100" in text


def test_a_manager_reads_how_far_the_own_and_the_teams_competencies_are_and_by_when():
    cycle = open_cycle(closes_at=timezone.now() + timedelta(days=3))
    boss = person(unit="NORTH", role="manager")
    first, second = (PersonFactory(unit=boss.unit, manager=boss) for _number in range(2))
    competency("C1")
    rated(cycle, first, boss, {"C1": 3})
    rated(cycle, second, boss, {"C1": 2}, hand_in=False)
    rated(cycle, boss, boss, {"C1": 4}, hand_in=False)

    text = home_of(boss)

    assert "My competencies 1 of 1 rated Due" in text
    assert "My team’s competencies 1 of 2 handed in Due" in text
    assert "2 people are rated by you." in text
    assert text.count(f"Due {date_format(cycle.closes_at, 'j F Y')}") == 3
    assert f"/competencies/ratings/{cycle.code}/{boss.person_id}/" in hrefs(boss)


def test_staff_are_reminded_of_their_own_competencies_and_of_no_team():
    cycle = open_cycle()
    worker = person(unit="NORTH")
    competency("C1")
    rated(cycle, worker, worker, {"C1": 4})

    text = home_of(worker)

    assert "My competencies handed in" in text
    assert "My team’s competencies" not in text


def test_without_a_cycle_that_takes_ratings_nobody_is_sent_to_rate():
    published()
    competency("C1")

    assert "My competencies" not in home_of(person(unit="NORTH"))


def test_the_checklist_says_how_much_is_said():
    open_cycle()

    assert "Key components of your units 0 of 1 said" in home_of(person(unit="NORTH", role="manager"))


def test_the_first_page_needs_the_same_queries_for_a_small_and_a_large_team():
    cycle = open_cycle()
    boss = person(unit="NORTH", role="manager")
    competency("C1")
    counts = []
    for size in (2, 8):
        for _number in range(size):
            rated(cycle, PersonFactory(unit=boss.unit, manager=boss), boss, {"C1": 3})
        with CaptureQueriesContext(connection) as queries:
            home_of(boss)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_an_action_one_sees_to_stands_with_its_state_and_day():
    live_units()
    owner = person(unit="SOUTH")
    today = timezone.localdate()
    action("LATE", owner=owner, due_on=today - timedelta(days=2))
    action("LATER", owner=owner, due_on=today + timedelta(days=60))

    text = home_of(owner)

    assert "Action LATE overdue" in text
    assert "Action LATER" not in text
    assert "/actions/LATE/" in hrefs(owner)


def test_more_than_three_due_actions_are_counted():
    live_units()
    owner = person(unit="SOUTH")
    for number in range(5):
        action(f"A{number}", owner=owner, due_on=timezone.localdate(), more_because="A test")

    text = home_of(owner)

    assert "2 more are due soon." in text


def test_what_changed_since_last_time_is_said_within_reach():
    published("demo-1")
    published("demo-2", scores={"ORG": 58, "NORTH": 61, "SOUTH": 70})

    own, other = home_of(person(unit="SOUTH")), home_of(person(unit="NORTH"))

    assert "Beyond noise since Title of demo-1" in own
    assert "Beyond noise" not in other
    assert "Nothing moved beyond noise since Title of demo-1" in other


def test_what_ones_own_unit_promised_is_read_by_all_in_it():
    live_units()
    south = Unit.objects.get(code="SOUTH")
    action("A1", unit=south)
    action("A2", unit=south, told=False)

    text = home_of(person(unit="SOUTH"))

    assert "What South promised" in text
    assert "Action A1 planned by" in text
    assert "Action A2" not in text
    assert "promised" not in home_of(person(unit="NORTH"))


def test_the_first_page_needs_the_same_queries_for_one_and_for_many_actions():
    live_units()
    owner = person(unit="SOUTH")
    counts = []
    client = Client()
    client.force_login(owner)
    for numbers in (range(1), range(1, 12)):
        for number in numbers:
            action(
                f"A{number}",
                unit=Unit.objects.get(code="SOUTH"),
                owner=owner,
                due_on=timezone.localdate(),
                more_because="A test",
            )
        client.get(reverse("home"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("home"))
        counts.append(len(queries))

    assert counts[0] == counts[1]
