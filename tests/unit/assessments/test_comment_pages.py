"""Comments: reviewed by HR after the count, read after publication by those who may see figures of the unit."""

import logging

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assessments.models import Comment, Cycle, Draft
from assessments.queries.telltale import find
from assessments.services import comments as services
from assessments.services.errors import ServiceError
from cfm.lib.models import AuditEvent
from organisation.models import Unit
from tests.factories import assessments as make
from tests.factories.organisation import PersonFactory

pytestmark = pytest.mark.django_db
PEOPLE = {"ORG": (9, 1), "NORTH": (9, 1), "SOUTH": (9, 1)}


def browser(role="", unit="ORG", reaches=None):
    home = Unit.objects.get(code=unit)
    reach = Unit.objects.get(code=reaches) if reaches else None
    client = Client()
    client.force_login(PersonFactory(unit=home, roles={role: reach} if role else {}))
    return client


@pytest.fixture
def cycle():
    return make.closed_cycle(
        code="spring",
        people=PEOPLE,
        comment=lambda invitation, number: f"Remark {number} of {invitation.unit.code}.",
    )


@pytest.fixture
def published(cycle):
    Comment.objects.filter(cycle=cycle).update(state="shown")
    Cycle.objects.filter(pk=cycle.pk).update(state="published")
    return cycle


@pytest.fixture
def hr(cycle):
    return browser("hr")


def first():
    return Comment.objects.filter(state="new").order_by("pk").first()


def decide(client, comment, **fields):
    return client.post(f"/cycles/spring/comments/{comment.pk}/", fields)


def state_of(comment):
    comment.refresh_from_db()
    return comment.state


# Reviewing


def test_the_first_comment_of_the_random_ids_is_reviewed_first(hr):
    page = hr.get("/cycles/spring/comments/").content.decode()

    assert first().text in page


@pytest.mark.parametrize(("wish", "state"), [("show", "shown"), ("withhold", "withheld")])
def test_a_decision_is_stored_and_leads_to_the_next_comment(hr, wish, state):
    comment = first()

    response = decide(hr, comment, do=wish)
    page = hr.get(response["Location"]).content.decode()

    assert state_of(comment) == state
    assert first().text in page
    assert comment.text not in page
    assert "Undo" in page


def test_later_leads_to_another_comment_and_decides_nothing(hr):
    comment = first()

    page = hr.get(f"/cycles/spring/comments/?after={comment.pk}").content.decode()

    assert comment.text not in page
    assert state_of(comment) == "new"


def test_a_decision_can_be_taken_back(hr):
    comment = first()
    decide(hr, comment, do="withhold")

    response = decide(hr, comment, do="undo")

    assert state_of(comment) == "new"
    assert comment.text in hr.get(response["Location"]).content.decode()


def test_a_redaction_overwrites_the_original_everywhere(hr):
    comment = first()
    Comment.objects.filter(pk=comment.pk).update(text="Canary-Jones never calls back.")

    decide(hr, comment, do="redact", text="[…] never calls back.")

    assert state_of(comment) == "redacted"
    assert comment.text == "[…] never calls back."
    assert "Canary" not in everything_in_the_database()


def test_a_redacted_comment_shown_after_all_stays_marked_as_shown_in_part(hr):
    comment = first()
    Comment.objects.filter(pk=comment.pk).update(text="Jones never calls back.")
    decide(hr, comment, do="redact", text="[…] never calls back.")
    decide(hr, comment, do="undo")

    decide(hr, comment, do="show")

    assert state_of(comment) == "redacted"


@pytest.mark.parametrize(
    "text",
    ["", "[…]", "Jones always calls back. […]", "Jones never calls", "back. […] Jones", "never […] back."],
)
def test_a_comment_can_be_shortened_but_not_rewritten(hr, text):
    comment = first()
    Comment.objects.filter(pk=comment.pk).update(text="Jones never calls back.")

    response = decide(hr, comment, do="redact", text=text)

    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    assert state_of(comment) == "new"
    assert comment.text == "Jones never calls back."


