"""YAML text → plain data in which every value knows its line; nothing but data can come out of it.

Limits hold back files made to exhaust the reader: size, depth, and the number of values once aliases are written out.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from django.utils.translation import gettext as _

from assessments.instrument.problems import InstrumentError, Problem

MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 12
MAX_VALUES: Final = 200_000

Path = tuple[str | int, ...]

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNREADABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TAG: Final = "tag:yaml.org,2002:"
_SIMPLE: Final = yaml.constructor.SafeConstructor()


def _text(node: yaml.ScalarNode) -> str:
    return str(node.value)


_SCALARS: Final[dict[str, Callable[[yaml.ScalarNode], Any]]] = {
    f"{_TAG}str": _text,
    f"{_TAG}timestamp": _text,
    f"{_TAG}value": _text,
    f"{_TAG}int": _SIMPLE.construct_yaml_int,
    f"{_TAG}float": _SIMPLE.construct_yaml_float,
    f"{_TAG}bool": _SIMPLE.construct_yaml_bool,
    f"{_TAG}null": _SIMPLE.construct_yaml_null,
}


@dataclass(frozen=True)
class Document:
    """Data of strings, numbers, truth values, lists and maps with text keys.

    lines: path of each value → line of its key, or of itself in a list. broken: paths of values that could not be
    read and stand as None; problems: why.
    """

    data: Any
    lines: Mapping[Path, int]
    broken: frozenset[Path] = frozenset()
    problems: tuple[Problem, ...] = ()

    def line(self, *path: str | int) -> int:
        """Return the line of the value, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(text: str) -> Document:
    """Return what the text says. Raises InstrumentError where it is no YAML or beyond the limits."""
    _guard(text)
    try:
        _guard_depth(text)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise InstrumentError([_syntax(error)]) from error
    if node is None:
        raise _stop(1, _("the file is empty"))
    reader = _Reader()
    data = reader.value(node, ())
    return Document(data, reader.lines, frozenset(reader.broken), tuple(reader.problems))


def decode(data: bytes) -> str:
    """Return the text of a file, its byte order mark and line ends kept, so that it can be given back unchanged.

    Raises InstrumentError for a file that is too large or is not in UTF-8.
    """
    if len(data) > MAX_BYTES:
        raise _too_large()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        wrong = data[error.start : error.end].hex(" ")
        raise _stop(line, _("the bytes %s are not text in UTF-8") % wrong) from error


def _stop(line: int, message: str) -> InstrumentError:
    return InstrumentError([Problem(line, message)])


def _too_large() -> InstrumentError:
    return _stop(1, _("the file is larger than %d bytes") % MAX_BYTES)


def _guard(text: str) -> None:
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise _too_large()
    if wrong := _UNREADABLE.search(text.removeprefix("\ufeff")):
        line = text.count("\n", 0, wrong.start()) + 1
        raise _stop(line, _("the character U+%04X may not stand in the file") % ord(wrong[0]))


def _guard_depth(text: str) -> None:
    """Walk the file event by event, because composing a deep one would exhaust the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _too_deep(_line(event))


def _line(thing: yaml.Event | yaml.Node) -> int:
    return thing.start_mark.line + 1 if thing.start_mark else 1


def _too_deep(line: int) -> InstrumentError:
    return _stop(line, _("lists and maps are nested more than %d deep") % MAX_DEPTH)


def _syntax(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    parts = [getattr(error, "context", None), getattr(error, "problem", None) or str(error)]
    reason = ", ".join(part for part in parts if part)
    return Problem(mark.line + 1 if mark else 1, _("this can't be read as YAML: %s") % visible(reason, 200))


@dataclass
class _Reader:
    """Turns the nodes of one file into data, noting lines and mistakes on the way."""

    lines: dict[Path, int] = field(default_factory=dict)
    broken: set[Path] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    values: int = 0

    def value(self, node: yaml.Node, path: Path) -> Any:
        line = _line(node)
        self.lines.setdefault(path, line)
        self.values += 1
        if self.values > MAX_VALUES:
            raise _stop(line, _("the file holds more than %d values") % MAX_VALUES)
        if len(path) > MAX_DEPTH:
            raise _too_deep(line)
        if node.tag == f"{_TAG}map" and isinstance(node, yaml.MappingNode):
            return self._map(node, path)
        if node.tag == f"{_TAG}seq" and isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, number)) for number, child in enumerate(node.value)]
        return self._scalar(node, path)

    def _map(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = _line(key_node)
            key = self._key(key_node)
            if key is None:
                self.problems.append(Problem(line, _("a key must be a word or a whole number")))
            elif key in found:
                first = self.lines[(*path, key)]
                message = _("the key “%(key)s” is here twice, first on line %(line)d")
                self.problems.append(Problem(line, message % {"key": visible(key), "line": first}))
            else:
                self.lines[(*path, key)] = line
                found[key] = self.value(value_node, (*path, key))
        return found

    def _key(self, node: yaml.Node) -> str | None:
        """Return the key as text; `no` stays the language it is, though YAML calls it a truth value."""
        kind = node.tag.removeprefix(_TAG)
        if not isinstance(node, yaml.ScalarNode) or kind not in {"str", "int", "bool", "timestamp"}:
            return None
        if _CONTROL.search(node.value):
            return None
        return self._number(node) if kind == "int" else str(node.value)

    def _number(self, node: yaml.ScalarNode) -> str | None:
        try:
            return str(_SIMPLE.construct_yaml_int(node))
        except ValueError:
            return None

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        build = _SCALARS.get(node.tag)
        if build is None or not isinstance(node, yaml.ScalarNode):
            return self._broken(path, _("the tag “%s” is not allowed") % visible(node.tag))
        try:
            value = build(node)
        except (
            ValueError,
            KeyError,
        ):  # a tag such as !!int before something else, or a number of 5,000 digits
            return self._broken(path, _("“%s” can't be read") % visible(node.value))
        if isinstance(value, float) and not math.isfinite(value):
            return self._broken(path, _("“%s” is no number to count with") % visible(node.value))
        if isinstance(value, str) and (wrong := _CONTROL.search(value)):
            return self._broken(path, _("the character U+%04X may not stand in a text") % ord(wrong[0]))
        return value

    def _broken(self, path: Path, message: str) -> None:
        self.broken.add(path)
        self.problems.append(Problem(self.lines[path], message))


def visible(value: object, limit: int = 60) -> str:
    """Return the value for a message: on one line, unseen characters written out, shortened.

    >>> visible("a\\nb")
    'a\\\\nb'
    """
    shown = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in str(value)[: limit + 1])
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"
