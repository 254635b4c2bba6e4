"""What in a comment could tell who wrote it or whom it is about: names, e-mail addresses, telephone numbers.

A hint for people, never a lock. The text is looked at in memory: it goes into no query, row or log line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from assessments.models import Audience, Comment, Invitation
from assessments.queries.tree import TreeUnit, invited_below

EMAIL: Final = re.compile(r"[^\s@<>(),;]+@[^\s@<>(),;]+\.\w{2,}")
NUMBER: Final = re.compile(r"(?<![\w.])\+?\(?\d[\d ()/.\u00a0-]{5,}\d(?!\w)")
DATE: Final = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{4}|\d{4}\s?[-/]\s?\d{4}")
WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
FEWEST_LETTERS: Final = 3
FEWEST_DIGITS: Final = 7


@dataclass(frozen=True)
class Telltales:
    """What was found, as it is written in the text, each once."""

    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """Say it for the person who writes or reviews; empty where nothing was found."""
        said = [
            (_("It may name somebody you work with: %s."), self.names),
            (_("It holds an e-mail address: %s."), self.emails),
            (_("It holds what looks like a telephone number: %s."), self.numbers),
        ]
        return [sentence % ", ".join(found) for sentence, found in said if found]


def find(text: str, *, names: Iterable[str]) -> Telltales:
    """Return what in the text could point at a person. names: of people, as they are written in the register.

    A part of a name counts where it is written with a capital letter; first and last name together in any case.

    >>> find("ask Ann or call 030 1234567", names=["Ann Lee"])
    Telltales(names=('Ann',), emails=(), numbers=('030 1234567',))
    """
    emails = [match.group().strip(".") for match in EMAIL.finditer(text)]
    rest = EMAIL.sub(" ", text)
    numbers = [match.group().strip() for match in NUMBER.finditer(DATE.sub(" ", rest))]
    telephones = [number for number in numbers if sum(map(str.isdigit, number)) >= FEWEST_DIGITS]
    return Telltales(_once(_named(rest, names)), _once(emails), _once(telephones))


def _named(text: str, names: Iterable[str]) -> Iterator[str]:
    parts: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    for name in names:
        words = [_plain(word) for word in WORD.findall(name)]
        parts.update(word for word in words if len(word) >= FEWEST_LETTERS)
        pairs.update(pairwise(words))
    written = WORD.findall(text)
    plain = [_plain(word) for word in written]
    twos: set[int] = set()
    for place, pair in enumerate(pairwise(plain)):
        if pair in pairs:
            twos.update((place, place + 1))
    for place, word in enumerate(written):
        if place in twos or (word[0].isupper() and plain[place] in parts):
            yield word


def _plain(word: str) -> str:
    """Return the word in small letters without accents."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _once(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))


def names_near(invitation: Invitation) -> list[str]:
    """Return the names of the people of one's own unit, of its managers and those above, and one's line manager."""
    tree = {unit.position: unit for unit in invited_below(invitation.cycle)}
    above = list(_positions_above(tree, invitation.unit.position))
    near = Q(unit=invitation.unit_id) | Q(audience=Audience.MANAGER, unit__position__in=above)
    reports = Q(person__reports=invitation.person_id)
    return _names(Invitation.objects.filter(near | reports, cycle=invitation.cycle_id))


def names_below(comment: Comment) -> list[str]:
    """Return the names of the people asked in the unit of a comment and the units below."""
    tree = invited_below(comment.cycle)
    inside = {comment.unit.position}
    for unit in tree:  # a parent comes before its children
        if unit.parent in inside:
            inside.add(unit.position)
    return _names(Invitation.objects.filter(cycle=comment.cycle_id, unit__position__in=inside))


def _names(rows: QuerySet[Invitation]) -> list[str]:
    return list(rows.order_by().values_list("person__name", flat=True).distinct())


def _positions_above(tree: dict[int, TreeUnit], position: int) -> Iterator[int]:
    parent = tree[position].parent
    while parent >= 0:
        yield parent
        parent = tree[parent].parent
