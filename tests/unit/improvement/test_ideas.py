"""Ideas from staff: what is stored of an unnamed one, who answers by when, and who sees what."""

import uuid
from datetime import date, timedelta

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cfm.lib import jobs
from cfm.lib.models import AuditEvent, Job
from improvement.models import Idea, IdeaAnswer
from improvement.rules import ideas as rules
from improvement.services import idea_mails
from improvement.services import ideas as services
from improvement.services.errors import RefusedError
from organisation.models import Person, Unit
from tests.factories.improvement import idea
from tests.factories.organisation import PersonFactory, UnitFactory, root

CANARY = "Zebracrossing"
RECEIPT = "BCDF-GHJK-MNPQ-RSTV"
HOSTILE = "<script>alert('x')</script>"


@pytest.fixture
def north(db) -> Unit:
    return UnitFactory(code="NORTH", name="North")


@pytest.fixture
def lead(north) -> Person:
    chief = PersonFactory(person_id="CHIEF", name="Chief", roles=["manager", "executive"])
    return PersonFactory(person_id="LEAD", name="Lena Lead", unit=north, roles=["manager"], manager=chief)


@pytest.fixture
def ada(north, lead) -> Person:
    return PersonFactory(person_id="ADA", name="Ada Ash", unit=north, manager=lead)


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text(response) -> str:
    return " ".join(response.content.decode().split())


def form(**fields: str) -> dict[str, str]:
    values = {"title": CANARY, "text": "Ask once.", "unit": "NORTH", "named": "no", "receipt": RECEIPT}
    return values | fields


def overdue(row: Idea, days: int = 20) -> Idea:
    """Let an idea have come so many days ago."""
    submitted = timezone.localdate() - timedelta(days=days)
    Idea.objects.filter(pk=row.pk).update(
        submitted_on=submitted, promised_by=rules.promised_by(submitted, 14)
    )
    row.refresh_from_db()
    return row


# What is stored of an idea without a name


