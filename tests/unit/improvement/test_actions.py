"""Actions: from what was heard to what is done; who plans, who reports; how many at a time; their files."""

from datetime import timedelta

import pytest
import yaml
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.models import Comment, Distribution, Release
from cfm.lib.csv_import import InvalidFileError
from cfm.lib.models import AuditEvent
from improvement.models import Action, ActionStep
from improvement.queries.origins import origin
from improvement.queries.suggestions import all_suggestions, suggestions
from improvement.services import actions
from improvement.services.action_import import FILES, IMPORTS
from organisation.models import Person, Unit
from tests.factories import reports
from tests.factories.improvement import action, audited, process
from tests.factories.organisation import PersonFactory, UnitFactory

HEADS = {name: ",".join(kind.table.columns) for name, kind in FILES.items()}
ENTERED = {"title": "Answer sooner", "unit": "NORTH", "due_on": "2090-01-31"}


@pytest.fixture
def cycle(db):
    """A published cycle: ORG 58, NORTH 61, SOUTH 47."""
    return reports.published("spring")


@pytest.fixture
def manager(cycle) -> Person:
    return reports.person(unit="NORTH", role="manager")


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text(response) -> str:
    return " ".join(response.content.decode().split())


class TestWhatWasHeard:
    def test_an_action_keeps_the_figure_in_the_words_in_which_it_was_published(self, manager):
        response = browser(manager).post(
            "/actions/-/new/",
            ENTERED
            | {
                "about": "figure/spring/NORTH/B3",
                "block": "B3",
                "expected_points": "6",
                "baseline_cycle": "spring",
            },
        )

        found = Action.objects.get()
        assert response.headers["Location"] == f"/actions/{found.code}/"
        assert found.about_kind == "figure"
        assert found.heard.startswith("Set goals stands at 61 of 100 in North (Title of spring).")
        assert "It rests on 50 of 60 people." in found.heard

    def test_a_hidden_figure_or_one_out_of_reach_can_not_be_quoted(self, manager):
        reports.published("autumn", scores={"ORG": 50})

        assert origin("figure/autumn/NORTH/B3", manager) is None
        assert origin("figure/spring/SOUTH/B3", manager) is None
        assert origin("figure/spring/ORG/B3", manager) is not None
        assert origin("figure/spring/SOUTH/B3", None) is not None

    def test_nothing_of_a_cycle_that_is_not_published_can_be_quoted(self, manager):
        reports.published("secret", state="scored", visible=False)

        assert origin("figure/secret/NORTH/B3", None) is None
        assert origin("views/secret/NORTH/B3", None) is None

    def test_words_of_a_form_never_become_what_was_heard(self, manager):
        browser(manager).post(
            "/actions/-/new/", ENTERED | {"about": "figure/spring/NORTH/nothing", "heard": "Everybody lies"}
        )

        assert Action.objects.get().heard == ""

    def test_a_bound_is_quoted_as_a_bound(self, cycle):
        reports.published("near", changes={("NORTH", "all", "B3"): {"score": 87.5, "band": 1}})

        found = origin("figure/near/NORTH/B3", None)

        assert found is not None
        assert "at least 88 of 100" in found.heard

    def test_the_two_views_are_quoted_only_where_both_are_shown(self, cycle):
        reports.published("one", changes={("NORTH", "manager", "B3"): None})

        both, one = origin("views/spring/NORTH/B3", None), origin("views/one/NORTH/B3", None)

        assert both is not None
        assert "Managers see Set goals at 64, staff at 59, in North" in both.heard
        assert one is None

    def test_a_statement_is_quoted_with_the_share_that_agrees(self, cycle):
        release = Release.objects.get(cycle=cycle)
        row = {"release": release, "unit": cycle.units.get(code="NORTH"), "item": "S01"}
        Distribution.objects.create(**row, audience="staff", counts=[1, 2, 3, 2, 2])

        found = origin("statement/spring/NORTH/S01", None)

        assert found is not None
        assert "40% agree in North" in found.heard

    def test_a_finding_of_a_process_audit_is_quoted_to_those_who_see_it(self, manager):
        one = audited(process("P", unit=Unit.objects.get(code="NORTH")), timezone.localdate(), ["customer"])
        one.findings.create(number=1, text="Asked twice")
        reference = f"process/P/{one.audited_on.isoformat()}/1"

        seen, not_seen = origin(reference, manager), origin(reference, reports.person(unit="NORTH"))

        assert seen is not None
        assert seen.heard.endswith("we found: Asked twice")
        assert not_seen is None

    def test_a_theme_is_quoted_only_when_enough_comments_share_it(self, manager, cycle):
        north = cycle.units.get(code="NORTH")
        for number in range(cycle.k):
            given = ["Forms", "Chairs"] if number else ["Forms"]
            Comment.objects.create(cycle=cycle, unit=north, text="x", state="shown", themes=given)

        assert origin("comment/spring/NORTH/Forms", manager) is not None
        assert origin("comment/spring/NORTH/Chairs", manager) is None

    @pytest.mark.parametrize("reference", ["", "figure", "figure/a/b/c/d", "nothing/a/b/c", "process/P/x/1"])
    def test_a_reference_to_nothing_is_nothing(self, db, reference):
        assert origin(reference, None) is None

    def test_what_another_unit_told_is_not_quoted_here(self, cycle):
        lead = reports.person(unit="ORG", role="manager")

        response = browser(lead).post(
            "/actions/-/new/", ENTERED | {"unit": "SOUTH", "about": "figure/spring/NORTH/B3"}
        )

        assert response.status_code == 400
        assert "heard in another unit" in text(response)

    def test_links_lead_from_results_to_a_form_that_is_filled_in(self, manager):
        client = browser(manager)

        page = text(client.get("/dashboard/why/spring/all/blocks/B3/NORTH/"))
        form = text(client.get("/actions/-/new/?from=figure/spring/NORTH/B3"))

        assert "/actions/-/new/?from=figure/spring/NORTH/B3" in page
        assert "Set goals stands at 61 of 100" in form
        assert suggestions("B3", 4)[0].text in form

    def test_who_may_not_plan_sees_no_such_link(self, cycle):
        hr = browser(reports.person(role="hr"))

        assert "actions/-/new" not in text(hr.get("/dashboard/why/spring/all/blocks/B3/NORTH/"))
        assert "actions/-/new" not in text(hr.get("/dashboard/units/NORTH/"))


