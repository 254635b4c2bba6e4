"""Facts about a unit that bear on a key component: counted by a higher app, told beside the checklist entry.

They change no state: which one they bear out is for a person to say.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """A counted fact in a sentence, and the page where it comes from."""

    text: str
    url: str


Tell = Callable[[str], list[Fact]]
_tellers: defaultdict[str, list[Tell]] = defaultdict(list)


def offer(key_component: str, tell: Tell) -> None:
    """Let `tell` say facts of a unit, by its code, for this key component from now on."""
    if tell not in _tellers[key_component]:
        _tellers[key_component].append(tell)


def of(key_component: str, unit: str) -> list[Fact]:
    """Return what is known of the unit with this code."""
    return [fact for tell in _tellers.get(key_component, ()) for fact in tell(unit)]
