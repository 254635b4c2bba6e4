"""The business cases of the demo (fixtures/demo/business_cases.yaml)."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import yaml
from django.conf import settings

from cfm.lib.csv_table import Table
from improvement.models import BusinessCase
from improvement.queries.case_cells import NOTE
from improvement.services.case_import import CASE_TABLE, IMPORTS, VERSION_TABLE

FILE: Final = settings.BASE_DIR / "fixtures" / "demo" / "business_cases.yaml"
Say = Callable[[str], None]


def build(*, say: Say) -> None:
    """Make whatever of it is not there yet, through the imports that a real organisation uses."""
    if BusinessCase.objects.exists():
        return
    cases = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    _load("business_cases", CASE_TABLE, ((one["code"], one["title"], one["unit"], "EUR") for one in cases))
    _load("business_case_versions", VERSION_TABLE, _versions(cases))
    say(f"business cases: {BusinessCase.objects.count()}")


def _load(name: str, table: Table, rows: Iterator[tuple[object, ...]]) -> None:
    cells = (dict(zip(table.columns, map(str, row), strict=True)) for row in rows)
    IMPORTS[name]("".join(table.lines(cells)).encode(), file=f"{name}.csv")


def _versions(cases: list[dict[str, Any]]) -> Iterator[tuple[object, ...]]:
    for case in cases:
        inputs: dict[str, list[Any]] = {}
        for number, version in enumerate(case["versions"], 1):
            inputs |= version["inputs"]
            for kind, (low, high, source) in inputs.items():
                yield case["code"], number, kind, low, high, source
            yield case["code"], number, NOTE, "", "", version["note"]
