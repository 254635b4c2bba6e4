"""The page of one customer, and which results concern which customers. Keeping the register is in organisation."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from organisation import permissions
from organisation.models import Customer
from reports.customers import blocks_page, customer_page
from reports.views.http import PersonRequest


@login_required
@require_safe
def customer(request: PersonRequest, code: str) -> HttpResponse:
    """Show a customer with what it was promised, how it is heard, and the published figures beside."""
    permissions.require(request.user, "customer.view")
    rows = Customer.objects.visible_to(request.user).select_related("owner_unit", "serving_unit")
    found = get_object_or_404(rows, code=code)
    kept = Customer.objects.visible_to(request.user, "customer.edit").filter(pk=found.pk)
    context = {
        "page": customer_page(request.user, found),
        "customer": found,
        "may_edit": permissions.can(request.user, "customer.edit") and kept.exists(),
    }
    return render(request, "reports/customer.html", context)


@login_required
@require_safe
def customer_blocks(request: PersonRequest) -> HttpResponse:
    """Show which customers each building block concerns."""
    permissions.require(request.user, "customer.view")
    return render(request, "reports/customer_blocks.html", {"page": blocks_page(request.user)})
