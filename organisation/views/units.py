"""Units: the tree, one unit, and for administrators creating, changing and deleting them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from organisation import exports, permissions, queries, services
from organisation.forms import UnitForm
from organisation.models import Unit
from organisation.views.http import PersonRequest, csv_response


@login_required
@require_GET
def units(request: PersonRequest) -> HttpResponse:
    """The tree of units with their people; ?q= narrows it."""
    permissions.require(request.user, "unit.view")
    search = request.GET.get("q", "").strip()
    rows = queries.unit_rows(request.user, search)
    context = {"rows": rows, "search": search, "may_edit": permissions.can(request.user, "unit.edit")}
    return render(request, "organisation/units.html", context)


@login_required
@require_GET
def unit_detail(request: PersonRequest, code: str) -> HttpResponse:
    permissions.require(request.user, "unit.view")
    unit = get_object_or_404(Unit.objects.visible_to(request.user), code=code)
    editable = permissions.can(request.user, "unit.edit")
    context = {
        "unit": unit,
        "crumbs": [
            (_("Units"), reverse("units")),
            *(
                (above.name, reverse("unit", args=[above.code]))
                for above in queries.path_above(unit, request.user)
            ),
            (unit.name, ""),
        ],
        "children": queries.children(unit),
        "people": queries.people(request.user).filter(unit=unit)[: queries.FIRST_PEOPLE],
        "count": queries.people(request.user).filter(unit=unit).count(),
        "may_edit": editable
        and Unit.objects.visible_to(request.user, "unit.edit").filter(pk=unit.pk).exists(),
    }
    return render(request, "organisation/unit.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def unit_new(request: PersonRequest) -> HttpResponse:
    permissions.require(request.user, "unit.edit")
    above = queries.unit_named(request.GET.get("parent", ""), request.user, "unit.edit")
    form = UnitForm(request.POST or None, unit=None, by=request.user, initial={"parent": above})
    return _edit(request, form, None)


@login_required
@require_http_methods(["GET", "POST"])
def unit_edit(request: PersonRequest, code: str) -> HttpResponse:
    permissions.require(request.user, "unit.edit")
    unit = get_object_or_404(Unit.objects.visible_to(request.user, "unit.edit"), code=code)
    return _edit(request, UnitForm(request.POST or None, unit=unit, by=request.user), unit)


def _edit(request: PersonRequest, form: UnitForm, unit: Unit | None) -> HttpResponse:
    if form.is_valid():
        try:
            saved = services.save_unit(unit=unit, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("%s is saved.") % saved.name)
            return redirect("unit", saved.code)
    context = {"form": form, "unit": unit}
    return render(request, "organisation/unit_form.html", context, status=400 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def unit_delete(request: PersonRequest, code: str) -> HttpResponse:
    """Ask first; only an empty unit goes."""
    permissions.require(request.user, "unit.edit")
    unit = get_object_or_404(Unit.objects.visible_to(request.user, "unit.edit"), code=code)
    if request.method == "POST":
        try:
            services.delete_unit(unit=unit, by=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("unit", code)
        messages.success(request, _("%s is deleted.") % unit.name)
        return redirect("units")
    context = {
        "title": _("Delete %s?") % unit.name,
        "text": _("Only an empty unit can be deleted. Results of past cycles keep it as it was."),
        "action_url": reverse("unit_delete", args=[code]),
        "confirm_label": _("Delete the unit"),
        "cancel_url": reverse("unit", args=[code]),
        "danger": True,
    }
    return render(request, "components/confirm_page.html", context)


@login_required
@require_GET
def units_csv(request: PersonRequest) -> StreamingHttpResponse:
    """units.csv as it is imported; ?bom=1 for spreadsheets that need a byte order mark."""
    permissions.require(request.user, "unit.view")
    services.record_export(what="unit", count=Unit.objects.visible_to(request.user).count(), by=request.user)
    return csv_response("units.csv", exports.units_csv(request.user, bom="bom" in request.GET))
