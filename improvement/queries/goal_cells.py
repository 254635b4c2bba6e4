"""Goals as the cells of their files: what an export writes and what an import compares with."""

from collections.abc import Iterator
from typing import Any, Final

from django.db.models import QuerySet

from cfm.lib.csv_table import Cells, iso, plain, words
from improvement.models import Actual, Goal, GoalFramework, Indicator, Output, Resource, Strategy

KINDS: Final[dict[str, Any]] = {
    "output": Output,
    "indicator": Indicator,
    "strategy": Strategy,
    "resource": Resource,
}


def framework_cells() -> Iterator[Cells]:
    """Yield the rows of goal_frameworks.csv."""
    for one in GoalFramework.objects.order_by("starts_on", "code"):
        yield {
            "framework": one.code,
            "title": one.title,
            "starts": iso(one.starts_on),
            "ends": iso(one.ends_on),
            "currency": one.currency,
        }


def goal_cells(goals: QuerySet[Goal]) -> Iterator[Cells]:
    """Yield the rows of goals.csv."""
    rows = goals.select_related("framework", "unit", "person", "owner", "parent").order_by(
        "framework__starts_on", "framework__code", "code"
    )
    for one in rows:
        yield {
            "goal": one.code,
            "framework": one.framework.code,
            "title": one.title,
            "why": one.why,
            "unit": one.unit.code,
            "person_id": one.person.person_id if one.person else "",
            "owner": one.owner.person_id if one.owner else "",
            "parent": one.parent.code if one.parent else "",
            "block": one.block,
            "key_components": words(one.key_components),
            "starts": iso(one.starts_on),
            "due": iso(one.due_on),
            "state": one.state,
            "closing_note": one.closing_note,
            "target_score": plain(one.target_score),
            "target_cycle": one.target_cycle,
        }


def part_cells(goals: QuerySet[Goal]) -> Iterator[Cells]:
    """Yield the rows of goal_parts.csv."""
    for word, model in KINDS.items():
        related = ("goal", "output") if word in {"indicator", "resource"} else ("goal",)
        rows = model._default_manager.filter(goal__in=goals).select_related(*related)
        for part in rows.order_by("goal__code", "number"):
            yield {"goal": part.goal.code, "part": word, "number": str(part.number), "text": part.text} | (
                _details(part)
            )


def _details(part: Output | Indicator | Strategy | Resource) -> Cells:
    cells = dict.fromkeys(
        ("output", "measure", "baseline", "target", "due", "delivered", "kind", "planned", "used"), ""
    )
    if isinstance(part, Output):
        return cells | {"due": iso(part.due_on), "delivered": iso(part.delivered_on)}
    if isinstance(part, Indicator):
        return cells | {
            "output": str(part.output.number) if part.output else "",
            "measure": part.measure,
            "baseline": plain(part.baseline),
            "target": plain(part.target),
        }
    if isinstance(part, Resource):
        return cells | {
            "output": str(part.output.number),
            "kind": part.kind,
            "planned": plain(part.planned),
            "used": plain(part.used),
        }
    return cells


def actual_cells(goals: QuerySet[Goal]) -> Iterator[Cells]:
    """Yield the rows of goal_actuals.csv."""
    rows = Actual.objects.filter(indicator__goal__in=goals).select_related("indicator__goal")
    for one in rows.order_by("indicator__goal__code", "indicator__number", "on"):
        yield {
            "goal": one.indicator.goal.code,
            "indicator": str(one.indicator.number),
            "on": iso(one.on),
            "value": plain(one.value),
            "note": one.note,
        }
