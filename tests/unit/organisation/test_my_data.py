"""My data: all that is held about me and nobody else; what a leaver leaves; what is deleted after some days."""

import csv
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.models import Cycle, Draft, Invitation, Link
from cfm.lib import audit, jobs, personal
from cfm.lib.models import AuditEvent, Job
from competencies.models import PlanItem, RatingChange, Sheet
from competencies.services import plans, ratings
from improvement.models import Goal
from organisation import tasks
from organisation.models import Approval, Person
from organisation.services import leavers
from tests.factories import improvement
from tests.factories.assessments import open_cycle
from tests.factories.competencies import competency, rated
from tests.factories.organisation import PersonFactory, UnitFactory

pytestmark = pytest.mark.django_db
PASSWORD = "umbrella seldom violet"
CANARY = "Zyxwvut"


@pytest.fixture(autouse=True)
def _no_attempts_yet():
    cache.clear()


@pytest.fixture
def cycle() -> Cycle:
    competency("C1")
    return open_cycle(code="spring", people={"ORG": (1, 1)}, units={"ORG": None})


@pytest.fixture
def boss() -> Person:
    return PersonFactory(person_id="M1", name="Mona Manager", roles=["manager"])


@pytest.fixture
def ada(cycle: Cycle, boss: Person) -> Person:
    """Somebody who has been here for a while: rated, with a plan, a goal, a role, a session."""
    person = PersonFactory(
        person_id=f"A-{CANARY}", name=f"Ada {CANARY}", email=f"{CANARY}@test.example".lower(), manager=boss
    )
    person.set_password(PASSWORD)
    person.save()
    one = ratings.rate(
        cycle=cycle, person=person, competency=_c1(), level=2, note=f"{CANARY} says so", by=person
    )
    assert one is not None
    ratings.hand_in(cycle=cycle, person=person, by=person)
    rated(cycle, person, boss, {"C1": 3})
    ratings.comment(cycle=cycle, person=person, text=f"{CANARY} agrees", by=person)
    plans.add_note(person=person, author=boss, text=f"{CANARY} learns fast")
    improvement.goal("GA", person=person)
    EmailAddress.objects.create(
        user=person, email=f"{CANARY}@test.example".lower(), primary=True, verified=True
    )
    return person


def _c1() -> Any:
    return apps.get_model("competencies", "Competency").objects.get(code="C1")


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def proved(person: Person) -> Client:
    """A browser of somebody who has just signed in and given the password again."""
    person.set_password(PASSWORD)
    person.save()
    client = Client()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def archive(client: Client) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(client.get("/me/data.zip").content))


# My data


def test_the_page_says_what_is_held_and_leads_to_reply_withdraw_and_readers(ada):
    page = browser(ada).get("/me/").content.decode()

    for words in (
        "Ratings of you",
        "Your own goals",
        "Coaching notes",
        "/me/readers/",
        "/assess/",
        "/me/data.zip",
    ):
        assert words in page
    assert "board packs" in page  # named as something of which nothing is held


def test_the_page_needs_as_many_queries_for_one_and_for_many_rows(ada, cycle, boss):
    client = browser(ada)
    client.get("/me/")
    with CaptureQueriesContext(connection) as few:
        client.get("/me/")
    for number in range(10):
        improvement.goal(f"G{number}", person=ada)
        competency(f"X{number}")
    with CaptureQueriesContext(connection) as many:
        client.get("/me/")

    assert len(many) == len(few)


def test_the_download_holds_my_data_as_tables_and_json_and_in_words(ada):
    files = archive(proved(ada))

    whole = json.loads(files.read("my-data.json"))
    rows = list(csv.DictReader(io.StringIO(files.read("ratings.csv").decode())))
    assert whole["person"][0]["email"] == f"{CANARY}@test.example".lower()
    assert {(row["rater"], row["level"]) for row in rows} == {("self", "2"), ("manager", "3")}
    assert whole["conversations"][0]["your_comment"] == f"{CANARY} agrees"
    assert [row["goal"] for row in whole["goals"]] == ["GA"]
    assert "answers to questionnaires are not in these files" in files.read("about.txt").decode()
    assert set(files.namelist()) == {"about.txt", "my-data.json", *(f"{name}.csv" for name in personal.PARTS)}


