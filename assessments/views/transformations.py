"""Change readiness: transformations with their hazards, resilience, advice and warnings; named by nature."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from assessments.instrument.content import Advice
from assessments.models import Transformation
from assessments.queries import readiness as queries
from assessments.queries.readiness import ADVICE, HAZARD, KINDS, LUCK, RESILIENCE
from assessments.services import transformation_import as imports
from assessments.services import transformations as services
from assessments.services.transformations import TransformationError
from assessments.views.checklist_forms import EntryForm, owner_names, read_forms
from assessments.views.http import PersonRequest
from assessments.views.transformation_forms import TransformationForm
from cfm.lib import csv_export
from cfm.lib.import_plan import Plan
from organisation import permissions
from organisation.models import Person, Unit
from organisation.views.http import csv_response
from organisation.views.imports import Kind, import_page


@login_required
@require_safe
def transformations(request: PersonRequest) -> HttpResponse:
    """List the transformations within reach, with what to be warned of."""
    permissions.require(request.user, "change.view")
    found = queries.readiness(queries.transformations(request.user), today=timezone.localdate())
    framework = found[-1].transformation.framework if found else services.newest_framework()
    context = {
        "found": found,
        "warnings": queries.all_warnings(found),
        "advice": queries.advice(framework.instrument, *ADVICE) if framework else [],
        "may_edit": permissions.can(request.user, "change.edit"),
        "framework": framework,
    }
    return render(request, "assessments/transformations.html", context)


def _row(request: PersonRequest, code: str, action: str = "change.view") -> Transformation:
    return get_object_or_404(queries.transformations(request.user, action), code=code)


@login_required
@require_safe
def transformation(request: PersonRequest, code: str) -> HttpResponse:
    """Show one transformation: how ready it finds its unit, and what to be warned of."""
    permissions.require(request.user, "change.view")
    row = _row(request, code)
    found = queries.readiness([row], today=timezone.localdate())[0]
    luck: list[Advice] = queries.advice(row.framework.instrument, LUCK)
    context = {
        "row": row,
        "found": found,
        "warnings": queries.all_warnings([found]),
        "luck": luck[0] if luck else None,
        "advice": queries.advice(row.framework.instrument, *ADVICE),
        "may_edit": _may_edit(request, row),
        "history": queries.history(row),
        "crumbs": _crumbs((row.title, "")),
    }
    return render(request, "assessments/transformation.html", context)


def _may_edit(request: PersonRequest, row: Transformation) -> bool:
    return bool(Transformation.objects.visible_to(request.user, "change.edit").filter(pk=row.pk).exists())


def _crumbs(*below: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Change readiness"), reverse("transformations")), *below]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def transformation_new(request: PersonRequest) -> HttpResponse:
    """Register a transformation."""
    permissions.require(request.user, "change.edit")
    return _edit(request, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def transformation_edit(request: PersonRequest, code: str) -> HttpResponse:
    """Change what is said of a transformation."""
    permissions.require(request.user, "change.edit")
    return _edit(request, _row(request, code, "change.edit"))


def _edit(request: PersonRequest, row: Transformation | None) -> HttpResponse:
    form = TransformationForm(request.POST if request.method == "POST" else None, row=row, by=request.user)
    problem = ""
    if form.is_valid():
        code, data = form.cleaned_data["code"], form.data_sent
        try:
            services.save_transformation(code=code, data=data, by=request.user.pk, new=row is None)
        except TransformationError as error:
            problem = str(error)
        except IntegrityError:  # somebody took the code in the same moment
            problem = _("There is a transformation with this code already.")
        else:
            messages.success(request, _("Saved."))
            return redirect("transformation_readiness" if row is None else "transformation", code)
    back = reverse("transformation", args=[row.code]) if row else reverse("transformations")
    context = {
        "row": row,
        "form": form,
        "problem": problem,
        "cancel_url": back,
        "people": owner_ids(request.user),
        "crumbs": _crumbs((row.title, back), (_("Change"), "")) if row else _crumbs((_("New"), "")),
    }
    status = 400 if form.errors or problem else 200
    return render(request, "assessments/transformation_form.html", context, status=status)


def _owners(person: Person) -> Any:
    return Person.objects.visible_to(person, "change.edit").active()


def owner_ids(person: Person, most: int = 300) -> list[tuple[str, str]]:
    """Return the people to choose a leader from, as (person id, name)."""
    rows = _owners(person).order_by("name", "pk").values_list("person_id", "name")
    return list(rows[:most])


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def transformation_readiness(request: PersonRequest, code: str) -> HttpResponse:
    """Show hazards and resilience as a form, and keep what was changed."""
    permissions.require(request.user, "change.edit")
    row = _row(request, code, "change.edit")
    entries = {entry.key_component: entry for entry in row.entries.select_related("owner")}
    owners, parts = _owners(request.user), queries.components(row, *KINDS)
    if request.method != "POST":
        return _page(request, row, [EntryForm(part, entries.get(part.code), owners) for part in parts])
    forms = read_forms(request.POST, parts, entries, owners)
    changed = [form for form in forms if form.is_bound]
    wrong = [form for form in changed if not form.is_valid()]  # all of them, so that every mistake is told
    if wrong:
        return _page(request, row, forms, status=400)
    said = {form.component.code: form.values for form in changed}
    kept = services.set_readiness(transformation=row, said=said, by=request.user.pk)
    told = (
        ngettext("%d entry saved.", "%d entries saved.", kept) % kept if kept else _("Nothing was changed.")
    )
    messages.success(request, told)
    return redirect("transformation", code)


def _page(
    request: PersonRequest, row: Transformation, forms: list[EntryForm], *, status: int = 200
) -> HttpResponse:
    titles = {HAZARD: _("Change hazards"), RESILIENCE: _("Resilience")}
    context = {
        "row": row,
        "groups": [(titles[kind], [form for form in forms if form.component.kind == kind]) for kind in KINDS],
        "problems": [form for form in forms if form.errors],
        "owners": owner_names(_owners(request.user)),
        "cancel_url": reverse("transformation", args=[row.code]),
        "crumbs": _crumbs((row.title, reverse("transformation", args=[row.code])), (_("Readiness"), "")),
    }
    return render(request, "assessments/transformation_readiness.html", context, status=status)


@login_required
@never_cache
@require_safe
def transformations_csv(request: PersonRequest) -> StreamingHttpResponse:
    """Send the transformations within reach, ready to be imported again."""
    permissions.require(request.user, "change.view")
    rows = queries.transformation_rows(request.user)
    lines = csv_export.lines(queries.TRANSFORMATION_COLUMNS, rows, bom="bom" in request.GET)
    return csv_response("transformations.csv", lines)


@login_required
@never_cache
@require_safe
def readiness_csv(request: PersonRequest) -> StreamingHttpResponse:
    """Send what is said of hazards and resilience, ready to be imported again."""
    permissions.require(request.user, "change.view")
    rows = queries.readiness_rows(request.user)
    lines = csv_export.lines(queries.READINESS_COLUMNS, rows, bom="bom" in request.GET)
    return csv_response("readiness.csv", lines)


@login_required
@never_cache
@require_safe
def readiness_history_csv(request: PersonRequest) -> StreamingHttpResponse:
    """Send what was said of hazards and resilience over time, within reach."""
    permissions.require(request.user, "change.view")
    rows = queries.history_rows(request.user)
    lines = csv_export.lines(queries.HISTORY_COLUMNS, rows, bom="bom" in request.GET)
    return csv_response("readiness-history.csv", lines)


def _reach(by: Person | None) -> imports.Reach:
    """Return what the person's file may name."""
    if by is None:
        raise ValueError("an import in the browser is somebody's")
    units = Unit.objects.visible_to(by, "change.edit").values_list("code", flat=True)
    owners = _owners(by).values_list("person_id", flat=True)
    return imports.Reach(frozenset(units), frozenset(owners))


