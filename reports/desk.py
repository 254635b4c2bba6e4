"""The desk of one page: the cycle, unit and lens its address names, and every figure it needs, read at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from assessments.instrument.content import Instrument, Lens
from improvement.queries.goals import target_scores
from organisation.models import Person
from reports import queries, statistics
from reports.choices import NotFoundError, picked
from reports.facts import Facts
from reports.queries import MAX_ROWS, Cell, Key, PublishedCycle, Reach, Tree, UnitRow
from reports.sentences import Gate
from reports.targets import Goals, Target


@dataclass(frozen=True)
class Desk:
    """Everything read for one page."""

    cycles: Sequence[PublishedCycle]
    cycle: PublishedCycle
    tree: Tree
    reach: Reach
    unit: UnitRow
    lens: Lens
    query: Mapping[str, str]
    rows: Sequence[UnitRow] = ()
    cut: int = 0
    cells: Mapping[Key, Cell] = field(default_factory=dict)
    history: queries.History = field(default_factory=dict)

    @property
    def instrument(self) -> Instrument:
        return self.cycle.instrument

    @property
    def comparable(self) -> list[PublishedCycle]:
        """The cycles of the same framework, the oldest first."""
        return [cycle for cycle in self.cycles if cycle.release in self.history]

    @property
    def previous(self) -> PublishedCycle | None:
        """The comparable cycle before this one."""
        earlier = self.comparable[: self.comparable.index(self.cycle)]
        return earlier[-1] if earlier else None

    def facts(self, *, aims: bool = False) -> Facts:
        """Return what the panels of the unit draw on. aims: with targets, drivers and the screen."""
        earlier = self.history[self.previous.release] if self.previous else {}
        before = {dimension: cell for (lens, dimension), cell in earlier.items() if lens == self.lens.code}
        facts = Facts(self.cycle, self.lens, self.cells, self.query, before, self.previous)
        if not aims:
            return facts
        screen = statistics.careless(self.cycle) if self.unit.parent < 0 else None
        return replace(facts, goals=self._goals(), importance=self._importance(), careless=screen)

    def _goals(self) -> Goals:
        """Targets of the blocks: of the unit's own goals, else of the nearest unit above that has one. One query."""
        if not self.lens.primary:
            return {}
        set_by_unit = target_scores(self.cycle.code)
        found: dict[str, Target] = {}
        for row in reversed([self.unit, *self.tree.above(self.unit)]):
            for block, goal in set_by_unit.get(row.code, {}).items():
                found[block] = Target(float(goal.score), goal=goal.title)
        return {f"{self.unit.code}/{block}": target for block, target in found.items()}

    def _importance(self) -> Mapping[str, float]:
        """What share of the outcome each block goes with, in the whole organisation. One query."""
        return statistics.drivers(self.cycle).importance if self.lens.primary else {}


def desk_for(
    person: Person, code: str | None, cycles: Sequence[PublishedCycle], query: Mapping[str, str]
) -> Desk:
    """Return the desk of the unit as this person reads it. Raises NotFoundError for what isn't there for them."""
    return desk_of(queries.reach(person), code, cycles, query)


def desk_of(
    reach: Reach, code: str | None, cycles: Sequence[PublishedCycle], query: Mapping[str, str]
) -> Desk:
    """Return the desk of the unit, of the topmost one in reach for None. Raises NotFoundError."""
    cycle = picked(cycles, query.get("cycle"), cycles[-1])
    lens = picked(cycle.instrument.lenses, query.get("lens"), cycle.instrument.primary)
    tree = queries.tree(cycle)
    unit = at_home(tree, reach, code)
    reached = [row for row in tree.below(unit) if reach.below(row)]
    rows = _shallow(reached)
    lenses = {lens.code, cycle.instrument.primary.code}
    comparable = [one for one in cycles if one.framework.code == cycle.framework.code]
    return Desk(
        cycles=cycles,
        cycle=cycle,
        tree=tree,
        reach=reach,
        unit=unit,
        lens=lens,
        query=query,
        rows=rows,
        cut=len(reached) - len(rows),
        cells=queries.cells(
            cycle,
            whole={0, unit.position},
            lenses=lenses,
            rows=[row.position for row in rows],
            lens=lens.code,
        ),
        history=queries.history(comparable, unit=unit.code, lenses=lenses),
    )


def at_home(tree: Tree, reach: Reach, code: str | None, *, below: bool = False) -> UnitRow:
    """Return the unit named, else the topmost one reached by role, else the organisation.

    below: only a unit reached with all under it will do. Raises NotFoundError.
    """
    topmost = next((row for row in tree.units if reach.below(row)), None if below else tree.units[0])
    unit = topmost if code is None else tree.find(code)
    if unit is None or not (reach.below(unit) if below else reach.allows(unit)):
        raise NotFoundError(code)
    return unit


def _shallow(rows: Sequence[UnitRow]) -> list[UnitRow]:
    """As many whole levels of the tree as make a readable grid; deeper units have it on their own pages."""
    depths = sorted({row.depth for row in rows})
    for deepest in reversed(depths):
        kept = [row for row in rows if row.depth <= deepest]
        if len(kept) <= MAX_ROWS:
            return kept
    return list(rows[:1])


def defined(cell: Cell | None) -> Cell | None:
    """Return the cell, or None where it holds no score."""
    return cell if cell and cell.score is not None else None


def primary(desk: Desk, unit: UnitRow, dimension: str) -> Cell | None:
    """Return the figure of all answers in a building block, or in ALL of them."""
    return defined(desk.cells.get(Key(unit.position, "all", desk.instrument.primary.code, dimension)))


def level_name(instrument: Instrument, level: int | None) -> str:
    """Return what the framework calls the level; empty for none."""
    return str(instrument.levels[level - 1].name) if level else ""


def gate_of(desk: Desk) -> Gate | None:
    """Return the unit's gate.

    It follows from the unit's blocks, where all are shown; else the organisation's is the one of the release.
    """
    level, blocks = _lowest(desk)
    if not level and desk.unit.parent < 0:
        level, blocks = _released(desk.cycle)
    if not level:
        return None
    titles = {block.code: str(block.title) for block in desk.instrument.blocks}
    return Gate(
        level=level,
        name=level_name(desk.instrument, level),
        held_by=[titles[code] for code in blocks if code in titles],
        blocks=len(titles),
    )


def _released(cycle: PublishedCycle) -> tuple[int, list[str]]:
    held_by = cycle.gate.get("blocks") or [cycle.gate.get("block", "")]
    return cycle.gate.get("level") or 0, held_by


def _lowest(desk: Desk) -> tuple[int, list[str]]:
    codes = [block.code for block in desk.instrument.blocks]
    levels = [cell.level or 0 if (cell := primary(desk, desk.unit, code)) else 0 for code in codes]
    lowest = min(levels)
    return lowest, [code for code, level in zip(codes, levels, strict=True) if level == lowest]
