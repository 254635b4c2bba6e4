"""The actions of the demo (fixtures/demo/actions.yaml), through the imports and services of a real organisation."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, Final

import yaml
from django.conf import settings
from django.utils import timezone

from cfm.demo.people import managers
from cfm.lib.csv_table import Table
from improvement.models import Action, ProcessAudit
from improvement.queries.origins import origin
from improvement.services.action_import import ACTION_TABLE, IMPORTS, STEP_TABLE
from improvement.services.actions import report
from organisation.models import Person

FILE: Final = settings.BASE_DIR / "fixtures" / "demo" / "actions.yaml"
Say = Callable[[str], None]
Data = dict[str, Any]


def build(*, say: Say) -> None:
    """Make whatever of it is not there yet."""
    if Action.objects.exists():
        return
    data, owners = yaml.safe_load(FILE.read_text(encoding="utf-8")), managers()
    _load("actions", ACTION_TABLE, _actions(data, owners))
    _load("action_steps", STEP_TABLE, _steps(data))
    for one in data:
        _say(one, owners)
    say(f"actions: {Action.objects.count()}")


def _load(name: str, table: Table, rows: Iterator[tuple[object, ...]]) -> None:
    cells = (dict(zip(table.columns, map(str, row), strict=True)) for row in rows)
    IMPORTS[name]("".join(table.lines(cells)).encode(), file=f"{name}.csv")


def _ago(months: float) -> date:
    return timezone.localdate() - timedelta(days=round(30.4 * months))


def _actions(data: list[Data], owners: dict[str, str]) -> Iterator[tuple[object, ...]]:
    for one in data:
        points, cycle = one.get("expected", ("", ""))
        about = _about(one["about"])
        days = (_ago(one["planned"]), _ago(one["due"]))
        owner = owners.get(one["unit"], "")
        told = (one["code"], one["title"], one["unit"], one.get("block", ""), owner, *days)
        yield *told, "planned", "", "", about, points, cycle, 1, ""


def _about(reference: str) -> str:
    """The reference, unless what it stands for may not be shown in so small a demo."""
    newest = ProcessAudit.objects.filter(process__code="MOVE").order_by("-audited_on").first()
    filled = reference.format(move=newest.audited_on.isoformat() if newest else "")
    return filled if origin(filled, None) else ""


def _steps(data: list[Data]) -> Iterator[tuple[object, ...]]:
    for one in data:
        for number, (text, done) in enumerate(one.get("steps", []), 1):
            between = (one["planned"] + max(one["due"], one["said"][-1][0])) / 2
            yield one["code"], number, text, _ago(between) if done else ""


def _say(one: Data, owners: dict[str, str]) -> None:
    action = Action.objects.get(code=one["code"])
    owner = Person.objects.filter(person_id=owners.get(one["unit"], "")).first()
    for months, state, word in one.get("said", []):
        report(action=action, state=state, note=word, by=owner, on=_ago(months))
