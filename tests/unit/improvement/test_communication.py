"""The communication plan: drafted from a cycle and its release, told by people, kept as told."""

import csv
import io
from datetime import date, timedelta

import pytest
import yaml
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.models import Cycle
from cfm.lib import languages
from improvement.models import Message
from improvement.queries.communication import calendar
from improvement.queries.templates import FOLDER, MILESTONES, quotations, templates
from improvement.rules import messages as rules
from improvement.services import communication
from organisation.models import Person, Unit
from tests.factories import reports
from tests.factories.improvement import message
from tests.factories.organisation import PersonFactory, UnitFactory, root

TODAY = timezone.localdate()


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text(response) -> str:
    return " ".join(response.content.decode().split())


def drafted(cycle: Cycle, language: str = "en-gb") -> dict[str, Message]:
    top = Unit.objects.get(parent=None)
    return {
        one.template: one for one in communication.draft(cycle=cycle, unit=top, language=language, by=None)
    }


class TestContent:
    def test_every_message_is_written_in_every_language_of_the_product(self):
        spoken = {code.split("-")[0] for code in languages.shipped()}

        for one in templates():
            for part in (one.subject, *one.body):
                assert set(part.languages) == spoken, one.code

    def test_every_message_names_its_sources_a_milestone_and_whom_it_is_for(self):
        for one in templates():
            assert {"B8"} <= set(one.source), one.code
            assert one.milestone in MILESTONES, one.code
            assert one.audience in Message.Audience.values, one.code
            assert one.channel in Message.Channel.values, one.code
            assert one.quotation in quotations(), one.code

    def test_languages_say_the_same_with_the_same_words_filled_in(self):
        for one in templates():
            for part in (one.subject, *one.body):
                braces = {tuple(sorted(rules.names(words))) for words in part.languages.values()}
                assert len(braces) == 1, one.code

    def test_every_quotation_says_who_said_it(self):
        rows = yaml.safe_load((FOLDER / "quotations.yaml").read_text(encoding="utf-8"))

        assert [row["code"] for row in rows if not row["by"] or row["source"] != ["M-Q"]] == []
        assert len({row["text"] for row in rows}) == len(rows) >= 9


class TestRules:
    def test_a_paragraph_of_which_a_word_is_not_known_is_left_out(self):
        assert rules.filled(["{a} and {b}", "{a}", "Plain"], {"a": "one", "b": ""}) == "one\n\nPlain"

    @pytest.mark.parametrize("wrong", ["{}", "{0}", "{a.b}", "{a[0]}"])
    def test_braces_without_a_plain_name_are_refused(self, wrong):
        with pytest.raises(ValueError, match="without a name"):
            rules.filled([wrong], {"a": "one"})

    def test_a_change_within_noise_or_of_unknown_width_is_not_clear(self):
        assert rules.is_clear(60, 50, 6, 7.9)
        assert not rules.is_clear(60, 50, 6, 8.1)
        assert not rules.is_clear(60, 50, None, 1)
        assert not rules.is_clear(60.4, 60, 0, 0)


def test_before_publication_only_messages_about_the_way_there_are_drafted(db):
    cycle = reports.published("autumn", state=Cycle.State.OPEN, visible=False)

    found = drafted(cycle)

    assert set(found) == {one.code for one in templates() if not one.results}
    assert not any(one.release for one in found.values())


def test_messages_about_results_take_the_organisations_figures_and_no_others(db):
    reports.live_units()
    reports.published("spring", scores={"ORG": 40, "NORTH": 61, "SOUTH": 13})
    cycle = reports.published(
        "autumn",
        scores={"ORG": 58, "NORTH": 71.4, "SOUTH": 12.6, "DEPOT": 93.2},
        changes={("ORG", "all", "B2"): {"score": 31}, ("ORG", "all", "B7"): {"score": 77}},
    )

    body = drafted(cycle)["results_for_all"].body

    assert "50 of you answered. Together you put our customer focus at 58 of 100" in body
    assert "What we do best: Reward and celebrate (77)." in body
    assert "Where we fall short most: Make a business case (31)." in body
    assert "18 points more than in" in body
    assert not any(secret in body for secret in ("71", "93", "13", "12.6", "North", "South"))


def test_a_figure_that_is_not_shown_is_not_told_and_nothing_is_made_up(db):
    reports.live_units()
    cycle = reports.published("autumn", scores={"ORG": None, "NORTH": 61, "SOUTH": 44, "DEPOT": 70})

    body = drafted(cycle)["results_for_all"].body

    assert "of you answered" not in body
    assert "{" not in body
    assert "What comes next" in body


def test_a_change_within_noise_is_told_as_no_clear_difference(db):
    reports.live_units()
    reports.published("spring", scores={"ORG": 57.5, "NORTH": 61})
    cycle = reports.published("autumn", scores={"ORG": 58, "NORTH": 61})

    assert "there is no clear difference" in drafted(cycle)["results_for_all"].body


def test_messages_are_drafted_in_the_language_chosen_and_only_once(db):
    reports.live_units()
    cycle = reports.published("autumn")

    french = drafted(cycle, "fr")["results_for_all"]

    assert french.subject.startswith("Résultats de")
    assert "Ce que nous faisons le mieux" in french.body
    assert drafted(cycle, "fr") == {}
    assert len(drafted(cycle)) == len(templates())


