"""What somebody has to do beside the questionnaire: each with its state and the time it is due."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.models import Cycle
from assessments.queries import checklists
from competencies.models import RATED_IN
from competencies.queries import plans, sheets
from competencies.queries.sheets import Progress
from improvement.queries import actions
from organisation import permissions
from organisation.models import Person

MOST_ACTIONS: Final = 3
AT_WORK: Final = ("open", "closed", "scored")


@dataclass(frozen=True)
class Todo:
    """One thing to do. state: in a word or two; kind: of its badge; due: None where nothing is set."""

    title: str
    text: str
    url: str
    action: str
    state: str = ""
    kind: str = "neutral"
    due: date | datetime | None = None


def address(name: str, *arguments: str) -> str:
    """Return the address of a page, or nothing while it is not served."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


def todos(person: Person) -> list[Todo]:
    """Return what this person has to do, in the order in which most do it. The same queries for any number."""
    return [*_actions(person), *_ratings(person), *_plans(person), *_checklist(person)]


def _actions(person: Person) -> Iterator[Todo]:
    """Actions one sees to that are late or due within two weeks: the first ones by themselves, the rest as a number."""
    today = timezone.localdate()
    due = actions.due_soon(person, today)
    for one in due[:MOST_ACTIONS]:
        late = one.is_late(today)
        yield Todo(
            title=one.title,
            text=_("Action of {unit}, {state}. Say how it stands, or end it.").format(
                unit=one.unit.name, state=one.get_state_display()
            ),
            url=reverse("action", args=[one.code]),
            action=_("Open the action"),
            state=_("overdue") if late else _("due soon"),
            kind="warning" if late else "active",
            due=one.due_on,
        )
    more = len(due) - MOST_ACTIONS
    if more > 0:
        yield Todo(
            title=_("More actions"),
            text=ngettext("{n} more is due soon.", "{n} more are due soon.", more).format(n=more),
            url=f"{reverse('actions')}?owner={person.person_id}",
            action=_("See the actions"),
            state=_("due soon"),
            kind="active",
        )


def _ratings(person: Person) -> Iterator[Todo]:
    """One's own competencies, and those of the people one rates, while a cycle takes ratings."""
    if not permissions.can(person, "rating.view_own"):
        return
    _cycles, cycle = sheets.choose_cycle("")
    if cycle is None or cycle.state not in RATED_IN:
        return
    own = sheets.progress(Person.objects.filter(pk=person.pk), cycle)
    if own and own[0].of:
        yield _own(own[0], cycle)
    team = [one for one in sheets.to_rate(person, cycle) if one.of]
    if team:
        yield _team(team, cycle)


def _own(own: Progress, cycle: Cycle) -> Todo:
    state, kind = _state_of(own)
    return Todo(
        title=_("My competencies"),
        text=_(
            "Say where you stand, with an example. Your manager does the same; then you talk it over. By name."
        ),
        url=reverse("rating_sheet", args=[cycle.code, own.person.person_id]),
        action=_("Open my sheet"),
        state=state,
        kind=kind,
        due=cycle.closes_at,
    )


def _state_of(own: Progress) -> tuple[str, str]:
    if own.signed_off:
        return _("signed off"), "done"
    if own.both_in:
        return _("ready to talk over"), "active"
    if own.self_in:
        return _("handed in"), "done"
    if own.self_rated:
        return _("{done} of {all} rated").format(done=min(own.self_rated, own.of), all=own.of), "active"
    return _("not begun"), "neutral"


def _team(team: list[Progress], cycle: Cycle) -> Todo:
    done, signed = (sum(bool(one) for one in column) for column in zip(*map(_sides, team), strict=True))
    talk = sum(one.both_in and not one.signed_off for one in team)
    text = ngettext("{n} person is rated by you.", "{n} people are rated by you.", len(team)).format(
        n=len(team)
    )
    if talk:
        waiting = ngettext("{n} is ready to talk over.", "{n} are ready to talk over.", talk).format(n=talk)
        text = f"{text} {waiting}"
    return Todo(
        title=_("My team’s competencies"),
        text=text,
        url=reverse("ratings"),
        action=_("Rate my team"),
        state=_("{done} of {all} handed in").format(done=done, all=len(team)),
        kind="done" if signed == len(team) else "active" if done else "neutral",
        due=cycle.closes_at,
    )


def _sides(one: Progress) -> tuple[object, object]:
    return one.manager_in, one.signed_off


def _plans(person: Person) -> Iterator[Todo]:
    """Steps of development plans that are due within two weeks or should be done by now."""
    due = plans.reminders(person)
    if not due:
        return
    late = sum(one.overdue for one in due)
    first = min(due, key=lambda one: one.item.due_on).item
    text = ngettext("{n} step is due soon.", "{n} steps are due soon.", len(due)).format(n=len(due))
    yield Todo(
        title=_("Steps of development plans"),
        text=f"{text} {_('First: {step} ({who}).').format(step=first.action, who=first.person.name)}",
        url=reverse("ratings"),
        action=_("See the steps"),
        state=_("{n} overdue").format(n=late) if late else _("due soon"),
        kind="warning" if late else "active",
        due=first.due_on,
    )


def _checklist(person: Person) -> Iterator[Todo]:
    """The checklist, for those who keep it, while a cycle is at work."""
    url = address("checklists")
    if not url or not permissions.can(person, "checklist.edit"):
        return
    rows = checklists.cycles(person).filter(state__in=AT_WORK).defer("framework__source", "public_key")
    at_work = rows.order_by("-opened_at").first()
    if at_work is None:
        return
    filled = checklists.units_filled(person, at_work)
    said, total = sum(one.entries for one in filled), sum(one.total for one in filled)
    yield Todo(
        title=_("Key components of your units"),
        text=_(
            "Say what is in place, for {cycle}, before its results are published. It counts as evidence."
        ).format(cycle=at_work.title),
        url=url,
        action=_("Open the checklist"),
        state=_("{done} of {all} said").format(done=said, all=total),
        kind="done" if said >= total else "active" if said else "neutral",
        due=at_work.closes_at if at_work.is_open else None,
    )
