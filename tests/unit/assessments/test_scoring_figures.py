"""Every formula against the plain twin, and the examples worked by hand."""

import numpy as np
import pytest
from hypothesis import given, settings

from assessments.scoring.figures import AUDIENCES, figures, gated_level
from assessments.scoring.shown import Shown
from assessments.scoring.table import FigureTable
from tests.factories.scoring import Case, Response, cases, cube_of, evidence_of, simple_spec
from tests.factories.scoring_twin import Twin

FIGURES = (
    "n",
    "invited",
    "score",
    "level",
    "mean",
    "sd",
    "se",
    "ci_low",
    "ci_high",
    "alpha",
    "rwg",
    "icc1",
    "icc2",
)


def table_of(case: Case) -> FigureTable:
    return figures(
        case.spec,
        cube_of(case.spec, case.responses, len(case.parent)),
        parent=np.array(case.parent),
        invited={audience: np.array(heads) for audience, heads in case.invited.items()},
        evidence=evidence_of(case),
        shown=case.shown,
        k=case.k,
    )


def plain_case(spec, responses, *, parent=(-1,), shown=None, entries=()) -> Case:
    heads = {audience: [100] * len(parent) for audience in spec.audiences}
    return Case(spec, list(parent), list(responses), heads, list(entries), shown, 5)


def staff(*codes, unit=0, audience="staff"):
    return [Response(unit, audience, code) for code in codes]


def everything(units, columns, *, split=True, spread=True) -> Shown:
    full = np.ones((units, columns), dtype=bool)
    return Shown(full, full & split, full & spread)


def compare(case: Case) -> None:
    table = table_of(case)
    for (unit, audience, column), expected in Twin(case).rows.items():
        cell = unit, AUDIENCES.index(audience), case.spec.columns.index(column)
        for name in (*FIGURES, "suppressed", "band"):
            found, wanted = float(getattr(table, name)[cell]), expected.get(name)
            wanted = np.nan if wanted is None else float(wanted)
            message = f"{name} of {audience} {column} in unit {unit}"
            assert found == pytest.approx(wanted, abs=1e-7, rel=1e-7, nan_ok=True), message


@settings(max_examples=60, deadline=None)
@given(cases(published=False))
def test_every_raw_figure_is_what_the_formulas_give_by_hand(case):
    compare(case)


@settings(max_examples=60, deadline=None)
@given(cases(published=True))
def test_every_published_figure_is_what_the_formulas_give_by_hand(case):
    compare(case)


def test_one_person_answering_4_3_3_2_1_has_mean_2_6_and_score_40():
    table = table_of(plain_case(simple_spec(), staff("43321")))

    assert table.mean[0, 0, 0] == 2.6
    assert table.score[0, 0, 0] == 40
    assert table.level[0, 0, 0] == 3


def test_the_guides_person_answering_100_75_75_50_25_has_score_65():
    table = table_of(plain_case(simple_spec(), staff("54432")))

    assert table.score[0, 0, 0] == 65


