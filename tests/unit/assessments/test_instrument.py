"""Reading framework files: what they say, and what is told about those that are wrong."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.instrument import Instrument, InstrumentError, Text, decode, parse

SMALL = """\
code: small
version: 3
title: {en: Small, fr: Petit}
scale: {min: 1, max: 3, labels: {en: [Never, Partly, Fully]}}
levels: [{level: 1, name: Low, from: 0}, {level: 2, name: High, from: 50}]
weights: {staff: 0.4, manager: 0.3, evidence: 0.3}
lenses:
  - code: blocks
    primary: true
    title: Blocks
    dimensions:
      - {code: B1, title: One, descriptors: {1: {en: Nothing}, 2: {en: All}}, source: [B1]}
      - {code: B2, title: Two, weight: 2}
  - {code: sides, title: Sides, dimensions: [{code: X, title: Ex}]}
items:
  - {code: S1, audience: staff, text: {en: We listen}, pair: M1, dimensions: {blocks: B1, sides: X}}
  - {code: M1, audience: manager, text: My team listens, pair: S1, dimensions: {blocks: B1}}
  - {code: S2, audience: staff, text: We wait, reverse: true, dimensions: {blocks: B1}}
  - {code: S3, audience: staff, text: Customers are happy, kind: outcome}
  - {code: SC, audience: staff, text: What would you change, kind: comment}
key_components:
  - {code: K1, title: Knows them, criteria: {planned: There is a date}, dimensions: {blocks: B2}}
advice:
  - {code: A18, title: Begin at the top, text: Few tools, source: [A18]}
