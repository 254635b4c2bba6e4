"""Mapping profiles: gaps in the layouts of other systems, and back."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from assessments.models import Cycle
from competencies.exports import GAP_COLUMNS
from competencies.layouts import read
from competencies.services import layouts
from organisation.models import JobRole, Person
from tests.factories.assessments import open_cycle
from tests.factories.competencies import competency, imported, profile
from tests.factories.organisation import PersonFactory

pytestmark = pytest.mark.django_db
SHIPPED = ["excel", "hris-long", "oracle-hdl", "wide"]


@pytest.fixture
def cycle() -> Cycle:
    competency("C1"), competency("C2", name="Asks | listens")
    cycle = open_cycle(code="spring", people={"ORG": (1, 0)}, units={"ORG": None})
    role = JobRole.objects.create(name="Adviser")
    profile("Adviser", {"C1": (4, 1.5)})
    Person.objects.update(is_active=False)
    ada = PersonFactory(person_id="A1", name="=Ada", job_role=role)
    imported(cycle, ada, "self", {"C1": 5, "C2": 2})
    imported(cycle, ada, "manager", {"C1": 1}, on="2026-03-31")
    PersonFactory(person_id="B1", name="Bo")
    return cycle


def written(tmp_path: Path, name: str, *arguments: str) -> bytes:
    path = tmp_path / "out"
    call_command("export_gaps", "--layout", name, "-o", str(path), *arguments, stdout=io.StringIO())
    return path.read_bytes()


def test_the_shipped_profiles_can_be_read():
    assert sorted(layouts.known()) == SHIPPED
    assert len(layouts.all_layouts()) == len(SHIPPED)


def test_the_long_layout_has_a_row_a_rating_with_who_rated(tmp_path, cycle):
    rows = list(csv.DictReader(io.StringIO(written(tmp_path, "hris-long").decode())))

    assert [(r["EmployeeNumber"], r["CompetencyCode"], r["RatedBy"], r["ActualLevel"]) for r in rows] == [
        ("A1", "C1", "Manager", "1"),
        ("A1", "C2", "Employee", "2"),
    ]
    assert (rows[0]["EmployeeName"], rows[0]["AssessmentDate"], rows[0]["Source"]) == (
        "'=Ada",
        "2026-03-31",
        "CFM",
    )


def test_the_wide_layout_has_a_row_a_person_and_a_column_a_competency(tmp_path, cycle):
    rows = list(csv.reader(io.StringIO(written(tmp_path, "wide").decode())))

    assert rows == [
        ["person_id", "name", "unit", "job_role", "C1", "C2"],
        ["A1", "'=Ada", "ORG", "Adviser", "3", "1"],
        ["B1", "Bo", "ORG", "", "", ""],
    ]


def test_data_loader_lines_carry_qualifiers_and_escape_the_delimiter(tmp_path, cycle):
    lines = written(tmp_path, "oracle-hdl").decode().splitlines()

    assert lines[0].startswith("METADATA|ProfileItem|ProfileCode|ContentType|ContentItem|DateFrom|")
    assert lines[1] == (
        "MERGE|ProfileItem|A1|COMPETENCY|Competency C1|2026/03/31|YOUR-RATING-MODEL|1|YOUR-SECTION-ID|CFM|"
        "A1_C1_spring|YOUR-QUALIFIER-ID-MANAGER|YOUR-QUALIFIER-ID-2"
    )
    assert "|Asks \\| listens|" in lines[2]
    assert "YOUR-QUALIFIER-ID-SELF" in lines[2]
    assert len(lines) == 3


def test_a_workbook_holds_real_numbers_and_dates_and_no_formula(tmp_path, cycle):
    with zipfile.ZipFile(io.BytesIO(written(tmp_path, "excel"))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()

    assert "<f>" not in sheet
    assert '<c r="N2"><v>3</v></c>' in sheet  # the gap
    assert '<c r="P2"><v>4.5</v></c>' in sheet  # weighted
    assert "<v>46112</v>" in sheet  # 31 March 2026
    assert "=Ada" in sheet


def test_a_profile_in_the_data_directory_needs_no_code(tmp_path, settings, cycle):
    folder = settings.DATA_DIR / "mappings"
    folder.mkdir()
    (folder / "own.yaml").write_text(
        "title: Ours\nformat: csv\nrows: below\ncolumns:\n"
        "  - {name: Who, field: person_id}\n  - {name: What, fields: [competency, gap]}\n"
        "  - {name: Level, field: level, map: {1: A}}\n  - {name: Day, field: assessed_on, date: '%d.%m.%Y'}\n"
    )

    assert written(tmp_path, "own").decode().splitlines()[:2] == [
        "Who,What,Level,Day",
        "A1,C1_3,A,31.03.2026",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("title: [", "bad"),
        ("title: T\nformat: pdf\ncolumns: [{name: a, field: gap}]", "format"),
        ("title: T\nformat: csv\ncolumns: []", "columns"),
        ("title: T\nformat: csv\ncolumns: [{name: a}]", "columns/0"),
        ("title: T\nformat: csv\ncolumns: [{name: a, field: salary}]", "salary"),
        ("title: T\nformat: csv\ncolumns: [{name: a, field: gap}]\ncolour: red", "colour"),
        ("title: T\nformat: csv\nfile: ../x\ncolumns: [{name: a, field: gap}]", "file"),
        (
            "title: T\nformat: csv\nspread: {by: competency, field: x}\ncolumns: [{name: a, field: gap}]",
            "'x'",
        ),
    ],
)
def test_a_profile_that_is_wrong_is_refused_with_its_place(tmp_path, text, told):
    path = tmp_path / "bad.yaml"
    path.write_text(text)

    with pytest.raises(ValueError, match=told):
        read(text, name="bad", fields=GAP_COLUMNS)
    with pytest.raises(CommandError, match="bad"):
        written(tmp_path, str(path))


def test_an_unknown_layout_is_refused(tmp_path):
    with pytest.raises(CommandError, match="expected one of"):
        written(tmp_path, "none")


def test_the_page_offers_the_layouts_and_sends_them(cycle):
    client = Client()
    client.force_login(PersonFactory(roles=["hr"]))

    page = client.get(reverse("gaps")).content.decode()
    file = client.get(reverse("gaps_layout", args=["wide"]), {"competency": "C1"})

    assert reverse("gaps_layout", args=["oracle-hdl"]) in page
    assert b"".join(file.streaming_content).decode().splitlines()[0] == "person_id,name,unit,job_role,C1"


def test_levels_of_the_file_come_back_as_the_same_gaps(tmp_path, cycle):
    first, again = tmp_path / "first.csv", tmp_path / "again.csv"
    call_command("export_gaps", "-o", str(first), stdout=io.StringIO())
    with first.open(newline="") as file:
        rows = list(csv.DictReader(file))
    header = "person_id,competency,rater,level,assessed_on,cycle,note"
    ratings = [
        f"{row['person_id']},{row['competency']},{side},{row[f'{side}_level']},{row['assessed_on']},{row['cycle']},"
        for row in rows
        for side in ("self", "manager")
        if row[f"{side}_level"]
    ]
    Person.objects.get(person_id="A1").sheets.all().delete()
    path = tmp_path / "ratings.csv"
    path.write_text("\n".join([header, *ratings]))

    call_command("import_ratings", str(path), stdout=io.StringIO())
    call_command("export_gaps", "-o", str(again), stdout=io.StringIO())

    assert again.read_bytes() == first.read_bytes()
