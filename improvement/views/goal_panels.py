"""Pictures of goals: the same figures as their tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from cfm.lib import charts
from cfm.lib.charts import Series
from cfm.lib.templatetags.cfm import percent
from improvement.queries.goals import GoalRow, IndicatorRow
from improvement.rules import progress
from improvement.views import goal_words
from improvement.views.tables import Box, Column, table

MOST = 12  # goals in one picture; more can't be read


@dataclass(frozen=True)
class Panel:
    """What components/chart.html shows."""

    id: str
    title: str
    sentence: str
    figure: charts.Json
    table: dict[str, Any]
    note: str = ""

    @property
    def height(self) -> int:
        """Height of the chart in pixels."""
        return int(self.figure["layout"]["height"])


def ways(rows: Sequence[GoalRow]) -> Panel | None:
    """Return how far goals are against the time gone, those of the highest levels; None if none is measured."""
    measured = [row for row in rows if row.goal.is_active and row.standing.done is not None]
    shown = sorted(measured, key=lambda row: row.depth)[:MOST]
    if not shown:
        return None
    done = [100 * min(1.0, max(0.0, row.standing.done or 0.0)) for row in shown]
    gone = [100 * row.standing.gone for row in shown]
    notes = [f"{row.goal.title}\n{goal_words.goal_sentence(row)}" for row in shown]
    figure = charts.bars(
        [row.goal.code for row in shown],
        Series(_("Way done (%)"), "all", done, notes=notes),
        markers=[Series(_("Time gone (%)"), "organisation", gone, notes=notes)],
    )
    cells = [
        [
            Box(row.goal.code, header=True),
            Box(row.goal.title),
            Box(percent(one / 100), numeric=True),
            Box(percent(other / 100), numeric=True),
            Box(goal_words.badge(row)[0]),
        ]
        for row, one, other in zip(shown, done, gone, strict=True)
    ]
    columns = [
        Column(_("Goal")),
        Column(_("Title")),
        Column(_("Way done"), numeric=True),
        Column(_("Time gone"), numeric=True),
        Column(_("Standing")),
    ]
    behind = sum(other - one > 100 * progress.TOLERANCE for one, other in zip(done, gone, strict=True))
    sentence = (
        _("%(n)d of %(all)d bars end well before the mark of the time gone.")
        % {"n": behind, "all": len(shown)}
        if behind
        else _("Every bar reaches the mark of the time gone, or nearly.")
    )
    title = _("How far goals are, and how much of their time is gone")
    return Panel("ways", title, sentence, figure, table(title, columns, cells))


def indicator_trend(row: IndicatorRow) -> Panel | None:
    """Return an indicator's way over time; None with fewer than two figures."""
    if len(row.actuals) < 2:
        return None
    done = [
        100 * progress.share_done(row.way.baseline, row.way.target, float(one.value)) for one in row.actuals
    ]
    gone = [100 * progress.elapsed(row.way.starts, row.way.due, one.on) for one in row.actuals]
    days = [goal_words.words(one.on) for one in row.actuals]
    figures = [goal_words.figure(one.value, row.indicator.measure) for one in row.actuals]
    notes = [f"{day}\n{text}" for day, text in zip(days, figures, strict=True)]
    shown = [min(100.0, max(0.0, one)) for one in done]
    figure = charts.trend(
        days,
        [
            Series(_("Way done (%)"), "all", shown, notes=notes),
            Series(_("Time gone (%)"), "organisation", gone, notes=notes),
        ],
    )
    columns = [
        Column(_("Measured on")),
        Column(_("Figure"), numeric=True),
        Column(_("Way done"), numeric=True),
        Column(_("Time gone"), numeric=True),
        Column(_("Note")),
    ]
    cells = [
        [
            Box(day, header=True),
            Box(text, numeric=True),
            Box(percent(way / 100), numeric=True),
            Box(percent(time / 100), numeric=True),
            Box(actual.note or "–"),
        ]
        for day, text, way, time, actual in zip(days, figures, done, gone, row.actuals, strict=True)
    ]
    sentence = goal_words.indicator_sentence(row)
    id_ = f"indicator-{row.indicator.number}"
    return Panel(id_, row.indicator.text, sentence, figure, table(row.indicator.text, columns, cells))
