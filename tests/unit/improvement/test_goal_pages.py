"""Goals in the browser: who sees and sets what, in the cascade, with their progress."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cfm.lib.models import AuditEvent
from improvement.models import Actual, Goal, Output, Resource
from improvement.queries.goals import target_scores
from improvement.services import goals as services
from organisation.models import Person, Unit
from tests.factories.assessments import framework_row
from tests.factories.improvement import ENDS, STARTS, framework, goal, indicator, output
from tests.factories.organisation import PersonFactory, UnitFactory, root

pytestmark = pytest.mark.django_db


@pytest.fixture
def north() -> Unit:
    return UnitFactory(code="NORTH")


@pytest.fixture
def south() -> Unit:
    return UnitFactory(code="SOUTH")


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text(response) -> str:
    return " ".join(response.content.decode().split())


def titles(person: Person, query: str = "") -> list[str]:
    response = browser(person).get(f"/goals/?framework=F1{query}")
    assert response.status_code == 200
    return [row.goal.code for row, *_words in response.context["lines"]]


def entered(**fields: object) -> dict[str, object]:
    values = {"code": "NEW", "title": "Answer at once", "unit": "NORTH", "starts_on": STARTS, "due_on": ENDS}
    return values | fields


def test_goals_stand_below_the_goal_they_serve(north):
    top = goal("A1")
    goal("A3")
    goal("A2", unit=north, parent=top)

    response = browser(PersonFactory(roles=["executive"])).get("/goals/")

    assert [(row.goal.code, row.depth) for row, *_words in response.context["lines"]] == [
        ("A1", 0),
        ("A2", 1),
        ("A3", 0),
    ]


def test_staff_see_goals_of_their_line_of_units_and_their_own_but_no_others(north, south):
    person, colleague = PersonFactory(unit=north), PersonFactory(unit=north)
    goal("ORG")
    goal("N", unit=north)
    goal("S", unit=south)
    goal("MINE", person=person)
    goal("THEIRS", person=colleague)

    assert titles(person) == ["N", "ORG"]
    assert [row.goal.code for row, *_rest in browser(person).get("/goals/").context["mine"]] == ["MINE"]
    assert browser(person).get("/goals/MINE/").status_code == 200
    assert browser(person).get("/goals/THEIRS/").status_code == 404
    assert browser(person).get("/goals/S/").status_code == 404


def test_a_goal_of_a_person_is_seen_by_their_manager_and_hr_but_by_no_executive(north, south):
    person = PersonFactory(unit=north)
    goal("P", person=person)
    manager, other = (
        PersonFactory(unit=north, roles=["manager"]),
        PersonFactory(unit=south, roles=["manager"]),
    )

    seen = {
        "manager": titles(manager, "&people=on"),
        "other": titles(other, "&people=on"),
        "hr": titles(PersonFactory(roles=["hr"]), "&people=on"),
        "executive": titles(PersonFactory(roles=["executive"]), "&people=on"),
        "auditor": titles(PersonFactory(roles=["auditor"]), "&people=on"),
    }

    assert seen == {"manager": ["P"], "other": [], "hr": ["P"], "executive": [], "auditor": []}


def test_a_manager_sets_goals_for_the_own_part_only(north, south):
    framework()
    manager = browser(PersonFactory(unit=north, roles=["manager"]))

    inside = manager.post(reverse("goal_new"), entered())
    outside = manager.post(reverse("goal_new"), entered(code="OUT", unit="SOUTH"))

    assert inside.status_code == 302
    assert outside.status_code == 400
    assert list(Goal.objects.values_list("code", flat=True)) == ["NEW"]
    assert AuditEvent.objects.filter(action="goal.save", subject="NEW").exists()


def test_an_executive_sets_goals_of_the_organisation_and_leaves_units_to_their_managers(north):
    goal("N", unit=north)
    executive = browser(PersonFactory(roles=["executive"]))

    assert executive.post(reverse("goal_new"), entered(unit="ORG")).status_code == 302
    assert executive.get("/goals/N/").status_code == 200
    assert executive.get("/goals/N/edit/").status_code == 404


def test_a_persons_goal_needs_somebody_within_reach(north, south):
    framework()
    PersonFactory(person_id="INSIDE", unit=north)
    PersonFactory(person_id="OUTSIDE", unit=south)
    manager = browser(PersonFactory(unit=north, roles=["manager"]))

    assert manager.post(reverse("goal_new"), entered(person_id="OUTSIDE")).status_code == 400
    assert manager.post(reverse("goal_new"), entered(person_id="INSIDE")).status_code == 302
    assert Goal.objects.get().person.person_id == "INSIDE"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"due_on": STARTS}, "not after the begin"),
        ({"due_on": ENDS + timedelta(days=1)}, "The framework runs from"),
        ({"parent": "BELOW"}, "of its own unit or of a unit above"),
        ({"target_score": "60"}, "of a unit and a building block"),
        ({"code": "/"}, "begins with a letter or digit"),
    ],
)
def test_what_does_not_fit_is_said_beside_the_field(north, fields, told):
    goal("BELOW", unit=UnitFactory(parent=north))
    hr = browser(PersonFactory(roles=["hr"]))

    response = hr.post(reverse("goal_new"), entered(**fields))

    assert response.status_code == 400
    assert told in text(response)
    assert Goal.objects.count() == 1


def test_goals_cannot_serve_each_other():
    first = goal("A1")
    second = goal("A2", parent=first)
    hr = browser(PersonFactory(roles=["hr"]))

    response = hr.post("/goals/A1/edit/", entered(title="A", unit="ORG", parent=second.code))

    assert response.status_code == 400
    assert "would serve each other" in text(response)


def test_whoever_sees_to_a_goal_reports_its_figures_and_changes_nothing_else(north):
    owner = PersonFactory(unit=north)
    one = indicator(goal("N", unit=north, owner=owner), 40, 60)
    client = browser(owner)

    response = client.post("/goals/N/report/", {"indicator": one.pk, "on": "2026-01-31", "value": "47.5"})

    assert response.status_code == 302
    assert [str(row.value.normalize()) for row in Actual.objects.all()] == ["47.5"]
    assert client.get("/goals/N/edit/").status_code == 404


def test_a_second_figure_of_a_day_replaces_the_first_and_tomorrow_is_refused():
    one = indicator(goal("G"))
    client = browser(PersonFactory(roles=["hr"]))
    tomorrow = timezone.localdate() + timedelta(days=1)

    for value in ("41", "42"):
        client.post("/goals/G/report/", {"indicator": one.pk, "on": "2026-01-31", "value": value})
    refused = client.post("/goals/G/report/", {"indicator": one.pk, "on": tomorrow, "value": "43"})

    assert refused.status_code == 400
    assert [int(row.value) for row in Actual.objects.all()] == [42]


def test_the_page_of_a_goal_says_where_it_stands_in_a_sentence(north):
    today = timezone.localdate()
    one = goal("G", why="They wait too long.")
    indicator(one, 40, 60, {STARTS + (today - STARTS) / 2: 40.5, today: 41})
    output(one, "Phones", due=date(2025, 6, 1))

    page = text(browser(PersonFactory(roles=["executive"])).get("/goals/G/"))

    assert "5% of the way when" in page
    assert "Behind:" in page
    assert "They wait too long." in page
    assert "late" in page


def test_a_budget_belongs_to_an_output_of_the_same_goal_and_keeps_it():
    one, other = goal("G1"), goal("G2")
    first, foreign = output(one), output(other)
    client = browser(PersonFactory(roles=["hr"]))
    values = {"text": "Training", "kind": "money", "planned": "1000", "used": "0"}

    refused = client.post("/goals/G1/resources/new/", values | {"output": foreign.pk})
    saved = client.post("/goals/G1/resources/new/", values | {"output": first.pk})
    kept = client.post("/goals/G1/outputs/1/", {"delete": "1"}, follow=True)

    assert (refused.status_code, saved.status_code) == (400, 302)
    assert Resource.objects.get().output == first
    assert "This output has resources" in text(kept)
    assert Output.objects.filter(pk=first.pk).exists()


def test_the_database_refuses_an_indicator_without_a_way_to_go():
    one = indicator(goal("G"), 40, 60)

    with pytest.raises(IntegrityError), transaction.atomic():
        type(one).objects.filter(pk=one.pk).update(target=40)


def test_giving_up_a_goal_needs_a_reason():
    goal("G")
    client = browser(PersonFactory(roles=["hr"]))

    refused = client.post("/goals/G/end/", {"state": "dropped", "closing_note": " "})
    saved = client.post("/goals/G/end/", {"state": "dropped", "closing_note": "Nobody asked for it"})

    assert (refused.status_code, saved.status_code) == (400, 302)
    assert "Given up. Nobody asked for it" in text(client.get("/goals/G/"))


def test_years_are_set_by_who_leads_or_does_hr_for_the_whole_organisation(north):
    values = {
        "code": "F2",
        "title": "Next",
        "starts_on": "2029-01-01",
        "ends_on": "2032-12-31",
        "currency": "EUR",
    }

    statuses = [
        browser(person).post(reverse("goal_framework_new"), values).status_code
        for person in (
            PersonFactory(roles=["manager"]),
            PersonFactory(roles={"hr": north}),
            PersonFactory(roles=["executive"]),
        )
    ]

    assert statuses == [403, 403, 302]


def test_years_may_not_shrink_below_their_goals():
    goal("G")
    client = browser(PersonFactory(roles=["hr"]))
    values = {"title": "F", "starts_on": "2025-01-01", "ends_on": "2026-12-31", "currency": "EUR"}

    response = client.post("/goals/-/years/F1/", values)

    assert response.status_code == 400
    assert "lie outside" in text(response)


def test_the_list_narrows_to_what_is_behind_and_to_a_unit(north):
    today = timezone.localdate()
    indicator(goal("SLOW", unit=north), 0, 100, {today: 1})
    indicator(goal("FAST", unit=north), 0, 100, {today: 99})
    goal("TOP")  # nothing measured for too long
    executive = PersonFactory(roles=["executive"])

    assert titles(executive, "&standing=behind") == ["SLOW", "TOP"]
    assert titles(executive, "&standing=behind&unit=NORTH") == ["SLOW"]
    assert titles(executive, "&unit=NORTH&standing=on_track") == ["FAST"]
    assert titles(executive, "&unit=NOWHERE&standing=nonsense") == ["FAST", "SLOW", "TOP"]


def test_the_list_needs_the_same_queries_for_two_goals_and_for_twenty(north):
    executive = browser(PersonFactory(roles=["executive"]))

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            executive.get("/goals/")
        return len(caught)

    for number in range(2):
        indicator(goal(f"G{number}", unit=north), 40, 60, {STARTS: 41})
    executive.get("/goals/")
    few = queries()
    for number in range(2, 20):
        indicator(goal(f"G{number}", unit=north), 40, 60, {STARTS: 41, date(2025, 6, 1): 44})

    assert queries() == few


def test_the_table_of_the_framework_holds_all_five_parts():
    one = goal("G")
    first = output(one, "New letters")
    indicator(one, 40, 60)
    services.save_part(goal=one, what="strategies", part=None, text="Write as we speak", by=None)
    Resource.objects.create(goal=one, number=1, text="Editor", output=first, planned=500)

    page = text(browser(PersonFactory(roles=["auditor"])).get(reverse("goals_framework")))

    for part in ("New letters", "Settled the first time", "40 → 60 %", "Write as we speak", "Editor: 500"):
        assert part in page


def test_an_empty_organisation_is_told_what_to_do_next():
    hr, staff = browser(PersonFactory(roles=["hr"])), browser(PersonFactory())

    assert reverse("goal_framework_new") in text(hr.get("/goals/"))
    assert "Executives or HR say first" in text(staff.get("/goals/"))
    assert hr.get(reverse("goal_new")).headers["Location"] == reverse("goal_framework_new")


class TestTargets:
    @pytest.fixture(autouse=True)
    def _framework(self):
        framework_row()

    def target(self, code: str, score: float, **fields: object) -> Goal:
        return goal(code, block="B3", target_score=score, **fields)

    def test_the_newest_goal_in_force_gives_the_target_by_unit_and_block(self, north):
        self.target("OLD", 50)
        self.target("NEW", 60, starts_on=date(2025, 6, 1))
        self.target("N", 70, unit=north)
        services.close_goal(
            goal=self.target("GONE", 90, starts_on=date(2025, 7, 1)), state="dropped", note="x", by=None
        )

        found = target_scores(today=date(2026, 1, 1))

        assert {
            unit: {block: float(one.score) for block, one in row.items()} for unit, row in found.items()
        } == {
            root().code: {"B3": 60.0},
            "NORTH": {"B3": 70.0},
        }
        assert found["NORTH"]["B3"].goal == "N"

    def test_a_goal_that_has_not_begun_gives_none(self):
        self.target("LATER", 60, starts_on=date(2026, 6, 1))

        assert target_scores(today=date(2026, 5, 31)) == {}

    def test_a_target_for_the_cycle_counts_before_one_for_any_and_one_for_another_not_at_all(self):
        self.target("ANY", 60, starts_on=date(2025, 6, 1))
        self.target("THIS", 55, target_cycle="spring")
        self.target("OTHER", 80, target_cycle="autumn", starts_on=date(2025, 7, 1))

        today = date(2026, 1, 1)

        assert float(target_scores("spring", today=today)["ORG"]["B3"].score) == 55
        assert float(target_scores("winter", today=today)["ORG"]["B3"].score) == 60
        assert float(target_scores(today=today)["ORG"]["B3"].score) == 80
