"""Gaps: where what is required and what is shown lie apart; by unit for many, by name for few."""

from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assessments.models import Cycle
from competencies.forms import GapFilterForm
from competencies.models import RATED_IN
from competencies.queries import gaps as queries
from competencies.queries.gaps import Choice, Reach
from competencies.queries.standing import rated_cycles
from competencies.services import layouts, readings
from competencies.views import gap_panels
from organisation import permissions
from organisation.models import Unit
from organisation.views.http import PersonRequest

PAGE_SIZE: Final = 50


@dataclass(frozen=True)
class View:
    """What a request asks for, read once for the page and the file."""

    reach: Reach
    form: GapFilterForm
    cycles: list[Cycle]
    choice: Choice


def read(request: PersonRequest) -> View:
    """Return the reach of the reader and the filters of the address; wrong ones are as if they were not there."""
    reach, cycles = queries.reach_of(request.user), rated_cycles()
    if not reach.names:  # while ratings come in, yesterday's figure and today's would differ by one person
        cycles = [one for one in cycles if one.state not in RATED_IN]
    form = GapFilterForm(
        request.GET,
        units=Unit.objects.visible_to(request.user, "gaps.view"),
        cycles=[(one.code, one.title) for one in cycles],
        names=reach.names,
    )
    asked = form.chosen()
    cycle = next((one for one in cycles if one.code == asked.get("cycle")), None)
    if not reach.names and cycle is None and cycles:
        cycle = cycles[0]  # "the newest of each" and a cycle are two views of the same people
    choice = Choice(
        cycle=cycle,
        unit=asked.get("unit"),
        kind=asked.get("kind", ""),
        competency=asked.get("competency"),
        job_role=asked.get("role"),
        smallest=int(asked.get("size", 1)),
    )
    return View(reach, form, cycles, choice)


@login_required
@never_cache
@require_safe
def gaps(request: PersonRequest) -> HttpResponse:
    """The picture of units × competencies, the strongest and the widest, the trend, and gaps by name."""
    permissions.require(request.user, "gaps.view")
    view = read(request)
    context: dict[str, Any] = {
        "form": view.form,
        "cycles": view.cycles,
        "names": view.reach.names,
        "may_export": permissions.can(request.user, "gaps.export"),
        "layouts": layouts.all_layouts() if permissions.can(request.user, "gaps.export") else [],
        "query": request.GET.urlencode(),
        "narrowed": bool(view.form.chosen()),
        "whole": bool(view.choice.unit) and not view.reach.names,
    }
    if view.cycles:
        table = queries.gap_table(view.reach, view.choice, view.cycles)
        named = queries.named_gaps(table, view.choice)
        page: Any = Paginator(named, PAGE_SIZE).get_page(request.GET.get("page"))  # type: ignore[arg-type]
        readings.note_list(
            reader=request.user,
            people=[one.person.pk for one in page],
            why="hr" if view.reach.names else "line_manager",
        )
        context |= {
            "table": table,
            "sentence": gap_panels.sentence(table),
            "panels": [one for one in (gap_panels.heat(table), gap_panels.trend(table)) if one],
            "widest": gap_panels.widest(table),
            "strongest": gap_panels.strongest(table),
            "page": page,
            "plan_for": view.choice.unit.code if view.choice.unit else request.user.unit.code,
            "hidden_note": _("Fewer than five people: not shown.") if not view.reach.names else "",
        }
    return render(request, "competencies/gaps.html", context)
