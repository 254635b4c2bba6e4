"""How far a goal is on its way, measured against the time that is gone (docs/improvement.md)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import fsum
from typing import Final

TOLERANCE: Final = 0.10  # share of the way that a figure may lag behind the time gone and still be on track
STALE_DAYS: Final = 184  # half a year without a figure says nothing any more


class State(StrEnum):
    """Where something stands, the best first."""

    ACHIEVED = "achieved"
    ON_TRACK = "on_track"
    WAITING = "waiting"  # nothing measured yet, and it's early
    STALE = "stale"  # no figure for half a year
    BEHIND = "behind"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Way:
    """From where to where, and in which time."""

    baseline: float
    target: float
    starts: date
    due: date


@dataclass(frozen=True, slots=True)
class Standing:
    """How far something is. done: share of the way (None: not measured); gone: share of the time on that day."""

    state: State
    done: float | None
    gone: float
    on: date | None = None


def elapsed(starts: date, due: date, on: date) -> float:
    """Return the share of the time that is gone, 0 to 1. Raises ValueError unless due is after starts.

    >>> elapsed(date(2025, 1, 1), date(2029, 1, 1), date(2027, 1, 1))
    0.4996577686516085
    """
    if due <= starts:
        raise ValueError(f"due {due} is not after {starts}")
    return min(1.0, max(0.0, (on - starts).days / (due - starts).days))


def share_done(baseline: float, target: float, value: float) -> float:
    """Return the share of the way from baseline to target; below 0 when it went backwards, above 1 beyond the target.

    done = (value - baseline) / (target - baseline): also right where less is better.
    Raises ValueError where there is no way to go.

    >>> share_done(40, 60, 55), share_done(12, 6, 9)
    (0.75, 0.5)
    """
    if baseline == target:
        raise ValueError("baseline and target are the same")
    return (value - baseline) / (target - baseline)


def standing(way: Way, actuals: Sequence[tuple[date, float]], today: date) -> Standing:
    """Return where an indicator stands by its newest figure, compared with the time gone on the day it was measured.

    actuals: (day, figure) in any order; those after today don't count.
    Achieved when the target is reached; missed when it is not reached and the time is over; no recent figure when the
    newest is older than STALE_DAYS (or there is none after as long); behind when it lags by more than TOLERANCE.
    """
    past = [one for one in actuals if one[0] <= today]
    if not past:
        return _unmeasured(way, today)
    on, value = max(past)
    done, gone = share_done(way.baseline, way.target, value), elapsed(way.starts, way.due, on)
    if done >= 1:
        return Standing(State.ACHIEVED, done, gone, on)
    if today > way.due:
        return Standing(State.MISSED, done, gone, on)
    if (today - on).days > STALE_DAYS:
        return Standing(State.STALE, done, gone, on)
    return Standing(State.BEHIND if done < gone - TOLERANCE else State.ON_TRACK, done, gone, on)


def _unmeasured(way: Way, today: date) -> Standing:
    gone = elapsed(way.starts, way.due, today)
    if today > way.due:
        return Standing(State.MISSED, None, gone)
    late = (today - way.starts).days > STALE_DAYS
    return Standing(State.STALE if late else State.WAITING, None, gone)


@dataclass(frozen=True, slots=True)
class Delivery:
    """An output: when it is due, and when it was delivered."""

    due: date | None
    delivered: date | None


def combined(
    standings: Iterable[Standing], deliveries: Sequence[Delivery], *, starts: date, due: date, today: date
) -> Standing:
    """Return where a goal stands: the mean way of its indicators against the mean time gone when they were measured.

    A way counts from 0 to 1, so that one indicator far beyond its target doesn't hide another. Without a measured
    indicator the share of delivered outputs counts, against the time gone today. `on` is the oldest of the newest
    figures. Achieved only when every measured indicator is; stale when one has no recent figure.
    """
    known = list(standings)
    measured = [one for one in known if one.done is not None]
    if measured:
        return _of_indicators(known, measured, due=due, today=today)
    if deliveries:
        return _of_outputs(deliveries, starts=starts, due=due, today=today)
    return known[0] if known else _unmeasured(Way(0, 1, starts, due), today)


def _of_indicators(known: list[Standing], measured: list[Standing], *, due: date, today: date) -> Standing:
    done = fsum(min(1.0, max(0.0, one.done or 0.0)) for one in measured) / len(measured)
    gone = fsum(one.gone for one in measured) / len(measured)
    on = min(one.on for one in measured if one.on is not None)
    if all(one.state is State.ACHIEVED for one in known):
        return Standing(State.ACHIEVED, done, gone, on)
    if today > due:
        return Standing(State.MISSED, done, gone, on)
    if any(one.state is State.STALE for one in known):
        return Standing(State.STALE, done, gone, on)
    return Standing(State.BEHIND if done < gone - TOLERANCE else State.ON_TRACK, done, gone, on)


def _of_outputs(deliveries: Sequence[Delivery], *, starts: date, due: date, today: date) -> Standing:
    delivered = sum(one.delivered is not None and one.delivered <= today for one in deliveries)
    done, gone = delivered / len(deliveries), elapsed(starts, due, today)
    if delivered == len(deliveries):
        return Standing(State.ACHIEVED, done, gone, today)
    if today > due:
        return Standing(State.MISSED, done, gone, today)
    late = any(one.delivered is None and one.due is not None and one.due < today for one in deliveries)
    return Standing(State.BEHIND if late else State.ON_TRACK, done, gone, today)


@dataclass(frozen=True, slots=True)
class Spending:
    """The budget of a goal in one kind of resource (KC04). delivered: what was planned for outputs now delivered."""

    planned: float
    used: float
    delivered: float

    @property
    def used_share(self) -> float | None:
        return self.used / self.planned if self.planned else None

    @property
    def delivered_share(self) -> float | None:
        return self.delivered / self.planned if self.planned else None

    @property
    def is_over(self) -> bool:
        """Whether more is used than was planned."""
        return self.used > self.planned
