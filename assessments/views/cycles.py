"""Running cycles: list, the page of one cycle, its actions, and the proof for everyone."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from assessments.models import Cycle
from assessments.queries import opening, proof, publishing
from assessments.queries.turnout import overall, taken_on, turnout
from assessments.services import cycles as services
from assessments.services import retention
from assessments.services.errors import ServiceError
from assessments.views.comments import waiting
from assessments.views.cycle_actions import ACTIONS, Action, primary, secondary
from assessments.views.http import PersonRequest
from assessments.views.mails import panel
from assessments.views.setup import way_of
from cfm.lib.models import Job
from organisation import approvals, permissions
from organisation.models import Person, Unit

State = Cycle.State
STEPS: Final = (State.DRAFT, State.OPEN, State.CLOSED, State.SCORED, State.PUBLISHED, State.ARCHIVED)
JOBS: Final = {
    State.OPEN: "cycle.close",
    State.CLOSED: "cycle.score",
    State.SCORED: "cycle.score",
    State.PUBLISHED: "answers.delete",
    State.ARCHIVED: "answers.delete",
}
AUDIT_WORDS: Final = {
    "columns": _lazy("Dimensions audited"),
    "cells": _lazy("Figures released"),
    "rank": _lazy("Independent ones among them"),
    "groups": _lazy("Groups of people checked"),
    "ties": _lazy("Dimensions that follow from others"),
    "k": _lazy("Fewest people allowed"),
    "smallest": _lazy("Fewest people any combination tells about"),
    "releases": _lazy("Releases audited together"),
    "findings": _lazy("Findings"),
    "sha256": _lazy("Fingerprint of what was audited"),
    "cube": _lazy("Fingerprint of the counts behind the figures"),
}
BADGES: Final = {
    State.OPEN: "active",
    State.PUBLISHED: "done",
    State.ARCHIVED: "done",
    State.CANCELLED: "neutral",
}


@login_required
@require_safe
def cycle_list(request: PersonRequest) -> HttpResponse:
    """All cycles, the newest first, with state, dates and turnout."""
    permissions.require(request.user, "cycle.view")
    cycles = list(_visible(request.user).select_related("framework").defer("framework__source", "public_key"))
    shares = overall(cycles)
    rows = [
        {"cycle": cycle, "badge": BADGES.get(State(cycle.state), "neutral"), "percent": shares.get(cycle.pk)}
        for cycle in cycles
    ]
    context = {"rows": rows, "may_create": permissions.can_everywhere(request.user, "cycle.edit")}
    return render(request, "assessments/cycles.html", context)


@login_required
@require_safe
def cycle_page(request: PersonRequest, code: str) -> HttpResponse:
    """One cycle: where it stands, what is fixed, what to do next. No names of people, ever."""
    permissions.require(request.user, "cycle.view")
    cycle = _get(request.user, code)
    context: dict[str, Any] = {
        "cycle": cycle,
        "badge": BADGES.get(State(cycle.state), "neutral"),
        "steps": _steps(cycle),
        "primary": primary(cycle, request.user),
        "secondary": secondary(cycle, request.user),
        "job": _job(cycle),
        "may_edit": permissions.can_everywhere(request.user, "cycle.edit"),
        **_facts(cycle, request.user),
    }
    return render(request, "assessments/cycle.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cycle_action(request: PersonRequest, code: str, action: str) -> HttpResponse:
    """Say what will happen; on POST, do it."""
    chosen = ACTIONS[action]
    permissions.require_everywhere(request.user, chosen.permission)
    cycle = _get(request.user, code)
    if request.method == "POST":
        return _act(request, cycle, chosen)
    if cycle.state not in chosen.states:
        messages.warning(
            request, _("The cycle is %s now, so this can’t be done.") % cycle.get_state_display()
        )
        return redirect("cycle", code)
    return _render_confirm(request, cycle, chosen)


@login_required
@require_safe
def cycle_proof(request: PersonRequest, code: str) -> HttpResponse:
    """For everyone: what can be checked of the promise of confidentiality."""
    permissions.require(request.user, "proof.view")
    cycle = get_object_or_404(
        proof.provable().select_related("framework").defer("framework__source"), code=code
    )
    release = proof.last_release(cycle)
    context = {
        "cycle": cycle,
        "invited": cycle.invitations.count(),
        "certificate": proof.certificate(cycle),
        "deleted_on": retention.deleted_on(cycle),
        "audit": _entries(release.certificate) if release else [],
        "release": release.certificate if release else {},
        "clean": release is not None and not release.certificate.get("findings"),
        "runs_cycles": permissions.can(request.user, "cycle.view"),
    }
    return render(request, "assessments/cycle_proof.html", context)


def _visible(person: Person) -> Any:
    return Cycle.objects.visible_to(person)


def _get(person: Person, code: str) -> Cycle:
    rows = _visible(person).select_related("framework").defer("framework__source", "public_key")
    cycle: Cycle = get_object_or_404(rows, code=code)
    return cycle


def _job(cycle: Cycle) -> Job | None:
    """Return the work that leads out of this state: running, or failed and still to be done."""
    rows = Job.objects.filter(key=cycle.code, kind=JOBS.get(State(cycle.state), ""))
    job = rows.order_by("-created_at").first()
    return None if job is None or job.state == Job.State.DONE else job


def _act(request: PersonRequest, cycle: Cycle, action: Action) -> HttpResponse:
    if approvals.needed(action.permission) and cycle.state in action.states:
        approvals.ask(action.permission, cycle.code, by=request.user, cycle=cycle.pk)
        messages.info(request, _("This waits for a second person, who finds it under Approvals."))
        return redirect("cycle", cycle.code)
    try:
        action.run(cycle=cycle, by=request.user.pk)
    except ServiceError as error:
        return _render_confirm(request, cycle, action, problem=str(error), status=409)
    messages.success(request, str(action.done))
    return redirect("cycle", cycle.code)


def _render_confirm(
    request: PersonRequest, cycle: Cycle, action: Action, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {"cycle": cycle, "action": action, "problem": problem}
    if action.name == "open":
        context["checks"] = _checks(cycle)
    if action.name == "publish":
        context["publish_checks"] = publishing.checks(cycle)
        preview = proof.preview(cycle)
        context |= {"preview": preview, "audit": _entries(preview.certificate) if preview else []}
    return render(request, "assessments/cycle_confirm.html", context, status=status)


def _steps(cycle: Cycle) -> list[tuple[str, str]]:
    """Return (label, done | current | coming) for each state on the way."""
    if cycle.state == State.CANCELLED:
        return [(str(State.DRAFT.label), "done"), (str(State.CANCELLED.label), "current")]
    now = STEPS.index(State(cycle.state))
    words = ["done"] * now + ["current"] + ["coming"] * (len(STEPS) - now - 1)
    return [(str(state.label), word) for state, word in zip(STEPS, words, strict=True)]


def _facts(cycle: Cycle, person: Person) -> dict[str, Any]:
    """Return what the page of this state shows beside the steps."""
    if cycle.state == State.DRAFT:
        return {"checks": _checks(cycle), "way": way_of(cycle)}
    if not cycle.opened_at:
        return {}
    runs = permissions.can_everywhere(person, "cycle.edit")
    preview = proof.preview(cycle) if cycle.state not in {State.OPEN, State.CLOSED} else None
    return {
        "mail": panel(cycle) if cycle.is_open and runs else None,
        "turnout": turnout(cycle, codes=_codes_in_scope(person)),
        "taken_on": taken_on(cycle) if cycle.is_open else None,
        "days_left": _days_left(cycle.closes_at) if cycle.is_open else None,
        "comments_waiting": waiting(cycle, person),
        "publish_checks": publishing.checks(cycle) if cycle.state == State.SCORED else [],
        "certificate": proof.certificate(cycle),
        "deleted_on": retention.deleted_on(cycle),
        "preview": preview,
        "audit": _entries(preview.certificate) if preview else [],
    }


def _checks(cycle: Cycle) -> opening.OpeningChecks:
    tree = services.tree_rows(cycle.scope)
    return opening.checks(cycle, units=tree.units, parents=tree.parents)


def _codes_in_scope(person: Person) -> set[str] | None:
    """Return the codes of the units this person's right to look at cycles reaches; None for all."""
    scope = permissions.scope(person, "cycle.view")
    return None if scope is None else set(Unit.objects.within(scope).values_list("code", flat=True))


def _days_left(closes_at: datetime | None) -> int | None:
    """Return the whole days until the end, 0 on the last day or after it; None without an end."""
    if closes_at is None:
        return None
    today = timezone.localdate()
    return max(0, (timezone.localtime(closes_at).date() - today).days)


def _entries(certificate: Any) -> list[tuple[str, str]]:
    """Return the plain entries of a certificate as (name, value), for a list on the page."""
    plain = (str, int, float, bool)
    return [
        (str(AUDIT_WORDS.get(key, key)), str(value))
        for key, value in certificate.items()
        if isinstance(value, plain)
    ]
