"""import_competencies, import_profiles, import_ratings and export_gaps, as operators use them."""

import csv
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.models import Cycle
from cfm.lib.models import AuditEvent
from competencies import exports
from competencies.models import Competency, RatingChange, Requirement, Sheet
from competencies.services import ratings
from organisation.models import JobRole, Person, Unit
from tests.factories.assessments import cycle_draft, open_cycle
from tests.factories.competencies import competency, imported, profile, rated
from tests.factories.organisation import PersonFactory, UnitFactory

pytestmark = pytest.mark.django_db

HEADERS = {
    "competencies": "competency,name,kind,definition,level,behaviour",
    "profiles": "job_role,competency,required_level,importance",
    "ratings": "person_id,competency,rater,level,assessed_on,cycle,note",
}
SHIPPED = Path(__file__).parents[3] / "fixtures" / "competencies_v1.yaml"


@pytest.fixture
def load(tmp_path: Path):
    def run(kind: str, *rows: str, dry_run: bool = False, header: str = "") -> str:
        path, out = tmp_path / f"{kind}.csv", io.StringIO()
        path.write_text("\n".join([header or HEADERS[kind], *rows]) + "\n")
        call_command(f"import_{kind}", str(path), *(["--dry-run"] if dry_run else []), stdout=out)
        return out.getvalue()

    return run


@pytest.fixture
def cycle() -> Cycle:
    return open_cycle(code="spring", people={"ORG": (1, 1)}, units={"ORG": None})


@pytest.fixture
def adviser(cycle: Cycle) -> Person:
    role, _new = JobRole.objects.get_or_create(name="Adviser")
    boss = PersonFactory(person_id="M1", roles=["manager"])
    return PersonFactory(person_id="A1", name="Ada", job_role=role, manager=boss)


def gaps(tmp_path: Path, *arguments: str) -> list[dict[str, str]]:
    path = tmp_path / "gaps.csv"
    call_command("export_gaps", "-o", str(path), *arguments, stdout=io.StringIO())
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def of(rows: list[dict[str, str]], person: str) -> dict[str, dict[str, str]]:
    return {row["competency"]: row for row in rows if row["person_id"] == person}


# Library


def test_a_library_file_creates_changes_and_leaves_competencies(load):
    load("competencies", "C1,Listens,core,Asks first,1,Answers", "C1,Listens,core,Asks first,3,Asks back")

    out = load(
        "competencies", "C1,Listens well,core,Asks first,3,Asks an open question", "R1,Advises,role,,1,"
    )

    assert out.splitlines() == [
        'changed competency C1: name "Listens" → "Listens well", behaviour 3 "Asks back" → "Asks an open question"',
        "created competency R1",
        "1 created, 1 changed, 0 unchanged",
    ]
    behaviours = Competency.objects.get(code="C1").behaviours.values_list("level", "text")
    assert dict(behaviours) == {1: "Answers", 3: "Asks an open question"}


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("/C,Listens,core,,1,x", "competency", "/C"),
        (",Listens,core,,1,x", "competency", ""),
        ("C2,,core,,1,x", "name", ""),
        ("C2,Listens,other,,1,x", "kind", "other"),
        ("C2,Listens,core,,6,x", "level", "6"),
        ("C2,Listens,core,,0,x", "level", "0"),
        ("C2,Listens,core,,1.5,x", "level", "1.5"),
        ("C2,Listens,core,,,x", "level", ""),
        (f"C2,Listens,core,,1,{'x' * 1001}", "behaviour", "xxx"),
        (f"C2,Listens,core,{'x' * 2001},1,x", "definition", "xxx"),
        ("C1,Listens,core,,1,x", "competency, level", "C1, 1"),
        ("C1,Listens,role,,2,x", "kind", "role"),
        ("C1,Listens", "", "C1,Listens"),
    ],
)
def test_a_mistake_in_a_library_is_told_with_its_place_and_nothing_is_kept(load, row, column, value):
    with pytest.raises(CommandError) as caught:
        load("competencies", "C1,Listens,core,,1,x", row)

    place = "competencies.csv, row 3" + (f", column {column}" if column else "")
    assert f'{place}, value "{value}' in str(caught.value)
    assert caught.value.returncode == 1
    assert not Competency.objects.exists()


def test_a_dry_run_of_a_library_writes_nothing(load):
    out = load("competencies", "C1,Listens,core,,1,x", dry_run=True)

    assert "created competency C1" in out
    assert not Competency.objects.exists()


