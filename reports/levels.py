"""The page of levels: the level every block reaches, what holds it back, and what the next one asks of each block."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from assessments.queries import checklists
from assessments.queries.checklists import Missing
from organisation import permissions
from organisation.models import Person, Unit
from reports import queries, sentences
from reports.cases import CaseBeside, case_beside
from reports.choices import Choice, choice
from reports.desk import Desk, desk_for, gate_of, level_name, primary
from reports.facts import Facts, Panel
from reports.numbers import score
from reports.queries import ALL, ROOT, PublishedCycle, UnitRow
from reports.rungs import Claim, Rung, claim_of, claim_panel, lowest_composite, rungs, shortened, units_table
from reports.sentences import Gate
from reports.tables import Table
from reports.tiles import Tile

PARAMETERS: Final = ("cycle", "unit", "claim", "units")
MOST_MISSING: Final = 3  # key components named a block
COLUMNS: Final = (
    *("cycle", "unit", "unit_name", "block", "block_name"),
    *("score", "level", "level_name", "points_to_next", "holds_back"),
    *("evidence", "entries", "confirmed", "not_confirmed", "claim_gap"),
    *("composite", "composite_level"),
)


@dataclass(frozen=True)
class Step:
    """A block on the ladder, with the key components whose state is furthest from being in place."""

    rung: Rung
    missing: Sequence[Missing]
    more: int
    case: CaseBeside | None = None


@dataclass(frozen=True)
class LevelsPage:
    """What the page shows."""

    cycle: PublishedCycle
    unit: UnitRow
    headline: str
    lead: str
    tiles: Sequence[Tile]
    claim: Panel
    steps: Sequence[Step]
    units: Table | None
    cycles: Sequence[Choice]
    csv_url: str
    checklist_url: str
    cut: int = 0


def levels_page(person: Person, parameters: Mapping[str, str]) -> LevelsPage | None:
    """Return the levels of a unit, or None before the first publication.

    parameters: of the address; those of PARAMETERS count. Raises NotFoundError for what isn't there for this person.
    """
    found = _desk(person, parameters)
    if found is None:
        return None
    facts, gate = found.facts(), gate_of(found)
    blocks = _rungs(found, facts, gate)
    missing = _missing(person, found)
    return LevelsPage(
        cycle=found.cycle,
        unit=found.unit,
        headline=_headline(found, gate),
        lead=_lead(found, gate),
        tiles=_tiles(found, facts, blocks, gate),
        claim=claim_panel(facts, found.unit, blocks),
        steps=[
            replace(_step(rung, missing), case=case_beside(person, rung.block.code, found.unit.code))
            for rung in blocks
        ],
        units=units_table(found, facts),
        cycles=[
            choice(found.query, "cycle", one.code, one.title, one is found.cycle)
            for one in reversed(found.cycles)
        ],
        csv_url=f"{reverse('levels_csv')}?{urlencode({'cycle': found.cycle.code, 'unit': found.unit.code})}",
        checklist_url=reverse("checklist", args=[found.cycle.code, found.unit.code])
        if missing is not None
        else "",
        cut=found.cut,
    )


def level_rows(person: Person, parameters: Mapping[str, str]) -> tuple[str, Iterator[tuple[Any, ...]]] | None:
    """Return the code of the cycle and a row of COLUMNS for each block of a unit; None before the first publication."""
    found = _desk(person, parameters)
    if found is None:
        return None
    facts = found.facts()
    return found.cycle.code, (_row(found, rung) for rung in _rungs(found, facts, gate_of(found)))


def _desk(person: Person, parameters: Mapping[str, str]) -> Desk | None:
    cycles = queries.published_cycles()
    if not cycles:
        return None
    query = {name: parameters[name] for name in PARAMETERS if parameters.get(name)}
    start = None if permissions.can(person, "figures.view_units") else ROOT
    return desk_for(person, query.get("unit", start), cycles, query)


def _rungs(desk: Desk, facts: Facts, gate: Gate | None) -> list[Rung]:
    positions = [] if desk.unit.parent < 0 else [row.position for row in desk.tree.below(desk.unit)]
    reviewed = checklists.blocks_reviewed(
        desk.cycle.pk, desk.instrument, desk.instrument.primary.code, positions
    )
    return rungs(desk, facts, reviewed, gate.held_by if gate else [])


def _headline(desk: Desk, gate: Gate | None) -> str:
    if gate is None:
        return _("The level of {unit} can't be shown: too few answers in one block or more.").format(
            unit=desk.unit.name
        )
    return _("{unit} reaches level {level} in every block: {name}.").format(
        unit=desk.unit.name, level=gate.level, name=gate.name
    )


def _lead(desk: Desk, gate: Gate | None) -> str:
    """What has to rise for the next level."""
    if gate is None:
        return ""
    levels = desk.instrument.levels
    if gate.level >= len(levels):
        return _("That is the highest level. What's next?")
    after = levels[gate.level]
    return _("To reach {name} (level {level}), {blocks} must rise.").format(
        name=after.name, level=after.level, blocks=shortened(gate.held_by, gate.blocks)
    )


def _tiles(desk: Desk, facts: Facts, blocks: Sequence[Rung], gate: Gate | None) -> list[Tile]:
    overall = primary(desk, desk.unit, ALL)
    hidden = sentences.not_shown(desk.cycle.k)
    label = _("Level every block reaches")
    first = (
        Tile(label, gate.name, sentences.held_by(gate, overall.level if overall else None), level=gate.level)
        if gate
        else Tile(label, "", hidden, hidden=True)
    )
    label = _("Level of the mean")
    second = (
        Tile(
            label,
            level_name(desk.instrument, overall.level),
            _("{score} of 100").format(score=score(overall)),
            level=overall.level or 0,
        )
        if overall
        else Tile(label, "", hidden, hidden=True)
    )
    return [first, second, _composite_tile(desk, facts, blocks), _claim_tile(desk, facts)]


def _composite_tile(desk: Desk, facts: Facts, blocks: Sequence[Rung]) -> Tile:
    label, cell = _("Composite"), facts.cell(desk.unit, "composite", ALL)
    if cell is None:
        return Tile(label, "–", _("Not every block has a composite."), muted=True)
    lowest, held_by = lowest_composite(blocks)
    note = _("{level} (level {number}).").format(
        level=level_name(desk.instrument, cell.level), number=cell.level
    )
    if lowest:
        held = shortened(held_by, len(blocks))
        note = f"{note} {_('Lowest: {blocks} at level {level}.').format(blocks=held, level=lowest)}"
    return Tile(label, score(cell), note, suffix=_("of 100"))


def _claim_tile(desk: Desk, facts: Facts) -> Tile:
    label = _("Claim gap")
    claim = claim_of(primary(desk, desk.unit, ALL), facts.cell(desk.unit, "evidence", ALL))
    if claim is None:
        return Tile(label, "–", _("Answers or evidence are missing in a block."), muted=True)
    return Tile(label, claim.text, _claim_note(claim), suffix=_("points"), muted=not claim.clear)


def _claim_note(claim: Claim) -> str:
    if not claim.clear:
        return _("Answers and evidence agree within noise.")
    return _("More is said than can be shown.") if claim.value > 0 else _("More can be shown than is said.")


def _missing(person: Person, desk: Desk) -> Mapping[str, Sequence[Missing]] | None:
    """Return what is not in place yet in the unit, by block, for those who may see its checklist; None for others."""
    units = Unit.objects.visible_to(person, "checklist.view")
    if not permissions.can(person, "checklist.view") or not units.filter(code=desk.unit.code).exists():
        return None
    return checklists.missing(desk.cycle.pk, desk.cycle.framework, desk.unit.code)


def _step(rung: Rung, missing: Mapping[str, Sequence[Missing]] | None) -> Step:
    there = (missing or {}).get(rung.block.code, ())
    return Step(rung, there[:MOST_MISSING], max(0, len(there) - MOST_MISSING))


def _row(desk: Desk, rung: Rung) -> tuple[Any, ...]:
    said, evidence, composite = rung.said, rung.evidence, rung.composite
    return (
        *(desk.cycle.code, desk.unit.code, desk.unit.name, rung.block.code, rung.title),
        *(
            said.score if said else None,
            said.level if said else None,
            rung.level_name,
            rung.to_go,
            rung.holds_back,
        ),
        *(evidence.score if evidence else None, evidence.n if evidence else None),
        *(rung.reviewed.confirmed, rung.reviewed.not_confirmed, rung.claim.value if rung.claim else None),
        *(composite.score if composite else None, composite.level if composite else None),
    )
