"""Learning resources: what there is to learn with, and what it changed."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from competencies.forms import ResourceForm
from competencies.impact import FEWEST
from competencies.models import Resource
from competencies.queries.impact import impacts
from competencies.services import plans as services
from organisation import permissions
from organisation.views.http import PersonRequest


@login_required
@require_safe
def resources(request: PersonRequest) -> HttpResponse:
    """Every resource with what it serves and its measured effect, those in use first."""
    permissions.require(request.user, "library.view")
    rows = sorted(impacts(), key=lambda row: (row.resource.retired, row.resource.title))
    context = {"rows": rows, "fewest": FEWEST, "may_edit": permissions.can(request.user, "resource.edit")}
    return render(request, "competencies/resources.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def resource_new(request: PersonRequest) -> HttpResponse:
    permissions.require_everywhere(request.user, "resource.edit")
    return _edit(request, None)


@login_required
@require_http_methods(["GET", "POST"])
def resource_edit(request: PersonRequest, code: str) -> HttpResponse:
    permissions.require_everywhere(request.user, "resource.edit")
    return _edit(request, get_object_or_404(Resource, code=code))


def _edit(request: PersonRequest, resource: Resource | None) -> HttpResponse:
    form = ResourceForm(request.POST if request.method == "POST" else None, resource=resource)
    if form.is_valid():
        try:
            saved = services.save_resource(resource=resource, by=request.user.pk, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("%s is saved.") % saved.title)
            return redirect("resources")
    crumbs = [(_("Learning resources"), reverse("resources")), (str(resource or _("Add")), "")]
    context = {"form": form, "resource": resource, "crumbs": crumbs}
    return render(request, "competencies/resource_form.html", context, status=400 if form.errors else 200)
