"""Where actions stand, in plain sentences."""

from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cfm.lib.templatetags.cfm import trimmed
from improvement.models import Action
from improvement.queries.actions import ActionRow, Counts

KINDS: Final = {
    Action.State.PLANNED: "neutral",
    Action.State.DOING: "active",
    Action.State.DONE: "done",
    Action.State.NOT_DONE: "neutral",
}


def badge(action: Action) -> tuple[str, str]:
    """Return the state in a word, and the kind of its badge."""
    return str(action.get_state_display()), KINDS[Action.State(action.state)]


def sentence(row: ActionRow) -> str:
    """Return where an action stands."""
    action = row.action
    if not action.is_open:
        return action.outcome
    parts = [_by_when(row)]
    if row.steps:
        told = {"done": row.done, "all": len(row.steps)}
        parts.append(_("%(done)d of %(all)d steps done.") % told)
    if row.next_step:
        parts.append(_("Next: %s.") % row.next_step.text.rstrip("."))
    return " ".join(parts)


def _by_when(row: ActionRow) -> str:
    day = date_format(row.action.due_on, "j F Y")
    if row.late:
        late = (row.today - row.action.due_on).days
        return ngettext("Due %(day)s, %(n)d day ago.", "Due %(day)s, %(n)d days ago.", late) % {
            "day": day,
            "n": late,
        }
    return _("Due %s.") % day


def effect(action: Action, blocks: dict[str, str], cycles: dict[str, str]) -> str:
    """Return what is expected: "+6 on Set goals in Service by the cycle after June 2026"; empty for nothing."""
    if action.expected_points is None:
        return ""
    return _("+%(points)s on %(block)s in %(unit)s by the cycle after %(cycle)s") % {
        "points": trimmed(action.expected_points),
        "block": blocks.get(action.block, action.block),
        "unit": action.unit.name,
        "cycle": cycles.get(action.baseline_cycle, action.baseline_cycle),
    }


def headline(found: Counts) -> str:
    """Return what the list of actions says."""
    if not found.all:
        return _("No action is planned here yet")
    if not found.open:
        return ngettext("%d action, ended", "%d actions, all ended", found.all) % found.all
    text = ngettext("%d action is open", "%d actions are open", found.open) % found.open
    if found.late:
        text += ", " + ngettext("%d of them overdue", "%d of them overdue", found.late) % found.late
    return text
