"""The pages of people: who gets in, what they show, what they change."""

import csv
import io

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cfm.lib.models import AuditEvent
from organisation.models import Person
from tests.factories.organisation import PersonFactory, UnitFactory, root

pytestmark = pytest.mark.django_db

PAGES = ["/people/", "/people/KNOWN/", "/people/-/people.csv"]
EDITS = ["/people/-/new/", "/people/KNOWN/edit/", "/people/-/import/"]
SETTERS = {"hr": (200, 403), "administrator": (200, 200)}


@pytest.fixture
def admin(client):
    person = PersonFactory(person_id="ADMIN", roles=["administrator"])
    client.force_login(person)
    return person


def entered(**changes) -> dict[str, str]:
    data = {"person_id": "NEW", "name": "New", "email": "new@x.example", "unit": "ORG", "is_active": "on"}
    return {**data, **changes}


@pytest.mark.parametrize("role", ["staff", "manager", "executive", "hr", "administrator", "auditor"])
def test_each_role_gets_the_pages_it_may_see(client, role):
    PersonFactory(person_id="KNOWN")
    client.force_login(PersonFactory(roles=[] if role == "staff" else [role]))
    view, edit = SETTERS.get(role, (403, 403))
    assert {client.get(page).status_code for page in PAGES} == {view}
    assert {client.get(page).status_code for page in EDITS} == {edit}


@pytest.mark.parametrize("page", [*PAGES, *EDITS])
def test_strangers_are_asked_to_sign_in(client, page):
    assert client.get(page)["Location"].startswith("/accounts/login/")


def test_people_outside_a_narrowed_reach_are_not_found(client):
    north, south = UnitFactory(), UnitFactory()
    PersonFactory(person_id="IN", unit=north)
    PersonFactory(person_id="OUT", name="Outsider", unit=south)
    client.force_login(PersonFactory(roles={"administrator": north}))
    assert client.get("/people/IN/edit/").status_code == 200
    assert client.get("/people/OUT/").status_code == 404
    assert client.get("/people/OUT/edit/").status_code == 404
    assert "Outsider" not in client.get("/people/").content.decode()
    assert b"Outsider" not in b"".join(client.get("/people/-/people.csv"))
    assert client.get("/people/-/import/").status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"ANN", "BO", "CY", "ADMIN"}),
        ("q=ann", {"ANN"}),
        ("q=bo@", {"BO"}),
        ("q=CY", {"CY"}),
        ("unit=NORTH", {"BO", "CY"}),
        ("role=hr", {"CY"}),
        ("active=0", {"BO"}),
        ("active=1&unit=NORTH", {"CY"}),
        ("q=nobody", set()),
    ],
)
def test_the_list_is_narrowed_by_its_address(client, admin, query, found):
    north = UnitFactory(code="NORTH")
    PersonFactory(person_id="ANN", name="Ann")
    PersonFactory(person_id="BO", email="bo@x.example", unit=north, is_active=False)
    PersonFactory(person_id="CY", unit=UnitFactory(parent=north), roles=["hr"])
    page = client.get(f"/people/?{query}").context["page"]
    assert {person.person_id for person in page} == found


def test_the_list_is_sorted_and_paged_by_its_address(client, admin):
    for number in range(60):
        PersonFactory(person_id=f"X{number:02}", name="Same")
    first = client.get("/people/?q=Same&sort=-person_id").context["page"]
    second = client.get("/people/?q=Same&sort=-person_id&page=2").context["page"]
    ids = [person.person_id for person in [*first, *second]]
    assert ids == [f"X{number:02}" for number in reversed(range(60))]


def test_a_wrong_address_shows_the_list_and_no_error(client, admin):
    response = client.get("/people/?unit=NOWHERE&role=king&sort=password&page=999&active=maybe")
    assert response.status_code == 200