def test_days_follow_the_milestones_of_the_cycle(db):
    reports.live_units()
    cycle = reports.published("autumn")

    found = drafted(cycle)

    opened, published = (timezone.localtime(one).date() for one in (cycle.opened_at, cycle.published_at))
    assert found["why_we_ask"].due_on == opened - timedelta(days=14)
    assert found["results_for_all"].due_on == published + timedelta(days=2)


def test_what_was_sent_is_kept_with_its_day_and_channel_stays_as_it_was_and_can_be_undone(db):
    one = message()
    hr = PersonFactory(roles=["hr"])
    client = browser(hr)

    client.post(f"/communication/{one.pk}/sent/", {"sent_on": TODAY.isoformat(), "sent_through": "meeting"})

    one.refresh_from_db()
    assert (one.state, one.sent_on, one.sent_by, one.sent_through) == ("sent", TODAY, hr, "meeting")
    with pytest.raises(ValidationError, match="stays as it was sent"):
        communication.save_message(message=one, by=None, subject="Other")
    client.post(f"/communication/{one.pk}/undo/")
    one.refresh_from_db()
    assert (one.state, one.sent_on, one.sent_by, one.sent_through) == ("ready", None, None, "")


def test_nothing_can_be_sent_in_the_future_or_twice(db):
    one = message()
    client = browser(PersonFactory(roles=["hr"]))
    tomorrow = (TODAY + timedelta(days=1)).isoformat()

    early = client.post(f"/communication/{one.pk}/sent/", {"sent_on": tomorrow, "sent_through": "mail"})
    for _time in range(2):
        last = client.post(
            f"/communication/{one.pk}/sent/",
            {"sent_on": TODAY.isoformat(), "sent_through": "mail"},
            follow=True,
        )

    assert (early.status_code, "yet to come" in text(early)) == (400, True)
    assert "sent or left out already" in text(last)
    with pytest.raises(ValidationError, match="sent or left out already"):
        communication.record_sent(message=one, on=TODAY, through="mail", by=PersonFactory())


def test_a_message_carries_its_quotation_with_who_said_it(db):
    one = message(quotation="tennyson")

    page = text(browser(PersonFactory(roles=["executive"])).get(f"/communication/{one.pk}/"))

    assert "“The greater man, the greater courtesy.”" in page
    assert "Alfred Lord Tennyson (1809–1892)" in page


def test_the_plan_says_what_is_late_or_next(db):
    client = browser(PersonFactory(roles=["hr"]))
    assert "Nothing is planned here yet" in text(client.get("/communication/"))

    message(due_on=TODAY + timedelta(days=1), audience="managers")
    assert "Next: a message to managers on" in text(client.get("/communication/"))
    message(due_on=TODAY - timedelta(days=1))
    assert "1 of 2 messages still to be told is late" in text(client.get("/communication/"))


def test_a_manager_sees_what_is_told_to_the_organisation_and_plans_for_their_units_only(db):
    north, south = UnitFactory(code="NORTH"), UnitFactory(code="SOUTH")
    manager = PersonFactory(unit=north, roles=["manager"])
    top, own, other = message("Top"), message("Own", unit=north), message("Other", unit=south)

    assert set(Message.objects.visible_to(manager)) == {top, own}
    assert set(Message.objects.editable_by(manager)) == {own}
    assert other not in Message.objects.visible_to(PersonFactory(unit=south))


def test_the_plan_goes_out_as_csv_without_formulas_and_as_a_calendar(db):
    message("=SUM(A1)", body="One\nTwo", quotation="homer")
    client = browser(PersonFactory(roles=["hr"]))

    rows = list(csv.DictReader(io.StringIO(b"".join(client.get("/communication/-/plan.csv")).decode())))
    days = client.get("/communication/-/plan.ics").content.decode()

    assert rows[0]["subject"] == "'=SUM(A1)"
    assert rows[0]["quotation"].endswith("Homer")
    assert "DTSTART;VALUE=DATE:20260301\r\nDTEND;VALUE=DATE:20260302\r\nSUMMARY:=SUM(A1)\r\n" in days


def test_no_line_of_the_calendar_is_longer_than_75_octets_and_none_can_be_smuggled_in(db):
    one = message("é" * 150 + " END:VEVENT; a, b", unit=root())

    found = calendar([one], host="cfm.example", now=timezone.now())

    lines = found.split("\r\n")
    assert max(len(line.encode()) for line in lines) <= 75
    assert sum(line == "END:VEVENT" for line in lines) == 1
    assert found.replace("\r\n ", "").count("é" * 150 + " END:VEVENT\\; a\\, b") == 1


def test_the_plan_needs_the_same_queries_for_one_message_and_for_twelve(db):
    client = browser(PersonFactory(roles=["hr"]))

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            client.get("/communication/")
        return len(caught)

    message()
    client.get("/communication/")
    few = queries()
    for number in range(11):
        message(f"M{number}", unit=UnitFactory(), owner=PersonFactory(), due_on=date(2026, 4, 1))

    assert queries() == few


def test_drafting_in_the_browser_leads_to_the_plan_of_the_cycle(db):
    reports.live_units()
    reports.published("autumn")
    executive = browser(PersonFactory(unit=Unit.objects.get(code="ORG"), roles=["executive"]))
    entered = {"cycle": "autumn", "unit": "ORG", "language": "fr"}

    response = executive.post("/communication/-/draft/", entered, follow=True)

    assert f"{len(templates())} messages are drafted." in text(response)
    again = executive.post("/communication/-/draft/", entered, follow=True)
    assert "All messages are drafted already" in text(again)
