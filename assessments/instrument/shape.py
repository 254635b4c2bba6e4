"""Whether the data of a file have the shape of a framework; what has not is told and taken out."""

import difflib
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, cast

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from assessments.instrument.document import Document, Path, visible
from assessments.instrument.problems import InstrumentError, Problem
from assessments.instrument.schema import FRAMEWORK

_VALIDATOR: Final = Draft202012Validator(FRAMEWORK)
_MAX_ERRORS: Final = 2000


def prune(document: Document) -> list[Problem]:
    """Return what is wrong with the shape and take it out of the data, so that the rest can be judged.

    Raises InstrumentError where the file is no map at all or has hardly a right line, for then nothing is left.
    """
    errors = list(islice(_VALIDATOR.iter_errors(document.data), _MAX_ERRORS))
    problems = [found for error in errors for found in _problems(document, error)]
    if not isinstance(document.data, dict) or len(errors) == _MAX_ERRORS:
        raise InstrumentError([*document.problems, *problems])
    for error in errors:
        for path in _wrong(error):
            _take_out(document.data, path)
    return problems


def place(document: Document, path: Path) -> str:
    """Return where in the file this is, in words a person finds: `items, S04, audience`."""
    value, words = document.data, []
    for step in path:
        value = _child(value, step)
        code = value.get("code") if isinstance(value, dict) else None
        if not isinstance(step, int):
            words.append(visible(step))
        else:
            words.append(visible(code) if isinstance(code, str) else str(step + 1))
    return ", ".join(words)


def problem(document: Document, path: Path, message: str) -> Problem:
    """Return the mistake with line and place of the value at this path."""
    where = place(document, path)
    return Problem(document.line(*path), f"{where}: {message}" if where else message)


def _child(value: Any, step: str | int) -> Any:
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        return None


def _problems(document: Document, error: ValidationError) -> Iterator[Problem]:
    path: Path = tuple(error.absolute_path)
    if path in document.broken:
        return
    if error.validator == "required":
        for key in set(_schema(error)["required"]) - set(_instance(error)):
            yield problem(document, path, _("the key “%s” is missing") % key)
    elif error.validator == "additionalProperties":
        for extra in _unknown(error):
            yield problem(document, (*path, extra), _unknown_key(extra, error))
    else:
        yield problem(document, _wrong(error)[0], _expected(error))


def _schema(error: ValidationError) -> dict[str, Any]:
    return cast("dict[str, Any]", error.schema)


def _instance(error: ValidationError) -> Any:
    return error.instance


def _expected(error: ValidationError) -> str:
    schema = _schema(error)
    expected = str(schema["description"]) % schema.get("numbers", ())
    found = _found(_instance(error))
    return _("expected %(expected)s; found %(found)s") % {"expected": expected, "found": found}


def _found(value: object) -> str:
    if isinstance(value, dict):
        return _("a map")
    if isinstance(value, list):
        return _("a list of %d") % len(value)
    if value is None:
        return _("nothing")
    if isinstance(value, bool):
        return _("%s (in quotes it would be a text)") % str(value).lower()
    return _("the text “%s”") % visible(value) if isinstance(value, str) else visible(value)


def _unknown(error: ValidationError) -> list[str]:
    return [key for key in _instance(error) if key not in _schema(error).get("properties", {})]


def _unknown_key(key: str, error: ValidationError) -> str:
    known = list(_schema(error)["properties"])
    near: list[str] = difflib.get_close_matches(key[:40], known, n=1) if len(_instance(error)) < 100 else []
    if near:
        return _("unknown key; did you mean “%s”?") % near[0]
    return _("unknown key; known are %s") % ", ".join(known)


def _wrong(error: ValidationError) -> list[Path]:
    """Return the paths of the values that the error speaks of; a key that is missing is nowhere."""
    path: Path = tuple(error.absolute_path)
    if error.validator == "required":
        return []
    if error.validator == "additionalProperties":
        return [(*path, extra) for extra in _unknown(error)]
    if list(error.absolute_schema_path)[-2:-1] == ["propertyNames"]:  # the error is about the key
        return [(*path, _instance(error))]
    return [path]


def _take_out(data: Any, path: Path) -> None:
    """Remove the value; in a list an empty map or nothing takes its place, so that the others keep theirs."""
    *steps, last = path or ("",)
    for step in steps:
        data = _child(data, step)
    if isinstance(data, dict):
        data.pop(last, None)
    elif isinstance(data, list) and isinstance(last, int):
        data[last] = {}