class TestFewerDoneRight:
    def test_a_fourth_open_action_of_a_unit_asks_why(self, manager):
        north, client = Unit.objects.get(code="NORTH"), browser(manager)
        for number in range(3):
            action(f"A{number}", unit=north)

        refused = client.post("/actions/-/new/", ENTERED)
        taken = client.post("/actions/-/new/", ENTERED | {"more_because": "The law asks for it"})

        assert refused.status_code == 400
        assert "3 open actions" in text(refused)
        assert 'name="more_because"' in text(refused)
        assert taken.status_code == 302
        assert Action.objects.get(title="Answer sooner").more_because == "The law asks for it"

    def test_ended_actions_and_those_of_other_units_do_not_count(self, cycle):
        north = Unit.objects.get(code="NORTH")
        for number in range(3):
            action(f"A{number}", unit=north)
        actions.report(action=Action.objects.get(code="A0"), state="done", note="It works.", by=None)

        assert action("A3", unit=north).is_open
        assert action("A4", unit=Unit.objects.get(code="SOUTH")).is_open

    def test_changing_one_of_three_asks_nothing(self, manager):
        north = Unit.objects.get(code="NORTH")
        for number in range(3):
            action(f"A{number}", unit=north)

        response = browser(manager).post("/actions/A1/edit/", ENTERED)

        assert response.status_code == 302
        assert Action.objects.get(code="A1").title == "Answer sooner"


