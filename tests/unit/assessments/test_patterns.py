"""Who counts in which dimensions together: tables that add, climb and travel with the cube."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from assessments.scoring.cube import Cube, climb
from assessments.scoring.dependence import counts_of
from assessments.scoring.patterns import Patterns
from assessments.scoring.published import columns_of
from assessments.scoring.spec import DimensionSpec, ItemSpec, LensSpec
from tests.factories.scoring import Response, cases, cube_of, simple_spec


def two_blocks():
    return simple_spec(items=2, blocks=2)


def test_people_are_counted_by_the_blocks_they_count_in():
    answers = [Response(0, "staff", "4332"), Response(0, "staff", "4300"), Response(1, "staff", "0000")]
    patterns = cube_of(two_blocks(), answers, 2)["staff"].patterns
    assert patterns.masks == (0b00, 0b01, 0b11)
    assert patterns.counts.tolist() == [[0, 1, 1], [1, 0, 0]]


def test_tables_of_disjoint_people_add_up_and_are_taken_apart_again():
    spec = two_blocks()
    one = cube_of(spec, [Response(0, "staff", "4332"), Response(1, "staff", "4300")], 2)
    other = cube_of(spec, [Response(1, "staff", "0032")], 2)
    assert (one + other)["staff"].patterns.masks == (0b01, 0b10, 0b11)
    assert one + other - other == one


def test_patterns_climb_the_tree_and_travel_as_bytes():
    cube = cube_of(two_blocks(), [Response(0, "staff", "4332"), Response(1, "staff", "4300")], 2)
    above = climb(cube, np.array([-1, 0]))["staff"].patterns
    assert above.counts.tolist() == [[1, 1], [1, 0]]
    assert Cube.from_bytes(cube.to_bytes()) == cube


@given(cases())
def test_the_number_of_people_in_every_column_follows_from_the_patterns(case):
    units = len(case.parent)
    cube = cube_of(case.spec, case.responses, units)
    people = {audience: cube[audience].patterns for audience in case.spec.audiences}
    counted = counts_of(columns_of(case.spec), people, units)
    for row, audience in enumerate(("staff", "manager")):
        if audience in people:
            assert counted[row].tolist() == cube[audience].n.tolist()


def test_many_dimensions_need_no_more_than_whole_numbers():
    counted = [np.array([True, False])] * 80
    patterns = Patterns.of(counted, np.array([0, 1]), 2)
    assert patterns.masks == (0, 2**80 - 1)


def test_counts_that_do_not_fit_the_masks_are_refused():
    with pytest.raises(ValueError, match="patterns"):
        Patterns.tidy([1, 2], np.zeros((3, 1), dtype=np.int64))


def lens_of(items):
    """Columns of a framework with one block and a lens whose dimensions are named per item (None: in no block)."""
    listed = tuple(
        ItemSpec(f"I{i}", reverse=False, dimensions=({"blocks": "B1"} if inside else {}) | {"x": dimension})
        for i, (inside, dimension) in enumerate(items)
    )
    blocks = LensSpec("blocks", True, (DimensionSpec("B1"),))
    lens = LensSpec("x", False, tuple(DimensionSpec(d) for d in sorted({d for _, d in items})))
    return columns_of(replace(simple_spec(), items={"staff": listed}, lenses=(blocks, lens)))


def test_a_dimension_that_mixes_items_of_a_block_with_others_is_opaque():
    columns = lens_of([(True, "D"), (False, "D"), (True, "E")])
    assert {c.code: c.opaque for c in columns if c.lens == "x"} == {"D": True, "E": False, "ALL": True}


def test_a_dimension_of_its_own_items_alone_is_not_opaque():
    columns = lens_of([(True, "D"), (False, "E"), (False, "E")])
    assert not any(column.opaque for column in columns)


def test_the_weights_of_a_column_are_those_of_a_persons_mean_in_one_unit_for_both_audiences():
    items = {
        audience: tuple(
            ItemSpec(f"{audience}{i}", reverse=False, dimensions={"blocks": "B1"}) for i in range(n)
        )
        for audience, n in (("staff", 3), ("manager", 2))
    }
    column = columns_of(replace(simple_spec(), items=items))[0]
    assert column.staff_items == ((0, 2), (1, 2), (2, 2))
    assert column.manager_items == ((0, 3), (1, 3))
