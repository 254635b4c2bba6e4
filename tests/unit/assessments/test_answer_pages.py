"""The questionnaire in the browser, without JavaScript: block by block, draft, review, envelope, withdrawal."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from assessments.models import Cycle, Draft, Envelope, Invitation
from assessments.services import counting, drafts
from tests.factories import assessments as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle():
    return make.open_cycle(code="spring", closes_at=timezone.now() + timedelta(days=3))


@pytest.fixture
def asked(cycle):
    return make.invitations(cycle, audience="staff", unit__code="NORTH")


def browser_of(person, client=None):
    client = client or Client()
    client.force_login(person)
    return client


@pytest.fixture
def invitation(asked):
    return asked[0]


@pytest.fixture
def browser(invitation):
    return browser_of(invitation.person)


def answer_everything(browser, code="spring"):
    browser.get(f"/assess/{code}/1/")
    browser.post(f"/assess/{code}/1/", {"item-S1": "1", "item-S2": "2", "go": "next"})
    browser.post(f"/assess/{code}/2/", {"item-S3": "x", "item-S4": "5", "go": "next"})
    browser.post(f"/assess/{code}/3/", {"comment": "More chairs.", "go": "next"})


def hidden_fields(response):
    fields = re.findall(r'type="hidden" name="(codes|comment)" value="([^"]*)"', response.content.decode())
    return dict(fields)


def draft_of(browser, invitation):
    secret = browser.cookies["cfm_draft"].value.encode()
    return drafts.load(secret=secret, invitation=invitation)


def counted(cycle):
    counting.count(cycle=cycle.pk)
    return cycle


def test_my_questionnaires_say_how_long_each_takes_and_that_it_is_not_started(browser):
    page = browser.get("/assess/").content.decode()

    assert "4 statements, about 1 min" in page
    assert "not started" in page


def test_without_an_open_cycle_the_page_says_when_something_will_appear(cycle, browser):
    Cycle.objects.filter(pk=cycle.pk).update(state="closed")

    page = browser.get("/assess/").content.decode()

    assert "Nothing to answer now" in page
    assert "results are being prepared" in page


def test_the_notice_names_the_unit_and_the_number_of_people_in_it():
    cycle = make.open_cycle(code="large", people={"ORG": (6, 1), "NORTH": (7, 1)}, k=6)
    invitation = make.invitations(cycle, unit__code="NORTH")[0]

    page = browser_of(invitation.person).get("/assess/large/").content.decode()

    assert "In <strong>Unit North</strong>, where 8 people are invited" in page
    assert "at least 6 people" in page


def test_the_notice_of_a_small_unit_names_the_unit_above_in_which_its_answers_count():
    cycle = make.open_cycle(code="small", people={"ORG": (6, 1), "TINY": (2, 0)})
    invitation = make.invitations(cycle, unit__code="TINY")[0]

    page = browser_of(invitation.person).get("/assess/small/").content.decode()

    assert "In <strong>Unit Org</strong>, where 9 people are invited" in page
    assert "Unit Tiny has no figures of its own" in page


def test_the_notice_says_so_when_too_few_are_invited_for_any_figure():
    cycle = make.open_cycle(code="few", people={"ORG": (2, 0)})
    invitation = make.invitations(cycle)[0]

    page = browser_of(invitation.person).get("/assess/few/").content.decode()

    assert "Only 2 people are invited. Figures need 5 answers, so none can be shown." in page


def test_an_answer_page_has_a_fieldset_with_a_legend_for_each_statement(browser):
    page = browser.get("/assess/spring/1/").content.decode()

    assert page.count("<fieldset") == page.count("<legend") == 2
    assert page.count('type="radio"') == 12
    assert "Block 1 of 3" in page


def test_answers_survive_going_forth_and_back(browser):
    answer_everything(browser)

    page = browser.get("/assess/spring/1/").content.decode()

    assert re.search(r'name="item-S2"\s+value="2"\s+checked', page)
    assert not re.search(r'name="item-S2"\s+value="3"\s+checked', page)


@pytest.mark.parametrize(
    ("go", "target"),
    [
        ("next", "/assess/spring/3/#questions"),
        ("back", "/assess/spring/1/#questions"),
        ("3", "/assess/spring/3/#questions"),
        ("review", "/assess/spring/review/"),
    ],
)
def test_every_button_saves_and_leads_where_it_says(browser, invitation, go, target):
    browser.get("/assess/spring/2/")

    response = browser.post("/assess/spring/2/", {"item-S3": "4", "go": go})

    assert response.headers["Location"] == target
    assert draft_of(browser, invitation).codes == "0040"


def test_back_on_the_first_page_leads_to_the_notice_and_next_on_the_last_to_the_review(browser):
    first = browser.post("/assess/spring/1/", {"go": "back"})
    last = browser.post("/assess/spring/3/", {"comment": "", "go": "next"})

    assert first.headers["Location"] == "/assess/spring/"
    assert last.headers["Location"] == "/assess/spring/review/"


def test_a_save_in_the_background_answers_204_and_keeps_the_other_pages(browser, invitation):
    browser.get("/assess/spring/1/")
    browser.post("/assess/spring/1/", {"item-S1": "3", "go": "next"})

    response = browser.post("/assess/spring/2/", {"item-S4": "2", "go": "save"})

    assert response.status_code == 204
    assert draft_of(browser, invitation).codes == "3002"


def test_clear_takes_one_answer_back_and_returns_to_its_statement(browser, invitation):
    browser.get("/assess/spring/1/")

    response = browser.post("/assess/spring/1/", {"item-S1": "3", "item-S2": "4", "clear": "S1"})

    assert response.headers["Location"] == "/assess/spring/1/#q-S1"
    assert draft_of(browser, invitation).codes == "0400"


def test_the_draft_is_offered_for_resuming_in_the_same_browser_after_signing_in_again(browser, invitation):
    browser.get("/assess/spring/1/")
    browser.post("/assess/spring/1/", {"item-S1": "3", "item-S2": "4", "go": "next"})
    secret = browser.cookies["cfm_draft"].value
    browser.logout()
    browser.cookies["cfm_draft"] = secret
    browser_of(invitation.person, browser)

    page = browser.get("/assess/").content.decode()
    start = browser.get("/assess/spring/").content.decode()

    assert "draft in this browser" in page
    assert 'href="/assess/spring/2/#questions"' in start


def test_the_next_person_in_the_same_browser_cannot_see_the_draft(browser, asked):
    answer_everything(browser)
    browser_of(asked[1].person, browser)

    listed = browser.get("/assess/").content.decode()
    review = browser.get("/assess/spring/review/").content.decode()

    assert "draft in this browser" not in listed
    assert "More chairs." not in review
    assert "There is nothing to submit yet" in review


def test_the_secret_of_drafts_is_out_of_reach_of_scripts_and_of_other_pages(browser):
    browser.get("/assess/spring/1/")

    cookie = browser.cookies["cfm_draft"]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/assess/"
    assert int(cookie["max-age"]) == 180 * 24 * 3600
    assert len(cookie.value) == 43


def test_the_secret_stays_the_same_and_stands_in_no_page(browser):
    browser.get("/assess/spring/1/")
    secret = browser.cookies["cfm_draft"].value

    page = browser.get("/assess/spring/2/").content.decode()

    assert browser.cookies["cfm_draft"].value == secret
    assert secret not in page


def test_the_review_links_to_what_is_unanswered(browser):
    browser.get("/assess/spring/1/")
    browser.post("/assess/spring/1/", {"item-S2": "4", "go": "review"})

    page = browser.get("/assess/spring/review/").content.decode()

    assert "3 statements are unanswered" in page
    assert 'href="/assess/spring/1/#q-S1"' in page
    assert 'href="/assess/spring/1/#q-S2"' not in page


def test_submitting_seals_one_envelope_and_ends_the_draft(cycle, browser, invitation):
    answer_everything(browser)
    review = browser.get("/assess/spring/review/")

    response = browser.post("/assess/spring/review/", hidden_fields(review))

    assert response.headers["Location"] == "/assess/spring/thanks/"
    assert Envelope.objects.filter(invitation=invitation).count() == 1
    assert not Draft.objects.exists()
    assert Invitation.objects.get(pk=invitation.pk).submitted


def test_what_is_counted_is_what_the_review_showed(cycle, browser):
    answer_everything(browser)
    fields = hidden_fields(browser.get("/assess/spring/review/"))
    browser.post("/assess/spring/review/", fields)

    counted(cycle)

    assert fields == {"codes": "12x5", "comment": "More chairs."}
    assert [row.codes for row in cycle.responses.all()] == ["12x5"]


def test_after_submitting_the_questionnaire_starts_empty_and_a_second_submit_replaces_the_first(
    cycle, browser, invitation
):
    answer_everything(browser)
    browser.post("/assess/spring/review/", {"codes": "12x5", "comment": "First."})
    empty = draft_of(browser, invitation)
    page = browser.get("/assess/spring/1/").content.decode()

    browser.post("/assess/spring/review/", {"codes": "5555", "comment": ""})
    counted(cycle)

    assert empty is None
    assert "checked" not in page
    assert [row.codes for row in cycle.responses.all()] == ["5555"]


def test_thank_you_says_what_happens_next_and_only_after_a_submission(browser):
    early = browser.get("/assess/spring/thanks/")
    browser.post("/assess/spring/review/", {"codes": "1111", "comment": ""})

    page = browser.get("/assess/spring/thanks/").content.decode()

    assert early.headers["Location"] == "/assess/spring/"
    assert "the key is destroyed" in page


def test_withdrawing_asks_first_and_then_takes_the_envelope_out(browser, invitation):
    browser.post("/assess/spring/review/", {"codes": "1111", "comment": ""})

    question = browser.get("/assess/spring/withdraw/")
    still_there = Envelope.objects.count()
    browser.post("/assess/spring/withdraw/")

    assert "Withdraw your answers?" in question.content.decode()
    assert still_there == 1
    assert not Envelope.objects.exists()
    assert not Invitation.objects.get(pk=invitation.pk).submitted


def test_a_submit_after_the_close_is_refused_and_gives_the_answers_back(cycle, browser):
    answer_everything(browser)
    fields = hidden_fields(browser.get("/assess/spring/review/"))
    counted(cycle)

    response = browser.post("/assess/spring/review/", fields)
    page = response.content.decode()

    assert response.status_code == 409
    assert "More chairs." in page
    assert "Statement 4. – Strongly agree" in page
    assert not cycle.responses.exists()


def test_a_page_sent_after_the_close_is_refused_and_gives_back_the_other_pages_too(cycle, browser):
    browser.get("/assess/spring/1/")
    counted(cycle)

    response = browser.post(
        "/assess/spring/2/", {"item-S4": "5", "kept": "1000", "kept_comment": "Before.", "go": "next"}
    )
    page = response.content.decode()

    assert response.status_code == 409
    assert "Statement 1. – Strongly disagree" in page
    assert "Statement 4. – Strongly agree" in page
    assert "Before." in page
    assert not Draft.objects.exists()


def test_a_form_opened_before_the_announced_end_is_taken_for_some_minutes_more(cycle, browser, invitation):
    browser.get("/assess/spring/1/")
    Cycle.objects.filter(pk=cycle.pk).update(closes_at=timezone.now())

    saved = browser.post("/assess/spring/1/", {"item-S1": "3", "go": "next"})
    submitted = browser.post("/assess/spring/review/", {"codes": "3000", "comment": ""})

    assert saved.headers["Location"] == "/assess/spring/2/#questions"
    assert submitted.headers["Location"] == "/assess/spring/thanks/"


def test_in_the_last_hour_and_after_the_announced_end_the_pages_say_how_long_answers_are_taken(
    cycle, browser
):
    ends = timezone.now() + timedelta(minutes=30)
    Cycle.objects.filter(pk=cycle.pk).update(closes_at=ends)
    soon = browser.get("/assess/spring/1/").content.decode()
    Cycle.objects.filter(pk=cycle.pk).update(closes_at=timezone.now())

    late = browser.get("/assess/spring/1/").content.decode()

    assert f'data-until="{ends.isoformat()}"' in soon
    assert "The announced end has passed" in late


def test_whoever_comes_after_the_announced_end_is_told_that_it_is_closed(cycle, browser):
    Cycle.objects.filter(pk=cycle.pk).update(closes_at=timezone.now() - timedelta(minutes=1))

    listed = browser.get("/assess/").content.decode()
    start = browser.get("/assess/spring/").content.decode()
    refused = browser.post("/assess/spring/review/", {"codes": "3000", "comment": ""})

    assert "Nothing to answer now" in listed
    assert "This cycle is closed" in start
    assert refused.status_code == 409


def test_a_withdrawal_after_the_close_is_refused(cycle, browser):
    browser.post("/assess/spring/review/", {"codes": "1111", "comment": ""})
    counted(cycle)

    response = browser.post("/assess/spring/withdraw/")

    assert response.status_code == 409
    assert cycle.responses.count() == 1


@pytest.mark.parametrize(
    "data",
    [
        {"item-S1": "6"},
        {"item-S1": "0"},
        {"item-S1": "11"},
        {"item-S1": ["1", "2"]},
        {"item-S3": "1"},
        {"item-M1": "1"},
        {"person": "P1"},
        {"comment": "not asked here"},
        {"go": "elsewhere"},
        {"go": "4"},
        {"clear": "S3"},
        {"kept": "12"},
        {"kept": "9999"},
    ],
)
def test_a_value_that_is_not_on_the_page_is_refused_and_nothing_changes(browser, invitation, data):
    browser.get("/assess/spring/1/")
    browser.post("/assess/spring/1/", {"item-S1": "3", "go": "next"})

    response = browser.post("/assess/spring/1/", {"item-S2": "5"} | data)

    assert response.status_code == 400
    assert draft_of(browser, invitation).codes == "3000"


@pytest.mark.parametrize("codes", ["", "111", "11111", "1116", "111Z", "111 "])
def test_a_submission_that_does_not_fit_the_questionnaire_is_refused(browser, codes):
    response = browser.post("/assess/spring/review/", {"codes": codes, "comment": ""})

    assert response.status_code == 400
    assert not Envelope.objects.exists()


def test_an_empty_questionnaire_is_not_submitted(browser):
    response = browser.post("/assess/spring/review/", {"codes": "0000", "comment": ""})

    assert response.status_code == 400
    assert not Envelope.objects.exists()


def test_a_comment_of_1001_characters_is_refused_with_its_text_kept_on_the_page(browser, invitation):
    browser.get("/assess/spring/3/")
    text = "x" * 1001

    page = browser.post("/assess/spring/3/", {"comment": text, "kept": "1234", "go": "next"})
    submitted = browser.post("/assess/spring/review/", {"codes": "1111", "comment": text})

    assert page.status_code == submitted.status_code == 400
    assert text in page.content.decode()
    assert draft_of(browser, invitation) is None
    assert not Envelope.objects.exists()


def test_line_ends_count_as_one_character_and_unseen_characters_are_dropped(browser, invitation):
    browser.get("/assess/spring/3/")

    response = browser.post(
        "/assess/spring/3/", {"comment": "a\r\n" * 400 + "\x00" + "b" * 200, "go": "next"}
    )

    assert response.status_code == 302
    assert draft_of(browser, invitation).comment == "a\n" * 400 + "b" * 200


def test_markup_in_a_comment_is_shown_as_text(browser):
    browser.get("/assess/spring/3/")
    browser.post("/assess/spring/3/", {"comment": "</textarea><script>x</script>", "go": "review"})

    pages = [browser.get(f"/assess/spring/{name}/").content.decode() for name in ("3", "review")]

    assert all("<script>x" not in page for page in pages)
    assert all("&lt;script&gt;x" in page for page in pages)


def test_no_page_of_a_respondent_is_kept_by_a_cache(browser):
    answer_everything(browser)
    pages = [browser.get(f"/assess/{name}") for name in ("", "spring/", "spring/1/", "spring/review/")]
    pages.append(browser.post("/assess/spring/1/", {"item-S1": "9"}))

    assert [page.status_code for page in pages] == [200, 200, 200, 200, 400]
    assert all("no-store" in page.headers["Cache-Control"] for page in pages)


def test_looking_at_pages_changes_nothing(cycle, browser, django_assert_num_queries):
    browser.post("/assess/spring/review/", {"codes": "1111", "comment": ""})
    before = list(Envelope.objects.values_list("pk", "sealed"))

    for name in ("", "spring/", "spring/1/", "spring/review/", "spring/thanks/", "spring/withdraw/"):
        browser.get(f"/assess/{name}")

    assert list(Envelope.objects.values_list("pk", "sealed")) == before
    assert not Draft.objects.exists()


def test_a_cycle_somebody_was_not_asked_in_does_not_exist_for_them(cycle, browser):
    Invitation.objects.filter(person=browser.get("/assess/").wsgi_request.user).delete()

    statuses = {
        browser.get(f"/assess/spring/{name}").status_code for name in ("", "1/", "review/", "thanks/")
    }

    assert statuses == {404}


def test_a_page_beyond_the_last_does_not_exist(browser):
    assert browser.get("/assess/spring/4/").status_code == 404
    assert browser.get("/assess/spring/0/").status_code == 404


def test_strangers_are_sent_to_the_sign_in(client, cycle):
    response = client.post("/assess/spring/1/", {"item-S1": "1"})

    assert response.headers["Location"].startswith("/accounts/login/")
    assert not Draft.objects.exists()


def test_managers_are_asked_the_manager_items(cycle):
    manager = make.invitations(cycle, audience="manager")[0]

    page = browser_of(manager.person).get("/assess/spring/1/").content.decode()

    assert 'name="item-M1"' in page
    assert 'name="item-S1"' not in page


def test_my_questionnaires_need_the_same_queries_for_one_and_for_twenty_cycles(
    cycle, browser, django_assert_max_num_queries
):
    browser.get("/assess/spring/1/")
    browser.get("/assess/")
    with django_assert_max_num_queries(20) as one:
        browser.get("/assess/")
    for number in range(19):
        make.open_cycle(code=f"more-{number}")

    with django_assert_max_num_queries(len(one)):
        page = browser.get("/assess/").content.decode()

    assert page.count("not started") == 20


def test_a_page_of_statements_needs_few_queries_however_many_units_there_are(
    cycle, browser, django_assert_max_num_queries
):
    browser.get("/assess/spring/1/")

    with django_assert_max_num_queries(6):
        browser.get("/assess/spring/1/")
