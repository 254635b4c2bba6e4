"""Process audits: the convenience map, a process, its audits and what follows from them."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cfm.lib.csv_table import date_of
from improvement.forms.processes import (
    AuditForm,
    FindingForm,
    ProcessFilterForm,
    ProcessForm,
    StepFormSet,
    step_values,
    steps_of,
)
from improvement.models import CheckAnswer, Finding, Process, ProcessAudit
from improvement.models.reach import editable_units
from improvement.queries import processes as queries
from improvement.services import processes as services
from improvement.views import process_panels as panels
from improvement.views.pages import Crumbs, add_errors, form_page
from organisation import permissions
from organisation.models import Unit
from organisation.views.http import PersonRequest


@login_required
@never_cache
@require_safe
def process_audits(request: PersonRequest) -> HttpResponse:
    """Processes with their scores, and the convenience map by unit; the address narrows them."""
    permissions.require(request.user, "process.view")
    reached = Unit.objects.visible_to(request.user, "process.view")
    form = ProcessFilterForm(request.GET, units=reached)
    rows = queries.process_rows(request.user, timezone.localdate(), **form.chosen())
    context = {
        "form": form,
        "lines": [(row, *panels.verdict(row), panels.sentence(row)) for row in rows],
        "sentence": panels.headline(rows),
        "panel": panels.by_unit(queries.convenience_map(rows, request.user)),
        "narrowed": bool(form.chosen()),
        "due": sum(row.is_due for row in rows),
        "late": sum(len(row.late_findings) for row in rows),
        "may_edit": bool(editable_units(request.user, "process.edit")),
    }
    return render(request, "improvement/process_audits.html", context)


@login_required
@never_cache
@require_safe
def process(request: PersonRequest, code: str) -> HttpResponse:
    """One process with its newest audit; ?on= shows an earlier one."""
    permissions.require(request.user, "process.view")
    visible = Process.objects.visible_to(request.user)
    found = get_object_or_404(queries.with_audits(visible), code=code)
    row = queries.row_of(found, timezone.localdate())
    shown = row.newest
    if "on" in request.GET:
        days = {one.audit.audited_on.isoformat(): one for one in row.audits}
        if request.GET["on"] not in days:
            raise Http404
        shown = days[request.GET["on"]]
    context = {
        "row": row,
        "process": found,
        "shown": shown,
        "badge": panels.verdict(row),
        "sentence": panels.sentence(row),
        "answers": _answers(shown),
        "panel": panels.trend(row),
        "may_edit": Process.objects.editable_by(request.user).filter(pk=found.pk).exists(),
        "crumbs": [(_("Process audits"), reverse("process_audits")), (found.name, "")],
    }
    return render(request, "improvement/process.html", context)


def _answers(shown: queries.AuditRow | None) -> list[tuple[str, str, str]]:
    """Return (code, question, answer in words) for the questions answered."""
    if shown is None:
        return []
    words = dict(CheckAnswer.Answer.choices)
    return [
        (code, str(question), str(words[shown.answers[code]]))
        for code, question in CheckAnswer.Check.choices
        if code in shown.answers
    ]


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def process_new(request: PersonRequest) -> HttpResponse:
    if not editable_units(request.user, "process.edit"):
        raise PermissionDenied("process.edit")
    return _process(request, None)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def process_edit(request: PersonRequest, code: str) -> HttpResponse:
    permissions.require(request.user, "process.view")
    return _process(request, _editable(request, code))


def _editable(request: PersonRequest, code: str) -> Process:
    rows = Process.objects.editable_by(request.user).select_related("unit", "owner")
    found: Process = get_object_or_404(rows, code=code)
    return found


def _process(request: PersonRequest, found: Process | None) -> HttpResponse:
    units = Unit.objects.filter(pk__in=editable_units(request.user, "process.edit"))
    form = ProcessForm(request.POST or None, process=found, units=units)
    if form.is_valid():
        try:
            saved = services.save_process(process=found, by=request.user.pk, **form.values())
        except ValidationError as error:
            add_errors(form, error, {"owner": "owner_id"})
        else:
            messages.success(request, _("%s is saved.") % saved.name)
            return redirect("process", saved.code)
    title = found.name if found else _("Register a process")
    back = reverse("process", args=[found.code]) if found else reverse("process_audits")
    return form_page(
        request, form, title, [(_("Process audits"), reverse("process_audits")), (title, "")], back
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def audit_new(request: PersonRequest, code: str) -> HttpResponse:
    """Walk through a process; its steps are those of the last audit, to be looked at again."""
    permissions.require(request.user, "process.view")
    found = _editable(request, code)
    last = found.audits.prefetch_related("steps").first()
    return _audit(request, found, None, step_values(last))


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def audit_edit(request: PersonRequest, code: str, on: str) -> HttpResponse:
    permissions.require(request.user, "process.view")
    found = _editable(request, code)
    audit = _audit_of(found, on)
    return _audit(request, found, audit, step_values(audit))


def _audit_of(found: Process, on: str) -> ProcessAudit:
    day = date_of(on)
    if day is None:
        raise Http404
    audit: ProcessAudit = get_object_or_404(ProcessAudit, process=found, audited_on=day)
    return audit


def _audit(
    request: PersonRequest, found: Process, audit: ProcessAudit | None, steps: list[dict[str, Any]]
) -> HttpResponse:
    form = AuditForm(request.POST or None, audit=audit)
    formset = StepFormSet(request.POST or None, initial=steps, prefix="steps")
    if request.method == "POST" and form.is_valid() and formset.is_valid():
        try:
            saved = services.save_audit(
                process=found,
                audit=audit,
                audited_on=form.cleaned_data["audited_on"],
                auditor=audit.auditor if audit else request.user,
                summary=form.cleaned_data["summary"],
                steps=steps_of(formset),
                checks=form.checks(),
                by=request.user.pk,
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The audit is saved."))
            return redirect(f"{_back(found)}?on={saved.audited_on.isoformat()}")
    wrong = bool(form.errors) or (request.method == "POST" and not formset.is_valid())
    context = {
        "form": form,
        "formset": formset,
        "process": found,
        "crumbs": _crumbs(found, _("Audit")),
        "title": _("Walk through the process"),
        "cancel_url": _back(found),
    }
    return render(request, "improvement/audit_form.html", context, status=400 if wrong else 200)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def finding_new(request: PersonRequest, code: str, on: str) -> HttpResponse:
    permissions.require(request.user, "process.view")
    found = _editable(request, code)
    return _finding(request, found, _audit_of(found, on), None)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def finding_edit(request: PersonRequest, code: str, on: str, number: int) -> HttpResponse:
    permissions.require(request.user, "process.view")
    found = _editable(request, code)
    audit = _audit_of(found, on)
    finding = get_object_or_404(Finding.objects.select_related("owner"), audit=audit, number=number)
    return _finding(request, found, audit, finding)


def _finding(
    request: PersonRequest, found: Process, audit: ProcessAudit, finding: Finding | None
) -> HttpResponse:
    form = FindingForm(request.POST or None, finding=finding)
    if form.is_valid():
        try:
            services.save_finding(audit=audit, finding=finding, by=request.user.pk, **form.values())
        except ValidationError as error:
            add_errors(form, error, {"owner": "owner_id"})
        else:
            messages.success(request, _("The finding is saved."))
            return redirect(f"{_back(found)}?on={audit.audited_on.isoformat()}")
    title = _("Finding and follow-up")
    return form_page(request, form, title, _crumbs(found, title), _back(found), eyebrow=found.name)


def _crumbs(found: Process, here: str) -> Crumbs:
    return [(_("Process audits"), reverse("process_audits")), (found.name, _back(found)), (here, "")]


def _back(found: Process) -> str:
    return reverse("process", args=[found.code])
