"""Personal links: looking changes nothing, one questionnaire opens and nothing else, no secret is kept anywhere."""

import base64
import logging
import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from assessments.models import Cycle, Envelope, Invitation, Link
from assessments.services import counting, links
from tests.factories import assessments as make
from tests.factories.organisation import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture
def cycle():
    return make.open_cycle(code="spring", closes_at=timezone.now() + timedelta(days=3))


@pytest.fixture
def invitation(cycle):
    return make.invitations(cycle, audience="staff")[0]


@pytest.fixture
def token(invitation):
    token = links.new_token()
    links.keep_token(invitation=invitation.pk, token=token)
    return token


def code_for(invitation):
    code = links.new_code()
    links.unsaved(invitation=invitation.pk, code=code).save()
    return code


def opened(token):
    """Return a browser in which the link's button was pressed."""
    browser = Client()
    browser.post(f"/assess/t/{token}/")
    return browser


def every_cell():
    """Return all values of all tables as one text."""
    cells = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            cells += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(cells)


def test_a_token_has_128_bits_and_no_two_are_the_same():
    tokens = {links.new_token() for _token in range(1000)}

    assert len(tokens) == 1000
    assert {len(base64.urlsafe_b64decode(token + "==")) for token in tokens} == {16}


def test_an_access_code_has_four_groups_of_letters_that_nobody_mixes_up_and_more_than_60_bits():
    codes = {links.new_code() for _code in range(1000)}

    assert len(codes) == 1000
    assert all(re.fullmatch(r"([A-Z]{4}-){3}[A-Z]{4}", code) for code in codes)
    assert not set("".join(codes)) & set("AEIOUL01")
    assert 20**16 > 2**60


def test_only_a_keyed_digest_of_a_token_is_stored(invitation, token, settings):
    code = code_for(invitation)

    text = every_cell()

    assert token not in text
    assert code not in text
    assert code.replace("-", "") not in text
    settings.SECRET_KEY = "another"
    assert links.by_token(token) is None


