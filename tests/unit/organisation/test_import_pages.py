"""Uploading files: look first, then confirm; nothing happens that was not shown."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from organisation.models import Person, Unit
from tests.factories.organisation import PersonFactory, UnitFactory

pytestmark = pytest.mark.django_db

UNITS = "/units/-/import/"
PEOPLE = "/people/-/import/"
HEAD = "person_id,email,name,unit,manager_id,job_role,roles,active,language\n"


@pytest.fixture
def admin(client):
    person = PersonFactory(person_id="ADMIN", email=None, name="Admin", roles=["administrator"])
    client.force_login(person)
    return person


def upload(client, page: str, text: str | bytes):
    content = text.encode() if isinstance(text, str) else text
    return client.post(page, {"file": SimpleUploadedFile("upload.csv", content)})


def test_a_preview_shows_old_and_new_and_changes_nothing(client, admin):
    UnitFactory(code="A", name="Old")
    response = upload(client, UNITS, "unit,name,parent\nA,Renamed,ORG\nB,Added,A\n")
    page = response.content.decode()
    assert response.status_code == 200
    assert "1 to create, 1 to change, 0 stay as they are." in page
    assert "Old" in page
    assert "Renamed" in page
    assert Unit.objects.get(code="A").name == "Old"


def test_what_was_shown_is_imported_on_confirmation(client, admin):
    checked = upload(client, UNITS, "unit,name,parent\nB,Added é,ORG\n").context["checked"]
    response = client.post(UNITS, {"checked": checked}, follow=True)
    assert Unit.objects.get(code="B").name == "Added é"
    assert "1 created, 0 changed, 0 unchanged" in response.content.decode()


def test_confirming_twice_imports_once(client, admin):
    checked = upload(client, PEOPLE, HEAD + "1,,Ann,ORG,,,staff,1,\n").context["checked"]
    client.post(PEOPLE, {"checked": checked})
    assert client.post(PEOPLE, {"checked": checked}).status_code == 409
    assert Person.objects.count() == 2


def test_a_file_that_would_now_do_something_else_is_shown_again(client, admin):
    UnitFactory(code="A", name="Old")
    checked = upload(client, UNITS, "unit,name,parent\nA,Renamed,ORG\n").context["checked"]
    Unit.objects.filter(code="A").update(name="Changed meanwhile")
    response = client.post(UNITS, {"checked": checked})
    assert response.status_code == 409
    assert "Changed meanwhile" in response.content.decode()
    assert Unit.objects.get(code="A").name == "Changed meanwhile"
    client.post(UNITS, {"checked": response.context["checked"]})
    assert Unit.objects.get(code="A").name == "Renamed"


def test_a_file_that_became_wrong_is_refused_on_confirmation(client, admin):
    UnitFactory(code="A")
    checked = upload(client, UNITS, "unit,name,parent\nB,Below,A\n").context["checked"]
    Unit.objects.get(code="A").delete()
    assert client.post(UNITS, {"checked": checked}).status_code == 400
    assert not Unit.objects.filter(code="B").exists()


@pytest.mark.parametrize("text", [HEAD + "1,x,<i>A</i>,NOWHERE,,,boss,1,\n", b"\xff\xfe", "", "a;b\n"])
def test_a_bad_file_is_answered_400_with_its_mistakes(client, admin, text):
    response = upload(client, PEOPLE, text)
    assert response.status_code == 400
    assert Person.objects.count() == 1


def test_mistakes_are_told_with_row_column_value_and_escaped(client, admin):
    page = upload(client, PEOPLE, HEAD + "1,<i>x</i>,A,ORG,,,staff,1,\n").content.decode()
    assert "&lt;i&gt;x&lt;/i&gt;" in page
    assert "<i>x</i>" not in page
    assert "an e-mail address or nothing" in page


def test_a_preview_without_a_file_is_answered_400(client, admin):
    assert client.post(PEOPLE, {}).status_code == 400


def test_a_preview_of_somebody_else_or_another_kind_is_refused(client, admin):
    checked = upload(client, UNITS, "unit,name,parent\nB,Added,ORG\n").context["checked"]
    assert client.post(PEOPLE, {"checked": checked}).status_code == 400
    client.force_login(PersonFactory(roles=["administrator"]))
    assert client.post(UNITS, {"checked": checked}).status_code == 400
    assert client.post(UNITS, {"checked": "forged"}).status_code == 400
    assert not Unit.objects.filter(code="B").exists()


def test_a_file_that_is_too_large_is_refused(client, admin, monkeypatch):
    monkeypatch.setattr("organisation.forms.directory.MAX_UPLOAD", 10)
    assert upload(client, PEOPLE, HEAD).status_code == 400


def test_a_file_without_news_has_nothing_to_confirm(client, admin):
    page = upload(client, PEOPLE, HEAD + "ADMIN,,Admin,ORG,,,administrator,1,\n").content.decode()
    assert "The file says what is already known." in page
    assert 'name="checked"' not in page


def test_a_file_cannot_take_the_own_administrator_role(client, admin):
    response = upload(client, PEOPLE, HEAD + "ADMIN,,Admin,ORG,,,staff,1,\n")
    assert response.status_code == 400
    assert "your own role administrator" in response.content.decode()
