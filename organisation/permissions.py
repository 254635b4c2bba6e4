"""Who may do what: every rule on roles, in one place. Pure: imports no model, reads no database.

A rule says which roles hold an action. Which rows an action reaches is said by the scope of the grant
that gives it: `scope(actor, action)`; rows are only ever reached through a QuerySet's `visible_to`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from django.core.exceptions import PermissionDenied

STAFF: Final = "staff"
MANAGER: Final = "manager"
EXECUTIVE: Final = "executive"
HR: Final = "hr"
ADMINISTRATOR: Final = "administrator"
AUDITOR: Final = "auditor"
ROLES: Final = (STAFF, MANAGER, EXECUTIVE, HR, ADMINISTRATOR, AUDITOR)

EVERYONE: Final = frozenset(ROLES)

ACTIONS: Final[dict[str, frozenset[str]]] = {
    "home.view": EVERYONE,
    "questionnaire.answer": EVERYONE,
    "proof.view": EVERYONE,
    # published figures: of the organisation and one's own unit for all; more by scope
    "figures.view": EVERYONE,
    "figures.view_units": frozenset({MANAGER, EXECUTIVE, HR}),
    "dashboard.view": frozenset({MANAGER, EXECUTIVE, HR}),
    # the board pack of a unit with all below it; who decides that executives are mailed theirs
    "pack.make": frozenset({MANAGER, EXECUTIVE, HR}),
    "pack.mailing": frozenset({EXECUTIVE, HR}),
    "norm.edit": frozenset({HR}),
    "checklist.view": frozenset({MANAGER, HR, AUDITOR}),
    "checklist.edit": frozenset({MANAGER}),
    "checklist.review": frozenset({HR, AUDITOR}),
    # transformations and how ready units are for them: named by nature
    "change.view": frozenset({MANAGER, EXECUTIVE, HR, AUDITOR}),
    "change.edit": frozenset({MANAGER, EXECUTIVE, HR}),
    # running a cycle
    "cycle.view": frozenset({HR, ADMINISTRATOR}),
    "cycle.edit": frozenset({HR, ADMINISTRATOR}),
    "cycle.open": frozenset({HR, ADMINISTRATOR}),
    "cycle.close": frozenset({HR, ADMINISTRATOR}),
    "cycle.score": frozenset({HR, ADMINISTRATOR}),
    "cycle.publish": frozenset({HR, ADMINISTRATOR}),
    "cycle.archive": frozenset({HR, ADMINISTRATOR}),
    "cycle.cancel": frozenset({HR, ADMINISTRATOR}),
    "comments.review": frozenset({HR}),
    "comments.read": frozenset({MANAGER, EXECUTIVE, HR}),
    # who and what is registered
    "unit.view": frozenset({HR, ADMINISTRATOR}),
    "unit.edit": frozenset({ADMINISTRATOR}),
    "person.view": frozenset({HR, ADMINISTRATOR}),
    "person.edit": frozenset({ADMINISTRATOR}),
    "role.grant": frozenset({ADMINISTRATOR}),
    # replacing name and address of somebody who has left
    "person.anonymise": frozenset({HR, ADMINISTRATOR}),
    # what waits for a second person, where the two-person rule is on; deciding needs the action itself
    "approval.view": frozenset({HR, ADMINISTRATOR}),
    "framework.view": frozenset({HR, ADMINISTRATOR}),
    "framework.load": frozenset({ADMINISTRATOR}),
    "audit.view": frozenset({AUDITOR}),
    # one's own data, security settings, and who has read one's named ratings
    "me.view": EVERYONE,
    # the register of customers: read by everyone, kept by managers for customers that their units own or serve
    "customer.view": EVERYONE,
    "customer.edit": frozenset({MANAGER, HR, ADMINISTRATOR}),
    # competencies: named by nature; a person's own ratings and plans, a line manager's reports, HR everyone in scope
    "library.view": EVERYONE,
    "library.edit": frozenset({HR}),
    "profile.edit": frozenset({HR}),
    "rating.view_own": EVERYONE,
    "rating.rate_team": frozenset({MANAGER}),
    "rating.view_all": frozenset({HR}),
    "gaps.view": frozenset({MANAGER, EXECUTIVE, HR}),
    "gaps.export": frozenset({HR}),
    "resource.edit": frozenset({HR}),
    # improvement: goals of the organisation and of one's own line of units for all; more by scope
    "goal.view": EVERYONE,
    "goal.view_units": frozenset({MANAGER, EXECUTIVE, HR, AUDITOR}),
    "goal.view_people": frozenset({MANAGER, HR}),
    "goal.edit": frozenset({MANAGER, HR}),
    # actions: of one's own subtree, of all for executives and HR, and for everybody those one sees to
    "action.view_own": EVERYONE,
    "action.view": frozenset({MANAGER, EXECUTIVE, HR}),
    "action.edit": frozenset({MANAGER}),
    # "you said, we did": of the organisation and one's own unit for all; more by scope
    "said.view": EVERYONE,
    "said.view_units": frozenset({MANAGER, EXECUTIVE, HR}),
    "process.view": frozenset({MANAGER, EXECUTIVE, HR, AUDITOR}),
    "process.edit": frozenset({MANAGER}),
    "case.view": frozenset({MANAGER, EXECUTIVE, HR}),
    "case.edit": frozenset({MANAGER, HR}),
    # recognition: named, open to everyone; awards by managers to people of their part; HR takes off with a reason
    "recognition.view": EVERYONE,
    "recognition.award": frozenset({MANAGER}),
    "recognition.count": frozenset({MANAGER, EXECUTIVE, HR, AUDITOR}),
    "recognition.moderate": frozenset({HR}),
    "recognition.export": frozenset({HR}),
    # what is told to whom, when
    "communication.view": frozenset({MANAGER, EXECUTIVE, HR}),
    "communication.edit": frozenset({MANAGER, HR}),
    # ideas from staff: answered ones of one's own unit and the organisation for all; more by scope
    "idea.view": EVERYONE,
    "idea.view_units": frozenset({MANAGER, EXECUTIVE, HR}),
    "idea.assign": frozenset({HR}),
    "idea.topics": frozenset({HR}),
    # leaders' commitments: kept by each leader, seen by the team
    "leader.view": EVERYONE,
    "leader.commit": frozenset({MANAGER, EXECUTIVE}),
    # an executive changes what stands at the top of their reach, and leaves the units below to their managers
    "improvement.lead": frozenset({EXECUTIVE}),
}


@dataclass(frozen=True)
class Grant:
    """A role held, and the unit (with those below) it reaches; None is the whole organisation."""

    role: str
    unit: int | None


class Actor(Protocol):
    """What a rule needs to know of a person."""

    @property
    def is_authenticated(self) -> bool: ...

    @property
    def grants(self) -> Iterable[Grant]: ...


def can(actor: Actor, action: str) -> bool:
    """Whether one of the actor's roles holds the action, in any scope. Raises KeyError for an unknown action."""
    holders = ACTIONS[action]
    return actor.is_authenticated and any(grant.role in holders for grant in actor.grants)


def require(actor: Actor, action: str) -> None:
    """Raise PermissionDenied (HTTP 403) unless the actor holds the action."""
    if not can(actor, action):
        raise PermissionDenied(action)


def can_everywhere(actor: Actor, action: str) -> bool:
    """Whether the actor holds the action for the whole organisation. Raises KeyError for an unknown action."""
    return can(actor, action) and scope(actor, action) is None


def require_everywhere(actor: Actor, action: str) -> None:
    """Raise PermissionDenied (HTTP 403) unless the actor holds the action for the whole organisation."""
    if not can_everywhere(actor, action):
        raise PermissionDenied(action)


def scope(actor: Actor, action: str) -> frozenset[int] | None:
    """Return the ids of the units (each with those below) the action reaches; None for the whole organisation."""
    holders = ACTIONS[action]
    units = (
        {grant.unit for grant in actor.grants if grant.role in holders} if actor.is_authenticated else set()
    )
    return None if None in units else frozenset(unit for unit in units if unit is not None)
