"""The pages of units: who gets in, what they show, what they change."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cfm.lib.models import AuditEvent
from organisation import queries, services
from organisation.models import RoleGrant, Unit
from tests.factories.organisation import PersonFactory, UnitFactory, root

pytestmark = pytest.mark.django_db

PAGES = ["/units/", "/units/ORG/", "/units/-/units.csv"]
EDITS = ["/units/-/new/", "/units/ORG/edit/", "/units/ORG/delete/", "/units/-/import/"]
SETTERS = {"hr": (200, 403), "administrator": (200, 200)}


def signed_in(client, **person):
    client.force_login(PersonFactory(**person))
    return client


@pytest.mark.parametrize("role", ["staff", "manager", "executive", "hr", "administrator", "auditor"])
def test_each_role_gets_the_pages_it_may_see(client, role):
    view, edit = SETTERS.get(role, (403, 403))
    signed_in(client, roles=[] if role == "staff" else [role])
    assert {client.get(page).status_code for page in PAGES} == {view}
    assert {client.get(page).status_code for page in EDITS} == {edit}


@pytest.mark.parametrize("page", [*PAGES, *EDITS])
def test_strangers_are_asked_to_sign_in(client, page):
    root()
    response = client.get(page)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_units_outside_a_narrowed_reach_are_not_found(client):
    north, south = UnitFactory(code="NORTH"), UnitFactory(code="SOUTH")
    signed_in(client, roles={"administrator": north})
    assert client.get("/units/NORTH/edit/").status_code == 200
    for page in ("/units/SOUTH/", "/units/SOUTH/edit/", "/units/SOUTH/delete/", "/units/ORG/"):
        assert client.get(page).status_code == 404
    assert south.code.encode() not in b"".join(client.get("/units/-/units.csv"))
    assert client.get("/units/-/import/").status_code == 403


@pytest.mark.parametrize("code", ["NOWHERE", "x" * 200, "%0A", "a%2Fb"])
def test_a_code_that_cannot_be_one_is_not_found(client, code):
    signed_in(client, roles=["administrator"])
    assert client.get(f"/units/{code}/").status_code == 404
    assert client.get(f"/units/-/new/?parent={code}").status_code == 200


def test_the_tree_nests_units_and_sums_active_people():
    me = PersonFactory(roles=["hr"])
    north = UnitFactory(code="NORTH", name="North")
    below = UnitFactory(code="BELOW", name="Below", parent=north)
    PersonFactory.create_batch(2, unit=below)
    PersonFactory(unit=below, is_active=False)
    rows = {row.code: row for row in queries.unit_rows(me)}
    assert list(rows) == ["ORG", "NORTH", "BELOW"]
    assert (rows["ORG"].people, rows["ORG"].people_below) == (1, 3)
    assert (rows["NORTH"].people, rows["NORTH"].people_below) == (0, 2)
    assert (rows["BELOW"].opens, rows["BELOW"].closes, rows["BELOW"].leaf) == (True, 2, True)


def test_the_lists_of_the_tree_open_and_close_in_pairs(client):
    parent = root()
    for level in range(10):
        UnitFactory(code=f"SIDE{level}", parent=parent)
        parent = UnitFactory(code=f"L{level}", parent=parent)
    page = signed_in(client, roles=["hr"]).get("/units/").content.decode()
    tree = page[page.index('<ul class="unit-tree"') :]
    assert tree.count("<ul") == tree.count("</ul>") == 11
    assert tree.count("<li>") == tree.count("</li>") == 21


def test_a_search_shows_matches_and_what_is_above_them():
    me = PersonFactory(roles=["hr"])
    UnitFactory(code="NB", name="North B", parent=UnitFactory(code="SALES", name="Sales"))
    UnitFactory(code="HIDDEN", name="Other")
    rows = queries.unit_rows(me, "north")
    assert [(row.code, row.found) for row in rows] == [("ORG", False), ("SALES", False), ("NB", True)]


@pytest.mark.parametrize("page", ["/units/", "/units/-/units.csv"])
def test_pages_need_the_same_queries_for_5_and_for_100_units(client, page):
    signed_in(client, roles=["hr"])
    counts = []
    for more in (5, 95):
        PersonFactory.create_batch(3, unit=UnitFactory.create_batch(more)[0])
        counts.append(queries_of(client, page))
    assert counts[0] == counts[1]


def queries_of(client, page: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        b"".join(client.get(page))
    return len(captured)


def test_names_are_escaped(client):
    UnitFactory(name="<script>alert(1)</script>")
    page = signed_in(client, roles=["hr"]).get("/units/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_an_administrator_adds_moves_and_renames_a_unit(client):
    signed_in(client, roles=["administrator"])
    UnitFactory(code="SOUTH")
    assert client.post("/units/-/new/", {"code": "NEW", "name": "New", "parent": "ORG"}).status_code == 302
    client.post("/units/NEW/edit/", {"code": "OTHER", "name": "Renamed", "parent": "SOUTH"})
    unit = Unit.objects.get(code="NEW")
    assert (unit.name, unit.parent.code) == ("Renamed", "SOUTH")
    assert list(AuditEvent.objects.values_list("action", flat=True)) == ["unit.create", "unit.change"]


@pytest.mark.parametrize(
    "data",
    [
        {"code": "ORG", "name": "Again", "parent": "ORG"},
        {"code": "a/b", "name": "Slash", "parent": "ORG"},
        {"code": "NEW", "name": "", "parent": "ORG"},
        {"code": "NEW", "name": "Second top", "parent": ""},
        {"code": "NEW", "name": "New", "parent": "NOWHERE"},
    ],
)
def test_a_wrong_unit_is_answered_400_and_not_written(client, data):
    signed_in(client, roles=["administrator"])
    assert client.post("/units/-/new/", data).status_code == 400
    assert Unit.objects.count() == 1


def test_a_unit_cannot_be_put_below_itself():
    me = PersonFactory(roles=["administrator"])
    north = UnitFactory()
    below = UnitFactory(parent=north)
    with pytest.raises(ValidationError, match="below itself"):
        services.save_unit(unit=north, code=north.code, name="North", parent=below, by=me)


def test_a_narrowed_administrator_cannot_add_units_elsewhere():
    north, south = UnitFactory(), UnitFactory()
    me = PersonFactory(roles={"administrator": north})
    with pytest.raises(ValidationError, match="outside your reach"):
        services.save_unit(unit=None, code="NEW", name="New", parent=south, by=me)


def test_an_empty_unit_is_deleted_after_a_question(client):
    UnitFactory(code="EMPTY")
    signed_in(client, roles=["administrator"])
    assert client.get("/units/EMPTY/delete/").status_code == 200
    assert Unit.objects.filter(code="EMPTY").exists()
    assert client.post("/units/EMPTY/delete/").status_code == 302
    assert not Unit.objects.filter(code="EMPTY").exists()


@pytest.mark.parametrize("kind", ["child", "person", "role"])
def test_a_unit_that_something_belongs_to_stays(client, kind):
    unit = UnitFactory(code="USED")
    if kind == "child":
        UnitFactory(parent=unit)
    elif kind == "person":
        PersonFactory(unit=unit, is_active=False)
    else:
        PersonFactory(roles={"hr": unit})
    signed_in(client, roles=["administrator"])
    page = client.post("/units/USED/delete/", follow=True).content.decode()
    assert "Only an empty unit can be deleted" in page
    assert Unit.objects.filter(code="USED").exists()
    assert RoleGrant.objects.filter(unit=unit).count() == (kind == "role")
