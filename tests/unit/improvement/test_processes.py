"""Process audits: for whose convenience, worked by hand; who keeps them; their files."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cfm.lib.csv_import import InvalidFileError
from improvement.models import CheckAnswer, Finding, Process, ProcessAudit, Step
from improvement.queries.processes import convenience_map, process_rows
from improvement.rules import convenience as rules
from improvement.rules.convenience import Convenience, Verdict
from improvement.services.process_import import FILES, IMPORTS
from organisation.models import Person, Unit
from tests.factories.improvement import audited, process
from tests.factories.organisation import PersonFactory, UnitFactory

DAY = date(2026, 1, 31)
HEADS = {name: ",".join(kind.table.columns) for name, kind in FILES.items()}


class TestScore:
    def test_a_score_is_the_mean_of_what_steps_and_answers_score(self):
        found = rules.convenience(
            ["customer", "both", "organisation", "required"], ["yes", "no", "not_applicable"]
        )

        assert found == Convenience(steps=50.0, checks=50.0)
        assert rules.convenience(["customer"], ["no"]).score == 50.0

    def test_where_only_one_part_is_known_it_is_the_score(self):
        assert rules.convenience(["customer", "organisation"], []).score == 50.0
        assert rules.convenience([], ["yes"]).score == 100.0
        assert rules.convenience(["required"], ["not_applicable"]).score is None

    @pytest.mark.parametrize(
        ("score", "expected"),
        [
            (0, Verdict.OWN),
            (39.9, Verdict.OWN),
            (40, Verdict.MIXED),
            (69.9, Verdict.MIXED),
            (70, Verdict.CUSTOMERS),
        ],
    )
    def test_the_bounds_of_the_verdicts_belong_to_the_better_one(self, score, expected):
        assert Convenience(score, None).verdict is expected

    def test_a_word_that_is_no_answer_is_refused(self):
        with pytest.raises(KeyError):
            rules.convenience(["everyone"], [])

    def test_an_audit_is_due_so_many_months_later_and_at_once_if_there_was_none(self):
        first = date(2025, 5, 5)

        assert rules.next_audit(date(2025, 1, 31), 1, first=first) == date(2025, 2, 28)
        assert rules.next_audit(date(2025, 11, 15), 14, first=first) == date(2027, 1, 15)
        assert rules.next_audit(None, 12, first=first) == first


@pytest.fixture
def north(db) -> Unit:
    return UnitFactory(code="NORTH")


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text(response) -> str:
    return " ".join(response.content.decode().split())


def entered(steps: int = 1, **fields: object) -> dict[str, object]:
    values: dict[str, object] = {"audited_on": "2026-02-28", "C1": "yes", "C2": "no", "summary": "Long"}
    values |= {"steps-TOTAL_FORMS": steps, "steps-INITIAL_FORMS": 0}
    for number in range(steps):
        values |= {f"steps-{number}-text": f"Step {number}", f"steps-{number}-convenience": "organisation"}
    return values | fields


def test_walking_through_a_process_keeps_steps_answers_and_who_did_it(north):
    process("P", unit=north)
    manager = PersonFactory(unit=north, roles=["manager"])

    response = browser(manager).post("/process-audits/P/audit/", entered(2, **{"steps-1-wait_days": "3.5"}))

    audit = ProcessAudit.objects.get()
    assert response.headers["Location"] == "/process-audits/P/?on=2026-02-28"
    assert audit.auditor == manager
    assert [
        (one.text, one.convenience, one.wait_days and float(one.wait_days)) for one in audit.steps.all()
    ] == [
        ("Step 0", "organisation", None),
        ("Step 1", "organisation", 3.5),
    ]
    assert {one.check_code: one.answer for one in audit.checks.all()} == {"C1": "yes", "C2": "no"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"steps-0-convenience": ""}, "For whose convenience is this step?"),
        ({"steps-0-text": ""}, "What happens in this step?"),
        ({"audited_on": "2999-01-01"}, "yet to come"),
        ({"audited_on": "2026-01-31"}, "an audit of this day already"),
    ],
)
def test_what_is_missing_or_wrong_in_an_audit_is_said(north, fields, told):
    audited(process("P", unit=north), DAY, ["customer"])
    manager = browser(PersonFactory(unit=north, roles=["manager"]))

    response = manager.post("/process-audits/P/audit/", entered(**fields))

    assert response.status_code == 400
    assert told in text(response)
    assert ProcessAudit.objects.count() == 1


def test_the_next_walk_begins_with_the_steps_of_the_last(north):
    audited(process("P", unit=north), DAY, ["customer", "organisation"])
    manager = browser(PersonFactory(unit=north, roles=["manager"]))

    page = text(manager.get("/process-audits/P/audit/"))

    assert 'value="Step 1"' in page
    assert 'value="Step 2"' in page


def test_the_page_says_for_whom_the_process_is_designed_and_shows_earlier_audits(north):
    one = process("P", unit=north)
    audited(one, DAY, ["organisation", "organisation", "customer"], {"C1": "no"})
    audited(one, DAY + timedelta(days=90), ["customer"], {"C1": "yes"})
    hr = browser(PersonFactory(roles=["hr"]))

    newest, earlier = text(hr.get("/process-audits/P/")), text(hr.get("/process-audits/P/?on=2026-01-31"))

    assert "mainly for the customer’s convenience: 100 of 100" in newest
    assert 'The audit of <time datetime="2026-01-31">' in earlier
    assert "From 17 on 31 January 2026 to 100." in newest
    assert hr.get("/process-audits/P/?on=2026-02-01").status_code == 404


def test_a_follow_up_is_late_after_its_day_and_keeps_the_day_it_was_done(north):
    one = audited(process("P", unit=north), DAY, ["customer"])
    client = browser(PersonFactory(unit=north, roles=["manager"]))
    values = {"text": "Asked twice", "follow_up": "Ask once", "state": "open", "due_on": "2026-03-01"}

    client.post("/process-audits/P/2026-01-31/findings/new/", values)
    assert "1 follow-up is late." in text(client.get("/process-audits/"))
    client.post("/process-audits/P/2026-01-31/findings/1/", values | {"state": "done"})

    found = Finding.objects.get(audit=one)
    assert (found.state, found.done_on) == ("done", timezone.localdate())
    assert "follow-up is late" not in text(client.get("/process-audits/"))


def test_the_map_takes_the_mean_of_the_newest_audits_of_a_unit_and_those_below(north):
    depot = UnitFactory(code="DEPOT", parent=north)
    first, second = process("A", unit=north), process("B", unit=depot)
    audited(first, DAY, ["organisation"], {"C1": "no"})
    audited(first, DAY + timedelta(days=1), ["customer"], {"C1": "yes"})
    audited(second, DAY, ["both"], {"C2": "partly"})
    process("NEVER", unit=UnitFactory(code="SOUTH"))
    executive = PersonFactory(roles=["executive"])

    rows = convenience_map(process_rows(executive, timezone.localdate()), executive)

    found = {row.unit.code: (row.own, row.score, row.steps, row.checks[:2]) for row in rows}
    assert found == {
        "ORG": (2, 75.0, 75.0, [100.0, 50.0]),
        "NORTH": (2, 75.0, 75.0, [100.0, 50.0]),
        "DEPOT": (1, 50.0, 50.0, [None, 50.0]),
    }


def test_a_managers_map_begins_at_their_own_unit(north):
    audited(process("A", unit=north), DAY, ["customer"])
    audited(process("B", unit=north), DAY, ["customer"])
    audited(process("ABOVE"), DAY, ["organisation"])
    manager = PersonFactory(unit=north, roles=["manager"])

    rows = convenience_map(process_rows(manager, timezone.localdate()), manager)

    assert [(row.unit.code, row.depth, row.score) for row in rows] == [("NORTH", 0, 100.0)]


def test_the_list_needs_the_same_queries_for_two_processes_and_for_twelve(north):
    executive = browser(PersonFactory(roles=["executive"]))

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            executive.get("/process-audits/")
        return len(caught)

    for number in range(2):
        audited(process(f"P{number}", unit=north), DAY, ["customer"], {"C1": "yes"})
    executive.get("/process-audits/")
    few = queries()
    for number in range(2, 12):
        audited(
            process(f"P{number}", unit=UnitFactory()), DAY, ["customer", "both"], {"C1": "yes", "C2": "no"}
        )

    assert queries() == few


def test_without_a_process_the_page_says_what_to_do(north):
    manager, auditor = PersonFactory(unit=north, roles=["manager"]), PersonFactory(roles=["auditor"])

    assert reverse("process_new") in text(browser(manager).get("/process-audits/"))
    assert "Managers register the processes" in text(browser(auditor).get("/process-audits/"))


# Files

PROCESSES = "P1,Moving house,NORTH,,customer,Home customers,,12,0\nP2,Buying,ORG,BOSS,support,Colleagues,A thing,6,1\n"
AUDITS = (
    "P1,2026-01-31,step,2,Sign,organisation,2.5,,,,\n"
    "P1,2026-01-31,audit,0,Slow,,,,BOSS,,\n"
    "P1,2026-01-31,step,1,Call,customer,,,,,\n"
    "P1,2026-01-31,check,1,,partly,,,,,\n"
    "P1,2026-01-31,finding,1,Signs twice,done,,Sign once,BOSS,2026-03-01,2026-02-15\n"
)


def load(name: str, rows: str, **options: object):
    return IMPORTS[name](f"{HEADS[name]}\n{rows}".encode(), file=f"{name}.csv", **options)


@pytest.fixture
def boss(north) -> Person:
    return PersonFactory(person_id="BOSS")


@pytest.mark.parametrize("name", FILES)
def test_what_is_downloaded_and_imported_again_changes_nothing(boss, name):
    load("processes", PROCESSES)
    load("process_audits", AUDITS)

    response = browser(PersonFactory(roles=["hr"])).get(f"/process-audits/-/files/{name}.csv")
    plan = IMPORTS[name](b"".join(response), file="again.csv")

    assert (plan.changes, plan.unchanged > 0) == ((), True)
    assert Step.objects.count() == 2
    assert CheckAnswer.objects.get().answer == "partly"


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("P9,2026-01-31,audit,0,,,,,,,", "process"),
        ("P1,2999-01-31,audit,0,,,,,,,", "audited_on"),
        ("P1,2026-01-30,step,1,X,customer,,,,,", "audited_on"),
        ("P1,2026-01-31,audit,1,,,,,,,", "number"),
        ("P1,2026-01-31,check,9,,yes,,,,,", "number"),
        ("P1,2026-01-31,step,0,X,customer,,,,,", "number"),
        ("P1,2026-01-31,step,1,X,me,,,,,", "answer"),
        ("P1,2026-01-31,step,1,,customer,,,,,", "text"),
        ("P1,2026-01-31,step,1,X,customer,-1,,,,", "wait_days"),
        ("P1,2026-01-31,step,1,X,customer,,Do,,,", "follow_up"),
        ("P1,2026-01-31,finding,1,X,done,,,,,", "done"),
        ("P1,2026-01-31,finding,1,X,open,,,NOBODY,,", "owner"),
    ],
)
def test_a_mistake_is_told_in_its_column_and_nothing_is_written(boss, line, column):
    audited(process("P1"), DAY, ["customer"])
    before = Step.objects.count()

    with pytest.raises(InvalidFileError) as caught:
        load("process_audits", f"P1,2026-01-31,step,5,Good,customer,,,,,\n{line}\n")

    assert [(one.row, one.column) for one in caught.value.errors] == [(3, column)]
    assert Step.objects.count() == before


def test_a_manager_imports_for_the_own_part_only(boss, north):
    manager = PersonFactory(unit=north, roles=["manager"])

    with pytest.raises(InvalidFileError) as caught:
        load("processes", PROCESSES, by=manager)
    plan = load("processes", PROCESSES.splitlines()[0] + "\n", by=manager)

    assert [(one.row, one.column) for one in caught.value.errors] == [(3, "unit")]
    assert plan.created == Process.objects.count() == 1


def test_a_file_is_shown_before_it_is_imported(boss, north):
    client = browser(PersonFactory(unit=north, roles=["manager"]))
    page = "/process-audits/-/files/processes/import/"
    file = SimpleUploadedFile("p.csv", f"{HEADS['processes']}\n{PROCESSES.splitlines()[0]}\n".encode())

    preview = client.post(page, {"file": file})
    assert Process.objects.count() == 0
    client.post(page, {"checked": preview.context["checked"]})

    assert Process.objects.get().name == "Moving house"
