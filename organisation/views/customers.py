"""The register of customers: the list, keeping one and what belongs to it, and its files.

The page of one customer, with published figures beside, is served by reports.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from organisation import exports, permissions
from organisation.filters import CustomerFilter
from organisation.forms.customers import (
    ChannelForm,
    CustomerForm,
    FigureForm,
    PromiseForm,
    RegisterForm,
    ResultForm,
)
from organisation.imports import IMPORTS
from organisation.models import Channel, Customer, Person, Promise, PromiseResult, SatisfactionFigure
from organisation.queries import customers as queries
from organisation.queries.register import FILES
from organisation.services import customers as services
from organisation.views import imports
from organisation.views.http import PersonRequest, csv_response

PAGE_SIZE: Final = 50
_IMPORT_TITLES: Final = {
    "customers": gettext_lazy("Import customers"),
    "promises": gettext_lazy("Import promises"),
    "results": gettext_lazy("Import results of promises"),
    "channels": gettext_lazy("Import channels"),
    "satisfaction": gettext_lazy("Import satisfaction figures"),
    "links": gettext_lazy("Import links between suppliers and customers"),
}
_SORTABLE: Final = (
    ("name", gettext_lazy("Customer")),
    ("kind", gettext_lazy("Kind")),
    ("owner", gettext_lazy("Owner unit")),
    ("serving", gettext_lazy("Serving unit")),
)
_FILTERS: Final = ("q", "kind", "internal", "unit", "look")


@login_required
@require_safe
def customers(request: PersonRequest) -> HttpResponse:
    """The register, searched, narrowed and sorted by the address."""
    permissions.require(request.user, "customer.view")
    found = CustomerFilter(request.GET, queries.customers(request.user))
    page = Paginator(found.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "overview": queries.overview(request.user),
        "filter": found,
        "page": page,
        "lines": queries.lines(page),
        "columns": _columns(request),
        "narrowed": any(request.GET.get(name) for name in _FILTERS),
        "may_edit": permissions.can(request.user, "customer.edit"),
        "files": FILES.values(),
    }
    return render(request, "organisation/customers.html", context)


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


def kept_customer(person: Person, code: str) -> Customer:
    """Return a customer whom this person may change; any other does not exist."""
    permissions.require(person, "customer.edit")
    rows = Customer.objects.visible_to(person, "customer.edit").select_related("owner_unit", "serving_unit")
    found: Customer = get_object_or_404(rows, code=code)
    return found


def _crumbs(customer: Customer, *below: str) -> list[tuple[str, str]]:
    return [
        (_("Customers"), reverse("customers")),
        (customer.name, reverse("customer", args=[customer.code])),
        *((label, "") for label in below),
    ]


@login_required
@require_http_methods(["GET", "POST"])
def customer_new(request: PersonRequest) -> HttpResponse:
    permissions.require(request.user, "customer.edit")
    form = CustomerForm(request.POST or None, instance=Customer(), initial={"owner_unit": request.user.unit})
    return _edit(request, form, _("Register a customer"), [])


@login_required
@require_http_methods(["GET", "POST"])
def customer_edit(request: PersonRequest, code: str) -> HttpResponse:
    customer = kept_customer(request.user, code)
    form = CustomerForm(request.POST or None, instance=customer)
    return _edit(request, form, customer.name, _crumbs(customer, _("Change")))


def _edit(
    request: PersonRequest, form: CustomerForm, title: str, crumbs: list[tuple[str, str]]
) -> HttpResponse:
    if form.is_valid():
        try:
            saved = services.save_customer(customer=form.save(commit=False), by=request.user)
        except ValidationError as error:
            form.take(error)
        else:
            messages.success(request, _("%s is saved.") % saved.name)
            return redirect("customer", saved.code)
    cancel = crumbs[-2][1] if crumbs else reverse("customers")
    return _form(request, form, title=title, eyebrow="", crumbs=crumbs, cancel=cancel)


def _form(request: PersonRequest, form: RegisterForm, **context: Any) -> HttpResponse:
    status = 400 if form.errors else 200
    return render(request, "organisation/customer_form.html", {"form": form, **context}, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def customer_delete(request: PersonRequest, code: str) -> HttpResponse:
    """Ask first: everything that belongs to the customer goes with it."""
    customer = kept_customer(request.user, code)
    if request.method == "POST":
        services.delete_customer(customer=customer, by=request.user)
        messages.success(request, _("%s is deleted.") % customer.name)
        return redirect("customers")
    context = {
        "title": _("Delete %s?") % customer.name,
        "text": _(
            "Its promises and their results, its channels and its satisfaction figures are deleted with it."
        ),
        "action_url": reverse("customer_delete", args=[code]),
        "confirm_label": _("Delete the customer"),
        "cancel_url": reverse("customer", args=[code]),
        "danger": True,
    }
    return render(request, "components/confirm_page.html", context)


# What belongs to a customer


@dataclass(frozen=True)
class Kind:
    """A kind of what belongs to a customer. anchor: where it stands on the customer's page."""

    model: Any
    form: type[RegisterForm]
    new: Any
    change: Any
    delete: Any
    anchor: str


