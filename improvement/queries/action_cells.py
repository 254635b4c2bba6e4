"""Actions and their steps as the cells of their files."""

from collections.abc import Iterator

from django.db.models import QuerySet

from cfm.lib.csv_table import Cells, iso, plain
from improvement.models import Action, ActionStep


def action_cells(actions: QuerySet[Action]) -> Iterator[Cells]:
    """Yield the rows of actions.csv."""
    for one in actions.select_related("unit", "owner").order_by("code"):
        yield {
            "action": one.code,
            "title": one.title,
            "unit": one.unit.code,
            "block": one.block,
            "owner": one.owner.person_id if one.owner else "",
            "planned": iso(one.planned_on),
            "due": iso(one.due_on),
            "state": one.state,
            "outcome": one.outcome,
            "ended": iso(one.closed_on),
            "about": one.about,
            "expected_points": plain(one.expected_points),
            "baseline_cycle": one.baseline_cycle,
            "told": str(int(one.told)),
            "more_because": one.more_because,
        }


def step_cells(actions: QuerySet[Action]) -> Iterator[Cells]:
    """Yield the rows of action_steps.csv."""
    rows = ActionStep.objects.filter(action__in=actions.order_by()).select_related("action")
    for one in rows.order_by("action__code", "number"):
        yield {
            "action": one.action.code,
            "number": str(one.number),
            "text": one.text,
            "done": iso(one.done_on),
        }
