"""Checklists as files and from cycle to cycle: CSV out and in, and taking over what an earlier cycle says."""

from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from assessments.models import Cycle, CycleUnit
from assessments.queries import checklist_rows as rows
from assessments.queries import checklists as queries
from assessments.services.checklist_copy import copy_forward
from assessments.services.checklist_import import COLUMNS, import_checklist
from assessments.services.checklists import ChecklistClosedError
from assessments.views.checklist_forms import CopyForm
from assessments.views.checklists import crumbs, place_of
from assessments.views.http import PersonRequest
from cfm.lib import csv_export
from cfm.lib.import_plan import Plan
from organisation import permissions
from organisation.models import Person, Unit
from organisation.views.http import csv_response
from organisation.views.imports import Kind, import_page


def _cycle(request: PersonRequest) -> Cycle:
    """Return the cycle that the address names, the newest where it names none."""
    chosen = request.GET.get("cycle")
    for cycle in queries.cycles(request.user):
        if cycle.code == chosen or not chosen:
            return cycle
    raise Http404


@login_required
@never_cache
@require_safe
def checklist_csv(request: PersonRequest) -> StreamingHttpResponse:
    """Send the entries within reach as checklist.csv, ready to be imported again."""
    permissions.require(request.user, "checklist.view")
    cycle = _cycle(request)
    lines = csv_export.lines(
        rows.ENTRY_COLUMNS, rows.entry_rows(request.user, cycle), bom="bom" in request.GET
    )
    return csv_response(f"checklist-{cycle.code}.csv", lines)


@login_required
@never_cache
@require_safe
def checklist_history_csv(request: PersonRequest) -> StreamingHttpResponse:
    """Send what happened to the entries within reach: states, verdicts and files, with dates and names."""
    permissions.require(request.user, "checklist.view")
    cycle = _cycle(request)
    lines = csv_export.lines(
        rows.EVENT_COLUMNS, rows.event_rows(request.user, cycle), bom="bom" in request.GET
    )
    return csv_response(f"checklist-history-{cycle.code}.csv", lines)


def _import_checklist(
    data: bytes, *, file: str, by: Person | None = None, dry_run: bool = False, expect: str = ""
) -> Plan:
    """Import for a person: only their units, and only people of these as new owners."""
    if by is None:
        raise ValueError("an import in the browser is somebody's")
    units = Unit.objects.visible_to(by, "checklist.edit").values_list("code", flat=True)
    owners = Person.objects.visible_to(by, "checklist.edit").active().values_list("person_id", flat=True)
    return import_checklist(
        data,
        file=file,
        by=by.pk,
        dry_run=dry_run,
        expect=expect,
        units=frozenset(units),
        owners=frozenset(owners),
    )


KIND: Final = Kind(
    "checklists",
    gettext_lazy("Import checklists"),
    _import_checklist,
    COLUMNS,
    ("checklist.edit",),
    scoped=True,
)


@login_required
@require_http_methods(["GET", "POST"])
def checklist_import(request: PersonRequest) -> HttpResponse:
    """Look at what a checklist.csv would change in one's units, then change it."""
    return import_page(request, KIND)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def checklist_copy(request: PersonRequest, code: str, unit: str) -> HttpResponse:
    """Ask, then take over from the cycle before what is said there and not yet here."""
    permissions.require(request.user, "checklist.edit")
    place = place_of(request.user, code, unit)
    below = _with_below(request.user, place.cycle, place.unit)
    source = queries.copy_source(place.cycle, below)
    if not place.may_edit or source is None:
        messages.error(request, _("There is nothing to take over here."))
        return redirect("checklist", code, unit)
    if request.method == "POST":
        wanted = below if "below" in request.POST else [place.unit.code]
        return _copied(request, source, place.cycle, place.unit, wanted)
    context = {
        "place": place,
        "source": source,
        "crumbs": crumbs(place, _("Take over")),
        "here": len(queries.to_copy(source, place.cycle, [place.unit.code])),
        "all": len(queries.to_copy(source, place.cycle, below)),
        "units": len(below),
        "form": CopyForm() if len(below) > 1 else None,
        "cancel_url": reverse("checklist", args=[code, unit]),
    }
    return render(request, "assessments/checklist_copy.html", context)


def _copied(
    request: PersonRequest, source: Cycle, cycle: Cycle, unit: CycleUnit, wanted: list[str]
) -> HttpResponse:
    try:
        count = copy_forward(source=source, cycle=cycle, units=wanted, by=request.user.pk)
    except ChecklistClosedError as error:
        messages.error(request, str(error))
        return redirect("checklist", cycle.code, unit.code)
    told = ngettext(
        "%(n)d entry taken over from %(cycle)s.", "%(n)d entries taken over from %(cycle)s.", count
    )
    messages.success(request, told % {"n": count, "cycle": source.title})
    return redirect("checklist", cycle.code, unit.code)


def _with_below(person: Person, cycle: Cycle, unit: CycleUnit) -> list[str]:
    """Return the codes of the unit and of those below it in the frozen tree that the person fills in."""
    inside, codes = {unit.position}, []
    for row in queries.units(person, cycle, "checklist.edit"):
        if row.position == unit.position or row.parent_position in inside:
            inside.add(row.position)
            codes.append(row.code)
    return codes


urlpatterns = [
    path("checklists/checklist.csv", checklist_csv, name="checklist_csv"),
    path("checklists/history.csv", checklist_history_csv, name="checklist_history_csv"),
    path("checklists/import/", checklist_import, name="checklist_import"),
    path("checklists/<slug:code>/<str:unit>/copy/", checklist_copy, name="checklist_copy"),
]
