"""Files of business cases and their versions."""

from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from improvement.models import BusinessCase
from improvement.models.reach import may_edit_any
from improvement.queries import case_cells
from improvement.services.case_import import FILES, IMPORTS
from improvement.views.file_pages import FileSet
from organisation.views.http import PersonRequest

CASES: Final = FileSet(
    home="business_cases",
    title=gettext_lazy("Business case"),
    heading=gettext_lazy("Business cases as files"),
    action="case.view",
    csv="case_csv",
    load="case_import",
    titles={
        "business_cases": gettext_lazy("Business cases"),
        "business_case_versions": gettext_lazy("Versions with their figures"),
    },
    files=FILES,
    imports=IMPORTS,
    rows={
        "business_cases": lambda reader: case_cells.case_cells(BusinessCase.objects.visible_to(reader)),
        "business_case_versions": lambda reader: case_cells.version_cells(
            BusinessCase.objects.visible_to(reader)
        ),
    },
    may_import=lambda person, name: may_edit_any(person, "case.edit"),
)


@login_required
@never_cache
@require_safe
def case_files(request: PersonRequest) -> HttpResponse:
    return CASES.overview(request)


@login_required
@require_safe
def case_csv(request: PersonRequest, name: str) -> StreamingHttpResponse:
    return CASES.download(request, name)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def case_import(request: PersonRequest, name: str) -> HttpResponse:
    return CASES.upload(request, name)