def test_the_exported_library_imports_without_a_change(tmp_path):
    call_command("import_competencies", str(SHIPPED), stdout=io.StringIO())
    for name, arguments in (("again.csv", []), ("again.yaml", ["--yaml"])):
        path, out = tmp_path / name, io.StringIO()
        call_command("export_competencies", "-o", str(path), *arguments, stdout=io.StringIO())

        call_command("import_competencies", str(path), stdout=out)

        assert out.getvalue() == "0 created, 0 changed, 27 unchanged\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a", "row 1"),
        ("competencies: [", "expected a YAML file"),
        ("competencies:\n  - {code: C1, name: N, kind: core, colour: red}\n", "row 2, column colour"),
        ("competencies:\n  - {code: C1, name: N, kind: other}\n", "column kind"),
        (
            "competencies:\n  - {code: C1, name: N, kind: core}\n  - {code: C1, name: N, kind: core}\n",
            "row 3",
        ),
        ("competencies:\n  - {code: C1, name: N, kind: core, behaviours: {6: x}}\n", "a level from 1 to 5"),
    ],
)
def test_a_mistake_in_a_yaml_library_is_told_with_its_line(tmp_path, text, told):
    path = tmp_path / "library.yaml"
    path.write_text(text)

    with pytest.raises(CommandError, match=told):
        call_command("import_competencies", str(path), stdout=io.StringIO())

    assert not Competency.objects.exists()


# Profiles


def test_profiles_create_change_and_leave_lines(load):
    JobRole.objects.create(name="Adviser")
    competency("C1"), competency("R1", kind="role")
    load("profiles", "Adviser,C1,4,2")

    out = load("profiles", "Adviser,C1,5,2.50", "Adviser,R1,3,1")

    assert out.splitlines()[-1] == "1 created, 1 changed, 0 unchanged"
    assert set(Requirement.objects.values_list("competency__code", "required_level")) == {
        ("C1", 5),
        ("R1", 3),
    }
    assert load("profiles", "Adviser,C1,5,2.5") == "0 created, 0 changed, 1 unchanged\n"


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("Nobody,C1,3,1", "job_role", "Nobody"),
        ("Adviser,C9,3,1", "competency", "C9"),
        ("Adviser,C1,6,1", "required_level", "6"),
        ("Adviser,C1,,1", "required_level", ""),
        ("Adviser,C1,3,-1", "importance", "-1"),
        ("Adviser,C1,3,much", "importance", "much"),
        ("Adviser,C1,3,nan", "importance", "nan"),
        ("Adviser,C1,3,", "importance", ""),
        ("Adviser,R1,3,1", "job_role, competency", "Adviser, R1"),
    ],
)
def test_a_mistake_in_profiles_is_told_with_its_place_and_nothing_is_kept(load, row, column, value):
    JobRole.objects.create(name="Adviser")
    competency("C1"), competency("R1", kind="role")

    with pytest.raises(CommandError) as caught:
        load("profiles", "Adviser,R1,3,1", row)

    assert f'profiles.csv, row 3, column {column}, value "{value}' in str(caught.value)
    assert not Requirement.objects.exists()


# Ratings


def test_imported_ratings_count_and_every_change_is_kept(load, adviser, tmp_path):
    competency("C1")
    load("ratings", "A1,C1,self,4,2026-03-01,spring,I asked")

    out = load("ratings", "A1,C1,self,3,2026-03-02,spring,I asked", "A1,C1,manager,2,2026-03-05,spring,")

    assert out.splitlines()[-1] == "1 created, 1 changed, 0 unchanged"
    row = of(gaps(tmp_path), "A1")["C1"]
    assert (row["self_level"], row["manager_level"], row["gap"], row["assessed_on"]) == (
        "3",
        "2",
        "1",
        "2026-03-05",
    )
    history = RatingChange.objects.filter(rater="self").values_list("old_level", "new_level", "new_note")
    assert list(history) == [(None, 4, "I asked"), (4, 3, "I asked")]


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("X9,C1,self,3,2026-03-01,spring,", "person_id", "X9"),
        ("A1,C9,self,3,2026-03-01,spring,", "competency", "C9"),
        ("A1,C1,peer,3,2026-03-01,spring,", "rater", "peer"),
        ("A1,C1,self,6,2026-03-01,spring,", "level", "6"),
        ("A1,C1,self,,2026-03-01,spring,", "level", ""),
        ("A1,C1,self,3,1.3.2026,spring,", "assessed_on", "1.3.2026"),
        ("A1,C1,self,3,,spring,", "assessed_on", ""),
        ("A1,C1,self,3,2026-03-01,autumn,", "cycle", "autumn"),
        ("A1,C1,self,3,2026-03-01,sketch,", "cycle", "sketch"),
        (f"A1,C1,self,3,2026-03-01,spring,{'x' * 2001}", "note", "xxx"),
        (
            "A1,C1,manager,4,2026-03-01,spring,",
            "cycle, person_id, competency, rater",
            "spring, A1, C1, manager",
        ),
    ],
)
def test_a_mistake_in_ratings_is_told_with_its_place_and_nothing_is_kept(load, adviser, row, column, value):
    cycle_draft(code="sketch")
    competency("C1")

    with pytest.raises(CommandError) as caught:
        load("ratings", "A1,C1,manager,3,2026-03-01,spring,", row)

    assert f'ratings.csv, row 3, column {column}, value "{value}' in str(caught.value)
    assert not Sheet.objects.exists()


