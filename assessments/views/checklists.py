"""Checklists: what is in place in a unit, filled in by its managers, by name."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from assessments.models import Cycle, CycleUnit
from assessments.queries import checklists as queries
from assessments.queries.checklists import Section
from assessments.services import checklists as services
from assessments.services.checklists import EDITABLE, ChecklistClosedError
from assessments.services.reviews import REVIEWABLE
from assessments.views.checklist_forms import EntryForm, owner_names, owners_for, read_forms
from assessments.views.http import PersonRequest
from organisation import permissions
from organisation.models import Person


@dataclass(frozen=True)
class Place:
    """A unit's checklist in a cycle, and whether this person may fill it in or review it now."""

    cycle: Cycle
    unit: CycleUnit
    may_edit: bool
    may_review: bool


def place_of(person: Person, code: str, unit: str) -> Place:
    """Return the checklist if the person may see it; 404 for all others, as if it did not exist."""
    cycle = get_object_or_404(queries.cycles(person), code=code)
    found = get_object_or_404(queries.units(person, cycle, "checklist.view"), code=unit)
    return Place(
        cycle,
        found,
        may_edit=cycle.state in EDITABLE and _reaches(person, found, cycle, "checklist.edit"),
        may_review=cycle.state in REVIEWABLE and _reaches(person, found, cycle, "checklist.review"),
    )


def _reaches(person: Person, unit: CycleUnit, cycle: Cycle, action: str) -> bool:
    can = permissions.can(person, action)
    return can and queries.units(person, cycle, action).filter(pk=unit.pk).exists()


@login_required
@require_safe
def checklists(request: PersonRequest) -> HttpResponse:
    """List the units of a cycle (the newest unless ?cycle= names one) with how much is said of each."""
    permissions.require(request.user, "checklist.view")
    cycles = list(queries.cycles(request.user))
    chosen = request.GET.get("cycle")
    cycle = next((cycle for cycle in cycles if cycle.code == chosen or not chosen), None)
    if chosen and cycle is None:
        raise Http404
    rows = queries.units_filled(request.user, cycle) if cycle else []
    context = {
        "cycles": cycles,
        "cycle": cycle,
        "rows": rows,
        "may_import": permissions.can(request.user, "checklist.edit"),
    }
    return render(request, "assessments/checklists.html", context)


@login_required
@require_safe
def checklist(request: PersonRequest, code: str, unit: str) -> HttpResponse:
    """Show the pages of a unit's checklist with how much is said on each."""
    permissions.require(request.user, "checklist.view")
    place = place_of(request.user, code, unit)
    entries = queries.entries(place.cycle, place.unit)
    rows = queries.sections_filled(place.cycle.framework.instrument, entries)
    source = queries.copy_source(place.cycle, [place.unit.code]) if place.may_edit else None
    context = {
        "place": place,
        "rows": rows,
        "crumbs": crumbs(place),
        "source": source,
        "to_copy": len(queries.to_copy(source, place.cycle, [place.unit.code])) if source else 0,
        "next_to_review": queries.next_to_review(place.cycle, place.unit, "") if place.may_review else "",
    }
    return render(request, "assessments/checklist.html", context)


def crumbs(place: Place, *below: str) -> list[tuple[str, str]]:
    """Return the way up: all checklists of the cycle, this unit's, and the page."""
    return [
        (_("Checklists"), reverse("checklists", query={"cycle": place.cycle.code})),
        (place.unit.name, reverse("checklist", args=[place.cycle.code, place.unit.code])),
        *((label, "") for label in below),
    ]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def checklist_section(request: PersonRequest, code: str, unit: str, number: int) -> HttpResponse:
    """Show a page of a unit's checklist, and keep what a manager changed on it."""
    permissions.require(request.user, "checklist.view")
    place = place_of(request.user, code, unit)
    sections = queries.sections(place.cycle.framework.instrument)
    if not 1 <= number <= len(sections):
        raise Http404
    if request.method == "POST":
        return _save(request, place, sections, number)
    entries = queries.entries(place.cycle, place.unit)
    owners = owners_for(request.user)
    forms = [EntryForm(part, entries.get(part.code), owners) for part in sections[number - 1].components]
    return _page(request, place, sections, number, forms)


def _save(request: PersonRequest, place: Place, sections: list[Section], number: int) -> HttpResponse:
    permissions.require(request.user, "checklist.edit")
    entries = queries.entries(place.cycle, place.unit)
    forms = read_forms(request.POST, sections[number - 1].components, entries, owners_for(request.user))
    changed = [form for form in forms if form.is_bound]
    if not place.may_edit:
        return _refused(request, place, sections, number, forms)
    wrong = [form for form in changed if not form.is_valid()]  # all of them, so that every mistake is told
    if wrong:
        return _page(request, place, sections, number, forms, status=400)
    try:
        values = {form.component.code: form.values for form in changed}
        kept = services.set_entries(cycle=place.cycle, unit=place.unit, values=values, by=request.user.pk)
    except ChecklistClosedError:
        return _refused(request, place, sections, number, forms)
    messages.success(request, _told(kept))
    return redirect(reverse("checklist_section", args=[place.cycle.code, place.unit.code, number]))


def _refused(
    request: PersonRequest, place: Place, sections: list[Section], number: int, forms: list[EntryForm]
) -> HttpResponse:
    """Say that the checklist can't change any more, with what was typed still on the page."""
    messages.error(request, _("Nothing was saved: this checklist can't be changed any more."))
    return _page(request, place, sections, number, forms, status=409)


def _told(kept: int) -> str:
    if not kept:
        return _("Nothing was changed.")
    return ngettext("%d entry saved.", "%d entries saved.", kept) % kept


def _page(
    request: PersonRequest,
    place: Place,
    sections: list[Section],
    number: int,
    forms: list[EntryForm],
    *,
    status: int = 200,
) -> HttpResponse:
    section = sections[number - 1]
    context: dict[str, Any] = {
        "place": place,
        "section": section,
        "eyebrow": f"{place.cycle.title} · {place.unit.name}",
        "crumbs": crumbs(place, f"{section.code} {section.title}"),
        "problems": [form for form in forms if form.errors],
        "next": sections[number] if number < len(sections) else None,
        "forms": forms,
        "show_form": place.may_edit or status == 409,
        "owners": owner_names(owners_for(request.user)) if place.may_edit else [],
    }
    return render(request, "assessments/checklist_section.html", context, status=status)


urlpatterns = [
    path("checklists/", checklists, name="checklists"),
    path("checklists/<slug:code>/<str:unit>/", checklist, name="checklist"),
    path("checklists/<slug:code>/<str:unit>/<int:number>/", checklist_section, name="checklist_section"),
]
