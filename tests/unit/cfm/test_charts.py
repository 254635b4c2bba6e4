"""Charts: valid for Plotly, harmless whatever a unit is called, and readable without colour."""

import json
from itertools import pairwise

import plotly.graph_objects as go
import pytest

from cfm.lib import charts
from cfm.lib.charts import Band, Flow, Series

HOSTILE = "<img src=x onerror=alert(1)>%{x}&\n$x^2$"
BLOCKS = ["Define customer focus", "Make a business case", "Set goals"]
STAFF = Series(
    "Staff", "staff", [50.04, 61.25, None], low=[45, 55, None], high=[55.04, 70, None], notes=["a", "b", "c"]
)
MANAGERS = Series("Managers", "manager", [70, 58.5, 40])


def every_chart(name: str = "Service North") -> dict[str, charts.Json]:
    hostile = Series(name, "composite", [50, 60, 70], notes=[name] * 3)
    names = [name, *BLOCKS[1:]]
    return {
        "radar": charts.radar(names, [STAFF, hostile]),
        "bars": charts.bars(
            names, STAFF, markers=[MANAGERS, hostile], bands=[Band(0, 50, name), Band(50, 100, "")]
        ),
        "dumbbell": charts.dumbbell(names, STAFF, MANAGERS, [True, False, True]),
        "heatmap": charts.heatmap(
            [(name, 0), ("Deep", 9)],
            [("B1", name), ("B2", "Two")],
            [[57.25, None], [88, 12]],
            signs=[["57", ""], ["≥ 88", name]],
            hidden=name,
            bounds=[0, 20, 40, 60, 80],
        ),
        "trend": charts.trend(names, [STAFF, hostile]),
        "trends": charts.trends(names, [STAFF, hostile, STAFF, MANAGERS, hostile]),
        "flows": charts.flows(
            [(name, "works for: others"), ("Depot", name)],
            [("Service", name)],
            [Flow(0, 0, True), Flow(1, 0, False)],
            titles=(name, "Customer"),
            legend=("heard", name),
        ),
        "readings": charts.readings(
            ["2025-03-01", "2026-03-01"], [-9, 17.5], name=name, notes=[name, "b"], scale=(-100, 100)
        ),
        "diverging": charts.diverging(
            [charts.Spread(name, [10, 20, 30, 40]), charts.Spread("Hidden", None)], ["1", "2", "3", name]
        ),
        "ranges": charts.ranges(
            [charts.Stretch(name, 0, 12.5, name), charts.Stretch("Point", 7, 7, "b", "organisation")],
            title=name,
        ),
        "matrix": charts.matrix(
            [charts.Spot(name, 50, 12.5, name), charts.Spot("B2", 60, 20, "two")],
            x="Score",
            y=name,
            middle=(55, 16),
            corners=(name, "b", "c", "d"),
            top=30,
        ),
    }


def strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in strings(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in strings(inner)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("kind", every_chart())
def test_every_figure_is_one_that_plotly_accepts(kind):
    figure = go.Figure(every_chart()[kind])

    assert len(figure.data) >= 1


@pytest.mark.parametrize("kind", every_chart())
def test_a_hostile_name_reaches_plotly_only_escaped(kind):
    texts = strings(every_chart(HOSTILE)[kind])

    assert not [text for text in texts if "<img" in text]
    assert [text for text in texts if "&lt;img" in text]


@pytest.mark.parametrize("kind", every_chart())
def test_no_name_stands_inside_a_hover_template(kind):
    templates = [trace.get("hovertemplate", "") for trace in every_chart(HOSTILE)[kind]["data"]]

    assert set(templates) <= {"", "%{hovertext}<extra></extra>"}


@pytest.mark.parametrize("kind", every_chart())
def test_colours_are_named_and_never_fixed(kind):
    texts = strings(every_chart()[kind])

    assert not [text for text in texts if text.startswith(("#", "rgb"))]
    assert [text for text in texts if text.startswith("var(--cfm-chart-")]


def test_scores_are_rounded_half_up_to_one_decimal():
    figure = charts.trend(BLOCKS, [STAFF])

    assert figure["data"][0]["y"] == [50.0, 61.3, None]


def test_axes_of_scores_run_from_0_to_100():
    figures = every_chart()

    assert figures["bars"]["layout"]["xaxis"]["range"] == [0, 100]
    assert figures["dumbbell"]["layout"]["xaxis"]["range"] == [0, 100]
    assert figures["trend"]["layout"]["yaxis"]["range"] == [0, 100]
    assert figures["radar"]["layout"]["polar"]["radialaxis"]["range"] == [0, 100]


def test_an_interval_reaches_from_its_low_to_its_high_end():
    error = charts.bars(BLOCKS, STAFF)["data"][0]["error_x"]

    assert error["array"] == [5.0, 8.8, None]
    assert error["arrayminus"] == [5.0, 6.3, None]


def test_staff_and_managers_differ_in_marker_and_dash_as_well_as_colour():
    first, second = charts.radar(BLOCKS, [STAFF, MANAGERS])["data"]

    assert first["marker"]["symbol"] != second["marker"]["symbol"]
    assert first["line"]["dash"] != second["line"]["dash"]
    assert first["line"]["color"] != second["line"]["color"]


def test_a_clear_gap_is_drawn_apart_from_noise():
    noise, clear = charts.dumbbell(BLOCKS, STAFF, MANAGERS, [True, False, True])["data"][:2]

    assert clear["x"] == [50.0, 70.0, None]
    assert noise["x"] == [61.3, 58.5, None]
    assert clear["line"]["width"] > noise["line"]["width"]


def test_a_category_without_both_ends_has_no_joining_line():
    joins = charts.dumbbell(BLOCKS, STAFF, MANAGERS, [True, True, True])["data"][:2]

    assert 2 not in joins[0]["y"] + joins[1]["y"]


def test_a_hidden_cell_has_no_value_and_is_marked():
    shown, hidden = every_chart()["heatmap"]["data"]

    assert shown["z"] == [[57.3, None], [88.0, 12.0]]
    assert hidden["text"] == [["", charts.HIDDEN_SIGN], ["", ""]]


def test_two_units_of_one_name_keep_a_row_each():
    figure = charts.heatmap(
        [("North", 1), ("North", 1)], [("B1", "One")], [[1], [2]], signs=[["1"], ["2"]], hidden="", bounds=[0]
    )

    assert figure["data"][0]["y"] == [0, 1]
    assert len(figure["layout"]["yaxis"]["ticktext"]) == 2


@pytest.mark.parametrize("levels", range(1, 11))
def test_level_colours_cover_0_to_100_without_a_hole(levels):
    scale = charts.steps([100 * step / levels for step in range(levels)])

    assert (scale[0][0], scale[-1][0]) == (0, 1)
    assert all(left[0] <= right[0] for left, right in pairwise(scale))
    assert {shade for _, shade in scale} <= {charts.colour(f"heat-{step}") for step in range(1, 6)}


@pytest.mark.parametrize(
    "build",
    [
        lambda: charts.radar(BLOCKS, [Series("Staff", "staff", [1, 2])]),
        lambda: charts.bars(BLOCKS, Series("Staff", "staff", [1, 2, 3], low=[1], high=[2])),
        lambda: charts.dumbbell(BLOCKS, STAFF, MANAGERS, [True]),
        lambda: charts.heatmap([("a", 0)], [("B1", "b")], [[1, 2]], signs=[["1"]], hidden="", bounds=[0]),
        lambda: charts.steps([20, 0]),
        lambda: charts.trend(["one"], [STAFF]),
        lambda: charts.trends(["one"], [STAFF]),
        lambda: charts.flows([("a", "")], [("b", "")], [Flow(0, 1, True)], titles=("", ""), legend=("", "")),
        lambda: charts.readings(["2025-03-01"], [1, 2], name="", notes=["a"], scale=None),
    ],
)
def test_data_that_do_not_fit_together_are_refused(build):
    with pytest.raises(ValueError):
        build()


def test_a_long_label_is_cut_not_spread():
    label = charts.wrapped("A very long name of a unit that nobody would ever want to read", 20, lines=2)

    assert label.count("<br>") == 1
    assert label.endswith("…")


def test_eight_blocks_take_less_than_four_kilobytes():
    series = [
        Series(name, role, [51.234567] * 8) for name, role in (("Staff", "staff"), ("Managers", "manager"))
    ]

    assert len(json.dumps(charts.radar(["Make everyone's business"] * 8, series))) < 4096


def test_a_flow_begins_at_its_supplier_and_ends_at_its_customer():
    places = [("a", ""), ("b", "")]

    line, left, right = charts.flows(
        places, places, [Flow(0, 1, True)], titles=("", ""), legend=("heard", "not")
    )["data"]

    assert (line["x"][0], line["y"][0]) == (0, left["y"][0])
    assert (line["x"][-2], line["y"][-2]) == (1, right["y"][1])


def test_a_measure_with_a_scale_shows_the_whole_of_it_and_one_without_is_free():
    figures = [charts.readings(["2025-03-01"], [5], name="", notes=[""], scale=one) for one in ((1, 7), None)]

    assert [figure["layout"]["yaxis"].get("range") for figure in figures] == [[1, 7], None]
