"""What a respondent is shown: the questionnaires asked of them, its pages, and who will see what."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assessments.instrument import Instrument, Item
from assessments.models import Cycle, Invitation
from assessments.queries.tree import invited_below
from organisation.models import Person, RoleGrant
from organisation.permissions import ACTIONS, EVERYONE

OPTION_CODES: Final = "123456789ab"
NOT_ANSWERED: Final = "0"
NOT_APPLICABLE: Final = "x"
SECONDS_A_STATEMENT: Final = 11  # reading and deciding; Yan & Tourangeau (2008) find 6–15 s a rating


@dataclass(frozen=True)
class Option:
    """One answer: its character in `codes` and its words."""

    code: str
    label: str


@dataclass(frozen=True)
class Question:
    """A statement on a page. index: place in the frozen order; number: as shown, counted from 1."""

    index: int
    number: int
    code: str
    text: str


@dataclass(frozen=True)
class Page:
    """What is asked at once: the statements of a block; comment: the open question, asked on the last page."""

    number: int
    title: str
    questions: tuple[Question, ...]
    comment: str = ""

    def answered(self, codes: str) -> int:
        """How many of the page's statements have an answer in `codes`."""
        return sum(codes[question.index] != NOT_ANSWERED for question in self.questions)


@dataclass(frozen=True)
class Questionnaire:
    """All pages for one audience; size: the number of statements, which is the length of `codes`."""

    options: tuple[Option, ...]
    pages: tuple[Page, ...]
    size: int

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Character → words, "does not apply" included."""
        return {option.code: option.label for option in self.options}

    @property
    def last_key(self) -> int:
        """The highest number key that answers."""
        return min(9, len(self.options) - 1)

    @property
    def blank(self) -> str:
        return NOT_ANSWERED * self.size

    @property
    def minutes(self) -> int:
        """How long it takes, in whole minutes, at least one."""
        return minutes(self.size)

    def page(self, number: int) -> Page | None:
        """Return the page with this number, counted from 1; None when there is none."""
        return self.pages[number - 1] if 1 <= number <= len(self.pages) else None


def minutes(statements: int) -> int:
    """Return how long so many statements take, in whole minutes, at least one.

    >>> minutes(43)
    8
    """
    return max(1, round(statements * SECONDS_A_STATEMENT / 60))


def questionnaire(instrument: Instrument, audience: str) -> Questionnaire:
    """Lay the audience's items out: a page a block, then what stands outside the blocks with the open question."""
    items = instrument.closed_items(audience)
    comment = next((str(item.text) for item in instrument.comment_items(audience)), "")
    pages: list[Page] = []
    number = 1
    for title, places in _parts(instrument, items):
        last = title is None
        if not places and not (last and comment):
            continue
        questions = tuple(
            Question(place, number + offset, items[place].code, str(items[place].text))
            for offset, place in enumerate(places)
        )
        number += len(questions)
        name = _("All in all") if title is None else title
        pages.append(Page(len(pages) + 1, name, questions, comment if last else ""))
    return Questionnaire(_options(instrument), tuple(pages), len(items))


def _parts(instrument: Instrument, items: tuple[Item, ...]) -> Iterable[tuple[str | None, list[int]]]:
    """Yield (title, places) a block, then (None, places) for the items outside the blocks."""
    lens = instrument.primary.code
    places: dict[str | None, list[int]] = {}
    for place, item in enumerate(items):
        places.setdefault(item.dimensions.get(lens), []).append(place)
    for block in instrument.blocks:
        yield str(block.title), places.get(block.code, [])
    yield None, places.get(None, [])


def _options(instrument: Instrument) -> tuple[Option, ...]:
    labels = instrument.scale.labels_in(get_language() or "en")
    scale = [Option(code, label) for code, label in zip(OPTION_CODES, labels, strict=False)]
    return (*scale, Option(NOT_APPLICABLE, _("Does not apply / can’t say")))


def invitations_of(person: Person) -> QuerySet[Invitation]:
    """Return what this person was asked, with cycle and framework (without its file), the newest first."""
    return (
        Invitation.objects.filter(person=person)
        .exclude(cycle__state__in=[Cycle.State.DRAFT, Cycle.State.CANCELLED])
        .select_related("cycle__framework", "unit", "person")
        .defer("cycle__framework__source", "cycle__public_key")
        .order_by("-cycle__opened_at", "cycle_id")
    )


@dataclass(frozen=True)
class Asked:
    """A line of "my questionnaires"."""

    invitation: uuid.UUID
    cycle: Cycle
    submitted: bool
    statements: int
    open: bool

    @property
    def minutes(self) -> int:
        return minutes(self.statements)


def asked(person: Person, *, now: datetime) -> list[Asked]:
    """Return the person's questionnaires, the newest cycle first; two queries at most, however many there are.

    now: after the announced end a cycle is no longer open for somebody who has not begun.
    """
    return [
        Asked(
            invitation=row.pk,
            cycle=row.cycle,
            submitted=row.submitted,
            statements=len(row.cycle.framework.instrument.closed_items(row.audience)),
            open=row.cycle.is_open and (row.cycle.closes_at is None or now <= row.cycle.closes_at),
        )
        for row in invitations_of(person)
    ]


@dataclass(frozen=True)
class Notice:
    """What is told before the first question, from the settings of the cycle and the rules on roles.

    enough: whether so many are invited that any figure can be shown.
    """

    enough: bool
    unit: str
    invited: int
    own_unit: str
    k: int
    k_comments: int
    keep_days: int
    closes_at: datetime | None
    read_all_units: list[str]
    read_comments: list[str]
    read_released: list[str]
    run_cycles: list[str]


def notice(invitation: Invitation) -> Notice:
    """Return who will read what of this person's answers, and in which group they count. One query."""
    cycle = invitation.cycle
    unit = invited_below(cycle)[max(0, invitation.unit.notice_position)]
    return Notice(
        enough=unit.invited >= cycle.k,
        unit=unit.name,
        invited=unit.invited,
        own_unit=invitation.unit.name,
        k=cycle.k,
        k_comments=cycle.k_comments,
        keep_days=cycle.keep_days,
        closes_at=cycle.closes_at,
        read_all_units=_holders("figures.view_units"),
        read_comments=_holders("comments.review"),
        read_released=_holders("comments.read"),
        run_cycles=_holders("cycle.view"),
    )


def _holders(action: str) -> list[str]:
    """Return the names of the roles that hold an action, in the order of the register of roles."""
    held = ACTIONS[action]
    if held == EVERYONE:
        return [_("everyone")]
    return [str(label) for role, label in RoleGrant.Role.choices if role in held]
