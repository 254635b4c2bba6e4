"""Pictures and tables of business cases: the same figures."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from cfm.lib import charts
from cfm.lib.charts import Stretch
from cfm.lib.templatetags.cfm import number
from improvement.models import CaseInput
from improvement.models.cases import CATEGORIES
from improvement.queries import case_words
from improvement.queries.cases import CaseRow, Change, VersionRow
from improvement.rules.business_case import Range, rough
from improvement.views.goal_panels import Panel
from improvement.views.tables import Box, Column, table

Amount = tuple[str, Range, str]


def amounts(row: VersionRow) -> list[Amount]:
    """Return (name, range, role) for what a version comes to in money, what is known only."""
    found = row.result
    named = [
        (_("Poor quality: what studies would expect"), found.studies, "organisation"),
        (_("Poor quality: our own count"), found.counted, "all"),
        (_("Margin that leaves with customers in a year"), found.leaving, "staff"),
        (_("Worth of keeping more customers, over the years"), found.gained, "evidence"),
    ]
    return [(name, one, role) for name, one, role in named if one is not None]


def results(case: CaseRow, row: VersionRow) -> Panel | None:
    """Return what a version comes to, as ranges; None where nothing does."""
    found = amounts(row)
    title = _("What it comes to")
    return _panel("results", title, "", found, case.case.currency)


def categories(case: CaseRow, row: VersionRow) -> Panel | None:
    """Return one's own categories of the cost of poor quality; None where none was counted."""
    labels = dict(CaseInput.Kind.choices)
    found = [(str(labels[kind]), row.ranges[kind], "all") for kind in CATEGORIES if kind in row.ranges]
    if not found:
        return None
    most = max(found, key=lambda one: one[1].high)
    told = {"name": most[0], "amount": case_words.money(most[1], case.case.currency)}
    sentence = _("%(name)s may cost the most: %(amount)s a year.") % told
    return _panel("categories", _("Where poor quality costs money"), sentence, found, case.case.currency)


def _panel(id_: str, title: str, sentence: str, found: Sequence[Amount], currency: str) -> Panel | None:
    if not found:
        return None
    rows = [
        Stretch(name, rough(one.low), rough(one.high), case_words.money(one, currency), role)
        for name, one, role in found
    ]
    columns = [Column(""), Column(_("Low"), numeric=True), Column(_("High"), numeric=True)]
    columns[0] = Column(_("Amount (%s)") % currency)
    cells = [
        [
            Box(name, header=True),
            Box(number(rough(one.low)), numeric=True),
            Box(number(rough(one.high)), numeric=True),
        ]
        for name, one, _role in found
    ]
    figure = charts.ranges(rows, title=currency)
    return Panel(id_, title, sentence, figure, table(title, columns, cells))


def inputs(case: CaseRow, row: VersionRow) -> dict[str, Any]:
    """Return the figures of a version with where they come from, as a table."""
    labels = dict(CaseInput.Kind.choices)
    cells = [
        [
            Box(str(labels[CaseInput.Kind(one.kind)]), header=True),
            Box(case_words.figure(one, case.case.currency)),
            Box(one.assumption or _("not said")),
        ]
        for one in row.inputs.values()
    ]
    columns = [Column(_("Figure")), Column(_("Range")), Column(_("Where it comes from"))]
    return table(_("Figures put in"), columns, cells)


def differences(
    case: CaseRow, before: VersionRow, after: VersionRow, found: Sequence[Change]
) -> dict[str, Any]:
    """Return what differs between two versions, figures first, then what they come to, as a table."""
    currency = case.case.currency
    labels = dict(CaseInput.Kind.choices)
    cells = [
        [
            Box(str(labels[CaseInput.Kind(one.kind)]), header=True),
            Box(case_words.figure(one.before, currency)),
            Box(case_words.figure(one.after, currency)),
            Box(_reason(one)),
        ]
        for one in found
    ]
    old = {name: one for name, one, _role in amounts(before)}
    new = {name: one for name, one, _role in amounts(after)}
    for name in dict.fromkeys([*old, *new]):
        was, is_ = (case_words.money(one[name], currency) if name in one else "–" for one in (old, new))
        if was != is_:
            cells.append([Box(name, header=True), Box(was), Box(is_), Box("")])
    columns = [
        Column(_("Figure")),
        Column(_("Version %d") % before.version.number),
        Column(_("Version %d") % after.version.number),
        Column(_("Where it comes from now")),
    ]
    return table(_("What differs"), columns, cells)


def _reason(one: Change) -> str:
    if one.after is None:
        return _("taken out")
    told = one.after.assumption or _("not said")
    return _("same figure, other source: %s") % told if one.same_range else told
