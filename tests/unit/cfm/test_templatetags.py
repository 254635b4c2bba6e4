"""Figures and dates as they stand on screens."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import timezone

from cfm.lib.templatetags import cfm


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (0.5, 0, "1"),
        (2.5, 0, "3"),
        (47.5, 0, "48"),
        (47.61, 0, "48"),
        (2.45, 1, "2.5"),
        (1.005, 2, "1.01"),
        (-2.5, 0, "−3"),
        (-0.4, 0, "0"),
        (1234567, 0, "1,234,567"),
        (Decimal("53.50"), 0, "54"),
        (0, 0, "0"),
    ],
)
def test_numbers_round_half_up_and_are_grouped(value, decimals, expected):
    assert cfm.number(value, decimals) == expected


@pytest.mark.parametrize("write", [cfm.number, cfm.score, cfm.signed, cfm.percent])
@pytest.mark.parametrize("value", [None, float("nan"), ""])
def test_an_undefined_figure_is_a_dash_and_never_zero(write, value):
    assert write(value) == "–"


@pytest.mark.parametrize(("value", "expected"), [(4.2, "+4"), (-3, "−3"), (0.4, "0"), (-0.4, "0")])
def test_a_difference_carries_its_sign_unless_it_rounds_to_zero(value, expected):
    assert cfm.signed(value) == expected


def test_a_share_is_rounded_half_up_once():
    assert cfm.percent(269 / 565) == "48%"
    assert [cfm.percent(n / 565) for n in (103, 166, 176, 96, 24)] == ["18%", "29%", "31%", "17%", "4%"]


def test_an_interval_is_written_in_words_and_empty_when_an_end_is_missing():
    assert cfm.interval(50.5, 58.4) == "51 to 58"
    assert cfm.interval(None, 58.4) == "–"


@pytest.mark.parametrize("value", ["high", float("inf"), "1e400000000000"])
def test_rounding_refuses_what_is_no_finite_number(value):
    with pytest.raises(ValueError, match="no finite number"):
        cfm.half_up(value)


def test_a_date_is_written_in_words_with_its_machine_form():
    assert cfm.day(date(2026, 11, 2)) == '<time datetime="2026-11-02">2 November 2026</time>'


def test_a_moment_names_the_time_zone_it_is_written_in():
    value = datetime(2026, 7, 1, 15, 30, tzinfo=UTC)

    with timezone.override("Europe/Brussels"):
        text = cfm.moment(value)

    assert ">1 July 2026, 17:30 CEST</time>" in text


@pytest.mark.parametrize("write", [cfm.day, cfm.moment])
def test_no_date_is_a_dash(write):
    assert write(None) == "–"


def test_the_library_loads_in_a_template():
    text = "{% load cfm %}{{ value|score:1 }} {% interval 1 2 %} {% for n in 3|steps %}{{ n }}{% endfor %}"

    assert Template(text).render(Context({"value": 41.25})) == "41.3 1 to 2 123"
