"""For whose convenience a process is designed (A7, A8), as a score from 0 to 100 (docs/improvement.md)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import fsum
from typing import Final

# A step serves the customer, both alike, or us alone; what law or safety requires is nobody's choice and left out.
STEP_POINTS: Final[Mapping[str, float | None]] = {
    "customer": 100.0,
    "both": 50.0,
    "organisation": 0.0,
    "required": None,
}
ANSWER_POINTS: Final[Mapping[str, float | None]] = {
    "yes": 100.0,
    "partly": 50.0,
    "no": 0.0,
    "not_applicable": None,
}
OWN_BELOW: Final = 40.0
CUSTOMERS_FROM: Final = 70.0


class Verdict(StrEnum):
    """For whom a process is designed, by its score."""

    OWN = "own"
    MIXED = "mixed"
    CUSTOMERS = "customers"


@dataclass(frozen=True, slots=True)
class Convenience:
    """The scores of an audit, 0 to 100; None where nothing counts."""

    steps: float | None
    checks: float | None

    @property
    def score(self) -> float | None:
        """The mean of the two, or the one there is.

        >>> Convenience(40, 80).score, Convenience(None, 80).score, Convenience(None, None).score
        (60.0, 80.0, None)
        """
        return mean(one for one in (self.steps, self.checks) if one is not None)

    @property
    def verdict(self) -> Verdict | None:
        """For whom the process is designed: us below 40, customers from 70."""
        score = self.score
        if score is None:
            return None
        if score < OWN_BELOW:
            return Verdict.OWN
        return Verdict.CUSTOMERS if score >= CUSTOMERS_FROM else Verdict.MIXED


def convenience(steps: Iterable[str], answers: Iterable[str]) -> Convenience:
    """Return the scores of an audit: the mean points of its steps, and of its answers to the checks.

    Raises KeyError for a word that is neither.

    >>> convenience(["customer", "organisation", "required"], ["yes", "partly", "not_applicable"])
    Convenience(steps=50.0, checks=75.0)
    """
    return Convenience(
        mean(points for one in steps if (points := STEP_POINTS[one]) is not None),
        mean(points for one in answers if (points := ANSWER_POINTS[one]) is not None),
    )


def mean(values: Iterable[float]) -> float | None:
    """Return the mean, None of nothing."""
    found = list(values)
    return fsum(found) / len(found) if found else None


def next_audit(audited: date | None, months: int, *, first: date) -> date:
    """Return when a process is to be audited again (F-2): so many months after the last time, at the month's end.

    audited: None when it never was; then it is due at once, since `first`.

    >>> next_audit(date(2025, 11, 30), 3, first=date(2020, 1, 1))
    datetime.date(2026, 2, 28)
    """
    if audited is None:
        return first
    month = audited.month - 1 + months
    year, month = audited.year + month // 12, month % 12 + 1
    for day in range(audited.day, 27, -1):
        try:
            return date(year, month, day)
        except ValueError:
            continue
    return date(year, month, min(audited.day, 28))
