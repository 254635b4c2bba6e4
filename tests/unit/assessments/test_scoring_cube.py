"""Answers to integers: who counts where, and cubes that add, subtract, climb and travel without losing a digit."""

import hashlib
from dataclasses import replace
from fractions import Fraction
from math import lcm

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.scoring.cube import Cube, climb, merge_small
from assessments.scoring.evidence import tally_evidence
from assessments.scoring.figures import figures
from assessments.scoring.spec import DimensionSpec, ItemSpec, LensSpec
from assessments.scoring.tally import decode, tally
from tests.factories.scoring import Response, cases, cube_of, simple_spec
from tests.factories.scoring_twin import Person

# Digest of one small cube: stored cubes must stay readable.
BYTES = "2d5c0b4f3bfce42afa3b5e8c43f4ab4ef2b43c3974191ce5df8979deed505a4b"


def tally_of(spec, *rows, unit=None, units=1, audience="staff"):
    codes = decode("".join(rows).encode(), len(spec.items[audience]))
    return tally(spec, audience, codes, np.array(unit or [0] * len(rows), dtype=np.int64), units)


def two_lens_spec():
    """B1 of items 0–3, B2 of items 4–5; X1 of the other lens draws on items 0, 1 and 4."""
    places = [("B1", "X1"), ("B1", "X1"), ("B1", None), ("B1", None), ("B2", "X1"), ("B2", None)]
    items = tuple(
        ItemSpec(f"I{i}", False, {"blocks": block} | ({"other": other} if other else {}))
        for i, (block, other) in enumerate(places)
    )
    lenses = (
        LensSpec("blocks", True, (DimensionSpec("B1"), DimensionSpec("B2"))),
        LensSpec("other", False, (DimensionSpec("X1"),)),
    )
    return replace(simple_spec(), items={"staff": items}, lenses=lenses)


def big_spec(items=45):
    """One block so large that sums of squares need more than 64 bits."""
    return simple_spec(items=items)


def test_codes_are_read_character_by_character():
    assert decode(b"09abx1", 3).tolist() == [[0, 9, 10], [11, 12, 1]]


@pytest.mark.parametrize("bad", [b"12c456", b"12\x00456", b"12X456", b"12 456"])
def test_a_bad_character_is_refused_with_row_and_item(bad):
    with pytest.raises(ValueError, match="row 2, item 3"):
        decode(b"123456" + bad, 6)


def test_half_a_row_is_refused():
    with pytest.raises(ValueError, match="whole rows"):
        decode(b"1234", 3)


def test_an_option_outside_the_scale_is_refused_with_row_and_item():
    with pytest.raises(ValueError, match=r"row 2, item I03: option 6"):
        tally_of(simple_spec(), "12345", "12365")


@pytest.mark.parametrize("unit", [[-1], [2], [0, 1]])
def test_a_unit_outside_the_tree_is_refused(unit):
    with pytest.raises(ValueError, match="unit must be"):
        tally(simple_spec(), "staff", decode(b"12345", 5), np.array(unit), 2)


def test_an_audience_without_items_is_refused():
    with pytest.raises(ValueError, match="manager"):
        tally(simple_spec(), "manager", decode(b"12345", 5), np.array([0]), 1)


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        ("12300", 1),
        ("12000", 0),
        ("1000x", 0),
        ("12x00", 1),
        ("1xxx0", 1),
        ("xxxxx", 0),
        ("0xxxx", 0),
        ("5xxxx", 1),
    ],
)
def test_a_person_counts_with_at_least_half_of_what_applies(row, counts):
    assert tally_of(simple_spec(), row).n[0].tolist() == [counts, counts]


def test_a_reversed_item_is_turned_before_anything_else():
    spec = simple_spec(items=2)
    turned = replace(
        spec, items={"staff": (spec.items["staff"][0], replace(spec.items["staff"][1], reverse=True))}
    )

    assert tally_of(turned, "52").total.tolist() == tally_of(spec, "54").total.tolist()
    assert tally_of(turned, "52").answers[0, 1].tolist() == [0, 0, 1, 0, 0, 0, 0]


