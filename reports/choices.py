"""Links to a page seen otherwise, and the choice its address makes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar
from urllib.parse import urlencode


class NotFoundError(Exception):
    """The address names a cycle, unit, lens or block that isn't there for this person."""


class Coded(Protocol):
    """What is chosen by its code."""

    @property
    def code(self) -> str: ...


T = TypeVar("T", bound=Coded)


@dataclass(frozen=True)
class Choice:
    """One entry of a chooser: a link to this page seen otherwise."""

    label: str
    url: str
    current: bool


def picked(choices: Iterable[T], wanted: str | None, default: T) -> T:
    """Return the one with this code; the default where the address names none. Raises NotFoundError."""
    if wanted is None:
        return default
    for one in choices:
        if one.code == wanted:
            return one
    raise NotFoundError(wanted)


def choice(query: Mapping[str, str], name: str, value: str, label: str, current: bool) -> Choice:
    """Return a link to the same page with one parameter changed."""
    return Choice(label, f"?{urlencode({**query, name: value})}", current)