@pytest.mark.parametrize(
    "page", ["/people/", "/people/ADMIN/", "/people/ADMIN/edit/", "/people/-/people.csv"]
)
def test_pages_need_the_same_queries_for_5_and_for_200_people(client, admin, page):
    counts = []
    for more in (5, 195):
        PersonFactory.create_batch(more, roles=["manager"], manager=admin)
        with CaptureQueriesContext(connection) as captured:
            b"".join(client.get(page))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_names_are_escaped_on_pages_and_guarded_in_files(client, admin):
    PersonFactory(person_id="EVIL", name="=<script>alert(1)</script>")
    for page in ("/people/", "/people/EVIL/", "/people/EVIL/edit/"):
        assert "<script>alert" not in client.get(page).content.decode()
    text = b"".join(client.get("/people/-/people.csv")).decode()
    rows = {row["person_id"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert rows["EVIL"]["name"] == "'=<script>alert(1)</script>"


def test_a_download_is_noted_with_who_and_how_many(client, admin):
    b"".join(client.get("/people/-/people.csv?bom=1"))
    (event,) = AuditEvent.objects.all()
    assert (event.action, event.actor, event.details) == ("person.export", admin.pk, {"count": 1})


def test_an_administrator_registers_a_person_with_roles(client, admin):
    north = UnitFactory(code="NORTH")
    data = entered(job_role="Clerk", manager="ADMIN", role_hr="on", reach_hr="NORTH", reach_auditor="NORTH")
    assert client.post("/people/-/new/", data).status_code == 302
    person = Person.objects.get(person_id="NEW")
    assert (person.email, person.job_role.name, person.manager) == ("new@x.example", "Clerk", admin)
    assert list(person.role_grants.values_list("role", "unit")) == [("hr", north.pk)]
    assert not person.has_usable_password()


def test_every_field_of_a_person_can_be_changed(client, admin):
    person = PersonFactory(person_id="P", email="old@x.example", roles=["hr"])
    EmailAddress.objects.create(user=person, email="old@x.example", verified=True, primary=True)
    UnitFactory(code="NORTH")
    data = entered(person_id="IGNORED", unit="NORTH", role_manager="on", language="en-gb", is_active="")
    del data["is_active"]
    assert client.post("/people/P/edit/", data).status_code == 302
    changed = Person.objects.get(pk=person.pk)
    assert (changed.person_id, changed.name, changed.email) == ("P", "New", "new@x.example")
    assert (changed.unit.code, changed.language, changed.is_active) == ("NORTH", "en-gb", False)
    assert changed.roles == {"staff", "manager"}
    assert not EmailAddress.objects.filter(email="old@x.example").exists()
    event = AuditEvent.objects.get()
    assert event.details["given"] == ["manager"]
    assert event.details["taken"] == ["hr"]
    assert "new@x.example" not in str(event.details)


def test_saving_without_a_change_writes_no_audit_line(client, admin):
    PersonFactory(person_id="P", name="New", email="new@x.example")
    client.post("/people/P/edit/", entered())
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("person_id", "ADMIN"),
        ("person_id", "a/b"),
        ("name", "two\nlines"),
        ("email", "no-address"),
        ("email", "TAKEN@x.example"),
        ("unit", "NOWHERE"),
        ("unit", ""),
        ("manager", "NOBODY"),
        ("language", "klingon"),
    ],
)
def test_a_wrong_field_is_answered_400_and_nothing_is_written(client, admin, field, value):
    PersonFactory(email="taken@x.example")
    response = client.post("/people/-/new/", entered(**{field: value}))
    assert response.status_code == 400
    assert field in response.context["form"].errors
    assert Person.objects.count() == 2


def test_nobody_is_above_themselves(client, admin):
    person = PersonFactory(person_id="P", email="new@x.example")
    PersonFactory(person_id="BELOW", manager=PersonFactory(manager=person))
    response = client.post("/people/P/edit/", entered(manager="BELOW"))
    assert response.status_code == 400
    assert "manager" in response.context["form"].errors


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"role_administrator": "on", "reach_administrator": "NORTH"},
        {"role_administrator": "on", "is_active": ""},
    ],
)
def test_administrators_cannot_shut_themselves_out(client, admin, changes):
    UnitFactory(code="NORTH")
    data = entered(email=admin.email, **changes)
    response = client.post("/people/ADMIN/edit/", {key: value for key, value in data.items() if value})
    assert response.status_code == 400
    again = Person.objects.get(pk=admin.pk)
    assert again.is_active
    assert again.role_grants.get().unit is None


def test_a_narrowed_administrator_cannot_grant_what_reaches_further(client):
    north = UnitFactory(code="NORTH")
    client.force_login(PersonFactory(roles={"administrator": north}))
    PersonFactory(person_id="P", unit=north, email="new@x.example")
    wide = client.post("/people/P/edit/", entered(unit="NORTH", role_administrator="on"))
    narrow = client.post("/people/P/edit/", entered(unit="NORTH", role_hr="on", reach_hr="NORTH"))
    assert (wide.status_code, narrow.status_code) == (400, 302)
    assert Person.objects.get(person_id="P").roles == {"staff", "hr"}


def test_a_narrowed_administrator_cannot_take_over_who_reaches_further(client):
    north = UnitFactory(code="NORTH")
    client.force_login(PersonFactory(roles={"administrator": north}))
    PersonFactory(person_id="BOSS", unit=north, email="boss@x.example", roles=["administrator"])
    data = entered(unit="NORTH", email="mine@x.example", role_administrator="on")
    assert client.post("/people/BOSS/edit/", data).status_code == 400
    assert Person.objects.get(person_id="BOSS").email == "boss@x.example"


def test_a_narrowed_administrator_cannot_move_people_elsewhere(client):
    north = UnitFactory(code="NORTH")
    UnitFactory(code="SOUTH")
    client.force_login(PersonFactory(roles={"administrator": north}))
    PersonFactory(person_id="P", unit=north)
    assert client.post("/people/P/edit/", entered(unit="SOUTH")).status_code == 400


def test_someone_deactivated_is_signed_out(client):
    person = PersonFactory(roles=["hr"])
    client.force_login(person)
    assert client.get("/people/").status_code == 200
    Person.objects.filter(pk=person.pk).update(is_active=False)
    assert client.get("/people/").status_code == 302


def test_the_top_unit_is_offered_when_adding_from_its_page(client, admin):
    root()
    assert client.get("/people/-/new/?unit=ORG").context["form"].initial["unit"] == root()
