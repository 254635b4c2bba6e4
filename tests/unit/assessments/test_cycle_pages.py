"""Running cycles in the browser: who may do what in which state, what is shown, and what never is."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from assessments.models import Cycle, Invitation, Release, TurnoutSnapshot
from assessments.queries.turnout import overall, rounded_down, turnout
from assessments.services import counting
from assessments.services.turnout import refresh
from cfm.lib import jobs
from cfm.lib.models import Job
from tests.factories import assessments as make
from tests.factories.organisation import PersonFactory

pytestmark = pytest.mark.django_db


def browser_as(*roles):
    client = Client()
    client.force_login(PersonFactory(roles=roles))
    return client


@pytest.fixture
def hr(db):
    return browser_as("hr")


def in_state(state, **fields):
    cycle = make.open_cycle(code="spring", **fields)
    Cycle.objects.filter(pk=cycle.pk).update(state=state, closed_at=timezone.now())
    return Cycle.objects.get(pk=cycle.pk)


def test_the_list_without_cycles_says_what_to_do_next(hr):
    page = hr.get("/cycles/").content.decode()

    assert "No cycle yet" in page
    assert 'href="/cycles/new/"' in page


def test_the_list_shows_state_and_turnout_rounded_down(hr):
    cycle = make.open_cycle(code="spring")
    make.submitted(cycle, rows=make.invitations(cycle)[:10])
    refresh()

    page = hr.get("/cycles/").content.decode()

    assert "Title of spring" in page
    assert "60 % or more" in page


@pytest.mark.parametrize("role", ["staff", "manager", "executive", "auditor"])
def test_pages_of_cycles_are_closed_to_other_roles(role):
    cycle = make.open_cycle(code="spring")
    browser = browser_as(*([] if role == "staff" else [role]))

    addresses = ["", "new/", "spring/", "spring/close/", "spring/publish/"]
    statuses = {browser.get(f"/cycles/{address}").status_code for address in addresses}
    closing = browser.post("/cycles/spring/close/")

    assert statuses == {403}
    assert closing.status_code == 403
    assert Cycle.objects.get(pk=cycle.pk).state == "open"


def test_a_draft_shows_who_will_be_asked_and_where_small_units_count(hr):
    make.organisation(
        units={"ORG": None, "NORTH": "ORG", "TINY": "ORG"},
        people={"ORG": (5, 1), "NORTH": (9, 1), "TINY": (2, 0)},
    )
    PersonFactory(email=None)
    make.cycle_draft(code="spring")

    page = hr.get("/cycles/spring/").content.decode()

    assert "19 people will be asked (17 staff, 2 managers)" in page
    assert "1 person has no e-mail" in page
    assert "1 unit has people but no manager" in page
    assert "Unit Tiny" in page


def test_no_page_of_a_cycle_names_a_person(hr):
    cycle = make.open_cycle(code="spring")
    make.submitted(cycle, rows=make.invitations(cycle)[:4])
    names = set(Invitation.objects.values_list("person__name", flat=True))

    pages = [hr.get(f"/cycles/{name}").content.decode() for name in ("", "spring/", "spring/close/")]
    own = hr.get("/cycles/").wsgi_request.user.name

    assert not [name for name in names - {own} if any(f">{name}<" in page or name in page for page in pages)]


@pytest.mark.parametrize(
    ("state", "action"),
    [
        ("draft", "open"),
        ("open", "close"),
        ("closed", "score"),
        ("scored", "publish"),
        ("published", "archive"),
        ("archived", None),
    ],
)
def test_each_state_offers_its_one_next_step(hr, state, action):
    if state == "draft":
        make.cycle_draft(code="spring")
    else:
        in_state(state)

    page = hr.get("/cycles/spring/").content.decode()

    offered = {
        name for name in ("open", "close", "score", "publish", "archive") if f"/spring/{name}/" in page
    }
    assert offered - ({"score"} if state == "scored" else set()) == ({action} if action else set())
    assert 'aria-current="step"' in page


def test_opening_asks_first_and_then_opens(hr):
    make.organisation()
    make.cycle_draft(code="spring")

    question = hr.get("/cycles/spring/open/").content.decode()
    before = Cycle.objects.get().state
    hr.post("/cycles/spring/open/")

    assert "Open this cycle?" in question
    assert before == "draft"
    assert Cycle.objects.get().state == "open"


def test_closing_queues_a_job_and_shows_its_progress(hr, django_capture_on_commit_callbacks):
    make.open_cycle(code="spring")

    hr.post("/cycles/spring/close/")
    page = hr.get("/cycles/spring/").content.decode()

    job = Job.objects.get(kind="cycle.close")
    assert f'hx-get="/jobs/{job.pk}/"' in page
    assert "Waiting for a worker" in page


def test_a_failed_close_is_told_with_its_reason_until_it_has_been_done(hr):
    cycle = make.open_cycle(code="spring")
    job_row(kind="cycle.close", state="failed", message="The key is missing.", finished_at=timezone.now())

    while_open = hr.get("/cycles/spring/").content.decode()
    Cycle.objects.filter(pk=cycle.pk).update(state="closed")
    afterwards = hr.get("/cycles/spring/").content.decode()

    assert "The key is missing." in while_open
    assert "/cycles/spring/close/" in while_open
    assert "The key is missing." not in afterwards


@pytest.mark.parametrize(
    ("state", "action"), [("open", "open"), ("draft", "close"), ("closed", "publish"), ("published", "score")]
)
def test_an_action_out_of_turn_is_refused_and_changes_nothing(hr, state, action):
    if state == "draft":
        make.cycle_draft(code="spring")
    else:
        in_state(state)

    response = hr.post(f"/cycles/spring/{action}/")

    assert response.status_code == 409
    assert "Not done" in response.content.decode()
    assert Cycle.objects.get().state == state


def test_publishing_without_a_release_is_refused_with_the_reason(hr):
    in_state("scored")

    response = hr.post("/cycles/spring/publish/")

    assert response.status_code == 409
    assert "score it again" in response.content.decode()


def test_archiving_and_cancelling_lead_to_their_states(hr):
    in_state("published")
    make.cycle_draft(code="given-up")

    hr.post("/cycles/spring/archive/")
    hr.post("/cycles/given-up/cancel/")

    assert dict(Cycle.objects.values_list("code", "state")) == {"spring": "archived", "given-up": "cancelled"}


def test_looking_at_a_confirmation_changes_nothing(hr):
    make.open_cycle(code="spring")

    for action in ("open", "close", "score", "publish", "archive", "cancel"):
        hr.get(f"/cycles/spring/{action}/")

    assert Cycle.objects.get().state == "open"
    assert not Job.objects.exists()


def test_before_publication_the_page_says_how_much_will_be_shown_and_hidden(hr):
    cycle = in_state("scored")
    Release.objects.create(cycle=cycle, number=1, certificate={"cells": 12, "sha256": "abc123"})

    page = hr.get("/cycles/spring/").content.decode()

    assert "What will be visible" in page
    assert "0 figures are shown and 27 are not" in page
    assert "abc123" in page


@pytest.mark.parametrize(
    ("submitted", "invited", "percent"),
    [(0, 10, 0), (9, 100, 0), (10, 100, 10), (199, 200, 90), (10, 10, 100)],
)
def test_turnout_is_rounded_down_to_the_next_ten_per_cent(submitted, invited, percent):
    assert rounded_down(submitted, invited) == percent


def test_turnout_leaves_out_units_with_fewer_than_ten_invited():
    cycle = make.open_cycle(people={"ORG": (10, 1), "NORTH": (10, 1), "SOUTH": (8, 1)})

    codes = {row.code for row in turnout(cycle)}

    assert codes == {"ORG", "NORTH"}


def test_turnout_hides_a_unit_whose_complement_is_small():
    cycle = make.open_cycle(people={"ORG": (2, 0), "NORTH": (12, 1)})
    make.submitted(cycle, rows=make.invitations(cycle, unit__code="NORTH"))
    refresh()

    shares = {row.code: row.percent for row in turnout(cycle)}

    assert shares == {"ORG": 80, "NORTH": None}


def test_turnout_stands_still_for_a_day_while_the_cycle_is_open():
    cycle = make.open_cycle(people={"ORG": (20, 0)})
    refresh()
    before = turnout(cycle)
    make.submitted(cycle)

    assert refresh() == 0
    assert turnout(cycle) == before
    assert overall([cycle]) == {cycle.pk: 0}


def test_the_next_day_turnout_is_counted_again_and_the_day_before_is_forgotten():
    cycle = make.open_cycle(people={"ORG": (20, 0)})
    refresh()
    make.submitted(cycle)
    TurnoutSnapshot.objects.update(day=timezone.localdate() - timedelta(days=1))

    assert refresh() == 1
    assert overall([cycle]) == {cycle.pk: 100}
    assert TurnoutSnapshot.objects.count() == 1


def test_looking_at_pages_takes_no_count_of_its_own(hr):
    cycle = make.open_cycle(code="spring", people={"ORG": (20, 0)})
    make.submitted(cycle)

    page = hr.get("/cycles/spring/").content.decode()
    hr.get("/cycles/")

    assert "The first count of the day is on its way" in page
    assert not TurnoutSnapshot.objects.exists()


def test_what_is_kept_of_the_turnout_is_rounded_and_leaves_small_units_out():
    cycle = make.open_cycle(people={"ORG": (2, 0), "NORTH": (12, 1)})
    make.submitted(cycle, rows=make.invitations(cycle, unit__code="NORTH")[:7])

    refresh()

    assert TurnoutSnapshot.objects.get().figures == {"all": 40, "units": {"0": 40}}


def test_the_sweep_refreshes_the_turnout():
    assert jobs.PERIODIC["turnout.refresh"] is refresh


def test_the_page_names_goal_and_days_left(hr):
    make.open_cycle(code="spring", people={"ORG": (20, 0)}, closes_at=timezone.now() + timedelta(days=3))
    Cycle.objects.update(turnout_goal=85)
    refresh()

    page = hr.get("/cycles/spring/").content.decode()

    assert "The goal is 85 %" in page
    assert "3 days left" in page


def test_turnout_counts_everybody_once_the_cycle_is_closed():
    cycle = make.open_cycle(people={"ORG": (20, 0)})
    refresh()
    make.submitted(cycle)
    counting.count(cycle=cycle.pk)

    cycle = Cycle.objects.get(pk=cycle.pk)

    assert [row.percent for row in turnout(cycle)] == [100]


def test_a_narrowed_role_sees_the_turnout_of_its_units_only():
    cycle = make.open_cycle(code="spring", people={"ORG": (10, 0), "NORTH": (12, 0), "SOUTH": (14, 0)})
    north = make.organisation(units={"ORG": None, "NORTH": "ORG"}, people={})["NORTH"]
    client = Client()
    client.force_login(PersonFactory(roles={"hr": north}))

    page = client.get("/cycles/spring/").content.decode()

    assert cycle.units.count() == 3
    assert "Unit North" in page
    assert "Unit South" not in page


def test_everyone_sees_key_and_number_invited_on_the_proof_page_of_an_open_cycle():
    cycle = make.open_cycle(code="spring")
    make.submitted(cycle)

    page = browser_as().get("/cycles/spring/proof/").content.decode()

    assert cycle.key_fingerprint in page
    assert str(cycle.invitations.count()) in page
    assert "told to nobody exactly" in page
    assert "submitted +" not in page


def test_after_the_close_the_proof_page_shows_that_every_envelope_was_counted():
    make.closed_cycle(code="spring")

    page = browser_as().get("/cycles/spring/proof/").content.decode()

    assert "16 submitted + 0 on paper = 16 counted + 0 spoiled" in page
    assert "destroyed" in page


def test_a_draft_has_no_proof_page():
    make.cycle_draft(code="spring")

    assert browser_as("hr").get("/cycles/spring/proof/").status_code == 404


def job_row(**fields):
    defaults = {"kind": "cycle.score", "key": "spring", "not_before": timezone.now()}
    return Job.objects.create(**(defaults | fields))


def test_a_running_job_asks_for_more_and_a_finished_one_stops_and_reloads_the_page(hr):
    running = job_row(state="running", step=1, steps=4)
    done = job_row(state="done", finished_at=timezone.now())

    first = hr.get(f"/jobs/{running.pk}/", headers={"HX-Request": "true"})
    second = hr.get(f"/jobs/{done.pk}/", headers={"HX-Request": "true"})

    assert first.status_code == 200
    assert 'value="25"' in first.content.decode()
    assert second.status_code == 286
    assert second.headers["HX-Refresh"] == "true"


def test_a_failed_job_says_why(hr):
    failed = job_row(state="failed", message="The key is missing.")

    response = hr.get(f"/jobs/{failed.pk}/", headers={"HX-Request": "true"})

    assert response.status_code == 286
    assert "The key is missing." in response.content.decode()


def test_without_javascript_the_page_of_a_job_loads_itself_again(hr):
    running = job_row(state="running")

    assert hr.get(f"/jobs/{running.pk}/").headers["Refresh"] == "2"


def test_a_job_is_seen_by_who_asked_for_it_and_by_nobody_else():
    person = PersonFactory()
    row = job_row(kind="people.import", key="x", asked_by=person.pk)
    asker = Client()
    asker.force_login(person)

    assert asker.get(f"/jobs/{row.pk}/").status_code == 200
    assert browser_as().get(f"/jobs/{row.pk}/").status_code == 404
    assert browser_as("hr").get(f"/jobs/{row.pk}/").status_code == 404
    assert asker.get(f"/jobs/{uuid.uuid4()}/").status_code == 404


def test_only_who_asked_may_try_a_failed_job_again(hr):
    person = PersonFactory(roles=["hr"])
    row = job_row(state="failed", asked_by=person.pk, finished_at=timezone.now())
    asker = Client()
    asker.force_login(person)

    refused = hr.post(f"/jobs/{row.pk}/retry/")
    asker.post(f"/jobs/{row.pk}/retry/")

    assert refused.status_code == 404
    assert Job.objects.get(pk=row.pk).state == "queued"


def test_the_list_needs_the_same_queries_for_two_and_for_fifty_cycles(hr, django_assert_max_num_queries):
    make.open_cycle(code="spring")
    Cycle.objects.filter(pk=make.open_cycle(code="past").pk).update(state="published")
    hr.get("/cycles/")
    with django_assert_max_num_queries(20) as one:
        hr.get("/cycles/")
    first = Cycle.objects.get(code="spring")
    Cycle.objects.bulk_create(
        Cycle(
            code=f"c{number}",
            title="More",
            framework=first.framework,
            state="published",
            opened_at=first.opened_at + timedelta(days=number),
            public_key=first.public_key,
        )
        for number in range(49)
    )

    with django_assert_max_num_queries(len(one)):
        hr.get("/cycles/")


def test_a_cycle_page_needs_the_same_queries_for_few_and_for_fifty_units(hr, django_assert_max_num_queries):
    make.open_cycle(code="spring")
    hr.get("/cycles/spring/")
    with django_assert_max_num_queries(20) as captured:
        hr.get("/cycles/spring/")
    few = len(captured)
    make.open_cycle(code="wide", people={f"U{number}": (2, 0) for number in range(50)})
    hr.get("/cycles/wide/")

    with django_assert_max_num_queries(few):
        hr.get("/cycles/wide/")
