"""Mapping profiles: other layouts of gaps.csv, described in YAML (fixtures/mappings/) and made without code.

    title: …                  # shown on the page
    format: csv               # csv, lines (joined by `delimiter`, which is escaped by a backslash) or xlsx
    rows: rated               # rated: only what somebody rated; below: only gaps; all
    columns:                  # each with one of field, fields (joined by _) or value
      - {name: Level, field: level, map: {5: E}, date: "%d/%m/%Y"}
    spread: {by: competency, field: gap}     # one row a person, then one column a competency
    begin: [METADATA, X], each: [MERGE, X]   # lines only: what stands before the names and before every row
    file: X.dat                              # name of the file

Fields are the columns of gaps.csv, and level and rater: of the rating that the gap uses.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import jsonschema
import yaml

FORMATS: Final = ("csv", "lines", "xlsx")
ROWS: Final = ("all", "rated", "below")
DERIVED: Final = ("level", "rater")
SPREAD_BY: Final = ("competency", "competency_name")

Record = Mapping[str, Any]

_TEXT = {"type": "string", "minLength": 1}
_COLUMN: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": _TEXT,
        "field": _TEXT,
        "fields": {"type": "array", "items": _TEXT, "minItems": 1},
        "value": {"type": ["string", "number"]},
        "map": {"type": "object"},
        "date": _TEXT,
    },
    "oneOf": [{"required": ["field"]}, {"required": ["fields"]}, {"required": ["value"]}],
}
_SCHEMA: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["title", "format", "columns"],
    "properties": {
        "title": _TEXT,
        "format": {"enum": list(FORMATS)},
        "rows": {"enum": list(ROWS)},
        "delimiter": {"type": "string", "minLength": 1, "maxLength": 1},
        "file": {"type": "string", "pattern": r"^[\w.-]{1,80}$"},
        "begin": {"type": "array", "items": _TEXT},
        "each": {"type": "array", "items": _TEXT},
        "columns": {"type": "array", "items": _COLUMN, "minItems": 1},
        "spread": {
            "type": "object",
            "additionalProperties": False,
            "required": ["by", "field"],
            "properties": {"by": {"enum": list(SPREAD_BY)}, "field": _TEXT},
        },
    },
}


@dataclass(frozen=True)
class Column:
    """One column: the fields it joins, or a constant."""

    name: str
    fields: tuple[str, ...] = ()
    value: Any = None
    mapping: Mapping[str, Any] = field(default_factory=dict)
    date: str = ""

    def of(self, record: Record) -> Any:
        """Return what stands in this column for a row."""
        if not self.fields:
            return self.value
        if len(self.fields) > 1:
            return "_".join(str(record[one] or "") for one in self.fields)
        found = record[self.fields[0]]
        if self.date and isinstance(found, date):
            return found.strftime(self.date)
        return self.mapping.get(str(found), found) if self.mapping else found


@dataclass(frozen=True)
class Layout:
    """A way to write gaps; see the module."""

    name: str
    title: str
    format: str
    columns: tuple[Column, ...]
    rows: str = "all"
    delimiter: str = "|"
    begin: tuple[str, ...] = ()
    each: tuple[str, ...] = ()
    spread_by: str = ""
    spread_field: str = ""
    file: str = ""

    def header(self, competencies: Sequence[Record]) -> list[str]:
        """Return the names of the columns. competencies: those of a wide file, with code and name by SPREAD_BY."""
        spread = [str(one[self.spread_by]) for one in competencies] if self.spread_by else []
        return [*(column.name for column in self.columns), *spread]

    def lines(self, records: Iterable[Record], competencies: Sequence[Record]) -> Iterator[list[Any]]:
        """Yield rows. records: rows of gaps.csv by column, those of a person one after the other."""
        wanted = (one for one in map(_derived, records) if self._wants(one))
        if not self.spread_by:
            for record in wanted:
                yield [column.of(record) for column in self.columns]
            return
        for _person, group in groupby(wanted, key=lambda record: record["person_id"]):
            rows = {record["competency"]: record for record in group}
            first = next(iter(rows.values()))
            cells = [rows.get(one["competency"], {}).get(self.spread_field) for one in competencies]
            yield [*(column.of(first) for column in self.columns), *cells]

    def _wants(self, record: Record) -> bool:
        if self.rows == "below":
            return record["gap"] is not None and record["gap"] > 0
        return self.rows == "all" or record["level"] is not None


def _derived(record: Record) -> Record:
    manager, own = record["manager_level"], record["self_level"]
    rater = "manager" if manager is not None else "self" if own is not None else None
    return {**record, "level": own if manager is None else manager, "rater": rater}


def read(text: str, *, name: str, fields: Sequence[str]) -> Layout:
    """Return the layout that a YAML text describes. fields: the columns of gaps.csv.

    Raises ValueError that says what is wrong where.
    """
    try:
        found = yaml.safe_load(text)
        jsonschema.validate(found, _SCHEMA)
    except yaml.YAMLError as error:
        raise ValueError(f"{name}: {error}") from error
    except jsonschema.ValidationError as error:
        place = "/".join(str(step) for step in error.absolute_path) or "the file"
        raise ValueError(f"{name}: {place}: {error.message}") from error
    columns = tuple(_column(one) for one in found["columns"])
    spread = found.get("spread", {})
    used = [one for column in columns for one in column.fields]
    unknown = [one for one in [*used, spread.get("field", "gap")] if one not in (*fields, *DERIVED)]
    if unknown:
        raise ValueError(f"{name}: {unknown[0]!r} is no field; there are {', '.join((*fields, *DERIVED))}")
    return Layout(
        name=name,
        title=found["title"],
        format=found["format"],
        columns=columns,
        rows=found.get("rows", "all"),
        delimiter=found.get("delimiter", "|"),
        begin=tuple(found.get("begin", ())),
        each=tuple(found.get("each", ())),
        spread_by=spread.get("by", ""),
        spread_field=spread.get("field", ""),
        file=found.get("file", f"gaps-{name}.{'txt' if found['format'] == 'lines' else found['format']}"),
    )


def _column(entry: Mapping[str, Any]) -> Column:
    fields = entry.get("fields", [entry["field"]] if "field" in entry else [])
    mapping = {str(key): value for key, value in entry.get("map", {}).items()}
    return Column(entry["name"], tuple(fields), entry.get("value"), mapping, entry.get("date", ""))


def load(path: Path, *, fields: Sequence[str]) -> Layout:
    """Return the layout of a file, named by it. Raises ValueError for a file that can't be read or is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    return read(text, name=path.stem, fields=fields)


def escaped(value: Any, delimiter: str) -> str:
    """Return the value for a file of lines: on one line, the delimiter and the backslash behind a backslash.

    >>> escaped("a|b", "|")
    'a\\\\|b'
    """
    text = "" if value is None else value.isoformat() if isinstance(value, date) else str(value)
    one_line = " ".join(text.splitlines())
    return one_line.replace("\\", "\\\\").replace(delimiter, f"\\{delimiter}")
