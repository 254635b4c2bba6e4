"""units.csv on the shell: everything or nothing, and every mistake by row, column and value."""

import io
import sys

import pytest
from django.core.management import CommandError, call_command

from cfm.lib.models import AuditEvent
from organisation.imports import import_units
from organisation.models import Unit
from tests.factories.organisation import UnitFactory, root

pytestmark = pytest.mark.django_db

TREE = "unit,name,parent\nA,Sales,ORG\nORG,Company,\nA1,North,A\n"


@pytest.fixture
def run(tmp_path):
    def run(text: str, *options: str) -> list[str]:
        file = tmp_path / "units.csv"
        file.write_text(text)
        out = io.StringIO()
        call_command("import_units", str(file), *options, stdout=out)
        return out.getvalue().splitlines()

    return run


def tree() -> dict[str, tuple[str, str | None]]:
    return {unit.code: (unit.name, unit.parent and unit.parent.code) for unit in Unit.objects.all()}


def test_rows_stand_in_any_order(run):
    lines = run(TREE)
    assert tree() == {"ORG": ("Company", None), "A": ("Sales", "ORG"), "A1": ("North", "A")}
    assert lines[:3] == ["created unit A", "created unit ORG", "created unit A1"]
    assert lines[-1] == "3 created, 0 changed, 0 unchanged"


def test_the_same_file_again_changes_nothing(run):
    run(TREE)
    before = AuditEvent.objects.count()
    assert run(TREE) == ["0 created, 0 changed, 3 unchanged"]
    assert AuditEvent.objects.count() == before


def test_a_change_is_told_with_old_and_new_and_other_units_stay(run):
    run(TREE)
    lines = run("parent,unit,name\nORG,A1,South\n")
    assert lines[0] == 'changed unit A1: name "North" → "South", parent "A" → "ORG"'
    assert tree() == {"ORG": ("Company", None), "A": ("Sales", "ORG"), "A1": ("South", "ORG")}


def test_a_dry_run_tells_the_same_and_writes_nothing(run):
    lines = run(TREE, "--dry-run")
    assert lines[0] == "created unit A"
    assert lines[-1] == "Dry run: nothing was written."
    assert not Unit.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_tree_of_ten_levels_is_built_from_the_bottom_row_up(run):
    rows = [f"L{level},Level,{f'L{level - 1}' if level else ''}" for level in reversed(range(10))]
    run("unit,name,parent\n" + "\n".join(rows))
    assert Unit.objects.with_tree_fields().get(code="L9").tree_depth == 9


def test_a_new_top_can_be_put_above_the_old_one(run):
    run(TREE)
    run("unit,name,parent\nGROUP,Group,\nORG,Company,HOLD\nHOLD,Holding,GROUP\n")
    assert tree()["GROUP"] == ("Group", None)
    assert tree()["HOLD"] == ("Holding", "GROUP")
    assert tree()["ORG"] == ("Company", "HOLD")


def test_top_and_child_can_change_places(run):
    run("unit,name,parent\nORG,Company,\nA,Sales,ORG\n")
    run("unit,name,parent\nORG,Company,A\nA,Sales,\n")
    assert tree() == {"ORG": ("Company", "A"), "A": ("Sales", None)}


@pytest.mark.parametrize(
    ("rows", "row", "column", "value"),
    [
        ("X,,ORG\n", 2, "name", ""),
        ("X,Some,ORG\nX,Other,ORG\n", 3, "unit", "X"),
        ("X,Some,NOWHERE\n", 2, "parent", "NOWHERE"),
        ("X,Some,\n", 2, "parent", ""),
        (",Some,ORG\n", 2, "unit", ""),
        ("=X,Some,ORG\n", 2, "unit", "=X"),
        ("a/b,Some,ORG\n", 2, "unit", "a/b"),
        ("X" * 41 + ",Some,ORG\n", 2, "unit", "X" * 41),
        ("X," + "n" * 201 + ",ORG\n", 2, "name", "n" * 79),
        ("X,Some,Y\nY,Some,X\n", 2, "parent", "Y"),
        ("X,Some,X\n", 2, "parent", "X"),
        ("ORG,Company,OLD\n", 2, "parent", "OLD"),
        ("X,Some\n", 2, "", "X,Some"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_changed(run, rows, row, column, value):
    UnitFactory(code="OLD", name="Old")
    before = tree()
    with pytest.raises(CommandError) as caught:
        run("unit,name,parent\n" + rows + "GOOD,Good,ORG\n")
    first = str(caught.value).splitlines()[0]
    place = f"row {row}, column {column}" if column else f"row {row}"
    assert f'units.csv, {place}, value "{value}' in first
    assert caught.value.returncode == 1
    assert tree() == before


def test_standard_input_is_read_for_a_dash(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TREE.encode())))
    call_command("import_units", "-", stdout=io.StringIO())
    assert Unit.objects.count() == 3


def test_the_import_needs_the_same_statements_for_10_and_for_200_units(django_assert_max_num_queries):
    top = root()
    for count in (10, 200):
        rows = "".join(f"{count}U{i},Unit {i},{top.code}\n" for i in range(count))
        with django_assert_max_num_queries(12):
            import_units(f"unit,name,parent\n{rows}".encode(), file="units.csv")