def tables() -> dict[str, list[str]]:
    """Return every row of every table as text, by table."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = sorted(map(repr, cursor.fetchall()))
    return found


def test_an_idea_without_a_name_changes_one_row_of_one_table(ada):
    client = browser(ada)
    client.get("/ideas/new/")
    before = tables()

    response = client.post("/ideas/new/", form())

    assert response.status_code == 200
    changed = {table: rows for table, rows in tables().items() if rows != before[table]}
    assert list(changed) == ["improvement_idea"]
    assert len(changed["improvement_idea"]) == 1


def test_nothing_stored_of_it_tells_who_or_when(ada):
    browser(ada).post("/ideas/new/", form())

    row = Idea.objects.get()
    assert row.writer is None
    assert row.pk.version == 4
    assert row.submitted_on == timezone.localdate()
    kinds = {field.name: field.get_internal_type() for field in Idea._meta.concrete_fields}
    assert "DateTimeField" not in kinds.values()
    assert "BigAutoField" not in kinds.values()
    assert {name for name, kind in kinds.items() if kind == "ForeignKey"} == {
        "unit",
        "topic",
        "writer",
        "owner",
    }
    stored = "\n".join(line for table in tables().values() for line in table)
    assert RECEIPT not in stored
    assert services.typed(RECEIPT) not in stored
    assert row.receipt in stored
    told = [line for line in stored.splitlines() if row.pk.hex in line.replace("-", "")]
    assert len(told) == 1
    for mark in (ada.name, ada.person_id, ada.email):
        assert mark not in told[0]


def test_neither_jobs_nor_the_audit_log_nor_the_session_know_of_it(ada):
    client = browser(ada)
    session = client.session.session_key
    before = Session.objects.get(pk=session).session_data

    client.post("/ideas/new/", form())
    idea_mails.due()

    assert not AuditEvent.objects.filter(action__startswith="idea").exists()
    assert Idea.objects.get().pk.hex not in str(list(Job.objects.values("key", "arguments"))).replace("-", "")
    assert Session.objects.get(pk=session).session_data == before


def test_ideas_of_a_day_are_in_no_order_of_arrival(north):
    rows = [idea(f"Idea {number}", unit=north) for number in range(12)]

    listed = list(Idea.objects.values_list("pk", flat=True))

    assert listed == sorted(row.pk for row in rows)


def test_the_page_says_what_is_stored_and_what_can_still_tell(ada):
    page = text(browser(ada).get("/ideas/new/"))

    assert "no time of day, nothing in the audit log" in page
    assert "Of the code only a digest is stored" in page
    assert "whoever runs the server" in page


def test_the_receipt_is_shown_once_and_finds_the_answer_for_whoever_holds_it(ada, lead):
    page = browser(ada).post("/ideas/new/", form())
    assert RECEIPT in text(page)
    services.answer(idea=Idea.objects.get(), state="declined", text="The law asks for it.", by=lead)

    found = browser(PersonFactory()).post("/ideas/receipt/", {"receipt": " bcdf ghjk mnpq rstv "})

    assert "The law asks for it." in text(found)
    assert CANARY in text(found)
    wrong = browser(ada).post("/ideas/receipt/", {"receipt": "VTSR-QPNM-KJHG-FDCB"})
    assert wrong.status_code == 400
    assert "No idea has this code." in text(wrong)


def test_the_same_form_sent_twice_is_one_idea(ada):
    client = browser(ada)

    first, second = client.post("/ideas/new/", form()), client.post("/ideas/new/", form())

    assert Idea.objects.count() == 1
    assert RECEIPT in text(first)
    assert RECEIPT in text(second)


def test_another_idea_from_the_same_page_is_not_lost_but_sent_with_a_receipt_of_its_own(ada):
    client = browser(ada)
    client.post("/ideas/new/", form())

    again = client.post("/ideas/new/", form(text="Something else."))

    assert again.status_code == 400
    assert "Send it once more" in text(again)
    receipt = again.context["form"]["receipt"].value()
    assert services.is_receipt(receipt)
    assert receipt != RECEIPT
    sent = client.post("/ideas/new/", form(text="Something else.", receipt=receipt))
    assert receipt in text(sent)
    assert Idea.objects.count() == 2


@pytest.mark.parametrize("receipt", ["", "SHORT", "AEIOU-AEIOU-AEIOU-A", f"{RECEIPT}X"])
def test_a_receipt_that_the_page_did_not_make_is_refused(ada, receipt):
    assert browser(ada).post("/ideas/new/", form(receipt=receipt)).status_code == 400
    assert not Idea.objects.exists()


# Who answers, by when


def test_a_named_idea_shows_its_writer_and_goes_to_who_leads_the_unit(ada, lead):
    browser(ada).post("/ideas/new/", form(named="yes"))

    row = Idea.objects.get()
    assert (row.writer, row.owner) == (ada, lead)
    assert row.promised_by == timezone.localdate() + timedelta(days=14)
    assert "From Ada Ash" in text(browser(lead).get(f"/ideas/{row.pk}/"))
    assert CANARY in text(browser(ada).get("/ideas/?look=own"))


def test_the_promise_is_a_setting(ada, settings):
    settings.IDEA_RESPONSE_DAYS = 5

    assert "within 5 days" in text(browser(ada).get("/ideas/new/"))
    assert idea().promised_by == timezone.localdate() + timedelta(days=5)


def test_the_owner_is_the_topics_else_the_nearest_leader_above(ada, lead, north):
    topic_owner = PersonFactory()
    topic = services.save_topic(topic=None, code="T", name="Forms", owner=topic_owner, is_open=True, by=None)
    depot = UnitFactory(code="DEPOT", parent=north)
    PersonFactory(unit=north, roles=["manager"], manager=lead)  # a supervisor below the leader

    assert services.owner_of(north, topic) == topic_owner
    assert services.owner_of(depot, None) == lead
    assert services.owner_of(root(), None).person_id == "CHIEF"
    Person.objects.filter(pk=topic_owner.pk).update(is_active=False)
    topic.refresh_from_db()
    assert services.owner_of(north, topic) == lead
    assert services.owner_of(north, None, lead).person_id == "CHIEF"


def test_an_idea_is_for_ones_own_unit_or_one_above(ada):
    UnitFactory(code="SOUTH")

    assert browser(ada).post("/ideas/new/", form(unit="SOUTH")).status_code == 400
    assert browser(ada).post("/ideas/new/", form(unit=root().code)).status_code == 200


def test_an_answer_says_what_becomes_of_it_and_every_answer_stays(ada, lead, north):
    row = idea(CANARY, unit=north, writer=ada)
    client = browser(lead)
    client.post(f"/ideas/{row.pk}/answer/", {"state": "discussion", "text": "We ask Billing.", "shown": "on"})
    day = (timezone.localdate() + timedelta(days=30)).isoformat()

    values = {"state": "accepted", "text": "Billing agrees.", "thanks": "Well seen.", "shown": "on"}
    without = client.post(f"/ideas/{row.pk}/answer/", values)
    client.post(f"/ideas/{row.pk}/answer/", values | {"due_on": day, "action_code": "A-7"})

    assert without.status_code == 400
    page = text(browser(ada).get(f"/ideas/{row.pk}/"))
    for told in ("We ask Billing.", "Billing agrees.", "Well seen.", "To be done by", "A-7", "Lena Lead"):
        assert told in page
    assert [one.number for one in IdeaAnswer.objects.all()] == [1, 2]
    lines = AuditEvent.objects.filter(action="idea.answer")
    assert [(one.actor, one.details["state"]) for one in lines] == [
        (lead.pk, "discussion"),
        (lead.pk, "accepted"),
    ]


def test_a_no_needs_a_reason(ada, lead, north):
    row = idea(unit=north)

    refused = browser(lead).post(f"/ideas/{row.pk}/answer/", {"state": "declined", "text": " "})

    assert refused.status_code == 400
    assert Idea.objects.get().state == "new"


def test_only_the_owner_answers_and_hr_where_nobody_owns_it(ada, lead, north):
    hr = PersonFactory(roles=["hr"])
    row = idea(unit=north)

    with pytest.raises(RefusedError):
        services.answer(idea=row, state="done", text="x", by=hr)
    assert browser(hr).get(f"/ideas/{row.pk}/answer/").status_code == 404
    response = browser(hr).post(f"/ideas/{row.pk}/owner/", {"person_id": "ADA"})
    assert response.status_code == 302, text(response)[-1500:]
    assert Idea.objects.get().owner == ada
    assert browser(lead).post(f"/ideas/{row.pk}/answer/", {}).status_code == 404
    Idea.objects.update(owner=None)
    services.answer(idea=row, state="done", text="Done.", by=hr)


def test_the_database_keeps_states_and_dates_together(db):
    row = idea()

    for wrong in ({"state": "accepted", "answered_on": row.submitted_on}, {"state": "done"}, {"state": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Idea.objects.filter(pk=row.pk).update(**wrong)


# Who sees what


def test_staff_see_answered_ideas_of_their_unit_and_the_organisation_only(ada, lead, north):
    south = UnitFactory(code="SOUTH")
    chief = Person.objects.get(person_id="CHIEF")
    for title, unit, owner in (("Ours", north, lead), ("Theirs", south, None), ("For all", root(), chief)):
        row = idea(title, unit=unit)
        Idea.objects.filter(pk=row.pk).update(owner=owner or chief)
        services.answer(idea=row, state="done", text="Done.", by=owner or chief)
    idea("Waiting", unit=north)
    kept_back = idea("Kept back", unit=north)
    services.answer(idea=kept_back, state="declined", text="No.", by=lead, shown=False)

    seen = text(browser(ada).get("/ideas/")).split("<main", 1)[1]

    assert [title for title in ("Ours", "For all") if title not in seen] == []
    assert [title for title in ("Theirs", "Waiting", "Kept back") if f">{title}<" in seen] == []
    reached = text(browser(lead).get("/ideas/"))
    assert "Waiting" in reached
    assert "Kept back" in reached


def test_hostile_text_is_shown_as_text(lead, north):
    row = idea(HOSTILE, unit=north, text=HOSTILE)
    services.answer(idea=row, state="done", text=HOSTILE, by=lead, thanks=HOSTILE)

    for address in ("/ideas/", f"/ideas/{row.pk}/", f"/ideas/{row.pk}/answer/"):
        assert HOSTILE not in browser(lead).get(address).content.decode()


def test_an_answer_past_its_day_is_shown_to_the_owners_manager_and_counted(ada, lead, north):
    chief = Person.objects.get(person_id="CHIEF")
    overdue(idea(CANARY, unit=north))
    idea("Fresh", unit=north)

    page = text(browser(chief).get("/ideas/late/"))

    assert "1 idea waits past the promised day" in page
    assert CANARY in page
    assert "Lena Lead promised an answer by" in page
    assert "Fresh" not in page
    assert "1 waits past the promised day" in text(browser(ada).get("/ideas/"))
    assert CANARY not in text(browser(lead).get("/ideas/late/")).split("<main", 1)[1].split("<table")[0]
    assert CANARY not in text(browser(ada).get("/ideas/late/"))


def test_the_list_needs_the_same_queries_for_one_and_for_twenty_ideas(ada, lead, north):
    client = browser(lead)

    def asked() -> int:
        with CaptureQueriesContext(connection) as caught:
            client.get("/ideas/")
        return len(caught)

    idea(unit=north, writer=ada)
    asked()
    few = asked()
    for number in range(19):
        idea(f"Idea {number}", unit=north, writer=PersonFactory(unit=north))

    assert asked() == few


# Reminders


@pytest.mark.parametrize(
    ("after", "today", "expected"),
    [
        (None, date(2026, 1, 1), False),
        (None, date(2026, 1, 2), True),
        (date(2026, 1, 2), date(2026, 1, 11), False),
        (date(2026, 1, 2), date(2026, 1, 12), True),
        (date(2026, 1, 12), date(2026, 1, 20), True),
        (date(2026, 1, 16), date(2026, 1, 22), False),
        (date(2026, 1, 16), date(2026, 1, 23), True),
    ],
)
def test_an_owner_is_reminded_the_day_after_before_the_end_and_then_weekly(after, today, expected):
    assert rules.reminds(date(2026, 1, 1), date(2026, 1, 15), after=after, today=today) is expected


def test_an_owner_gets_one_mail_a_day_about_all_that_waits(ada, lead, north):
    overdue(idea("First", unit=north))
    overdue(idea("Second", unit=north), days=5)

    assert (idea_mails.due(), idea_mails.due()) == (1, 0)
    for _again in range(2):
        jobs.enqueue(idea_mails.REMIND, key="again", day=timezone.localdate().isoformat(), owner=lead.pk)
        jobs.run_waiting()

    assert [one.to for one in mail.outbox] == [[lead.email]]
    assert "2 ideas wait for your answer" in mail.outbox[0].subject
    assert "First: the answer was promised by" in mail.outbox[0].body
    assert "Second: promised by" in mail.outbox[0].body


def test_who_has_answered_is_not_reminded(lead, north):
    row = overdue(idea(unit=north))
    idea_mails.due()
    services.answer(idea=row, state="done", text="Done.", by=lead)

    jobs.run_waiting()

    assert mail.outbox == []


def test_ids_of_ideas_are_random(db):
    assert {type(model._meta.pk).__name__ for model in apps.get_models() if model is Idea} == {"UUIDField"}
    assert isinstance(idea().pk, uuid.UUID)
