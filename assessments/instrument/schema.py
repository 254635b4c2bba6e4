"""The shape of a framework file as JSON schema (docs/formats.md); every leaf says what is expected.

`description` is the message, `numbers` what is filled into it; both are read by `shape`, not by jsonschema.
"""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

STATES: Final = ("not_in_place", "planned", "partly", "in_place", "improving", "not_applicable")

_LANGUAGE: Final = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z"
_NOT_BLANK: Final = r"\S"
_MAX_WEIGHT: Final = 1_000_000


def _leaf(expected: Any, **rules: Any) -> dict[str, Any]:
    return {"description": expected, **rules}


def _map(required: str, optional: str, /, **properties: Any) -> dict[str, Any]:
    """Return the shape of a map with these keys and no others; the names are separated by spaces."""
    known = {name: properties[name] for name in (required + " " + optional).split()}
    rules = {"properties": known, "required": required.split(), "additionalProperties": False}
    return _leaf(_("a map with the keys %s"), numbers=", ".join(known), type="object", **rules)


def _list(of: Any, expected: Any, least: int = 0) -> dict[str, Any]:
    return _leaf(expected, type="array", items=of, minItems=least)


def _code(limit: int) -> dict[str, Any]:
    rules = {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9_-]*\Z", "maxLength": limit}
    return _leaf(_("a code of 1 to %d letters (a–z), digits, - and _"), numbers=limit, **rules)


_LANGUAGE_NAME = _leaf(_("a language such as en or pt-br"), pattern=_LANGUAGE)
_STRING = _leaf(_("a text that is not empty"), type="string", pattern=_NOT_BLANK)
_TEXT = _leaf(
    _("a text, or a map of language and text"),
    type=["string", "object"],
    pattern=_NOT_BLANK,
    minProperties=1,
    propertyNames=_LANGUAGE_NAME,
    additionalProperties=_STRING,
)
_SOURCE = _list(_STRING, _("a list of texts"))
_TRUTH = _leaf(_("true or false"), type="boolean")
_WEIGHT = _leaf(
    _("a number from 0 to %d"), numbers=_MAX_WEIGHT, type="number", minimum=0, maximum=_MAX_WEIGHT
)
_REFERENCES = _leaf(_("a map of lens and dimension"), type="object", additionalProperties=_code(40))


def _whole(least: int, most: int) -> dict[str, Any]:
    numbers = {"least": least, "most": most}
    expected = _("a whole number from %(least)d to %(most)d")
    return _leaf(expected, numbers=numbers, type="integer", minimum=least, maximum=most)


def _one_of(*values: str) -> dict[str, Any]:
    return _leaf(_("one of %s"), numbers=", ".join(values), enum=list(values))


_SCALE = _map(
    "min max",
    "labels",
    min=_whole(-1000, 1000),
    max=_whole(-1000, 1000),
    labels=_leaf(
        _("a map of language and labels"),
        type="object",
        propertyNames=_LANGUAGE_NAME,
        additionalProperties=_list(_STRING, _("a list of labels")),
    ),
)
_LEVEL = _map(
    "level name from",
    "",
    level=_whole(1, 100),
    name=_TEXT,
    **{"from": _leaf(_("a score from 0 to 100"), type="number", minimum=0, maximum=100)},
)
_DESCRIPTORS = _leaf(
    _("a map of level and text"),
    type="object",
    propertyNames=_leaf(_("the number of a level"), pattern=r"^[1-9][0-9]{0,2}\Z"),
    additionalProperties=_TEXT,
)
_DIMENSION = _map(
    "code title",
    "weight descriptors source",
    code=_code(40),
    title=_TEXT,
    weight=_WEIGHT,
    descriptors=_DESCRIPTORS,
    source=_SOURCE,
)
_LENS = _map(
    "code title dimensions",
    "primary source",
    code=_code(40),
    title=_TEXT,
    primary=_TRUTH,
    dimensions=_list(_DIMENSION, _("a list of at least one dimension"), least=1),
    source=_SOURCE,
)
_ITEM = _map(
    "code audience text",
    "kind reverse pair dimensions source",
    code=_code(40),
    audience=_one_of("staff", "manager"),
    text=_TEXT,
    kind=_one_of("rating", "outcome", "comment"),
    reverse=_TRUTH,
    pair=_code(40),
    dimensions=_REFERENCES,
    source=_SOURCE,
)
_CRITERIA = _leaf(
    _("a map of state and text"),
    type="object",
    propertyNames=_one_of(*STATES),
    additionalProperties=_TEXT,
)
_KEY_COMPONENT = _map(
    "code title",
    "kind criteria dimensions source",
    code=_code(20),
    title=_TEXT,
    kind=_one_of("component", "principle", "hazard", "resilience"),
    criteria=_CRITERIA,
    dimensions=_REFERENCES,
    source=_SOURCE,
)
_ADVICE = _map("code title text", "source", code=_code(40), title=_TEXT, text=_TEXT, source=_SOURCE)

FRAMEWORK: Final = _map(
    "code version title scale levels weights lenses items",
    "key_components advice",
    code=_code(60),
    version=_whole(1, 2_147_483_647),
    title=_TEXT,
    scale=_SCALE,
    levels=_list(_LEVEL, _("a list of at least one level"), least=1),
    weights=_map("", "staff manager evidence", staff=_WEIGHT, manager=_WEIGHT, evidence=_WEIGHT),
    lenses=_list(_LENS, _("a list of at least one lens"), least=1),
    items=_list(_ITEM, _("a list of at least one item"), least=1),
    key_components=_list(_KEY_COMPONENT, _("a list of key components")),
    advice=_list(_ADVICE, _("a list of advice")),
)
