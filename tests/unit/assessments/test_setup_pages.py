"""Preparing a cycle: step by step, with a scope and one audience, a preview, checks; and copying an earlier one."""

import pytest
from django.test import Client
from django.utils import timezone

from assessments.models import Cycle, CycleTexts, Invitation
from assessments.services import cycles, setup
from assessments.services.errors import TransitionError
from cfm.lib.models import AuditEvent
from organisation.models import Unit
from tests.factories import assessments as make
from tests.factories.organisation import PersonFactory

pytestmark = pytest.mark.django_db
UNITS = {"ORG": None, "NORTH": "ORG", "DEPOT": "NORTH", "SOUTH": "ORG"}
PEOPLE = {"ORG": (2, 1), "NORTH": (6, 1), "DEPOT": (6, 1), "SOUTH": (6, 1)}


def browser_as(*roles):
    client = Client()
    client.force_login(PersonFactory(roles=roles))
    return client


@pytest.fixture
def hr():
    return browser_as("hr")


@pytest.fixture
def organisation():
    return make.organisation(units=UNITS, people=PEOPLE)


@pytest.fixture
def draft(organisation):
    return make.cycle_draft(code="spring")


def first_step(**fields):
    return {"title": "Spring", "code": "spring", "framework": make.framework_row().pk} | fields


def send(client, step, code="spring", **fields):
    return client.post(f"/cycles/{code}/setup/{step}/", fields)


# The first step


@pytest.mark.parametrize("role", ["hr", "administrator"])
def test_who_runs_cycles_makes_a_draft_and_goes_on_to_the_next_step(role):
    response = browser_as(role).post("/cycles/new/", first_step())

    assert response.headers["Location"] == "/cycles/spring/setup/who/"
    assert Cycle.objects.get().state == "draft"


@pytest.mark.parametrize(
    ("field", "value"), [("code", "with space"), ("code", "new"), ("title", ""), ("framework", "999")]
)
def test_a_draft_with_a_wrong_field_is_refused(hr, field, value):
    response = hr.post("/cycles/new/", first_step(**{field: value}))

    assert response.status_code == 400
    assert "There is a problem" in response.content.decode()
    assert not Cycle.objects.exists()


def test_a_code_that_is_taken_is_refused_beside_its_field(hr):
    hr.post("/cycles/new/", first_step())

    response = hr.post("/cycles/new/", first_step(title="Other"))

    assert response.status_code == 400
    assert "already exists" in response.content.decode()
    assert Cycle.objects.count() == 1


# The other steps


def test_the_steps_lead_through_all_settings_to_the_preview(hr, draft):
    newer = make.framework_row(version=2)

    answers = [
        send(hr, "what", title="Better title", framework=newer.pk),
        send(hr, "who", scope=["NORTH"], only_audience="staff"),
        send(hr, "languages", languages=["en"]),
        send(hr, "when", closes_at="2099-03-31T17:00", turnout_goal="80"),
        send(hr, "limits", k="7", k_comments="12", keep_days="10"),
    ]

    draft.refresh_from_db()
    assert [answer["Location"] for answer in answers] == [
        "/cycles/spring/setup/who/",
        "/cycles/spring/setup/languages/",
        "/cycles/spring/setup/when/",
        "/cycles/spring/setup/limits/",
        "/cycles/spring/questions/staff/",
    ]
    assert (draft.title, draft.framework, draft.scope, draft.only_audience) == (
        "Better title",
        newer,
        ["NORTH"],
        "staff",
    )
    assert draft.languages == ["en"]
    assert (draft.closes_at.year, draft.turnout_goal) == (2099, 80)
    assert (draft.k, draft.k_comments, draft.keep_days) == (7, 12, 10)


