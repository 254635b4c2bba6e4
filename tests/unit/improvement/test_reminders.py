"""Owners of actions are reminded a week before they are due, and once a week while they are overdue."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cfm.lib import jobs
from improvement.models import Action
from improvement.services import actions, reminders
from tests.factories.improvement import action
from tests.factories.organisation import PersonFactory

pytestmark = pytest.mark.django_db


def due_in(days: int, code: str = "A1", **fields: object) -> Action:
    owner = fields.pop("owner", None) or PersonFactory()
    due_on = timezone.localdate() + timedelta(days=days)
    return action(code, owner=owner, due_on=due_on, more_because="A test", **fields)


def remind() -> int:
    reminders.due()
    jobs.run_waiting()
    return len(mail.outbox)


@pytest.mark.parametrize(("days", "mails"), [(8, 0), (7, 1), (0, 1), (-1, 1)])
def test_the_first_reminder_comes_a_week_before_the_day(days, mails):
    due_in(days)

    assert remind() == mails


def test_before_the_day_it_comes_once():
    due_in(7)
    remind()

    assert remind() == 1


def test_while_it_is_overdue_it_comes_once_a_week():
    one = due_in(-10)
    remind()
    assert remind() == 1

    Action.objects.filter(pk=one.pk).update(reminded_on=timezone.localdate() - timedelta(days=7))

    assert remind() == 2


def test_after_the_reminder_before_the_day_the_first_overdue_one_comes_at_once():
    one = due_in(-1)
    Action.objects.filter(pk=one.pk).update(reminded_on=timezone.localdate() - timedelta(days=3))

    assert remind() == 1


def test_one_person_gets_one_mail_about_all_their_actions():
    owner = PersonFactory()
    due_in(-3, "A1", owner=owner)
    due_in(3, "A2", owner=owner)

    remind()

    (sent,) = mail.outbox
    assert sent.subject == "1 action is overdue"
    assert "Action A1" in sent.body
    assert "/actions/A2/" in sent.body


def test_of_an_action_that_ended_nobody_is_reminded():
    actions.report(action=due_in(-3), state="done", note="It works.", by=None)

    assert remind() == 0


def test_who_left_or_has_no_address_is_not_written_to():
    due_in(-3, "A1", owner=PersonFactory(is_active=False))
    due_in(-3, "A2", owner=PersonFactory(email=None))

    assert remind() == 0


def test_asking_needs_the_same_queries_for_one_person_and_for_many():
    def add(numbers: range) -> int:
        for number in numbers:
            due_in(-3, f"A{number}")
        with CaptureQueriesContext(connection) as taken:
            reminders.due()
        jobs.run_waiting()
        return len(taken)

    assert add(range(1)) == add(range(1, 30))
