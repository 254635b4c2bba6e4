"""The first page: what needs this person now, what is new, and what to do where nothing is there yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.models import Cycle, Framework
from assessments.queries.answering import Asked, asked
from improvement.queries import actions
from organisation import permissions
from organisation.models import Person, Unit
from reports.pages import Standing, standings
from reports.queries import PublishedCycle
from reports.todos import Todo, address, todos

NEWEST: Final = 6
MOST_PROMISES: Final = 4


@dataclass(frozen=True)
class SetUp:
    """One step of setting the product up; current: the next one to do."""

    title: str
    text: str
    url: str
    done: bool
    current: bool = False


@dataclass(frozen=True)
class Promise:
    """What the unit promised: an open action. state: in a word; kind: of its badge."""

    title: str
    state: str
    kind: str
    due: date


@dataclass(frozen=True)
class Home:
    """What the page shows; set_up is empty once the first cycle was opened."""

    questionnaires: Sequence[Asked]
    todos: Sequence[Todo]
    cycles: Sequence[Cycle]
    latest: PublishedCycle | None
    results: Sequence[Standing]
    promises: Sequence[Promise]
    set_up: Sequence[SetUp]


def home(person: Person) -> Home:
    """Return what this person is shown first."""
    cycles = _cycles(person)
    own = None if permissions.can(person, "dashboard.view") else person.unit.code
    latest, results = standings(person, own)
    return Home(
        questionnaires=[one for one in asked(person, now=timezone.now()) if one.open],
        todos=todos(person),
        cycles=cycles,
        latest=latest,
        results=results,
        promises=_promises(person),
        set_up=[] if latest or cycles else _set_up(person),
    )


def _promises(person: Person) -> list[Promise]:
    """What the person's own unit promised everybody in it. One query."""
    today = timezone.localdate()
    return [
        Promise(
            one.title,
            _("overdue") if one.is_late(today) else str(one.get_state_display()),
            "warning" if one.is_late(today) else "active" if one.state == "under_way" else "neutral",
            one.due_on,
        )
        for one in actions.promised(person.unit, today, MOST_PROMISES)
    ]


def _cycles(person: Person) -> list[Cycle]:
    """The newest cycles, for those who run them."""
    rows = Cycle.objects.visible_to(person).exclude(state=Cycle.State.CANCELLED)
    return list(rows.defer("public_key")[:NEWEST])


def _set_up(person: Person) -> list[SetUp]:
    """The way from an empty installation to the first cycle, for administrators."""
    if not permissions.can(person, "framework.load"):
        return []
    units, people = Unit.objects.count(), Person.objects.count()
    steps = [
        (_("Import units"), _counted(units, "unit"), "units", units > 1),
        (_("Import people"), _counted(people, "person"), "people", people > 1),
        (
            _("Load a framework"),
            _("What is asked, and how it counts."),
            "frameworks",
            Framework.objects.exists(),
        ),
        (_("Open a cycle"), _("Ask everyone, with answers sealed until the close."), "cycles", False),
    ]
    todo = next(place for place, step in enumerate(steps) if not step[3])
    return [
        SetUp(title, text, address(name), done, place == todo)
        for place, (title, text, name, done) in enumerate(steps)
    ]


def _counted(number: int, what: str) -> str:
    if what == "unit":
        return ngettext("{n} unit so far.", "{n} units so far.", number).format(n=number)
    return ngettext("{n} person so far.", "{n} people so far.", number).format(n=number)
