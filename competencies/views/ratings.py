"""Rating: what is to do, one person a page, saved as one goes; hand in, talk it over, sign off."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.models import Cycle
from competencies.levels import LEVELS
from competencies.models import RATED_IN, Competency, Rater
from competencies.queries import people, plans, sheets
from competencies.queries.standing import NEVER_OPENED
from competencies.services import ratings as services
from competencies.services import readings
from competencies.services.errors import RefusedError
from organisation import permissions
from organisation.models import Person
from organisation.views.http import PersonRequest

PAGE_SIZE = 50


@login_required
@never_cache
@require_safe
def ratings(request: PersonRequest) -> HttpResponse:
    """What this person has to rate: themselves and, as a manager, their reports."""
    permissions.require(request.user, "rating.view_own")
    cycles, cycle = sheets.choose_cycle(request.GET.get("cycle", ""))
    if cycle is None:
        if cycles:
            raise Http404
        return render(request, "competencies/ratings.html", {"cycle": None})
    own = sheets.progress(Person.objects.filter(pk=request.user.pk), cycle)[0]
    context = {
        "cycle": cycle,
        "cycles": cycles,
        "takes_ratings": cycle.state in RATED_IN,
        "own": own,
        "team": sheets.to_rate(request.user, cycle),
        "may_see_all": permissions.can(request.user, "rating.view_all"),
        "reminders": plans.reminders(request.user),
    }
    return render(request, "competencies/ratings.html", context)


@login_required
@never_cache
@require_safe
def ratings_progress(request: PersonRequest) -> HttpResponse:
    """For HR: who still has to rate whom."""
    permissions.require(request.user, "rating.view_all")
    cycles, cycle = sheets.choose_cycle(request.GET.get("cycle", ""))
    if cycle is None:
        if cycles:
            raise Http404
        return render(request, "competencies/ratings_progress.html", {"cycle": None})
    counts, debts = sheets.still_to_rate(request.user, cycle)
    context = {
        "cycle": cycle,
        "cycles": cycles,
        "counts": counts,
        "page": Paginator(debts, PAGE_SIZE).get_page(request.GET.get("page")),
        "crumbs": [(_("Ratings"), reverse("ratings")), (_("Who still has to rate whom"), "")],
    }
    return render(request, "competencies/ratings_progress.html", context)


def _place(request: PersonRequest, cycle: str, person_id: str) -> tuple[Cycle, Person]:
    permissions.require(request.user, "rating.view_own")
    found = get_object_or_404(Cycle.objects.exclude(state__in=NEVER_OPENED), code=cycle)
    visible = people.named(request.user, found).select_related("unit", "manager", "job_role")
    return found, get_object_or_404(visible, person_id=person_id)


@login_required
@never_cache
@require_safe
def sheet(request: PersonRequest, cycle: str, person_id: str) -> HttpResponse:
    """The sheet of one person, from the side of whoever looks."""
    found, person = _place(request, cycle, person_id)
    return _show(request, found, person)


def _show(request: PersonRequest, cycle: Cycle, person: Person, status: int = 200) -> HttpResponse:
    readings.note_person(reader=request.user, person=person, cycle=cycle)
    kept = sheets.sheet_of(cycle, person)
    side = sheets.side(kept, request.user)
    drafting = bool(side) and kept.takes_ratings and not kept.is_in(side)
    lines = sheets.lines(kept, side)
    context = {
        "sheet": kept,
        "cycle": cycle,
        "person": person,
        "side": side,
        "is_own": side == Rater.SELF,
        "drafting": drafting,
        "talking": bool(side) and kept.takes_ratings and kept.both_in,
        "lines": lines,
        "compared": sheets.compared(lines),
        "levels": LEVELS,
        "n_rated": sum(line.mine is not None for line in lines),
        "side_in": bool(side) and kept.is_in(side),
        "comment": kept.person_comment if side == Rater.SELF else kept.manager_comment,
        "history": sheets.history(kept, side),
        "moved": sheets.moved(person, kept) and people.may_hand_over(request.user, person, kept.rater_id),
        "sign_title": _signing(person),
        "sign_text": _signed_means(),
        "crumbs": [(_("Ratings"), f"{reverse('ratings')}?cycle={cycle.code}"), (person.name, "")],
    }
    return render(request, "competencies/sheet.html", context, status=status)


def _signing(person: Person) -> str:
    return _("Sign the sheet of %s off?") % person.name


def _signed_means() -> str:
    return _(
        "After that nothing changes any more. Agreed levels count; where none is noted, the manager's does."
    )


def _tried(act: Callable[[], Any]) -> tuple[str, int]:
    """Do something to a sheet; return what is wrong and the status: 409 for what is refused, 400 for bad input."""
    try:
        act()
    except RefusedError as error:
        return str(error), 409
    except ValueError as error:
        return str(error), 400
    return "", 200


def _act(
    request: PersonRequest,
    cycle: str,
    person_id: str,
    act: Callable[..., Any],
    done: str,
    *,
    place: str = "",
    **more: Any,
) -> HttpResponse:
    """Do one thing to a sheet and show it again. place: where on the page it happened."""
    found, person = _place(request, cycle, person_id)
    problem, status = _tried(lambda: act(cycle=found, person=person, by=request.user, **more))
    if problem:
        messages.error(request, problem)
        return _show(request, found, person, status=status)
    messages.success(request, done)
    return redirect(f"{reverse('rating_sheet', args=[cycle, person_id])}{place}")


@login_required
@require_POST
def rate(request: PersonRequest, cycle: str, person_id: str) -> HttpResponse:
    """Save one level; htmx gets the line that says so, others the page."""
    found, person = _place(request, cycle, person_id)
    one = get_object_or_404(Competency, code=request.POST.get("competency", ""))
    problem, status = _tried(
        lambda: services.rate(
            cycle=found,
            person=person,
            competency=one,
            level=_level(request.POST.get("level", "")),
            note=request.POST.get("note", ""),
            by=request.user,
        )
    )
    if request.headers.get("HX-Request"):
        # htmx leaves error answers out of the page, and this one must be read.
        return _saved(request, found, person, one, problem)
    if problem:
        messages.error(request, problem)
        return _show(request, found, person, status=status)
    return redirect(f"{reverse('rating_sheet', args=[cycle, person_id])}#rate-{one.code}")


def _saved(
    request: PersonRequest, cycle: Cycle, person: Person, one: Competency, problem: str
) -> HttpResponse:
    kept = sheets.sheet_of(cycle, person)
    lines = sheets.lines(kept, sheets.side(kept, request.user))
    context = {
        "competency": one,
        "problem": problem,
        "level": request.POST.get("level", ""),
        "cycle": cycle,
        "person": person,
        "n_rated": sum(line.mine is not None for line in lines),
        "of": len(lines),
    }
    return render(request, "competencies/_saved.html", context)


def _level(text: str) -> int | None:
    if not text:
        return None
    if text not in {str(level) for level in LEVELS}:
        raise ValueError(_("Choose a level from 1 to 5."))
    return int(text)


@login_required
@require_POST
def undo(request: PersonRequest, cycle: str, person_id: str) -> HttpResponse:
    one = get_object_or_404(Competency, code=request.POST.get("competency", ""))
    done = _("%s is as it was before.") % one.name
    return _act(request, cycle, person_id, services.undo, done, place=f"#rate-{one.code}", competency=one)


@login_required
@require_POST
def hand_in(request: PersonRequest, cycle: str, person_id: str) -> HttpResponse:
    return _act(request, cycle, person_id, services.hand_in, _("The ratings are handed in."))


@login_required
@require_POST
def take_back(request: PersonRequest, cycle: str, person_id: str) -> HttpResponse:
    return _act(request, cycle, person_id, services.take_back, _("The ratings can be changed again."))


@login_required
@require_POST
def agree(request: PersonRequest, cycle: str, person_id: str) -> HttpResponse:
    """Note an agreed level; htmx gets the line that says so, others the page."""
    one = get_object_or_404(Competency, code=request.POST.get("competency", ""))

    def act(**of: Any) -> None:
        services.agree(competency=one, level=_level(request.POST.get("level", "")), **of)

    if request.headers.get("HX-Request"):
        found, person = _place(request, cycle, person_id)
        problem, _status = _tried(lambda: act(cycle=found, person=person, by=request.user))
        context = {"competency": one, "problem": problem, "done": True}
        return render(request, "competencies/_agreed.html", context)
    done = _("The agreed level is noted.")
    return _act(request, cycle, person_id, act, done, place=f"#agree-{one.code}")


@login_required
@require_POST
def comment(request: PersonRequest, cycle: str, person_id: str) -> HttpResponse:
    text = request.POST.get("text", "")
    return _act(request, cycle, person_id, services.comment, _("Your comment is saved."), text=text)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_off(request: PersonRequest, cycle: str, person_id: str) -> HttpResponse:
    """Ask, then end the rating."""
    if request.method != "POST":
        found, person = _place(request, cycle, person_id)
        kept = sheets.sheet_of(found, person)
        if sheets.side(kept, request.user) != Rater.MANAGER or not (kept.takes_ratings and kept.both_in):
            raise Http404
        context = {
            "title": _signing(person),
            "text": _signed_means(),
            "confirm_label": _("Sign off"),
            "cancel_url": reverse("rating_sheet", args=[cycle, person_id]),
        }
        return render(request, "components/confirm_page.html", context)
    return _act(request, cycle, person_id, services.sign_off, _("The sheet is signed off."))


@login_required
@require_POST
def reply(request: PersonRequest, cycle: str, person_id: str) -> HttpResponse:
    text = request.POST.get("text", "")
    return _act(request, cycle, person_id, services.reply, _("Your reply is saved."), text=text)


@login_required
@require_POST
def hand_over(request: PersonRequest, cycle: str, person_id: str) -> HttpResponse:
    """Make the line manager of today the rater."""
    found, person = _place(request, cycle, person_id)
    if not people.may_hand_over(request.user, person, sheets.sheet_of(found, person).rater_id):
        raise Http404
    done = _("%s rates from now on.") % (person.manager or "")
    visible = people.named(request.user).filter(pk=person.pk).exists()
    answer = _act(request, cycle, person_id, services.hand_over, done)
    # Who handed over may not see the sheet any more.
    return answer if visible or answer.status_code >= 400 else redirect("ratings")
