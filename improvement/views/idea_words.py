"""Ideas in words: lines, answers, and how the promise to answer is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from improvement.models import Idea, IdeaAnswer
from improvement.queries.ideas import Promise, UnitPromise
from improvement.views.goal_words import words as day_words
from improvement.views.tables import Box, Column, table

KINDS: Final = {
    Idea.State.NEW: "neutral",
    Idea.State.DISCUSSION: "active",
    Idea.State.ACCEPTED: "active",
    Idea.State.DONE: "done",
    Idea.State.DECLINED: "neutral",
}


@dataclass(frozen=True)
class Line:
    """An idea as pages show it. sentence: where it stands; action_url: empty where there is no page for actions."""

    idea: Idea
    state: str
    kind: str
    is_late: bool
    sentence: str
    action_url: str


def line(idea: Idea, today: date) -> Line:
    return Line(
        idea=idea,
        state=str(idea.get_state_display()),
        kind=KINDS[Idea.State(idea.state)],
        is_late=idea.is_late(today),
        sentence=_sentence(idea, today),
        action_url=_action_url(idea.action_code),
    )


def _action_url(code: str) -> str:
    if not code:
        return ""
    try:
        return reverse("action", args=[code])
    except NoReverseMatch:
        return ""


def _sentence(idea: Idea, today: date) -> str:
    owner = idea.owner.name if idea.owner else _("somebody whom HR will name")
    told = {"owner": owner, "day": day_words(idea.promised_by)}
    if idea.is_late(today):
        return _("%(owner)s promised an answer by %(day)s and owes it.") % told
    if idea.state == Idea.State.NEW:
        return _("%(owner)s answers by %(day)s.") % told
    if idea.state == Idea.State.ACCEPTED and idea.due_on:
        return _("To be done by %s.") % day_words(idea.due_on)
    return ""


def answers(idea: Idea) -> list[IdeaAnswer]:
    """Return what was answered, the newest first, with names."""
    return list(idea.answers.select_related("by").order_by("-number"))


def headline(found: Promise) -> str:
    """Return how the promise is kept, as a sentence."""
    if not found.total:
        return _("Nobody has sent an idea yet")
    told = {"n": found.total, "answered": found.answered, "late": found.late}
    sent = ngettext("%(n)d idea was sent", "%(n)d ideas were sent", found.total) % told
    if not found.waiting:
        return _("%s, all are answered") % sent
    kept = ngettext("%(answered)d is answered", "%(answered)d are answered", found.answered) % told
    if not found.late:
        return _("%(sent)s, %(kept)s, none waits past the promised day") % {"sent": sent, "kept": kept}
    late = (
        ngettext("%(late)d waits past the promised day", "%(late)d wait past the promised day", found.late)
        % told
    )
    return f"{sent}, {kept}, {late}"


def late_sentence(count: int) -> str:
    if not count:
        return _("No answer is owed past its day by those who report to you")
    return (
        ngettext(
            "%d idea waits past the promised day",
            "%d ideas wait past the promised day",
            count,
        )
        % count
    )


def promise_table(rows: Sequence[UnitPromise]) -> Any:
    """Return the table of units that ideas are for, by name."""
    heads = [
        Column(_("Unit")),
        Column(_("Ideas"), numeric=True),
        Column(_("Answered"), numeric=True),
        Column(_("Past the promised day"), numeric=True),
    ]
    cells = [
        [
            Box(row.unit.name, header=True, href=f"{reverse('ideas')}?unit={row.unit.code}"),
            *(Box(str(value), numeric=True) for value in (row.total, row.answered, row.late)),
        ]
        for row in rows
    ]
    return table(_("Ideas by unit"), heads, cells) if cells else None
