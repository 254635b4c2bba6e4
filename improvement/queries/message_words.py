"""What a message about a cycle can say: its days, and the figures of the whole organisation in its release.

Only the organisation's own rows of a visible release are read: whatever the message, everybody may see them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from assessments.instrument import Instrument
from assessments.models import Cycle, Figure, Release
from assessments.scoring.intervals import t_975
from cfm.lib.templatetags.cfm import number
from improvement.rules.messages import is_clear

OPEN_DAYS: Final = 21  # a draft without dates is taken to open today and to be open so long
COUNT_DAYS: Final = 10  # from the close to the publication
ALL: Final = "ALL"


@dataclass(frozen=True)
class Said:
    """A cycle's words for the braces of a message, its milestones, and the number of the release they come from."""

    words: Mapping[str, str]
    milestones: Mapping[str, date]
    release: int | None


def said(cycle: Cycle, language: str) -> Said:
    """Return what can be said about a cycle in a language; figures only from its newest visible release."""
    release = _visible(cycle)
    days = milestones(cycle)
    with override(language):
        words = _days(cycle, days)
        if release is not None:
            words |= _figures(cycle, release, language)
    return Said(words, days, release.number if release else None)


def milestones(cycle: Cycle) -> dict[str, date]:
    """Return the day on which a cycle opened, closed and was published; where that is to come, when it is expected."""
    opens = _day(cycle.opened_at) or timezone.localdate()
    closes = _day(cycle.closed_at) or _day(cycle.closes_at) or opens + timedelta(days=OPEN_DAYS)
    published = _day(cycle.published_at) or closes + timedelta(days=COUNT_DAYS)
    return {"opens": opens, "closes": closes, "published": published}


def _day(moment: Any) -> date | None:
    return timezone.localtime(moment).date() if moment else None


def _days(cycle: Cycle, days: Mapping[str, date]) -> dict[str, str]:
    return {
        "cycle": cycle.title,
        "k": str(cycle.k),
        "goal": str(cycle.turnout_goal),
        **{name: date_format(day, "j F Y") for name, day in days.items()},
    }


def _visible(cycle: Cycle) -> Release | None:
    if cycle.state not in {Cycle.State.PUBLISHED, Cycle.State.ARCHIVED}:
        return None
    found: Release | None = cycle.releases.filter(visible=True).order_by("-number").first()
    return found


def _figures(cycle: Cycle, release: Release, language: str) -> dict[str, str]:
    instrument = cycle.framework.instrument
    figures = _of_organisation([release], instrument.primary.code)
    words: dict[str, str] = {}
    whole = figures.get((release.pk, ALL))
    if whole is not None and whole.score is not None:
        words["score"] = _score(whole)
        words["score_told"] = _with_interval(whole)
        words["answered"] = number(whole.n) if whole.n else ""
        words["change"] = _change(cycle, whole, _half(whole, instrument))
    words |= _blocks(release, figures, instrument, language)
    return words | _gate(release, instrument, language)


def _of_organisation(releases: Sequence[Release], lens: str) -> dict[tuple[int, str], Figure]:
    """Return the organisation's figures of all answers: (release, dimension) → figure."""
    rows = Figure.objects.visible().filter(
        release__in=releases, unit__parent_position=-1, lens=lens, audience="all"
    )
    return {(one.release_id, one.dimension): one for one in rows}


def _score(figure: Figure) -> str:
    words = {-1: _("at most %s"), 1: _("at least %s"), 0: "%s"}
    return words[figure.band] % number(figure.score)


def _with_interval(figure: Figure) -> str:
    told = {"score": _score(figure), "low": number(figure.ci_low), "high": number(figure.ci_high)}
    if figure.ci_low is None or figure.ci_high is None:
        return _("%(score)s of 100") % told
    return _("%(score)s of 100 (probably %(low)s to %(high)s)") % told


def _half(figure: Figure, instrument: Instrument) -> float | None:
    """Half the width of the 95 % interval in score points, before it is cut to 0…100."""
    if figure.se is None or figure.n is None or figure.n < 2:
        return None
    span = instrument.scale.maximum - instrument.scale.minimum
    return float(t_975(np.array([figure.n - 1.0]))[0]) * figure.se * 100 / span


def _change(cycle: Cycle, now: Figure, half: float | None) -> str:
    """Return what changed since the cycle of the same framework that was published before; empty without one."""
    before = (
        Cycle.objects.published()
        .filter(framework__code=cycle.framework.code, closed_at__lt=cycle.closed_at)
        .select_related("framework")
        .last()
    )
    release = _visible(before) if before else None
    if before is None or release is None:
        return ""
    instrument = before.framework.instrument
    then = _of_organisation([release], instrument.primary.code).get((release.pk, ALL))
    if then is None or then.score is None or now.score is None:
        return ""
    told = {"points": number(abs(now.score - then.score)), "before": before.title}
    if not is_clear(now.score, then.score, half, _half(then, instrument)):
        return _("Compared with %(before)s there is no clear difference.") % told
    if now.score > then.score:
        return _("That is %(points)s points more than in %(before)s, more than chance would explain.") % told
    return _("That is %(points)s points less than in %(before)s, more than chance would explain.") % told


def _blocks(
    release: Release, figures: Mapping[tuple[int, str], Figure], instrument: Instrument, language: str
) -> dict[str, str]:
    """Return the strongest and the weakest block by name and score, and what the next level asks of the weakest."""
    shown = [
        (block, figure)
        for block in instrument.blocks
        if (figure := figures.get((release.pk, block.code))) and figure.score is not None
    ]
    if len(shown) < 2:
        return {}
    best = max(shown, key=lambda pair: pair[1].score or 0.0)
    least = min(shown, key=lambda pair: pair[1].score or 0.0)
    following = (least[1].level or 0) + 1
    name = next((one.name for one in instrument.levels if one.level == following), None)
    text = least[0].descriptors.get(following)
    return {
        "strongest": best[0].title.in_language(language),
        "strongest_score": _score(best[1]),
        "weakest": least[0].title.in_language(language),
        "weakest_score": _score(least[1]),
        "next_level": name.in_language(language) if name else "",
        "next": text.in_language(language) if text else "",
    }


def _gate(release: Release, instrument: Instrument, language: str) -> dict[str, str]:
    level = release.gate.get("level")
    codes = release.gate.get("blocks") or [release.gate.get("block")]
    held = [one.title.in_language(language) for one in instrument.blocks if one.code in codes]
    if not level or not held:
        return {}
    name = next((one.name for one in instrument.levels if one.level == level), None)
    return {
        "level": str(level),
        "level_name": name.in_language(language) if name else "",
        "held_by": ", ".join(held),
    }
