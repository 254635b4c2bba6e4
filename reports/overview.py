"""What an executive reads in a minute: strengths, priorities, who disagrees with whom, and how sure all this is."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.instrument.content import Dimension
from assessments.scoring.nonresponse import BOUND_BELOW, worst_case
from reports import sentences
from reports.explanations import EXPLANATIONS, Explanation
from reports.facts import Facts
from reports.numbers import counted, number
from reports.numbers import score as written
from reports.queries import Cell, UnitRow
from reports.targets import Target

NAMED: Final = 3
RELIABLE: Final = 0.7


@dataclass(frozen=True)
class Ranked:
    """A dimension on the list of strengths or priorities. gap: target − score; weight: what it was ranked by."""

    dimension: Dimension
    cell: Cell
    target: Target | None
    gap: float
    weight: float

    @property
    def title(self) -> str:
        return str(self.dimension.title)

    @property
    def level(self) -> int:
        return self.cell.level or 0

    @property
    def number(self) -> str:
        return written(self.cell)

    @property
    def score(self) -> float:
        return self.cell.score or 0.0

    @property
    def why(self) -> str:
        """How far it is to the target, in words."""
        if self.target is None:
            return _("at the highest level")
        points = number(abs(self.gap))
        if self.gap <= 0:
            return _("{points} points above the goal “{goal}”").format(points=points, goal=self.target.goal)
        if self.target.goal:
            return _("{points} points short of the goal “{goal}” ({target})").format(
                points=points, goal=self.target.goal, target=number(self.target.score)
            )
        return _("{points} points short of {level} ({target})").format(
            points=points, level=self.target.level, target=number(self.target.score)
        )


@dataclass(frozen=True)
class Line:
    """One thing to know, in a sentence. muted: nothing beyond noise."""

    title: str
    text: str
    muted: bool = False


@dataclass(frozen=True)
class Overview:
    """The minute: lists may be shorter than three where fewer figures are shown."""

    strengths: Sequence[Ranked]
    priorities: Sequence[Ranked]
    ranked_by: str
    lines: Sequence[Line]
    trust: Sequence[str]
    meanings: Sequence[Explanation] = ()


def overview(facts: Facts, unit: UnitRow) -> Overview:
    """Return the minute of a unit, in the page's lens."""
    known = ranked(facts, unit)
    priorities = sorted(
        (one for one in known if one.gap > 0), key=lambda one: (-one.weight, one.dimension.code)
    )
    priorities = priorities[: min(NAMED, (len(known) + 1) // 2)]
    rest = [one for one in known if one not in priorities]
    strengths = sorted(rest, key=lambda one: (-one.score, one.dimension.code))[:NAMED]
    trusted = _trust(facts, unit)
    return Overview(
        strengths=strengths,
        priorities=priorities,
        ranked_by=(
            _("Ranked by the gap to the target times the block’s share in what goes with the outcome.")
            if facts.importance
            else _("Ranked by the gap to the target: the goal’s, else the start of the next level.")
        ),
        lines=[moved(facts, unit), _apart(facts, unit), _claim(facts, unit)],
        trust=list(trusted.values()),
        meanings=[
            EXPLANATIONS[key]
            for key in ("score", "level", "change", "evidence", *trusted)
            if key in EXPLANATIONS
        ],
    )


def ranked(facts: Facts, unit: UnitRow) -> list[Ranked]:
    """Return every dimension that can be shown, with its gap, in the order of the lens."""
    found = []
    for one in facts.lens.dimensions:
        cell = facts.cell(unit, "all", one.code)
        if cell is None or cell.score is None:
            continue
        aim = facts.target(unit, one.code)
        gap = aim.score - cell.score if aim else 0.0
        weight = gap * (facts.importance.get(one.code, 0.0) if facts.importance else 1.0)
        found.append(Ranked(one, cell, aim, gap, weight))
    return found


def moved(facts: Facts, unit: UnitRow) -> Line:
    """Return which blocks changed beyond noise since the comparable cycle before."""
    title = _("What moved")
    if facts.previous is None:
        return Line(title, _("No earlier cycle to compare with."), muted=True)
    changes = [(str(one.title), facts.change(unit, one.code)) for one in facts.lens.dimensions]
    said = sentences.moved(changes, since=facts.previous.title)
    if said:
        return Line(title, said)
    if not any(change for _title, change in changes):
        return Line(title, sentences.not_shown(facts.cycle.k), muted=True)
    return Line(
        title, _("Nothing moved beyond noise since {cycle}.").format(cycle=facts.previous.title), muted=True
    )


def _apart(facts: Facts, unit: UnitRow) -> Line:
    gaps = list(zip(facts.titles, facts.gaps(unit), strict=True))
    clear = any(gap and gap.clear for _title, gap in gaps)
    return Line(_("Managers and staff"), sentences.largest_gap(gaps), muted=not clear)


def _claim(facts: Facts, unit: UnitRow) -> Line:
    """Where opinion and evidence lie furthest apart, in either direction."""
    title = _("Opinion and evidence")
    pairs = [
        (str(one.title), said, shown)
        for one in facts.lens.dimensions
        if (said := facts.cell(unit, "all", one.code)) and (shown := facts.cell(unit, "evidence", one.code))
    ]
    if not pairs:
        return Line(title, _("There is no evidence to set beside the answers yet."), muted=True)
    name, said, shown = max(pairs, key=lambda pair: abs(claim_gap(pair[1], pair[2])))
    gap = claim_gap(said, shown)
    if abs(gap) < sentences.CLAIM_POINTS:
        return Line(title, _("Answers and evidence agree within 5 points everywhere."), muted=True)
    wording = (
        _("{name}: answers stand {points} points above the evidence ({said} said, {shown} evidenced).")
        if gap > 0
        else _("{name}: answers stand {points} points below the evidence ({said} said, {shown} evidenced).")
    )
    return Line(
        title,
        wording.format(name=name, points=number(abs(gap)), said=written(said), shown=written(shown)),
    )


def claim_gap(said: Cell, shown: Cell) -> float:
    """Return answers − evidence in points."""
    return (said.score or 0.0) - (shown.score or 0.0)


def _trust(facts: Facts, unit: UnitRow) -> dict[str, str]:
    """Return what is known, by the key of its explanation."""
    said = {
        "turnout": _turnout(facts, unit),
        "nonresponse": _bound(facts, unit),
        "interval": _margin(facts, unit),
        "alpha": _alpha(facts, unit),
        "careless": _careless(facts, unit),
    }
    return {key: text for key, text in said.items() if text}


def _turnout(facts: Facts, unit: UnitRow) -> str:
    cells = [facts.cell(unit, "all", one.code) for one in facts.lens.dimensions]
    most = max(
        (cell for cell in cells if cell and cell.n and cell.invited), key=lambda c: c.n or 0, default=None
    )
    if most is None:
        return ""
    share = 100 * (most.n or 0) / (most.invited or 1)
    return _("{counted} people asked answered ({share} %).").format(
        counted=counted(most), share=number(share)
    )


def _bound(facts: Facts, unit: UnitRow) -> str:
    """The widest bound of non-response of the dimensions that fewer than 60 % answered."""
    cells = [(str(one.title), facts.cell(unit, "all", one.code)) for one in facts.lens.dimensions]
    low = [
        (title, cell.score, cell.n, cell.invited)
        for title, cell in cells
        if cell and cell.score is not None and cell.n and cell.invited and cell.n < BOUND_BELOW * cell.invited
    ]
    if not low:
        return ""
    title, score, n, invited = min(low, key=lambda one: one[2] / one[3])
    least, most = worst_case(score, n, invited)
    return _(
        "Fewer than 60 % answered: had everybody, {dimension} could lie between {low} and {high} at the very worst."
    ).format(dimension=title, low=number(least), high=number(most))


def _careless(facts: Facts, unit: UnitRow) -> str:
    """What the screen found, and how far the scores would move without such answers: for the organisation only."""
    found = facts.careless
    if unit.parent >= 0 or found is None or found.withheld:
        return ""
    if not found.flagged:
        return _("Nobody gave one answer to half of the questionnaire in a row.")
    moves = [
        (abs(found.scores[facts.lens.code, one.code] - cell.score), str(one.title))
        for one in facts.lens.dimensions
        if (cell := facts.cell(unit, "all", one.code))
        and cell.score is not None
        and (facts.lens.code, one.code) in found.scores
    ]
    said = _("{share} % gave one answer to half of the questionnaire in a row.").format(
        share=number(found.share, 1)
    )
    if not moves:
        return said
    points, title = max(moves)
    return f"{said} " + _("Without them scores move by {points} points at most ({dimension}).").format(
        points=number(points, 1), dimension=title
    )


def _margin(facts: Facts, unit: UnitRow) -> str:
    """How far scores may be off by chance: half the widest and the narrowest interval of the dimensions."""
    halves = [
        (cell.ci_high - cell.ci_low) / 2
        for one in facts.lens.dimensions
        if (cell := facts.cell(unit, "all", one.code))
        and cell.ci_low is not None
        and cell.ci_high is not None
    ]
    if not halves:
        return ""
    low, high = number(min(halves), 1), number(max(halves), 1)
    if low == high:
        return _("Scores are exact to ±{points} points (95% interval).").format(points=high)
    return _("Scores are exact to ±{low} to ±{high} points (95% interval).").format(low=low, high=high)


def _alpha(facts: Facts, unit: UnitRow) -> str:
    found = [
        (cell.alpha, str(one.title))
        for one in facts.lens.dimensions
        if (cell := facts.cell(unit, "staff", one.code)) and cell.alpha is not None
    ]
    if not found:
        return ""
    weak = [title for alpha, title in found if alpha < RELIABLE]
    low, high = number(min(found)[0], 2), number(max(found)[0], 2)
    if not weak:
        return _(
            "The items of a dimension hang together (Cronbach’s alpha {low} to {high} among staff)."
        ).format(low=low, high=high)
    return ngettext(
        "Read {names} with care: its items hang together less (Cronbach’s alpha below 0.70 among staff).",
        "Read {names} with care: their items hang together less (Cronbach’s alpha below 0.70 among staff).",
        len(weak),
    ).format(names=sentences.listed(weak))


def mean_of(cells: Sequence[Cell]) -> Cell:
    """Return the plain mean of figures of groups that share nobody, with its error where each has one.

    se = √(Σ se²)/m. It is computed from published figures alone, so it tells nothing that they don't.
    """
    count = len(cells)
    errors = [cell.se for cell in cells if cell.se is not None]
    exact = len(errors) == count
    return Cell(
        score=sum(cell.score or 0.0 for cell in cells) / count,
        n=sum(cell.n or 0 for cell in cells),
        se=sqrt(sum(error**2 for error in errors)) / count if exact else None,
    )