def _import_transformations(
    data: bytes, *, file: str, by: Person | None = None, dry_run: bool = False, expect: str = ""
) -> Plan:
    pk = by.pk if by else None
    return imports.import_transformations(
        data, file=file, by=pk, dry_run=dry_run, expect=expect, reach=_reach(by)
    )


def _import_readiness(
    data: bytes, *, file: str, by: Person | None = None, dry_run: bool = False, expect: str = ""
) -> Plan:
    pk = by.pk if by else None
    return imports.import_readiness(data, file=file, by=pk, dry_run=dry_run, expect=expect, reach=_reach(by))


_TRANSFORMATIONS: Final = Kind(
    "transformations",
    gettext_lazy("Import transformations"),
    _import_transformations,
    queries.TRANSFORMATION_COLUMNS,
    ("change.edit",),
    scoped=True,
)
_READINESS: Final = Kind(
    "transformations",
    gettext_lazy("Import readiness"),
    _import_readiness,
    queries.READINESS_COLUMNS,
    ("change.edit",),
    scoped=True,
)


@login_required
@require_http_methods(["GET", "POST"])
def transformations_import(request: PersonRequest) -> HttpResponse:
    """Look at what a transformations.csv would change, then change it."""
    return import_page(request, _TRANSFORMATIONS)


@login_required
@require_http_methods(["GET", "POST"])
def readiness_import(request: PersonRequest) -> HttpResponse:
    """Look at what a readiness.csv would change, then change it."""
    return import_page(request, _READINESS)


urlpatterns = [
    path("changes/", transformations, name="transformations"),
    path("changes/new/", transformation_new, name="transformation_new"),
    path("changes/import/", transformations_import, name="transformations_import"),
    path("changes/readiness/import/", readiness_import, name="readiness_import"),
    path("changes/transformations.csv", transformations_csv, name="transformations_csv"),
    path("changes/readiness-history.csv", readiness_history_csv, name="readiness_history_csv"),
    path("changes/readiness.csv", readiness_csv, name="readiness_csv"),
    path("changes/<str:code>/", transformation, name="transformation"),
    path("changes/<str:code>/edit/", transformation_edit, name="transformation_edit"),
    path("changes/<str:code>/readiness/", transformation_readiness, name="transformation_readiness"),
]