def test_a_step_shows_what_was_chosen_before(hr, draft):
    setup.change(cycle=draft, scope=["NORTH"], only_audience="manager")

    page = hr.get("/cycles/spring/setup/who/").content.decode()

    assert page.count("checked") == 2


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("limits", {"k": "4", "k_comments": "10", "keep_days": "30"}),
        ("limits", {"k": "5", "k_comments": "9", "keep_days": "30"}),
        ("limits", {"k": "12", "k_comments": "10", "keep_days": "30"}),
        ("limits", {"k": "5", "k_comments": "abc", "keep_days": "30"}),
        ("limits", {"k": "5", "k_comments": "10", "keep_days": "-1"}),
        ("limits", {"k": "5", "k_comments": "10", "keep_days": "4000"}),
        ("when", {"closes_at": "2020-01-01T00:00", "turnout_goal": "70"}),
        ("when", {"closes_at": "soon", "turnout_goal": "70"}),
        ("when", {"closes_at": "2099-01-01T00:00", "turnout_goal": "0"}),
        ("when", {"closes_at": "2099-01-01T00:00", "turnout_goal": "101"}),
        ("who", {"scope": ["NOWHERE"]}),
        ("who", {"only_audience": "customers"}),
        ("languages", {"languages": ["fr"]}),
        ("what", {"title": "", "framework": "1"}),
    ],
)
def test_a_wrong_value_is_refused_and_changes_nothing(hr, draft, step, fields):
    before = Cycle.objects.values().get()

    response = send(hr, step, **fields)

    assert response.status_code == 400
    assert "There is a problem" in response.content.decode()
    assert Cycle.objects.values().get() == before


def test_the_form_names_the_time_zone(hr, draft):
    assert "Time zone: UTC" in hr.get("/cycles/spring/setup/when/").content.decode()


def test_a_closing_time_that_the_clocks_leave_out_is_refused(hr, draft, settings):
    settings.TIME_ZONE = "Africa/Cairo"  # in 2027 clocks go from midnight to one o'clock on 30 April

    with timezone.override("Africa/Cairo"):
        response = send(hr, "when", closes_at="2027-04-30T00:30", turnout_goal="70")

    assert response.status_code == 400
    assert "may not exist" in response.content.decode()


def test_an_open_cycle_has_no_steps_and_refuses_changes(hr):
    cycle = make.open_cycle(code="spring")

    response = send(hr, "limits", k="9", k_comments="12", keep_days="30")

    assert response.status_code == 404
    assert hr.get("/cycles/spring/setup/what/").status_code == 404
    with pytest.raises(TransitionError):
        setup.change(cycle=cycle, k=9)


def test_only_settings_can_be_changed(draft):
    with pytest.raises(ValueError, match="state"):
        setup.change(cycle=draft, state="open")


@pytest.mark.parametrize("role", ["", "manager", "executive", "auditor"])
def test_nobody_else_prepares_cycles(draft, role):
    browser = browser_as(*([role] if role else []))

    addresses = ["setup/who/", "questions/staff/", "copy/"]

    assert {browser.get(f"/cycles/spring/{one}").status_code for one in addresses} == {403}
    assert send(browser, "limits", k="9", k_comments="12").status_code == 403


# Who is asked


def test_a_cycle_of_some_units_asks_their_people_alone_and_freezes_their_part_of_the_tree(draft):
    setup.change(cycle=draft, scope=["NORTH"])

    cycle = cycles.open_cycle(cycle=draft)

    units = list(cycle.units.order_by("position").values_list("code", "parent_position", "depth"))
    heads = {unit.code: unit.staff_invited + unit.manager_invited for unit in cycle.units.all()}
    asked = set(Invitation.objects.filter(cycle=cycle).values_list("person__unit__code", flat=True))
    assert units == [("ORG", -1, 0), ("NORTH", 0, 1), ("DEPOT", 1, 2)]
    assert heads == {"ORG": 0, "NORTH": 7, "DEPOT": 7}
    assert asked == {"NORTH", "DEPOT"}


@pytest.mark.parametrize(("audience", "invited"), [("staff", 20), ("manager", 4), ("", 24)])
def test_a_cycle_of_one_audience_asks_nobody_else(draft, audience, invited):
    setup.change(cycle=draft, only_audience=audience)

    cycle = cycles.open_cycle(cycle=draft)

    found = Invitation.objects.filter(cycle=cycle)
    assert found.count() == invited
    assert set(found.values_list("audience", flat=True)) <= ({audience} if audience else {"staff", "manager"})


