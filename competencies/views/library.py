"""The library: everybody reads it, HR keeps it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cfm.lib import csv_export
from competencies import document, exports
from competencies.forms import CompetencyForm
from competencies.models import Competency, Kind
from competencies.queries import library as queries
from competencies.services import library as services
from organisation import permissions
from organisation.views.http import PersonRequest, csv_response


@login_required
@require_safe
def competencies(request: PersonRequest) -> HttpResponse:
    """All competencies with their behaviours; ?q= and ?kind= narrow them, ?retired=1 shows the retired ones."""
    permissions.require(request.user, "library.view")
    search, kind = request.GET.get("q", "").strip()[:100], request.GET.get("kind", "")
    retired = request.GET.get("retired") == "1"
    context = {
        "competencies": queries.competencies(search, kind, retired=retired),
        "search": search,
        "kind": kind,
        "kinds": Kind.choices,
        "retired": retired,
        "may_edit": permissions.can(request.user, "library.edit"),
    }
    return render(request, "competencies/competencies.html", context)


@login_required
@require_safe
def competency(request: PersonRequest, code: str) -> HttpResponse:
    """One competency: definition, ladder of behaviours, what to learn it with."""
    permissions.require(request.user, "library.view")
    one = get_object_or_404(Competency, code=code)
    context = {
        "competency": one,
        "behaviours": one.behaviours.all(),
        "resources": one.resources.in_use(),
        "may_edit": permissions.can(request.user, "library.edit"),
        "crumbs": [(_("Competencies"), reverse("competencies")), (one.name, "")],
    }
    return render(request, "competencies/competency.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def competency_new(request: PersonRequest) -> HttpResponse:
    permissions.require_everywhere(request.user, "library.edit")
    return _edit(request, None)


@login_required
@require_http_methods(["GET", "POST"])
def competency_edit(request: PersonRequest, code: str) -> HttpResponse:
    permissions.require_everywhere(request.user, "library.edit")
    return _edit(request, get_object_or_404(Competency, code=code))


def _edit(request: PersonRequest, one: Competency | None) -> HttpResponse:
    form = CompetencyForm(request.POST if request.method == "POST" else None, competency=one)
    if form.is_valid():
        try:
            saved = services.save(competency=one, by=request.user.pk, **form.values())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("%s is saved.") % saved.name)
            return redirect("competency", saved.code)
    context = {"form": form, "competency": one}
    return render(request, "competencies/competency_form.html", context, status=400 if form.errors else 200)


@login_required
@require_safe
def competencies_csv(request: PersonRequest) -> StreamingHttpResponse:
    """competencies.csv as it is imported; ?bom=1 for spreadsheets that need a byte order mark."""
    permissions.require(request.user, "library.view")
    lines = csv_export.lines(
        exports.COMPETENCY_COLUMNS, exports.competencies_rows(), bom="bom" in request.GET
    )
    return csv_response("competencies.csv", lines)


@login_required
@require_safe
def competencies_yaml(request: PersonRequest) -> HttpResponse:
    """The library as one YAML file, with groups and sources."""
    permissions.require(request.user, "library.view")
    text = document.write(exports.library_cells(), code="competencies", version=1, title=_("Competencies"))
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="competencies.yaml"'
    return response
