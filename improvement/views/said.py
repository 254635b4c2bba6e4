"""You said, we did: the page for everybody."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from improvement.models import Action
from improvement.queries import said as queries
from improvement.queries.said import Group
from improvement.views.action_words import KINDS
from organisation import permissions
from organisation.models import Unit
from organisation.views.http import PersonRequest


@login_required
@never_cache
@require_safe
def said(request: PersonRequest) -> HttpResponse:
    """What the whole organisation answered."""
    permissions.require(request.user, "said.view")
    return _page(request, get_object_or_404(Unit, parent=None))


@login_required
@never_cache
@require_safe
def said_unit(request: PersonRequest, unit: str) -> HttpResponse:
    """What one unit answered, for those who belong to it or reach it."""
    permissions.require(request.user, "said.view")
    readable = [one.pk for one in queries.units_for(request.user)]
    return _page(request, get_object_or_404(Unit.objects.filter(pk__in=readable), code=unit))


def _page(request: PersonRequest, unit: Unit) -> HttpResponse:
    today = timezone.localdate()
    groups = queries.groups(unit, today)
    units = queries.units_for(request.user)
    numbers = queries.numbers(units, today)
    shown = [one for one in units if one.pk in numbers or one.pk in {unit.pk, request.user.unit_id}]
    context = {
        "unit": unit,
        "is_whole": unit.parent_id is None,
        "groups": [(group, KINDS[group.state], _head(group.state)) for group in groups],
        "sentence": _sentence(groups, unit),
        "choices": [
            {
                "label": f"{one.name} ({numbers.get(one.pk, 0)})",
                "url": _url(one),
                "current": one.pk == unit.pk,
            }
            for one in shown
        ],
        "on": today,
        "mine": Action.objects.open().filter(owner=request.user).count(),
    }
    return render(request, "improvement/said.html", context)


def _url(unit: Unit) -> str:
    return reverse("said") if unit.parent_id is None else reverse("said_unit", args=[unit.code])


def _head(state: Action.State) -> str:
    heads = {
        Action.State.DONE: _("Done"),
        Action.State.DOING: _("Under way"),
        Action.State.PLANNED: _("Planned"),
        Action.State.NOT_DONE: _("Not done, and why"),
    }
    return heads[state]


def _sentence(groups: list[Group], unit: Unit) -> str:
    total = sum(len(group.actions) for group in groups)
    if not total:
        return _("{unit} has not answered yet what it heard").format(unit=unit.name)
    done = sum(len(group.actions) for group in groups if group.state == Action.State.DONE)
    text = ngettext(
        "{unit} answered {n} thing it heard",
        "{unit} answered {n} things it heard, {done} of them done",
        total,
    )
    return text.format(unit=unit.name, n=total, done=done)
