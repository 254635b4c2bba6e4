"""Files of goals."""

from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from improvement.models import Goal
from improvement.queries import goal_cells
from improvement.services.goal_parts_import import FILES, IMPORTS
from improvement.views.file_pages import FileSet
from improvement.views.goals import may_frame
from organisation import permissions
from organisation.models import Person
from organisation.views.http import PersonRequest


def _may_import(person: Person, name: str) -> bool:
    if name == "goal_frameworks":
        return may_frame(person)
    return any(permissions.can(person, action) for action in ("goal.edit", "improvement.lead"))


GOALS: Final = FileSet(
    home="goals",
    title=gettext_lazy("Goals"),
    heading=gettext_lazy("Goals as files"),
    action="goal.view",
    csv="goal_csv",
    load="goal_import",
    titles={
        "goal_frameworks": gettext_lazy("Years for which goals are set"),
        "goals": gettext_lazy("Goals"),
        "goal_parts": gettext_lazy("Outputs, indicators, strategies and resources"),
        "goal_actuals": gettext_lazy("Figures of indicators"),
    },
    files=FILES,
    imports=IMPORTS,
    rows={
        "goal_frameworks": lambda reader: goal_cells.framework_cells(),
        "goals": lambda reader: goal_cells.goal_cells(Goal.objects.visible_to(reader)),
        "goal_parts": lambda reader: goal_cells.part_cells(Goal.objects.visible_to(reader)),
        "goal_actuals": lambda reader: goal_cells.actual_cells(Goal.objects.visible_to(reader)),
    },
    may_import=_may_import,
)


@login_required
@never_cache
@require_safe
def goal_files(request: PersonRequest) -> HttpResponse:
    return GOALS.overview(request)


@login_required
@require_safe
def goal_csv(request: PersonRequest, name: str) -> StreamingHttpResponse:
    return GOALS.download(request, name)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def goal_import(request: PersonRequest, name: str) -> HttpResponse:
    return GOALS.upload(request, name)
