"""What is held about a person, what becomes of it when somebody leaves, and what is deleted after how many days.

Each app registers its share (its module `personal`), so that a lower app can show and delete what a higher one holds.
People are ids here. A test walks all models: a column that points at a person and belongs to no part fails.
See docs/data-protection.md.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

Row = Sequence[object]
Rows = Callable[[int], Iterable[Row]]
Forget = Callable[[int], object]
Retain = Callable[[datetime], int]


@dataclass(frozen=True)
class Part:
    """A table of what is held about one person. title and kept: lazy texts; where: URL name of the page it is from."""

    name: str
    title: Any
    kept: Any
    columns: tuple[str, ...]
    rows: Rows
    where: str = ""


@dataclass(frozen=True)
class Rule:
    """What a nightly job deletes. setting: its name in the settings, a number of days; empty: as soon as it is over."""

    name: str
    setting: str
    delete: Retain


PARTS: Final[dict[str, Part]] = {}
FORGETS: Final[dict[str, Forget]] = {}
RULES: Final[dict[str, Rule]] = {}


def part(
    name: str, *, title: Any, kept: Any, columns: Sequence[str], where: str = ""
) -> Callable[[Rows], Rows]:
    """Register a table of "my data": the function returns the rows of the person with this id."""

    def register(function: Rows) -> Rows:
        PARTS[name] = Part(name, title, kept, tuple(columns), function, where)
        return function

    return register


def forget(name: str) -> Callable[[Forget], Forget]:
    """Register what is to be done about a person who becomes anonymous, in the same transaction."""

    def register(function: Forget) -> Forget:
        FORGETS[name] = function
        return function

    return register


def rule(name: str, *, setting: str = "") -> Callable[[Retain], Retain]:
    """Register a deletion of the nightly job: the function deletes what ended before a time, and returns how much."""

    def register(function: Retain) -> Retain:
        RULES[name] = Rule(name, setting, function)
        return function

    return register
