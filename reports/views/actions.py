"""The page of one action, with what it changed. Planning and reporting are in improvement."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from improvement.models import Action
from improvement.queries import actions as queries
from improvement.queries import origins
from improvement.queries.blocks import vocabulary
from improvement.views import action_words
from organisation import permissions
from reports import effects_page
from reports.views.http import PersonRequest


@login_required
@never_cache
@require_safe
def action(request: PersonRequest, code: str) -> HttpResponse:
    """Show an action: what it answers, its steps, and how it went so far."""
    permissions.require(request.user, "action.view_own")
    visible = Action.objects.visible_to(request.user)
    found = get_object_or_404(queries.with_parts(visible), code=code)
    row = queries.row_of(found, timezone.localdate())
    blocks = dict(vocabulary().blocks)
    effect = effects_page.effect_of(request.user, found)
    editable = Action.objects.editable_by(request.user).filter(pk=found.pk).exists()
    context = {
        "row": row,
        "action": found,
        "badge": action_words.badge(found),
        "sentence": action_words.sentence(row),
        "block_title": blocks.get(found.block, found.block),
        "effect": action_words.effect(found, blocks, dict(origins.published().values_list("code", "title"))),
        "achieved": effects_page.words(effect) if effect else None,
        "may_edit": editable,
        "may_report": editable or found.owner_id == request.user.pk,
        "crumbs": [(_("Actions"), reverse("actions")), (found.title, "")],
    }
    return render(request, "reports/action.html", context)


@login_required
@never_cache
@require_safe
def effects(request: PersonRequest) -> HttpResponse:
    """Show what worked: expected against achieved, and units with an action against those without."""
    permissions.require(request.user, "action.view")
    context = {
        "page": effects_page.effects_page(request.user, request.GET.dict()),
        "crumbs": [(_("Actions"), reverse("actions")), (_("What worked"), "")],
    }
    return render(request, "reports/effects.html", context)
