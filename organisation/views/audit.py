"""The audit log, for auditors: to search, to take out, and to check."""

import json
from collections.abc import Iterator
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cfm.lib import audit, audit_guard, csv_export
from organisation import permissions, trail
from organisation.filters import AuditFilterForm
from organisation.views.http import PersonRequest, csv_response, require_fresh

PAGE_SIZE: Final = 50
COLUMNS: Final = ("number", "at", "actor", "action", "subject", "details", "previous", "digest")


def _form(request: PersonRequest) -> AuditFilterForm:
    return AuditFilterForm(request.GET, areas=list(trail.AREAS.items()))


@login_required
@never_cache
@require_safe
def audit_log(request: PersonRequest) -> HttpResponse:
    """Who did what to which named data, and why."""
    permissions.require(request.user, "audit.view")
    form = _form(request)
    page = Paginator(trail.found(**form.chosen()), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "lines": trail.in_words(page.object_list),
        "narrowed": bool(form.chosen()),
        "query": request.GET.urlencode(),
    }
    return render(request, "organisation/audit_log.html", context)


@login_required
@never_cache
@require_safe
def audit_csv(request: PersonRequest) -> StreamingHttpResponse:
    """The lines found as CSV, as they are stored, so that the chain can be checked outside the product."""
    permissions.require(request.user, "audit.view")
    require_fresh(request)
    lines = trail.found(**_form(request).chosen()).order_by("pk")
    newest = audit.head()
    audit.record("audit.export", "audit", by=request.user.pk)
    number = int(newest.partition(":")[0])
    rows = lines.filter(pk__lte=number).iterator(chunk_size=2000)
    return csv_response("audit.csv", csv_export.lines(COLUMNS, _rows(rows)))


def _rows(events: Any) -> Iterator[list[object]]:
    for event in events:
        details = json.dumps(event.details, sort_keys=True, ensure_ascii=False)
        at = event.at.isoformat(timespec="microseconds")
        yield [event.pk, at, event.actor, event.action, event.subject, details, event.previous, event.digest]


@login_required
@never_cache
@require_safe
def audit_check(request: PersonRequest) -> HttpResponse:
    """Walk along the whole chain, and say whether a line was changed, taken out, put in or moved."""
    permissions.require(request.user, "audit.view")
    anchor, mistake, verdict = request.GET.get("anchor", ""), "", None
    try:
        verdict = audit.verify(anchor=anchor)
    except ValueError as error:
        mistake = str(error)
    context = {
        "verdict": verdict,
        "unguarded": audit_guard.missing(),
        "anchor": anchor,
        "mistake": mistake,
        "crumbs": [(_("Audit log"), reverse("audit_log")), (_("Check"), "")],
    }
    return render(request, "organisation/audit_check.html", context, status=400 if mistake else 200)