def test_the_download_holds_nobody_elses_data(ada, cycle, boss):
    other = PersonFactory(name="Otto Other", email="otto@test.example", manager=boss)
    rated(cycle, other, other, {"C1": 5})
    improvement.goal("GO", person=other)

    text = "".join(archive(proved(ada)).read("my-data.json").decode())

    assert "GO" not in json.dumps(json.loads(text)["goals"])
    assert "otto@test.example" not in text


def test_what_the_manager_has_not_shared_yet_is_not_in_the_download(cycle, boss):
    person = PersonFactory(manager=boss)
    rated(cycle, person, boss, {"C1": 1}, hand_in=False)

    whole = json.loads(archive(proved(person)).read("my-data.json"))

    assert whole["ratings"] == []
    assert whole["rating_history"] == []


def test_cells_of_the_download_are_no_formulas(ada, cycle):
    Goal.objects.filter(code="GA").update(title="=cmd|' /C calc'!A0")

    rows = archive(proved(ada)).read("goals.csv").decode()

    assert "'=cmd" in rows


def test_the_download_asks_again_who_one_is_and_is_written_down(ada):
    client = Client()
    client.force_login(ada)

    asked = client.get("/me/data.zip")
    archive(proved(ada))

    assert asked.status_code == 302
    assert "/accounts/reauthenticate/" in asked["Location"]
    event = AuditEvent.objects.get(action="person.my_data")
    assert (event.actor, event.subject) == (ada.pk, f"person/{ada.pk}")


# Leavers


def everything() -> str:
    """Return every value of every table but the audit log's ids, as text."""
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table == "django_session":
                continue
            cursor.execute(f'SELECT * FROM "{table}"')
            parts += [f"{table}: {row}" for row in cursor.fetchall() if CANARY.lower() in repr(row).lower()]
    return "\n".join(parts)


def test_an_anonymous_leaver_is_named_in_no_table_of_the_database(ada):
    assert everything()

    leavers.anonymise(person=ada, by=None)

    assert everything() == ""


def test_making_somebody_anonymous_breaks_no_line_of_the_audit_log(ada, boss):
    audit.record("rating.read", f"person/{ada.pk}", by=boss.pk)

    leavers.anonymise(person=ada, by=None)

    assert audit.verify().sound
    auditor = PersonFactory(roles=["auditor"])
    page = browser(auditor).get("/audit/").content.decode()
    assert leavers.NAME in page
    assert CANARY not in page


def test_every_session_of_a_leaver_ends_and_the_password_opens_nothing(ada):
    client = proved(ada)
    assert client.get("/me/").status_code == 200
    key = client.session.session_key

    leavers.anonymise(person=ada, by=None)

    assert client.get("/me/").status_code == 302
    again = Client().post("/accounts/login/", {"login": f"{CANARY}@test.example", "password": PASSWORD})
    assert again.status_code == 200
    assert not Session.objects.filter(session_key=key).exists()


def test_levels_stay_without_words_and_plan_goals_notes_and_history_go(ada):
    leavers.anonymise(person=ada, by=None)

    sheet = Sheet.objects.get(person=ada)
    assert {rating.level for rating in sheet.ratings.all()} == {2, 3}
    assert not RatingChange.objects.filter(sheet=sheet).exists()
    assert not Goal.objects.filter(person=ada).exists()
    assert not PlanItem.objects.filter(person=ada).exists()


def test_goals_of_a_leaver_that_serve_each_other_go_and_the_units_goal_stays(ada):
    above = improvement.goal("GU")
    Goal.objects.filter(code="GA").update(parent=above)
    improvement.goal("GB", person=ada, parent=Goal.objects.get(code="GA"))

    leavers.anonymise(person=ada, by=None)

    assert list(Goal.objects.all()) == [above]


