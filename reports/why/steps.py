"""From answers to the figure, step by step: what is done, the formula, and the same with numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.scoring.intervals import t_975
from reports.made import Found
from reports.numbers import interval, number
from reports.queries import ALL
from reports.why.subject import Subject, audience_titles


@dataclass(frozen=True)
class Step:
    """One step from answers to the figure: what is done, the formula, and the same with numbers."""

    what: str
    formula: str
    numbers: str


def steps(subject: Subject, found: Found) -> Iterator[Step]:
    """Yield how the figure was made."""
    if subject.audience == "evidence" and subject.dimension != ALL:
        yield _of_evidence(subject, found)
    elif subject.dimension == ALL:
        yield _of_all(subject, found)
    elif subject.audience == "composite":
        yield _of_composite(subject, found)
    else:
        yield from _of_people(subject, found)


def _of_people(subject: Subject, found: Found) -> Iterator[Step]:
    low, high = subject.instrument.scale.minimum, subject.instrument.scale.maximum
    people = found.n or 0
    yield Step(
        _("Each person's mean"),
        _("mean of the answered statements, reversed ones turned round first"),
        ngettext("{n} statement weighs 1", "{n} statements weigh 1/{n} each", _asked(subject)).format(
            n=_asked(subject)
        ),
    )
    if found.band:
        limit = _("at most {mean}") if found.band < 0 else _("at least {mean}")
        yield Step(
            _("The unit's mean, as a bound"),
            _("fewer than 10 people within half a point of an end of the scale: only the bound is published"),
            limit.format(mean=number(found.mean or 0.0, 1)),
        )
    else:
        yield Step(
            _("The unit's mean"),
            _("mean of the people's means"),
            _("{mean} from {n} people").format(mean=number(found.mean or 0.0, 6), n=number(people)),
        )
    yield Step(
        _("The score"),
        _("100 · (mean − {low}) / ({high} − {low})").format(low=low, high=high),
        f"100 · ({number(found.mean or 0.0, 6)} − {low}) / {high - low} = {number(found.score, 6)}",
    )
    if found.se is not None and found.sd is not None and found.invited:
        yield Step(
            _("The standard error"),
            "sd / √n · √(1 − n/N)",
            f"{number(found.sd, 6)} / √{people} · √(1 − {people}/{found.invited}) = {number(found.se, 6)}",
        )
        t = float(t_975(np.array([people - 1.0]))[0])
        reach = number(100 * t * found.se / (high - low), 4)
        yield Step(
            _("The 95% interval"),
            _("score ± t · se · 100 / ({high} − {low}), cut to 0 to 100").format(low=low, high=high),
            _("{score} ± {reach}, with t = {t}: {interval}").format(
                score=number(found.score, 4),
                reach=reach,
                t=number(t, 4),
                interval=interval(found.ci_low, found.ci_high, 4),
            ),
        )


def _asked(subject: Subject) -> int:
    audience = "manager" if subject.audience == "manager" else "staff"
    return sum(
        item.dimensions.get(subject.lens.code) == subject.dimension
        for item in subject.instrument.closed_items(audience)
    )


def _of_all(subject: Subject, found: Found) -> Step:
    parts = [
        (one.weight, subject.figures[subject.audience, one.code].score, one.code)
        for one in subject.lens.dimensions
        if (subject.audience, one.code) in subject.figures
    ]
    sums = " + ".join(f"{number(w, 2)} · {number(score, 2)}" for w, score, _code in parts)
    whole = sum(w for w, _score, _code in parts)
    return Step(
        _("Weighted mean of the dimensions"),
        " + ".join(f"{number(w, 2)} · {code}" for w, _score, code in parts) + f" / {number(whole, 2)}",
        f"({sums}) / {number(whole, 2)} = {number(found.score, 6)}",
    )


def _of_composite(subject: Subject, found: Found) -> Step:
    names = audience_titles()
    parts = [(names[code], weight, part.score) for code, weight, part in _parts(subject)]
    whole = sum(weight for _name, weight, _score in parts)
    sums = " + ".join(f"{number(w, 2)} · {number(score, 2)}" for _name, w, score in parts)
    return Step(
        _("Weighted mean of the parts that are there"),
        " + ".join(f"{number(w, 2)} · {name}" for name, w, _score in parts) + f" / {number(whole, 2)}",
        f"({sums}) / {number(whole, 2)} = {number(found.score, 6)}",
    )


def _parts(subject: Subject) -> Iterator[tuple[str, float, Found]]:
    weights = dict(subject.instrument.weights)
    apart = any((who, subject.dimension) in subject.figures for who in ("staff", "manager"))
    if not apart:
        weights = {"all": weights["staff"] + weights["manager"], "evidence": weights["evidence"]}
    for code, weight in weights.items():
        if weight and (code, subject.dimension) in subject.figures:
            yield code, weight, subject.figures[code, subject.dimension]


def _of_evidence(subject: Subject, found: Found) -> Step:
    entries = found.n or 0
    return Step(
        _("Mean of the entries that count"),
        _("not in place 0, planned 25, partly 50, in place 75, in place and improving 100"),
        ngettext("{n} entry: {score}", "{n} entries: {score}", entries).format(
            n=number(entries), score=number(found.score, 6)
        ),
    )
