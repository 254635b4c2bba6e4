"""What is wrong in a framework file, told with the line it stands on."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from django.utils.translation import ngettext

MAX_SHOWN: Final = 50


class Problem(NamedTuple):
    """One mistake; `line` counts from 1."""

    line: int
    message: str


class InstrumentError(ValueError):
    """A framework file with mistakes: `problems` holds the first MAX_SHOWN of `count`, by line."""

    def __init__(self, problems: Iterable[Problem], filename: str = "") -> None:
        found = sorted(set(problems))
        self.filename = filename
        self.problems = tuple(found[:MAX_SHOWN])
        self.count = len(found)
        super().__init__(self.problems, filename)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    @property
    def more(self) -> int:
        """How many mistakes are counted only."""
        return self.count - len(self.problems)

    def lines(self) -> list[str]:
        """Return `file:line: message` for each mistake shown, and a line for how many more there are."""
        place = f"{self.filename}:" if self.filename else ""
        lines = [f"{place}{line}: {message}" for line, message in self.problems]
        if self.more:
            lines.append(ngettext("… and %d more mistake", "… and %d more mistakes", self.more) % self.more)
        return lines
