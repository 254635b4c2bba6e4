"""Signing in: refused passwords, no hint who is registered, throttling, second factors, sessions, fresh proofs."""

import hashlib
import re
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import identify_hasher
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cfm.lib import jobs, personal
from cfm.lib.models import AuditEvent, Job
from organisation import passwords
from organisation.imports import import_people
from organisation.models import Person, SignInCount
from tests.factories.organisation import PersonFactory, root

pytestmark = pytest.mark.django_db
PASSWORD = "umbrella seldom violet"


@pytest.fixture(autouse=True)
def _no_attempts_yet():
    cache.clear()


@pytest.fixture
def ada() -> Person:
    person = PersonFactory(name="Ada Archer", email="ada@test.example", roles=["hr"])
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(client: Client, email: str = "ada@test.example", password: str = PASSWORD, **headers: str):
    return client.post("/accounts/login/", {"login": email, "password": password}, headers=headers)


def signed_in(client: Client) -> bool:
    return client.get("/").status_code == 200


# Passwords


@pytest.mark.parametrize(
    "password",
    [
        "password123",
        "Password2026!",
        "qwertyuiop12",
        "adaarcher1990",
        "customerfocus1",
        "1234567890",
        "short",
    ],
)
def test_a_password_that_guessers_try_first_is_refused(ada, password):
    with pytest.raises(ValidationError):
        validate_password(password, ada)


def test_a_few_words_that_do_not_belong_together_are_taken_however_long(ada):
    validate_password(PASSWORD, ada)
    validate_password(f"{PASSWORD} " * 20, ada)


def test_a_password_of_the_operators_list_of_breached_ones_is_refused(ada, tmp_path, settings):
    known = sorted(hashlib.sha1(f"umbrella {n} violet".encode()).hexdigest().upper() for n in range(300))
    path = tmp_path / "pwned.txt"
    path.write_text("".join(f"{digest}:{count}\r\n" for count, digest in enumerate(known)))
    settings.BREACHED_PASSWORDS = str(path)

    found = [passwords.is_listed(f"umbrella {n} violet", path) for n in range(300)]

    assert all(found)
    assert not any(passwords.is_listed(f"parasol {n} violet", path) for n in range(300))
    with pytest.raises(ValidationError, match="breach"):
        validate_password("umbrella 7 violet", ada)
    validate_password(PASSWORD, ada)


def test_passwords_are_hashed_with_argon2(ada, settings):
    from cfm import settings as real

    settings.PASSWORD_HASHERS = real.PASSWORD_HASHERS
    ada.set_password(PASSWORD)

    assert identify_hasher(ada.password).algorithm == "argon2"


# Who is registered stays unknown


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(ada, client):
    wrong = sign_in(client, password="umbrella seldom green").content.decode()
    unknown = sign_in(client, email="eve@test.example").content.decode()

    def plain(page: str) -> str:
        return re.sub(r'value="[^"]*"', "", page)

    assert plain(wrong) == plain(unknown)


def reset(client: Client, email: str):
    return client.post("/accounts/password/reset/", {"email": email})


def test_asking_for_a_new_password_answers_alike_for_known_and_unknown_addresses(ada, client):
    with CaptureQueriesContext(connection) as for_known:
        known = reset(client, "ada@test.example")
    with CaptureQueriesContext(connection) as for_unknown:
        unknown = reset(client, "eve@test.example")

    assert len(for_known) == len(for_unknown)
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert Job.objects.filter(kind="account.reset").count() == 2
    assert mail.outbox == []


def test_the_link_for_a_new_password_goes_to_the_registered_address_alone_and_works_once(ada, client):
    reset(client, "ADA@test.example")
    reset(client, "eve@test.example")
    jobs.run_waiting()

    (message,) = mail.outbox
    assert message.to == ["ada@test.example"]
    path = urlsplit(re.search(r"http\S+", message.body)[0]).path
    form = client.get(path, follow=True).redirect_chain[-1][0]
    fresh = "parasol often amber"
    client.post(form, {"password1": fresh, "password2": fresh})

    assert sign_in(Client(), password=fresh).status_code == 302
    assert "password1" not in Client().get(path, follow=True).content.decode()