class TestProgress:
    def test_an_end_says_what_came_of_it(self, manager):
        one = action("A1", unit=Unit.objects.get(code="NORTH"))
        client = browser(manager)

        silent = client.post("/actions/A1/report/", {"state": "not_done"})
        said = client.post("/actions/A1/report/", {"state": "not_done", "note": "The law forbids it."})

        one.refresh_from_db()
        assert silent.status_code == 400
        assert said.status_code == 302
        assert (one.state, one.outcome, one.closed_on) == (
            "not_done",
            "The law forbids it.",
            timezone.localdate(),
        )
        assert AuditEvent.objects.filter(action="action.report", subject="A1").count() == 1

    def test_taken_up_again_an_action_forgets_its_end(self, manager):
        one = action("A1", unit=Unit.objects.get(code="NORTH"))
        actions.report(action=one, state="done", note="It works.", by=None)

        actions.report(action=one, state="under_way", note="It does not.", by=None)

        one.refresh_from_db()
        assert (one.outcome, one.closed_on) == ("", None)

    def test_the_owner_ticks_steps_off_without_being_a_manager(self, cycle):
        owner = reports.person(unit="SOUTH")
        one = action("A1", unit=Unit.objects.get(code="NORTH"), owner=owner)
        actions.save_step(action=one, step=None, text="Ask ten customers", done_on=None, by=None)
        client = browser(owner)

        client.post("/actions/A1/steps/1/tick/")

        assert ActionStep.objects.get().done_on == timezone.localdate()
        assert client.get("/actions/A1/edit/").status_code == 404

    def test_steps_entered_line_by_line_are_kept_in_order(self, manager):
        browser(manager).post("/actions/-/new/", ENTERED | {"steps": "Ask\n\n  Count \nTell"})

        assert list(ActionStep.objects.values_list("number", "text")) == [
            (1, "Ask"),
            (2, "Count"),
            (3, "Tell"),
        ]


class TestLists:
    def test_overdue_ones_come_first_and_ended_ones_last(self, manager):
        north, today = Unit.objects.get(code="NORTH"), timezone.localdate()
        action("A-LATER", unit=north)
        action("B-LATE", unit=north, due_on=today - timedelta(days=3))
        actions.report(action=action("C-DONE", unit=north), state="done", note="Works.", by=None)

        page = text(browser(manager).get("/actions/"))

        places = [page.index(f"Action {code}<") for code in ("B-LATE", "A-LATER", "C-DONE")]
        assert places == sorted(places)
        assert "2 actions are open, 1 of them overdue" in page
        assert "3 days ago" in page

    def test_the_address_narrows_by_unit_block_state_and_owner(self, manager):
        north, depot = Unit.objects.get(code="NORTH"), Unit.objects.get(code="DEPOT")
        action("A1", unit=north, block="B3")
        action("A2", unit=depot, owner=manager)
        client = browser(manager)

        def shown(query: str) -> set[str]:
            page = text(client.get(f"/actions/?{query}"))
            return {code for code in ("A1", "A2") if f"/actions/{code}/" in page}

        assert shown("") == {"A1", "A2"}
        assert shown("unit=DEPOT") == {"A2"}
        assert shown("block=B3") == {"A1"}
        assert shown("state=done") == set()
        assert shown(f"owner={manager.person_id}") == {"A2"}
        assert shown("view=board&block=B3") == {"A1"}

    @pytest.mark.parametrize("address", ["/actions/", "/actions/?view=board"])
    def test_one_action_and_thirty_need_the_same_queries(self, manager, address):
        north, client = Unit.objects.get(code="NORTH"), browser(manager)

        def add(numbers: range) -> int:
            for number in numbers:
                one = action(f"A{number}", unit=north, owner=manager, more_because="A test")
                actions.save_step(action=one, step=None, text="Begin", done_on=None, by=None)
                actions.report(action=one, state="under_way", note="Begun", by=manager)
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            return len(queries)

        assert add(range(1)) == add(range(1, 30))


