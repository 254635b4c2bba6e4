"""Tables of components/table.html; complete, since a template is slow to find that something is not there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Box:
    """A cell."""

    text: str
    header: bool = False
    numeric: bool = False
    hidden: bool = False
    href: str = ""
    level: int = 0
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column."""

    label: str
    numeric: bool = False
    title: str = ""
    sort_url: str = ""
    sorted: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line; muted: in grey."""

    cells: Sequence[Box]
    muted: bool = False


def table(
    caption: str, columns: Sequence[Column], rows: Sequence[Sequence[Box]], *, note: str = ""
) -> dict[str, Any]:
    """Return the table. rows: cells, the first of each row its header."""
    return {
        "caption": caption,
        "columns": columns,
        "rows": [Row(cells) for cells in rows],
        "note": note,
        "open": False,
    }
