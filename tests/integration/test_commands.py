"""The operator's way from an empty database to published figures, command by command."""

import csv
import io
import os
import random
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from cfm.lib.models import AuditEvent
from tests.factories import installation as installations
from tests.factories import naive_scores
from tests.factories.assessments import SHIPPED, small_framework_text
from tests.factories.installation import Installation, Stage
from tests.factories.naive_scores import Answers, World

PARENTS = {"ORG": "", "A": "ORG", "B": "ORG", "B1": "B", "TINY": "ORG"}
HEADS = {("A", "staff"): 12, ("A", "manager"): 6, ("B", "staff"): 3, ("B1", "staff"): 9, ("B1", "manager"): 2}
HEADS |= {("TINY", "staff"): 3, ("ORG", "manager"): 1}
EVIDENCE = {"A": ("in_place", 75.0), "B1": ("planned", 25.0), "TINY": ("not_applicable", None)}
COLUMNS = (
    "cycle,unit,unit_name,audience,lens,dimension,n,invited,score,level,mean,sd,se,ci_low,ci_high,"
    "alpha,rwg,icc1,icc2,suppressed"
)
FIGURES = COLUMNS.split(",")[6:-1]
ITEMS = [f"{letter}{number}" for letter in "SM" for number in (1, 2, 3, 4)]