class TestFiles:
    def test_what_was_downloaded_changes_nothing_when_imported(self, manager):
        actions.report(
            action=action(
                "A1", unit=Unit.objects.get(code="NORTH"), origin=origin("figure/spring/ORG/B3", None)
            ),
            state="done",
            note="=It works.",
            by=None,
        )
        client = browser(manager)
        data = b"".join(client.get("/actions/-/files/actions.csv").streaming_content)

        plan = IMPORTS["actions"](data, file="actions.csv", by=manager)

        assert b"'=It works." in data
        assert plan.changes == [] or not plan.changes

    def test_a_file_plans_reports_and_adds_steps(self, cycle):
        rows = "A1,Answer sooner,NORTH,B3,,2026-01-01,2026-03-31,{state},,{end},figure/spring/NORTH/B3,6,spring,1,"
        IMPORTS["actions"](
            f"{HEADS['actions']}\n{rows.format(state='planned', end='')}\n".encode(), file="actions.csv"
        )
        done = rows.replace("{state},,{end}", "done,It works.,2026-03-01")
        IMPORTS["actions"](f"{HEADS['actions']}\n{done}\n".encode(), file="actions.csv")
        IMPORTS["action_steps"](f"{HEADS['action_steps']}\nA1,1,Ask,2026-02-01\n".encode(), file="x.csv")

        one = Action.objects.get()
        assert (one.state, one.outcome, str(one.closed_on), str(one.expected_points)) == (
            "done",
            "It works.",
            "2026-03-01",
            "6.0",
        )
        assert one.heard.startswith("Set goals stands at 61")
        assert one.steps.get().text == "Ask"

    @pytest.mark.parametrize(
        ("row", "column"),
        [
            ("A1,T,NOWHERE,,,2026-01-01,2026-03-31,planned,,,,,,1,", "unit"),
            ("A1,T,NORTH,,,2026-01-01,2025-03-31,planned,,,,,,1,", "due"),
            ("A1,T,NORTH,,,2026-01-01,2026-03-31,done,,2026-02-01,,,,1,", "outcome"),
            ("A1,T,NORTH,,,2026-01-01,2026-03-31,planned,,,figure/x/y/z,,,1,", "about"),
            ("A1,T,NORTH,,,2026-01-01,2026-03-31,planned,,,,6,spring,1,", "block"),
            ("A1,T,SOUTH,,,2026-01-01,2026-03-31,planned,,,,,,1,", "unit"),
        ],
    )
    def test_a_mistake_is_named_with_its_column_and_nothing_is_kept(self, manager, row, column):
        file = f"{HEADS['actions']}\nGOOD,T,NORTH,,,2026-01-01,2026-03-31,planned,,,,,,1,\n{row}\n"

        with pytest.raises(InvalidFileError) as raised:
            IMPORTS["actions"](file.encode(), file="actions.csv", by=manager)

        assert {(error.row, error.column) for error in raised.value.errors} == {(3, column)}
        assert not Action.objects.exists()

    def test_the_page_shows_a_plan_before_anything_changes(self, manager):
        file = f"{HEADS['actions']}\nA1,T,NORTH,,,2026-01-01,2026-03-31,planned,,,,,,1,\n"

        page = browser(manager).post(
            "/actions/-/files/actions/import/", {"file": SimpleUploadedFile("a.csv", file.encode())}
        )

        assert page.status_code == 200
        assert not Action.objects.exists()


class TestSuggestions:
    def test_every_block_has_two_at_each_of_five_levels_with_known_sources(self):
        domain = yaml.safe_load(
            (settings.BASE_DIR / "tests" / "domain_codes.yaml").read_text(encoding="utf-8")
        )
        known = {code for codes in domain["all"].values() for code in codes}

        assert list(all_suggestions()) == [f"B{number}" for number in range(1, 9)]
        for block, levels in all_suggestions().items():
            assert [len(levels[level]) for level in range(1, 6)] == [2] * 5
            for one in (one for found in levels.values() for one in found):
                assert set(one.source) <= known
                assert block in one.source
                assert 0 < len(one.text) <= 200
                assert one.how

    def test_no_suggestion_is_given_twice(self):
        texts = [
            one.text for levels in all_suggestions().values() for found in levels.values() for one in found
        ]

        assert len(texts) == len(set(texts)) == 80


def test_the_page_of_an_action_says_what_was_heard_and_what_is_expected(manager):
    action(
        "A1",
        unit=Unit.objects.get(code="NORTH"),
        block="B3",
        origin=origin("figure/spring/ORG/B3", None),
        expected_points=6,
        baseline_cycle="spring",
    )

    page = text(browser(manager).get("/actions/A1/"))

    assert "<dd> Set goals </dd>" in page
    assert "Set goals stands at 58 of 100" in page
    assert "+6 on Set goals in North by the cycle after Title of spring" in page


def test_an_empty_list_says_what_to_do(manager):
    staff = browser(reports.person(unit="NORTH"))

    assert "Begin where a score" in text(browser(manager).get("/actions/"))
    assert "You see to no action" in text(staff.get("/actions/"))


def test_a_unit_with_actions_is_not_lost(db):
    north = UnitFactory(code="NORTH")
    one = action("A1", unit=north, owner=PersonFactory())

    one.owner.delete()

    one.refresh_from_db()
    assert one.owner is None