def test_a_missing_item_in_another_lens_takes_the_persons_mean_of_its_block():
    spec = two_lens_spec()
    x1 = spec.column("other", "X1")

    cube = tally_of(spec, "1044x3")

    block_mean = Fraction(1 + 4 + 4, 3)
    assert Fraction(int(cube.total[0, x1]), spec.denominators[x1]) == (1 + block_mean + 3) / 3
    assert cube.n[0, x1] == 1


def test_who_counts_in_some_but_not_all_blocks_is_left_out_and_kept_count_of():
    spec = two_lens_spec()
    x1 = spec.column("other", "X1")

    cube = tally_of(spec, "111100", "111111", "000011", "000000")

    assert cube.n[0].tolist() == [2, 2, 1, 1, 1]
    assert cube.partial[0, x1] == 2
    assert cube.partial[0].sum() == 2


def test_denominators_hold_every_mean_that_a_dimension_can_give():
    spec = two_lens_spec()

    assert spec.denominators[:2] == (12, 2)
    assert spec.denominators[2] % (3 * 12) == 0
    assert simple_spec().denominators == (60, 60)


@settings(max_examples=60, deadline=None)
@given(cases(published=False))
def test_sums_of_scores_and_their_squares_are_exact(case):
    cube = cube_of(case.spec, case.responses, len(case.parent))
    shift = 1 - case.spec.minimum

    for audience in case.spec.audiences:
        people = [Person(case.spec, r) for r in case.responses if r.audience == audience]
        for c, column in enumerate(case.spec.columns):
            unit = Fraction(1, case.spec.denominators[c])
            for u in range(len(case.parent)):
                scores = [p.scores[tuple(column)] for p in people if p.unit == u]
                scores = [score + shift for score in scores if score is not None]
                assert cube[audience].n[u, c] == len(scores)
                assert int(cube[audience].total[u, c]) * unit == sum(scores)
                assert int(cube[audience].squares[u, c]) * unit**2 == sum(score**2 for score in scores)


@settings(max_examples=60, deadline=None)
@given(cases(published=False), st.data())
def test_however_people_are_split_the_parts_add_up_to_the_same_bytes(case, data):
    units = len(case.parent)
    size = len(case.responses)
    side = data.draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))
    order = data.draw(st.permutations(case.responses))
    parts = [
        cube_of(case.spec, [r for r, s in zip(case.responses, side, strict=True) if s == i], units)
        for i in range(3)
    ]

    whole = cube_of(case.spec, order, units)
    added = parts[2] + parts[0] + parts[1]

    assert added == whole
    assert added.to_bytes() == whole.to_bytes()
    assert (whole - parts[1]).to_bytes() == (parts[0] + parts[2]).to_bytes()


@settings(max_examples=40, deadline=None)
@given(cases(published=False))
def test_a_climbed_cube_holds_at_every_unit_all_people_below_it(case):
    units = range(len(case.parent))
    direct = cube_of(case.spec, case.responses, len(units))

    climbed = climb(direct, np.array(case.parent))

    for top in units:
        moved = [r._replace(unit=0) for r in case.responses if top in _path(case.parent, r.unit)]
        assert climbed.take(np.array([top])) == cube_of(case.spec, moved, 1)


def _path(parent, unit):
    return [unit, *_path(parent, parent[unit])] if unit >= 0 else []


@settings(max_examples=40, deadline=None)
@given(cases(published=False))
def test_a_cube_comes_back_from_its_bytes(case):
    cube = cube_of(case.spec, case.responses, len(case.parent))

    again = Cube.from_bytes(cube.to_bytes())

    assert again == cube
    assert again.to_bytes() == cube.to_bytes()


