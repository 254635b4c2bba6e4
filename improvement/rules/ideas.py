"""When an idea is to be answered, and when its owner is reminded. Plain days."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

BEFORE: Final = timedelta(days=3)
EVERY: Final = timedelta(days=7)


def promised_by(submitted: date, days: int) -> date:
    """Return the last day on which an answer keeps the promise. Raises ValueError for less than a day.

    >>> promised_by(date(2026, 1, 30), 14)
    datetime.date(2026, 2, 13)
    """
    if days < 1:
        raise ValueError("a promise takes at least a day")
    return submitted + timedelta(days=days)


def is_late(promised: date, *, today: date, answered: date | None) -> bool:
    """Whether nobody has answered though the promised day is past."""
    return answered is None and promised < today


def reminder_days(submitted: date, promised: date, until: date) -> Iterator[date]:
    """Yield the days on which the owner of an unanswered idea is written to, up to `until`.

    The day after it came, three days before the promise ends, the day after, then once a week.

    >>> days = reminder_days(date(2026, 1, 1), date(2026, 1, 15), date(2026, 1, 25))
    >>> [day.day for day in days]
    [2, 12, 16, 23]
    """
    first, soon, late = submitted + timedelta(days=1), promised - BEFORE, promised + timedelta(days=1)
    days = {first, late} | ({soon} if soon > first else set())
    yield from sorted(day for day in days if day <= until)
    day = late + EVERY
    while day <= until:
        yield day
        day += EVERY


def reminds(submitted: date, promised: date, *, after: date | None, today: date) -> bool:
    """Whether a day for a reminder lies after the last one sent, and not later than today."""
    return any(after is None or day > after for day in reminder_days(submitted, promised, today))
