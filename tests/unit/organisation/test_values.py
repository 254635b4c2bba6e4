"""What a code or a language may look like, and trees as plain data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from organisation import values


@pytest.mark.parametrize("code", ["ORG", "7", "Zürich Nord", "a.b-c_d", "x" * 40])
def test_codes_as_organisations_use_them_are_taken(code):
    assert values.is_code(code)


@pytest.mark.parametrize("code", ["", "-", "..", "=1+1", "a/b", "a\\b", "a\nb", "x" * 41, " a", "a\u202eb"])
def test_codes_that_would_break_an_address_or_a_spreadsheet_are_refused(code):
    assert not values.is_code(code)


@pytest.mark.parametrize(("tag", "known"), [("en", True), ("en-gb", True), ("EN", False), ("english", False)])
def test_languages_are_tags_in_lower_case(tag, known):
    assert values.is_language(tag) is known


@given(st.dictionaries(st.integers(0, 12), st.integers(0, 12)))
def test_who_is_on_a_cycle_comes_back_to_themselves(above):
    def comes_back(start: int) -> bool:
        here = above.get(start)
        for _step in range(len(above)):
            if here is None or here == start:
                break
            here = above.get(here)
        return here == start

    assert values.on_a_cycle(above) == {key for key in above if comes_back(key)}


@given(st.lists(st.integers(0, 100), max_size=30))
def test_from_the_top_yields_everyone_once_and_after_the_one_above(choices):
    above = {node: choice % node if node else None for node, choice in enumerate(choices)}
    order = [key for layer in values.from_the_top(above) for key in layer]
    assert sorted(order) == sorted(above)
    assert all(
        order.index(parent) < order.index(node) for node, parent in above.items() if parent is not None
    )