def test_the_link_for_a_new_password_never_follows_the_host_of_the_request(ada, settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.PUBLIC_URL = "https://cfm.example"
    reset(Client(headers={"host": "evil.example"}), "ada@test.example")
    jobs.run_waiting()

    assert "https://cfm.example/" in mail.outbox[0].body
    assert "evil.example" not in mail.outbox[0].body


# Throttling


def test_guessing_is_stopped_after_some_attempts_even_with_the_right_password(ada, client):
    for number in range(10):
        sign_in(client, password=f"umbrella seldom {number}")

    page = sign_in(client)

    assert not signed_in(client)
    assert page.status_code in {200, 429}


# Second factor


def code(secret: str, step: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


@pytest.fixture
def secret(ada) -> str:
    fresh = generate_totp_secret()
    TOTP.activate(ada, fresh)
    return fresh


def test_with_an_app_the_password_alone_lets_nobody_in(ada, secret, client):
    answer = sign_in(client)

    assert answer.url == "/accounts/2fa/authenticate/"
    assert not signed_in(client)


def test_with_the_code_of_the_app_one_is_in_and_the_code_works_once(ada, secret, client):
    sign_in(client)
    now = code(secret)
    client.post("/accounts/2fa/authenticate/", {"code": now})
    other = Client()
    sign_in(other)
    other.post("/accounts/2fa/authenticate/", {"code": now})

    assert signed_in(client)
    assert not signed_in(other)


def test_a_wrong_code_lets_nobody_in(ada, secret, client):
    sign_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": code(secret, step=50)})

    assert not signed_in(client)


@pytest.mark.django_db(transaction=True)
def test_an_app_is_set_up_with_a_fresh_proof_told_by_mail_and_written_down(ada, client):
    sign_in(client)
    assert client.get("/accounts/2fa/totp/activate/").url.startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    page = client.get("/accounts/2fa/totp/activate/")
    client.post("/accounts/2fa/totp/activate/", {"code": code(page.context["form"].secret)})

    assert Authenticator.objects.filter(user=ada, type="totp").exists()
    assert AuditEvent.objects.filter(action="sign_in.factor_added", subject=f"person/{ada.pk}").exists()
    assert mail.outbox and mail.outbox[-1].to == ["ada@test.example"]


@pytest.mark.parametrize("typed", ["Bea.Baker@Test.example", "bea.baker@test.example"])
def test_an_address_registered_with_capitals_opens_the_account_however_it_is_typed(client, typed):
    people = "person_id,email,name,unit,manager_id,job_role,roles,active,language"
    root()
    import_people(f"{people}\nB1,Bea.Baker@Test.example,Bea,ORG,,,staff,1,\n".encode(), file="people.csv")
    bea = Person.objects.get(person_id="B1")
    bea.set_password(PASSWORD)
    bea.save()

    sign_in(client, typed)

    assert signed_in(client)


def test_the_secret_of_the_app_is_stored_encrypted(ada, secret):
    assert secret not in str(Authenticator.objects.get(type="totp").data)


# Sessions


def test_one_sees_where_one_is_signed_in_and_signs_out_everywhere_else(ada):
    here, there = Client(), Client()
    sign_in(here, **{"user-agent": "Here"})
    sign_in(there, **{"user-agent": "There"})

    page = here.get("/accounts/sessions/").content.decode()
    here.post("/accounts/sessions/")

    assert "Here" in page and "There" in page
    assert signed_in(here)
    assert not signed_in(there)
    assert UserSession.objects.filter(user=ada).count() == 1


def test_a_new_password_ends_all_other_sessions(ada):
    here, there = Client(), Client()
    sign_in(here), sign_in(there)
    fresh = "parasol often amber"
    data = {"oldpassword": PASSWORD, "password1": fresh, "password2": fresh}
    here.post("/accounts/password/change/", data)

    assert signed_in(here)
    assert not signed_in(there)


def test_whoever_is_deactivated_is_out_at_the_next_click(ada, client):
    sign_in(client)
    Person.objects.filter(pk=ada.pk).update(is_active=False)

    assert not signed_in(client)


def test_a_session_gets_a_new_key_at_sign_in(ada, client):
    client.get("/accounts/login/")
    client.session.save()
    before = client.session.session_key
    sign_in(client)

    assert client.session.session_key != before


# A fresh proof before named data leave


@pytest.mark.parametrize("path", ["/people/-/people.csv", "/competencies/gaps.csv?reason=Budget"])
def test_named_data_leave_only_after_a_fresh_proof(ada, client, path):
    sign_in(client)

    asked = client.get(path)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    given = client.get(path)

    assert urlsplit(asked.url).path == "/accounts/reauthenticate/"
    assert parse_qs(urlsplit(asked.url).query)["next"] == [path]
    assert given.status_code == 200
    assert not AuditEvent.objects.filter(action="person.export", actor=ada.pk).count() > 1


def test_a_proof_grows_old(ada, client, settings):
    sign_in(client)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0

    assert client.get("/people/-/people.csv").status_code == 302


def test_a_wrong_password_is_no_proof(ada, client):
    sign_in(client)
    client.post("/accounts/reauthenticate/", {"password": "umbrella seldom green"})

    assert client.get("/people/-/people.csv").status_code == 302


# A second factor for the roles of the settings


@pytest.mark.parametrize("path", ["/", "/people/", "/cycles/", "/me/", "/admin/"])
def test_a_role_that_needs_a_second_factor_gets_no_page_before_it_has_one(ada, client, settings, path):
    settings.SECOND_FACTOR_ROLES = ["hr"]
    sign_in(client)

    answer = client.get(path)

    assert (answer.status_code, answer.url) == (302, "/accounts/2fa/")
    assert "needs a second factor" in client.get("/accounts/2fa/").content.decode()
    assert client.get("/accounts/2fa/totp/activate/").url.startswith("/accounts/reauthenticate/")


def test_with_the_factor_the_role_goes_on(ada, secret, client, settings):
    settings.SECOND_FACTOR_ROLES = ["hr"]
    sign_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": code(secret)})

    assert client.get("/people/").status_code == 200


def test_other_roles_and_the_way_out_need_no_factor(ada, client, settings):
    settings.SECOND_FACTOR_ROLES = ["administrator"]
    sign_in(client)
    assert client.get("/people/").status_code == 200

    settings.SECOND_FACTOR_ROLES = ["hr"]
    client.post("/accounts/logout/")

    assert client.get("/people/").url.startswith("/accounts/login/")


# What is written down


def test_sign_ins_are_counted_by_day_and_become_a_line_without_names(ada, client):
    PersonFactory(email="bo@test.example")
    sign_in(client)
    sign_in(Client(), password="wrong one entirely")
    sign_in(Client(), email="nobody@test.example")
    SignInCount.objects.update(day=timezone.localdate() - timedelta(days=1))

    personal.RULES["sign_ins"].delete(timezone.now())

    line = AuditEvent.objects.get(action="sign_in.day")
    assert (line.details["succeeded"], line.details["failed"], line.actor) == (1, 2, None)
    assert not SignInCount.objects.exists()
    assert "test.example" not in str(line.details)


@pytest.mark.parametrize(("roles", "named"), [(["hr"], 1), (["administrator"], 1), ([], 0), (["manager"], 0)])
def test_only_roles_that_handle_what_concerns_others_are_named_when_they_sign_in(client, roles, named):
    person = PersonFactory(email="cy@test.example", roles=roles)
    person.set_password(PASSWORD)
    person.save()

    sign_in(client, "cy@test.example")

    assert AuditEvent.objects.filter(action="sign_in.success", actor=person.pk).count() == named
