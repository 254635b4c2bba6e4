"""Figures as words: half up, in the reader's language, and never more exact than they are."""

from functools import lru_cache
from math import floor
from typing import Final

from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assessments.scoring.rounding import half_up
from reports.queries import Cell

NEAR_TIE: Final = 1e-6


def number(value: float, decimals: int = 0) -> str:
    """Return the value half up with so many decimals, in the reader's language."""
    return _written(_half_up(value, decimals), decimals, get_language())


@lru_cache(maxsize=5_000)  # a page writes ten thousand figures, of a thousand kinds
def _written(rounded: float, decimals: int, _language: str | None) -> str:
    return str(number_format(rounded, decimals))


def _half_up(value: float, decimals: int) -> float:
    """Round like `half_up`, which needs its decimal arithmetic only within a hair of a tie."""
    scaled = value * 10.0**decimals
    if scaled < 0 or abs(scaled % 1 - 0.5) < NEAR_TIE:
        return half_up(value, decimals)
    return floor(scaled + 0.5) / 10.0**decimals


def signed(value: float, decimals: int = 0) -> str:
    """Return the value with its sign: "+4", "−12", "0"."""
    shown = half_up(value, decimals)
    sign = "+" if shown > 0 else "−" if shown < 0 else ""
    return sign + str(number_format(abs(shown), decimals))


def score(cell: Cell | None) -> str:
    """Return a score for a sentence or a tile: "58", "at least 88", "at most 13"; empty where there is none."""
    if cell is None or cell.score is None:
        return ""
    shown = number(cell.score)
    if cell.band > 0:
        return _("at least {score}").format(score=shown)
    return _("at most {score}").format(score=shown) if cell.band < 0 else shown


def sign(cell: Cell | None, decimals: int = 1) -> str:
    """Return a score for a table or a cell of a chart: "57.3", "≥ 87.5", "≤ 12.5"; empty where there is none."""
    if cell is None or cell.score is None:
        return ""
    return {1: "≥ ", -1: "≤ ", 0: ""}[cell.band] + number(cell.score, decimals)


def interval(low: float | None, high: float | None, decimals: int = 1) -> str:
    """Return an interval such as "55.0 to 61.2"; empty where there is none."""
    if low is None or high is None:
        return ""
    return _("{low} to {high}").format(low=number(low, decimals), high=number(high, decimals))


def signed_interval(low: float | None, high: float | None, decimals: int = 1) -> str:
    """Return an interval of a difference such as "−2.1 to +4.0"; empty where there is none."""
    if low is None or high is None:
        return ""
    return _("{low} to {high}").format(low=signed(low, decimals), high=signed(high, decimals))


def counted(cell: Cell | None) -> str:
    """Return how many people a figure rests on: "41 of 50"; empty where that may not be told."""
    if cell is None or cell.n is None:
        return ""
    if cell.invited is None:
        return str(number_format(cell.n))
    return _("{n} of {invited}").format(n=number_format(cell.n), invited=number_format(cell.invited))
