"""The life of a cycle: draft → open → closed → scored → published → archived; draft → cancelled."""

import secrets
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import AUDIENCES, RESERVED_CODES, Audience, Cycle, CycleUnit, Framework, Invitation
from assessments.queries.opening import asked_people, asks_managers, managers
from assessments.scoring.disclosure import notice_unit
from assessments.services import keys
from assessments.services.errors import TransitionError
from cfm.lib import audit, jobs
from cfm.lib.models import Job
from organisation.models import Unit

State = Cycle.State
TRANSITIONS: Final = {
    State.DRAFT: {State.OPEN, State.CANCELLED},
    State.OPEN: {State.CLOSED},
    State.CLOSED: {State.SCORED},
    State.SCORED: {State.SCORED, State.PUBLISHED},
    State.PUBLISHED: {State.ARCHIVED},
    State.ARCHIVED: set(),
    State.CANCELLED: set(),
}


def locked(cycle: int) -> Cycle:
    """Return the cycle, its row held until the end of this transaction."""
    row: Cycle = Cycle.objects.select_for_update().get(pk=cycle)
    return row


def require_transition(cycle: Cycle, target: str) -> None:
    """Raise TransitionError unless the state allows to go on to the target."""
    if target not in TRANSITIONS[State(cycle.state)]:
        raise TransitionError(
            _("Cycle {code} is {state}, so it can't become {target}.").format(
                code=cycle.code, state=cycle.get_state_display(), target=State(target).label
            )
        )


@transaction.atomic
def create(
    *,
    code: str,
    title: str,
    framework: Framework,
    closes_at: datetime | None = None,
    k: int = 5,
    k_comments: int = 10,
    by: int | None = None,
    **who: Any,
) -> Cycle:
    """Make a draft. k: fewest answers for a figure (5 or more); k_comments: for comments (10 or more).

    who: `scope` (codes of units), `only_audience`, `turnout_goal`, `keep_days`; everyone, 70 per cent and 30 days
    unless given.

    Raises django.core.exceptions.ValidationError for a taken or wrong code, or thresholds that are too low.
    """
    if code in RESERVED_CODES:
        raise ValidationError({"code": _("This code is taken by an address of the product.")})
    cycle = Cycle(
        code=code, title=title, framework=framework, closes_at=closes_at, k=k, k_comments=k_comments, **who
    )
    cycle.full_clean()
    cycle.save()
    audit.record("cycle.create", code, by=by, framework=str(framework), k=k, k_comments=k_comments)
    return cycle


@transaction.atomic
def open_cycle(*, cycle: Cycle, by: int | None = None, recovery: Path | None = None) -> Cycle:
    """Freeze tree, head counts, item order and thresholds, make the key pair, ask everyone active; then open.

    recovery: where to write one copy of the private key, on another medium.
    Raises TransitionError unless the cycle is a draft and there is somebody to ask, KeyFileError where the copy can't
    be written.
    """
    cycle = locked(cycle.pk)
    require_transition(cycle, State.OPEN)
    people = _people_to_ask(cycle)
    if not people:
        raise TransitionError(_("There is nobody to ask: import units and people first."))
    pair = keys.create(recovery=recovery)
    cycle.state, cycle.opened_at = State.OPEN, timezone.now()
    cycle.item_digest = cycle.framework.instrument.item_digest
    cycle.public_key, cycle.key_fingerprint = pair.public, keys.fingerprint(pair.public)
    cycle.save()
    _invite(cycle, people, _freeze_tree(cycle, people))
    copied = {"recovery_copy": True} if recovery else {}
    audit.record("cycle.open", cycle.code, by=by, invited=len(people), key=cycle.key_fingerprint, **copied)
    return cycle


def request_close(*, cycle: Cycle, by: int | None = None) -> Job:
    """Ask a worker to count the answers and close. Raises TransitionError unless the cycle is open."""
    with transaction.atomic():
        cycle = locked(cycle.pk)
        require_transition(cycle, State.CLOSED)
        audit.record("cycle.close", cycle.code, by=by)
        return jobs.enqueue("cycle.close", key=cycle.code, by=by, cycle=cycle.pk)


def request_score(*, cycle: Cycle, by: int | None = None) -> Job:
    """Ask a worker to score. Raises TransitionError unless the cycle is closed and not yet published."""
    with transaction.atomic():
        cycle = locked(cycle.pk)
        require_transition(cycle, State.SCORED)
        audit.record("cycle.score", cycle.code, by=by)
        return jobs.enqueue("cycle.score", key=cycle.code, by=by, cycle=cycle.pk)


@transaction.atomic
def publish(*, cycle: Cycle, by: int | None = None) -> Cycle:
    """Make the prepared release visible. Raises TransitionError when evidence changed since the last scoring."""
    cycle = locked(cycle.pk)
    require_transition(cycle, State.PUBLISHED)
    release = cycle.releases.order_by("-number").first()
    if release is None or release.evidence_version != cycle.evidence_version:
        raise TransitionError(
            _("The evidence of {code} changed after it was scored: score it again.").format(code=cycle.code)
        )
    release.visible = True
    release.save(update_fields=["visible"])
    cycle.state, cycle.published_at = State.PUBLISHED, timezone.now()
    cycle.save(update_fields=["state", "published_at"])
    audit.record("cycle.publish", cycle.code, by=by, release=release.number)
    return cycle


