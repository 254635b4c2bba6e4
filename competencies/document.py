"""The library as one YAML file (fixtures/competencies_v1.yaml is a complete example): reading and writing it.

A competency is handled as cells, as in a CSV file: name, kind, definition, group, source (codes separated by spaces)
and "behaviour 1" … "behaviour 5".
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml
from django.utils.translation import gettext as _

from cfm.lib.csv_import import Errors
from competencies.levels import LEVELS

Cells = dict[str, str]

KEYS: Final = ("code", "name", "kind", "group", "definition", "behaviours", "source")
HEAD: Final = ("code", "version", "title")
_TEXTS: Final = ("code", "name", "kind", "group", "definition")


def behaviour_key(level: int) -> str:
    """Return the name of the cell that holds the behaviour of a level."""
    return f"behaviour {level}"


def read(data: bytes, *, errors: Errors) -> dict[str, tuple[int, Cells]]:
    """Return (line, cells) of each competency by code; mistakes go to `errors`.

    Raises InvalidFileError at once for what is no YAML or not a library.
    """
    root = _composed(data, errors)
    found: dict[str, tuple[int, Cells]] = {}
    for key, node in _pairs(root, errors):
        if key == "competencies" and isinstance(node, yaml.SequenceNode):
            _read_all(node, found, errors)
        elif key not in HEAD:
            errors.add(_line(node), key, key, _("one of the keys %s") % ", ".join([*HEAD, "competencies"]))
    if not found and not errors.count:
        errors.add(1, "competencies", "", _("a list of competencies"))
    return found


def _composed(data: bytes, errors: Errors) -> yaml.MappingNode:
    try:
        root = yaml.compose(data.decode("utf-8-sig"), yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        errors.add(mark.line + 1 if mark else 0, "", str(problem), _("a YAML file in UTF-8"))
        raise errors.invalid() from error
    if not isinstance(root, yaml.MappingNode):
        errors.add(1, "", "", _("a YAML file with the key competencies"))
        raise errors.invalid()
    return root


def _read_all(node: yaml.SequenceNode, found: dict[str, tuple[int, Cells]], errors: Errors) -> None:
    for one in node.value:
        line = _line(one)
        cells = _competency(one, errors)
        code = cells.pop("code", "")
        if code in found:
            errors.add(line, "code", code, _("each only once; it is in row %d already") % found[code][0])
        elif code:
            found[code] = (line, cells)
        else:
            errors.add(line, "code", "", _("a competency with a code"))


def _competency(node: yaml.Node, errors: Errors) -> Cells:
    cells: Cells = {"definition": "", "group": "", "source": ""}
    for key, value in _pairs(node, errors):
        if key in _TEXTS:
            cells[key] = _scalar(value, key, errors)
        elif key == "behaviours":
            cells |= _behaviours(value, errors)
        elif key == "source" and isinstance(value, yaml.SequenceNode):
            cells[key] = " ".join(_scalar(one, key, errors) for one in value.value)
        else:
            errors.add(_line(value), key, key, _("one of the keys %s") % ", ".join(KEYS))
    return cells


def _behaviours(node: yaml.Node, errors: Errors) -> Cells:
    cells: Cells = {}
    for level, value in _pairs(node, errors):
        if level not in {str(one) for one in LEVELS}:
            errors.add(_line(value), "behaviours", level, _("a level from 1 to 5"))
        else:
            cells[behaviour_key(int(level))] = _scalar(value, "behaviours", errors)
    return cells


def _pairs(node: yaml.Node, errors: Errors) -> list[tuple[str, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        errors.add(_line(node), "", "", _("keys with values"))
        return []
    pairs = [(str(key.value), value) for key, value in node.value]
    for place, (key, value) in enumerate(pairs):
        if key in [earlier for earlier, _value in pairs[:place]]:
            errors.add(_line(value), key, key, _("each key only once"))
    return pairs


def _scalar(node: yaml.Node, key: str, errors: Errors) -> str:
    if isinstance(node, yaml.ScalarNode):
        return " ".join(str(node.value).split())
    errors.add(_line(node), key, "", _("a text"))
    return ""


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def write(competencies: Mapping[str, Cells], *, code: str, version: int, title: str) -> str:
    """Return the YAML file; read → write → read changes nothing. competencies: cells by code, in order."""
    rows: Sequence[dict[str, Any]] = [_row(one, cells) for one, cells in competencies.items()]
    content = {"code": code, "version": version, "title": title, "competencies": list(rows)}
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110)


def _row(code: str, cells: Cells) -> dict[str, Any]:
    texts = {key: cells[key] for key in ("name", "kind", "group", "definition") if cells.get(key)}
    behaviours = {level: cells[behaviour_key(level)] for level in LEVELS if cells.get(behaviour_key(level))}
    return {"code": code, **texts, "behaviours": behaviours, "source": cells.get("source", "").split()}
