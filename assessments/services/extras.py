"""What a higher app adds to the invitation: lines of plain text that depend on the person, never on an answer.

An app offers a function once, when it starts (its AppConfig.ready).
"""

from collections.abc import Callable, Sequence
from typing import Final

from organisation.models import Person

Lines = Callable[[Person], Sequence[str]]
_OFFERED: Final[list[Lines]] = []


def offer(lines: Lines) -> None:
    """Add a function whose lines stand at the end of each invitation; offered twice it counts once."""
    if lines not in _OFFERED:
        _OFFERED.append(lines)


def lines_for(person: Person) -> list[str]:
    """Return all lines for this person's invitation."""
    return [line for lines in _OFFERED for line in lines(person)]
