"""How far a figure can be trusted: interval, reliability, agreement, units, non-response, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

import numpy as np
from django.utils.translation import gettext as _

from assessments.scoring.agreement import rwg_star_j, variances_of
from assessments.scoring.deviation import average_deviation, chance_limit
from assessments.scoring.nonresponse import BOUND_BELOW, worst_case
from reports.made import Found
from reports.numbers import interval, number
from reports.sentences import RELIABLE_ICC2
from reports.statistics import Answers


def trust(found: Found, answers: Sequence[Answers], of_people: bool) -> Iterator[tuple[str, str]]:
    """Yield (key of the explanation, value in words) of what is known. answers: of all its statements, or none."""
    if not of_people:
        return
    if span := interval(found.ci_low, found.ci_high):
        yield "interval", span
    if bound := nonresponse(found):
        yield "nonresponse", bound
    if found.alpha is not None:
        yield "alpha", number(found.alpha, 2)
    if found.rwg is not None:
        yield "rwg", number(found.rwg, 2)
    yield from agreement(answers)
    if found.icc1 is not None and found.icc2 is not None:
        yield "icc", _icc(found.icc1, found.icc2)


def nonresponse(found: Found) -> str:
    """Return the bound of non-response in words, where fewer than 60% answered; else nothing."""
    if not found.n or not found.invited or found.n >= BOUND_BELOW * found.invited:
        return ""
    low, high = worst_case(found.score, found.n, found.invited)
    return _("{n} of {invited} answered: between {low} and {high}").format(
        n=number(found.n), invited=number(found.invited), low=number(low, 1), high=number(high, 1)
    )


def agreement(answers: Sequence[Answers]) -> Iterator[tuple[str, str]]:
    """Yield r*_wg(j) and AD of statements that are all shown."""
    if not answers or min(one.n for one in answers) < 2:
        return
    counts = np.array([one.keyed for one in answers])
    star, apart = (
        float(value)
        for value in (rwg_star_j(variances_of(counts), counts.shape[1]), average_deviation(counts))
    )
    yield "rwg_star", number(star, 2)
    limit = chance_limit(min(one.n for one in answers), len(answers), counts.shape[1])
    if not isfinite(limit):
        return
    verdict = (
        _("{ad} points; chance limit {limit}: people agree beyond chance")
        if apart <= limit
        else _("{ad} points; chance limit {limit}: people may agree by chance alone")
    )
    yield "ad", verdict.format(ad=number(apart, 2), limit=number(limit, 2))


def _icc(one: float, two: float) -> str:
    verdict = (
        _("ICC(1) {one}, ICC(2) {two}: units can be ranked")
        if two >= RELIABLE_ICC2
        else _("ICC(1) {one}, ICC(2) {two}: differences are within noise")
    )
    return verdict.format(one=number(one, 3), two=number(two, 3))
