"""Where each building block of a unit stands: answers, evidence and both together, and what the next level asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from assessments.instrument.content import Dimension
from assessments.queries.checklists import Reviewed
from cfm.lib import charts
from reports import sentences
from reports.desk import Desk, level_name
from reports.facts import (
    HIDDEN,
    Facts,
    Panel,
    finished,
    level_box,
    score_box,
    series,
    text_and_score,
)
from reports.numbers import number, score, signed
from reports.queries import ALL, Cell, UnitRow
from reports.tables import Column, Row, Table, hidden_box, name_box, number_box, text_box


@dataclass(frozen=True)
class Claim:
    """What people say beyond what can be shown: answers − evidence, in score points.

    band: the gap is at least (1) or at most (−1) that large; clear: the evidence lies outside of what the answers,
    with their uncertainty, may mean.
    """

    value: float
    band: int
    clear: bool

    @property
    def text(self) -> str:
        return {1: "≥ ", -1: "≤ ", 0: ""}[self.band] + signed(self.value, 1)


@dataclass(frozen=True)
class Rung:
    """One building block. said, evidence, composite: its figures (None where not shown or not defined)."""

    block: Dimension
    said: Cell | None
    evidence: Cell | None
    composite: Cell | None
    claim: Claim | None
    reviewed: Reviewed
    holds_back: bool
    level_name: str
    composite_name: str
    now: str
    next_name: str
    next: str
    to_go: float | None

    @property
    def title(self) -> str:
        return str(self.block.title)

    @property
    def distance(self) -> str:
        """How far the next level is away, in words; empty where that would say more than the figure."""
        if self.to_go is None:
            return ""
        return _("{points} points to go").format(points=number(self.to_go, 1))


def claim_of(said: Cell | None, evidence: Cell | None) -> Claim | None:
    """Return answers − evidence, None where one of them is missing.

    >>> claim_of(Cell(60.0, ci_low=55.0, ci_high=65.0), Cell(50.0))
    Claim(value=10.0, band=0, clear=True)
    """
    if not said or not evidence or said.score is None or evidence.score is None:
        return None
    value = said.score - evidence.score
    if said.band:
        return Claim(value, said.band, value * said.band > 0)
    if said.ci_low is None or said.ci_high is None:
        return Claim(value, 0, False)
    return Claim(value, 0, not said.ci_low <= evidence.score <= said.ci_high)


def rungs(desk: Desk, facts: Facts, reviewed: Mapping[str, Reviewed], held_by: Sequence[str]) -> list[Rung]:
    """Return the blocks of the desk's unit in the framework's order. held_by: titles of those that hold it back.

    Where every block stands at the same level, none holds the others back.
    """
    if len(held_by) == len(desk.instrument.blocks):
        held_by = ()
    return [_rung(desk, facts, block, reviewed, held_by) for block in desk.instrument.blocks]


def _rung(
    desk: Desk, facts: Facts, block: Dimension, reviewed: Mapping[str, Reviewed], held_by: Sequence[str]
) -> Rung:
    said, evidence, composite = (
        facts.cell(desk.unit, audience, block.code) for audience in ("all", "evidence", "composite")
    )
    levels = desk.instrument.levels
    level = said.level if said else None
    after = levels[level] if level and level < len(levels) else None
    exact = said is not None and said.score is not None and not said.band
    return Rung(
        block=block,
        said=said,
        evidence=evidence,
        composite=composite,
        claim=claim_of(said, evidence),
        reviewed=reviewed.get(block.code, Reviewed()),
        holds_back=str(block.title) in held_by,
        level_name=level_name(desk.instrument, level),
        composite_name=level_name(desk.instrument, composite.level if composite else None),
        now=str(block.descriptors.get(level or 0, "")),
        next_name=str(after.name) if after else "",
        next=str(block.descriptors.get(after.level, "")) if after else "",
        to_go=after.lower - said.score if after and exact and said and said.score is not None else None,
    )


def claim_panel(facts: Facts, unit: UnitRow, blocks: Sequence[Rung]) -> Panel:
    """Return answers beside evidence in each block, with what both come to and what reviewers confirmed."""
    said, evidence = [one.said for one in blocks], [one.evidence for one in blocks]
    figure = charts.dumbbell(
        [one.title for one in blocks],
        series(facts, _("All answers"), "all", said),
        series(facts, _("Evidence"), "evidence", evidence),
        [bool(one.claim and one.claim.clear) for one in blocks],
    )
    columns = [
        Column("name", _("Building block"), numeric=False),
        Column("score", _("Answers")),
        Column("level", _("Level")),
        Column("evidence", _("Evidence")),
        Column("entries", _("Entries")),
        Column("confirmed", _("Confirmed")),
        Column("doubted", _("Not confirmed")),
        Column("claim", _("Claim gap")),
        Column("composite", _("Composite")),
        Column("composite_level", _("Level of the composite")),
    ]
    table = Table(
        _("Answers, evidence and composite of {unit}").format(unit=unit.name),
        columns,
        [_claim_row(facts, one) for one in blocks],
        "claim",
    )
    note = _(
        "Claim gap = answers − evidence. Composite weighs staff, managers and evidence. Confirmed and not confirmed "
        "are reviewers' verdicts on entries; they change no figure."
    )
    return Panel(
        id="claim",
        title=_("What is said and what can be shown"),
        sentence=_claim_sentence(blocks),
        figure=figure if any(said) and any(evidence) else None,
        table=finished(facts, table, "claim", note),
        note=_(
            "A thick line: the evidence lies outside of what the answers may mean; a thin grey one: within."
        ),
    )


def _claim_row(facts: Facts, rung: Rung) -> Row:
    claim = rung.claim
    entries = rung.evidence.n if rung.evidence else None
    return Row(
        [
            name_box(rung.title),
            score_box(rung.said),
            level_box(facts, rung.said),
            number_box(*text_and_score(rung.evidence)),
            number_box(number(entries) if entries is not None else "", entries),
            number_box(number(rung.reviewed.confirmed), rung.reviewed.confirmed),
            number_box(number(rung.reviewed.not_confirmed), rung.reviewed.not_confirmed),
            number_box(claim.text if claim else "", claim.value if claim else None),
            number_box(*text_and_score(rung.composite)),
            level_box(facts, rung.composite) if rung.composite else number_box("", None),
        ],
        muted=bool(claim and not claim.clear),
    )


def _claim_sentence(blocks: Sequence[Rung]) -> str:
    known = [(one.claim.value, one) for one in blocks if one.claim]
    if not known:
        return _("Answers and evidence can't be compared here: one of them is missing in every block.")
    ahead = [(value, one) for value, one in known if value > 0 and one.claim and one.claim.clear]
    behind = [one for value, one in known if value < 0 and one.claim and one.claim.clear]
    if not ahead and not behind:
        return _("Answers claim no more and no less than the evidence shows, in any block.")
    parts = []
    if ahead:
        _value, widest = max(ahead, key=lambda pair: pair[0])
        parts.append(
            _(
                "Answers run ahead of evidence in {n} of {total} blocks, "
                "furthest in {block}: {said} said, {shown} shown."
            ).format(
                n=len(ahead),
                total=len(known),
                block=widest.title,
                said=score(widest.said),
                shown=score(widest.evidence),
            )
        )
    if behind:
        names = sentences.listed([one.title for one in behind])
        parts.append(_("More can be shown than is said in {blocks}.").format(blocks=names))
    return " ".join(parts)


def units_table(desk: Desk, facts: Facts) -> Table | None:
    """Return for each unit in reach the level of its mean and the one every block reaches; None for a single unit."""
    if len(desk.rows) < 2:
        return None
    columns = [
        Column("name", _("Unit"), numeric=False),
        Column("level", _("Level of the mean")),
        Column("gated", _("Level every block reaches")),
        Column("held", _("Held back by"), numeric=False),
    ]
    rows = [_unit_row(desk, facts, unit) for unit in desk.rows]
    table = Table(
        _("Levels of {unit} and the units below").format(unit=desk.unit.name), columns, rows, "units"
    )
    return finished(facts, table, "units")


def _unit_row(desk: Desk, facts: Facts, unit: UnitRow) -> Row:
    blocks = desk.instrument.blocks
    cells = [facts.cell(unit, "all", block.code) for block in blocks]
    levels = [cell.level or 0 if cell else 0 for cell in cells]
    lowest = min(levels, default=0)
    held = [str(block.title) for block, level in zip(blocks, levels, strict=True) if level == lowest]
    name = name_box(unit.name, href=_url(facts, unit), indent=_indent(desk, facts, unit))
    whole = facts.cell(unit, "all", ALL)
    if not lowest:
        return Row([name, level_box(facts, whole), hidden_box(HIDDEN), text_box("")])
    reached = Cell(score=0.0, level=lowest)
    return Row(
        [name, level_box(facts, whole), level_box(facts, reached), text_box(shortened(held, len(blocks)))]
    )


def _url(facts: Facts, unit: UnitRow) -> str:
    kept = {"cycle": facts.query["cycle"]} if facts.query.get("cycle") else {}
    return f"{reverse('levels')}?{urlencode({'unit': unit.code, **kept})}"


def shortened(held_by: Sequence[str], blocks: int) -> str:
    """Return the names of blocks, or how many there are where they would be a list to read."""
    if len(held_by) == blocks:
        return _("every block")
    if len(held_by) > 3:
        return _("{n} of {blocks} blocks").format(n=len(held_by), blocks=blocks)
    return sentences.listed(held_by)


def _indent(desk: Desk, facts: Facts, unit: UnitRow) -> int:
    return 0 if facts.query.get("units") else min(5, unit.depth - desk.unit.depth)


def lowest_composite(blocks: Sequence[Rung]) -> tuple[int, list[str]]:
    """Return the level that every block's composite reaches (0: unknown), and the blocks that reach no higher."""
    levels = [one.composite.level or 0 if one.composite else 0 for one in blocks]
    lowest = min(levels, default=0)
    return lowest, [one.title for one, level in zip(blocks, levels, strict=True) if level == lowest]
