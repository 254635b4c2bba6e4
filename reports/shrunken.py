"""Units of one level with their own scores and the shrunken ones beside them: which differences are left then?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from django.utils.translation import gettext as _

from assessments.instrument.content import Lens
from assessments.scoring.shrinkage import FEWEST_UNITS, shrunken
from cfm.lib import charts
from organisation.models import Person
from reports import queries, sentences
from reports.choices import Choice, NotFoundError, choice, picked
from reports.desk import at_home, defined
from reports.explanations import EXPLANATIONS
from reports.facts import Panel, counted_box, interval_box, score_box, unit_url, why_url
from reports.look import Look
from reports.numbers import number, sign, signed
from reports.queries import Cell, Key, PublishedCycle, UnitRow
from reports.tables import Column, Row, Table, arranged, hidden_box, name_box, number_box

PARAMETERS: Final = ("cycle", "lens", "unit", "block", "depth", "sort")
READABLE: Final = 40  # units in the picture


@dataclass(frozen=True)
class Line:
    """A unit with its own score and the shrunken one, 0 to 100; None where none is shown or none can be made."""

    unit: UnitRow
    cell: Cell | None
    shrunken: float | None


def shrunken_page(person: Person, parameters: Mapping[str, str]) -> Look | None:
    """Return the page, or None before the first publication. Raises NotFoundError for what isn't there.

    Units of one level have no people in common, which the estimate asks for. It is made from shown figures alone.
    """
    cycles = queries.published_cycles()
    if not cycles:
        return None
    query = {name: parameters[name] for name in PARAMETERS if parameters.get(name)}
    cycle = picked(cycles, query.get("cycle"), cycles[-1])
    lens = picked(cycle.instrument.lenses, query.get("lens"), cycle.instrument.primary)
    tree, reach = queries.tree(cycle), queries.reach(person)
    top = at_home(tree, reach, query.get("unit"), below=True)
    under = [row for row in tree.below(top) if row is not top and reach.below(row)]
    block = query.get("block", lens.dimensions[0].code)
    if block not in {one.code for one in lens.dimensions}:
        raise NotFoundError(block)
    deepest = max((row.depth for row in under), default=top.depth) - top.depth
    depth = _depth(query.get("depth"), deepest)
    units = [row for row in under if row.depth - top.depth == depth]
    lines = lines_of(cycle, lens, block, units)
    return Look(
        title=_("Units, own and shrunken"),
        headline=_headline(lines),
        cycle=cycle,
        unit=top,
        panels=[_panel(cycle, lens, block, query, lines)] if units else [],
        choosers=_choosers(cycles, cycle, lens, query, block, depth, deepest),
        notes=[EXPLANATIONS["shrunken"].sentences],
    )


def lines_of(cycle: PublishedCycle, lens: Lens, block: str, units: Sequence[UnitRow]) -> list[Line]:
    """Return the units, those with the highest shrunken score first, then those that can have none. One query.

    units: of one level, so that they have nobody in common.
    """
    found = queries.cells(cycle, whole=(), lenses=(), rows=[row.position for row in units], lens=lens.code)
    cells = [defined(found.get(Key(row.position, "all", lens.code, block))) for row in units]
    scores = [cell.score if cell and not cell.band else None for cell in cells]
    errors = [cell.se if cell and not cell.band else None for cell in cells]
    drawn = shrunken(np.array(scores, dtype=float), np.array(errors, dtype=float))
    lines = [
        Line(unit, cell, float(value) if np.isfinite(value) else None)
        for unit, cell, value in zip(units, cells, drawn, strict=True)
    ]
    return sorted(lines, key=lambda line: -1.0 if line.shrunken is None else line.shrunken, reverse=True)


def _depth(wanted: str | None, deepest: int) -> int:
    if wanted is None:
        return 1
    if not (wanted.isascii() and wanted.isdigit()):
        raise NotFoundError(wanted)
    return max(1, min(int(wanted[:6]), deepest))


def _known(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.shrunken is not None and line.cell and line.cell.score is not None]


def _headline(lines: Sequence[Line]) -> str:
    """How far units lie apart by their own scores, and how far once chance is taken out."""
    known = _known(lines)
    if not known:
        return _("It takes {fewest} shown units of one level to make shrunken scores.").format(
            fewest=FEWEST_UNITS
        )
    own = [line.cell.score or 0.0 for line in known if line.cell]
    drawn = [line.shrunken or 0.0 for line in known]
    return _("By their own scores units lie {own} points apart; with chance taken out, {drawn}.").format(
        own=number(max(own) - min(own), 1), drawn=number(max(drawn) - min(drawn), 1)
    )


def _panel(
    cycle: PublishedCycle, lens: Lens, block: str, query: Mapping[str, str], lines: Sequence[Line]
) -> Panel:
    title = next(str(one.title) for one in lens.dimensions if one.code == block)
    known = _known(lines)[:READABLE]
    names = [line.unit.name for line in known]
    own = charts.Series(
        name=_("Own score"),
        role="organisation",
        values=[line.cell.score if line.cell else None for line in known],
        notes=[f"{name}\n{sign(line.cell)}" for name, line in zip(names, known, strict=True)],
    )
    drawn = charts.Series(
        name=_("Shrunken score"),
        role="all",
        values=[line.shrunken for line in known],
        notes=[f"{name}\n{number(line.shrunken or 0, 1)}" for name, line in zip(names, known, strict=True)],
    )
    return Panel(
        id="shrunken",
        title=title,
        sentence=_sentence(lines),
        figure=charts.dumbbell(names, own, drawn, [False] * len(known)) if known else None,
        table=_table(cycle, lens, block, query, lines),
        note=_("The line shows how far a unit is drawn towards the mean of the units."),
    )


def _sentence(lines: Sequence[Line]) -> str:
    known = _known(lines)
    if not known:
        return _("Own scores are shown; there are too few of them, or they have no error, to shrink them.")
    far = max(known, key=_pull)
    return _("Drawn furthest: {unit}, from {own} to {drawn}.").format(
        unit=far.unit.name, own=sign(far.cell), drawn=number(far.shrunken or 0.0, 1)
    )


def _pull(line: Line) -> float:
    own = line.cell.score if line.cell else None
    return 0.0 if own is None or line.shrunken is None else abs(line.shrunken - own)


def _table(
    cycle: PublishedCycle, lens: Lens, block: str, query: Mapping[str, str], lines: Sequence[Line]
) -> Table:
    columns = [
        Column("name", _("Unit"), numeric=False),
        Column("n", _("Answers")),
        Column("own", _("Own score")),
        Column("interval", _("95% interval")),
        Column("shrunken", _("Shrunken score")),
        Column("pull", _("Drawn by")),
    ]
    rows = [_row(cycle, lens, block, query, line) for line in lines]
    caption = _("Own and shrunken scores of units")
    table = Table(caption, columns, rows, anchor="shrunken-title", note=sentences.why_hidden(cycle.k))
    return replace(arranged(table, dict(query)), open=True)


def _row(cycle: PublishedCycle, lens: Lens, block: str, query: Mapping[str, str], line: Line) -> Row:
    cell, drawn = line.cell, line.shrunken
    why = why_url(cycle.code, "all", lens.code, block, line.unit.code)
    own = cell.score if cell else None
    made = (
        [number_box(number(drawn, 1), drawn), number_box(signed(drawn - own, 1), drawn - own)]
        if drawn is not None and own is not None
        else [number_box("", None), number_box("", None)]
        if cell
        else [hidden_box(charts.HIDDEN_SIGN)] * 2
    )
    return Row(
        [
            name_box(line.unit.name, href=unit_url(line.unit.code, query)),
            counted_box(cell),
            score_box(cell, why=why),
            interval_box(cell),
            *made,
        ]
    )


def _choosers(
    cycles: Sequence[PublishedCycle],
    cycle: PublishedCycle,
    lens: Lens,
    query: Mapping[str, str],
    block: str,
    depth: int,
    deepest: int,
) -> list[tuple[str, list[Choice]]]:
    rest = {name: value for name, value in query.items() if name != "block"}
    found = [
        (
            _("Cycle"),
            [choice(query, "cycle", one.code, one.title, one is cycle) for one in reversed(cycles)],
        ),
        (
            _("Seen by"),
            [choice(rest, "lens", one.code, str(one.title), one is lens) for one in cycle.instrument.lenses],
        ),
        (
            _("Block"),
            [choice(query, "block", one.code, str(one.title), one.code == block) for one in lens.dimensions],
        ),
    ]
    if deepest > 1:
        levels = [choice(query, "depth", str(n), str(n), n == depth) for n in range(1, deepest + 1)]
        found.append((_("Levels down"), levels))
    return found
