"""Business cases as the cells of their files."""

from collections.abc import Iterator
from typing import Final

from django.db.models import QuerySet

from cfm.lib.csv_table import Cells, plain
from improvement.models import BusinessCase, CaseVersion

NOTE: Final = "note"  # the row of a version that says what is new in it


def case_cells(cases: QuerySet[BusinessCase]) -> Iterator[Cells]:
    """Yield the rows of business_cases.csv."""
    for one in cases.select_related("unit").order_by("code"):
        yield {"case": one.code, "title": one.title, "unit": one.unit.code, "currency": one.currency}


def version_cells(cases: QuerySet[BusinessCase]) -> Iterator[Cells]:
    """Yield the rows of business_case_versions.csv: of each version its figures, then what is new in it."""
    versions = (
        CaseVersion.objects.filter(case__in=cases)
        .select_related("case")
        .prefetch_related("inputs")
        .order_by("case__code", "number")
    )
    for version in versions:
        place = {"case": version.case.code, "version": str(version.number)}
        for one in version.inputs.all():
            amounts = {"low": plain(one.low), "high": plain(one.high)}
            yield place | {"input": one.kind} | amounts | {"assumption": one.assumption}
        if version.note:
            yield place | {"input": NOTE, "low": "", "high": "", "assumption": version.note}