def test_the_second_of_two_reviewers_is_told_that_it_is_decided(hr):
    comment = first()
    services.decide(comment=comment.pk, state="withheld", by=None)

    response = decide(hr, comment, do="show")

    assert response.status_code == 302
    assert "decided on this comment already" in hr.get(response["Location"]).content.decode()
    assert state_of(comment) == "withheld"


def test_the_audit_line_of_a_review_holds_ids_and_no_words(hr):
    comment = first()

    decide(hr, comment, do="show", themes="Canary theme")

    line = AuditEvent.objects.latest("pk")
    assert (line.action, line.subject, line.details) == (
        "comment.shown",
        "spring",
        {"comment": str(comment.pk)},
    )


def test_themes_are_kept_and_offered_for_the_next_comment(hr):
    comment = first()

    response = decide(hr, comment, do="show", themes=" Tools, tools ,, Opening hours")
    page = hr.get(response["Location"]).content.decode()

    assert state_of(comment) == "shown"
    assert comment.themes == ["Tools", "Opening hours"]
    assert '<option value="Opening hours">' in page


def test_the_review_points_at_names_addresses_and_numbers(hr, cycle):
    comment = first()
    name = cycle.invitations.filter(unit=comment.unit).select_related("person")[0].person.name
    Comment.objects.filter(pk=comment.pk).update(text=f"{name}, x@y.example, 030 1234567")

    page = hr.get(f"/cycles/spring/comments/?at={comment.pk}").content.decode()

    assert "may name somebody you work with: Person" in page
    assert "x@y.example" in page
    assert "030 1234567." in page


def test_before_the_count_there_is_nothing_to_review():
    make.open_cycle(code="running", people=PEOPLE)

    page = browser("hr").get("/cycles/running/comments/").content.decode()

    assert "Nothing to review yet" in page


@pytest.mark.parametrize("role", ["", "manager", "executive", "administrator", "auditor"])
def test_nobody_but_hr_reviews(cycle, role):
    client = browser(role)

    assert client.get("/cycles/spring/comments/").status_code == 403
    assert decide(client, first(), do="show").status_code == 403


def test_hr_of_one_unit_reviews_what_stands_there_only(cycle):
    client = browser("hr", reaches="SOUTH")
    north = Comment.objects.filter(unit__code="NORTH")[0]
    south = Comment.objects.filter(unit__code="SOUTH")[0]

    assert decide(client, north, do="show").status_code == 404
    assert decide(client, south, do="show").status_code == 302


@pytest.mark.parametrize(("role", "told"), [("hr", True), ("administrator", False)])
def test_the_page_of_the_cycle_tells_hr_alone_how_many_wait(cycle, role, told):
    page = browser(role).get("/cycles/spring/").content.decode()

    assert ("30 comments wait for review" in page) is told


# Reading


def read(client, unit="NORTH"):
    return client.get(f"/cycles/spring/units/{unit}/comments/")


def test_released_comments_are_read_at_their_unit(published):
    page = read(browser("executive")).content.decode()

    assert page.count("of NORTH.") == 10
    assert "of SOUTH." not in page


@pytest.mark.parametrize("state", ["closed", "scored"])
def test_nothing_is_read_before_the_publication(published, state):
    Cycle.objects.filter(pk=published.pk).update(state=state)

    assert read(browser("executive")).status_code == 404


@pytest.mark.parametrize("state", ["new", "withheld"])
def test_what_is_not_released_is_read_by_nobody(published, state):
    Comment.objects.filter(cycle=published).update(state=state)

    page = read(browser("hr")).content.decode()

    assert "Remark" not in page
    assert "No comments stand here" in page


@pytest.mark.parametrize(
    ("role", "unit", "reaches", "status"),
    [
        ("executive", "ORG", None, 200),
        ("hr", "ORG", None, 200),
        ("manager", "NORTH", None, 200),
        ("manager", "ORG", None, 200),
        ("manager", "SOUTH", None, 404),
        ("hr", "ORG", "SOUTH", 404),
        ("", "NORTH", None, 403),
        ("administrator", "ORG", None, 403),
        ("auditor", "ORG", None, 403),
    ],
)
def test_comments_are_read_by_those_who_may_see_figures_of_the_unit(published, role, unit, reaches, status):
    assert read(browser(role, unit, reaches)).status_code == status


