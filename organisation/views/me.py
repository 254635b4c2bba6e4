"""What concerns the person who has signed in, and nobody else."""

from typing import Final

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cfm.lib import audit, personal
from organisation import exports, permissions, trail
from organisation.views.http import PersonRequest, require_fresh

PAGE_SIZE: Final = 50


@login_required
@never_cache
@require_safe
def readers(request: PersonRequest) -> HttpResponse:
    """Who has read my named ratings and plans."""
    permissions.require(request.user, "me.view")
    page = Paginator(trail.readings_of(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "organisation/my_readers.html", {"page": page})


@login_required
@never_cache
@require_safe
def mine(request: PersonRequest) -> HttpResponse:
    """What is held about me, in words, and what I can do about it."""
    permissions.require(request.user, "me.view")
    rows = [(part, sum(1 for _row in part.rows(request.user.pk))) for part in personal.PARTS.values()]
    context = {
        "held": [(part, count) for part, count in rows if count],
        "nothing": [part for part, count in rows if not count],
    }
    return render(request, "organisation/my_data.html", context)


@login_required
@never_cache
@require_safe
def download(request: PersonRequest) -> HttpResponse:
    """Everything that is held about me, as a ZIP of tables (CSV) and one JSON file."""
    permissions.require(request.user, "me.view")
    require_fresh(request)
    audit.record("person.my_data", f"person/{request.user.pk}", by=request.user.pk)
    response = HttpResponse(exports.my_data(request.user), content_type="application/zip")
    name = f"my-data-{timezone.localdate():%Y-%m-%d}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
