"""Files of actions and their steps."""

from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from improvement.models import Action
from improvement.models.reach import may_edit_any
from improvement.queries import action_cells
from improvement.services.action_import import FILES, IMPORTS
from improvement.views.file_pages import FileSet
from organisation.views.http import PersonRequest

ACTIONS: Final = FileSet(
    home="actions",
    title=gettext_lazy("Actions"),
    heading=gettext_lazy("Actions as files"),
    action="action.view_own",
    csv="action_csv",
    load="action_import",
    titles={"actions": gettext_lazy("Actions"), "action_steps": gettext_lazy("Steps of actions")},
    files=FILES,
    imports=IMPORTS,
    rows={
        "actions": lambda reader: action_cells.action_cells(Action.objects.visible_to(reader)),
        "action_steps": lambda reader: action_cells.step_cells(Action.objects.visible_to(reader)),
    },
    may_import=lambda person, name: may_edit_any(person, "action.edit"),
)


@login_required
@never_cache
@require_safe
def action_files(request: PersonRequest) -> HttpResponse:
    return ACTIONS.overview(request)


@login_required
@require_safe
def action_csv(request: PersonRequest, name: str) -> StreamingHttpResponse:
    return ACTIONS.download(request, name)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def action_import(request: PersonRequest, name: str) -> HttpResponse:
    return ACTIONS.upload(request, name)