def test_a_leavers_personal_links_open_nothing_and_the_head_count_stays(ada, cycle):
    unit = cycle.units.get(position=0)
    asked = Invitation.objects.create(cycle=cycle, person=ada, unit=unit, audience="staff")
    Link.objects.create(invitation=asked, digest="a" * 64)

    leavers.anonymise(person=ada, by=None)

    assert not Link.objects.exists()
    assert Invitation.objects.filter(pk=asked.pk).exists()


def test_doing_it_again_changes_nothing(ada):
    first = leavers.anonymise(person=ada, by=None)
    again = leavers.anonymise(person=first, by=None)

    assert again.person_id == first.person_id
    assert AuditEvent.objects.filter(action="person.anonymise").count() == 1


def test_nobody_makes_themselves_or_the_last_administrator_anonymous(ada):
    admin = PersonFactory(roles=["administrator"])

    with pytest.raises(ValidationError):
        leavers.anonymise(person=admin, by=admin)
    with pytest.raises(ValidationError):
        leavers.anonymise(person=admin, by=PersonFactory(roles=["hr"]))


def test_hr_of_a_part_makes_nobody_anonymous_whose_roles_reach_further():
    part = UnitFactory()
    person = PersonFactory(unit=part, roles=["executive"])

    with pytest.raises(ValidationError):
        leavers.anonymise(person=person, by=PersonFactory(roles={"hr": part}))


@pytest.mark.parametrize("role", ["hr", "administrator"])
def test_the_page_asks_for_the_id_before_it_does_it(ada, role):
    client = proved(PersonFactory(roles=[role], email="by@test.example"))
    address = f"/people/{ada.person_id}/anonymise/"

    shown = client.get(address)
    slip = client.post(address, {"person_id": "A-other"})
    still = Person.objects.get(pk=ada.pk).name
    done = client.post(address, {"person_id": ada.person_id})

    assert (shown.status_code, slip.status_code, done.status_code) == (200, 400, 302)
    assert CANARY in still
    assert Person.objects.get(pk=ada.pk).name == leavers.NAME
    assert AuditEvent.objects.get(action="person.anonymise").actor is not None
    assert client.get(done["Location"]).status_code == 200


def test_the_page_asks_again_who_one_is(ada):
    client = Client()
    hr = PersonFactory(roles=["hr"])
    hr.set_password(PASSWORD)
    hr.save()
    client.force_login(hr)

    assert "/reauthenticate/" in client.get(f"/people/{ada.person_id}/anonymise/")["Location"]


def test_an_anonymous_person_can_be_neither_changed_nor_made_active(ada):
    gone = leavers.anonymise(person=ada, by=None)
    admin = browser(PersonFactory(roles=["administrator"]))

    assert admin.get(f"/people/{gone.person_id}/edit/").status_code == 404


def test_the_command_makes_anonymous_and_its_dry_run_does_not(ada, capsys):
    call_command("anonymise_person", ada.person_id, "--dry-run")
    assert Person.objects.get(pk=ada.pk).anonymised_at is None

    call_command("anonymise_person", ada.person_id)

    assert Person.objects.get(pk=ada.pk).name == leavers.NAME
    with pytest.raises(CommandError):
        call_command("anonymise_person", "NOBODY")


# What time deletes


@pytest.fixture
def at(monkeypatch):
    """Move the clock by so many days, and run the nightly job there."""

    def night(days: int) -> None:
        moved = timezone.now() + timedelta(days=days)
        with monkeypatch.context() as patch:
            patch.setattr(timezone, "now", lambda: moved)
            with_job = jobs.enqueue(tasks.RETENTION, key=f"night {days}")
            jobs.run(with_job.pk)

    return night


