"""Leaders' commitments and reflections: who keeps them, who sees them, and that private stays private."""

from datetime import timedelta

import pytest
import yaml
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from cfm.lib.models import AuditEvent
from improvement.models import Commitment, Reflection
from improvement.models.leaders import leaders_of
from improvement.queries import leaders as queries
from improvement.services import leaders as services
from improvement.services.errors import RefusedError
from organisation.models import Person, Unit
from tests.factories.improvement import commitment, reflection
from tests.factories.organisation import PersonFactory, UnitFactory

SECRET = "Zebracrossing at dawn"
HOSTILE = "<script>alert('x')</script>"
ROLES = ["executive", "hr", "administrator", "auditor"]


@pytest.fixture
def north(db) -> Unit:
    return UnitFactory(code="NORTH", name="North")


@pytest.fixture
def lead(north) -> Person:
    return PersonFactory(person_id="LEAD", name="Lena Lead", unit=north, roles=["manager"])


@pytest.fixture
def ada(north) -> Person:
    return PersonFactory(person_id="ADA", name="Ada Ash", unit=north)


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text(response) -> str:
    return " ".join(response.content.decode().split())


def in_a_month() -> str:
    return (timezone.localdate() + timedelta(days=30)).isoformat()


# Commitments


def test_a_leader_commits_themselves_and_tells_how_it_goes_and_the_team_reads_it(lead, ada):
    client = browser(lead)
    entered = {"text": "I take calls once a month.", "due_on": in_a_month(), "sources": ["L-2", "IC4"]}

    client.post("/leaders/commitments/new/", entered)
    row = Commitment.objects.get()
    client.post(f"/leaders/commitments/{row.pk}/report/", {"state": "kept", "text": "Eleven calls."})

    assert (row.leader, row.sources) == (lead, ["L-2", "IC4"])
    page = text(browser(ada).get("/leaders/"))
    for told in ("Lena Lead", "I take calls once a month.", "Eleven calls.", "kept", "L-2 IC4"):
        assert told in page
    assert "made 1 commitment; kept so far: 1" in page
    assert "/report/" not in page
    assert AuditEvent.objects.filter(action="leader.progress", actor=lead.pk).count() == 1


def test_a_proposal_begins_the_commitment_and_is_put_into_own_words(lead):
    page = text(browser(lead).get("/leaders/commitments/new/?prompt=L-7"))

    assert "I remove one obstacle a month" in page
    assert 'value="L-7"' in page
    assert browser(lead).get("/leaders/commitments/new/?prompt=NONE").status_code == 200


def test_a_day_past_and_a_source_unknown_are_refused(lead):
    client = browser(lead)

    past = client.post("/leaders/commitments/new/", {"text": "I will.", "due_on": "2020-01-01"})
    unknown = {"text": "I will.", "due_on": in_a_month(), "sources": ["X-9"]}

    assert "yet to come" in text(past)
    assert client.post("/leaders/commitments/new/", unknown).status_code == 400
    assert not Commitment.objects.exists()


def test_a_commitment_past_its_day_says_so_until_its_end_is_told(lead, ada):
    row = commitment(lead)
    Commitment.objects.update(due_on=timezone.localdate() - timedelta(days=1))

    assert "past its day" in text(browser(ada).get("/leaders/"))
    assert "past their day: 1" in text(browser(lead).get("/leaders/"))
    services.report(commitment=row, text="It was too much.", state="dropped", by=lead)
    assert "past its day" not in text(browser(ada).get("/leaders/"))


def test_the_team_is_who_reports_to_the_leader_and_who_works_in_their_unit_or_below(lead, ada, north):
    depot, south = UnitFactory(parent=north), UnitFactory(code="SOUTH")
    seen = commitment(lead)
    team = [ada, PersonFactory(unit=depot), PersonFactory(unit=south, manager=lead)]
    others = [
        PersonFactory(unit=south),
        PersonFactory(),
        *(PersonFactory(unit=south, roles=[r]) for r in ROLES),
    ]

    assert all(seen in Commitment.objects.visible_to(one) for one in team)
    assert not any(seen in Commitment.objects.visible_to(one) for one in others)
    for one in others:
        assert seen.text not in text(browser(one).get("/leaders/"))


def test_a_role_narrowed_to_a_unit_leads_that_unit(north, ada):
    narrowed = PersonFactory(unit=UnitFactory(code="SOUTH"), roles={"executive": north})
    south = PersonFactory(unit=narrowed.unit)

    assert narrowed in leaders_of(ada)
    assert narrowed not in leaders_of(south)


