"""You said, we did: everyone reads the answers of the organisation and of their own unit, and no others."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from assessments.models import MailRound
from assessments.services import invitations
from cfm.lib import jobs
from improvement.models import Action
from improvement.queries.origins import origin
from improvement.services import actions
from improvement.services.said import LINE, mail_lines
from organisation.models import Person, Unit
from tests.factories import assessments as make
from tests.factories import reports
from tests.factories.competencies import competency
from tests.factories.improvement import action


@pytest.fixture
def cycle(db):
    """A published cycle: ORG 58, NORTH 61, SOUTH 47."""
    return reports.published("spring")


def answer(code: str, unit: str, state: str = "planned", note: str = "", **fields: object) -> Action:
    one = action(code, unit=Unit.objects.get(code=unit), more_because="A test", **fields)
    if state != "planned":
        actions.report(action=one, state=state, note=note, by=None)
    return one


def page_of(person: Person, address: str = "/actions/-/said/") -> str:
    client = Client()
    client.force_login(person)
    return " ".join(client.get(address).content.decode().split())


def test_the_page_says_what_was_heard_what_is_done_and_why_not(cycle):
    answer("A1", "NORTH", "done", "It works.", origin=origin("figure/spring/NORTH/B3", None))
    answer("A2", "NORTH", "not_done", "The law forbids it.")
    answer("A3", "NORTH", "under_way", "Half of it")

    page = page_of(reports.person(unit="NORTH"), "/actions/-/said/NORTH/")

    assert "North answered 3 things it heard, 1 of them done" in page
    assert "Set goals stands at 61 of 100 in North" in page
    places = [page.index(text) for text in ("Action A1", "It works.", "Action A3", "The law forbids it.")]
    assert places == sorted(places)


def test_staff_read_the_organisation_and_their_own_unit_alone(cycle):
    for code, unit in (("AORG", "ORG"), ("AN", "NORTH"), ("AS", "SOUTH")):
        answer(code, unit)
    staff = reports.person(unit="NORTH")
    client = Client()
    client.force_login(staff)

    assert "Action AORG" in page_of(staff)
    assert "Action AN" in page_of(staff, "/actions/-/said/NORTH/")
    assert client.get("/actions/-/said/SOUTH/").status_code == 404
    assert "South" not in page_of(staff)


def test_what_is_not_to_be_told_is_told_nowhere(cycle):
    answer("A1", "NORTH", "done", "It works.", told=False)
    staff = reports.person(unit="NORTH")

    assert "Action A1" not in page_of(staff, "/actions/-/said/NORTH/")
    assert mail_lines(staff) == []


def test_an_answer_ended_more_than_a_year_ago_makes_room(cycle):
    answer("A1", "NORTH", "done", "It works.")
    Action.objects.update(closed_on=timezone.localdate() - timedelta(days=366))

    assert "Action A1" not in page_of(reports.person(unit="NORTH"), "/actions/-/said/NORTH/")


def test_what_was_heard_in_a_unit_does_not_move_to_another(cycle):
    one = answer("A1", "NORTH", origin=origin("figure/spring/NORTH/B3", None))
    everywhere = answer("A2", "NORTH", origin=origin("figure/spring/ORG/B3", None))
    lead = Client()
    lead.force_login(reports.person(unit="ORG", role="manager"))
    entered = {"title": "Moved", "unit": "SOUTH", "due_on": "2090-01-31"}

    refused, moved = (lead.post(f"/actions/{code}/edit/", entered) for code in ("A1", "A2"))

    one.refresh_from_db()
    everywhere.refresh_from_db()
    assert (refused.status_code, one.unit.code) == (400, "NORTH")
    assert (moved.status_code, everywhere.unit.code) == (302, "SOUTH")


def test_a_unit_without_answers_says_what_will_stand_there(cycle):
    assert "the answers of this unit stand here" in page_of(
        reports.person(unit="NORTH"), "/actions/-/said/NORTH/"
    )


def test_one_answer_and_twenty_need_the_same_queries(cycle):
    client = Client()
    client.force_login(reports.person(role="hr"))

    def add(numbers: range) -> int:
        for number in numbers:
            answer(f"A{number}", "ORG", "done", "Works.", owner=reports.person())
        client.get("/actions/-/said/")
        with CaptureQueriesContext(connection) as taken:
            client.get("/actions/-/said/")
        return len(taken)

    assert add(range(1)) == add(range(1, 20))


class TestInvitation:
    def test_it_says_in_three_lines_what_was_done(self, cycle):
        for number in range(4):
            answer(f"A{number}", "ORG", "done", "It works. " + "x" * 200)
        answer("OWN", "NORTH", "done", "Ours works.")
        answer("PLAN", "NORTH")

        lines = mail_lines(reports.person(unit="NORTH"))

        assert len(lines) == 5
        assert lines[0] == "You said, we did:"
        assert lines[1] == "– Action OWN – done: Ours works."
        assert all(len(line) <= LINE + 2 for line in lines[1:-1])
        assert lines[-1].endswith("/actions/-/said/")

    def test_it_speaks_french_to_those_who_do(self, cycle):
        answer("A1", "ORG", "under_way", "Half of it")

        with translation.override("fr"):
            lines = mail_lines(reports.person(unit="NORTH"))

        assert lines[0].startswith("Vous l’avez dit")
        assert "en cours" in lines[1]

    def test_the_lines_stand_in_the_invitation_and_not_in_the_reminder(self, db):
        cycle = make.open_cycle(
            code="next", people={"NORTH": (2, 0)}, closes_at=timezone.now() + timedelta(days=3)
        )
        answer("A1", "ORG", "done", "<b>It</b> works.")

        invitations.request_invitations(cycle=cycle)
        jobs.run_waiting()
        invitations.request_reminder(cycle=cycle)
        jobs.run_waiting()

        invited, reminded = mail.outbox[0], mail.outbox[-1]
        assert MailRound.objects.count() == 2
        assert "– Action A1 – done: <b>It</b> works." in invited.body
        assert "&lt;b&gt;It&lt;/b&gt; works." in invited.alternatives[0][0]
        assert "You said, we did" not in reminded.body


def test_a_competency_gap_is_never_quoted_to_everybody(cycle):
    competency("C01", name="Coaches on the job")
    manager = reports.person(unit="NORTH", role="manager")
    about = origin("gap/-/NORTH/C01", manager)
    answer("A1", "NORTH", "done", "It works.", origin=about)
    client = Client()
    client.force_login(manager)

    told = page_of(reports.person(unit="NORTH"), "/actions/-/said/NORTH/")
    form = " ".join(client.get("/actions/-/new/?from=gap/-/NORTH/C01").content.decode().split())

    assert "Action A1" in told
    assert "Coaches on the job" not in told
    assert "Coaches on the job" in page_of(manager, "/actions/A1/")
    (box,) = re.findall(r'<input[^>]*name="told"[^>]*>', form)
    assert "checked" not in box
