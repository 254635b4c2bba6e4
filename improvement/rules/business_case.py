"""What it costs to fall short and what it is worth to keep customers (B2, A9), as ranges (docs/improvement.md).

Every input is a range, and every result the range between the two corners that the inputs allow: each formula rises
or falls with each of its inputs over the whole of its domain, so no value inside the ranges leads outside of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import fsum, isfinite
from typing import Final

# A9: studies put the cost of poor quality between these shares of operating costs.
STUDIES_LOW: Final = 0.20
STUDIES_HIGH: Final = 0.40


class Standing(StrEnum):
    """Where what was counted lies against what studies found."""

    BELOW = "below"
    WITHIN = "within"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class Range:
    """Two finite numbers, the lower one first. Raises ValueError for others.

    >>> Range(2, 1)
    Traceback (most recent call last):
    ...
    ValueError: 2 to 1 is not a range
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (isfinite(self.low) and isfinite(self.high) and self.low <= self.high):
            raise ValueError(f"{self.low} to {self.high} is not a range")

    @property
    def is_point(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class Retention:
    """What is known of keeping customers.

    customers: how many there are (≥ 0); margin: what one brings in a year (≥ 0, in money); kept: share that stays from
    one year to the next (0 to 1); raised: how much of that share may be gained (0 to 1, in the same unit);
    discount: rate a year (> 0). Raises ValueError where a share is outside of 0…1 or kept and raised pass 1.
    """

    customers: Range
    margin: Range
    kept: Range
    raised: Range
    discount: Range

    def __post_init__(self) -> None:
        if self.customers.low < 0 or self.margin.low < 0:
            raise ValueError("customers and margin are not below zero")
        if self.kept.low < 0 or self.raised.low < 0 or self.kept.high + self.raised.high > 1 + 1e-9:
            raise ValueError("customers kept are a share from 0 to 1, with what is gained, too")
        if self.discount.low <= 0:
            raise ValueError("the discount rate is above zero")


@dataclass(frozen=True, slots=True)
class Result:
    """What a case comes to, money a year unless said; None where an input is missing.

    studies: 20–40 % of operating costs; counted: sum of one's own categories; share: counted of operating costs (0–1
    and more); lifetime: worth of one customer over the years; leaving: margin of a year that leaves with customers;
    gained: worth over the years of keeping more of today's customers.
    """

    studies: Range | None
    counted: Range | None
    share: Range | None
    lifetime: Range | None
    leaving: Range | None
    gained: Range | None

    @property
    def standing(self) -> Standing | None:
        return None if self.share is None else standing(self.share)


def studies(costs: Range) -> Range:
    """Return the cost of poor quality that studies would lead one to expect: 20 to 40 % of operating costs (A9).

    From 20 % of the lower to 40 % of the higher figure. costs: operating costs of a year, not below 0 (ValueError).

    >>> studies(Range(1000, 2000))
    Range(low=200.0, high=800.0)
    """
    if costs.low < 0:
        raise ValueError("costs are not below zero")
    return Range(STUDIES_LOW * costs.low, STUDIES_HIGH * costs.high)


def total(parts: Iterable[Range]) -> Range | None:
    """Return the sum of ranges that may all be low, or all be high, at once; None of nothing.

    >>> total([Range(1, 2), Range(10, 30)])
    Range(low=11.0, high=32.0)
    """
    found = list(parts)
    if not found:
        return None
    return Range(fsum(one.low for one in found), fsum(one.high for one in found))


def share_of(counted: Range, costs: Range) -> Range | None:
    """Return what was counted as a share of operating costs: lowest by highest, highest by lowest; None of no costs.

    >>> share_of(Range(10, 20), Range(100, 200))
    Range(low=0.05, high=0.2)
    """
    return Range(counted.low / costs.high, counted.high / costs.low) if costs.low > 0 else None


def standing(share: Range) -> Standing:
    """Return whether what was counted lies wholly below or above what studies found, or meets their range.

    >>> standing(Range(0.05, 0.1)), standing(Range(0.1, 0.25)), standing(Range(0.5, 0.6))
    (<Standing.BELOW: 'below'>, <Standing.WITHIN: 'within'>, <Standing.ABOVE: 'above'>)
    """
    if share.high < STUDIES_LOW:
        return Standing.BELOW
    return Standing.ABOVE if share.low > STUDIES_HIGH else Standing.WITHIN


def lifetime(margin: float, kept: float, discount: float) -> float:
    """Return what a customer is worth over the years to come: m · r / (1 + d − r).

    The sum of m·r/(1+d) + m·r²/(1+d)² + … for a margin, a retention rate and a discount rate that stay the same.
    Gupta & Lehmann (2003), Journal of Interactive Marketing 17(1), 9–24.
    margin: m, of a year; kept: r, 0 to 1; discount: d > 0. Raises ValueError for a rate outside of that.

    >>> round(lifetime(100, 0.8, 0.1), 2)
    266.67
    """
    if not 0 <= kept <= 1 + 1e-9 or discount <= 0:
        raise ValueError(f"a retention rate of {kept} with a discount rate of {discount}")
    return margin * kept / (1 + discount - kept)


def lifetimes(of: Retention) -> Range:
    """Return what one customer is worth over the years (`lifetime`): rises with margin and rate, falls with discount.

    >>> one = Retention(Range(1, 1), Range(100, 100), Range(0.5, 0.8), Range(0, 0), Range(0.1, 0.1))
    >>> round(lifetimes(one).low, 2), round(lifetimes(one).high, 2)
    (83.33, 266.67)
    """
    return Range(
        lifetime(of.margin.low, of.kept.low, of.discount.high),
        lifetime(of.margin.high, of.kept.high, of.discount.low),
    )


def leaving(of: Retention) -> Range:
    """Return the margin of a year that leaves with customers: customers · (1 − kept) · margin.

    >>> leaving(Retention(Range(10, 10), Range(100, 100), Range(0.5, 0.8), Range(0, 0), Range(0.1, 0.1))).high
    500.0
    """
    return Range(
        of.customers.low * (1 - of.kept.high) * of.margin.low,
        of.customers.high * (1 - of.kept.low) * of.margin.high,
    )


def gained(of: Retention) -> Range:
    """Return what it is worth to keep more of today's customers: n · [lifetime(r + g) − lifetime(r)].

    That small gains in retention are worth much is Reichheld & Sasser's idea (1990, "Zero defections", Harvard
    Business Review 68(5), 105–111); the amount is computed from one's own figures, not from theirs. Rises with
    customers, margin, r (lifetime is convex in r) and g, and falls with the discount rate.

    >>> one = Range(1, 1)
    >>> round(gained(Retention(one, Range(100, 100), Range(0.8, 0.8), Range(0.05, 0.05), Range(0.1, 0.1))).low, 2)
    73.33
    """
    return Range(
        _gain(of.customers.low, of.margin.low, of.kept.low, of.raised.low, of.discount.high),
        _gain(of.customers.high, of.margin.high, of.kept.high, of.raised.high, of.discount.low),
    )


def _gain(customers: float, margin: float, kept: float, raised: float, discount: float) -> float:
    # n·m·g·(1+d) / ((1+d−r)·(1+d−r−g)): the difference on one fraction, so that a small gain isn't lost in rounding
    factor = 1 + discount
    return customers * margin * raised * factor / ((factor - kept) * (factor - kept - raised))


def result(costs: Range | None, categories: Mapping[str, Range], retention: Retention | None) -> Result:
    """Return what the inputs come to. categories: what poor quality costs a year by category, each not below 0.

    >>> found = result(Range(100, 100), {"rework": Range(4, 6), "errors": Range(1, 2)}, None)
    >>> found.counted, found.share, found.lifetime
    (Range(low=5.0, high=8.0), Range(low=0.05, high=0.08), None)
    """
    counted = total(categories.values())
    return Result(
        studies=None if costs is None else studies(costs),
        counted=counted,
        share=None if costs is None or counted is None else share_of(counted, costs),
        lifetime=None if retention is None else lifetimes(retention),
        leaving=None if retention is None else leaving(retention),
        gained=None if retention is None else gained(retention),
    )


def rough(amount: float, figures: int = 3) -> float:
    """Return an amount with so many figures that count: more would claim a precision that an estimate hasn't.

    >>> rough(1234567), rough(0), rough(98.76)
    (1230000.0, 0.0, 98.8)
    """
    return float(f"{amount:.{figures}g}") if isfinite(amount) else amount
