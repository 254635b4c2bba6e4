"""What stays of the sums once the answers are deleted: no cell of 1 to k − 1 people, and everybody's total."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.scoring.cube import Cube, climb
from assessments.scoring.figures import figures
from assessments.scoring.forget import forget
from assessments.scoring.moments import sums_of
from assessments.scoring.spec import POOLED
from tests.factories.scoring import Response, cube_of, simple_spec

BOTH = ("staff", "manager")
STAR = np.array([-1, 0, 0])
SPEC = simple_spec(items=1, audiences=BOTH)


def cube(*cells, units=3):
    """A cube of one item a block, of so many (unit, audience, how many) people."""
    answers = [
        Response(unit, audience, str(1 + number % 5))
        for unit, audience, people in cells
        for number in range(people)
    ]
    return cube_of(SPEC, answers, units)


def sizes(kept: Cube) -> dict[str, list[int]]:
    return {audience: part.persons.tolist() for audience, part in kept.audiences.items()}


def test_cells_that_are_large_enough_stay_as_they_are():
    before = cube((1, "staff", 6), (2, "staff", 5), (0, "manager", 5))

    assert forget(before, STAR, 5) == before


def test_managers_too_few_at_the_root_are_pooled_with_its_staff():
    kept = forget(cube((0, "staff", 6), (1, "staff", 7), (1, "manager", 1), (2, "manager", 2)), STAR, 5)

    assert sizes(kept) == {"staff": [0, 7, 0], "manager": [0, 0, 0], POOLED: [9, 0, 0]}


def test_a_pool_that_is_too_small_takes_the_smallest_other_cell():
    kept = forget(cube((1, "staff", 9), (2, "staff", 6), (2, "manager", 2)), STAR, 5)

    assert sizes(kept) == {"staff": [0, 9, 0], "manager": [0, 0, 0], POOLED: [8, 0, 0]}


def test_nothing_stays_where_fewer_than_k_answered_altogether():
    kept = forget(cube((1, "staff", 2), (2, "manager", 2)), STAR, 5)

    assert sizes(kept) == {"staff": [0, 0, 0], "manager": [0, 0, 0]}


def test_a_pool_tells_nothing_of_single_items():
    pool = forget(cube((0, "staff", 6), (0, "manager", 2)), STAR, 5)[POOLED]

    assert pool.answers.size == pool.item_sums.size == pool.item_totals.size == 0


@st.composite
def trees(draw):
    """Parents of up to eight units with one root, and how many staff and managers answered in each."""
    units = draw(st.integers(1, 8))
    parents = [-1, *(draw(st.integers(0, unit - 1)) for unit in range(1, units))]
    few = st.integers(0, 9)
    return np.array(parents), draw(st.lists(st.tuples(few, few), min_size=units, max_size=units))


@settings(max_examples=60, deadline=None)
@given(tree=trees(), k=st.integers(5, 7))
def test_every_cell_holds_nobody_or_k_and_all_people_together_keep_their_sums(tree, k):
    parent, heads = tree
    cells = [(unit, who, n) for unit, pair in enumerate(heads) for who, n in zip(BOTH, pair, strict=True)]
    before = cube(*cells, units=len(parent))

    kept = forget(before, parent, k)

    assert all(held == 0 or held >= k for held in np.concatenate(list(sizes(kept).values())))
    if sum(map(sum, heads)) >= k:
        was, now = (sums_of(SPEC, climb(one, parent)) for one in (before, kept))
        assert [part[0, 0].tolist() for part in was] == [part[0, 0].tolist() for part in now]


def test_what_stays_can_be_stored_read_and_made_into_figures():
    kept = forget(cube((0, "staff", 6), (1, "staff", 7), (2, "manager", 2)), STAR, 5)

    again = Cube.from_bytes(kept.to_bytes())
    table = figures(SPEC, again, parent=STAR, invited=None, evidence=None, shown=None)

    assert again == kept
    assert table.n[0, :3, 0].tolist() == [15, 7, 0]


@pytest.mark.parametrize("k", [5, 8])
def test_forgetting_twice_is_forgetting_once(k):
    once = forget(cube((0, "staff", 6), (1, "staff", 7), (2, "manager", 2)), STAR, k)

    assert forget(once, STAR, k) == once