def test_the_checks_before_opening_count_what_opening_will_ask(hr, draft):
    setup.change(cycle=draft, scope=["NORTH"], only_audience="staff")

    page = hr.get("/cycles/spring/").content.decode()
    cycle = cycles.open_cycle(cycle=draft)

    assert "12 people will be asked (12 staff, 0 managers)" in page
    assert cycle.invitations.count() == 12


def test_a_chosen_unit_that_is_gone_asks_nobody_instead_of_everyone(hr, draft):
    empty = Unit.objects.create(code="EMPTY", name="Empty", parent=Unit.objects.get(code="ORG"))
    setup.change(cycle=draft, scope=["EMPTY"])
    empty.delete()

    page = hr.get("/cycles/spring/").content.decode()

    assert "There is nobody to ask" in page
    with pytest.raises(TransitionError):
        cycles.open_cycle(cycle=draft)


def test_opening_says_what_is_fixed_from_then_on(hr, draft):
    setup.change(cycle=draft, scope=["NORTH"], k=7)

    page = hr.get("/cycles/spring/open/").content.decode()

    assert "Fixed from then on" in page
    assert "only of NORTH and the units below" in page
    assert "7 for a figure" in page


# Preview


@pytest.mark.parametrize("audience", ["staff", "manager"])
def test_the_preview_shows_every_statement_of_the_audience_and_sends_nothing(hr, draft, audience):
    page = hr.get(f"/cycles/spring/questions/{audience}/").content.decode()

    assert page.count("<fieldset") == 4
    assert "What else?" in page
    assert 'name="clear"' not in page


def test_there_is_no_preview_for_an_audience_without_statements(hr, draft):
    assert hr.get("/cycles/spring/questions/customers/").status_code == 404


# Copying


def test_a_copy_starts_with_the_settings_texts_and_newest_framework_of_its_source(hr, draft):
    setup.change(
        cycle=draft, scope=["NORTH"], only_audience="staff", turnout_goal=80, k=7, k_comments=12, keep_days=5
    )
    CycleTexts.objects.create(cycle=draft, invitation_subject="Come in")
    newer = make.framework_row(version=2)

    response = hr.post("/cycles/spring/copy/", {"title": "Autumn", "code": "autumn"})

    copied = Cycle.objects.get(code="autumn")
    assert response["Location"] == "/cycles/autumn/setup/what/"
    assert (copied.state, copied.title, copied.framework, copied.closes_at) == (
        "draft",
        "Autumn",
        newer,
        None,
    )
    assert (copied.scope, copied.only_audience, copied.turnout_goal) == (["NORTH"], "staff", 80)
    assert (copied.k, copied.k_comments, copied.keep_days) == (7, 12, 5)
    assert copied.texts.get().invitation_subject == "Come in"
    assert AuditEvent.objects.latest("pk").details == {"source": "spring"}


def test_a_copy_leaves_out_units_that_are_gone_and_refuses_to_ask_everyone_instead(hr, draft):
    Unit.objects.create(code="EMPTY", name="Empty", parent=Unit.objects.get(code="ORG"))
    setup.change(cycle=draft, scope=["EMPTY"])
    Unit.objects.get(code="EMPTY").delete()

    response = hr.post("/cycles/spring/copy/", {"title": "Autumn", "code": "autumn"})

    assert response.status_code == 400
    assert not Cycle.objects.filter(code="autumn").exists()


def test_any_cycle_can_be_copied_but_to_no_code_that_is_taken(hr):
    make.open_cycle(code="spring")

    taken = hr.post("/cycles/spring/copy/", {"title": "Autumn", "code": "spring"})
    fine = hr.post("/cycles/spring/copy/", {"title": "Autumn", "code": "autumn"})

    assert (taken.status_code, fine.status_code) == (400, 302)
