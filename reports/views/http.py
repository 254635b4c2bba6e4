"""What the views of this app share about requests and answers."""

from django.http import HttpResponse
from django.shortcuts import render

from organisation import permissions
from organisation.views.http import PersonRequest

__all__ = ["PersonRequest", "nothing_yet"]


def nothing_yet(request: PersonRequest) -> HttpResponse:
    """Say what happens next while nothing is published."""
    return render(request, "reports/empty.html", {"can_run": permissions.can(request.user, "cycle.view")})
