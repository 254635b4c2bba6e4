"""Files of processes and their audits."""

from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from improvement.models import Process
from improvement.models.reach import may_edit_any
from improvement.queries import process_cells
from improvement.services.process_import import FILES, IMPORTS
from improvement.views.file_pages import FileSet
from organisation.views.http import PersonRequest

PROCESSES: Final = FileSet(
    home="process_audits",
    title=gettext_lazy("Process audits"),
    heading=gettext_lazy("Processes as files"),
    action="process.view",
    csv="process_csv",
    load="process_import",
    titles={
        "processes": gettext_lazy("Processes"),
        "process_audits": gettext_lazy("Audits with steps, answers and findings"),
    },
    files=FILES,
    imports=IMPORTS,
    rows={
        "processes": lambda reader: process_cells.process_cells(Process.objects.visible_to(reader)),
        "process_audits": lambda reader: process_cells.audit_cells(Process.objects.visible_to(reader)),
    },
    may_import=lambda person, name: may_edit_any(person, "process.edit"),
)


@login_required
@never_cache
@require_safe
def process_files(request: PersonRequest) -> HttpResponse:
    return PROCESSES.overview(request)


@login_required
@require_safe
def process_csv(request: PersonRequest, name: str) -> StreamingHttpResponse:
    return PROCESSES.download(request, name)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def process_import(request: PersonRequest, name: str) -> HttpResponse:
    return PROCESSES.upload(request, name)