def test_a_signed_off_sheet_takes_no_other_levels_from_a_file_but_the_same(load, adviser, cycle):
    competency("C1")
    rated(cycle, adviser, adviser, {"C1": 4})
    rated(cycle, adviser, adviser.manager, {"C1": 2})
    ratings.sign_off(cycle=cycle, person=adviser, by=adviser.manager)
    day = adviser.sheets.get().ratings.first().assessed_on

    assert load("ratings", f"A1,C1,manager,2,{day},spring,").startswith("0 created, 0 changed")
    with pytest.raises(CommandError, match="not signed off"):
        load("ratings", f"A1,C1,manager,3,{day},spring,")


# Gaps


def test_gaps_have_exactly_the_columns_of_the_contract(tmp_path, adviser):
    competency("C1")

    row = of(gaps(tmp_path), "A1")["C1"]

    assert ",".join(row) == (
        "person_id,name,email,unit,unit_name,job_role,manager_id,competency,competency_name,kind,scale_min,"
        "scale_max,required_level,self_level,manager_level,gap,importance,weighted_gap,assessed_on,cycle,plan_status"
    )
    assert row == {
        "person_id": "A1",
        "name": "Ada",
        "email": "a1@test.example",
        "unit": "ORG",
        "unit_name": "Unit Org",
        "job_role": "Adviser",
        "manager_id": "M1",
        "competency": "C1",
        "competency_name": "Competency C1",
        "kind": "core",
        "scale_min": "1",
        "scale_max": "5",
        "required_level": "3",
        "self_level": "",
        "manager_level": "",
        "gap": "",
        "importance": "1",
        "weighted_gap": "",
        "assessed_on": "",
        "cycle": "",
        "plan_status": "",
    }


def test_the_gap_is_required_minus_the_managers_level_and_own_where_no_manager_rated(
    tmp_path, adviser, cycle
):
    competency("C1"), competency("C2"), competency("C3")
    profile("Adviser", {"C1": (4, 2.5), "C2": (2, 1)})
    imported(cycle, adviser, "self", {"C1": 5, "C2": 3})
    imported(cycle, adviser, "manager", {"C1": 3}, on="2026-03-09")

    rows = of(gaps(tmp_path), "A1")

    assert {code: (row["gap"], row["weighted_gap"]) for code, row in rows.items()} == {
        "C1": ("1", "2.5"),
        "C2": ("-1", "-1"),
        "C3": ("", ""),
    }
    assert (rows["C1"]["assessed_on"], rows["C2"]["assessed_on"]) == ("2026-03-09", "2026-03-01")


def test_role_competencies_are_required_by_profiles_only_and_retired_ones_of_nobody(tmp_path, adviser):
    (
        competency("C1"),
        competency("C2", retired=True),
        competency("R1", kind="role"),
        competency("R2", kind="role"),
    )
    profile("Adviser", {"R1": (4, 1)})

    rows = gaps(tmp_path)

    assert set(of(rows, "A1")) == {"C1", "R1"}
    assert set(of(rows, "M1")) == {"C1"}


def test_without_a_cycle_the_newest_cycle_with_a_rating_counts_per_competency(tmp_path, adviser, cycle):
    competency("C1"), competency("C2")
    newer = open_cycle(code="autumn", people={}, units={"ORG": None})
    imported(cycle, adviser, "manager", {"C1": 1, "C2": 2})
    imported(newer, adviser, "self", {"C1": 4})

    newest, spring = of(gaps(tmp_path), "A1"), of(gaps(tmp_path, "--cycle", "spring"), "A1")

    assert (newest["C1"]["cycle"], newest["C1"]["gap"], newest["C1"]["manager_level"]) == ("autumn", "-1", "")
    assert (newest["C2"]["cycle"], newest["C2"]["gap"]) == ("spring", "1")
    assert (spring["C1"]["cycle"], spring["C1"]["gap"]) == ("spring", "2")