class Operator:
    """Somebody at the server's shell, with files in a folder."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation

    def __call__(self, *arguments: str, stdin: str = "") -> dict[str, Any]:
        """Run a command; returns exit code, standard output and standard error."""
        result: dict[str, Any] = self.installation.play("command", arguments=list(arguments), stdin=stdin)
        return result

    def done(self, *arguments: str, stdin: str = "") -> str:
        """Run a command that must succeed; returns what it printed."""
        result = self(*arguments, stdin=stdin)
        assert result["code"] == 0, result
        return str(result["out"])

    def file(self, name: str, text: str) -> str:
        path = self.installation.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)


@pytest.fixture
def operator(installation: Installation) -> Operator:
    return Operator(installation)


# What the files hold


def table(*rows: str | tuple[str, ...]) -> str:
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerows(row.split(",") if isinstance(row, str) else row for row in rows)
    return output.getvalue()


def units_csv() -> str:
    return table("unit,name,parent", *((code, f"Unit {code}", parent) for code, parent in PARENTS.items()))


def people_csv() -> str:
    rows = ["person_id,email,name,unit,manager_id,job_role,roles,active,language"]
    for (unit, audience), heads in HEADS.items():
        rows += [f"{unit}-{audience}-{i},,Person {i},{unit},,,{audience},1," for i in range(heads)]
    return table(*rows)


def respondents() -> list[Answers]:
    """Most of those asked, with gaps; the same ones every time."""
    chance = random.Random(7)
    people = []
    for (unit, audience), heads in HEADS.items():
        for _number in range(heads - (heads > 9)):
            values = chance.choices(["1", "2", "3", "4", "5", "", "NA"], [3, 4, 6, 5, 3, 1, 1], k=4)
            people.append(Answers(unit, audience, tuple(values)))
    return people


def responses_csv(people: list[Answers]) -> str:
    rows: list[tuple[str, ...]] = [("unit", "audience", *ITEMS)]
    for one in people:
        cells = (*one.values, *[""] * 4) if one.audience == "staff" else (*[""] * 4, *one.values)
        rows.append((one.unit, one.audience, *cells))
    return table(*rows)


def checklist_csv(cycle: str = "spring") -> str:
    states = [f"{cycle},{unit},KC01,{state},,,," for unit, (state, _value) in EVIDENCE.items()]
    return table("cycle,unit,key_component,state,owner,due,evidence,note", *states)


def world() -> World:
    entries = {unit: value for unit, (_state, value) in EVIDENCE.items() if value is not None}
    invited = {(unit, who): HEADS.get((unit, who), 0) for unit in PARENTS for who in ("staff", "manager")}
    return World(PARENTS, invited, respondents(), entries)


def opened(operator: Operator) -> Operator:
    """As far as an open cycle of the small framework."""
    operator.done("load_framework", operator.file("small.yaml", small_framework_text()))
    operator.done("import_units", operator.file("units.csv", units_csv()))
    operator.done("import_people", operator.file("people.csv", people_csv()))
    operator.done("open_cycle", "spring", "--framework", "small", "--title", "Spring")
    return operator


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# From nothing to published figures


@pytest.fixture(scope="module")
def finished(
    installation_template: Installation, stage: Stage, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Operator]:
    """An installation with the cycle `spring` published, and what was exported on the way in its folder."""
    folder = tmp_path_factory.mktemp("finished")
    with installations.copy(installation_template, folder, stage) as made:
        operator = opened(Operator(made))
        operator.done("import_checklist", operator.file("checklist.csv", checklist_csv()))
        operator.done(
            "import_responses", "spring", operator.file("answers.csv", responses_csv(respondents()))
        )
        for step, export in (
            ("close_cycle", ""),
            ("score", "first"),
            ("score", "second"),
            ("publish", "raw"),
        ):
            operator.done(step, "spring")
            if export:
                operator.done("export_scores", "spring", "--raw", "-o", str(folder / f"{export}.csv"))
        operator.done("export_scores", "spring", "-o", str(folder / "published.csv"))
        yield operator


def exported(operator: Operator, name: str) -> str:
    return (operator.installation.folder / f"{name}.csv").read_bytes().decode()


def test_scores_csv_has_the_columns_of_the_contract_and_a_row_a_cell(finished: Operator) -> None:
    text = exported(finished, "published")

    keys = [(row["unit"], row["audience"], row["dimension"]) for row in rows_of(text)]
    audiences = ("all", "staff", "manager", "evidence", "composite")
    assert text.splitlines()[0] == COLUMNS
    assert set(keys) == {(u, a, d) for u in PARENTS for a in audiences for d in ("B1", "B2", "ALL")}
    assert len(keys) == len(set(keys))


def test_scoring_twice_gives_the_same_figures_byte_for_byte(finished: Operator) -> None:
    assert exported(finished, "first") == exported(finished, "second") == exported(finished, "raw")


@pytest.mark.parametrize("unit", PARENTS)
@pytest.mark.parametrize("audience", ["all", "staff", "manager", "evidence", "composite"])
def test_raw_figures_are_those_of_a_naive_computation(finished: Operator, unit: str, audience: str) -> None:
    rows = [
        row
        for row in rows_of(exported(finished, "raw"))
        if (row["unit"], row["audience"]) == (unit, audience)
    ]

    assert len(rows) == 3
    for row in rows:
        expected = naive_scores.cell(world(), unit, audience, row["dimension"])
        found = {name: float(row[name]) for name in FIGURES if row[name] != ""}
        assert found == pytest.approx(expected, abs=2e-6), row["dimension"]
        assert row["suppressed"] == "0"


def test_a_hidden_cell_is_empty_and_a_shown_one_counts_nobody_or_k(finished: Operator) -> None:
    rows = rows_of(exported(finished, "published"))

    hidden = [row for row in rows if row["suppressed"] == "1"]
    assert {row["unit"] for row in hidden} >= {"TINY"}
    assert all(row[name] == "" for row in hidden for name in FIGURES)
    shown = [row for row in rows if row["suppressed"] == "0" and row["audience"] in naive_scores.ASKED]
    assert shown
    assert all(int(row["n"]) == 0 or int(row["n"]) >= 5 for row in shown)


def test_a_published_figure_of_ten_people_or_more_is_the_raw_one(finished: Operator) -> None:
    raw = {
        (row["unit"], row["audience"], row["dimension"]): row for row in rows_of(exported(finished, "raw"))
    }
    same = [name for name in FIGURES if name not in {"icc1", "icc2", "alpha", "rwg"}]

    compared = 0
    for row in rows_of(exported(finished, "published")):
        if row["suppressed"] == "0" and row["n"] and int(row["n"]) >= 10 and row["audience"] != "evidence":
            compared += 1
            twin = raw[row["unit"], row["audience"], row["dimension"]]
            assert [row[name] for name in same] == [twin[name] for name in same]
    assert compared


def test_cycles_lists_code_title_and_state(finished: Operator) -> None:
    assert finished.done("cycles").splitlines() == ["code,title,state", "spring,Spring,published"]


def test_dash_writes_to_standard_output(finished: Operator) -> None:
    assert finished.done("export_scores", "spring", "-o", "-") == exported(finished, "published")


def test_a_raw_export_warns_and_is_in_the_audit_log(finished: Operator) -> None:
    before = finished.installation.play("tables")[AuditEvent._meta.db_table]

    result = finished("export_scores", "spring", "--raw")

    assert result["out"] == exported(finished, "raw")
    assert "not suppressed" in result["err"]
    assert finished.installation.play("tables")[AuditEvent._meta.db_table] != before


@pytest.mark.parametrize("command", ["close_cycle", "score", "publish"])
def test_a_published_cycle_goes_no_way_back(finished: Operator, command: str) -> None:
    before = finished.installation.play("tables")

    result = finished(command, "spring")

    assert (result["code"], result["out"]) == (1, "")
    assert "spring" in result["err"]
    assert finished.installation.play("tables") == before


def test_check_confidentiality_finds_nothing_to_complain_about(finished: Operator) -> None:
    result = finished("check_confidentiality", "spring")

    assert result["code"] == 0, result


# The order of things


def test_each_step_is_refused_before_its_turn(operator: Operator) -> None:
    refused = []
    opened(operator)
    refused += [
        operator(*step) for step in (["score", "spring"], ["publish", "spring"], ["export_scores", "spring"])
    ]
    operator.done("import_responses", "spring", "-", stdin=responses_csv(respondents()))
    operator.done("close_cycle", "spring")
    refused += [operator(*step) for step in (["close_cycle", "spring"], ["publish", "spring"])]
    refused += [
        operator("export_scores", "spring", "--raw"),
        operator("import_responses", "spring", "-", stdin="x"),
    ]
    operator.done("score", "spring")
    refused += [operator("export_scores", "spring"), operator("close_cycle", "spring")]

    assert [(result["code"], result["out"]) for result in refused] == [(1, "")] * 9
    assert all("Traceback" not in result["err"] and "spring" in result["err"] for result in refused)


def test_evidence_that_changed_after_the_scoring_must_be_scored_before_publication(
    operator: Operator,
) -> None:
    opened(operator)
    operator.done("import_responses", "spring", "-", stdin=responses_csv(respondents()))
    operator.done("close_cycle", "spring")
    operator.done("score", "spring")
    operator.done("import_checklist", "-", stdin=checklist_csv())

    refused = operator("publish", "spring")
    operator.done("score", "spring")

    assert refused["code"] == 1
    assert "score it again" in refused["err"]
    assert "published" in operator.done("publish", "spring")


def test_the_same_paper_answers_come_in_once_unless_again_is_said(operator: Operator) -> None:
    opened(operator)
    first = responses_csv(respondents())
    reordered = responses_csv(list(reversed(respondents())))
    operator.done("import_responses", "spring", "-", stdin=first)

    refused = [operator("import_responses", "spring", "-", stdin=text)["code"] for text in (first, reordered)]
    operator.done("import_responses", "spring", "-", "--again", stdin=first)

    assert refused == [1, 1]
    count = 2 * len(respondents())
    assert f"{count} on paper = {count} counted" in operator.done("close_cycle", "spring")


def test_a_dry_run_of_each_import_writes_nothing(operator: Operator) -> None:
    opened(operator)
    before = operator.installation.play("tables")

    done = [
        operator.done("load_framework", "-", "--dry-run", stdin=SHIPPED.read_text(encoding="utf-8")),
        operator.done("import_units", "-", "--dry-run", stdin="unit,name,parent\nNEW,New,ORG\n"),
        operator.done("import_people", "-", "--dry-run", stdin=people_csv().replace("-staff-", "-new-")),
        operator.done("import_checklist", "-", "--dry-run", stdin=checklist_csv()),
        operator.done("import_responses", "spring", "-", "--dry-run", stdin=responses_csv(respondents())),
    ]

    assert all(done)
    assert operator.installation.play("tables") == before


def test_importing_the_same_files_again_changes_nothing(operator: Operator) -> None:
    opened(operator)
    before = operator.installation.play("tables")

    operator.done("load_framework", "-", stdin=small_framework_text())
    operator.done("import_units", "-", stdin="\ufeff" + units_csv().replace("\n", "\r\n"))
    operator.done("import_people", "-", stdin=people_csv())

    assert operator.installation.play("tables") == before


def test_a_framework_comes_back_as_it_was_loaded(operator: Operator) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    operator.done("load_framework", "-", stdin=text)

    assert operator.done("export_framework", "customer-focus", "--version", "1") == text


# Bad input

GOOD_PERSON = "person_id,email,name,unit,manager_id,job_role,roles,active,language\n"
ENTRY = "cycle,unit,key_component,state,owner,due,evidence,note\n"
BAD: list[tuple[list[str], str, list[str]]] = [
    (["import_units", "-"], "unit,name,parent\nX,New,NOWHERE\n", ["row 2", "parent", "NOWHERE"]),
    (["import_units", "-"], "unit,name,parent\nX,New,ORG\nX,Twice,ORG\n", ["row 3", "unit", "X"]),
    (["import_units", "-"], "unit,name,parent\nX,Second root,\n", ["row 2", "parent"]),
    (["import_units", "-"], "unit,name,parent\nX,One,Y\nY,Two,X\n", ["row", "parent"]),
    (["import_units", "-"], "unit,name,parent,colour\nX,New,ORG,red\n", ["row 1", "colour"]),
    (["import_units", "-"], "unit,name\nX,New\n", ["row 1", "parent"]),
    (["import_units", "-"], 'unit,name,parent\nX,"New,ORG\n', ["row 2"]),
    (["import_units", "-"], "", ["row 1"]),
    (["import_people", "-"], GOOD_PERSON + "X,,New,NOWHERE,,,staff,1,\n", ["row 2", "unit", "NOWHERE"]),
    (["import_people", "-"], GOOD_PERSON + "X,,New,A,GHOST,,staff,1,\n", ["row 2", "manager_id", "GHOST"]),
    (["import_people", "-"], GOOD_PERSON + "X,,New,A,,,boss,1,\n", ["row 2", "roles", "boss"]),
    (["import_people", "-"], GOOD_PERSON + "X,,New,A,,,staff,yes,\n", ["row 2", "active", "yes"]),
    (
        ["import_people", "-"],
        GOOD_PERSON + "X,no-address,New,A,,,staff,1,\n",
        ["row 2", "email", "no-address"],
    ),
    (["import_people", "-"], GOOD_PERSON + "X,,One,A,,,,1,\nX,,Two,A,,,,1,\n", ["row 3", "person_id", "X"]),
    (["import_people", "/no/such/file.csv"], "", ["/no/such/file.csv"]),
    (["import_checklist", "-"], ENTRY + "winter,A,KC01,partly,,,,\n", ["row 2", "cycle", "winter"]),
    (["import_checklist", "-"], ENTRY + "spring,Z,KC01,partly,,,,\n", ["row 2", "unit", "Z"]),
    (["import_checklist", "-"], ENTRY + "spring,A,KC99,partly,,,,\n", ["row 2", "key_component", "KC99"]),
    (["import_checklist", "-"], ENTRY + "spring,A,KC01,nearly,,,,\n", ["row 2", "state", "nearly"]),
    (["import_checklist", "-"], ENTRY + "spring,A,KC01,partly,GHOST,,,\n", ["row 2", "owner", "GHOST"]),
    (["import_checklist", "-"], ENTRY + "spring,A,KC01,partly,,soon,,\n", ["row 2", "due", "soon"]),
    (["import_responses", "spring", "-"], "unit,audience,S1\nA,staff,6\n", ["row 2", "S1", "6"]),
    (["import_responses", "spring", "-"], "unit,audience,S1\nA,manager,3\n", ["row 2", "S1", "3"]),
    (["import_responses", "spring", "-"], "unit,audience,S1\nZ,staff,3\n", ["row 2", "unit", "Z"]),
    (["import_responses", "spring", "-"], "unit,audience,S1\nA,boss,3\n", ["row 2", "audience", "boss"]),
    (["import_responses", "spring", "-"], "unit,audience,S9\nA,staff,3\n", ["row 1", "S9"]),
    (["import_responses", "winter", "-"], "unit,audience,S1\nA,staff,3\n", ["winter"]),
    (["load_framework", "-"], "code: x\nversion: one\n", ["-:2", "version"]),
    (["load_framework", "-"], small_framework_text() + "colour: red\n", ["-:30", "colour"]),
    (["load_framework", "-"], small_framework_text().replace("Statement 1", "Statement 9"), ["small"]),
    (["load_framework", "-"], "code: [x\n", ["-:2"]),
    (["export_framework", "nothing"], "", ["nothing"]),
    (["export_framework", "small", "--version", "9"], "", ["small:9"]),
    (["open_cycle", "autumn", "--framework", "nothing"], "", ["nothing"]),
    (["open_cycle", "autumn", "--framework", "small:9"], "", ["small:9"]),
    (["open_cycle", "spring", "--framework", "small"], "", ["code", "already exists"]),
    (["open_cycle", "two words", "--framework", "small"], "", ["code"]),
    (["open_cycle", "autumn", "--framework", "small", "--k", "4"], "", ["--k 4", "5 or more"]),
    (["open_cycle", "autumn", "--framework", "small", "--closes", "soon"], "", ["soon"]),
    (["open_cycle", "autumn", "--framework", "small", "--closes", "2027-02-30"], "", ["2027-02-30"]),
    (["open_cycle", "autumn", "--framework", "small", "--closes", "2020-01-01"], "", ["2020-01-01", "later"]),
    (["close_cycle", "winter"], "", ["winter", "spring"]),
    (["score", "winter"], "", ["winter", "spring"]),
    (["publish", "winter"], "", ["winter", "spring"]),
    (["export_scores", "winter"], "", ["winter", "spring"]),
]


@pytest.fixture(scope="module")
def open_installation(
    installation_template: Installation, stage: Stage, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Operator]:
    with installations.copy(installation_template, tmp_path_factory.mktemp("open"), stage) as made:
        yield opened(Operator(made))


@pytest.mark.parametrize(
    ("arguments", "stdin", "named"), BAD, ids=[f"{' '.join(a)}-{i}" for i, (a, *_) in enumerate(BAD)]
)
def test_bad_input_is_named_on_standard_error_and_changes_nothing(
    open_installation: Operator, arguments: list[str], stdin: str, named: list[str]
) -> None:
    before = open_installation.installation.play("tables")

    result = open_installation(*arguments, stdin=stdin)

    assert (result["code"], result["out"]) == (1, "")
    assert "Traceback" not in result["err"]
    assert [word for word in named if word not in result["err"]] == [], result["err"]
    assert open_installation.installation.play("tables") == before


USAGE = [
    ["load_framework"],
    ["import_units"],
    ["import_units", "-", "--hurry"],
    ["import_people"],
    ["import_checklist"],
    ["import_responses", "spring"],
    ["open_cycle", "autumn"],
    ["open_cycle", "autumn", "--framework", "small", "--k", "many"],
    ["close_cycle"],
    ["score"],
    ["publish"],
    ["export_scores"],
    ["export_framework"],
    ["cycles", "spring"],
    ["demo", "--people", "many"],
]


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_wrong_usage_ends_with_two(open_installation: Operator, arguments: list[str]) -> None:
    result = open_installation(*arguments)

    assert (result["code"], result["out"]) == (2, "")
    assert "usage" in result["err"]


# In processes of their own


def test_the_commands_work_as_processes_of_their_own(operator: Operator) -> None:
    made = opened(operator).installation
    operator.done("import_responses", "spring", "-", stdin=responses_csv(respondents()))

    steps = ["publish", "close_cycle", "score", "publish", "export_scores"]
    results = [made.manage(step, "spring") for step in steps]

    assert [result.returncode for result in results] == [1, 0, 0, 0, 0]
    assert "100 %" in results[2].stderr
    assert results[2].stdout.startswith("Cycle spring is scored")
    assert results[4].stdout.splitlines()[0] == COLUMNS


@pytest.mark.redis
def test_with_redis_score_needs_a_worker_and_one_that_runs_does_it(operator: Operator) -> None:
    opened(operator).done("close_cycle", "spring")
    operator.installation.environment["REDIS_URL"] = os.environ["REDIS_URL"]
    began = time.monotonic()
    refused = operator.installation.manage("score", "spring")
    waited = time.monotonic() - began
    celery = [sys.executable, "-m", "celery", "-A", "cfm", "worker", "-c", "1", "--without-mingle"]
    worker = operator.installation.start(*celery)
    try:
        scored = operator.installation.manage("score", "spring")
    finally:
        worker.terminate()
        worker.wait(20)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert "No Celery worker answered within 10 seconds" in refused.stderr
    assert waited < 30
    assert scored.returncode == 0, scored.stderr