def test_who_leads_nobody_commits_to_nothing_here(ada, lead):
    assert browser(ada).get("/leaders/commitments/new/").status_code == 403
    with pytest.raises(PermissionDenied):
        commitment(ada)
    other = PersonFactory(unit=lead.unit, roles=["manager"])
    row = commitment(lead)
    with pytest.raises(RefusedError):
        services.report(commitment=row, text="x", state="kept", by=other)
    assert browser(other).get(f"/leaders/commitments/{row.pk}/edit/").status_code == 404


def test_without_commitments_the_page_says_what_to_do(ada, lead):
    assert "Nothing to see yet" in text(browser(ada).get("/leaders/"))
    page = text(browser(lead).get("/leaders/"))
    assert "You have not committed yourself to anything yet" in page
    assert "Proposals to put into your own words" in page


def test_hostile_text_is_shown_as_text(lead, ada):
    row = commitment(lead, HOSTILE)
    services.report(commitment=row, text=HOSTILE, state="kept", by=lead)
    reflection(lead, HOSTILE, shared=True)

    for person in (lead, ada):
        assert HOSTILE not in browser(person).get("/leaders/").content.decode()


# Reflections


def test_a_private_answer_is_read_by_nobody_else_whatever_their_role(lead, ada, north):
    boss = PersonFactory(roles=["manager", *ROLES])
    Person.objects.filter(pk=lead.pk).update(manager=boss)
    row = reflection(lead, SECRET)
    readers = [ada, boss, PersonFactory(unit=north, roles=["manager", *ROLES])]

    for reader in readers:
        assert row not in Reflection.objects.visible_to(reader)
        for address in ("/leaders/", "/", f"/leaders/reflections/{row.pk}/edit/", "/admin/", "/audit/"):
            assert SECRET not in text(browser(reader).get(address))
        for name in ("edit", "delete"):
            assert browser(reader).post(f"/leaders/reflections/{row.pk}/{name}/").status_code in {403, 404}
    assert Reflection.objects.get().text == SECRET
    assert SECRET in text(browser(lead).get("/leaders/"))
    assert not {Reflection, Commitment} & set(admin.site._registry)


def test_a_private_answer_stands_in_one_table_and_no_log(lead):
    browser(lead).post("/leaders/reflections/Q-2/new/", {"text": SECRET})

    with connection.cursor() as cursor:
        holding = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            holding += [table for row in cursor.fetchall() if SECRET in repr(row)]
    assert holding == ["improvement_reflection"]
    assert Reflection.objects.get().shared is False
    assert not AuditEvent.objects.filter(actor=lead.pk).exists()


def test_a_shared_answer_is_read_by_the_team_and_can_be_taken_back(lead, ada):
    row = reflection(lead, SECRET, shared=True)
    outside = PersonFactory(unit=UnitFactory(), roles=ROLES)

    assert SECRET in text(browser(ada).get("/leaders/"))
    assert SECRET not in text(browser(outside).get("/leaders/"))
    browser(lead).post(f"/leaders/reflections/{row.pk}/edit/", {"text": SECRET})
    assert SECRET not in text(browser(ada).get("/leaders/"))


def test_an_answer_is_deleted_after_a_question(lead):
    row = reflection(lead)
    client = browser(lead)

    asked = client.get(f"/leaders/reflections/{row.pk}/delete/")
    assert "Delete this answer?" in text(asked)
    assert Reflection.objects.exists()
    client.post(f"/leaders/reflections/{row.pk}/delete/")

    assert not Reflection.objects.exists()


# Content and size


def test_there_is_a_proposal_for_each_idea_on_leaders_in_both_languages():
    data = yaml.safe_load((settings.BASE_DIR / "fixtures" / "leaders_v1.yaml").read_text(encoding="utf-8"))
    wanted = {"IC4", *(f"L-{n}" for n in range(1, 9)), *(f"E-{n}" for n in range(1, 12))}

    assert {one["code"] for one in data["commitments"]} == wanted
    assert {one["code"] for one in data["questions"]} == {"Q-1", "Q-2"} == set(Reflection.Question.values)
    for one in data["commitments"] + data["questions"]:
        assert one["code"] in one["source"]
        assert all(one["text"][language] for language in ("en", "fr"))
    with translation.override("fr"):
        assert queries.prompts()[0].title == "Faire ce que l’on dit"


def test_the_page_needs_the_same_queries_for_one_and_for_many_leaders(ada, lead, north):
    client = browser(ada)

    def asked() -> int:
        with CaptureQueriesContext(connection) as caught:
            client.get("/leaders/")
        return len(caught)

    commitment(lead)
    reflection(lead, shared=True)
    asked()
    few = asked()
    for _number in range(8):
        other = PersonFactory(unit=north, roles=["manager"])
        services.report(commitment=commitment(other), text="On the way.", state="under_way", by=other)
        reflection(other, shared=True)

    assert asked() == few
