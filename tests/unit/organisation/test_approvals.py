"""The two-person rule: what one asks for happens when a second one, who could do it too, says yes."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from assessments.models import Cycle
from cfm.lib.models import AuditEvent, Job
from organisation.models import Approval, Person, RoleGrant
from tests.factories.assessments import cycle_draft, open_cycle
from tests.factories.organisation import PersonFactory, UnitFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rule(settings):
    settings.TWO_PERSON_RULE = True


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def one() -> Person:
    return PersonFactory(name="Ann One", roles=["administrator"])


@pytest.fixture
def two() -> Person:
    return PersonFactory(name="Bob Two", roles=["administrator"])


@pytest.fixture
def clerk() -> Person:
    return PersonFactory(name="Cleo Clerk", person_id="CLEO")


def grant(by: Person, person: Person, **roles: str):
    data = {"name": person.name, "unit": person.unit.code, "is_active": "on", **roles}
    return browser(by).post(f"/people/{person.person_id}/edit/", data)


def decide(by: Person, decision: str = "approve"):
    return browser(by).post(f"/approvals/{Approval.objects.get().pk}/", {"decision": decision})


def test_a_role_is_held_only_when_a_second_administrator_has_said_yes(one, two, clerk):
    grant(one, clerk, role_hr="on")
    before = clerk.role_grants.exists()
    page = browser(two).get("/approvals/").content.decode()
    decide(two)

    assert not before
    assert "Ann One" in page and "Cleo Clerk" in page and "HR" in page
    assert RoleGrant.objects.get(person=clerk).role == "hr"
    assert [line.action for line in AuditEvent.objects.filter(action__startswith="approval")] == [
        "approval.ask",
        "approval.approved",
    ]


def test_nobody_approves_what_they_asked_for_but_can_take_it_back(one, clerk):
    grant(one, clerk, role_hr="on")
    decide(one)
    assert Approval.objects.get().state == "waiting"
    decide(one, "refuse")

    assert Approval.objects.get().state == "refused"
    assert not clerk.role_grants.exists()


def test_the_database_refuses_an_approval_by_the_one_who_asked(one):
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.create(
            action="x", subject="y", asked_by=one, decided_by=one, state="approved", decided_at=timezone.now()
        )


def test_taking_a_role_away_needs_one_person(one, clerk):
    RoleGrant.objects.create(person=clerk, role="hr")
    grant(one, clerk)

    assert not clerk.role_grants.exists()


def test_a_narrowed_administrator_approves_no_role_that_reaches_further(one, clerk):
    south = UnitFactory(code="SOUTH")
    narrowed = PersonFactory(roles={"administrator": south})
    grant(one, clerk, role_hr="on")
    decide(narrowed)

    assert Approval.objects.get().state == "waiting"
    assert not clerk.role_grants.exists()


def test_what_somebody_asked_for_who_is_no_administrator_any_more_is_not_done(one, two, clerk):
    grant(one, clerk, role_hr="on")
    one.role_grants.all().delete()
    decide(two)

    assert not clerk.role_grants.exists()


def test_a_file_grants_no_role_in_the_browser(one):
    from django.core.files.uploadedfile import SimpleUploadedFile

    row = "person_id,email,name,unit,manager_id,job_role,roles,active,language\nNEW,,New,ORG,,,hr,1,\n"
    answer = browser(one).post("/people/-/import/", {"file": SimpleUploadedFile("p.csv", row.encode())})

    assert answer.status_code == 400
    assert "two people grant it" in answer.content.decode()


def test_a_cycle_opens_with_the_second_persons_yes(one, two):
    cycle = cycle_draft(code="spring")
    browser(one).post("/cycles/spring/open/")
    cycle.refresh_from_db()
    before = cycle.state
    decide(two)
    cycle.refresh_from_db()

    assert (before, cycle.state) == (Cycle.State.DRAFT, Cycle.State.OPEN)


def test_a_cycle_is_counted_with_the_second_persons_yes(one, two):
    open_cycle(code="spring")
    browser(one).post("/cycles/spring/close/")
    before = Job.objects.filter(kind="cycle.close").exists()
    decide(two)

    assert not before
    assert Job.objects.filter(kind="cycle.close").exists()


def test_what_is_not_possible_any_more_is_told_and_keeps_waiting(one, two):
    cycle = cycle_draft(code="spring")
    browser(one).post("/cycles/spring/open/")
    Cycle.objects.filter(pk=cycle.pk).update(state=Cycle.State.CANCELLED)
    answer = browser(two).post(
        f"/approvals/{Approval.objects.get().pk}/", {"decision": "approve"}, follow=True
    )

    assert Approval.objects.get().state == "waiting"
    assert "notice-error" in answer.content.decode() or "alert" in answer.content.decode()


def test_without_the_rule_nothing_waits(one, clerk, settings):
    settings.TWO_PERSON_RULE = False
    grant(one, clerk, role_hr="on")

    assert clerk.role_grants.exists()
    assert "Approvals" not in browser(one).get("/").content.decode()
