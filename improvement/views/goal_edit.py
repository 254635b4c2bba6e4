"""Setting goals, changing their parts, and reporting figures."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from improvement.forms.goals import (
    PART_FORMS,
    CloseForm,
    FrameworkForm,
    GoalForm,
    ReportForm,
    part_values,
)
from improvement.models import Goal, GoalFramework
from improvement.models.reach import editable_units
from improvement.queries import goals as queries
from improvement.queries.blocks import vocabulary
from improvement.services import goals as services
from improvement.services.errors import RefusedError
from improvement.views.goals import may_frame
from improvement.views.pages import add_errors, form_page
from organisation import permissions
from organisation.models import Person, Unit
from organisation.views.http import PersonRequest


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def framework_new(request: PersonRequest) -> HttpResponse:
    """Say for which years goals are set."""
    return _framework(request, None)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def framework_edit(request: PersonRequest, code: str) -> HttpResponse:
    _require_frame(request.user)
    return _framework(request, get_object_or_404(GoalFramework, code=code))


def _require_frame(person: Person) -> None:
    if not may_frame(person):
        raise PermissionDenied("goal.framework")


def _framework(request: PersonRequest, framework: GoalFramework | None) -> HttpResponse:
    _require_frame(request.user)
    year = timezone.localdate().year
    initial = {"starts_on": f"{year}-01-01", "ends_on": f"{year + 3}-12-31", "currency": "EUR"}
    form = FrameworkForm(request.POST or None, framework=framework, initial=initial)
    if form.is_valid():
        try:
            saved = services.save_framework(framework=framework, by=request.user.pk, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("%s is saved.") % saved.title)
            return redirect(f"{reverse('goals')}?framework={saved.code}")
    title = framework.title if framework else _("Years for which goals are set")
    return form_page(request, form, title, [(_("Goals"), reverse("goals")), (title, "")], reverse("goals"))


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def goal_new(request: PersonRequest) -> HttpResponse:
    """Set a goal; ?parent=, ?unit= and ?framework= fill in where it belongs."""
    if not editable_units(request.user, "goal.edit"):
        raise PermissionDenied("goal.edit")
    frameworks = GoalFramework.objects.filter(code=request.GET.get("framework", ""))
    parent = Goal.objects.visible_to(request.user).filter(code=request.GET.get("parent", "")).first()
    framework = (
        parent.framework if parent else frameworks.first() or queries.framework_in_use(timezone.localdate())
    )
    if framework is None:
        messages.info(request, _("Say first for which years goals are set."))
        return redirect("goal_framework_new" if may_frame(request.user) else "goals")
    initial = {
        "parent": parent,
        "unit": request.GET.get("unit", ""),
        "block": parent.block if parent else "",
        "starts_on": max(framework.starts_on, min(timezone.localdate(), framework.ends_on)),
        "due_on": parent.due_on if parent else framework.ends_on,
    }
    return _goal(request, None, framework, initial)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def goal_edit(request: PersonRequest, code: str) -> HttpResponse:
    permissions.require(request.user, "goal.view")
    goal = _editable(request.user, code)
    return _goal(request, goal, goal.framework, {})


def _editable(person: Person, code: str) -> Goal:
    rows = Goal.objects.editable_by(person).select_related("framework", "unit", "person", "owner")
    found: Goal = get_object_or_404(rows, code=code)
    return found


def _goal(
    request: PersonRequest, goal: Goal | None, framework: GoalFramework, initial: dict[str, Any]
) -> HttpResponse:
    units = Unit.objects.filter(pk__in=editable_units(request.user, "goal.edit"))
    parents = Goal.objects.visible_to(request.user).in_force().filter(framework=framework)
    form = GoalForm(
        request.POST or None,
        goal=goal,
        framework=framework,
        units=units,
        parents=parents.exclude(pk=goal.pk) if goal else parents,
        people=Person.objects.active().visible_to(request.user, "goal.edit"),
        words=vocabulary(),
        initial=initial,
    )
    if form.is_valid():
        try:
            saved = services.save_goal(goal=goal, by=request.user.pk, **form.values())
        except ValidationError as error:
            add_errors(form, error, {"person": "person_id", "owner": "owner_id"})
        else:
            messages.success(request, _("%s is saved.") % saved.code)
            return redirect("goal", saved.code)
    title = goal.title if goal else _("Set a goal")
    back = reverse("goal", args=[goal.code]) if goal else reverse("goals")
    crumbs = [(_("Goals"), reverse("goals")), (goal.code if goal else title, "")]
    return form_page(request, form, title, crumbs, back, eyebrow=framework.title)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def goal_close(request: PersonRequest, code: str) -> HttpResponse:
    """Say that a goal is achieved or given up, or pursue it again."""
    permissions.require(request.user, "goal.view")
    goal = _editable(request.user, code)
    form = CloseForm(request.POST or None, initial={"state": goal.state, "closing_note": goal.closing_note})
    if form.is_valid():
        entered = form.cleaned_data
        try:
            services.close_goal(
                goal=goal, state=entered["state"], note=entered["closing_note"], by=request.user.pk
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("%s is saved.") % goal.code)
            return redirect("goal", code)
    return form_page(request, form, _("How did it end?"), _crumbs(goal), _back(goal), eyebrow=goal.title)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def part_new(request: PersonRequest, code: str, kind: str) -> HttpResponse:
    """Add an output, an indicator, a strategy or a resource."""
    permissions.require(request.user, "goal.view")
    goal = _editable(request.user, code)
    if kind not in services.PARTS:
        raise Http404
    if kind == "resources" and not goal.outputs.exists():
        messages.info(request, _("Say first which output the resource is for."))
        return redirect("goal_part_new", code, "outputs")
    return _part(request, goal, kind, None)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def part_edit(request: PersonRequest, code: str, kind: str, number: int) -> HttpResponse:
    """Change a part of a goal, or delete it."""
    permissions.require(request.user, "goal.view")
    goal = _editable(request.user, code)
    if kind not in services.PARTS:
        raise Http404
    part = get_object_or_404(services.PARTS[kind], goal=goal, number=number)
    if "delete" in request.POST:
        try:
            services.delete_part(part=part, kind=kind, by=request.user.pk)
        except RefusedError as error:
            messages.error(request, str(error))
            return redirect("goal_part", code, kind, number)
        messages.success(request, _("%s is deleted.") % part.text)
        return redirect("goal", code)
    return _part(request, goal, kind, part)


def _part(request: PersonRequest, goal: Goal, kind: str, part: services.AnyPart | None) -> HttpResponse:
    initial = part_values(part) if part else None
    form = PART_FORMS[kind](request.POST or None, goal=goal, initial=initial)
    if form.is_valid():
        try:
            services.save_part(goal=goal, what=kind, part=part, by=request.user.pk, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("%s is saved.") % form.cleaned_data["text"])
            return redirect("goal", goal.code)
    title = part.text if part else _part_title(kind)
    return form_page(
        request, form, title, _crumbs(goal), _back(goal), eyebrow=goal.title, may_delete=part is not None
    )


def _part_title(kind: str) -> str:
    return {
        "outputs": _("Add an output"),
        "indicators": _("Add an indicator"),
        "strategies": _("Add a strategy"),
        "resources": _("Add a resource"),
    }[kind]


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def goal_report(request: PersonRequest, code: str) -> HttpResponse:
    """Report a figure of an indicator: who sets goals, who sees to this one, and whose goal it is."""
    permissions.require(request.user, "goal.view")
    goal: Goal = get_object_or_404(Goal.objects.reportable_by(request.user), code=code)
    if not goal.indicators.exists():
        messages.info(request, _("This goal has no indicator yet."))
        return redirect("goal", code)
    form = ReportForm(request.POST or None, goal=goal, initial={"indicator": request.GET.get("indicator")})
    if form.is_valid():
        try:
            services.report(by=request.user.pk, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The figure is saved."))
            return redirect("goal", code)
    return form_page(request, form, _("Report a figure"), _crumbs(goal), _back(goal), eyebrow=goal.title)


def _crumbs(goal: Goal) -> list[tuple[str, str]]:
    return [(_("Goals"), reverse("goals")), (goal.code, _back(goal)), (_("Change"), "")]


def _back(goal: Goal) -> str:
    return reverse("goal", args=[goal.code])
