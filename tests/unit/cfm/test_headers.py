"""What every answer tells the browser: no sensors, no other origins, nothing personal kept by a cache."""

import re

import pytest
from django.core.management import call_command
from django.test import Client

from tests.factories.organisation import PersonFactory
from tests.unit.cfm.test_settings import read_settings  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    client = Client()
    client.force_login(PersonFactory(roles=["hr", "auditor", "administrator"]))
    return client


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/nowhere/", "/healthz", "/people/"])
def test_every_answer_switches_off_what_no_page_uses_and_keeps_other_origins_out(browser, path):
    headers = browser.get(path).headers

    assert "camera=()" in headers["Permissions-Policy"]
    assert "publickey-credentials-get=(self)" in headers["Permissions-Policy"]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "path", ["/", "/people/", "/audit/", "/me/", "/units/", "/cycles/", "/goals/", "/customers/"]
)
def test_no_cache_keeps_a_page_that_depends_on_who_asks(browser, path):
    assert "no-store" in browser.get(path)["Cache-Control"]


def test_static_files_are_for_our_pages_alone_and_may_be_kept():
    answer = Client().get("/static/cfm/app.css")
    answer.close()

    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "no-store" not in answer.headers.get("Cache-Control", "")


def test_the_policy_of_content_lets_nothing_inline_and_nothing_from_elsewhere_run(browser):
    policy = browser.get("/")["Content-Security-Policy"]

    directives = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert directives["style-src"] == "'self'"
    assert directives["frame-ancestors"] == directives["base-uri"] == "'none'"
    assert re.findall(r"unsafe|https?:", policy) == []


def test_under_https_every_cookie_has_a_prefix_that_the_browser_enforces(read_settings):  # noqa: F811
    found = read_settings(PUBLIC_URL="https://cfm.example", DJANGO_ALLOWED_HOSTS="cfm.example")

    names = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "LANGUAGE_COOKIE_NAME")
    assert {found[name].split("-")[0] for name in names} == {"__Host"}
    assert found["PATH_COOKIE"] == "__Secure-"
    assert found["SESSION_COOKIE_SECURE"] and found["CSRF_COOKIE_SECURE"] and found["SECURE_SSL_REDIRECT"]
    assert found["SESSION_COOKIE_HTTPONLY"] and found["CSRF_COOKIE_HTTPONLY"]
    assert found["SECURE_HSTS_SECONDS"] >= 31_536_000


def test_check_deploy_is_clean_under_https(settings):
    settings.DEBUG = False
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True

    call_command("check", "--deploy", "--fail-level", "WARNING")


@pytest.mark.parametrize("code", ["😀", "fr\r\nX: y", "f" * 50, "", "fr;path=/", "../en"])
def test_a_language_that_is_none_is_not_kept_and_breaks_nothing(code):
    client = Client()

    answer = client.post("/assess/language/", {"language": code, "next": "/accounts/login/"})

    assert answer.status_code == 302
    assert answer.cookies == {} or "django_language" not in answer.cookies


def test_a_language_cookie_that_is_none_is_ignored():
    client = Client()
    client.cookies["django_language"] = "\xf0\x9f"

    assert client.get("/accounts/login/").status_code == 200


def test_a_language_is_kept():
    answer = Client().post("/assess/language/", {"language": "fr", "next": "/accounts/login/"})

    assert answer.cookies["django_language"].value == "fr"
