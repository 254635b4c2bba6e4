"""The minute: three strengths, three priorities, who disagrees, what moved, and how far it can be trusted."""

import pytest

from assessments.models import Analysis
from reports.pages import unit_page
from tests.factories.reports import person, published

pytestmark = pytest.mark.django_db


def minute(unit: str | None = None, **query: str):
    return unit_page(person(role="executive"), unit, query).minute


def said(found, title: str):
    return next(line for line in found.lines if line.title == title)


def test_priorities_are_the_widest_gaps_to_the_next_level_and_strengths_the_highest_scores():
    published(
        changes={
            ("ORG", "all", "B1"): {"score": 79.5},
            ("ORG", "all", "B2"): {"score": 21},
            ("ORG", "all", "B3"): {"score": 41},
            ("ORG", "all", "B4"): {"score": 62},
        }
    )

    found = minute()

    assert [one.dimension.code for one in found.priorities] == ["B2", "B3", "B4"]
    assert found.priorities[0].why == "19 points short of Committed (40)"
    assert [one.dimension.code for one in found.strengths] == ["B1", "B5", "B6"]


def test_nothing_is_both_a_strength_and_a_priority_and_hidden_blocks_are_neither():
    published(changes={("ORG", "all", f"B{block}"): None for block in range(4, 9)})

    found = minute()

    named = [one.dimension.code for one in (*found.strengths, *found.priorities)]
    assert sorted(named) == ["B1", "B2", "B3"]


def test_the_highest_level_has_no_target_and_is_no_priority():
    published(scores={"ORG": 90})

    assert minute().priorities == []


def test_opinion_and_evidence_are_set_apart_where_they_differ_most_in_either_direction():
    published(changes={("ORG", "evidence", "B6"): {"score": 90}})

    line = said(minute(), "Opinion and evidence")

    assert line.text == (
        "Develop customer focus: answers stand 32 points below the evidence (58 said, 90 evidenced)."
    )


def test_where_answers_and_evidence_agree_it_is_said_quietly():
    published(changes={("ORG", "evidence", f"B{block}"): {"score": 57} for block in range(1, 9)})

    line = said(minute(), "Opinion and evidence")

    assert line.muted
    assert "agree" in line.text


def test_only_moves_beyond_noise_are_told():
    published("first", scores={"ORG": 57})
    published("second", scores={"ORG": 58}, changes={("ORG", "all", "B3"): {"score": 70}})

    assert said(minute(), "What moved").text == "Beyond noise since Title of first: Set goals +13."


def test_a_low_turnout_is_named_as_a_reason_for_doubt():
    published(changes={("ORG", "all", f"B{block}"): {"n": 50, "invited": 100} for block in range(1, 9)})

    assert minute().trust[:2] == [
        "50 of 100 people asked answered (50 %).",
        "Fewer than 60 % answered: had everybody, Define customer focus could lie between 29 and 79 at the very worst.",
    ]


def test_a_turnout_of_60_per_cent_needs_no_bound():
    published(changes={("ORG", "all", f"B{block}"): {"n": 60, "invited": 100} for block in range(1, 9)})

    assert not any("at the very worst" in text for text in minute().trust)


def screened(**result: object) -> None:
    cycle = published()
    Analysis.objects.create(release=cycle.releases.get(), kind=Analysis.Kind.CARELESS, result=result)


def test_the_organisation_is_told_how_far_scores_move_without_careless_answers():
    scores = [{"lens": "blocks", "dimension": "B2", "n": 44, "score": 56.9}]
    screened(n=50, flagged=6, scores=scores)

    assert minute().trust[-1] == (
        "12.0 % gave one answer to half of the questionnaire in a row. "
        "Without them scores move by 1.1 points at most (Make a business case)."
    )


def test_the_screen_tells_nothing_of_a_unit_or_where_it_is_withheld():
    screened(withheld="left_out")

    assert not any("in a row" in text for text in (*minute().trust, *minute("NORTH").trust))


def test_each_figure_of_the_minute_is_explained_in_two_sentences():
    published(changes={("ORG", "all", f"B{block}"): {"n": 50, "invited": 100} for block in range(1, 9)})

    names = [str(one.name) for one in minute().meanings]

    assert names == ["Score", "Level", "Change or gap", "Evidence", "Bound of non-response", "95% interval"]


def test_blocks_whose_items_hang_together_less_are_named():
    published(
        changes={
            ("ORG", "staff", f"B{block}"): {"alpha": 0.6 if block == 2 else 0.9} for block in range(1, 9)
        }
    )

    assert any("Read Make a business case with care: its items" in text for text in minute().trust)
