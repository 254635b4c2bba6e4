"""Reading CSV files: what is taken, and how each mistake is told."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfm.lib import csv_export, csv_import
from cfm.lib.csv_import import Errors, InvalidFileError, index, read_rows

COLUMNS = ["code", "name"]


def read(data: bytes | str, **options):
    errors = Errors("file.csv")
    content = data.encode() if isinstance(data, str) else data
    rows = list(read_rows(content, errors=errors, required=COLUMNS, **options))
    errors.raise_if_any()
    return rows


def mistakes(data: bytes | str, **options):
    with pytest.raises(InvalidFileError) as caught:
        read(data, **options)
    return caught.value.errors


def test_columns_stand_in_any_order_with_or_without_a_byte_order_mark():
    plain = read("name,code\r\nSales,A\r\n")
    marked = read(b"\xef\xbb\xbf" + b"code,name\nA,Sales\n")
    assert plain[0].cells == marked[0].cells == {"code": "A", "name": "Sales"}


def test_a_row_is_named_by_the_line_it_begins_on():
    rows = read('code,name\n\nA,"two\nlines"\nB,x\n')
    assert [row.number for row in rows] == [3, 5]


def test_an_absent_optional_column_reads_as_empty():
    assert read("code,name\nA,x\n", optional=["note"])[0]["note"] == ""


@pytest.mark.parametrize(
    ("data", "row", "column", "value"),
    [
        ("code,name,nmae\nA,x,y\n", 1, "nmae", "nmae"),
        ("code\nA\n", 1, "name", ""),
        ("code,name,code\nA,x,B\n", 1, "code", "code"),
        ("code;name\nA;x\n", 1, "code;name", "code;name"),
        ("", 1, "code", ""),
        ("code,name\nA,x\nB\n", 3, "", "B"),
        ("code,name\nA,x,y\n", 2, "", "A,x,y"),
        (b"code,name\nA,x\nB,\xff\n", 3, "", "ff"),
        (b"code,name\nA,x\r\nB,\0\n", 3, "", "\0"),
        ("code,name\nA," + "x" * csv_import.MAX_LINE + "\n", 2, "", "A," + "x" * csv_import.MAX_LINE + "\n"),
    ],
)
def test_a_broken_file_is_refused_with_row_column_and_value(data, row, column, value):
    first = mistakes(data)[0]
    assert (first.file, first.row, first.column, first.value) == ("file.csv", row, column, value)


@pytest.mark.parametrize("text", ['code,name\nA,x\nB,"open\nC,y\n', 'code,name\nA,x\nB,"a"b\n'])
def test_a_broken_quote_is_told_with_the_row_in_which_it_begins(text):
    assert mistakes(text)[0].row == 3


def test_a_message_is_one_line_with_file_row_column_value_and_what_was_expected():
    errors = Errors("people.csv")
    errors.add(7, "unit", "a\nb" + "x" * 200, "a unit")
    with pytest.raises(InvalidFileError) as caught:
        errors.raise_if_any()
    (line,) = caught.value.lines()
    assert line.startswith('people.csv, row 7, column unit, value "a\\u000ab')
    assert line.endswith('…": expected a unit')
    assert len(line) < 160


def test_fifty_mistakes_are_told_and_the_others_counted():
    errors = Errors("file.csv")
    for row in range(60):
        errors.add(row, "code", "", "a code")
    with pytest.raises(InvalidFileError) as caught:
        errors.raise_if_any()
    lines = caught.value.lines()
    assert len(lines) == 51
    assert lines[-1] == "… and 10 more mistakes"


def test_a_key_given_twice_is_refused_with_both_rows():
    errors = Errors("file.csv")
    index(read_rows(b"code,name\nA,x\nA,y\n", errors=errors, required=COLUMNS), ["code"], errors=errors)
    with pytest.raises(InvalidFileError, match=r"row 3, column code, value \"A\".*row 2"):
        errors.raise_if_any()


def test_a_dash_reads_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"code,name\n")))
    assert csv_import.load("-") == b"code,name\n"


def test_a_file_that_is_not_there_is_told_by_its_name(tmp_path):
    with pytest.raises(InvalidFileError, match=r"nowhere\.csv"):
        csv_import.load(str(tmp_path / "nowhere.csv"))


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text):
    cleaned = csv_import.clean_cell(text)
    assert csv_import.clean_cell(cleaned) == cleaned


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])).map(csv_import.clean_cell), min_size=1)
)
def test_text_that_was_read_comes_back_the_same_from_an_export(texts):
    written = "".join(csv_export.lines(COLUMNS, [(f"A{row}", text) for row, text in enumerate(texts)]))
    assert [row["name"] for row in read(written)] == texts
