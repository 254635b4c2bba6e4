"""What the figures say, in a sentence that stands before each picture. Pure: figures in, words out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports.differences import Difference
from reports.numbers import number, score, signed, signed_interval
from reports.queries import Cell

Named = tuple[str, Cell]
RELIABLE_ICC2: Final = 0.7  # units are ranked from here on (Bliese, 2000)
CLAIM_POINTS: Final = 5  # answers and evidence nearer than this are said to agree


@dataclass(frozen=True)
class Gate:
    """The highest level every block reaches, its name, and the blocks that reach no higher. blocks: of how many."""

    level: int
    name: str
    held_by: Sequence[str]
    blocks: int


def listed(names: Sequence[str]) -> str:
    """Return "A", "A and B" or "A, B and C"."""
    return str(get_text_list(list(names), _("and")))


def not_shown(k: int) -> str:
    """What a hidden figure says: a state, not a mistake."""
    return _("fewer than {k} answers: not shown").format(k=k)


def why_hidden(k: int) -> str:
    """Return the explanation beside a table with hidden cells."""
    return _(
        "“–” is not shown: fewer than {k} people answered, "
        "or the figure would give away a smaller group by subtraction."
    ).format(k=k)


def standing(unit: str, overall: Cell, level: str) -> str:
    """Return where a unit stands: "Northwind stands at 58 of 100: Committed (level 3)."."""
    if overall.band > 0:
        wording = _("{unit} stands at {score} or more of 100: {level} (level {number}).")
    elif overall.band < 0:
        wording = _("{unit} stands at {score} or less of 100: {level} (level {number}).")
    else:
        wording = _("{unit} stands at {score} of 100: {level} (level {number}).")
    return wording.format(unit=unit, score=number(overall.score or 0), level=level, number=overall.level)


def holding_back(gate: Gate, level: int | None) -> str:
    """Return what holds a unit back, seen from the level of its mean."""
    if level is not None and gate.level >= level:
        return _("Every building block reaches this level.")
    if len(gate.held_by) > 3:
        return _("{n} of {blocks} building blocks hold it back at level {level}: {names}.").format(
            n=len(gate.held_by), blocks=gate.blocks, level=gate.level, names=listed(gate.held_by)
        )
    return ngettext(
        "{names} holds it back at level {level}.", "{names} hold it back at level {level}.", len(gate.held_by)
    ).format(names=listed(gate.held_by), level=gate.level)


def held_by(gate: Gate, level: int | None) -> str:
    """Return the same for the small print of a tile."""
    if level is not None and gate.level >= level:
        return _("As high as the mean.")
    if len(gate.held_by) > 3:
        return _("Held back by {n} of {blocks} blocks.").format(n=len(gate.held_by), blocks=gate.blocks)
    return _("Held back by {names}.").format(names=listed(gate.held_by))


def headline(
    unit: str, overall: Cell | None, level: str, gate: Gate | None, *, k: int, anything: bool
) -> str:
    """Return the sentence at the top. anything: whether at least one block of the unit may be shown."""
    if overall is not None and overall.score is not None:
        held = holding_back(gate, overall.level) if gate else ""
        return f"{standing(unit, overall, level)} {held}".strip()
    if anything:
        return _(
            "{unit} has no overall score: not every building block has enough answers. What can be shown stands below."
        ).format(unit=unit)
    return _("Too few answers to say where {unit} stands: figures need at least {k}.").format(unit=unit, k=k)


def strongest_and_weakest(dimensions: Sequence[Named]) -> str:
    """Return which dimensions stand highest and lowest; ties are all named."""
    if not dimensions:
        return _("None of these can be shown.")
    values = [cell.score or 0 for _title, cell in dimensions]
    if len(dimensions) == 1 or max(values) == min(values):
        return _("All that can be shown stand at {score}.").format(score=score(dimensions[0][1]))
    return _("Strongest: {best} ({high}). Weakest: {worst} ({low}).").format(
        best=listed([title for title, cell in dimensions if cell.score == max(values)]),
        high=number(max(values)),
        worst=listed([title for title, cell in dimensions if cell.score == min(values)]),
        low=number(min(values)),
    )


def claim(dimensions: Sequence[tuple[str, Cell, Cell]]) -> str:
    """Return where answers run ahead of evidence most; empty where they nowhere do by 5 points or more."""
    ahead = [
        (said.score - proven.score, title, said, proven)  # type: ignore[operator]
        for title, said, proven in dimensions
        if None not in (said.score, proven.score)
    ]
    if not ahead or max(ahead, key=lambda one: one[0])[0] < CLAIM_POINTS:
        return ""
    _points, title, said, proven = max(ahead, key=lambda one: one[0])
    return _("Answers run furthest ahead of evidence in {title}: {said} said, {proven} evidenced.").format(
        title=title, said=score(said), proven=score(proven)
    )


def two_views(gaps: Sequence[tuple[str, Difference | None]]) -> str:
    """Return in how many dimensions managers clearly differ from staff, and in which direction."""
    known = [gap for _title, gap in gaps if gap]
    above = sum(gap.clear and gap.value > 0 for gap in known)
    below = sum(gap.clear and gap.value < 0 for gap in known)
    if not known:
        return _("Staff and managers can't be shown apart here.")
    if not above and not below:
        return _("Staff and managers see these alike: no clear difference anywhere.")
    parts = []
    if above:
        parts.append(_("Managers score clearly higher than staff in {n} of {total}."))
    if below:
        parts.append(_("Managers score clearly lower than staff in {n} of {total}."))
    counts = [count for count in (above, below) if count]
    return " ".join(part.format(n=count, total=len(known)) for part, count in zip(parts, counts, strict=True))


def largest_gap(gaps: Sequence[tuple[str, Difference | None]]) -> str:
    """Return the largest gap between managers and staff that exceeds noise, or that there is none."""
    if not any(gap for _title, gap in gaps):
        return _("Staff and managers can't be shown apart here.")
    clear = [(abs(gap.value), title, gap) for title, gap in gaps if gap and gap.clear]
    if not clear:
        return _("No clear difference between managers and staff: every gap is within noise.")
    _size, title, gap = max(clear, key=lambda one: one[0])
    wording = (
        _("Managers see {title} {points} points higher than staff (95% interval {interval}).")
        if gap.value > 0
        else _("Managers see {title} {points} points lower than staff (95% interval {interval}).")
    )
    return wording.format(
        title=title, points=number(abs(gap.value)), interval=signed_interval(gap.low, gap.high, 0)
    )


def verdict(gap: Difference | None) -> str:
    """Return what a difference is worth, for the last column of its table."""
    if gap is None:
        return ""
    if gap.low is None:
        return _("no interval")
    return _("clear") if gap.clear else _("no clear difference")


def change(gap: Difference, since: str) -> str:
    """Return the change since an earlier cycle."""
    if not gap.clear:
        return _("No clear difference since {cycle}.").format(cycle=since)
    points = number(abs(gap.value))
    if gap.value > 0:
        return _("{points} points higher than in {cycle}.").format(points=points, cycle=since)
    return _("{points} points lower than in {cycle}.").format(points=points, cycle=since)


def moved(changes: Sequence[tuple[str, Difference | None]], *, since: str = "") -> str:
    """Return which dimensions changed beyond noise, the largest first; empty where none did.

    since: the title of the earlier cycle, where the sentence has to name it.
    """
    clear = [(title, gap) for title, gap in changes if gap and gap.clear]
    if not clear:
        return ""
    clear.sort(key=lambda one: -abs(one[1].value))
    named = [f"{title} {signed(gap.value)}" for title, gap in clear]
    if since:
        return _("Beyond noise since {cycle}: {changes}.").format(cycle=since, changes=listed(named))
    return _("Beyond noise changed: {changes}.").format(changes=listed(named))


def against(gap: Difference, unit: str, whole: str) -> str:
    """Return how a unit compares with the organisation it is part of."""
    if not gap.clear:
        return _("No clear difference between {unit} and {whole}.").format(unit=unit, whole=whole)
    points = number(abs(gap.value))
    if gap.value > 0:
        return _("{unit} stands {points} points above {whole}.").format(unit=unit, points=points, whole=whole)
    return _("{unit} stands {points} points below {whole}.").format(unit=unit, points=points, whole=whole)


def across_units(units: Sequence[Named], *, icc2: float | None, hidden: int, k: int) -> str:
    """Return how far units lie apart: ranked only where their means are reliable, ICC(2) of 0.70 or more."""
    parts = []
    if len(units) > 1 and icc2 is not None and icc2 >= RELIABLE_ICC2:
        best = max(units, key=lambda one: one[1].score or 0)
        worst = min(units, key=lambda one: one[1].score or 0)
        parts.append(
            _("Units differ reliably: from {worst} ({low}) to {best} ({high}).").format(
                worst=worst[0], low=score(worst[1]), best=best[0], high=score(best[1])
            )
        )
    elif len(units) > 1:
        parts.append(_("Differences between units are too uncertain to rank them."))
    if hidden:
        parts.append(
            ngettext(
                "{n} unit is not shown, to protect those who answered.",
                "{n} units are not shown, to protect those who answered.",
                hidden,
            ).format(n=hidden, k=k)
        )
    return " ".join(parts)