def test_a_link_outlives_a_change_of_the_servers_secret_that_keeps_the_old_one(token, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"

    assert links.by_token(token)


def test_a_link_has_no_date():
    assert {field.name for field in Link._meta.get_fields()} == {"id", "invitation", "digest"}


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_a_link_changes_nothing_and_opens_nothing(token, method):
    browser = Client()
    before = every_cell()

    response = getattr(browser, method)(f"/assess/t/{token}/")

    assert response.status_code == 200
    assert every_cell() == before
    assert set(browser.cookies) <= {"csrftoken"}
    assert browser.get("/assess/spring/").headers["Location"].startswith("/accounts/login/")


def test_the_page_of_a_link_is_kept_from_caches_and_referrers(token):
    response = Client().get(f"/assess/t/{token}/")

    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response.headers["Cache-Control"]


def test_the_button_leads_to_an_address_without_the_token(token):
    response = Client().post(f"/assess/t/{token}/")

    assert response.headers["Location"] == "/assess/spring/"
    assert token not in str(response.headers) + str(response.cookies)


def test_the_button_works_in_a_browser_that_checks_forms_and_names_no_origin(token):
    browser = Client(enforce_csrf_checks=True)

    response = browser.post(
        f"/assess/t/{token}/", headers={"origin": "null", "sec-fetch-site": "same-origin"}
    )

    assert response.status_code == 302


def test_another_site_can_not_press_the_button(token):
    browser = Client()

    response = browser.post(f"/assess/t/{token}/", headers={"sec-fetch-site": "cross-site"})

    assert response.status_code == 200
    assert "cfm_link" not in browser.cookies


def test_the_link_session_is_bound_to_the_pages_of_its_questionnaire(token):
    cookie = opened(token).cookies["cfm_link"]

    assert cookie["path"] == "/assess/spring/"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["max-age"]


def test_whoever_comes_with_a_link_answers_without_an_account(invitation, token):
    browser = opened(token)
    name = invitation.person.name

    start = browser.get("/assess/spring/").content.decode()
    browser.post("/assess/spring/review/", {"codes": "1234", "comment": ""})
    thanks = browser.get("/assess/spring/thanks/")

    assert name in start
    assert thanks.status_code == 200
    assert Envelope.objects.get().invitation_id == invitation.pk


def test_whoever_comes_with_a_link_can_withdraw(invitation, token):
    make.submitted(invitation.cycle, rows=[invitation])
    browser = opened(token)

    response = browser.post("/assess/spring/withdraw/")

    assert response.headers["Location"] == "/assess/spring/"
    assert not Invitation.objects.get(pk=invitation.pk).submitted


@pytest.mark.parametrize(
    "address",
    ["/", "/assess/", "/cycles/", "/cycles/spring/", "/people/", "/dashboard/", "/cycles/spring/proof/"],
)
def test_a_link_session_opens_no_other_page(token, address):
    response = opened(token).get(address)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/login/")


def test_a_link_session_opens_no_other_questionnaire_of_the_same_person(invitation, token):
    make.open_cycle(code="autumn")
    browser = opened(token)
    # Even where the browser is made to send the cookie to the other address.
    browser.cookies["cfm_link"]["path"] = "/"

    response = browser.get("/assess/autumn/")

    assert response.headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("value", ["", "x", "InV1aWQi:1abc:forged"])
def test_a_forged_link_session_opens_nothing(cycle, value):
    browser = Client()
    browser.cookies["cfm_link"] = value

    assert browser.get("/assess/spring/").headers["Location"].startswith("/accounts/login/")


def test_a_link_session_ends_on_the_device_when_asked(token):
    browser = opened(token)

    browser.post("/assess/spring/leave/")

    assert browser.get("/assess/spring/").headers["Location"].startswith("/accounts/login/")


def test_all_links_of_a_person_are_valid_until_the_close(invitation, token):
    later = links.new_token()
    links.keep_token(invitation=invitation.pk, token=later)

    while_open = {Client().get(f"/assess/t/{one}/").status_code for one in (token, later)}
    counting.count(cycle=invitation.cycle_id)
    afterwards = {Client().get(f"/assess/t/{one}/").status_code for one in (token, later)}

    assert while_open == {200}
    assert afterwards == {410}


def test_a_link_ends_at_the_announced_time(invitation, token):
    Cycle.objects.filter(pk=invitation.cycle_id).update(closes_at=timezone.now() - timedelta(seconds=1))

    page = Client().get(f"/assess/t/{token}/")
    button = Client().post(f"/assess/t/{token}/")

    assert (page.status_code, button.status_code) == (410, 410)
    assert "closed" in page.content.decode()


@pytest.mark.parametrize("token", ["x", "A" * 22, "é", "A" * 500])
def test_an_unknown_token_is_a_friendly_404(cycle, token):
    response = Client().get(f"/assess/t/{token}/")

    assert response.status_code == 404
    assert "We do not know this link" in response.content.decode()
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_known_and_unknown_tokens_are_looked_up_by_the_same_query(token, django_assert_num_queries):
    for one in (token, links.new_token(), "x"):
        with django_assert_num_queries(1):
            links.by_token(one)


def test_no_log_line_holds_a_token(invitation, token, caplog):
    caplog.set_level(logging.DEBUG)

    Client().get(f"/assess/t/{token}/")
    Client().put(f"/assess/t/{token}/")
    Client(enforce_csrf_checks=True).post(f"/assess/t/{token}/")
    counting.count(cycle=invitation.cycle_id)
    Client().get(f"/assess/t/{token}/")
    Client().get("/assess/t/NobodyWasGivenThisOne/")

    lines = "\n".join(record.getMessage() for record in caplog.records)
    assert token not in lines
    assert "NobodyWasGivenThisOne" not in lines


def test_somebody_else_who_is_signed_in_is_told_and_not_signed_out_by_looking(invitation, token):
    other = PersonFactory(name="Otto Other")
    browser = Client()
    browser.force_login(other)

    page = browser.get(f"/assess/t/{token}/").content.decode()
    without_asking = browser.post(f"/assess/t/{token}/")

    assert "Otto Other is signed in here" in page
    assert without_asking.status_code == 200
    assert browser.get("/assess/").status_code == 200


def test_the_owner_of_the_link_goes_on_once_the_other_is_signed_out(invitation, token):
    browser = Client()
    browser.force_login(PersonFactory())

    browser.post(f"/assess/t/{token}/", {"sign_out": "1"})

    assert invitation.person.name in browser.get("/assess/spring/").content.decode()
    assert browser.get("/assess/").headers["Location"].startswith("/accounts/login/")


def test_the_owner_who_is_signed_in_stays_so_and_needs_no_link_session(invitation, token):
    browser = Client()
    browser.force_login(invitation.person)

    response = browser.post(f"/assess/t/{token}/")

    assert response.headers["Location"] == "/assess/spring/"
    assert "cfm_link" not in browser.cookies
    assert browser.get("/assess/").status_code == 200


def test_a_sign_in_counts_more_than_a_link_that_was_left_open(cycle, token):
    browser = opened(token)
    browser.force_login(make.invitations(cycle, audience="manager")[0].person)

    browser.post("/assess/spring/review/", {"codes": "1234", "comment": ""})

    assert Envelope.objects.get().invitation.audience == "manager"


@pytest.mark.parametrize(
    "change", [str, str.lower, lambda code: code.replace("-", " "), lambda code: code.replace("-", "")]
)
def test_an_access_code_opens_the_questionnaire_however_it_is_typed(invitation, change):
    browser = Client()

    response = browser.post("/assess/code/", {"code": change(code_for(invitation))})

    assert response.headers["Location"] == "/assess/spring/"
    assert invitation.person.name in browser.get("/assess/spring/").content.decode()


def test_a_code_does_not_work_as_a_link_where_nobody_counts_the_tries(invitation):
    code = code_for(invitation)

    assert Client().get(f"/assess/t/{code}/").status_code == 404
    assert Client().get(f"/assess/t/{code.replace('-', '')}/").status_code == 404


def test_a_wrong_code_is_refused_and_many_are_throttled(invitation):
    browser = Client()

    wrong = [browser.post("/assess/code/", {"code": links.new_code()}).status_code for _try in range(11)]
    right = browser.post("/assess/code/", {"code": code_for(invitation)})

    assert wrong == [400] * 10 + [429]
    assert right.status_code == 429


def test_a_code_asks_before_it_signs_somebody_out(invitation):
    browser = Client()
    browser.force_login(PersonFactory(name="Otto Other"))
    code = code_for(invitation)

    page = browser.post("/assess/code/", {"code": code})
    after = browser.post("/assess/code/", {"code": code, "sign_out": "1"})

    assert "Otto Other is signed in here" in page.content.decode()
    assert after.headers["Location"] == "/assess/spring/"
