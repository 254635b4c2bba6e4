"""Pictures of process audits: the same figures as their tables."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cfm.lib import charts
from cfm.lib.charts import Series
from cfm.lib.templatetags.cfm import number, trimmed
from improvement.models import CheckAnswer
from improvement.queries.processes import MapRow, ProcessRow
from improvement.rules.convenience import CUSTOMERS_FROM, OWN_BELOW, Verdict
from improvement.views.goal_panels import Panel
from improvement.views.goal_words import words
from improvement.views.tables import Box, Column, table

BOUNDS = (0, 20, OWN_BELOW, CUSTOMERS_FROM, 85)
NOT_AUDITED = "–"
VERDICTS = {
    Verdict.OWN: gettext_lazy("mainly for our own convenience"),
    Verdict.MIXED: gettext_lazy("for both in parts"),
    Verdict.CUSTOMERS: gettext_lazy("mainly for the customer’s convenience"),
}
KINDS = {Verdict.OWN: "warning", Verdict.MIXED: "neutral", Verdict.CUSTOMERS: "active"}


def verdict(row: ProcessRow) -> tuple[str, str]:
    """Return for whom the process is designed, and the kind of its badge."""
    found = row.newest.found.verdict if row.newest else None
    return (str(VERDICTS[found]), KINDS[found]) if found else (_("not audited yet"), "neutral")


def headline(rows: Sequence[ProcessRow]) -> str:
    """Return what the list of processes says."""
    if not rows:
        return _("No process is registered here yet")
    audited = [row for row in rows if row.newest is not None]
    own = sum(row.newest.found.verdict is Verdict.OWN for row in audited if row.newest)
    if not audited:
        return ngettext(
            "%d process is registered and not audited yet",
            "%d processes are registered and none is audited yet",
            len(rows),
        ) % len(rows)
    told = {"own": own, "n": len(audited)}
    return (
        ngettext(
            "%(own)d of %(n)d audited process is designed mainly for our own convenience",
            "%(own)d of %(n)d audited processes are designed mainly for our own convenience",
            len(audited),
        )
        % told
    )


def sentence(row: ProcessRow) -> str:
    """Return what the newest audit of a process found."""
    newest = row.newest
    if newest is None:
        return _("Nobody has walked through it yet.")
    parts = [
        _("Designed %(for)s: %(score)s of 100 (%(day)s).")
        % {
            "for": verdict(row)[0],
            "score": number(newest.found.score),
            "day": words(newest.audit.audited_on),
        }
    ]
    if newest.ours:
        parts.append(
            ngettext(
                "%(ours)d of %(all)d steps serves only ourselves.",
                "%(ours)d of %(all)d steps serve only ourselves.",
                newest.ours,
            )
            % {"ours": newest.ours, "all": len(newest.audit.steps.all())}
        )
    if newest.waiting:
        parts.append(_("Customers wait %s days in all.") % trimmed(newest.waiting))
    return " ".join(parts)


def by_unit(rows: Sequence[MapRow]) -> Panel | None:
    """Return the convenience map: units by questions; None where nothing is audited."""
    if not rows:
        return None
    columns = [(_("All"), _("Score")), (_("Steps"), _("Steps")), *CheckAnswer.Check.choices]
    values = [[row.score, row.steps, *row.checks] for row in rows]
    signs = [[NOT_AUDITED if one is None else number(one) for one in line] for line in values]
    title = _("For whose convenience? Units by question")
    figure = charts.heatmap(
        [(row.unit.name, row.depth) for row in rows],
        [(short, str(full)) for short, full in columns],
        values,
        signs=signs,
        hidden=_("not answered"),
        bounds=BOUNDS,
    )
    heads = [Column(_("Unit")), Column(_("Audits"), numeric=True)]
    heads += [Column(short, numeric=True, title=str(full)) for short, full in columns]
    cells = [
        [
            Box(row.unit.name, header=True, indent=row.depth),
            Box(str(row.own), numeric=True),
            *(Box(sign, numeric=True) for sign in line),
        ]
        for row, line in zip(rows, signs, strict=True)
    ]
    return Panel(
        "map", title, _map_sentence(rows), figure, table(title, heads, cells, note=_legend()), note=_legend()
    )


def _legend() -> str:
    told = " · ".join(f"{code} {text}" for code, text in CheckAnswer.Check.choices)
    meaning = (
        _("0: for our own convenience, 100: for the customer’s. All: the score, mean of steps and questions.")
        + " "
    )
    return meaning + told


def _map_sentence(rows: Sequence[MapRow]) -> str:
    scored = [row for row in rows if row.score is not None]
    if not scored:
        return ""
    whole = scored[0]
    low = min(scored[1:] or scored, key=lambda row: row.score or 0.0)
    told = {
        "unit": low.unit.name,
        "score": number(low.score),
        "whole": whole.unit.name,
        "mean": number(whole.score),
    }
    if low is whole:
        return _("%(unit)s: %(score)s of 100.") % told
    return _("%(whole)s has %(mean)s of 100; %(unit)s is furthest from the customer with %(score)s.") % told


def trend(row: ProcessRow) -> Panel | None:
    """Return the scores of a process over its audits; None with fewer than two."""
    audits = [one for one in reversed(row.audits) if one.found.score is not None]
    if len(audits) < 2:
        return None
    days = [words(one.audit.audited_on) for one in audits]
    scores = [one.found.score for one in audits]
    notes = [f"{day}: {number(score)}" for day, score in zip(days, scores, strict=True)]
    figure = charts.trend(days, [Series(_("Score"), "all", scores, notes=notes)])
    columns = [
        Column(_("Audited on")),
        Column(_("Score"), numeric=True),
        Column(_("Steps"), numeric=True),
        Column(_("Questions"), numeric=True),
        Column(_("Days they wait"), numeric=True),
    ]
    cells = [
        [
            Box(day, header=True),
            Box(number(one.found.score), numeric=True),
            Box(number(one.found.steps), numeric=True),
            Box(number(one.found.checks), numeric=True),
            Box(trimmed(one.waiting), numeric=True),
        ]
        for day, one in zip(days, audits, strict=True)
    ]
    title = _("Score over its audits")
    change = (scores[-1] or 0) - (scores[0] or 0)
    told = {"first": number(scores[0]), "last": number(scores[-1]), "day": days[0]}
    told_change = (
        _("From %(first)s on %(day)s to %(last)s.") if change else _("Still at %(last)s, as on %(day)s.")
    )
    return Panel("trend", title, told_change % told, figure, table(title, columns, cells))
