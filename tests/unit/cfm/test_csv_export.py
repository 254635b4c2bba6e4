"""Writing CSV files: no cell is a formula, numbers are numbers."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfm.lib import csv_export


def cells(*values: object) -> list[str]:
    text = "".join(csv_export.lines([str(i) for i, _v in enumerate(values)], [values]))
    return list(csv.reader(io.StringIO(text, newline="")))[1]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_begins_like_a_formula_gets_a_quote(sign):
    assert cells(f"{sign}cmd|' /C calc'!A0") == [f"'{sign}cmd|' /C calc'!A0"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-5, "-5"),
        (-0.5, "-0.5"),
        (-0.0000001, "0"),
        (0.1234565, "0.123457"),
        (1e-7, "0"),
        (100.0, "100"),
        (1234567.0, "1234567"),
        (Decimal("-2.50"), "-2.5"),
        (np.float64(1.5), "1.5"),
        (np.int64(-3), "-3"),
        (float("nan"), ""),
        (None, ""),
        (True, "1"),
        (False, "0"),
        (date(2026, 11, 22), "2026-11-22"),
        (datetime(2026, 11, 22, 9, 5, tzinfo=UTC), "2026-11-22T09:05:00+00:00"),
    ],
)
def test_numbers_truth_and_dates_are_written_plainly(value, written):
    assert cells(value, "end") == [written, "end"]


def test_an_infinite_number_is_refused():
    with pytest.raises(ValueError, match="infinite"):
        csv_export.cell(float("inf"))


@given(st.floats(-1e15, 1e15) | st.decimals(-1000, 1000, places=7).map(float))
def test_a_short_number_is_written_as_exact_arithmetic_writes_it(value):
    assert csv_export.cell(value) == csv_export.number(value)


TEXTS = st.text(st.sampled_from("a,\"\r\n;=' é"), max_size=4)


@given(st.lists(TEXTS | st.none() | st.integers(-9, 9), min_size=2, max_size=6), st.data())
def test_parts_of_a_line_put_together_are_what_the_csv_module_writes(values, data):
    cut = data.draw(st.integers(1, len(values) - 1))
    whole = io.StringIO(newline="")
    csv.writer(whole, lineterminator="\r\n").writerow(map(csv_export.cell, values))

    assert csv_export.part(values[:cut]) + csv_export.part(values[cut:], last=True) == whole.getvalue()


def test_lines_end_as_rfc_4180_says_and_quotes_are_doubled():
    assert list(csv_export.lines(["a", "b"], [("x,y", 'say "hi"')])) == ["a,b\r\n", '"x,y","say ""hi"""\r\n']


def test_the_byte_order_mark_comes_first_and_only_if_asked():
    assert next(csv_export.lines(["a"], [], bom=True)) == "\ufeffa\r\n"
    assert next(csv_export.lines(["a"], [])) == "a\r\n"


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="2 cells for 1 columns"):
        list(csv_export.lines(["a"], [("x", "y")]))


def test_writing_to_a_file_counts_the_rows():
    file = io.StringIO(newline="")
    assert csv_export.write(file, ["a"], [(1,), (2,)]) == 2
    assert file.getvalue() == "a\r\n1\r\n2\r\n"
