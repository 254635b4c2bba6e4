"""The pages of frameworks: who reads them, and how an administrator loads a version."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments.models import Framework
from assessments.services import frameworks
from organisation import permissions
from organisation.models import Person, RoleGrant, Unit
from tests.factories.assessments import cycle_draft, shipped_framework, small_framework_text

pytestmark = pytest.mark.django_db

TEXT = small_framework_text()
READERS = {"hr", "administrator"}


def person(role: str = "administrator") -> Person:
    unit, _new = Unit.objects.get_or_create(code="ORG", defaults={"name": "Organisation"})
    made = Person.objects.create(person_id=role, name=f"Some {role}", email=f"{role}@test.example", unit=unit)
    if role != permissions.STAFF:
        RoleGrant.objects.create(person=made, role=role)
    return made


@pytest.fixture
def administrator(client):
    client.force_login(person())
    return client


def upload(client, text: str | bytes, name: str = "small.yaml"):
    data = text.encode() if isinstance(text, str) else text
    return client.post(reverse("framework_load"), {"file": SimpleUploadedFile(name, data)})


def token_of(response) -> str:
    return re.search(r'name="token" value="([^"]+)"', response.content.decode())[1]


@pytest.mark.parametrize("role", permissions.ROLES)
def test_only_hr_and_administrators_read_frameworks(client, role):
    frameworks.load(text=TEXT)
    client.force_login(person(role))

    for name, args in (("frameworks", []), ("framework", ["small", 1]), ("framework_yaml", ["small", 1])):
        assert client.get(reverse(name, args=args)).status_code == (200 if role in READERS else 403)


@pytest.mark.parametrize("role", permissions.ROLES)
def test_only_administrators_load_frameworks(client, role):
    client.force_login(person(role))

    may = role == "administrator"
    assert client.get(reverse("framework_load")).status_code == (200 if may else 403)
    assert upload(client, TEXT).status_code == (200 if may else 403)
    assert client.post(reverse("framework_confirm"), {"token": "x"}).status_code == (400 if may else 403)
    assert not Framework.objects.exists()


@pytest.mark.parametrize("name", ["frameworks", "framework_load"])
def test_strangers_are_sent_to_sign_in(client, name):
    response = client.get(reverse(name))

    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


def test_the_page_of_a_version_shows_all_that_it_says(administrator):
    framework = shipped_framework()

    page = administrator.get(reverse("framework", args=[framework.code, framework.version])).content.decode()

    instrument = framework.instrument
    texts = [item.text for item in instrument.items] + [part.title for part in instrument.key_components]
    texts += [text for block in instrument.blocks for text in block.descriptors.values()]
    texts += [text for part in instrument.key_components for text in part.criteria.values()]
    texts += [advice.text for advice in instrument.advice]
    plain = re.sub(r"&#x27;", "'", page)
    assert [
        text for text in map(str, texts) if text.replace("&", "&amp;").replace('"', "&quot;") not in plain
    ] == []


def test_paired_statements_stand_in_one_row(administrator):
    frameworks.load(text=TEXT.replace("text: {en: Statement 1.}", "text: {en: One of a pair.}"))

    page = administrator.get(reverse("framework", args=["small", 1])).content.decode()

    row = next(row for row in page.split("<tr>") if "One of a pair." in row)
    assert row.count("One of a pair.") == 2


def test_a_version_that_is_not_there_is_not_found(administrator):
    assert administrator.get(reverse("framework", args=["small", 1])).status_code == 404
    assert administrator.get(reverse("framework_yaml", args=["small", 1])).status_code == 404


def test_the_download_is_the_loaded_file_byte_for_byte(administrator):
    text = TEXT.replace("\n", "\r\n")
    frameworks.load(text=text)

    response = administrator.get(reverse("framework_yaml", args=["small", 1]))

    assert response.content == text.encode()
    assert response["Content-Disposition"] == 'attachment; filename="small_v1.yaml"'


def test_a_hostile_text_is_shown_and_not_run(administrator):
    frameworks.load(text=TEXT.replace("Statement 1.", "<script>alert(1)</script>"))

    page = administrator.get(reverse("framework", args=["small", 1])).content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_file_is_checked_first_and_loaded_byte_for_byte_when_confirmed(administrator):
    text = TEXT.replace("\n", "\r\n")

    checked = upload(administrator, text)
    assert checked.status_code == 200
    assert not Framework.objects.exists()
    response = administrator.post(reverse("framework_confirm"), {"token": token_of(checked)})

    assert response.url == reverse("framework", args=["small", 1])
    assert Framework.objects.get().source == text


def test_a_wrong_file_is_answered_with_its_lines(administrator):
    response = upload(administrator, TEXT.replace("version: 1", "version: <b>"))

    assert response.status_code == 400
    page = response.content.decode()
    assert '<th scope="row" class="is-numeric">2</th>' in page
    assert "the text “&lt;b&gt;”" in page


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a: \0", b"x" * 1_000_001])
def test_a_file_that_is_no_framework_is_refused(administrator, content):
    response = upload(administrator, content)

    assert response.status_code == 400
    assert not Framework.objects.exists()


def test_a_post_without_file_is_refused(administrator):
    assert administrator.post(reverse("framework_load")).status_code == 400


def test_a_version_in_use_is_refused_at_the_check_and_at_the_confirmation(administrator):
    other = TEXT.replace("First block", "Another block")
    token = token_of(upload(administrator, other))
    cycle_draft(code="spring")

    checked = upload(administrator, other)
    confirmed = administrator.post(reverse("framework_confirm"), {"token": token})

    for response in (checked, confirmed):
        assert response.status_code == 400
        assert "is used by spring" in response.content.decode()
    assert Framework.objects.get().source == TEXT


def test_what_somebody_else_checked_cannot_be_confirmed(administrator, client):
    token = token_of(upload(administrator, TEXT))
    other = Person.objects.create(person_id="other", name="Other", unit=Unit.objects.get())
    RoleGrant.objects.create(person=other, role="administrator")
    client.force_login(other)

    response = client.post(reverse("framework_confirm"), {"token": token})

    assert response.status_code == 400
    assert not Framework.objects.exists()


def test_the_list_needs_the_same_queries_for_one_and_for_twenty_versions(
    administrator, django_assert_num_queries, django_assert_max_num_queries
):
    frameworks.load(text=TEXT)
    with django_assert_max_num_queries(12) as counted:
        administrator.get(reverse("frameworks"))
    for version in range(2, 21):
        frameworks.load(text=small_framework_text(version=version))

    with django_assert_num_queries(len(counted.captured_queries)):
        page = administrator.get(reverse("frameworks")).content.decode()

    assert page.count("no cycle yet") == 20