KINDS: Final = {
    "promises": Kind(
        Promise,
        PromiseForm,
        gettext_lazy("Add a promise"),
        gettext_lazy("Change the promise"),
        gettext_lazy("Delete the promise and its results?"),
        "promises",
    ),
    "results": Kind(
        PromiseResult,
        ResultForm,
        gettext_lazy("Enter a result"),
        gettext_lazy("Change the result"),
        gettext_lazy("Delete the result?"),
        "promises",
    ),
    "channels": Kind(
        Channel,
        ChannelForm,
        gettext_lazy("Add a channel"),
        gettext_lazy("Change the channel"),
        gettext_lazy("Delete the channel?"),
        "channels",
    ),
    "satisfaction": Kind(
        SatisfactionFigure,
        FigureForm,
        gettext_lazy("Enter a satisfaction figure"),
        gettext_lazy("Change the satisfaction figure"),
        gettext_lazy("Delete the satisfaction figure?"),
        "satisfaction",
    ),
}


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Http404
    return KINDS[name]


def _part(person: Person, customer: Customer, kind: Kind, pk: int) -> Any:
    """Return the row if it belongs to this customer."""
    rows = kind.model.objects.visible_to(person, "customer.edit")
    return get_object_or_404(rows.filter(**{rows.to_customer: customer}), pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def part_new(request: PersonRequest, code: str, kind: str) -> HttpResponse:
    """Add a promise, a result, a channel or a figure to a customer."""
    customer, chosen = kept_customer(request.user, code), _kind(kind)
    if chosen.model is PromiseResult and not customer.promises.exists():
        messages.info(request, _("A result belongs to a promise: add the promise first."))
        return redirect("customer_part_new", code, "promises")
    promise = customer.promises.filter(code=request.GET.get("promise", "")).first()
    form = chosen.form(
        request.POST or None, instance=chosen.model(), customer=customer, initial={"promise": promise}
    )
    return _edit_part(request, form, customer, chosen, chosen.new)


@login_required
@require_http_methods(["GET", "POST"])
def part_edit(request: PersonRequest, code: str, kind: str, pk: int) -> HttpResponse:
    customer, chosen = kept_customer(request.user, code), _kind(kind)
    part = _part(request.user, customer, chosen, pk)
    form = chosen.form(request.POST or None, instance=part, customer=customer)
    delete = reverse("customer_part_delete", args=[code, kind, pk])
    return _edit_part(request, form, customer, chosen, chosen.change, delete=delete)


def _edit_part(
    request: PersonRequest, form: RegisterForm, customer: Customer, kind: Kind, title: Any, delete: str = ""
) -> HttpResponse:
    back = reverse("customer", args=[customer.code]) + f"#{kind.anchor}"
    if form.is_valid():
        try:
            services.save_part(part=form.save(commit=False), by=request.user)
        except ValidationError as error:
            form.take(error)
        else:
            messages.success(request, _("Saved."))
            return redirect(back)
    crumbs = _crumbs(customer, str(title))
    return _form(
        request, form, title=title, eyebrow=customer.name, crumbs=crumbs, cancel=back, delete_url=delete
    )


@login_required
@require_http_methods(["GET", "POST"])
def part_delete(request: PersonRequest, code: str, kind: str, pk: int) -> HttpResponse:
    """Ask first."""
    customer, chosen = kept_customer(request.user, code), _kind(kind)
    part = _part(request.user, customer, chosen, pk)
    back = reverse("customer", args=[code]) + f"#{chosen.anchor}"
    if request.method == "POST":
        services.delete_part(part=part, by=request.user)
        messages.success(request, _("Deleted."))
        return redirect(back)
    context = {
        "title": chosen.delete,
        "text": str(part),
        "action_url": reverse("customer_part_delete", args=[code, kind, pk]),
        "confirm_label": _("Delete"),
        "cancel_url": back,
        "danger": True,
    }
    return render(request, "components/confirm_page.html", context)


@login_required
@require_safe
def register_csv(request: PersonRequest, name: str) -> StreamingHttpResponse:
    """A file of the register as it is imported; ?bom=1 for spreadsheets that need a byte order mark."""
    permissions.require(request.user, "customer.view")
    if name not in FILES:
        raise Http404
    file = FILES[name]
    count = file.model.objects.visible_to(request.user).count()
    services.record_export(name=name, count=count, by=request.user)
    return csv_response(f"{name}.csv", exports.register_csv(file, request.user, bom="bom" in request.GET))


@login_required
@require_http_methods(["GET", "POST"])
def register_import(request: PersonRequest, name: str) -> HttpResponse:
    """Bring in a file of the register, of customers within reach."""
    if name not in FILES:
        raise Http404
    kind = imports.Kind(
        name=f"register.{name}",
        title=_IMPORT_TITLES[name],
        service=IMPORTS[name],
        columns=FILES[name].columns,
        actions=("customer.edit",),
        scoped=True,
        back="supplier_map" if name == "links" else "customers",
    )
    return imports.import_page(request, kind)