def test_the_guides_ten_people_have_score_53():
    def person(score):
        """Five answers on five points with this mean: 65 is 54432-like, in any spread."""
        high, rest = divmod(score // 5, 4)
        return ("5" * high + str(rest + 1) * (high < 5) + "1" * 5)[:5]

    people = [person(score) for score in (65, 25, 70, 35, 50, 100, 90, 40, 20, 35)]

    table = table_of(plain_case(simple_spec(), staff(*people)))

    assert table.n[0, 0, 0] == 10
    assert table.score[0, 0, 0] == 53


def test_a_score_on_the_bound_of_a_level_reaches_it_however_the_weights_add_up():
    blocks = simple_spec(items=1, blocks=3).lenses[0]
    weights = [type(d)(d.code, weight) for d, weight in zip(blocks.dimensions, (0.1, 0.2, 0.7), strict=True)]
    lens = type(blocks)("blocks", True, tuple(weights))
    spec = simple_spec(items=1, blocks=3, lenses=(lens,), levels=(0, 75))

    table = table_of(plain_case(spec, staff("444")))

    assert table.level[0, 0, spec.column("blocks", "ALL")] == 2


def test_seven_of_nine_people_at_the_top_are_published_as_at_least_the_bound():
    spec = simple_spec(items=1)
    people = staff(*"555555544")

    table = table_of(plain_case(spec, people, shown=everything(1, 2)))

    assert (table.mean[0, 0, 0], table.score[0, 0, 0], table.band[0, 0, 0]) == (4.5, 87.5, 1)
    assert np.isnan(
        [table.sd[0, 0, 0], table.se[0, 0, 0], table.ci_low[0, 0, 0], table.ci_high[0, 0, 0]]
    ).all()
    assert table.n[0, 0, 0] == 9
    assert table.score[0, 0, 1] == 87.5


def test_ten_people_at_the_top_are_published_as_they_are():
    table = table_of(plain_case(simple_spec(items=1), staff(*"5" * 10), shown=everything(1, 2)))

    assert (table.score[0, 0, 0], table.band[0, 0, 0], table.sd[0, 0, 0]) == (100, 0, 0)


def test_near_unanimity_at_the_lower_end_is_published_as_at_most_the_bound():
    table = table_of(plain_case(simple_spec(items=1), staff(*"1111112"), shown=everything(1, 2)))

    assert (table.mean[0, 0, 0], table.score[0, 0, 0], table.band[0, 0, 0]) == (1.5, 12.5, -1)


def test_raw_figures_have_no_bands():
    table = table_of(plain_case(simple_spec(items=1), staff(*"555555")))

    assert (table.score[0, 0, 0], table.band[0, 0, 0]) == (100, 0)


BOTH = simple_spec(items=1, audiences=("staff", "manager"))
PEOPLE = [*staff(*"333333"), *staff(*"4444444", audience="manager")]


def composite(*, split, entries=(), people=PEOPLE, shown=True):
    masks = everything(1, 2, split=split) if shown else None
    table = table_of(plain_case(BOTH, people, shown=masks, entries=entries))
    return table.score[0, AUDIENCES.index("composite"), 0]


def test_the_composite_weighs_staff_managers_and_evidence():
    assert composite(split=True, entries=[(0, 100, [0])]) == pytest.approx(0.4 * 50 + 0.3 * 75 + 0.3 * 100)


def test_without_evidence_its_weight_is_spread_over_staff_and_managers():
    assert composite(split=True) == pytest.approx((0.4 * 50 + 0.3 * 75) / 0.7)


def test_where_the_split_is_hidden_all_takes_both_weights():
    everybody = (6 * 50 + 7 * 75) / 13

    assert composite(split=False, entries=[(0, 0, [0])]) == pytest.approx(0.7 * everybody)
    assert composite(split=False) == pytest.approx(everybody)


def test_where_no_manager_answered_staff_and_evidence_share_the_weight():
    found = composite(split=True, entries=[(0, 100, [0])], people=PEOPLE[:6])

    assert found == pytest.approx((0.4 * 50 + 0.3 * 100) / 0.7)


def test_evidence_of_a_unit_is_the_mean_over_entries_of_the_unit_and_those_below():
    case = plain_case(
        simple_spec(), [], parent=(-1, 0, 0), entries=[(0, 0, [0]), (1, 50, [0]), (2, 100, [0])]
    )

    table = table_of(case)

    assert table.score[:, AUDIENCES.index("evidence"), 0].tolist() == [50, 50, 100]
    assert table.n[:, AUDIENCES.index("evidence"), 0].tolist() == [3, 1, 1]
    assert np.isnan(table.mean[:, AUDIENCES.index("evidence")]).all()


def test_nobody_looks_like_too_few_in_a_release_and_like_nobody_in_raw_figures():
    spec = simple_spec()

    published = table_of(plain_case(spec, [], shown=everything(1, 2)))
    raw = table_of(plain_case(spec, []))

    assert published.suppressed[0, :3].all()
    assert np.isnan(published.n[0, :3]).all()
    assert np.isnan(published.invited[0, :3]).all()
    assert not raw.suppressed.any()
    assert (raw.n[0, :3] == 0).all()
    assert np.isnan(raw.score).all()


def test_all_of_a_lens_is_given_only_where_every_dimension_is():
    spec = simple_spec(items=1, blocks=2)
    masks = everything(1, 3)
    masks.all[0, 1] = False

    table = table_of(plain_case(spec, staff(*["33"] * 6), shown=masks))

    assert table.suppressed[0, 0].tolist() == [False, True, True]
    assert np.isnan(table.score[0, 0, 2])


def test_n_and_spread_of_all_are_empty_where_they_would_tell_of_too_few_people():
    spec = simple_spec(items=1, blocks=2)
    people = staff("12", "23", "34", "45", "21", "20", "30", "40", "10", "20")
    full = everything(1, 3)

    whole = table_of(plain_case(spec, people, shown=full))
    withheld = table_of(plain_case(spec, people, shown=everything(1, 3, spread=False)))
    small = table_of(plain_case(spec, people[1:], shown=full))

    assert whole.n[0, 0, 2] == 5
    assert whole.sd[0, 0, 2] > 0
    for table in (withheld, small):
        assert table.score[0, 0, 2] > 0
        assert np.isnan([table.n[0, 0, 2], table.sd[0, 0, 2], table.ci_low[0, 0, 2]]).all()


def test_the_gated_level_is_that_of_the_weakest_block_and_names_it():
    spec = simple_spec(items=1, blocks=3)

    table = table_of(plain_case(spec, staff("524")))

    assert gated_level(spec, table, 0, "all") == (2, "B2")
    assert gated_level(spec, table, 0, "manager") is None
    assert gated_level(spec, table, 0, "evidence") is None


def test_of_two_blocks_on_one_level_the_lower_score_holds_back():
    spec = simple_spec(items=2, blocks=2)

    table = table_of(plain_case(spec, staff("2322")))

    assert gated_level(spec, table, 0, "all") == (2, "B2")


def test_a_framework_without_manager_items_pools_to_staff():
    table = table_of(plain_case(simple_spec(), staff("43321", "54432", "32143")))

    for name in FIGURES:
        figure = getattr(table, name)
        np.testing.assert_array_equal(figure[:, 0], figure[:, 1])
    assert table.alpha[0, 0, 0] == table.alpha[0, 1, 0] < 1
    assert (table.n[0, 2] == 0).all()


def test_masks_and_trees_of_another_size_are_refused():
    case = plain_case(simple_spec(), staff("43321"))

    with pytest.raises(ValueError, match="masks"):
        table_of(case._replace(shown=everything(2, 2)))
    with pytest.raises(ValueError, match="parents"):
        figures(
            case.spec,
            cube_of(case.spec, case.responses, 1),
            parent=np.array([-1, 0]),
            invited=None,
            evidence=None,
            shown=None,
        )