def test_the_bytes_of_a_cube_never_change_from_one_version_to_the_next():
    cube = cube_of(simple_spec(), [Response(0, "staff", "43321"), Response(1, "staff", "5x021")], 2)

    assert hashlib.sha256(cube.to_bytes()).hexdigest() == BYTES


@pytest.mark.parametrize(
    "spoil", [lambda b: b[:-1], lambda b: b + b"0", lambda b: b"X" + b[1:], lambda b: b""]
)
def test_bytes_that_are_no_cube_are_refused(spoil):
    data = cube_of(simple_spec(), [Response(0, "staff", "43321")], 1).to_bytes()

    with pytest.raises(ValueError, match="cube"):
        Cube.from_bytes(spoil(data))


def test_cubes_that_differ_in_one_number_are_not_equal():
    spec = simple_spec()

    assert cube_of(spec, [Response(0, "staff", "43321")], 1) != cube_of(
        spec, [Response(0, "staff", "43312")], 1
    )


def test_a_block_of_forty_five_items_is_summed_with_python_integers():
    spec = big_spec()
    rows = ["5" * 45, "4" * 44 + "0", "1" * 23 + "0" * 22, "12345" * 9, "0" * 45]
    denominator = lcm(*range(1, 46))

    cube = tally_of(spec, *rows)

    means = [Fraction(5), Fraction(4), Fraction(1), Fraction(3)]
    assert spec.denominators[0] == denominator
    assert int(cube.total[0, 0]) == sum(means) * denominator
    assert int(cube.squares[0, 0]) == sum(mean**2 for mean in means) * denominator**2
    assert cube.squares.dtype == object


def test_large_cubes_add_climb_travel_and_give_figures_like_small_ones():
    spec = big_spec()
    people = [Response(i % 3, "staff", code * 44 + "0") for i, code in enumerate("12345432")]
    parent = np.array([-1, 0, 0])
    parts = [cube_of(spec, people[i::2], 3) for i in range(2)]

    whole = cube_of(spec, people, 3)
    table = figures(spec, whole, parent=parent, invited=None, evidence=None, shown=None)

    assert (parts[1] + parts[0]).to_bytes() == whole.to_bytes()
    assert Cube.from_bytes(whole.to_bytes()) == whole
    assert (whole - whole).to_bytes() == cube_of(spec, [], 3).to_bytes()
    assert table.mean[0, 0, 0] == 3
    assert table.sd[0, 0, 0] == pytest.approx(np.std([1, 2, 3, 4, 5, 4, 3, 2], ddof=1))


@pytest.mark.parametrize("items", [22, 31])
def test_squares_that_fit_64_bits_while_their_sum_does_not_are_summed_exactly(items):
    spec = simple_spec(items=items)
    rows = ["5" * items] * 40_000

    cube = tally_of(spec, *rows)

    assert int(cube.squares[0, 0]) == 40_000 * (5 * spec.denominators[0]) ** 2
    assert int(cube.total[0, 0]) == 40_000 * 5 * spec.denominators[0]


def test_complete_rows_alone_enter_the_sums_of_items():
    cube = tally_of(simple_spec(items=2), "12", "30", "45", "x1")

    assert cube.rows[0].tolist() == [2]
    assert cube.item_sums[0].tolist() == [1 + 4, 2 + 5]
    assert cube.item_squares[0].tolist() == [1 + 16, 4 + 25]
    assert cube.item_totals[0].tolist() == [1 * 3 + 4 * 9, 2 * 3 + 5 * 9]


def test_answers_are_counted_as_given_with_missing_and_not_applicable():
    cube = tally_of(simple_spec(items=2), "1x", "30", "35", unit=[1, 1, 0], units=2)

    assert cube.answers[1].tolist() == [[0, 1, 0, 1, 0, 0, 0], [1, 0, 0, 0, 0, 0, 1]]
    assert cube.persons.tolist() == [1, 2]


