"""What waits for a second person."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from organisation import approvals, permissions, trail
from organisation.approvals import NotApprovableError
from organisation.views.http import PersonRequest


@login_required
@never_cache
@require_safe
def approval_list(request: PersonRequest) -> HttpResponse:
    """What others ask this person to approve, and what this person has asked for."""
    permissions.require(request.user, "approval.view")
    rows = trail.approvals_in_words(approvals.waiting_for(request.user), request.user)
    return render(request, "organisation/approvals.html", {"rows": rows})


@login_required
@require_POST
def approval_decide(request: PersonRequest, pk: int) -> HttpResponse:
    """Approve, refuse or take back."""
    permissions.require(request.user, "approval.view")
    approval = get_object_or_404(approvals.waiting_for(request.user), pk=pk)
    approve = request.POST.get("decision") == "approve"
    try:
        approvals.decide(approval, by=request.user, approve=approve)
    except (NotApprovableError, ValidationError) as error:
        text = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        messages.error(request, text)
    else:
        messages.success(request, _("Done.") if approve else _("Put aside: nothing was changed."))
    return redirect("approvals")
