"""Goals: the list in their cascade, the framework as one table, and one goal."""

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from improvement.forms.goals import GoalFilterForm
from improvement.models import Goal, GoalFramework
from improvement.queries import goals as queries
from improvement.queries.blocks import vocabulary
from improvement.queries.goals import Chosen, GoalRow
from improvement.services.goals import PARTS
from improvement.views import goal_panels, goal_words
from organisation import permissions
from organisation.models import Person, Unit
from organisation.views.http import PersonRequest


@login_required
@never_cache
@require_safe
def goals(request: PersonRequest) -> HttpResponse:
    """Goals below the goals they serve; the address narrows them."""
    permissions.require(request.user, "goal.view")
    form, framework, rows = _chosen_rows(request)
    context = {
        "form": form,
        "lines": [(row, *goal_words.badge(row), goal_words.goal_sentence(row)) for row in rows],
        "mine": _mine(request.user),
        "sentence": goal_words.headline(queries.counts(rows)),
        "panel": goal_panels.ways(rows),
        "framework": framework,
        "narrowed": bool(set(form.chosen()) - {"framework"}),
        "query": request.GET.urlencode(),
        **_may(request.user),
    }
    return render(request, "improvement/goals.html", context)


@login_required
@never_cache
@require_safe
def goals_framework(request: PersonRequest) -> HttpResponse:
    """The framework as one table: goals, outputs, indicators, strategies and resources side by side (P01)."""
    permissions.require(request.user, "goal.view")
    form, framework, rows = _chosen_rows(request)
    crumbs = [(_("Goals"), reverse("goals")), (_("As one table"), "")]
    lines = [
        (row, goal_words.badge(row), [(one, goal_words.indicator_sentence(one)) for one in row.indicators])
        for row in rows
    ]
    context = {"form": form, "lines": lines, "framework": framework, "crumbs": crumbs}
    return render(request, "improvement/goals_framework.html", context)


@login_required
@never_cache
@require_safe
def goal(request: PersonRequest, code: str) -> HttpResponse:
    """One goal: where it stands, what it serves, and what is done to reach it."""
    permissions.require(request.user, "goal.view")
    visible = Goal.objects.visible_to(request.user)
    found = get_object_or_404(queries.with_parts(visible), code=code)
    today = timezone.localdate()
    row = queries.row_of(found, today)
    children = [
        queries.row_of(one, today)
        for one in queries.with_parts(visible.filter(parent=found).order_by("code"))
    ]
    words = vocabulary()
    editable = Goal.objects.editable_by(request.user).filter(pk=found.pk).exists()
    context = {
        "row": row,
        "goal": found,
        "badge": goal_words.badge(row),
        "sentence": goal_words.goal_sentence(row),
        "block_title": words.blocks.get(found.block, found.block),
        "components": [(one, words.key_components.get(one, "")) for one in found.key_components],
        "above": queries.above(found, request.user),
        "children": [(one, *goal_words.badge(one), goal_words.goal_sentence(one)) for one in children],
        "indicators": [
            (one, goal_words.indicator_sentence(one), goal_panels.indicator_trend(one))
            for one in row.indicators
        ],
        "budgets": _budgets(row),
        "may_edit": editable,
        "may_report": editable or Goal.objects.reportable_by(request.user).filter(pk=found.pk).exists(),
        "crumbs": [(_("Goals"), reverse("goals")), (found.code, "")],
        "parts": list(PARTS),
    }
    return render(request, "improvement/goal.html", context)


def _budgets(row: GoalRow) -> list[str]:
    pairs = [(row.money, "money"), (row.days, "days")]
    currency = row.goal.framework.currency
    return [goal_words.spending_sentence(found, kind, currency) for found, kind in pairs if found]


def _may(reader: Person) -> dict[str, bool]:
    return {
        "may_set": permissions.can(reader, "goal.edit") or permissions.can(reader, "improvement.lead"),
        "may_frame": may_frame(reader),
    }


def may_frame(reader: Person) -> bool:
    """Whether the person may say for which years goals are set: who leads or does HR for the whole organisation."""
    return any(
        permissions.can(reader, action) and permissions.scope(reader, action) is None
        for action in ("improvement.lead", "goal.edit")
    )


def _chosen_rows(
    request: PersonRequest,
) -> tuple[GoalFilterForm, GoalFramework | None, list[GoalRow]]:
    today = timezone.localdate()
    people = permissions.can(request.user, "goal.view_people")
    in_use = queries.framework_in_use(today)
    initial = {"framework": in_use.code} if in_use else {}
    form = GoalFilterForm(
        {**initial, **request.GET.dict()},
        units=_units(request.user),
        words=vocabulary(),
        people=people,
    )
    chosen = form.chosen()
    framework: GoalFramework | None = chosen.get("framework") or in_use
    rows = queries.goal_rows(
        request.user,
        Chosen(
            framework=framework,
            unit=chosen.get("unit"),
            block=chosen.get("block", ""),
            standing=chosen.get("standing", ""),
            people=bool(chosen.get("people")),
        ),
        today,
    )
    return form, framework, rows


def _units(reader: Person) -> QuerySet[Unit]:
    """Return the units by which the reader may narrow: those in reach, and the line above."""
    line = [unit.pk for unit in reader.unit.ancestors(include_self=True)]
    reached = Unit.objects.visible_to(reader, "goal.view_units").values_list("pk", flat=True)
    found: QuerySet[Unit] = Unit.objects.filter(pk__in=[*line, *reached])
    return found


def _mine(reader: Person) -> list[tuple[GoalRow, str, str, str]]:
    """Return the reader's own goals and those the reader sees to, which are pursued."""
    today = timezone.localdate()
    own = queries.with_parts(
        Goal.objects.of(reader).filter(state=Goal.State.ACTIVE).order_by("due_on", "code")
    )
    rows = [queries.row_of(one, today) for one in own]
    return [(row, *goal_words.badge(row), goal_words.goal_sentence(row)) for row in rows]