def test_small_cells_are_merged_upwards_until_each_holds_enough():
    spec = simple_spec(items=1)
    sizes = {0: 0, 1: 6, 2: 2, 3: 2, 4: 1}
    parent = np.array([-1, 0, 0, 2, 3])
    cube = cube_of(spec, [Response(u, "staff", "3") for u, size in sizes.items() for _ in range(size)], 5)

    merged = merge_small(cube, parent, 5)

    assert merged["staff"].persons.tolist() == [0, 6, 5, 0, 0]
    assert climb(merged, parent).take(np.array([0])) == climb(cube, parent).take(np.array([0]))


def test_what_is_too_small_at_the_root_stays_there():
    cube = cube_of(simple_spec(items=1), [Response(1, "staff", "3")], 2)

    assert merge_small(cube, np.array([-1, 0]), 5)["staff"].persons.tolist() == [1, 0]


def test_cubes_over_other_units_do_not_add():
    spec = simple_spec()

    with pytest.raises(ValueError, match="shapes"):
        cube_of(spec, [], 1) + cube_of(spec, [], 2)


def test_evidence_counts_entries_per_unit_and_dimension():
    spec = two_lens_spec()

    cube = tally_evidence(spec, [(0, 75, [0, 2]), (0, 25, [0]), (1, 100, [1])], units=2)

    assert cube.n.tolist() == [[2, 0, 1], [0, 1, 0]]
    assert cube.total.tolist() == [[100, 0, 75], [0, 100, 0]]
    assert cube.climb(np.array([-1, 0])).total[0].tolist() == [100, 100, 75]


@pytest.mark.parametrize("entry", [(0, 30, [0]), (2, 25, [0]), (0, 25, [3])])
def test_evidence_of_another_value_unit_or_column_is_refused(entry):
    with pytest.raises(ValueError, match=r"entry"):
        tally_evidence(two_lens_spec(), [entry], units=2)


def _lens(**changes):
    return (LensSpec("blocks", True, (DimensionSpec("B1"),)), LensSpec(**changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"maximum": 1}, "2 to 11 points"),
        ({"maximum": 12}, "2 to 11 points"),
        ({"levels": (0, 20, 20)}, "rise"),
        ({"levels": ()}, "rise"),
        ({"weights": {"staff": 1.0}}, "weights need"),
        ({"weights": {"staff": 1.0, "manager": -1.0, "evidence": 0.0}}, "weights need"),
        ({"items": {"boss": ()}}, "unknown audience"),
        ({"items": {"staff": (ItemSpec("I", False, {"blocks": "B9"}),)}}, "no dimension 'B9'"),
        ({"items": {"staff": (ItemSpec("I", False, {}),) * 2}}, "twice"),
        ({"lenses": _lens(code="b", primary=True, dimensions=(DimensionSpec("X"),))}, "exactly one"),
        ({"lenses": _lens(code="b", primary=False, dimensions=(DimensionSpec("ALL"),))}, "twice"),
        ({"lenses": _lens(code="b", primary=False, dimensions=(DimensionSpec("X", -1.0),))}, "below 0"),
        ({"lenses": _lens(code="b", primary=False, dimensions=(DimensionSpec("X", 0.0),))}, "all 0"),
    ],
)
def test_a_framework_that_contradicts_itself_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        replace(simple_spec(), **changes)


def test_columns_are_all_dimensions_and_then_all_of_each_lens():
    columns = [tuple(column) for column in two_lens_spec().columns]

    assert columns == [
        ("blocks", "B1"),
        ("blocks", "B2"),
        ("other", "X1"),
        ("blocks", "ALL"),
        ("other", "ALL"),
    ]
    assert two_lens_spec().draws(2, "staff") == (0, 1)
    assert two_lens_spec().draws(0, "staff") == (0,)
    assert two_lens_spec().draws(4, "staff") == (0, 1)
