"""The audit log in the browser: for auditors alone, in words, with names that are looked up."""

import csv
import io

import pytest
from django.utils import timezone

from cfm.lib import audit, audit_guard
from cfm.lib.models import AuditEvent
from tests.factories.organisation import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client):
    person = PersonFactory(name="Asha Auditor", roles=["auditor"])
    client.force_login(person)
    return client


def body(client, path: str) -> str:
    return client.get(path).content.decode()


def test_a_line_is_told_in_words_with_names(auditor):
    admin, person = PersonFactory(name="Ada Admin"), PersonFactory(name="Ben Baker", person_id="P-7")
    audit.record("person.change", f"person/{person.pk}", by=admin.pk, fields=["name", "unit"])

    page = body(auditor, "/audit/")

    for told in ("Ada Admin", "changed a person", "Ben Baker (P-7)", "name, unit"):
        assert told in page


def test_names_are_looked_up_so_a_changed_one_shows_as_it_is_now_and_the_chain_holds(auditor):
    person = PersonFactory(name="Old Name")
    audit.record("person.create", f"person/{person.pk}", by=None)
    person.name = "New Name"
    person.save()

    page = body(auditor, "/audit/")

    assert "New Name" in page and "Old Name" not in page
    assert audit.verify().sound


def test_a_person_who_is_gone_has_no_name(auditor):
    audit.record("person.change", "person/987654", by=987655)

    assert body(auditor, "/audit/").count("a person no longer here") == 2


def test_the_log_is_narrowed_by_person_area_and_day(auditor):
    one, other = PersonFactory(name="Cara Clerk"), PersonFactory(name="Dan Driver")
    audit.record("person.change", f"person/{one.pk}", by=None)
    audit.record("cycle.open", "spring", by=other.pk)
    today = timezone.localdate().isoformat()

    assert "opened a cycle" not in body(auditor, "/audit/?who=Cara")
    assert "opened a cycle" in body(auditor, "/audit/?who=dan")
    assert "changed a person" not in body(auditor, "/audit/?area=cycle")
    assert "opened a cycle" in body(auditor, f"/audit/?since={today}&until={today}")
    assert "No line found" in body(auditor, "/audit/?since=2090-01-01")
    assert "opened a cycle" in body(auditor, "/audit/?since=nonsense&area=nonsense&page=x")


def test_an_empty_log_says_what_will_be_here(auditor):
    assert "No line yet" in body(auditor, "/audit/")


def test_the_file_holds_the_chain_with_ids_and_taking_it_is_a_line(auditor):
    person = PersonFactory(name="Eve Engineer", email="eve@test.example")
    for number in range(3):
        audit.record("person.change", f"person/{person.pk}", by=number)

    text = b"".join(auditor.get("/audit/audit.csv").streaming_content).decode()

    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["previous"] for row in rows] == [audit.START, rows[0]["digest"], rows[1]["digest"]]
    assert "Eve" not in text and "eve@" not in text
    assert AuditEvent.objects.latest("pk").action == "audit.export"


def test_the_check_says_that_all_is_well_and_gives_the_end_to_note(auditor):
    audit.record("cycle.open", "spring", by=None)

    page = body(auditor, "/audit/check/")

    assert "The log is unbroken" in page
    assert audit.head() in page


def test_the_check_tells_of_a_line_that_was_changed(auditor):
    event = audit.record("cycle.open", "spring", by=None)
    audit_guard.take_down()
    AuditEvent.objects.filter(pk=event.pk).update(actor=3)

    page = body(auditor, "/audit/check/")

    assert f"line {event.pk} was changed" in page
    assert "The database does not guard the log" in page


def test_a_noted_end_that_is_none_is_told_beside_its_field(auditor):
    answer = auditor.get("/audit/check/?anchor=12")

    assert answer.status_code == 400
    assert "looks like 1234:abcd" in answer.content.decode()


def test_a_page_of_the_log_needs_the_same_queries_for_one_and_for_fifty_lines(
    auditor, django_assert_max_num_queries
):
    audit.record("person.change", f"person/{PersonFactory().pk}", by=None)
    with django_assert_max_num_queries(12) as few:
        auditor.get("/audit/")
    for number in range(50):
        audit.record("person.change", f"person/{PersonFactory().pk}", by=PersonFactory().pk, number=number)
    with django_assert_max_num_queries(len(few)):
        auditor.get("/audit/")
