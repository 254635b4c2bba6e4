"""Django's admin: for administrators only, to look, and nothing secret in it."""

import pytest

from cfm.lib.models import AuditEvent
from organisation.models import JobRole
from tests.factories.organisation import JobRoleFactory, PersonFactory, UnitFactory

pytestmark = pytest.mark.django_db

LISTS = ["unit", "person", "rolegrant", "jobrole"]


@pytest.mark.parametrize("role", ["staff", "manager", "executive", "hr", "auditor"])
def test_other_roles_do_not_get_in(client, role):
    client.force_login(PersonFactory(roles=[] if role == "staff" else [role]))
    for name in LISTS:
        assert client.get(f"/admin/organisation/{name}/").status_code in {302, 403}


@pytest.mark.parametrize("name", LISTS)
def test_administrators_look_and_search(client, name):
    client.force_login(PersonFactory(roles=["administrator"]))
    assert client.get(f"/admin/organisation/{name}/?q=x").status_code == 200


def test_a_person_is_shown_without_the_password_and_cannot_be_changed(client):
    client.force_login(PersonFactory(roles=["administrator"]))
    person = PersonFactory(password="secret-hash", name="Ann")
    address = f"/admin/organisation/person/{person.pk}/change/"
    assert "secret-hash" not in client.get(address).content.decode()
    assert client.post(address, {"name": "Other"}).status_code == 403
    assert client.post(f"/admin/organisation/person/{person.pk}/delete/", {"post": "yes"}).status_code == 403
    person.refresh_from_db()
    assert person.name == "Ann"


def test_a_narrowed_administrator_sees_only_the_own_reach(client):
    north = UnitFactory()
    client.force_login(PersonFactory(roles={"administrator": north}))
    PersonFactory(name="Inside", unit=north)
    PersonFactory(name="Outside")
    page = client.get("/admin/organisation/person/").content.decode()
    assert "Inside" in page
    assert "Outside" not in page


def test_renaming_a_job_role_is_noted(client):
    client.force_login(PersonFactory(roles=["administrator"]))
    role = JobRoleFactory(name="Clerk")
    client.post(f"/admin/organisation/jobrole/{role.pk}/change/", {"name": "Adviser"})
    assert JobRole.objects.get().name == "Adviser"
    assert AuditEvent.objects.get().action == "job_role.change"


def test_the_admin_has_no_sign_in_of_its_own(client):
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/accounts/login/")


@pytest.mark.parametrize("name", ["account/emailaddress", "auth/group"])
def test_addresses_and_groups_cannot_be_changed_past_the_audit_log(client, name):
    client.force_login(PersonFactory(roles=["administrator"]))

    assert client.get(f"/admin/{name}/").status_code == 404
