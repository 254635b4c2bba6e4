"""Pages of norms: what is loaded, load a file, take one away."""

from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organisation import permissions
from organisation.views.imports import Kind, import_page
from reports.benchmarks import norms as loaded
from reports.models import Norm
from reports.services import norms as service
from reports.views.http import PersonRequest

NORMS: Final = Kind(
    "norms", gettext_lazy("Load norms"), service.import_norms, service.COLUMNS, ("norm.edit",)
)


@login_required
@require_safe
def norms(request: PersonRequest) -> HttpResponse:
    """List the norms that are loaded."""
    permissions.require_everywhere(request.user, "norm.edit")
    return render(request, "reports/norms.html", {"norms": loaded()})


@login_required
@require_http_methods(["GET", "POST"])
def norms_import(request: PersonRequest) -> HttpResponse:
    """Load a file of norms: look at what it does, then do it."""
    return import_page(request, NORMS)


@login_required
@require_POST
def norm_delete(request: PersonRequest, pk: int) -> HttpResponse:
    """Take a norm away."""
    permissions.require_everywhere(request.user, "norm.edit")
    norm = get_object_or_404(Norm, pk=pk)
    service.delete_norm(norm=norm, by=request.user)
    messages.success(request, _("The norm “{title}” was taken away.").format(title=norm.title))
    return redirect("norms")
