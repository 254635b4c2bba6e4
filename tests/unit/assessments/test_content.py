"""The shipped framework keeps the rules it was written by (see the head of the file itself)."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
FRAMEWORK = ROOT / "fixtures" / "customer_focus_v1.yaml"
CODES = ROOT / "tests" / "domain_codes.yaml"

BLOCKS = [f"B{n}" for n in range(1, 9)]
LENSES = {
    "blocks": BLOCKS,
    "pillars": ["F-L", "F-P", "F-E"],
    "alignment": ["A1", "A2", "A3", "A4"],
    "ingredients": ["I-R", "I-E", "I-C"],
    "goals": ["G1", "G2", "G3", "G4"],
}
AUDIENCES = ["staff", "manager"]
STATES = ["not_in_place", "planned", "partly", "in_place", "improving"]
EVERY_DIMENSION = [(lens, code) for lens, codes in LENSES.items() for code in codes]

# Absolutes and degree words blur a rating; hypotheticals ask for a guess instead of what is seen.
BANNED = {
    "absolutes": "always never everyone everybody everything nobody nothing none all totally completely",
    "degrees": "often sometimes usually rarely very really extremely fully",
    "hypotheticals": "would could might should if",
    "leading": "excellent great obviously clearly naturally surely",
    "abstractions": "culture maturity stakeholder paradigm synergy alignment empowered holistic",
}
# Two ideas in one item cannot be answered by one tick, so nothing joins two; "or" may join two forms of one.
JOINERS = re.compile(r"\b(and|but|as well as|both|while)\b|[;:&/]", re.IGNORECASE)
FORMS_OF_ONE_IDEA = [
    "inside or outside",  # together: all customers
    "internal or external",  # the same in other words
]
# The words that may differ between the two sides of a pair.
VIEWPOINT = (
    "i me my we us our team unit units teams manager job jobs member members each person people "
    "them their to in of with own has have is are"
)
NEGATIONS = re.compile(r"\b(not|no|without|cannot|neither|nor|un\w+ed)\b|n't\b", re.IGNORECASE)
DEGREES = re.compile(r"\b(always|never|often|sometimes|usually|seldom|rarely)\b", re.IGNORECASE)


@cache
def framework() -> dict[str, Any]:
    return yaml.safe_load(FRAMEWORK.read_text(encoding="utf-8"))


@cache
def codes() -> dict[str, Any]:
    return yaml.safe_load(CODES.read_text(encoding="utf-8"))


def items(audience: str | None = None, kind: str = "rating") -> list[dict[str, Any]]:
    return [
        item
        for item in framework()["items"]
        if item.get("kind", "rating") == kind and audience in (None, item["audience"])
    ]


def text(item: dict[str, Any]) -> str:
    return item["text"]["en"]


def words(sentence: str) -> list[str]:
    return re.findall(r"[\w'-]+", sentence.lower())


def in_block(audience: str, block: str) -> list[dict[str, Any]]:
    return [item for item in items(audience) if item["dimensions"]["blocks"] == block]


def dimensions() -> dict[str, list[dict[str, Any]]]:
    return {lens["code"]: lens["dimensions"] for lens in framework()["lenses"]}


def texts(node: Any) -> Iterator[str]:
    """Every English text below a node: strings in a map under the key `en`."""
    if isinstance(node, dict):
        if isinstance(node.get("en"), str):
            yield node["en"]
        for child in node.values():
            yield from texts(child)
    elif isinstance(node, list):
        for child in node:
            yield from texts(child)


def sources(node: Any) -> Iterator[str]:
    """Every code below a node that content names in a `source` list."""
    if isinstance(node, dict):
        if isinstance(node.get("source"), list):
            yield from node["source"]
        for child in node.values():
            yield from sources(child)
    elif isinstance(node, list):
        for child in node:
            yield from sources(child)


@cache
def codes_used_by_content() -> frozenset[str]:
    shipped = (yaml.safe_load(file.read_bytes()) for file in (ROOT / "fixtures").rglob("*.yaml"))
    return frozenset(code for content in shipped for code in sources(content))


def all_codes() -> list[str]:
    return [code for group in codes()["all"].values() for code in group]


# The frame


def test_the_scale_has_five_labelled_points_with_a_neutral_middle():
    scale = framework()["scale"]

    assert (scale["min"], scale["max"]) == (1, 5)
    assert scale["labels"]["en"] == [
        "Strongly disagree",
        "Disagree",
        "Neither agree nor disagree",
        "Agree",
        "Strongly agree",
    ]


def test_five_levels_start_at_0_20_40_60_and_80():
    levels = [(level["level"], level["name"]["en"], level["from"]) for level in framework()["levels"]]

    assert levels == [
        (1, "Task-focused", 0),
        (2, "Aware", 20),
        (3, "Committed", 40),
        (4, "Aligned", 60),
        (5, "Customer-driven", 80),
    ]


def test_the_weights_of_the_three_views_add_up_to_one():
    assert framework()["weights"] == {"staff": 0.4, "manager": 0.3, "evidence": 0.3}


def test_the_lenses_hold_exactly_the_dimensions_of_the_domain():
    found = {lens: [dimension["code"] for dimension in rows] for lens, rows in dimensions().items()}

    assert found == LENSES
    assert [lens["code"] for lens in framework()["lenses"] if lens.get("primary")] == ["blocks"]


def test_no_code_is_given_twice():
    given = [item["code"] for item in framework()["items"]]
    given += [component["code"] for component in framework()["key_components"]]

    assert [code for code, times in Counter(given).items() if times > 1] == []


def test_every_text_is_filled_tidy_and_without_a_double_space():
    untidy = [line for line in texts(framework()) if not line or line != " ".join(line.split())]

    assert untidy == []


# The ladder of each block


def test_every_block_has_five_descriptors_and_no_two_are_alike():
    ladders = [dimension["descriptors"] for dimension in dimensions()["blocks"]]
    steps = [step["en"] for ladder in ladders for step in ladder.values()]

    assert [list(ladder) for ladder in ladders] == [[1, 2, 3, 4, 5]] * 8
    assert len(set(steps)) == 40


def test_a_descriptor_is_one_or_two_short_sentences():
    for dimension in dimensions()["blocks"]:
        for step in dimension["descriptors"].values():
            sentences = re.findall(r"[.](?:\s|$)", step["en"])
            assert 1 <= len(sentences) <= 2, step["en"]
            assert len(words(step["en"])) <= 32, step["en"]


def test_no_descriptor_or_criterion_climbs_from_seldom_to_often():
    ladders = [dimension["descriptors"] for dimension in dimensions()["blocks"]]
    criteria = [component["criteria"] for component in framework()["key_components"]]

    assert [line for line in texts(ladders + criteria) if DEGREES.search(line)] == []


# The items


def test_item_codes_run_from_01_to_40_for_each_audience():
    assert [item["code"] for item in items("staff")] == [f"S{n:02d}" for n in range(1, 41)]
    assert [item["code"] for item in items("manager")] == [f"M{n:02d}" for n in range(1, 41)]


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_block_has_five_items_that_stand_together(audience):
    blocks = [item["dimensions"]["blocks"] for item in items(audience)]

    assert blocks == [block for block in BLOCKS for _ in range(5)]


def test_every_item_stands_in_one_dimension_of_every_lens():
    for item in items():
        assert set(item["dimensions"]) == set(LENSES), item["code"]
        assert set(item["dimensions"].items()) <= set(EVERY_DIMENSION), item["code"]


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize(("lens", "dimension"), EVERY_DIMENSION)
def test_every_dimension_has_at_least_four_items_for_each_audience(audience, lens, dimension):
    tagged = [item for item in items(audience) if item["dimensions"][lens] == dimension]

    assert len(tagged) >= 4


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_has_at_most_one_reversed_item_for_each_audience(audience, block):
    assert sum(item["reverse"] for item in in_block(audience, block)) <= 1


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_has_at_least_four_pairs_that_compare_staff_with_managers(block):
    paired = [item for item in in_block("staff", block) if "pair" in item]

    assert len(paired) >= 4


def test_pairs_point_at_each_other_across_the_audiences():
    by_code = {item["code"]: item for item in framework()["items"]}
    for code, item in by_code.items():
        if "pair" in item:
            other = by_code[item["pair"]]
            assert other["pair"] == code
            assert {item["audience"], other["audience"]} == set(AUDIENCES), code


def test_both_sides_of_a_pair_measure_the_same_thing():
    by_code = {item["code"]: item for item in framework()["items"]}
    for item in framework()["items"]:
        other = by_code.get(item.get("pair", ""), item)
        same = ("dimensions", "kind", "reverse", "source")
        assert [item.get(key) for key in same] == [other.get(key) for key in same], item["code"]


def test_both_sides_of_a_pair_share_their_stem():
    by_code = {item["code"]: item for item in framework()["items"]}
    viewpoint = set(VIEWPOINT.split())
    for item in items("staff"):
        if "pair" in item:
            ours, theirs = set(words(text(item))), set(words(text(by_code[item["pair"]])))
            stem = {word.rstrip("s") for word in ours - viewpoint}
            shared = stem & {word.rstrip("s") for word in theirs - viewpoint}
            assert len(shared) >= 0.7 * len(stem), item["code"]


def test_no_two_items_of_an_audience_say_the_same():
    for audience in AUDIENCES:
        said = [text(item) for item in items(audience) + items(audience, "outcome")]
        assert len(set(said)) == len(said) == 43


def test_an_item_is_one_sentence_of_at_most_20_words():
    for item in items() + items(kind="outcome"):
        assert len(words(text(item))) <= 20, item["code"]
        assert re.fullmatch(r"[A-Z][^.?!]+\.", text(item)), item["code"]


def test_items_are_written_in_everyday_words():
    spoken = [word for item in items() for word in words(text(item))]
    long_words = [word for word in spoken if len(word) >= 10]

    assert sum(map(len, spoken)) / len(spoken) <= 4.5
    assert len(long_words) / len(spoken) <= 0.025
    assert [item["code"] for item in items() if sum(len(word) >= 10 for word in words(text(item))) > 2] == []


@pytest.mark.parametrize("reason", BANNED)
def test_no_item_leads_exaggerates_or_asks_for_a_guess(reason):
    banned = set(BANNED[reason].split())

    assert [text(item) for item in items() if banned & set(words(text(item)))] == []


def test_no_item_joins_two_ideas():
    assert [text(item) for item in items() + items(kind="outcome") if JOINERS.search(text(item))] == []


def test_the_word_or_joins_only_two_forms_of_one_idea():
    unexplained = []
    for item in items():
        rest = text(item)
        for phrase in FORMS_OF_ONE_IDEA:
            rest = rest.replace(phrase, "")
        if " or " in rest:
            unexplained.append(rest)

    assert unexplained == []


def test_no_item_holds_a_double_negative():
    for item in items():
        negatives = len(NEGATIONS.findall(text(item)))
        assert negatives <= 1, item["code"]


def test_both_audiences_are_asked_the_same_three_outcomes_outside_the_blocks():
    staff, managers = items("staff", "outcome"), items("manager", "outcome")

    assert [item["code"] for item in staff] == ["SO1", "SO2", "SO3"]
    assert [item["code"] for item in managers] == ["MO1", "MO2", "MO3"]
    assert [text(item) for item in staff] == [text(item) for item in managers]
    assert not any("dimensions" in item for item in staff + managers)


@pytest.mark.parametrize(("audience", "code"), [("staff", "SC1"), ("manager", "MC1")])
def test_each_audience_gets_one_open_question_that_asks_one_thing(audience, code):
    comments = items(audience, "comment")

    assert [item["code"] for item in comments] == [code]
    assert text(comments[0]).count("?") == 1
    assert len(words(text(comments[0]))) <= 20
    assert "dimensions" not in comments[0]


# Key components


def test_all_key_components_principles_hazards_and_resilience_points_are_there():
    expected = {
        "component": [f"KC{n:02d}" for n in range(1, 30)],
        "principle": [f"P{n:02d}" for n in range(1, 11)],
        "hazard": [f"A{n}" for n in range(13, 18)],
        "resilience": [f"R-{n}" for n in range(1, 7)],
    }
    found: dict[str, list[str]] = {}
    for row in framework()["key_components"]:
        found.setdefault(row["kind"], []).append(row["code"])

    assert found == expected


def test_a_key_component_has_a_criterion_for_each_state_and_no_two_are_alike():
    for component in framework()["key_components"]:
        assert list(component["criteria"]) == STATES, component["code"]
        lines = {line["en"] for line in component["criteria"].values()}
        assert len(lines) == 5, component["code"]
        assert all(3 <= len(words(line)) <= 30 for line in lines), component["code"]


def test_criteria_are_written_for_one_component_only():
    criteria = list(texts([component["criteria"] for component in framework()["key_components"]]))

    assert [line for line, times in Counter(criteria).items() if times > 1] == []


def test_a_key_component_stands_in_one_dimension_of_every_lens():
    for component in framework()["key_components"]:
        assert set(component["dimensions"]) == set(LENSES), component["code"]
        assert set(component["dimensions"].items()) <= set(EVERY_DIMENSION), component["code"]


@pytest.mark.parametrize(("lens", "dimension"), EVERY_DIMENSION)
def test_every_dimension_has_evidence_from_at_least_four_components_or_principles(lens, dimension):
    counted = [row for row in framework()["key_components"] if row["kind"] in ("component", "principle")]

    assert sum(row["dimensions"][lens] == dimension for row in counted) >= 4


# Where the content comes from


def test_everything_that_is_shown_names_its_source():
    rows = [dimension for lens in dimensions().values() for dimension in lens]
    rows += framework()["items"] + framework()["key_components"] + framework()["advice"]

    assert [row["code"] for row in rows if not row.get("source")] == []
    assert [row["code"] for row in rows if len(set(row["source"])) != len(row["source"])] == []


def test_items_name_their_own_block_as_source():
    assert [item["code"] for item in items() if item["source"][0] != item["dimensions"]["blocks"]] == []


def test_the_list_of_domain_codes_is_whole_and_free_of_doubles():
    listed = all_codes()

    assert len(listed) == len(set(listed)) == 144


def test_content_names_no_code_outside_the_domain():
    assert codes_used_by_content() - set(all_codes()) == set()


def test_every_domain_code_is_used_by_content():
    assert set(all_codes()) - codes_used_by_content() == set()
