"""The processes of the demo (fixtures/demo/processes.yaml), and what was found by those who walked through them."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, Final

import yaml
from django.conf import settings
from django.utils import timezone

from cfm.demo.people import managers
from cfm.lib.csv_table import Table
from improvement.models import Process
from improvement.services.process_import import AUDIT_TABLE, IMPORTS, PROCESS_TABLE

FILE: Final = settings.BASE_DIR / "fixtures" / "demo" / "processes.yaml"
Say = Callable[[str], None]


def build(*, say: Say) -> None:
    """Make whatever of it is not there yet, through the imports that a real organisation uses."""
    if Process.objects.exists():
        return
    processes, owners = yaml.safe_load(FILE.read_text(encoding="utf-8")), managers()
    _load("processes", PROCESS_TABLE, _processes(processes, owners))
    _load("process_audits", AUDIT_TABLE, _audits(processes, owners))
    say(f"processes: {Process.objects.count()}")


def _load(name: str, table: Table, rows: Iterator[tuple[object, ...]]) -> None:
    cells = (dict(zip(table.columns, map(str, row), strict=True)) for row in rows)
    IMPORTS[name]("".join(table.lines(cells)).encode(), file=f"{name}.csv")


def _processes(processes: list[dict[str, Any]], owners: dict[str, str]) -> Iterator[tuple[object, ...]]:
    for one in processes:
        told = (one["touches"], one["serves"], one["purpose"])
        yield one["code"], one["name"], one["unit"], owners.get(one["unit"], ""), *told, 12, 0


def _audits(processes: list[dict[str, Any]], owners: dict[str, str]) -> Iterator[tuple[object, ...]]:
    for one in processes:
        for audit in one["audits"]:
            day = timezone.localdate() - timedelta(days=round(30.4 * audit["months_ago"]))
            yield from _audit(one["code"], audit, day, owners.get(one["unit"], ""))


def _audit(code: str, audit: dict[str, Any], day: date, owner: str) -> Iterator[tuple[object, ...]]:
    yield code, day, "audit", 0, audit["summary"], "", "", "", owner, "", ""
    for number, (text, whom, days) in enumerate(audit["steps"], 1):
        yield code, day, "step", number, text, whom, days or "", "", "", "", ""
    for number, answer in enumerate(audit["checks"], 1):
        yield code, day, "check", number, "", answer, "", "", "", "", ""
    for number, (text, action, state, days) in enumerate(audit["findings"], 1):
        due = day + timedelta(days=days)
        done = min(due, timezone.localdate()) if state == "done" else ""
        yield code, day, "finding", number, text, state, "", action, owner, due, done
