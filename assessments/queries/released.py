"""What releases tell: masks and numbers of people read from the stored figures, never from a plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assessments.models import CycleUnit, Distribution, Figure, Release
from assessments.queries.cubes import Inputs
from assessments.scoring.shown import Shown
from assessments.scoring.spec import ALL, Spec
from assessments.scoring.statements import ShownStatements, Statement, statements_of
from assessments.scoring.table import PEOPLE

SPREAD = ("n", "sd", "se", "ci_low", "ci_high")


@dataclass(frozen=True)
class Cell:
    """A stored figure of people: place in the table, its code for messages, and the row's fields."""

    unit: int
    audience: int  # all, staff, manager
    column: int
    name: str
    figure: Figure


def cells(release: Release, spec: Spec, units: list[CycleUnit]) -> list[Cell]:
    """Return the figures of people in a release, in the order of the tree. One query.

    Raises ValueError for a figure of a unit, audience or dimension that the cycle does not have.
    """
    place = {unit.pk: unit.position for unit in units}
    columns = {tuple(column): index for index, column in enumerate(spec.columns)}
    found = []
    for figure in Figure.objects.filter(release=release, audience__in=PEOPLE).order_by(
        "unit__position", "pk"
    ):
        key = figure.lens, figure.dimension
        if figure.unit_id not in place or key not in columns:
            raise ValueError(
                f"a figure of {figure.lens}/{figure.dimension} belongs to another cycle or framework"
            )
        unit = place[figure.unit_id]
        name = f"{units[unit].code}/{figure.audience}/{figure.lens}/{figure.dimension}"
        found.append(Cell(unit, PEOPLE.index(figure.audience), columns[key], name, figure))
    return found


def shown_of(found: list[Cell], spec: Spec, units: int) -> Shown:
    """Return the masks of a release: what has a row, and which ``ALL`` has a number or a spread."""
    whole, split, spread = (np.zeros((units, len(spec.columns)), dtype=np.bool_) for _ in range(3))
    dimensions = [column.dimension != ALL for column in spec.columns]
    for cell in found:
        (split if cell.audience else whole)[cell.unit, cell.column] = True
        told = any(getattr(cell.figure, name) is not None for name in SPREAD)
        spread[cell.unit, cell.column] |= told
    spread[:, dimensions] = True
    return Shown(all=whole, split=split, spread=spread)


def told_otherwise(found: list[Cell], n: npt.NDArray[np.int64]) -> list[str]:
    """Return the cells whose stored number of people is not that of the cube. n: int (U, 3, C), climbed."""
    return [
        f"{cell.name}: {cell.figure.n} people, the cube has {n[cell.unit, cell.audience, cell.column]}"
        for cell in found
        if cell.figure.n is not None and cell.figure.n != n[cell.unit, cell.audience, cell.column]
    ]


def shown_places(spec: Spec, shown: ShownStatements) -> Iterator[tuple[int, int, int]]:
    """Yield (view, unit, statement) of every distribution that is shown; views as ``PEOPLE``: all, staff, managers.

    A statement that one audience alone is asked has a distribution of that audience; and the same one for all, where
    nobody else counts in its block.
    """
    for place, statement in enumerate(statements_of(spec)):
        for unit in np.flatnonzero(shown.all[:, place]).tolist():
            if statement.is_joint or statement.alone:
                yield 0, unit, place
            if not statement.is_joint:
                yield (1 if statement.staff >= 0 else 2), unit, place
        if statement.is_joint:
            for unit in np.flatnonzero(shown.split[:, place]).tolist():
                yield 1, unit, place
                yield 2, unit, place


def item_code(spec: Spec, statement: Statement, view: int) -> str:
    """Return the code under which a distribution stands: the item of the audience; of both together that of staff."""
    index, audience = statement.staff, "staff"
    if view == 2 or index < 0:
        index, audience = statement.manager, "manager"
    return spec.items[audience][index].code


def statements_shown(release: Release, inputs: Inputs) -> ShownStatements:
    """Return where a release shows distributions, read from its rows. One query.

    Raises ValueError for a row that no statement of the cycle's framework has.
    """
    statements = statements_of(inputs.spec)
    views = {
        (PEOPLE[view], item_code(inputs.spec, one, view)): (view, place)
        for place, one in enumerate(statements)
        for view in _views(one)
    }
    whole, split = (np.zeros((len(inputs.units), len(statements)), dtype=np.bool_) for _ in range(2))
    rows = Distribution.objects.filter(release=release).values_list("unit__position", "audience", "item")
    for unit, audience, item in rows:
        if (audience, item) not in views:
            raise ValueError(f"a distribution of {item} ({audience}) belongs to another framework")
        view, place = views[audience, item]
        (split if view and statements[place].is_joint else whole)[unit, place] = True
    return ShownStatements(whole, split)


def _views(statement: Statement) -> tuple[int, ...]:
    if statement.is_joint:
        return 0, 1, 2
    own = 1 if statement.staff >= 0 else 2
    return (0, own) if statement.alone else (own,)
