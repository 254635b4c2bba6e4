"""What concerns the person who has signed in, and nobody else."""

from typing import Final

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from organisation import permissions, trail
from organisation.views.http import PersonRequest

PAGE_SIZE: Final = 50


@login_required
@never_cache
@require_safe
def readers(request: PersonRequest) -> HttpResponse:
    """Who has read my named ratings and plans."""
    permissions.require(request.user, "me.view")
    page = Paginator(trail.readings_of(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "organisation/my_readers.html", {"page": page})
