"""What can be done with a cycle: who may, in which state, and what the confirmation says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from assessments.models import Cycle
from assessments.services import cycles
from organisation import permissions
from organisation.models import Person

State = Cycle.State


@dataclass(frozen=True)
class Action:
    """One thing to do. run gets cycle and by; consequences are sentences shown before it is done."""

    name: str
    states: frozenset[str]
    label: Promise
    question: Promise
    consequences: tuple[Promise, ...]
    done: Promise
    run: Callable[..., Any]
    danger: bool = False

    @property
    def permission(self) -> str:
        return f"cycle.{self.name}"

    @property
    def url_name(self) -> str:
        return f"cycle_{self.name}"


ACTIONS: Final[dict[str, Action]] = {
    action.name: action
    for action in (
        Action(
            name="open",
            states=frozenset({State.DRAFT}),
            label=_("Open"),
            question=_("Open this cycle?"),
            consequences=(
                _("Everyone who belongs to it is asked and can answer from now on."),
                _(
                    "Statements, unit tree, head counts and thresholds are frozen. Nothing can change them later."
                ),
                _("A key pair is made: answers are sealed with it until the close."),
            ),
            done=_("The cycle is open."),
            run=cycles.open_cycle,
        ),
        Action(
            name="close",
            states=frozenset({State.OPEN}),
            label=_("Close and count"),
            question=_("Close this cycle and count the answers?"),
            consequences=(
                _("Nobody can submit, replace or withdraw answers any more, even before the announced end."),
                _("Drafts that were not submitted are deleted."),
                _(
                    "The envelopes are opened, shuffled and counted, and the key is destroyed. It can’t be undone."
                ),
            ),
            done=_("The answers are being counted."),
            run=cycles.request_close,
            danger=True,
        ),
        Action(
            name="score",
            states=frozenset({State.CLOSED, State.SCORED}),
            label=_("Score"),
            question=_("Score this cycle?"),
            consequences=(
                _("Figures are computed from the counted answers and the evidence as it stands now."),
                _("They are audited for confidentiality and prepared. Nobody sees them before publication."),
                _("It may be repeated until the cycle is published."),
            ),
            done=_("The cycle is being scored."),
            run=cycles.request_score,
        ),
        Action(
            name="publish",
            states=frozenset({State.SCORED}),
            label=_("Publish"),
            question=_("Publish the results?"),
            consequences=(
                _(
                    "The prepared figures become visible: to everyone for the organisation and their own unit, "
                    "to managers and executives for the units they lead or oversee."
                ),
                _("The evidence of this cycle can’t be changed afterwards. It can’t be undone."),
                _("The days after which the answers are deleted begin now. Figures and comments stay."),
            ),
            done=_("The results are published."),
            run=cycles.publish,
        ),
        Action(
            name="archive",
            states=frozenset({State.PUBLISHED}),
            label=_("Archive"),
            question=_("Archive this cycle?"),
            consequences=(_("It is put away. Its published figures stay readable and stay in the trend."),),
            done=_("The cycle is archived."),
            run=cycles.archive,
        ),
        Action(
            name="cancel",
            states=frozenset({State.DRAFT}),
            label=_("Cancel the draft"),
            question=_("Give this draft up?"),
            consequences=(_("It stays in the list as cancelled and can’t be opened. Its code stays taken."),),
            done=_("The draft is cancelled."),
            run=cycles.cancel,
            danger=True,
        ),
    )
}
PRIMARY: Final = {
    State.DRAFT: "open",
    State.OPEN: "close",
    State.CLOSED: "score",
    State.SCORED: "publish",
    State.PUBLISHED: "archive",
}
SECONDARY: Final = {State.DRAFT: "cancel", State.SCORED: "score"}


def primary(cycle: Cycle, person: Person) -> Action | None:
    """Return the one thing to do next, if this person may do it."""
    return _allowed(PRIMARY.get(State(cycle.state)), person)


def secondary(cycle: Cycle, person: Person) -> Action | None:
    """Return the other thing that can be done, if this person may do it."""
    return _allowed(SECONDARY.get(State(cycle.state)), person)


def _allowed(name: str | None, person: Person) -> Action | None:
    action = ACTIONS[name] if name else None
    return action if action and permissions.can_everywhere(person, action.permission) else None
