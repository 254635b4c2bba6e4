"""Teams that are too small to be shown, taken together: "other teams of X".

Worked out from published figures alone: what X holds beyond its shown parts. So it tells nothing new; that it is of k
people or more is what the disclosure rule sees to, region by region (docs/confidentiality-rule.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports import sentences
from reports.facts import Facts, Panel, counted_box, finished, score_box, tint, unit_url
from reports.queries import Cell, UnitRow
from reports.tables import Column, Row, Table, name_box, text_box

FEW: Final = 10  # a near-unanimous mean of fewer people is given as a bound, here as everywhere
HALF_A_POINT: Final = 0.5


@dataclass(frozen=True)
class Pool:
    """What a shown unit holds beyond its shown parts. teams: the units in it that have no figures of their own."""

    unit: UnitRow
    teams: Sequence[UnitRow]
    cells: Mapping[str, Cell]


def others(facts: Facts, rows: Sequence[UnitRow]) -> Panel | None:
    """Return the panel of hidden teams taken together; None where nothing is hidden, or nothing can be told."""
    pools = pooled(facts, rows)
    if not pools:
        return None
    columns = [
        Column("name", _("Teams"), numeric=False),
        *(Column(one.code, one.code, title=str(one.title)) for one in facts.lens.dimensions),
        Column("n", _("Answers")),
        Column("teams", _("Which they are"), numeric=False),
    ]
    table = Table(
        _("Teams not shown, taken together"), columns, [_row(facts, pool) for pool in pools], "others"
    )
    teams = sum(len(pool.teams) for pool in pools)
    sentence = ngettext(
        "The answers of {n} team that is too small to be shown count here, and in every unit above it.",
        "The answers of {n} teams that are too small to be shown count here, and in every unit above them.",
        teams,
    ).format(n=teams)
    note = _("A row also holds those who work in the unit itself and in none of its teams.")
    return Panel(
        id="others",
        title=_("Other teams, taken together"),
        sentence=sentence,
        figure=None,
        table=finished(facts, table, "others", note),
    )


def _row(facts: Facts, pool: Pool) -> Row:
    cells = [pool.cells.get(one.code) for one in facts.lens.dimensions]
    known = max((cell for cell in cells if cell), key=lambda cell: cell.n or 0)
    name = name_box(
        _("Other teams of {unit}").format(unit=pool.unit.name), href=unit_url(pool.unit.code, facts.query)
    )
    scores = [score_box(cell, tint=tint(facts, cell)) for cell in cells]
    return Row(
        [name, *scores, counted_box(known), text_box(sentences.listed([one.name for one in pool.teams]))]
    )


def pooled(facts: Facts, rows: Sequence[UnitRow]) -> list[Pool]:
    """Return a pool for each unit that has figures and hidden teams, in tree order.

    rows: units in tree order, of which all figures of `all` are in `facts`; a unit with units below it that are not
    among them is left out. A dimension has no cell where another one was shown in other units.
    """
    shown = {unit.position: _shown(facts, unit) for unit in rows}
    home, hidden = _homes(rows, shown)
    parts: dict[int, list[UnitRow]] = {}
    for unit in rows:
        if shown[unit.position] and unit.parent in home:
            parts.setdefault(home[unit.parent], []).append(unit)
    by_position = {unit.position: unit for unit in rows}
    found = []
    for position, teams in sorted(hidden.items()):
        unit = by_position[position]
        below = parts.get(position, [])
        cells = {
            code: cell for code in shown[position] if (cell := _rest(facts, unit, below, code)) is not None
        }
        if cells:
            found.append(Pool(unit, teams, cells))
    return found


def _shown(facts: Facts, unit: UnitRow) -> frozenset[str]:
    return frozenset(one.code for one in facts.lens.dimensions if facts.cell(unit, "all", one.code))


def _homes(
    rows: Sequence[UnitRow], shown: Mapping[int, frozenset[str]]
) -> tuple[dict[int, int], dict[int, list[UnitRow]]]:
    """Return the nearest unit with figures at or above each unit, and the teams without figures by that unit."""
    home: dict[int, int] = {}
    hidden: dict[int, list[UnitRow]] = {}
    for unit in rows:  # a parent comes before its children
        if shown[unit.position]:
            home[unit.position] = unit.position
        elif unit.parent in home:
            home[unit.position] = home[unit.parent]
            if unit.invited:
                hidden.setdefault(home[unit.position], []).append(unit)
    return home, hidden


def _rest(facts: Facts, unit: UnitRow, parts: Sequence[UnitRow], dimension: str) -> Cell | None:
    """Return the figure of the unit's people in none of its shown parts; None where it can't be told exactly."""
    whole = facts.cell(unit, "all", dimension)
    shown = [facts.cell(part, "all", dimension) for part in parts]
    told = [cell for cell in (whole, *shown) if cell and cell.n and cell.score is not None and not cell.band]
    if len(told) < 1 + len(parts):
        return None
    n = (told[0].n or 0) - sum(cell.n or 0 for cell in told[1:])
    if n < facts.cycle.k:  # nobody; fewer than k would contradict the audit, and are told to nobody either
        return None
    total = (told[0].score or 0) * (told[0].n or 0) - sum((c.score or 0) * (c.n or 0) for c in told[1:])
    return _bounded(facts, min(100.0, max(0.0, total / n)), n)


def _bounded(facts: Facts, score: float, n: int) -> Cell:
    scale = facts.cycle.instrument.scale
    edge = 100 * HALF_A_POINT / (scale.maximum - scale.minimum)
    band = 0
    if n < FEW and not edge < score < 100 - edge:
        band = -1 if score <= edge else 1
        score = edge if band < 0 else 100 - edge
    level = sum(one.lower <= score for one in facts.cycle.instrument.levels)
    return Cell(score, level, n, band=band)