"""


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(InstrumentError) as caught:
        parse(text)
    return [tuple(problem) for problem in caught.value.problems]


def changed(old: str, new: str) -> str:
    if SMALL.count(old) != 1:
        raise ValueError(old)
    return SMALL.replace(old, new)


def line_of(part: str, text: str = SMALL) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_file_becomes_a_framework_with_defaults_written_out():
    instrument = parse(SMALL)

    assert (instrument.code, instrument.version) == ("small", 3)
    assert [block.weight for block in instrument.blocks] == [1.0, 2.0]
    assert instrument.blocks[0].descriptors[2].in_language("en") == "All"
    assert [level.lower for level in instrument.levels] == [0.0, 50.0]
    assert instrument.items_by_code["S2"].reverse
    assert instrument.items_by_code["S1"].kind == "rating"
    assert instrument.key_components[0].is_evidence
    assert instrument.advice[0].source == ("A18",)


def test_the_frozen_order_holds_ratings_and_outcomes_as_in_the_file_and_no_comment():
    instrument = parse(SMALL)

    assert [item.code for item in instrument.closed_items("staff")] == ["S1", "S2", "S3"]
    assert [item.code for item in instrument.comment_items("staff")] == ["SC"]
    assert instrument.comment_items("manager") == ()


def test_a_text_falls_back_to_the_language_without_region_then_english_then_the_first():
    title = parse(SMALL).title

    assert title.in_language("fr-ca") == "Petit"
    assert title.in_language("de") == "Small"
    assert Text({"de": "Klein", "nl": "Klein!"}).in_language("fr") == "Klein"


def test_labels_of_the_scale_fall_back_to_the_points():
    plain = parse(changed(", labels: {en: [Never, Partly, Fully]}", ""))

    assert plain.scale.labels_in("en-gb") == ("1", "2", "3")
    assert parse(SMALL).scale.labels_in("fr") == ("Never", "Partly", "Fully")


def test_the_digest_knows_content_and_not_layout():
    block_style = yaml.safe_dump(yaml.safe_load(SMALL), sort_keys=True)

    assert parse(block_style).digest == parse(SMALL).digest
    assert parse(changed("text: We wait,", "text: We wait, kind: rating,")).digest == parse(SMALL).digest
    assert parse(changed("We wait", "We queue")).digest != parse(SMALL).digest
    assert parse(changed("source: [A18]", "source: [A19]")).digest != parse(SMALL).digest


def test_the_item_digest_changes_with_the_order_of_items_only():
    lines = SMALL.splitlines(keepends=True)
    at = line_of("code: S2") - 1
    swapped = "".join([*lines[: at - 2], lines[at], lines[at - 1], lines[at - 2], *lines[at + 1 :]])

    assert parse(changed("We wait", "We queue")).item_digest == parse(SMALL).item_digest
    assert parse(swapped).item_digest != parse(SMALL).item_digest


def test_a_byte_order_mark_windows_line_ends_and_no_as_a_language_are_read():
    text = "\ufeff" + changed("fr: Petit", "no: Liten").replace("\n", "\r\n")

    assert parse(text).title.in_language("no") == "Liten"
    assert problems(text.replace("weight: 2", "weight: -2"))[0][0] == line_of("weight: 2")


WRONG = [
    # (old, new, part on the line that is named, word of the message)
    ("code: small", "code: small!", "code: small", "letters"),
    ("version: 3", "version: 0", "version: 3", "whole number from 1"),
    ("version: 3", "version: three", "version: 3", "the text “three”"),
    ("version: 3", "version: true", "version: 3", "true"),
    ("title: Blocks", "titel: Blocks", "title: Blocks", "did you mean “title”"),
    ("title: Blocks", "title: ''", "title: Blocks", "a text"),
    ("title: {en: Small, fr: Petit}", "title: {en: Small, french: Petit}", "fr: Petit", "a language"),
    ("title: {en: Small, fr: Petit}", "title: {}", "fr: Petit", "a text"),
    ("min: 1, max: 3", "min: 1, max: 1", "min: 1", "2 to 11 points"),
    ("min: 1, max: 3", "min: 0, max: 11", "min: 1", "2 to 11 points"),
    ("[Never, Partly, Fully]", "[Never, Fully]", "[Never", "2 labels for 3 points"),
    ("[Never, Partly, Fully]", "[a, b, no]", "[Never", "in quotes"),
    ("level: 2", "level: 3", "level: 2", "expected 2"),
    ("from: 50", "from: 0", "from: 50", "above the one before"),
    ("from: 0", "from: 10", "from: 0", "begins at 0"),
    ("from: 50", "from: 101", "from: 50", "0 to 100"),
    ("staff: 0.4", "staff: -0.4", "staff: 0.4", "number from 0"),
    ("staff: 0.4", "staff: .inf", "staff: 0.4", "no number"),
    ("{staff: 0.4, manager: 0.3, evidence: 0.3}", "{staff: 0}", "staff: 0.4", "above 0"),
    ("title: One,", "title: One, weight: 0,", "    dimensions:\n", "audience staff weighs 0"),
    ("title: Ex", "title: Ex, weight: 0", "code: sides", "above 0"),
    ("primary: true", "primary: false", "lenses:", "primary"),
    ("code: sides, title", "code: sides, primary: true, title", "code: sides", "only one"),
    ("code: sides", "code: blocks", "code: sides", "taken by line 8"),
    ("{code: B2, title", "{code: B1, title", "{code: B2", "taken by line 12"),
    ("{code: X,", "{code: ALL,", "{code: X,", "ALL is the name"),
    ("{1: {en: Nothing}, 2", "{1: {en: Nothing}, 3", "{code: B1", "no level 3"),
    ("{1: {en: Nothing}, 2", "{1: {en: Nothing}, two", "{code: B1", "number of a level"),
    ("{code: M1", "{code: S1", "{code: M1", "taken by line 16"),
    ("{code: S3", "{code: unit", "{code: S3", "column of responses.csv"),
    ("audience: manager", "audience: customer", "{code: M1", "staff, manager"),
    ("sides: X}", "sides: Y}", "{code: S1", "has no dimension “Y”"),
    ("sides: X}", "slides: X}", "{code: S1", "no lens “slides”"),
    ("pair: M1", "pair: M9", "{code: S1", "no item “M9”"),
    ("pair: M1", "pair: S2", "{code: S1", "one of managers"),
    ("text: My team listens, pair: S1", "text: My team listens", "{code: S1", "must name “S1”"),
    ("kind: outcome", "kind: outcome, dimensions: {blocks: B1}", "{code: S3", "no dimensions"),
    ("kind: comment", "kind: comment, dimensions: {}", "{code: SC", "no dimensions"),
    ("kind: comment", "kind: comment, reverse: false", "{code: SC", "can't be reversed"),
    ("reverse: true, dimensions: {blocks: B1}", "reverse: true", "{code: S2", "belongs to a dimension"),
    ("reverse: true", "reverse: 1", "{code: S2", "true or false"),
    ("kind: outcome", "kind: comment", "{code: SC", "one open question"),
    ("planned:", "dreamt:", "{code: K1", "one of not_in_place"),
    ("{code: K1,", "{code: K1, kind: wish,", "{code: K1", "one of component"),
    ("{code: K1,", "{code: K1, kind: hazard,", "{code: B2", "no item and no key component"),
    ("{blocks: B2}", "{sides: X}", "{code: B2", "no item and no key component"),
    ("{code: K1,", "{code: K123456789012345678901,", "{code: K1", "1 to 20"),
    ("text: Few tools, ", "", "code: A18", "“text” is missing"),
    ("version: 3", "version: 3\nversion: 4", "title: {en", "twice, first on line 2"),
    ("weight: 2", "weight: 2, weight: 3", "{code: B2", "twice"),
    ("text: We wait", "text: !!python/name:os.system We wait", "{code: S2", "not allowed"),
    ("text: We wait", 'text: "We \\0 wait"', "{code: S2", "U+0000"),
]


@pytest.mark.parametrize(("old", "new", "part", "word"), WRONG, ids=[f"{w[1]} {w[3]}" for w in WRONG])
def test_a_mistake_is_named_by_its_line(old, new, part, word):
    found = problems(changed(old, new))

    assert {line for line, message in found if word in message} == {line_of(part)}, found


@pytest.mark.parametrize("key", ["code", "version", "title", "scale", "levels", "weights", "lenses", "items"])
def test_a_missing_part_is_named(key):
    data = yaml.safe_load(SMALL)
    del data[key]

    found = problems(yaml.safe_dump(data))

    assert f"the key “{key}” is missing" in [message for _line, message in found]


def test_all_mistakes_are_told_at_once_in_the_order_of_lines():
    text = (
        SMALL.replace("version: 3", "version: x")
        .replace("from: 50", "from: 0")
        .replace("sides: X}", "sides: Y}")
    )
    text = text.replace("code: A18", "kode: A18")

    lines = [line for line, _message in problems(text)]

    assert lines == [2, 5, 16, line_of("code: A18"), line_of("code: A18")]


def test_beyond_fifty_mistakes_the_rest_is_counted():
    items = "".join(
        f"  - {{code: X{n}, audience: staff, text: T, dimensions: {{no: B1}}}}\n" for n in range(70)
    )

    with pytest.raises(InstrumentError) as caught:
        parse(changed("key_components:\n", items + "key_components:\n"), "f.yaml")

    assert (len(caught.value.problems), caught.value.count, caught.value.more) == (50, 70, 20)
    assert str(caught.value).splitlines()[0].startswith(f"f.yaml:{line_of('key_components:')}: items, X0")
    assert str(caught.value).splitlines()[-1] == "… and 20 more mistakes"


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 10)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("", 1, "empty"),
        ("# nothing\n", 1, "empty"),
        ("- a\n- b\n", 1, "a map with the keys"),
        ("just text", 1, "a map with the keys"),
        ("code: [", 2, "YAML"),
        ("code: x\n\tversion: 1\n", 2, "YAML"),
        ("code: x\n\nversion: \0\n", 3, "U+0000"),
        ("code: x\n---\ncode: y\n", 2, "another document"),
        ("code: *nowhere\n", 1, "alias"),
        ("code: &a [*a]\n", 1, "nested"),
        ("code: x\ntitle: " + "[" * 50_000, 2, "nested"),
        ("code:\n" + "- " * 50_000 + "x", 2, "nested"),
        ("x" * 1_000_001, 1, "larger than 1000000 bytes"),
        ("é" * 600_000, 1, "larger than 1000000 bytes"),
        (BOMB, 1, "more than 200000 values"),
        ("!!python/object/apply:os.system ['true']", 1, "not allowed"),
        ("? [a, b]\n: 1\n", 1, "a key must be"),
        ("<<: {code: x}\n", 1, "a key must be"),
        ("code: " + "9" * 6000, 1, "can't be read"),
        ("code: !!int x\n", 1, "can't be read"),
    ],
)
def test_hostile_files_are_refused_with_the_line(text, line, word):
    found = problems(text)

    assert [message for at, message in found if at == line and word in message], found


def test_bytes_that_are_no_text_are_refused_with_the_line():
    with pytest.raises(InstrumentError) as caught:
        decode(b"code: x\ntitle: \xff\xfe\n")

    assert caught.value.problems[0].line == 2


def test_the_shipped_framework_is_read_without_a_mistake():
    text = Path("fixtures/customer_focus_v1.yaml").read_text()

    instrument = parse(text, "customer_focus_v1.yaml")

    assert [block.code for block in instrument.blocks] == [f"B{number}" for number in range(1, 9)]
    assert len(instrument.closed_items("staff")) == len(instrument.closed_items("manager")) == 43


def test_scoring_gets_items_lenses_levels_and_weights():
    spec = parse(SMALL).spec()

    assert [item.code for item in spec.items["staff"]] == ["S1", "S2", "S3"]
    assert spec.items["staff"][1].reverse
    assert dict(spec.items["staff"][2].dimensions) == {}
    assert [(lens.code, lens.primary) for lens in spec.lenses] == [("blocks", True), ("sides", False)]
    assert spec.levels == (0.0, 50.0)


words = st.text(alphabet=st.characters(blacklist_categories=["C", "Z"]), min_size=1, max_size=8)
texts = words | st.dictionaries(st.sampled_from(["en", "fr", "no", "pt-br"]), words, min_size=1, max_size=3)


@st.composite
def frameworks(draw: st.DrawFn) -> dict:
    """The data of a small framework that is right."""
    blocks = [f"B{n}" for n in range(1, draw(st.integers(1, 3)) + 1)]
    points = draw(st.integers(2, 11))
    bounds = sorted(draw(st.sets(st.integers(1, 100), max_size=4)))
    items = [
        {"code": f"S{n}", "audience": "staff", "text": draw(texts), "dimensions": {"blocks": block}}
        for n, block in enumerate(blocks)
    ]
    items += [{"code": "O1", "audience": "manager", "text": draw(texts), "kind": "outcome"}]
    dimensions = [{"code": code, "title": draw(texts), "weight": draw(st.integers(1, 9))} for code in blocks]
    return {
        "code": draw(st.from_regex(r"[a-z][a-z0-9-]{0,9}", fullmatch=True)),
        "version": draw(st.integers(1, 99)),
        "title": draw(texts),
        "scale": {"min": 0, "max": points - 1},
        "levels": [{"level": n, "name": draw(texts), "from": low} for n, low in enumerate([0, *bounds], 1)],
        "weights": {"staff": draw(st.floats(0.1, 1)), "evidence": draw(st.floats(0, 1))},
        "lenses": [{"code": "blocks", "primary": True, "title": "Blocks", "dimensions": dimensions}],
        "items": items,
    }


@settings(max_examples=50, deadline=None)
@given(frameworks())
def test_any_right_framework_is_read_the_same_in_every_layout(data):
    flow = yaml.safe_dump(data, default_flow_style=True, allow_unicode=True)
    block = yaml.safe_dump(data, default_flow_style=False, sort_keys=False)

    instrument = parse(flow)

    assert isinstance(instrument, Instrument)
    assert parse(block) == instrument
    assert parse(block).digest == instrument.digest
    assert [item.code for item in instrument.items] == [item["code"] for item in data["items"]]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_file_with_anything_put_anywhere_is_read_or_refused_but_never_breaks(data):
    lines = SMALL.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    junk = data.draw(
        st.sampled_from(["", "x", "[]", "{}", "- a", "code:", "null", "1", "a: {b: [c]}", "'", "&a", "*a"])
    )
    column = data.draw(st.integers(0, len(lines[at])))
    lines[at] = lines[at][:column] + junk + data.draw(st.sampled_from(["", lines[at][column:]]))

    found: tuple = ()
    try:
        parse("\n".join(lines))
    except InstrumentError as error:
        found = error.problems
    assert all(1 <= line <= len(lines) + 1 and message for line, message in found)
