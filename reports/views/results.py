"""Pages of results. They look up, check, and show; reading is all they do."""

from collections.abc import Callable, Mapping

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from assessments import exports
from cfm.lib import csv_export
from organisation import permissions
from organisation.models import Person, Unit
from organisation.views.http import csv_response
from reports import home as first_page
from reports.benchmarks import benchmarks_page
from reports.changes import change_warnings
from reports.choices import NotFoundError
from reports.compare import compare_page
from reports.downloads import reachable_scores
from reports.heat import heat_map
from reports.levels import COLUMNS as LEVEL_COLUMNS
from reports.levels import level_rows, levels_page
from reports.look import Look
from reports.pages import unit_page
from reports.places import places
from reports.plans import plans
from reports.priorities import priorities_page
from reports.shrunken import shrunken_page
from reports.statements import statements_page
from reports.views.http import PersonRequest, nothing_yet
from reports.why import why
from reports.why_whole import why_whole

Maker = Callable[[Person, Mapping[str, str]], Look | None]


@login_required
@require_safe
def home(request: PersonRequest) -> HttpResponse:
    """Show what needs this person now and what is new."""
    permissions.require(request.user, "home.view")
    return render(request, "reports/home.html", {"home": first_page.home(request.user)})


@login_required
@require_safe
def dashboard(request: PersonRequest) -> HttpResponse:
    """Show the results of the organisation, or of the topmost unit in reach."""
    permissions.require(request.user, "dashboard.view")
    return _unit(request, None)


@login_required
@require_safe
def dashboard_unit(request: PersonRequest, unit: str) -> HttpResponse:
    """Show the results of one unit and of what is below it."""
    permissions.require(request.user, "figures.view")
    return _unit(request, unit)


@login_required
@require_safe
def heat(request: PersonRequest) -> HttpResponse:
    """Show units × dimensions as a table of colours and numbers."""
    permissions.require(request.user, "dashboard.view")
    try:
        page = heat_map(request.user, request.GET.dict())
    except NotFoundError as error:
        raise Http404 from error
    if page is None:
        return nothing_yet(request)
    context = {"page": page, "places": places(request.user, "heat_map", page.top, request.GET.dict())}
    return render(request, "reports/heat.html", context)


@login_required
@require_safe
def levels(request: PersonRequest) -> HttpResponse:
    """Show the level every block reaches, what holds it back, and what the next one asks."""
    permissions.require(request.user, "figures.view")
    try:
        page = levels_page(request.user, request.GET.dict())
    except NotFoundError as error:
        raise Http404 from error
    if page is None:
        return nothing_yet(request)
    context = {"page": page, "places": places(request.user, "levels", page.unit, request.GET.dict())}
    return render(request, "reports/levels.html", context)


@login_required
@require_safe
def levels_csv(request: PersonRequest) -> StreamingHttpResponse:
    """Send the levels of a unit's blocks as levels.csv."""
    permissions.require(request.user, "figures.view")
    try:
        found = level_rows(request.user, request.GET.dict())
    except NotFoundError as error:
        raise Http404 from error
    if found is None:
        raise Http404
    cycle, rows = found
    return csv_response(f"levels-{cycle}.csv", csv_export.lines(LEVEL_COLUMNS, rows))


@login_required
@require_safe
def scores(request: PersonRequest) -> StreamingHttpResponse:
    """Send the published figures within reach as scores.csv."""
    permissions.require(request.user, "figures.view")
    try:
        cycle, rows = reachable_scores(request.user, request.GET.get("cycle"))
    except NotFoundError as error:
        raise Http404 from error
    return csv_response(f"scores-{cycle}.csv", csv_export.lines(exports.COLUMNS, rows))


@login_required
@require_safe
def why_figure(
    request: PersonRequest, cycle: str, audience: str, lens: str, dimension: str, unit: str
) -> HttpResponse:
    """Show how one figure was made, and compute it again when asked to."""
    permissions.require(request.user, "figures.view")
    try:
        page = why(
            request.user,
            cycle=cycle,
            audience=audience,
            lens=lens,
            dimension=dimension,
            unit=unit,
            again="again" in request.GET,
        )
    except NotFoundError as error:
        raise Http404 from error
    return render(request, "reports/why.html", {"page": page})


@login_required
@require_safe
def statements(request: PersonRequest) -> HttpResponse:
    """Show how each statement was answered in a unit."""
    permissions.require(request.user, "figures.view")
    return _look(request, "statements", statements_page)


@login_required
@require_safe
def why_analysis(request: PersonRequest, cycle: str, kind: str) -> HttpResponse:
    """Show how drivers or the screen for careless answers were made, for the organisation."""
    permissions.require(request.user, "figures.view")
    try:
        page = why_whole(cycle=cycle, kind=kind, again="again" in request.GET)
    except NotFoundError as error:
        raise Http404 from error
    return render(request, "reports/why_whole.html", {"page": page})


@login_required
@require_safe
def priorities(request: PersonRequest) -> HttpResponse:
    """Show where a unit wins most by beginning."""
    permissions.require(request.user, "figures.view")
    return _look(request, "priorities", priorities_page)


@login_required
@require_safe
def shrunken(request: PersonRequest) -> HttpResponse:
    """Show units with their own scores and the shrunken ones beside them."""
    permissions.require(request.user, "dashboard.view")
    return _look(request, "shrunken", shrunken_page)


@login_required
@require_safe
def compare(request: PersonRequest) -> HttpResponse:
    """Show a unit beside another, beside the average of others, or in two cycles."""
    permissions.require(request.user, "figures.view")
    return _look(request, "compare", compare_page)


@login_required
@require_safe
def benchmarks(request: PersonRequest) -> HttpResponse:
    """Show a unit beside its history, its units and other organisations."""
    permissions.require(request.user, "figures.view")
    return _look(request, "benchmarks", benchmarks_page)


def _look(request: PersonRequest, name: str, make: Maker) -> HttpResponse:
    try:
        page = make(request.user, request.GET.dict())
    except NotFoundError as error:
        raise Http404 from error
    if page is None:
        return nothing_yet(request)
    shown = places(request.user, name, page.unit, request.GET.dict())
    return render(request, "reports/look.html", {"page": page, "places": shown})


def _unit(request: PersonRequest, code: str | None) -> HttpResponse:
    try:
        page = unit_page(request.user, code, request.GET.dict())
    except NotFoundError as error:
        raise Http404 from error
    if page is None:
        return nothing_yet(request)
    reads_comments = permissions.can(request.user, "comments.read") and (
        Unit.objects.visible_to(request.user, "comments.read").filter(code=page.unit.code).exists()
    )
    context = {
        "page": page,
        "may_read_comments": reads_comments,
        "plans": plans(page.cycle, page.unit, page.minute.priorities),
        "changes": change_warnings(request.user, page.unit),
        "places": places(request.user, "dashboard_unit", page.unit, request.GET.dict()),
    }
    return render(request, "reports/dashboard.html", context)
