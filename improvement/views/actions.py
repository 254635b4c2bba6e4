"""Actions: the list and the board, planning one, changing it, and saying how it goes."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from improvement.forms.actions import ActionFilterForm, ActionForm, ReportForm, StepForm
from improvement.models import Action, ActionStep
from improvement.models.actions import MAX_TITLE
from improvement.models.reach import editable_units
from improvement.queries import actions as queries
from improvement.queries import origins
from improvement.queries.actions import ActionRow, Chosen
from improvement.queries.blocks import vocabulary
from improvement.queries.origins import Origin
from improvement.queries.suggestions import suggestions
from improvement.services import actions as services
from improvement.views import action_words
from improvement.views.pages import Crumbs, add_errors, form_page
from organisation import permissions
from organisation.models import Unit
from organisation.views.http import PersonRequest

PAGE_SIZE: Final = 50
BOARD_MOST: Final = 20  # cards a column; the list has the rest
COLUMNS: Final = tuple(Action.State)


@login_required
@never_cache
@require_safe
def actions(request: PersonRequest) -> HttpResponse:
    """Actions, overdue first, as a list or a board; the address narrows them."""
    permissions.require(request.user, "action.view_own")
    today = timezone.localdate()
    blocks = vocabulary().blocks
    form = ActionFilterForm(
        request.GET,
        units=Unit.objects.visible_to(request.user, "action.view"),
        blocks=_coded(blocks),
    )
    asked = form.chosen()
    chosen = Chosen(**{name: asked[name] for name in ("unit", "block", "state", "owner") if name in asked})
    found = queries.chosen_actions(request.user, chosen, today)
    counts = queries.counts(found, today)
    context: dict[str, Any] = {
        "form": form,
        "sentence": action_words.headline(counts),
        "counts": counts,
        "narrowed": bool(set(asked) - {"view"}),
        "query": request.GET.urlencode(),
        "may_plan": bool(editable_units(request.user, "action.edit")),
        "reads": permissions.can(request.user, "action.view"),
        "blocks": blocks,
    }
    if asked.get("view") == "board":
        context["board"] = _board(found, counts, today)
    else:
        page = Paginator(queries.with_parts(found), PAGE_SIZE).get_page(request.GET.get("page"))
        context |= {"page": page, "lines": [_line(queries.row_of(one, today)) for one in page]}
    return render(request, "improvement/actions.html", context)


def _coded(blocks: Any) -> list[tuple[str, str]]:
    return [(code, f"{code} {title}") for code, title in blocks.items()]


def _line(row: ActionRow) -> tuple[ActionRow, str, str, str]:
    return row, *action_words.badge(row.action), action_words.sentence(row)


def _board(
    found: QuerySet[Action], counts: queries.Counts, today: Any
) -> list[tuple[str, int, list[tuple[ActionRow, str, str, str]], int]]:
    """Return the columns: title, how many, cards, how many more. Four queries a column, whatever its length."""
    columns = []
    for state in COLUMNS:
        rows = queries.with_parts(found.filter(state=state))[:BOARD_MOST]
        cards = [_line(queries.row_of(one, today)) for one in rows]
        total = counts.of(state)
        columns.append((str(state.label), total, cards, total - len(cards)))
    return columns


def editable(request: PersonRequest, code: str) -> Action:
    """Return the action if the person plans for its unit; 404 for all others."""
    rows = Action.objects.editable_by(request.user).select_related("unit", "owner")
    found: Action = get_object_or_404(rows, code=code)
    return found


def _reportable(request: PersonRequest, code: str) -> Action:
    rows = Action.objects.reportable_by(request.user).select_related("unit", "owner")
    found: Action = get_object_or_404(rows, code=code)
    return found


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def action_new(request: PersonRequest) -> HttpResponse:
    """Plan an action; ?from= is what it is about, ?title= a suggestion taken."""
    if not editable_units(request.user, "action.edit"):
        raise PermissionDenied("action.edit")
    reference = request.POST.get("about", "") or request.GET.get("from", "")
    return _edit(request, None, origins.origin(reference, request.user))


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def action_edit(request: PersonRequest, code: str) -> HttpResponse:
    permissions.require(request.user, "action.view_own")
    return _edit(request, editable(request, code), None)


def _edit(request: PersonRequest, found: Action | None, origin: Origin | None) -> HttpResponse:
    form = ActionForm(
        request.POST or None,
        action=found,
        origin=origin,
        units=Unit.objects.filter(pk__in=editable_units(request.user, "action.edit")),
        blocks=_coded(vocabulary().blocks),
        cycles=list(origins.published().values_list("code", "title")),
        reader=request.user,
        title=request.GET.get("title", "")[:MAX_TITLE],
    )
    if form.is_valid():
        try:
            saved = _save(request, form, found, origin)
        except ValidationError as error:
            if "more_because" in getattr(error, "error_dict", {}):
                form.ask_why()
            add_errors(form, error, {"owner": "owner_id"})
        else:
            messages.success(request, _("The action is saved."))
            return redirect("action", saved.code)
    title = found.title if found else _("Plan an action")
    back = reverse("action", args=[found.code]) if found else reverse("actions")
    crumbs = [(_("Actions"), reverse("actions")), (title, "")]
    context = {
        "template": "improvement/action_form.html",
        "heard": found.heard if found else origin.heard if origin else "",
        "ideas": [] if found or not origin else _ideas(origin),
        "origin": origin,
        "open_here": 0 if found else queries.open_in(origin.unit if origin else request.user.unit.code),
    }
    return form_page(request, form, title, crumbs, back, **context)


@transaction.atomic
def _save(request: PersonRequest, form: ActionForm, found: Action | None, origin: Origin | None) -> Action:
    by = request.user.pk
    saved = services.save_action(action=found, origin=origin, by=by, **form.values())
    for text in form.step_texts():
        services.save_step(action=saved, step=None, text=text, done_on=None, by=by)
    return saved


def _ideas(origin: Origin) -> Any:
    if not origin.block:
        return []
    level = origin.level or origins.level_of(origin.unit, origin.block)[0]
    return suggestions(origin.block, level)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def action_report(request: PersonRequest, code: str) -> HttpResponse:
    """Say how an action stands, or end it."""
    permissions.require(request.user, "action.view_own")
    found = _reportable(request, code)
    form = ReportForm(request.POST or None, initial={"state": found.state})
    if form.is_valid():
        try:
            services.report(action=found, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Your word is noted."))
            return redirect("action", code)
    title = _("How does it stand?")
    return form_page(request, form, title, _crumbs(found, title), _back(found), eyebrow=found.title)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def action_step_new(request: PersonRequest, code: str) -> HttpResponse:
    permissions.require(request.user, "action.view_own")
    return _step(request, _reportable(request, code), None)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def action_step(request: PersonRequest, code: str, number: int) -> HttpResponse:
    permissions.require(request.user, "action.view_own")
    found = _reportable(request, code)
    return _step(request, found, get_object_or_404(ActionStep, action=found, number=number))


def _step(request: PersonRequest, found: Action, step: ActionStep | None) -> HttpResponse:
    by = request.user.pk
    if step is not None and request.method == "POST" and "delete" in request.POST:
        services.delete_step(action=found, step=step, by=by)
        messages.success(request, _("The step is deleted."))
        return redirect("action", found.code)
    form = StepForm(request.POST or None, step=step)
    if form.is_valid():
        try:
            services.save_step(action=found, step=step, by=by, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            return redirect("action", found.code)
    title = _("Step")
    return form_page(
        request,
        form,
        title,
        _crumbs(found, title),
        _back(found),
        eyebrow=found.title,
        may_delete=step is not None,
    )


@login_required
@require_POST
def action_tick(request: PersonRequest, code: str, number: int) -> HttpResponse:
    """Tick a step off, or take that back."""
    permissions.require(request.user, "action.view_own")
    found = _reportable(request, code)
    services.tick(
        action=found, step=get_object_or_404(ActionStep, action=found, number=number), by=request.user.pk
    )
    return redirect("action", code)


def _crumbs(found: Action, here: str) -> Crumbs:
    return [(_("Actions"), reverse("actions")), (found.title, _back(found)), (here, "")]


def _back(found: Action) -> str:
    return reverse("action", args=[found.code])
