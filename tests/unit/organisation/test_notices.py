"""Mails that are no invitations: at once, together once a week, or not at all; each once."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cfm.lib import jobs
from cfm.lib.models import Job
from organisation.models import MailChoice, Notice, Person
from organisation.services import notices
from tests.factories.organisation import PersonFactory

pytestmark = pytest.mark.django_db


def tell(person: Person, key: str = "k1") -> None:
    notices.tell(to=person, subject=f"News {key}", parts=["First.", "Second."], key=key)


def week_over(person: Person) -> None:
    MailChoice.objects.filter(person=person).update(digest_on=timezone.localdate() - timedelta(days=7))


def test_without_a_choice_a_mail_comes_at_once():
    tell(PersonFactory(email="ada@test.example"))

    assert [one.to for one in mail.outbox] == [["ada@test.example"]]
    assert mail.outbox[0].body == "First.\n\nSecond.\n"


def test_who_wants_none_gets_none_and_nothing_waits():
    person = PersonFactory()
    notices.choose(person=person, how="weekly")
    tell(person)
    notices.choose(person=person, how="off")

    tell(person, "k2")

    assert mail.outbox == []
    assert not Notice.objects.exists()


def test_once_a_week_everything_that_waits_comes_as_one_mail():
    person = PersonFactory()
    notices.choose(person=person, how="weekly")
    for key in ("k1", "k2", "k1"):
        tell(person, key)
    assert notices.due() == 0
    week_over(person)

    assert notices.due() == 1
    jobs.run_waiting()

    (sent,) = mail.outbox
    assert sent.subject == "Your week: 2 messages"
    assert sent.body.index("News k1") < sent.body.index("News k2")
    assert sent.body.count("Second.") == 2
    assert "/me/mails/" in sent.body
    assert not Notice.objects.exists()
    assert notices.due() == 0


def test_the_next_weekly_mail_waits_a_week_again():
    person = PersonFactory()
    notices.choose(person=person, how="weekly")
    week_over(person)
    tell(person)
    notices.due()
    jobs.run_waiting()

    tell(person, "k2")

    assert notices.due() == 0
    assert len(mail.outbox) == 1


def test_what_waits_comes_soon_once_somebody_wants_mails_at_once():
    person = PersonFactory()
    notices.choose(person=person, how="weekly")
    tell(person)
    notices.choose(person=person, how="now")

    notices.due()
    jobs.run_waiting()

    assert len(mail.outbox) == 1


def test_of_somebody_who_left_nothing_is_sent_and_nothing_waits_for_ever():
    person = PersonFactory()
    notices.choose(person=person, how="weekly")
    tell(person)
    week_over(person)
    Person.objects.filter(pk=person.pk).update(is_active=False)

    notices.due()
    jobs.run_waiting()

    assert mail.outbox == []
    assert not Notice.objects.exists()


def test_a_failed_weekly_mail_is_not_asked_for_again_within_the_hour():
    person = PersonFactory()
    notices.choose(person=person, how="weekly")
    tell(person)
    week_over(person)
    notices.due()
    Job.objects.update(state=Job.State.FAILED, finished_at=timezone.now())

    assert notices.due() == 0
    Job.objects.update(finished_at=timezone.now() - timedelta(hours=2))
    assert notices.due() == 1


def test_asking_needs_the_same_queries_for_one_person_and_for_many():
    def add(number: int) -> int:
        for _one in range(number):
            person = PersonFactory()
            notices.choose(person=person, how="weekly")
            tell(person)
            week_over(person)
        with CaptureQueriesContext(connection) as taken:
            assert notices.due() == number
        return len(taken)

    assert add(1) == add(60)


def test_the_page_keeps_the_choice_of_whoever_is_signed_in():
    person, other = PersonFactory(), PersonFactory()
    client = Client()
    client.force_login(person)

    client.post("/me/mails/", {"how": "weekly"})

    assert notices.choice_of(person) == "weekly"
    assert notices.choice_of(other) == "now"
    page = " ".join(client.get("/me/mails/").content.decode().split())
    assert page.count("checked") == 1
