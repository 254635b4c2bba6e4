"""Whoever sees to a step of a plan is reminded a week before its day, and once a week while it is late."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cfm.lib import jobs
from competencies.models import Competency, PlanItem
from competencies.services import plan_reminders, plans
from organisation.models import Person
from tests.factories.competencies import competency
from tests.factories.organisation import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asking() -> Competency:
    competency("C1")
    return Competency.objects.get(code="C1")


def step(
    days: int, *, person: Person | None = None, owner: Person | None = None, **fields: object
) -> PlanItem:
    today = timezone.localdate()
    values = {
        "competency": Competency.objects.get(code="C1"),
        "action": "Sit in on calls",
        "resource": None,
        "owner": owner,
        "starts_on": today - timedelta(days=60),
        "due_on": today + timedelta(days=days),
        "state": "planned",
    }
    return plans.save(item=None, person=person or PersonFactory(), by=None, **(values | fields))


def remind() -> int:
    plan_reminders.due()
    jobs.run_waiting()
    return len(mail.outbox)


@pytest.mark.parametrize(("days", "mails"), [(8, 0), (7, 1), (0, 1), (-1, 1)])
def test_the_first_reminder_comes_a_week_before_the_day(days, mails):
    step(days)

    assert remind() == mails


def test_it_comes_once_before_the_day_and_once_a_week_while_it_is_late():
    one = step(-10)
    remind()
    assert remind() == 1

    PlanItem.objects.filter(pk=one.pk).update(reminded_on=timezone.localdate() - timedelta(days=7))

    assert remind() == 2


def test_the_manager_who_sees_to_steps_gets_one_mail_with_all_of_them():
    boss = PersonFactory(roles=["manager"])
    for name in ("Ada", "Bo"):
        step(-3, person=PersonFactory(name=name, manager=boss), owner=boss)

    remind()

    (sent,) = mail.outbox
    assert sent.to == [boss.email]
    assert sent.subject == "2 steps of plans are late"
    assert "Sit in on calls (Ada)" in sent.body
    assert "Sit in on calls (Bo)" in sent.body


def test_nobody_else_is_told_of_a_plan():
    step(-3, owner=PersonFactory())

    assert remind() == 0


def test_of_what_is_done_or_of_people_who_left_nobody_is_reminded():
    step(-3, state="done")
    step(-3, person=PersonFactory(is_active=False))
    step(-3, person=PersonFactory(email=None))

    assert remind() == 0


def test_the_mail_is_in_the_language_of_its_reader():
    step(3, person=PersonFactory(language="fr"))

    remind()

    assert mail.outbox[0].subject == "1 étape d’un plan arrive à échéance"


def test_asking_needs_the_same_queries_for_one_person_and_for_many():
    def add(many: int) -> int:
        for _number in range(many):
            step(-3)
        with CaptureQueriesContext(connection) as taken:
            plan_reminders.due()
        jobs.run_waiting()
        return len(taken)

    assert add(1) == add(20)