def test_an_agreed_level_is_the_managers_once_signed_off_and_the_history_keeps_the_first(
    tmp_path, adviser, cycle
):
    one = competency("C1")
    rated(cycle, adviser, adviser, {"C1": 5})
    rated(cycle, adviser, adviser.manager, {"C1": 2})
    ratings.agree(cycle=cycle, person=adviser, competency=one, level=3, by=adviser.manager)

    before = of(gaps(tmp_path), "A1")["C1"]["manager_level"]
    ratings.sign_off(cycle=cycle, person=adviser, by=adviser.manager)

    assert before == "2"
    assert of(gaps(tmp_path), "A1")["C1"]["manager_level"] == "3"
    assert RatingChange.objects.filter(rater="manager", new_level=2).exists()


def test_ratings_that_are_not_handed_in_count_nowhere(tmp_path, adviser, cycle):
    competency("C1")
    rated(cycle, adviser, adviser, {"C1": 5}, hand_in=False)

    assert of(gaps(tmp_path), "A1")["C1"]["self_level"] == ""


def test_only_active_people_of_the_unit_and_those_below_are_exported(tmp_path, cycle):
    competency("C1")
    north = UnitFactory(code="NORTH", parent=Unit.objects.get(code="ORG"))
    PersonFactory(person_id="N1", unit=north)
    PersonFactory(person_id="N2", unit=UnitFactory(code="CITY", parent=north))
    PersonFactory(person_id="N3", unit=north, is_active=False)
    PersonFactory(person_id="S1")

    assert [row["person_id"] for row in gaps(tmp_path, "--unit", "NORTH")] == ["N1", "N2"]


@pytest.mark.parametrize("arguments", [("--unit", "NOWHERE"), ("--cycle", "never"), ("--cycle", "sketch")])
def test_an_unknown_unit_or_cycle_is_refused_and_no_file_is_made(tmp_path, cycle, arguments):
    cycle_draft(code="sketch")

    with pytest.raises(CommandError, match=arguments[1]) as caught:
        gaps(tmp_path, *arguments)

    assert caught.value.returncode == 1
    assert not (tmp_path / "gaps.csv").exists()


def test_texts_that_look_like_formulas_are_guarded_and_numbers_are_not(tmp_path, adviser, cycle):
    competency("C1", name="=SUM(A1)")
    Person.objects.filter(pk=adviser.pk).update(name="+Ada")
    imported(cycle, adviser, "manager", {"C1": 5})

    row = of(gaps(tmp_path), "A1")["C1"]

    assert (row["name"], row["competency_name"], row["gap"]) == ("'+Ada", "'=SUM(A1)", "-2")


def test_a_byte_order_mark_stands_there_only_when_asked_for(tmp_path, adviser):
    competency("C1")

    for arguments, begins in (([], b"person_id"), (["--bom"], b"\xef\xbb\xbfperson_id")):
        gaps(tmp_path, *arguments)

        assert (tmp_path / "gaps.csv").read_bytes().startswith(begins)


def test_every_export_is_in_the_audit_log(tmp_path, adviser):
    competency("C1")

    rows = gaps(tmp_path, "--unit", "ORG")

    event = AuditEvent.objects.get(action="gaps.export")
    assert (event.actor, event.details["rows"], event.details["unit"]) == (None, len(rows), "ORG")


def test_the_export_needs_the_same_queries_for_two_people_and_for_fifty(adviser, cycle):
    competency("C1"), competency("C2")
    imported(cycle, adviser, "self", {"C1": 2})

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            list(exports.gap_rows(exports.GapFilter()))
        return len(caught)

    few = queries()
    for _number in range(50):
        imported(cycle, PersonFactory(manager=adviser.manager), "self", {"C1": 2, "C2": 4})

    assert queries() == few


def test_people_are_exported_whole_when_they_fill_several_batches(monkeypatch, adviser):
    competency("C1")
    monkeypatch.setattr(exports, "BATCH", 2)
    for _number in range(5):
        PersonFactory()

    rows = list(exports.gap_rows(exports.GapFilter()))

    assert len(rows) == len({row[0] for row in rows}) == Person.objects.active().count()
