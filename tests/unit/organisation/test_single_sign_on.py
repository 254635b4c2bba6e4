"""Single sign-on by OpenID Connect, against a provider that runs beside the test."""

import time
from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core.cache import cache
from django.test import Client

from cfm.lib.models import AuditEvent
from organisation.models import Person
from tests.factories.oidc import Provider, provider
from tests.factories.organisation import PersonFactory

pytestmark = pytest.mark.django_db
ADA = {
    "sub": "user-17",
    "email": "Ada@Test.Example",
    "email_verified": True,
    "name": "Ada A.",
    "phone": "123",
}


@pytest.fixture
def ada() -> Person:
    return PersonFactory(email="ada@test.example")


@pytest.fixture
def there(settings) -> Iterator[Provider]:
    cache.clear()
    with provider(dict(ADA)) as found:
        app = {
            "provider_id": "sso",
            "name": "Example ID",
            "client_id": "cfm",
            "secret": "a-secret",
            "settings": {"server_url": found.issuer},
        }
        own = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": own | {"APPS": [app]}}
        yield found


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None

    def http_error_302(
        self, request: object, file: object, code: int, message: str, headers: object
    ) -> object:
        return file


def sign_in(client: Client):
    """Press the button, follow the provider's redirect, and come back; returns our answer."""
    sent = client.post("/accounts/oidc/sso/login/")
    if sent.status_code != 302:
        return sent
    back = build_opener(_Stay).open(Request(sent.url)).headers["Location"]
    return client.get(f"{urlsplit(back).path}?{urlsplit(back).query}")


def test_without_settings_there_is_no_button(client):
    assert "Sign in with" not in client.get("/accounts/login/").content.decode()


def test_the_button_names_the_provider_and_asks_by_post(there, client):
    assert "Sign in with Example ID" in client.get("/accounts/login/").content.decode()
    assert client.get("/accounts/oidc/sso/login/").status_code == 200  # a page that asks, no redirect


def test_a_registered_person_is_signed_in_by_the_verified_address(there, ada, client):
    answer = sign_in(client)

    assert answer.url == "/"
    assert client.get("/").context["user"] == ada
    assert AuditEvent.objects.get(action="sign_in.single_sign_on").actor == ada.pk


def test_the_provider_is_asked_with_state_and_a_challenge_for_the_code(there, ada, client):
    sign_in(client)

    (asked,) = there.asked
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 16


def test_a_second_sign_in_goes_by_the_providers_id_even_when_its_address_has_changed(there, ada):
    sign_in(Client())
    there.claims["email"] = "new@test.example"
    client = Client()
    sign_in(client)

    assert client.get("/").context["user"] == ada


def test_of_what_the_provider_tells_only_its_id_is_kept(there, ada, client):
    sign_in(client)

    account = SocialAccount.objects.get()
    assert (account.uid, account.extra_data) == ("user-17", {})
    assert not SocialToken.objects.exists()


@pytest.mark.parametrize(
    "claims", [{"email_verified": False}, {"email": "eve@test.example"}, {"email": None}]
)
def test_strangers_and_unverified_addresses_are_turned_away_and_nobody_is_made(there, ada, client, claims):
    there.claims |= claims

    answer = sign_in(client)

    assert answer.status_code == 403
    assert "Not registered here" in answer.content.decode()
    assert client.get("/").status_code == 302
    assert (Person.objects.count(), SocialAccount.objects.count()) == (1, 0)


def test_somebody_who_left_is_not_let_in(there, ada, client):
    Person.objects.update(is_active=False)

    sign_in(client)

    assert client.get("/").status_code == 302


def test_a_token_made_for_another_service_is_refused(there, ada, client):
    there.audience = "another"

    assert "did not work" in sign_in(client).content.decode()
    assert client.get("/").status_code == 302


def test_an_answer_that_nobody_asked_for_is_refused(there, ada, client):
    answer = client.get("/accounts/oidc/sso/login/callback/?code=the-code&state=forged")

    assert "did not work" in answer.content.decode()
    assert client.get("/").status_code == 302


def test_a_provider_that_is_down_is_told_and_is_no_fault(there, ada, client):
    there.broken = True

    assert "did not work" in sign_in(client).content.decode()


# A fresh proof before named data leave, and before the sign-in is changed


@pytest.fixture
def hr() -> Person:
    return PersonFactory(email="ada@test.example", roles=["hr"])


def back_from(client: Client, sent: str):
    """Press the button at this address, follow the provider's redirect, and come back; returns our answer."""
    asked = client.post(sent)
    back = build_opener(_Stay).open(Request(asked.url)).headers["Location"]
    return client.get(f"{urlsplit(back).path}?{urlsplit(back).query}")


@pytest.mark.parametrize("path", ["/people/-/people.csv", "/me/data.zip", "/accounts/2fa/totp/activate/"])
def test_whoever_has_only_single_sign_on_proves_it_anew_at_the_provider(there, hr, client, path):
    there.claims["auth_time"] = int(time.time()) - 3600
    sign_in(client)

    asked = client.get(path)
    there.claims["auth_time"] = int(time.time())
    back = back_from(client, asked.url)
    given = client.get(path)

    assert asked.status_code == 302
    assert urlsplit(asked.url).path == "/accounts/oidc/sso/login/"
    assert (there.asked[-1]["prompt"], there.asked[-1]["max_age"]) == ("login", "0")
    assert back.url == path
    assert given.status_code == 200


def test_a_provider_that_lets_through_without_asking_is_no_proof(there, hr, client):
    there.claims["auth_time"] = int(time.time()) - 3600
    sign_in(client)

    back_from(client, client.get("/people/-/people.csv").url)

    assert client.get("/people/-/people.csv").status_code == 302


def test_a_provider_that_does_not_say_when_leads_to_a_second_factor_here(there, hr, client):
    sign_in(client)

    asked = client.get("/people/-/people.csv")

    assert asked.url == "/accounts/2fa/"
    assert "does not say when" in client.get("/accounts/2fa/").content.decode()


def test_nothing_that_an_address_says_is_passed_on_to_the_provider(there, ada, client):
    client.post("/accounts/oidc/sso/login/?auth_params=redirect_uri%3Dhttps://evil.example&scope=everything")

    sent = client.post("/accounts/oidc/sso/login/?auth_params=client_id%3Devil").url
    assert "evil" not in sent