def test_a_manager_of_a_unit_does_not_reach_comments_that_stand_above_it(published):
    Comment.objects.filter(unit__code="NORTH").update(unit=published.units.get(code="ORG"))
    manager = browser("manager", "NORTH")

    here = read(manager).content.decode()

    assert "Remark" not in here
    assert "Unit Org" not in here
    assert read(manager, "ORG").status_code == 404


def test_markup_in_a_comment_is_text(published):
    Comment.objects.filter(unit__code="NORTH").update(text="<script>alert(1)</script>")

    page = read(browser("executive")).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_comments_keep_the_order_of_their_random_ids(published):
    page = read(browser("executive")).content.decode()

    texts = list(Comment.objects.filter(unit__code="NORTH").order_by("pk").values_list("text", flat=True))
    places = [page.index(f">{text}<") for text in texts]
    assert places == sorted(places)


# While writing


@pytest.fixture
def writer():
    cycle = make.open_cycle(code="spring", people=PEOPLE)
    invitation = make.invitations(cycle, unit__code="NORTH")[0]
    client = Client()
    client.force_login(invitation.person)
    return client, invitation


def hints(client, text):
    return client.post("/assess/spring/hints/", {"comment": text}).json()["hints"]


def test_a_colleague_or_manager_in_a_comment_is_pointed_at_and_nobody_from_afar(writer):
    client, invitation = writer
    people = make.invitations(invitation.cycle)
    for name, row in (
        ("Ann Lee", next(one for one in people if one.unit.code == "NORTH" and one.audience == "manager")),
        ("Bo Chef", next(one for one in people if one.unit.code == "ORG" and one.audience == "manager")),
        ("Far Away", next(one for one in people if one.unit.code == "SOUTH")),
    ):
        row.person.name = name
        row.person.save()

    assert hints(client, "Ask Lee, Chef or Away.") == ["It may name somebody you work with: Lee, Chef."]


def test_an_address_and_a_number_are_pointed_at_and_plain_words_are_not(writer):
    client, _invitation = writer

    assert len(hints(client, "Write to a@b.example or call +49 30 1234567.")) == 2
    assert hints(client, "We need 12 more chairs by 2026-12-24, and 1500 cups.") == []


def test_what_is_checked_reaches_no_query_row_log_or_session(writer, caplog):
    client, _invitation = writer
    caplog.set_level(logging.DEBUG)

    with CaptureQueriesContext(connection) as queries:
        hints(client, "canary-7788 wrote this")

    assert "canary-7788" not in "".join(query["sql"] for query in queries.captured_queries)
    assert "canary-7788" not in caplog.text
    assert "canary-7788" not in everything_in_the_database()
    assert not Draft.objects.exists()
    assert all("canary-7788" not in str(session.get_decoded()) for session in Session.objects.all())


def test_the_review_of_a_respondent_points_at_names_without_javascript_and_lets_them_submit(writer):
    client, _invitation = writer
    client.get("/assess/spring/1/")
    client.post("/assess/spring/3/", {"comment": "mail a@b.example", "go": "next"})

    page = client.get("/assess/spring/review/").content.decode()
    response = client.post("/assess/spring/review/", {"codes": "0000", "comment": "mail a@b.example"})

    assert "It holds an e-mail address: a@b.example." in page
    assert response["Location"].endswith("/thanks/")


def test_a_name_counts_with_a_capital_or_as_a_pair_and_without_accents():
    names = ["Zoë Grün", "Will Mark"]

    assert find("zoe grun helps", names=names).names == ("zoe", "grun")
    assert find("Grün helps", names=names).names == ("Grün",)
    assert find("we will mark it", names=names).names == ("will", "mark")
    assert find("it will do, mark my words", names=names).names == ()


def test_a_shortened_text_keeps_the_order_of_the_original():
    assert services.shortened("a b c d", to="a […] d") == "a […] d"
    with pytest.raises(ServiceError):
        services.shortened("a b c d", to="c […] b […]")


def everything_in_the_database():
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found.append(repr(cursor.fetchall()))
    return "".join(found)
