"""A session that ends while somebody answers: the page comes back, and what it holds is stored for its owner alone."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from assessments.models import Draft, Envelope
from assessments.services import drafts
from tests.factories import assessments as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked():
    cycle = make.open_cycle(code="spring", closes_at=timezone.now() + timedelta(days=3))
    return make.invitations(cycle, audience="staff", unit__code="NORTH")


@pytest.fixture
def browser(asked):
    """A browser that checks for forged forms, as real ones are met, signed in as the first who was asked."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(asked[0].person)
    return client


def fields_of(response):
    """What a browser would send: hidden fields as they stand in the page."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', response.content.decode())
    return {name: unescape(value) for name, value in found}


def end_session():
    Session.objects.all().delete()


def draft_of(browser, invitation):
    secret = browser.cookies["cfm_draft"].value.encode()
    return drafts.load(secret=secret, invitation=invitation)


def test_a_page_sent_after_the_session_ended_comes_back_with_all_its_fields(browser):
    form = fields_of(browser.get("/assess/spring/3/")) | {"comment": 'Say "hello".', "go": "next"}
    end_session()

    response = browser.post("/assess/spring/3/", form)

    assert response.status_code == 403
    assert fields_of(response) == {name: form[name] for name in form if name != "csrfmiddlewaretoken"}
    assert "Sign in again" in response.content.decode()
    assert not Draft.objects.exists()


def test_after_signing_in_again_the_page_is_stored_for_its_owner(browser, asked):
    form = fields_of(browser.get("/assess/spring/1/")) | {"item-S1": "4", "go": "next"}
    end_session()
    kept = fields_of(browser.post("/assess/spring/1/", form))

    browser.force_login(asked[0].person)
    response = browser.post("/assess/spring/1/", kept)

    assert response["Location"].startswith("/assess/spring/2/")
    assert draft_of(browser, asked[0]).codes == "4000"


def test_a_review_sent_after_the_session_ended_is_submitted_after_signing_in_again(browser, asked):
    form = fields_of(browser.get("/assess/spring/1/")) | {"item-S1": "4", "go": "review"}
    browser.post("/assess/spring/1/", form)
    review = fields_of(browser.get("/assess/spring/review/"))
    end_session()
    kept = fields_of(browser.post("/assess/spring/review/", review))

    browser.force_login(asked[0].person)
    response = browser.post("/assess/spring/review/", kept)

    assert response["Location"].endswith("/thanks/")
    assert Envelope.objects.get().invitation_id == asked[0].pk


def test_what_one_person_entered_is_never_stored_for_the_next_in_the_same_browser(browser, asked):
    form = fields_of(browser.get("/assess/spring/1/")) | {"item-S1": "4", "go": "next"}
    end_session()
    kept = fields_of(browser.post("/assess/spring/1/", form))

    browser.force_login(asked[1].person)
    response = browser.post("/assess/spring/1/", kept)

    assert response.status_code == 403
    assert "nothing was stored" in response.content.decode()
    assert not Draft.objects.exists()


def test_a_page_left_open_saves_again_once_its_owner_has_signed_in_in_another_tab(browser, asked):
    form = fields_of(browser.get("/assess/spring/1/")) | {"item-S1": "4", "go": "save"}
    end_session()
    browser.force_login(asked[0].person)
    browser.cookies["csrftoken"] = "a" * 32  # signing in changes it

    response = browser.post("/assess/spring/1/", form)

    assert response.status_code == 204
    assert draft_of(browser, asked[0]).codes == "4000"


@pytest.mark.parametrize("path", ["/assess/spring/1/", "/assess/spring/review/", "/assess/spring/withdraw/"])
def test_a_forged_form_that_names_no_owner_is_refused(browser, path):
    browser.get("/assess/spring/1/")

    response = browser.post(path, {"codes": "1234", "comment": "", "go": "next"})

    assert response.status_code == 403
    assert not Draft.objects.exists()
    assert not Envelope.objects.exists()


def test_a_form_of_another_respondent_does_not_vouch(browser, asked):
    other = Client()
    other.force_login(asked[1].person)
    theirs = fields_of(other.get("/assess/spring/1/"))["whose"]

    response = browser.post("/assess/spring/1/", {"item-S1": "1", "go": "next", "whose": theirs})

    assert response.status_code == 403
    assert not Draft.objects.exists()


def test_a_page_given_back_tells_nothing_about_cycles(client):
    known = client.post("/assess/spring/1/", {"whose": "x", "go": "next"})
    unknown = client.post("/assess/nowhere/1/", {"whose": "x", "go": "next"})

    assert known.status_code == unknown.status_code == 403
    assert known.content == unknown.content.replace(b"nowhere", b"spring")


def test_the_page_after_signing_in_sends_back_to_the_other_tab(browser):
    page = browser.get("/assess/spring/signed-in/").content.decode()

    assert "go on in the other one" in page