def archive(*, cycle: Cycle, by: int | None = None) -> Cycle:
    """Put a published cycle away; its figures stay readable. Raises TransitionError."""
    return _move(cycle, State.ARCHIVED, by)


def cancel(*, cycle: Cycle, by: int | None = None) -> Cycle:
    """Give a draft up. Raises TransitionError once it was opened."""
    return _move(cycle, State.CANCELLED, by)


@transaction.atomic
def _move(cycle: Cycle, target: str, by: int | None) -> Cycle:
    cycle = locked(cycle.pk)
    require_transition(cycle, target)
    cycle.state = target
    cycle.save(update_fields=["state"])
    audit.record(f"cycle.{target}", cycle.code, by=by)
    return cycle


@dataclass(frozen=True)
class _Asked:
    person: int
    unit: int
    audience: str


def _people_to_ask(cycle: Cycle) -> list[_Asked]:
    """Everyone active in the cycle's units and audience; managers get their own questionnaire where there is one."""
    led = set(managers()) if asks_managers(cycle) else set()
    people = asked_people(cycle).values_list("pk", "unit_id")
    return [
        _Asked(person, unit, Audience.MANAGER if person in led else Audience.STAFF) for person, unit in people
    ]


@dataclass
class TreeRows:
    """The unit tree in frozen order: a parent before its children."""

    units: list[tuple[int, str, str]] = field(default_factory=list)  # (id, code, name)
    parents: list[int] = field(default_factory=list)  # positions, -1 for the root
    depths: list[int] = field(default_factory=list)


def tree_rows(scope: Collection[str] = ()) -> TreeRows:
    """Return today's unit tree, depth first, siblings by name.

    scope: codes of units; then only these, those below, and those above up to the root.
    """
    rows = _whole_tree()
    return _restricted(rows, scope) if scope else rows


def _restricted(rows: TreeRows, scope: Collection[str]) -> TreeRows:
    inside = [False] * len(rows.units)
    for place, (_pk, code, _name) in enumerate(rows.units):  # a parent comes before its children
        inside[place] = code in scope or (rows.parents[place] >= 0 and inside[rows.parents[place]])
    needed = list(inside)
    for place in reversed(range(1, len(needed))):
        needed[rows.parents[place]] |= needed[place]
    kept = [place for place, keep in enumerate(needed) if keep]
    places = {old: new for new, old in enumerate(kept)} | {-1: -1}
    return TreeRows(
        units=[rows.units[place] for place in kept],
        parents=[places[rows.parents[place]] for place in kept],
        depths=[rows.depths[place] for place in kept],
    )


def _whole_tree() -> TreeRows:
    rows = TreeRows()
    position: dict[int | None, int] = {None: -1}
    children: dict[int | None, list[tuple[int, str, str]]] = {}
    for pk, code, name, parent in Unit.objects.order_by("name", "code").values_list(
        "pk", "code", "name", "parent_id"
    ):
        children.setdefault(parent, []).append((pk, code, name))
    waiting: list[tuple[tuple[int, str, str], int | None, int]] = [
        (unit, None, 0) for unit in reversed(children.get(None, []))
    ]
    while waiting:
        unit, parent, depth = waiting.pop()
        position[unit[0]] = len(rows.units)
        rows.units.append(unit)
        rows.parents.append(position[parent])
        rows.depths.append(depth)
        waiting.extend((child, unit[0], depth + 1) for child in reversed(children.get(unit[0], [])))
    return rows


def _freeze_tree(cycle: Cycle, people: Sequence[_Asked]) -> dict[int, CycleUnit]:
    """Write a CycleUnit for every unit of the cycle's scope; returns them by the id of the unit."""
    tree = tree_rows(cycle.scope)
    heads = Counter((asked.unit, asked.audience) for asked in people)
    counts = {a: [heads[unit[0], a] for unit in tree.units] for a in AUDIENCES}
    everyone = np.sum([counts[a] for a in AUDIENCES], axis=0)
    notice = notice_unit(np.array(tree.parents), everyone, cycle.k)
    rows = [
        CycleUnit(
            cycle=cycle,
            position=position,
            parent_position=tree.parents[position],
            depth=tree.depths[position],
            code=code,
            name=name,
            staff_invited=counts[Audience.STAFF][position],
            manager_invited=counts[Audience.MANAGER][position],
            notice_position=int(notice[position]),
        )
        for position, (_pk, code, name) in enumerate(tree.units)
    ]
    CycleUnit.objects.bulk_create(rows, batch_size=1000)
    return {unit[0]: row for unit, row in zip(tree.units, rows, strict=True)}


def _invite(cycle: Cycle, people: Sequence[_Asked], units: dict[int, CycleUnit]) -> None:
    """Write all invitations in random order, so that no row tells by its place who answered."""
    shuffled = list(people)
    secrets.SystemRandom().shuffle(shuffled)
    Invitation.objects.bulk_create(
        [
            Invitation(cycle=cycle, person_id=asked.person, unit=units[asked.unit], audience=asked.audience)
            for asked in shuffled
        ],
        batch_size=1000,
    )
