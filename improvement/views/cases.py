"""Business cases: what poor quality costs, what kept customers are worth, and the versions of both."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from improvement.forms.cases import CaseForm, CompareForm, VersionForm
from improvement.models import BusinessCase, CaseInput
from improvement.models.reach import editable_units
from improvement.queries import case_words
from improvement.queries import cases as queries
from improvement.queries.cases import CaseRow, VersionRow
from improvement.services import cases as services
from improvement.views import case_panels as panels
from improvement.views.pages import Crumbs, add_errors
from organisation import permissions
from organisation.models import Unit
from organisation.views.http import PersonRequest


@login_required
@never_cache
@require_safe
def business_cases(request: PersonRequest) -> HttpResponse:
    """Business cases with what their newest versions come to."""
    permissions.require(request.user, "case.view")
    rows = queries.case_rows(request.user)
    context = {
        "lines": [(row, case_words.sentence(row.newest, row.case.currency)) for row in rows],
        "may_edit": bool(editable_units(request.user, "case.edit")),
    }
    return render(request, "improvement/business_cases.html", context)


@login_required
@never_cache
@require_safe
def business_case(request: PersonRequest, code: str) -> HttpResponse:
    """One case: its newest version or ?version=, and what differs from the one before or from ?against=."""
    permissions.require(request.user, "case.view")
    visible = BusinessCase.objects.visible_to(request.user)
    row = queries.row_of(get_object_or_404(queries.with_versions(visible), code=code))
    numbers = [one.version.number for one in row.versions]
    form = CompareForm(request.GET, numbers=numbers)
    if not form.is_valid():
        raise Http404
    shown = row.numbered(form.cleaned_data["version"] or (numbers[0] if numbers else 0))
    context = {
        "row": row,
        "case": row.case,
        "shown": shown,
        "form": form if len(numbers) > 1 else None,
        "sentence": case_words.sentence(shown, row.case.currency),
        "may_edit": BusinessCase.objects.editable_by(request.user).filter(pk=row.case.pk).exists(),
        "crumbs": _crumbs(row.case.title),
    }
    if shown is not None:
        context |= _version(row, shown, form.cleaned_data["against"])
    return render(request, "improvement/business_case.html", context)


def _version(row: CaseRow, shown: VersionRow, against: int | None) -> dict[str, object]:
    before = row.numbered(against or shown.version.number - 1)
    found = queries.changes(before, shown) if before and before != shown else []
    lifetime = shown.result.lifetime
    return {
        "panels": [one for one in (panels.results(row, shown), panels.categories(row, shown)) if one],
        "inputs": panels.inputs(row, shown),
        "before": before if before != shown else None,
        "differences": panels.differences(row, before, shown, found) if before and found else None,
        "lifetime": case_words.money(lifetime, row.case.currency) if lifetime else "",
    }


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def business_case_new(request: PersonRequest) -> HttpResponse:
    """Open a case with its first version."""
    units = Unit.objects.filter(pk__in=editable_units(request.user, "case.edit"))
    if not units:
        raise PermissionDenied("case.edit")
    form = CaseForm(request.POST or None, units=units)
    if form.is_valid():
        entered = {name: form.cleaned_data[name] for name in ("code", "title", "unit", "currency")}
        if _saved(request, form, None, **entered):
            return redirect("business_case", form.cleaned_data["code"])
    title = _("Make a business case")
    return _form(request, form, title, _crumbs(title), reverse("business_cases"))


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def business_case_version(request: PersonRequest, code: str) -> HttpResponse:
    """Make the next version; it starts with the figures of the last."""
    permissions.require(request.user, "case.view")
    rows = BusinessCase.objects.editable_by(request.user).select_related("unit")
    case: BusinessCase = get_object_or_404(rows, code=code)
    last = case.versions.prefetch_related("inputs").first()
    form = VersionForm(request.POST or None, case=case, last=services.inputs_of(last) if last else {})
    back = reverse("business_case", args=[case.code])
    if form.is_valid():
        named = form.cleaned_data["title"]
        if _saved(request, form, case, code=case.code, title=named, unit=case.unit, currency=case.currency):
            return redirect(back)
    number = last.number + 1 if last else 1
    title = _("Version %d") % number
    crumbs = [*_crumbs(case.title)[:1], (case.title, back), (title, "")]
    return _form(request, form, title, crumbs, back, case=case)


def _saved(
    request: PersonRequest,
    form: VersionForm,
    case: BusinessCase | None,
    *,
    code: str,
    title: str,
    unit: Unit,
    currency: str,
) -> bool:
    """Save the case and its version together; what is refused is put beside its field."""
    by = request.user
    try:
        with transaction.atomic():
            saved = services.save_case(
                case=case, code=code, title=title, unit=unit, currency=currency, by=by.pk
            )
            version = services.save_version(
                case=saved, inputs=form.inputs(), note=form.cleaned_data["note"], by=by
            )
    except ValidationError as error:
        add_errors(form, error, {kind: f"{kind}_low" for kind in CaseInput.Kind.values})
        return False
    messages.success(request, _("Version %d is saved and stays as it is.") % version.number)
    return True


def _form(
    request: PersonRequest,
    form: VersionForm,
    title: str,
    crumbs: Crumbs,
    back: str,
    case: BusinessCase | None = None,
) -> HttpResponse:
    context = {"form": form, "title": title, "crumbs": crumbs, "cancel_url": back, "case": case}
    return render(request, "improvement/business_case_form.html", context, status=400 if form.errors else 200)


def _crumbs(here: str) -> Crumbs:
    return [(_("Business case"), reverse("business_cases")), (here, "")]
