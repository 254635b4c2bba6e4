"""Right and sensible data → Instrument, with every default written out."""

from collections.abc import Mapping
from typing import Any

from assessments.instrument.content import (
    Advice,
    Dimension,
    Instrument,
    Item,
    KeyComponent,
    Lens,
    Level,
    Scale,
)
from assessments.instrument.text import DEFAULT_LANGUAGE, Text

Row = Mapping[str, Any]


def build(data: Row) -> Instrument:
    """Return the framework that the checked data of a file describe."""
    return Instrument(
        code=data["code"],
        version=int(data["version"]),
        title=_text(data["title"]),
        scale=_scale(data["scale"]),
        levels=tuple(_level(row) for row in data["levels"]),
        weights={part: float(data["weights"].get(part, 0)) for part in ("staff", "manager", "evidence")},
        lenses=tuple(_lens(row) for row in data["lenses"]),
        items=tuple(_item(row) for row in data["items"]),
        key_components=tuple(_key_component(row) for row in data.get("key_components", ())),
        advice=tuple(_advice(row) for row in data.get("advice", ())),
    )


def _text(value: str | Mapping[str, str]) -> Text:
    languages = {DEFAULT_LANGUAGE: value} if isinstance(value, str) else value
    return Text({language: text.strip() for language, text in languages.items()})


def _texts(row: Row, key: str) -> dict[str, Text]:
    return {name: _text(value) for name, value in row.get(key, {}).items()}


def _source(row: Row) -> tuple[str, ...]:
    return tuple(row.get("source", ()))


def _scale(row: Row) -> Scale:
    labels = {language: tuple(texts) for language, texts in row.get("labels", {}).items()}
    return Scale(int(row["min"]), int(row["max"]), labels)


def _level(row: Row) -> Level:
    return Level(int(row["level"]), _text(row["name"]), float(row["from"]))


def _lens(row: Row) -> Lens:
    dimensions = tuple(_dimension(part) for part in row["dimensions"])
    return Lens(row["code"], _text(row["title"]), row.get("primary", False), dimensions, _source(row))


def _dimension(row: Row) -> Dimension:
    descriptors = {int(level): text for level, text in _texts(row, "descriptors").items()}
    return Dimension(row["code"], _text(row["title"]), float(row.get("weight", 1)), descriptors, _source(row))


def _item(row: Row) -> Item:
    return Item(
        code=row["code"],
        audience=row["audience"],
        text=_text(row["text"]),
        reverse=row.get("reverse", False),
        kind=row.get("kind", "rating"),
        pair=row.get("pair"),
        dimensions=dict(row.get("dimensions", {})),
        source=_source(row),
    )


def _key_component(row: Row) -> KeyComponent:
    return KeyComponent(
        code=row["code"],
        title=_text(row["title"]),
        kind=row.get("kind", "component"),
        criteria=_texts(row, "criteria"),
        dimensions=dict(row.get("dimensions", {})),
        source=_source(row),
    )


def _advice(row: Row) -> Advice:
    return Advice(row["code"], _text(row["title"]), _text(row["text"]), _source(row))
