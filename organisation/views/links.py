"""The map of suppliers and customers inside the organisation, and keeping its links."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from cfm.lib import charts
from cfm.lib.charts import Flow, Json
from organisation import permissions
from organisation.forms.customers import LinkForm
from organisation.models import SupplierLink, Unit
from organisation.queries import customers, unit_named
from organisation.queries.links import Map, supplier_map
from organisation.services import customers as services
from organisation.views.http import PersonRequest


@login_required
@require_safe
def the_map(request: PersonRequest) -> HttpResponse:
    """Who works for whom, who serves nobody, and whose customer has no voice."""
    permissions.require(request.user, "customer.view")
    found = supplier_map(request.user)
    reach = SupplierLink.objects.visible_to(request.user, "customer.edit")
    context = {
        "map": found,
        "figure": picture(found) if found.links else None,
        "sentence": _sentence(found),
        "overview": customers.overview(request.user),
        "editable": set(reach.values_list("pk", flat=True)),
        "may_edit": permissions.can(request.user, "customer.edit"),
        "crumbs": [(_("Customers"), reverse("customers")), (_("Supplier map"), "")],
    }
    return render(request, "organisation/supplier_map.html", context)


def _sentence(found: Map) -> str:
    silent = len(found.voiceless)
    said = ngettext(
        "%(n)d link between %(suppliers)d suppliers and %(customers)d internal customers.",
        "%(n)d links between %(suppliers)d suppliers and %(customers)d internal customers.",
        len(found.links),
    ) % {"n": len(found.links), "suppliers": len(found.suppliers), "customers": len(found.customers)}
    if not silent:
        return said + " " + _("Every customer is heard.")
    told = ngettext(
        "In %(n)d of them the customer has no voice.", "In %(n)d of them the customer has no voice.", silent
    )
    return said + " " + told % {"n": silent}


def picture(found: Map) -> Json:
    """Return the map as a figure: suppliers on the left, their customers on the right."""
    left = {unit.pk: place for place, unit in enumerate(found.suppliers)}
    right = {unit.pk: place for place, unit in enumerate(found.customers)}
    return charts.flows(
        [(unit.name, _said(found, unit, supplies=True)) for unit in found.suppliers],
        [(unit.name, _said(found, unit, supplies=False)) for unit in found.customers],
        [
            Flow(left[link.supplier_id], right[link.customer_id], bool(link.heard_through))
            for link in found.links
        ],
        titles=(_("Supplier"), _("Customer")),
        legend=(_("the customer is heard"), _("the customer has no voice")),
    )


def _said(found: Map, unit: Unit, *, supplies: bool) -> str:
    """Return what is told of a unit when it is pointed at."""
    if supplies:
        names = [link.customer.name for link in found.links if link.supplier_id == unit.pk]
        return _("works for: %s") % ", ".join(names)
    names = [link.supplier.name for link in found.links if link.customer_id == unit.pk]
    return _("depends on: %s") % ", ".join(names)


@login_required
@require_http_methods(["GET", "POST"])
def link_new(request: PersonRequest) -> HttpResponse:
    permissions.require(request.user, "customer.edit")
    supplier = unit_named(request.GET.get("supplier", ""), request.user, "customer.edit")
    initial = {"supplier": supplier or request.user.unit}
    form = LinkForm(request.POST or None, instance=SupplierLink(), initial=initial)
    return _edit(request, form, _("Add a link"), "")


@login_required
@require_http_methods(["GET", "POST"])
def link_edit(request: PersonRequest, pk: int) -> HttpResponse:
    permissions.require(request.user, "customer.edit")
    link = get_object_or_404(SupplierLink.objects.visible_to(request.user, "customer.edit"), pk=pk)
    form = LinkForm(request.POST or None, instance=link)
    return _edit(request, form, _("Change the link"), reverse("supplier_link_delete", args=[pk]))


def _edit(request: PersonRequest, form: LinkForm, title: str, delete: str) -> HttpResponse:
    if form.is_valid():
        try:
            services.save_link(link=form.save(commit=False), by=request.user)
        except ValidationError as error:
            form.take(error)
        else:
            messages.success(request, _("Saved."))
            return redirect("supplier_map")
    back = reverse("supplier_map")
    context = {
        "form": form,
        "title": title,
        "cancel": back,
        "delete_url": delete,
        "crumbs": [(_("Customers"), reverse("customers")), (_("Supplier map"), back), (title, "")],
    }
    status = 400 if form.errors else 200
    return render(request, "organisation/customer_form.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def link_delete(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask first."""
    permissions.require(request.user, "customer.edit")
    rows = SupplierLink.objects.visible_to(request.user, "customer.edit")
    link = get_object_or_404(rows.select_related("supplier", "customer"), pk=pk)
    if request.method == "POST":
        services.delete_link(link=link, by=request.user)
        messages.success(request, _("Deleted."))
        return redirect("supplier_map")
    context = {
        "title": _("Delete the link?"),
        "text": str(link),
        "action_url": reverse("supplier_link_delete", args=[pk]),
        "confirm_label": _("Delete"),
        "cancel_url": reverse("supplier_map"),
        "danger": True,
    }
    return render(request, "components/confirm_page.html", context)
