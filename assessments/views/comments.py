"""Comments: HR reviews them one by one after the count; after publication those who may read a unit read them."""

from __future__ import annotations

import uuid
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from assessments.models import Comment, Cycle, CycleUnit
from assessments.queries import comments as queries
from assessments.queries import telltale
from assessments.services import comments as services
from assessments.services.errors import ServiceError
from assessments.views.http import PersonRequest
from organisation import permissions
from organisation.models import Person

State = Comment.State
A_PAGE: Final = 50
DECISIONS: Final = {"show": State.SHOWN, "redact": State.REDACTED, "withhold": State.WITHHELD}


@login_required
@never_cache
@require_safe
def review(request: PersonRequest, code: str) -> HttpResponse:
    """The next comment to decide on, or a list of those decided."""
    cycle = _cycle(request, code)
    state = request.GET.get("state", State.NEW)
    if state not in State.values:
        raise Http404
    rows = queries.reviewable(request.user, cycle)
    context = {"cycle": cycle, "states": _tabs(rows, state), "state": state, "gap": services.GAP}
    context |= _next(request, rows) if state == State.NEW else _listed(request, rows, state)
    return render(request, "assessments/comments_review.html", context)


@login_required
@never_cache
@sensitive_post_parameters()
@require_POST
def decide(request: PersonRequest, code: str, pk: uuid.UUID) -> HttpResponse:
    """Show, show in part, withhold, or take the decision back; then on to the next comment."""
    cycle = _cycle(request, code)
    comment = get_object_or_404(queries.reviewable(request.user, cycle), pk=pk)
    wish = request.POST.get("do", "")
    if wish == "undo":
        services.take_back(comment=comment.pk, by=request.user.pk)
        return redirect(_address(cycle, at=comment.pk))
    if wish not in DECISIONS:
        raise Http404
    themes = request.POST.get("themes", "").split(",")
    text = request.POST.get("text", "")
    try:
        services.decide(
            comment=comment.pk, state=DECISIONS[wish], text=text, themes=themes, by=request.user.pk
        )
    except ServiceError as error:
        return _again(request, cycle, comment, problem=str(error), text=text)
    return redirect(_address(cycle, last=comment.pk))


@login_required
@never_cache
@require_safe
def unit_comments(request: PersonRequest, code: str, unit: str) -> HttpResponse:
    """The released comments that stand at a unit. No search: a word could single somebody out."""
    permissions.require(request.user, "comments.read")
    cycle = get_object_or_404(Cycle.objects.published().defer("public_key"), code=code)
    units = queries.readable_units(request.user, cycle).select_related("cycle")
    place: CycleUnit = get_object_or_404(units, code=unit)
    rows = queries.readable(request.user, cycle)
    page = Paginator(rows.filter(unit=place), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "cycle": cycle,
        "unit": place,
        "page": page,
        "around": queries.around(place, rows),
        "themes": queries.shared_themes(rows, place, cycle.k),
    }
    return render(request, "assessments/comments_unit.html", context)


def waiting(cycle: Cycle, person: Person) -> int | None:
    """Return how many comments wait for this person's review; None for who reviews none, and before the count."""
    if cycle.state not in queries.REVIEWED_IN or not permissions.can(person, "comments.review"):
        return None
    return queries.reviewable(person, cycle).filter(state=State.NEW).count()


def _cycle(request: PersonRequest, code: str) -> Cycle:
    permissions.require(request.user, "comments.review")
    rows = Cycle.objects.visible_to(request.user).exclude(
        state__in=[Cycle.State.DRAFT, Cycle.State.CANCELLED]
    )
    cycle: Cycle = get_object_or_404(rows.defer("public_key"), code=code)
    return cycle


def _next(request: PersonRequest, rows: Any) -> dict[str, Any]:
    """Return what to decide on now: the comment asked for, the next after it, or the first that waits."""
    waiting = rows.filter(state=State.NEW)
    at, after = _id(request, "at"), _id(request, "after")
    comment = waiting.filter(pk=at).first() if at else None
    comment = comment or (waiting.filter(pk__gt=after).first() if after else None) or waiting.first()
    last = _id(request, "last")
    return {
        "last": rows.exclude(state=State.NEW).filter(pk=last).first() if last else None,
        **(_facing(rows, comment) if comment else {}),
    }


def _facing(rows: Any, comment: Comment) -> dict[str, Any]:
    return {
        "comment": comment,
        "text": comment.text,
        "telltales": telltale.find(comment.text, names=telltale.names_below(comment)).sentences,
        "themes": queries.themes_used(rows),
    }


def _listed(request: PersonRequest, rows: Any, state: str) -> dict[str, Any]:
    page = Paginator(rows.filter(state=state), A_PAGE).get_page(request.GET.get("page"))
    return {"page": page}


def _again(
    request: PersonRequest, cycle: Cycle, comment: Comment, *, problem: str, text: str
) -> HttpResponse:
    """Show the comment once more with what was wrong; the next one where it is decided by now."""
    if comment.state != State.NEW:
        messages.warning(request, problem)
        return redirect(_address(cycle))
    rows = queries.reviewable(request.user, cycle)
    context = {
        "cycle": cycle,
        "states": _tabs(rows, State.NEW),
        "state": State.NEW,
        "gap": services.GAP,
        **_facing(rows, comment),
        "text": text or comment.text,
        "problem": problem,
    }
    return render(request, "assessments/comments_review.html", context, status=400)


def _tabs(rows: Any, current: str) -> list[tuple[str, str, int, bool]]:
    """Return (state, label, how many, whether it is shown now) for each state."""
    counts = queries.by_state(rows)
    return [(state, str(label), counts[state], state == current) for state, label in State.choices]


def _address(cycle: Cycle, **query: uuid.UUID) -> str:
    address = reverse("comments", args=[cycle.code])
    return f"{address}?{urlencode(query)}" if query else address


def _id(request: PersonRequest, name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.GET.get(name, ""))
    except ValueError:
        return None


urlpatterns: list[URLPattern] = [
    path("cycles/<slug:code>/comments/", review, name="comments"),
    path("cycles/<slug:code>/comments/<uuid:pk>/", decide, name="comment_decide"),
    path("cycles/<slug:code>/units/<path:unit>/comments/", unit_comments, name="unit_comments"),
]
