"""Progress of long work, for the person who asked for it and for those who run cycles."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assessments.views.http import PersonRequest
from cfm.lib import jobs
from cfm.lib.models import Job
from organisation import permissions

STOP_POLLING = 286  # htmx: take the content and ask no more


@login_required
@never_cache
@require_safe
def job(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """How far a job is: a fragment for htmx, a page that reloads itself for others."""
    row = _get(request, pk)
    if not request.headers.get("HX-Request"):
        response = render(request, "assessments/job.html", {"job": row})
        if not row.finished:
            response["Refresh"] = "2"
        return response
    response = render(request, "components/_job.html", {"job": row})
    if row.finished:
        response.status_code = STOP_POLLING
    if row.state == Job.State.DONE:
        response["HX-Refresh"] = "true"  # the page around it has changed
    return response


@login_required
@require_POST
def retry(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Queue a failed job again; only who asked for it may."""
    row = _get(request, pk)
    if row.asked_by != request.user.pk:
        raise Http404
    jobs.retry(row)
    return redirect("job", pk)


def _get(request: PersonRequest, pk: uuid.UUID) -> Job:
    row = Job.objects.filter(pk=pk).first()
    if row is None or not (
        row.asked_by == request.user.pk
        or (row.kind.startswith("cycle.") and permissions.can(request.user, "cycle.view"))
    ):
        raise Http404
    return row
