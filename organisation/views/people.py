"""People: the list, one person, and for administrators registering and changing them."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from organisation import exports, permissions, queries, services
from organisation.filters import PeopleFilter
from organisation.forms import AnonymiseForm, PersonForm
from organisation.models import Person
from organisation.services import leavers
from organisation.views.http import PersonRequest, csv_response, require_fresh

PAGE_SIZE: Final = 50
_SORTABLE: Final = (
    ("name", gettext_lazy("Name")),
    ("person_id", gettext_lazy("Person id")),
    ("unit", gettext_lazy("Unit")),
    ("job_role", gettext_lazy("Job role")),
)


@login_required
@require_GET
def people(request: PersonRequest) -> HttpResponse:
    """Everyone within reach, searched, narrowed and sorted by the address."""
    permissions.require(request.user, "person.view")
    found = PeopleFilter(request.GET, queries.people(request.user), reader=request.user)
    page = Paginator(found.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "filter": found,
        "page": page,
        "columns": _columns(request),
        "narrowed": any(request.GET.get(name) for name in ("q", "unit", "role", "active")),
        "may_edit": permissions.can(request.user, "person.edit"),
    }
    return render(request, "organisation/people.html", context)


def _columns(request: PersonRequest) -> list[dict[str, str]]:
    """Return the columns that can be sorted, with the address that does it and how they are sorted now."""
    now = request.GET.get("sort", "name")
    columns = []
    for name, label in _SORTABLE:
        query = request.GET.copy()
        query.pop("page", None)
        query["sort"] = f"-{name}" if now == name else name
        state = {name: "ascending", f"-{name}": "descending"}.get(now, "")
        columns.append({"label": str(label), "sort_url": f"?{query.urlencode()}", "sorted": state})
    return columns


@login_required
@require_GET
def person_detail(request: PersonRequest, person_id: str) -> HttpResponse:
    permissions.require(request.user, "person.view")
    person = get_object_or_404(queries.people(request.user), person_id=person_id)
    visible = Person.objects.visible_to(request.user)
    editable = Person.objects.visible_to(request.user, "person.edit")
    context = {
        "person": person,
        "manager_visible": person.manager_id and visible.filter(pk=person.manager_id).exists(),
        "reports": visible.filter(manager=person).select_related("unit"),
        "may_edit": permissions.can(request.user, "person.edit")
        and editable.filter(pk=person.pk, anonymised_at=None).exists(),
        "may_anonymise": _may_be_anonymised(person, request.user),
    }
    return render(request, "organisation/person.html", context)


def _may_be_anonymised(person: Person, by: Person) -> bool:
    if person.anonymised_at is not None or person.pk == by.pk or not permissions.can(by, "person.anonymise"):
        return False
    return Person.objects.visible_to(by, "person.anonymise").filter(pk=person.pk).exists()


@login_required
@require_http_methods(["GET", "POST"])
def person_anonymise(request: PersonRequest, person_id: str) -> HttpResponse:
    """Make somebody who has left anonymous; asked for on a page, since nothing brings the name back."""
    permissions.require(request.user, "person.anonymise")
    reach = Person.objects.visible_to(request.user, "person.anonymise").filter(anonymised_at=None)
    person = get_object_or_404(reach.select_related("unit"), person_id=person_id)
    require_fresh(request)
    form = AnonymiseForm(request.POST or None, person=person)
    if form.is_valid():
        try:
            done = leavers.anonymise(person=person, by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request, _("Name, address and all that was written about the person are deleted.")
            )
            return redirect("person", done.person_id)
    context = {"form": form, "person": person}
    return render(request, "organisation/person_anonymise.html", context, status=400 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def person_new(request: PersonRequest) -> HttpResponse:
    permissions.require(request.user, "person.edit")
    initial = {"unit": queries.unit_named(request.GET.get("unit", ""), request.user, "person.edit")}
    form = PersonForm(request.POST or None, person=None, by=request.user, initial=initial)
    return _edit(request, form, None)


@login_required
@require_http_methods(["GET", "POST"])
def person_edit(request: PersonRequest, person_id: str) -> HttpResponse:
    permissions.require(request.user, "person.edit")
    editable = Person.objects.visible_to(request.user, "person.edit").select_related(
        "unit", "manager", "job_role"
    )
    editable = editable.filter(anonymised_at=None).prefetch_related("role_grants__unit")
    person = get_object_or_404(editable, person_id=person_id)
    return _edit(request, PersonForm(request.POST or None, person=person, by=request.user), person)


def _edit(request: PersonRequest, form: PersonForm, person: Person | None) -> HttpResponse:
    if form.is_valid():
        try:
            saved = _save(form, person, request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("%s is saved.") % saved.name)
            return redirect("person", saved.person_id)
    context: dict[str, Any] = {"form": form, "person": person, "job_roles": queries.known_job_roles()}
    return render(request, "organisation/person_form.html", context, status=400 if form.errors else 200)


def _save(form: PersonForm, person: Person | None, by: Person) -> Person:
    if person is not None:
        return services.change_person(person=person, data=form.person_data(), by=by)
    return services.create_person(person_id=form.cleaned_data["person_id"], data=form.person_data(), by=by)


@login_required
@require_GET
def people_csv(request: PersonRequest) -> StreamingHttpResponse:
    """people.csv as it is imported; ?bom=1 for spreadsheets that need a byte order mark."""
    permissions.require(request.user, "person.view")
    require_fresh(request)
    count = Person.objects.visible_to(request.user).count()
    services.record_export(what="person", count=count, by=request.user)
    return csv_response("people.csv", exports.people_csv(request.user, bom="bom" in request.GET))
