"""Tables as data: what the template shows beside every chart, sortable by a word in the address."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

SORT: Final = "sort"


@dataclass(frozen=True)
class Box:
    """One cell. value sorts it (None goes last); hidden: a figure that may not be shown; level: 1 to 5 tints it."""

    text: str
    value: float | str | None = None
    href: str = ""
    header: bool = False
    numeric: bool = False
    hidden: bool = False
    level: int = 0
    indent: int = 0


@dataclass(frozen=True)
class Column:
    """key: its word in the address. sort_url, sorted: filled in by `arranged`."""

    key: str
    label: str
    numeric: bool = True
    title: str = ""
    sort_url: str = ""
    sorted: str = ""


@dataclass(frozen=True)
class Row:
    """One line; muted: a difference within noise, shown in grey."""

    cells: Sequence[Box]
    muted: bool = False


@dataclass(frozen=True)
class Table:
    """name: its word in the address where a page has several sortable tables. open: the details start open."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    name: str = SORT
    open: bool = False
    note: str = ""
    anchor: str = ""


def name_box(text: str, *, href: str = "", indent: int = 0) -> Box:
    """Return the cell that heads a row."""
    return Box(text, value=text.casefold(), href=href, header=True, indent=indent)


def number_box(text: str, value: float | None, *, level: int = 0, href: str = "") -> Box:
    """Return a cell with a number; an empty text is a figure that is not there. href: where it is explained."""
    return Box(text, value=value, numeric=True, level=level, href=href if text else "")


def hidden_box(text: str) -> Box:
    """Return the cell of a figure that may not be shown."""
    return Box(text, numeric=True, hidden=True)


def text_box(text: str, value: float | str | None = None) -> Box:
    """Return a cell with words."""
    return Box(text, value=text.casefold() if value is None else value)


def arranged(table: Table, query: dict[str, str]) -> Table:
    """Return the table sorted as the address says, its columns linked to the same page sorted by them.

    query: the address's parameters; the parameter with the table's name holds a column's key, with "-" before it for
    the largest first. An unknown key leaves the order as it is. What has no value stands last either way.
    """
    wanted = query.get(table.name, "")
    key, falling = wanted.removeprefix("-"), wanted.startswith("-")
    keys = [column.key for column in table.columns]
    columns = [_linked(column, table, query, key, falling=falling) for column in table.columns]
    rows = _sorted(table.rows, keys.index(key), falling=falling) if key in keys else list(table.rows)
    return replace(table, columns=columns, rows=rows, open=table.open or key in keys)


def _linked(column: Column, table: Table, query: dict[str, str], key: str, *, falling: bool) -> Column:
    """Pressing a sorted column turns its order; numbers start with the largest."""
    here = column.key == key
    next_falling = not falling if here else column.numeric
    address = urlencode({**query, table.name: f"-{column.key}" if next_falling else column.key})
    order = ("descending" if falling else "ascending") if here else ""
    return replace(column, sort_url=f"?{address}{table.anchor and '#'}{table.anchor}", sorted=order)


def _sorted(rows: Sequence[Row], place: int, *, falling: bool) -> list[Row]:
    known = [row for row in rows if row.cells[place].value is not None]
    unknown = [row for row in rows if row.cells[place].value is None]
    return sorted(known, key=lambda row: row.cells[place].value, reverse=falling) + unknown  # type: ignore[arg-type, return-value]
