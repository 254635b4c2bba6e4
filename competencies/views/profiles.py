"""Role profiles: what each job role asks, kept by HR."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cfm.lib import csv_export
from competencies import exports
from competencies.forms import CopyForm
from competencies.levels import LEVELS
from competencies.models import Competency
from competencies.queries import library as queries
from competencies.services import profiles as services
from organisation import permissions
from organisation.models import JobRole
from organisation.views.http import PersonRequest, csv_response


@dataclass
class ProfileLine:
    """A line of the form: what is entered for one competency, and what is wrong with it."""

    competency: Competency
    level: str
    importance: str
    problem: str = ""


@login_required
@require_safe
def profiles(request: PersonRequest) -> HttpResponse:
    """Every job role with its profile, those without one first."""
    permissions.require(request.user, "profile.edit")
    rows = sorted(queries.profiles(), key=lambda row: (row.lines > 0, row.job_role.name))
    context = {
        "rows": rows,
        "without": [row for row in rows if not row.lines and row.people],
        "without_job_role": queries.without_job_role(request.user),
        "may_edit": permissions.scope(request.user, "profile.edit") is None,
    }
    return render(request, "competencies/profiles.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: PersonRequest, pk: int) -> HttpResponse:
    """The lines of one profile: a level and an importance a competency."""
    permissions.require_everywhere(request.user, "profile.edit")
    role = get_object_or_404(JobRole, pk=pk)
    lines = _lines(role, request.POST if request.method == "POST" else None)
    problems = [line for line in lines if line.problem]
    if request.method == "POST" and not problems:
        wanted = {
            line.competency.pk: (int(line.level), services.importance(line.importance))
            for line in lines
            if line.level
        }
        services.save_profile(job_role=role, lines=wanted, by=request.user.pk)
        messages.success(request, _("The profile of %s is saved.") % role.name)
        return redirect("profiles")
    context = {
        "role": role,
        "lines": lines,
        "problems": problems,
        "levels": LEVELS,
        "copy_form": CopyForm(target=role),
        "crumbs": [(_("Role profiles"), reverse("profiles")), (role.name, "")],
    }
    return render(request, "competencies/profile.html", context, status=400 if problems else 200)


def _lines(role: JobRole, entered: Mapping[str, str] | None) -> list[ProfileLine]:
    named = queries.demands().by_role.get(role.pk, {})
    lines = []
    for one in Competency.objects.in_use():
        level, weight = named.get(one.pk, ("", 1.0))
        line = ProfileLine(one, str(level), csv_export.number(Decimal(str(weight))))
        if entered is not None:
            line.level = entered.get(f"level-{one.code}", "")
            line.importance = entered.get(f"importance-{one.code}", "1") or "1"
            line.problem = _problem(line)
        lines.append(line)
    return lines


def _problem(line: ProfileLine) -> str:
    if not line.level:
        return ""
    if line.level not in {str(level) for level in LEVELS}:
        return _("A level from 1 to 5.")
    try:
        services.importance(line.importance)
    except ValueError:
        return _("An importance from 0 to 100 with at most two decimals.")
    return ""


@login_required
@require_POST
def profile_copy(request: PersonRequest, pk: int) -> HttpResponse:
    """Add the lines of another profile; lines that are there stay."""
    permissions.require_everywhere(request.user, "profile.edit")
    role = get_object_or_404(JobRole, pk=pk)
    form = CopyForm(request.POST, target=role)
    if form.is_valid():
        count = services.copy_profile(source=form.cleaned_data["source"], target=role, by=request.user.pk)
        messages.success(request, _("%d lines were copied.") % count)
    else:
        messages.error(request, _("Choose a job role that has a profile."))
    return redirect("profile", pk)


@login_required
@require_safe
def profiles_csv(request: PersonRequest) -> StreamingHttpResponse:
    """profiles.csv as it is imported."""
    permissions.require(request.user, "profile.edit")
    lines = csv_export.lines(exports.PROFILE_COLUMNS, exports.profile_rows(), bom="bom" in request.GET)
    return csv_response("profiles.csv", lines)
