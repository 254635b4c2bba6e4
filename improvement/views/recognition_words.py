"""Recognition in words: the lines of the wall, and counts by unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from improvement.models import Recognition
from improvement.queries.recognition import UnitCount
from improvement.queries.recognition_facts import fact
from improvement.views.goal_words import words as day_words
from improvement.views.tables import Box, Column, table
from organisation.models import Person, Unit

RECENT: Final = timedelta(days=30)
MOVED: Final = {
    "withdraw": gettext_lazy("It is withdrawn: nobody else sees it. You can put it back."),
    "take_off": gettext_lazy("It is off the wall. You can put it back."),
    "put_back": gettext_lazy("It is back on the wall."),
    "remove": gettext_lazy("It is off the wall; giver and receiver see the reason."),
}
KINDS: Final = {"thanks": "neutral", "award": "active"}


@dataclass(frozen=True)
class Line:
    """A message as the wall shows it. mine: the reader gave or got it; off: why it is not on the wall."""

    row: Recognition
    giver: str
    badge: str
    kind: str
    mine: bool
    off: str


def line(row: Recognition, reader: Person) -> Line:
    return Line(
        row=row,
        giver=row.giver.name if row.giver else _("a colleague no longer here"),
        badge=str(row.get_kind_display()),
        kind=KINDS[row.kind],
        mine=reader.pk in {row.giver_id, row.person_id},
        off="" if row.state == Recognition.State.SHOWN else str(row.get_state_display()),
    )


def title(row: Recognition) -> str:
    """Return what a message is: “Thanks to …”, or the award."""
    if row.award:
        return _("{award}: {name}").format(award=row.award, name=row.to)
    return _("Thanks to {name}").format(name=row.to)


def moved(name: str) -> str:
    """Return what has just happened."""
    return str(MOVED[name])


def headline(rows: QuerySet[Recognition], unit: Unit | None) -> str:
    """Return what the last 30 days brought, in the organisation or a unit."""
    total = rows.count()
    told: dict[str, Any] = {"n": total, "unit": unit.name if unit else ""}
    if unit is None:
        return (
            ngettext(
                "%(n)d time somebody was thanked or honoured in the last 30 days",
                "%(n)d times somebody was thanked or honoured in the last 30 days",
                total,
            )
            % told
        )
    return (
        ngettext(
            "%(unit)s: %(n)d time somebody was thanked or honoured in the last 30 days",
            "%(unit)s: %(n)d times somebody was thanked or honoured in the last 30 days",
            total,
        )
        % told
    )


def counts_sentence(rows: Sequence[UnitCount]) -> str:
    """Return what the topmost unit of the reader gave in a year."""
    if not rows:
        return _("No unit is in your reach")
    return fact(rows[0])


def counts_table(rows: Sequence[UnitCount], since: date) -> Any:
    """Return the table of counts, in the order of the tree: it ranks nobody."""
    caption = _("Recognition by unit since %s") % day_words(since)
    heads = [
        Column(_("Unit")),
        Column(_("Thanks"), numeric=True),
        Column(_("Awards"), numeric=True),
        Column(_("Name what’s next"), numeric=True),
        Column(_("Months with any"), numeric=True),
    ]
    cells = [
        [
            Box(row.unit.name, header=True, indent=min(row.depth, 5)),
            *(
                Box(str(value), numeric=True)
                for value in (row.thanks, row.awards, row.looking_ahead, row.months)
            ),
        ]
        for row in rows
    ]
    return table(caption, heads, cells)