def test_a_leaver_becomes_anonymous_and_then_loses_the_levels_after_the_days_of_the_settings(
    ada, at, settings
):
    settings.RETAIN_LEAVERS_DAYS, settings.RETAIN_RATINGS_DAYS = 100, 200
    Person.objects.filter(pk=ada.pk).update(is_active=False)

    at(0)
    at(99)
    assert CANARY in Person.objects.get(pk=ada.pk).name
    at(102)
    assert Person.objects.get(pk=ada.pk).name == leavers.NAME
    at(301)
    assert Sheet.objects.filter(person=ada).exists()
    at(304)
    assert not Sheet.objects.filter(person=ada).exists()


def test_who_comes_back_in_time_keeps_the_name(ada, at, settings):
    settings.RETAIN_LEAVERS_DAYS = 100
    Person.objects.filter(pk=ada.pk).update(is_active=False)
    at(0)
    Person.objects.filter(pk=ada.pk).update(is_active=True)

    at(101)
    Person.objects.filter(pk=ada.pk).update(is_active=False)
    at(150)

    assert CANARY in Person.objects.get(pk=ada.pk).name


def test_ended_sessions_old_jobs_decisions_and_mails_go_and_young_ones_stay(
    ada, boss, at, settings, tmp_path
):
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.EMAIL_FILE_PATH.mkdir()
    (settings.EMAIL_FILE_PATH / "a.log").write_text("To: somebody")
    client = browser(ada)
    now = timezone.now()
    Approval.objects.create(
        action="x", subject="y", asked_by=ada, decided_by=boss, state="approved", decided_at=now
    )
    Job.objects.create(kind="noop", key="a", state="done", not_before=now, finished_at=now)
    waits = Job.objects.create(kind="noop", key="b", not_before=now + timedelta(days=999))

    at(0)
    assert client.get("/me/").status_code == 200
    assert (Approval.objects.count(), len(list(settings.EMAIL_FILE_PATH.iterdir()))) == (1, 1)
    at(2)
    assert not Session.objects.exists()
    at(400)

    assert (Approval.objects.count(), len(list(settings.EMAIL_FILE_PATH.iterdir()))) == (0, 0)
    assert set(Job.objects.filter(kind="noop")) == {waits}


def test_drafts_and_links_of_a_closed_cycle_go_and_those_of_an_open_one_stay(ada, cycle, at):
    unit = cycle.units.get(position=0)
    asked = Invitation.objects.create(cycle=cycle, person=ada, unit=unit, audience="staff")
    Link.objects.create(invitation=asked, digest="a" * 64)
    Draft.objects.create(key="b" * 64, cycle=cycle, sealed=b"x")

    at(400)
    assert (Link.objects.count(), Draft.objects.count()) == (1, 1)
    Cycle.objects.filter(pk=cycle.pk).update(state="closed", closed_at=timezone.now())
    at(1)
    assert (Link.objects.count(), Draft.objects.count()) == (1, 0)
    at(91)

    assert Link.objects.count() == 0


def test_the_night_is_written_down_as_counts_and_a_night_without_work_is_not(ada, at):
    at(0)
    assert not AuditEvent.objects.filter(action="data.retention").exists()
    Job.objects.create(
        kind="noop", key="a", state="done", not_before=timezone.now(), finished_at=timezone.now()
    )

    at(50)

    assert AuditEvent.objects.get(action="data.retention").details["jobs"] >= 1


@pytest.mark.parametrize(
    ("hour", "last_days_ago", "asked"), [(3, 1, True), (3, 0, False), (12, 1, False), (12, 3, True)]
)
def test_the_deletion_is_asked_for_once_a_night_or_after_nights_without_power(
    monkeypatch, hour, last_days_ago, asked
):
    now = timezone.localtime().replace(hour=hour, minute=30)
    monkeypatch.setattr(timezone, "now", lambda: now)
    day = now - timedelta(days=last_days_ago)
    last = Job.objects.create(
        kind=tasks.RETENTION, key=day.date().isoformat(), state="done", not_before=day, finished_at=day
    )
    Job.objects.filter(pk=last.pk).update(created_at=day)

    tasks.request_retention()
    tasks.request_retention()

    assert Job.objects.filter(kind=tasks.RETENTION, state="queued").count() == int(asked)
