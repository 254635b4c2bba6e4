"""The communication plan as lists, as cells of its file, and as a calendar."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from assessments.models import Cycle
from improvement.models import Message
from improvement.queries.templates import quotations
from organisation import permissions
from organisation.models import Person

COLUMNS: Final = (
    *("number", "cycle", "unit", "due", "audience", "channel", "subject", "text", "quotation", "language"),
    *("owner", "state", "sent_on", "sent_by", "sent_through"),
)
_FOLD: Final = 74  # octets a line of a calendar may have, less one


def messages(reader: Person, *, cycle: Cycle | None = None, state: str = "") -> QuerySet[Message]:
    """Return the messages the reader may see, by day."""
    found: QuerySet[Message] = Message.objects.visible_to(reader)
    if cycle is not None:
        found = found.filter(cycle=cycle)
    if state:
        found = found.filter(state=state)
    return found.select_related("unit", "cycle", "owner", "sent_by").order_by("due_on", "pk")


def cycles_for(reader: Person) -> QuerySet[Cycle]:
    """Return the cycles around which the reader may plan: opened ones, and drafts for those who prepare them."""
    hidden = [Cycle.State.CANCELLED, Cycle.State.ARCHIVED]
    if not permissions.can(reader, "cycle.view"):
        hidden.append(Cycle.State.DRAFT)
    found: QuerySet[Cycle] = (
        Cycle.objects.exclude(state__in=hidden).select_related("framework").order_by("-created_at", "-pk")
    )
    return found


def cells(rows: Iterable[Message]) -> Iterator[Sequence[object]]:
    """Yield the rows of communication.csv, in the order of COLUMNS."""
    said = quotations()
    for one in rows:
        quotation = said.get(one.quotation)
        yield (
            one.pk,
            one.cycle.code if one.cycle else "",
            one.unit.code,
            one.due_on.isoformat(),
            one.audience,
            one.channel,
            one.subject,
            one.body,
            f"{quotation.text} {quotation.by}" if quotation else "",
            one.language,
            one.owner.person_id if one.owner else "",
            one.state,
            one.sent_on.isoformat() if one.sent_on else "",
            one.sent_by.person_id if one.sent_by else "",
            one.sent_through,
        )


def calendar(rows: Iterable[Message], *, host: str, now: datetime) -> str:
    """Return what is still to be told as whole days of a calendar (RFC 5545). host: makes the ids unique."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//CFM//Communication plan//EN"]
    for one in rows:
        told = f"{one.get_audience_display()}, {one.get_channel_display()}"
        lines += [
            "BEGIN:VEVENT",
            f"UID:message-{one.pk}@{host}",
            f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{one.due_on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{one.due_on + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_escaped(one.subject)}",
            f"DESCRIPTION:{_escaped(_('To whom, through: %s') % told)}",
            "END:VEVENT",
        ]
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _escaped(text: str) -> str:
    r"""Return text as a calendar may hold it.

    >>> _escaped("Now; then,\nlater")
    'Now\\; then\\,\\nlater'
    """
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(text.splitlines())


def _folded(line: str) -> str:
    """Return a line broken so that no part is longer than 75 octets, and none in the middle of a letter."""
    parts, size = [""], 0
    for letter in line:
        length = len(letter.encode())
        if size + length > _FOLD:
            parts.append("")
            size = 0
        parts[-1] += letter
        size += length
    return "\r\n ".join(parts)
