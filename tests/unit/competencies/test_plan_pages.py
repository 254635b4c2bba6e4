"""Development plans, coaching notes and learning resources with their effect."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.models import Cycle
from competencies import exports
from competencies.models import CoachingNote, Competency, PlanItem, Resource
from competencies.queries.impact import impacts
from competencies.services import plans
from organisation.models import Person
from tests.factories.assessments import open_cycle
from tests.factories.competencies import competency, imported
from tests.factories.organisation import PersonFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture
def boss() -> Person:
    return PersonFactory(roles=["manager"])


@pytest.fixture
def ada(boss: Person) -> Person:
    competency("C1")
    return PersonFactory(person_id="A1", name="Ada", manager=boss)


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def entered(person: Person, **fields: object) -> dict[str, object]:
    day = TODAY()
    values = {"competency": "C1", "action": "Sit in on calls", "owner": person.person_id, "starts_on": day}
    return values | {"due_on": day + timedelta(days=30), "state": "planned"} | fields


def step(person: Person, **fields: object) -> PlanItem:
    values = {
        "competency": Competency.objects.get(code="C1"),
        "action": "Sit in on calls",
        "resource": None,
        "owner": person,
        "starts_on": TODAY() - timedelta(days=60),
        "due_on": TODAY() + timedelta(days=30),
        "state": "planned",
    }
    return plans.save(item=None, person=person, by=None, **(values | fields))


def resource(code: str = "L1") -> Resource:
    return plans.save_resource(
        resource=None,
        competencies=[Competency.objects.get(code="C1")],
        by=None,
        code=code,
        title="Asking course",
        kind="course",
    )


# Plans


def test_a_step_is_planned_and_done_and_its_state_stands_in_the_file_of_gaps(ada, boss):
    new = reverse("plan_new", args=["A1"])

    planned = browser(boss).post(new, entered(ada))
    item = PlanItem.objects.get()
    states = [exports.plan_states([ada.pk])[ada.pk, item.competency_id]]
    browser(ada).post(reverse("plan_edit", args=[item.pk]), entered(ada, state="done"))
    states.append(exports.plan_states([ada.pk])[ada.pk, item.competency_id])

    assert planned.status_code == 302
    assert states == ["planned", "done"]
    assert PlanItem.objects.get().done_on == TODAY()


def test_a_live_step_goes_before_a_finished_one_in_the_file_of_gaps(ada):
    one = step(ada)
    step(ada, state="done")

    assert exports.plan_states([ada.pk])[ada.pk, one.competency_id] == "planned"


@pytest.mark.parametrize(
    "wrong",
    [
        {"competency": "C9"},
        {"action": ""},
        {"due_on": date(2020, 1, 1)},
        {"state": "maybe"},
        {"owner": "X1"},
        {"starts_on": "x"},
    ],
)
def test_a_step_that_cannot_be_is_refused(ada, wrong):
    answer = browser(ada).post(reverse("plan_new", args=["A1"]), entered(ada, **wrong))

    assert answer.status_code == 400
    assert not PlanItem.objects.exists()


def test_a_plan_is_for_the_person_their_manager_and_hr(ada, boss):
    item = step(ada)
    addresses = [reverse("plan_edit", args=[item.pk]), reverse("plan_new", args=["A1"])]
    hr = PersonFactory(roles=["hr"])
    strangers = [PersonFactory(roles=[role]) for role in ("manager", "executive", "administrator", "auditor")]

    for address in addresses:
        assert [browser(one).get(address).status_code for one in (ada, boss, hr)] == [200, 200, 200]
        assert {browser(one).get(address).status_code for one in [*strangers, PersonFactory()]} == {404}


def test_steps_that_are_due_are_brought_to_mind(ada, boss):
    open_cycle(code="spring", people={}, units={"ORG": None})
    step(ada, due_on=TODAY() - timedelta(days=1), action="Late one")
    step(ada, due_on=TODAY() + timedelta(days=13), action="Soon one")
    step(ada, due_on=TODAY() + timedelta(days=40), action="Later one")
    step(ada, due_on=TODAY() - timedelta(days=1), action="Done one", state="done")

    found = browser(boss).get(reverse("ratings")).context["reminders"]

    assert [(one.item.action, one.overdue) for one in found] == [("Late one", True), ("Soon one", False)]


def test_coaching_notes_are_between_the_two_and_hr_does_not_read_them(ada, boss):
    page, note = reverse("competency_person", args=["A1"]), reverse("coaching_note", args=["A1"])
    hr = PersonFactory(roles=["hr"])

    browser(boss).post(note, {"text": "You asked first today"})
    browser(ada).post(note, {"text": "It helped"})
    refused = browser(hr).post(note, {"text": "I listen in"}).status_code

    assert refused == 404
    assert [one.text for one in CoachingNote.objects.all()] == ["It helped", "You asked first today"]
    assert b"You asked first today" in browser(ada).get(page).content
    assert b"You asked first today" not in browser(hr).get(page).content


@pytest.mark.parametrize("text", ["", "  ", "x" * 2001])
def test_a_note_without_words_or_too_long_is_not_kept(ada, text):
    browser(ada).post(reverse("coaching_note", args=["A1"]), {"text": text})

    assert not CoachingNote.objects.exists()


# Resources


def test_hr_keeps_learning_resources_and_others_read_them(ada):
    values = {"code": "L1", "title": "Asking course", "kind": "course", "competencies": ["C1"]}
    hr = browser(PersonFactory(roles=["hr"]))

    made = hr.post(reverse("resource_new"), values)
    retired = hr.post(
        reverse("resource_edit", args=["L1"]), values | {"retired": "on", "retired_because": "No effect"}
    )

    assert (made.status_code, retired.status_code) == (302, 302)
    assert Resource.objects.get().retired
    assert b"No effect" in browser(ada).get(reverse("resources")).content
    assert browser(ada).get(reverse("resource_new")).status_code == 403
    assert hr.post(reverse("resource_new"), values).status_code == 400
    assert (
        hr.post(reverse("resource_new"), values | {"code": "L2", "competencies": ["C9"]}).status_code == 400
    )
    assert (
        hr.post(reverse("resource_new"), values | {"code": "L2", "url": "javascript:alert(1)"}).status_code
        == 400
    )


def courses(learners: int, others: int) -> Resource:
    """Two cycles; the learners go from 1 to 3 and complete the course between, the others from 1 to 1 or 2."""
    competency("C1")
    one = resource()
    first = open_cycle(code="first", people={"ORG": (1, 1)}, units={"ORG": None})
    second = open_cycle(code="second", people={}, units={"ORG": None})
    Cycle.objects.filter(pk=first.pk).update(opened_at=timezone.now() - timedelta(days=100))
    for number in range(learners + others):
        person = PersonFactory()
        learns = number < learners
        imported(first, person, "manager", {"C1": 1})
        imported(second, person, "manager", {"C1": 3 if learns else 1 + number % 2})
        if learns:
            item = step(person, resource=one, state="done")
            PlanItem.objects.filter(pk=item.pk).update(done_on=TODAY() - timedelta(days=20))
    return one


def test_the_effect_compares_those_who_completed_with_those_who_had_the_same_gap():
    courses(6, 6)

    found = impacts()[0]

    assert (found.completions, found.effect.completed, found.effect.compared) == (6, 6, 6)
    assert found.effect.effect == pytest.approx(1.5)
    assert found.effect.is_clear
    assert b"+1.5 levels" in browser(PersonFactory()).get(reverse("resources")).content


def test_with_too_few_people_the_page_says_so_and_shows_no_figure():
    courses(4, 9)

    assert impacts()[0].effect.effect is None
    assert b"Too few to say: 4 completed it" in browser(PersonFactory()).get(reverse("resources")).content


def test_a_completion_after_the_second_rating_is_no_evidence():
    courses(6, 6)
    PlanItem.objects.update(done_on=TODAY() + timedelta(days=1))

    assert impacts()[0].effect.completed == 0


def test_pages_of_plans_need_the_same_queries_for_one_and_for_many(ada, boss):
    resource()
    step(ada)
    pages = [reverse("competency_person", args=["A1"]), reverse("resources")]

    def queries() -> list[int]:
        counts = []
        for page in pages:
            client = browser(boss)
            client.get(page)
            with CaptureQueriesContext(connection) as caught:
                client.get(page)
            counts.append(len(caught))
        return counts

    few = queries()
    for number in range(10):
        step(ada, resource=resource(f"L{number + 2}"), state="done")
        plans.add_note(person=ada, author=boss, text="Well done")

    assert queries() == few
