"""Sentences and differences: what the figures are worth, in words."""

import pytest

from reports import sentences
from reports.differences import Difference, difference
from reports.numbers import counted, interval, number, score, sign, signed
from reports.queries import Cell
from reports.sentences import Gate

CLEAR = Difference(18.4, 12.1, 24.6, clear=True)
NOISE = Difference(-2.0, -5.0, 1.0, clear=False)


def gate(level: int, *names: str, blocks: int = 8) -> Gate:
    return Gate(level, f"Level name {level}", names, blocks)


def test_one_block_holds_back_in_the_singular():
    said = sentences.holding_back(gate(2, "Set goals"), 3)

    assert said == "Set goals holds it back at level 2."


def test_tied_blocks_are_all_named():
    said = sentences.holding_back(gate(2, "Set goals", "Communicate"), 3)

    assert said == "Set goals and Communicate hold it back at level 2."


def test_many_blocks_are_counted_before_they_are_named():
    said = sentences.holding_back(gate(1, "A", "B", "C", "D"), 2)

    assert said == "4 of 8 building blocks hold it back at level 1: A, B, C and D."


def test_where_every_block_reaches_the_level_nothing_holds_back():
    assert sentences.holding_back(gate(3, "Set goals"), 3) == "Every building block reaches this level."


@pytest.mark.parametrize(
    ("band", "said"),
    [(0, "at 88 of 100"), (1, "at 88 or more of 100"), (-1, "at 88 or less of 100")],
)
def test_a_bound_is_said_as_a_bound(band, said):
    text = sentences.headline("North", Cell(87.5, 5, band=band), "Customer-driven", None, k=5, anything=True)

    assert text == f"North stands {said}: Customer-driven (level 5)."


def test_a_score_is_rounded_half_up_but_its_level_is_not():
    text = sentences.headline("North", Cell(59.5, 3), "Committed", None, k=5, anything=True)

    assert text == "North stands at 60 of 100: Committed (level 3)."


def test_a_hidden_unit_says_how_many_answers_it_needs():
    text = sentences.headline("North", None, "", None, k=7, anything=False)

    assert text == "Too few answers to say where North stands: figures need at least 7."


def test_the_largest_clear_gap_is_named_not_the_largest():
    wide = Difference(30.0, -1.0, 61.0, clear=False)

    text = sentences.largest_gap([("Set goals", CLEAR), ("Communicate", wide)])

    assert text == "Managers see Set goals 18 points higher than staff (95% interval +12 to +25)."


def test_gaps_within_noise_are_no_gaps():
    assert "No clear difference" in sentences.largest_gap([("Set goals", NOISE), ("Communicate", None)])


def test_a_hidden_split_has_no_gap():
    assert "can't be shown apart" in sentences.largest_gap([("Set goals", None)])
    assert "can't be shown apart" in sentences.two_views([("Set goals", None)])


def test_views_say_in_how_many_blocks_managers_differ():
    lower = Difference(-9.0, -12.0, -6.0, clear=True)

    text = sentences.two_views([("A", CLEAR), ("B", lower), ("C", NOISE), ("D", None)])

    assert text == (
        "Managers score clearly higher than staff in 1 of 3. Managers score clearly lower than staff in 1 of 3."
    )


def test_strongest_and_weakest_name_ties():
    text = sentences.strongest_and_weakest([("A", Cell(60.0)), ("B", Cell(60.0)), ("C", Cell(40.0))])

    assert text == "Strongest: A and B (60). Weakest: C (40)."


@pytest.mark.parametrize("evidence", [56.0, 70.0])
def test_answers_that_evidence_bears_out_are_not_called_ahead(evidence):
    assert sentences.claim([("A", Cell(60.0), Cell(evidence))]) == ""


@pytest.mark.parametrize(("icc2", "ranked"), [(0.70, True), (0.69, False), (None, False)])
def test_units_are_ranked_only_where_their_means_are_reliable(icc2, ranked):
    text = sentences.across_units([("A", Cell(50.0)), ("B", Cell(60.0))], icc2=icc2, hidden=0, k=5)

    assert ("from A (50) to B (60)" in text) is ranked


def test_a_difference_is_clear_only_where_its_interval_leaves_out_0():
    near = difference(Cell(60.0, n=30, se=2.0), Cell(56.0, n=30, se=2.0))
    far = difference(Cell(70.0, n=30, se=2.0), Cell(56.0, n=30, se=2.0))

    assert (near.clear, far.clear) == (False, True)


def test_the_interval_of_a_difference_is_welch():
    found = difference(Cell(60.0, n=11, se=3.0), Cell(50.0, n=21, se=4.0))

    freedom = int(25**2 / (81 / 10 + 256 / 20))  # 29
    assert freedom == 29
    assert found.low == pytest.approx(10 - 2.045230 * 5, abs=1e-5)
    assert found.high == pytest.approx(10 + 2.045230 * 5, abs=1e-5)


def test_a_difference_of_what_everyone_said_is_clear_unless_it_shows_as_0():
    whole = Cell(60.0, n=12, se=0.0)

    assert difference(whole, Cell(55.0, n=12, se=0.0)).clear is True
    assert difference(whole, Cell(59.8, n=12, se=0.0)).clear is False


@pytest.mark.parametrize("other", [None, Cell(None)])
def test_there_is_no_difference_to_a_hidden_figure(other):
    assert difference(Cell(60.0, n=30, se=2.0), other) is None


def test_a_difference_to_a_bound_is_never_clear():
    bound = Cell(87.5, n=6, se=None, band=1)

    assert difference(bound, Cell(40.0, n=30, se=1.0)) == Difference(47.5)


def test_numbers_are_half_up_and_signed():
    assert [number(57.5), signed(0.4), signed(-0.5), signed(2.5), number(57.25, 1)] == [
        "58",
        "0",
        "−1",
        "+3",
        "57.3",
    ]


def test_figures_that_are_not_there_are_empty_not_0():
    assert [score(None), sign(Cell(None)), interval(None, 3), counted(Cell(50.0))] == ["", "", "", ""]


def test_bounds_have_signs_in_tables():
    assert [sign(Cell(87.5, band=1)), sign(Cell(12.5, band=-1))] == ["≥ 87.5", "≤ 12.5"]


def test_only_changes_beyond_noise_are_told_and_the_largest_first():
    small = Difference(4.0, 1.0, 7.0, clear=True)

    text = sentences.moved([("A", small), ("B", CLEAR), ("C", NOISE), ("D", None)])

    assert text == "Beyond noise changed: B +18 and A +4."


def test_a_tile_counts_the_blocks_that_hold_back_when_they_are_many():
    assert sentences.held_by(gate(1, "A", "B", "C", "D"), 2) == "Held back by 4 of 8 blocks."
    assert sentences.held_by(gate(2, "A", "B"), 3) == "Held back by A and B."
    assert sentences.held_by(gate(3, "A"), 3) == "As high as the mean."
