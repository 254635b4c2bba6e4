"""Files of goals: what goes out comes in again; on any mistake nothing changes."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from cfm.lib.csv_import import InvalidFileError
from cfm.lib.models import AuditEvent
from improvement.models import Actual, Goal, GoalFramework, Indicator, Output, Resource, Strategy
from improvement.services.goal_parts_import import FILES, IMPORTS
from organisation.models import Person
from tests.factories.assessments import framework_row
from tests.factories.improvement import framework, goal, indicator, output
from tests.factories.organisation import PersonFactory, UnitFactory

pytestmark = pytest.mark.django_db

HEADS = {name: ",".join(kind.table.columns) for name, kind in FILES.items()}
GOALS = (
    "G1,F1,Settle it the first time,,ORG,,,,B1,KC01,2025-01-01,2028-12-31,active,,65,\n"
    "G2,F1,-5 °C is no excuse,=why,NORTH,,BOSS,G1,,,2025-01-01,2027-12-31,active,,,\n"
)
PARTS = (
    "G1,resource,1,Training,1,,,,,,money,1000.50,0\n"
    "G1,output,1,Handbook,,,,,2026-01-31,2026-01-15,,,\n"
    "G1,indicator,1,First time,1,%,62.50,90,,,,,\n"
    "G1,strategy,1,Coach on real calls,,,,,,,,,\n"
    "G2,indicator,1,Frost faults,,,5,-1.5,,,,,\n"
)
ACTUALS = "G1,1,2026-03-31,70.25,\nG2,1,2026-03-31,-0.5,cold\n"


@pytest.fixture(autouse=True)
def _organisation() -> None:
    framework_row()
    framework()
    UnitFactory(code="NORTH")
    PersonFactory(person_id="BOSS")


def load(name: str, rows: str, **options: object):
    return IMPORTS[name](f"{HEADS[name]}\n{rows}".encode(), file=f"{name}.csv", **options)


def load_all() -> None:
    load("goals", GOALS)
    load("goal_parts", PARTS)
    load("goal_actuals", ACTUALS)


def mistakes(name: str, rows: str, **options: object) -> list[tuple[int, str, str]]:
    with pytest.raises(InvalidFileError) as caught:
        load(name, rows, **options)
    return [(one.row, one.column, one.value) for one in caught.value.errors]


def download(person: Person, name: str) -> str:
    client = Client()
    client.force_login(person)
    return b"".join(client.get(f"/goals/-/files/{name}.csv")).decode()


def test_a_whole_framework_comes_from_four_files():
    load_all()

    one = Goal.objects.get(code="G1")
    assert Goal.objects.get(code="G2").parent == one
    assert one.key_components == ["KC01"]
    assert (Output.objects.count(), Indicator.objects.count()) == (1, 2)
    assert (Strategy.objects.count(), Resource.objects.count(), Actual.objects.count()) == (1, 1, 2)
    assert Resource.objects.get().output == Output.objects.get()


@pytest.mark.parametrize("name", FILES)
def test_what_is_downloaded_and_imported_again_changes_nothing(name):
    load_all()
    hr = PersonFactory(roles=["hr"])

    file = download(hr, name)
    plan = IMPORTS[name](file.encode(), file="again.csv")

    assert plan.changes == ()
    assert plan.unchanged == len(file.splitlines()) - 1 > 0


def test_texts_that_look_like_formulas_are_guarded_and_negative_numbers_are_not():
    load_all()
    hr = PersonFactory(roles=["hr"])

    assert ",'-5 °C is no excuse,'=why," in download(hr, "goals")
    assert ",5,-1.5," in download(hr, "goal_parts")
    assert ",-0.5,cold" in download(hr, "goal_actuals")


def test_goals_may_stand_in_any_order_in_the_file():
    lines = GOALS.splitlines(keepends=True)

    load("goals", "".join(reversed(lines)))

    assert Goal.objects.count() == 2


def test_a_dry_run_tells_everything_and_writes_nothing():
    plan = load("goals", GOALS, dry_run=True)

    assert plan.created == 2
    assert Goal.objects.count() == 0
    assert not AuditEvent.objects.filter(action="goal.import").exists()


def test_an_import_leaves_an_audit_line_and_a_second_one_changes_nothing():
    load("goals", GOALS)
    again = load("goals", GOALS)

    assert again.unchanged == 2
    assert AuditEvent.objects.filter(action="goal.import").count() == 1


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"goal": "/"}, "goal"),
        ({"framework": "F9"}, "framework"),
        ({"title": ""}, "title"),
        ({"unit": "NOWHERE"}, "unit"),
        ({"person_id": "NOBODY"}, "person_id"),
        ({"person_id": "BOSS", "unit": "NORTH"}, "unit"),
        ({"owner": "NOBODY"}, "owner"),
        ({"parent": "G9"}, "parent"),
        ({"parent": "G1"}, "parent"),
        ({"block": "B99"}, "block"),
        ({"key_components": "KC01 KC99"}, "key_components"),
        ({"starts": "01.01.2025"}, "starts"),
        ({"due": "2024-12-31"}, "due"),
        ({"due": "2030-12-31"}, "due"),
        ({"state": "open"}, "state"),
        ({"block": "B1", "target_score": "101"}, "target_score"),
        ({"target_score": "50"}, "target_score"),
    ],
)
def test_a_mistake_is_told_with_its_row_and_column_and_nothing_is_written(cells, column):
    values = {
        "goal": "G1", "framework": "F1", "title": "T", "unit": "ORG", "starts": "2025-01-01", "due": "2028-12-31",
        "state": "active",
    }  # fmt: skip
    line = ",".join((values | cells).get(name, "") for name in FILES["goals"].table.columns)
    good = GOALS.splitlines()[0].replace("G1", "G0")

    found = mistakes("goals", f"{good}\n{line}\n")

    assert [(row, name) for row, name, _value in found] == [(3, column)]
    assert not Goal.objects.exists()


def test_goals_of_a_file_cannot_serve_each_other():
    first = "G1,F1,A,,ORG,,,G2,,,2025-01-01,2028-12-31,active,,,\n"
    second = "G2,F1,B,,ORG,,,G1,,,2025-01-01,2028-12-31,active,,,\n"

    assert {(row, column) for row, column, _value in mistakes("goals", first + second)} == {
        (2, "parent"),
        (3, "parent"),
    }


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("G9,output,1,X,,,,,,,,,", "goal"),
        ("G1,thing,1,X,,,,,,,,,", "part"),
        ("G1,output,0,X,,,,,,,,,", "number"),
        ("G1,output,1,,,,,,,,,,", "text"),
        ("G1,output,1,X,,%,,,,,,,", "measure"),
        ("G1,indicator,1,X,,,,5,,,,,", "baseline"),
        ("G1,indicator,1,X,,,5,5,,,,,", "target"),
        ('G1,indicator,1,X,,,"5,5",6,,,,,', "baseline"),
        ("G1,indicator,1,X,7,,5,6,,,,,", "output"),
        ("G1,resource,1,X,,,,,,,money,5,", "output"),
        ("G1,resource,1,X,7,,,,,,money,5,", "output"),
        ("G1,output,1,X,,,,,,2999-01-01,,,", "delivered"),
    ],
)
def test_a_mistake_in_a_part_is_told_in_its_column(line, column):
    goal("G1")

    assert [(row, name) for row, name, _value in mistakes("goal_parts", f"{line}\n")] == [(2, column)]
    assert not Output.objects.exists()


def test_a_figure_needs_an_indicator_and_each_day_stands_once():
    indicator(goal("G1"))

    assert mistakes("goal_actuals", "G1,2,2026-01-31,5,\n") == [(2, "indicator", "2")]
    assert mistakes("goal_actuals", "G1,1,2026-01-31,5,\nG1,1,2026-01-31,6,\n")[0][0] == 3
    assert mistakes("goal_actuals", "G1,1,2026-01-31,1e5,\n") == [(2, "value", "1e5")]


def test_a_manager_imports_for_the_own_part_and_learns_nothing_of_others():
    north = UnitFactory(code="N2")
    goal("MINE", unit=north)
    theirs = goal("THEIRS")
    output(theirs, "Secret plan")
    manager = PersonFactory(unit=north, roles=["manager"])
    row = "{},F1,{},,{},,,,,,2025-01-01,2028-12-31,active,,,\n"

    plan = load("goals", row.format("MINE", "Renamed", "N2"), by=manager)
    taken = mistakes("goals", row.format("THEIRS", "Goal THEIRS", "ORG"), by=manager)
    elsewhere = mistakes("goals", row.format("NEW", "New", "ORG"), by=manager)
    part = mistakes("goal_parts", "THEIRS,output,1,Secret plan,,,,,,,,,\n", by=manager)

    assert (plan.changed, Goal.objects.get(code="MINE").title) == (1, "Renamed")
    assert {column for _row, column, _value in taken} == {"goal"}
    assert [column for _row, column, _value in elsewhere] == ["unit"]
    assert [column for _row, column, _value in part] == ["goal"]


def test_a_download_holds_only_what_the_reader_may_see():
    north = UnitFactory(code="N2")
    goal("N", unit=north)
    goal("P", person=PersonFactory(unit=north))

    assert [line.split(",")[0] for line in download(PersonFactory(), "goals").splitlines()] == ["goal"]
    assert [
        line.split(",")[0] for line in download(PersonFactory(roles=["executive"]), "goals").splitlines()
    ] == [
        "goal",
        "N",
    ]


def test_the_browser_shows_what_will_change_and_then_does_it():
    client = Client()
    client.force_login(PersonFactory(roles=["hr"]))
    page = "/goals/-/files/goals/import/"
    file = SimpleUploadedFile("goals.csv", f"{HEADS['goals']}\n{GOALS}".encode())

    preview = client.post(page, {"file": file})
    assert (preview.status_code, Goal.objects.count()) == (200, 0)
    done = client.post(page, {"checked": preview.context["checked"]}, follow=True)

    assert Goal.objects.count() == 2
    assert "2 created" in done.content.decode()


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04\x00\x00zip", b"\xff\xfeg", b"", b"goal;framework\n", b"a" * 200_000]
)
def test_a_file_of_another_kind_is_refused_with_a_message(content):
    client = Client()
    client.force_login(PersonFactory(roles=["hr"]))

    response = client.post("/goals/-/files/goals/import/", {"file": SimpleUploadedFile("goals.csv", content)})

    assert response.status_code == 400
    assert not Goal.objects.exists()


def test_the_commands_exit_with_a_message_and_change_nothing(tmp_path, capsys):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("framework,title,starts,ends,currency\nF2,Next,2029-01-01,2032-12-31,EUR\n")
    bad.write_text("framework,title,starts,ends,currency\nF3,Bad,2029-01-01,2028-12-31,EUR\n")

    call_command("import_goal_frameworks", str(good), dry_run=True)
    assert not GoalFramework.objects.filter(code="F2").exists()
    call_command("import_goal_frameworks", str(good))
    with pytest.raises(CommandError, match="row 2, column ends"):
        call_command("import_goal_frameworks", str(bad))

    assert GoalFramework.objects.get(code="F2").starts_on == date(2029, 1, 1)
    assert not GoalFramework.objects.filter(code="F3").exists()
    assert "created framework F2" in capsys.readouterr().out
