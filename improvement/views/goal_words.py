"""Where goals stand, in plain sentences."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cfm.lib.templatetags.cfm import number, percent, trimmed
from improvement.models import Goal, Resource
from improvement.queries.goals import GoalRow, IndicatorRow
from improvement.rules.progress import Spending, Standing, State

LABELS: Final = {
    State.ACHIEVED: gettext_lazy("achieved"),
    State.ON_TRACK: gettext_lazy("on track"),
    State.WAITING: gettext_lazy("no figure yet"),
    State.STALE: gettext_lazy("no recent figure"),
    State.BEHIND: gettext_lazy("behind"),
    State.MISSED: gettext_lazy("missed"),
}
KINDS: Final = {
    State.ACHIEVED: "done",
    State.ON_TRACK: "active",
    State.WAITING: "neutral",
    State.STALE: "warning",
    State.BEHIND: "warning",
    State.MISSED: "warning",
}


def badge(row: GoalRow) -> tuple[str, str]:
    """Return the word for where a goal stands, and the kind of its badge."""
    if row.goal.state == Goal.State.DROPPED:
        return _("given up"), "neutral"
    if row.goal.state == Goal.State.ACHIEVED:
        return str(LABELS[State.ACHIEVED]), KINDS[State.ACHIEVED]
    return str(LABELS[row.standing.state]), KINDS[row.standing.state]


def words(day: date) -> str:
    return date_format(day, "j F Y")


def goal_sentence(row: GoalRow) -> str:
    """Return where a goal stands."""
    if not row.goal.is_active:
        ended = {Goal.State.ACHIEVED: _("Achieved."), Goal.State.DROPPED: _("Given up.")}
        return f"{ended[Goal.State(row.goal.state)]} {row.goal.closing_note}".strip()
    if not row.indicators and not row.outputs:
        return _("Nothing says yet how this goal will be recognised: add an indicator or an output.")
    if row.indicators and row.standing.done is not None:
        return _by_indicators(row)
    if row.outputs:
        return _by_outputs(row)
    return _unmeasured(row.standing)


def _unmeasured(standing: Standing) -> str:
    gone = percent(standing.gone)
    if standing.state is State.MISSED:
        return _("The time is over and nothing was measured.")
    if standing.state is State.STALE:
        return _("Nothing is measured yet, though %s of the time is gone.") % gone
    return _("Nothing is measured yet; %s of the time is gone.") % gone


def _by_indicators(row: GoalRow) -> str:
    told = {
        "done": percent(row.standing.done),
        "gone": percent(row.standing.gone),
        "day": words(row.standing.on or row.today),
    }
    return {
        State.ACHIEVED: _("Achieved: every indicator has reached its target."),
        State.ON_TRACK: _("On track: %(done)s of the way when %(gone)s of the time was gone (%(day)s)."),
        State.BEHIND: _("Behind: %(done)s of the way when %(gone)s of the time was gone (%(day)s)."),
        State.STALE: _("No recent figure: %(done)s of the way on %(day)s. Report what it is today."),
        State.MISSED: _("Missed: %(done)s of the way when the time was over."),
        State.WAITING: "",
    }[row.standing.state] % told


def _by_outputs(row: GoalRow) -> str:
    told = {
        "n": row.delivered,
        "all": len(row.outputs),
        "gone": percent(row.standing.gone),
        "late": len(row.late),
    }
    if row.standing.state is State.ACHIEVED:
        return _("Achieved: all outputs are delivered.")
    if row.standing.state is State.MISSED:
        return _("Missed: %(n)d of %(all)d outputs were delivered when the time was over.") % told
    if row.late:
        return (
            ngettext(
                "Behind: %(n)d of %(all)d outputs are delivered and %(late)d is late.",
                "Behind: %(n)d of %(all)d outputs are delivered and %(late)d are late.",
                len(row.late),
            )
            % told
        )
    return (
        _("On track: %(n)d of %(all)d outputs are delivered, none is late; %(gone)s of the time is gone.")
        % told
    )


def figure(value: Decimal, measure: str) -> str:
    """Return a figure with its unit of measure: 54 %, 3.5 days."""
    return f"{trimmed(value)} {measure}".strip()


def indicator_sentence(row: IndicatorRow) -> str:
    """Return where an indicator stands."""
    newest = row.newest
    if newest is None or row.standing.done is None:
        return _unmeasured(row.standing)
    told: Mapping[str, str] = {
        "value": figure(newest.value, row.indicator.measure),
        "target": figure(row.indicator.target, row.indicator.measure),
        "day": words(row.standing.on or newest.on),
        "done": percent(max(0.0, row.standing.done)),
        "gone": percent(row.standing.gone),
    }
    return {
        State.ACHIEVED: _("%(value)s on %(day)s: the target of %(target)s is reached."),
        State.ON_TRACK: _("%(value)s on %(day)s: %(done)s of the way, %(gone)s of the time."),
        State.BEHIND: _("%(value)s on %(day)s: only %(done)s of the way, but %(gone)s of the time."),
        State.STALE: _("%(value)s on %(day)s, and no figure since."),
        State.MISSED: _("%(value)s instead of %(target)s when the time was over."),
        State.WAITING: "",
    }[row.standing.state] % told


def headline(counts: Mapping[str, int]) -> str:
    """Return what the list of goals says. counts: as queries.goals.counts gives them."""
    total = sum(counts.values())
    told = {
        "n": total,
        "fine": counts.get(State.ON_TRACK, 0) + counts.get(State.ACHIEVED, 0),
        "behind": counts.get(State.BEHIND, 0) + counts.get(State.MISSED, 0),
        "stale": counts.get(State.STALE, 0) + counts.get(State.WAITING, 0),
    }
    if not total:
        return _("No goals here yet")
    sentence = (
        ngettext(
            "%(fine)d of %(n)d goal is on track or achieved",
            "%(fine)d of %(n)d goals are on track or achieved",
            total,
        )
        % told
    )
    if told["behind"]:
        sentence += ngettext(", %(behind)d is behind", ", %(behind)d are behind", told["behind"]) % told
    if told["stale"]:
        sentence += (
            ngettext(", %(stale)d has no recent figure", ", %(stale)d have no recent figure", told["stale"])
            % told
        )
    return sentence


def spending_sentence(spending: Spending, kind: str, currency: str) -> str:
    """Return what is used of a budget, beside what it has delivered (KC04)."""
    told = {
        "used": number(spending.used),
        "planned": number(spending.planned),
        "what": currency if kind == Resource.Kind.MONEY else _("working days"),
        "used_share": percent(spending.used_share),
        "delivered": percent(spending.delivered_share),
    }
    if spending.planned == 0:
        return _("%(used)s %(what)s used, none planned.") % told
    sentence = _("%(used)s of %(planned)s %(what)s used (%(used_share)s).") % told
    if spending.is_over:
        sentence = _("%(used)s %(what)s used, more than the %(planned)s planned.") % told
    return sentence + " " + _("Outputs with %(delivered)s of it are delivered.") % told
