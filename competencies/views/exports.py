"""gaps.csv for HR, with the filters of the page; the reason is asked once a session, every file is in the audit log."""

from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from competencies.exports import GapFilter
from competencies.forms import ReasonForm
from competencies.queries.standing import opened_cycles
from competencies.services import export as services
from competencies.services import layouts
from competencies.services.errors import RefusedError
from competencies.views import gaps
from organisation import permissions
from organisation.models import Person, Unit
from organisation.views.http import PersonRequest, csv_response, require_fresh

REASON: Final = "gaps_export_reason"
FILTERS: Final = ("cycle", "unit", "kind", "competency", "role", "size")


@login_required
@never_cache
@require_safe
def gaps_csv(request: PersonRequest) -> HttpResponseBase:
    """gaps.csv; ?bom=1 for spreadsheets that need a byte order mark, ?reason=… or the session's reason.

    A browser without a reason is sent to the page that asks for it; a program gets the file, and the audit log says
    that no reason was given.
    """
    permissions.require(request.user, "gaps.export")
    require_fresh(request)
    if _must_ask(request):
        return redirect(f"{reverse('gaps_reason')}?{_next(request)}")
    chosen = _filter(request)
    _record(request, chosen)
    return csv_response("gaps.csv", services.sent(chosen, by=request.user.pk, bom="bom" in request.GET))


@login_required
@never_cache
@require_safe
def gaps_layout(request: PersonRequest, name: str) -> HttpResponseBase:
    """The same gaps in the layout of a mapping profile; asked and audited as gaps.csv."""
    permissions.require(request.user, "gaps.export")
    path = layouts.known().get(name)
    if path is None:
        raise Http404
    require_fresh(request)
    if _must_ask(request):
        return redirect(f"{reverse('gaps_reason')}?{_next(request)}")
    try:
        layout = layouts.layout(path)
    except RefusedError as error:
        messages.error(request, str(error))
        return redirect("gaps")
    chosen = _filter(request)
    _record(request, chosen, layout=name)
    pieces = layouts.content(layout, chosen, bom="bom" in request.GET)
    response = StreamingHttpResponse(pieces, content_type=layouts.TYPES[layout.format])
    response["Content-Disposition"] = f'attachment; filename="{layout.file}"'
    return response


def _reason(request: PersonRequest) -> str:
    return str(request.GET.get("reason", "").strip() or request.session.get(REASON, ""))


def _must_ask(request: PersonRequest) -> bool:
    return not _reason(request) and "text/html" in request.headers.get("Accept", "")


def _record(request: PersonRequest, chosen: GapFilter, **details: str) -> None:
    filters = {name: request.GET[name][:60] for name in FILTERS if request.GET.get(name)}
    told = {"reason": _reason(request)} | details | filters
    services.record(by=request.user.pk, chosen=chosen, rows=None, **told)


def _next(request: PersonRequest) -> str:
    return urlencode({"next": request.get_full_path()})


def _filter(request: PersonRequest) -> GapFilter:
    """Return the filters of the page, and with them the reader's scope."""
    asked = gaps.read(request).form.chosen()
    unit, reach = asked.get("unit"), Person.objects.visible_to(request.user, "gaps.export")
    units = None
    if unit is not None:
        units = frozenset(Unit.objects.within([unit.pk]).values_list("pk", flat=True))
    cycle = next((one for one in opened_cycles() if one.code == request.GET.get("cycle")), None)
    return GapFilter(
        units=units,
        cycle=cycle,
        job_role=asked.get("role"),
        competency=asked.get("competency"),
        kind=asked.get("kind", ""),
        smallest=int(asked["size"]) if asked.get("size") else None,
        also=()
        if permissions.scope(request.user, "gaps.export") is None
        else (Q(pk__in=reach.values("pk")),),
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def gaps_reason(request: PersonRequest) -> HttpResponse:
    """Ask what the file is for; the session remembers it, the audit log keeps it with every file."""
    permissions.require(request.user, "gaps.export")
    form = ReasonForm(
        request.POST if request.method == "POST" else None, initial={"next": request.GET.get("next", "")}
    )
    if form.is_valid():
        request.session[REASON] = form.cleaned_data["reason"]
        return redirect(_safe(form.cleaned_data["next"], request))
    context: dict[str, Any] = {"form": form, "cancel_url": reverse("gaps")}
    return render(request, "competencies/reason.html", context, status=400 if form.errors else 200)


def _safe(target: str, request: PersonRequest) -> str:
    """Return the address if it is one of our files, else the page of gaps."""
    ours = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    files = (reverse("gaps_csv"), f"{reverse('gaps')}-/files/")
    return target if ours and target.startswith(files) else reverse("gaps")
