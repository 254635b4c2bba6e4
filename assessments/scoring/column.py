"""What disclosure control needs to know of a published column: plain data, independent of the framework."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["block", "lens", "all"]
Weights = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Column:
    """A column of figures: a dimension of a lens, or the ``ALL`` of a lens.

    kind: "block" for a dimension of the primary lens, "lens" for one of another lens, "all" for ALL.
    draws: indices of the block columns a "lens" column takes its items from, over both audiences;
    empty for a block and for ALL. staff_draws, manager_draws: the same for one audience; None means
    that the audience draws on all of ``draws``.
    staff_items, manager_items: a person's score in the column as a weighted sum of their answers, (item, weight) with
    whole weights in one unit for both audiences; empty where the audience has no items there.
    opaque: the weights differ from person to person in a way that no pattern tells; such a column is not shown.
    """

    lens: str
    code: str
    kind: Kind
    draws: tuple[int, ...] = ()
    staff_draws: tuple[int, ...] | None = None
    manager_draws: tuple[int, ...] | None = None
    staff_items: Weights = ()
    manager_items: Weights = ()
    opaque: bool = False

    def drawn_by(self, audience: str) -> frozenset[int]:
        """Return the block columns from which this audience's items of the column come."""
        own = self.staff_draws if audience == "staff" else self.manager_draws
        return frozenset(self.draws if own is None else own)

    def weights(self, audience: str) -> Weights:
        """Return (item, weight) of this audience."""
        return self.staff_items if audience == "staff" else self.manager_items


def dimensions_of(columns: tuple[Column, ...], lens: str) -> tuple[int, ...]:
    """Return the indices of the dimension columns of a lens, without its ALL."""
    return tuple(j for j, column in enumerate(columns) if column.lens == lens and column.kind != "all")


def check_columns(columns: tuple[Column, ...]) -> None:
    """Raise ValueError where a column draws on something that is no block, or an audience draws on more."""
    for column in columns:
        union = frozenset(column.draws)
        if any(not 0 <= b < len(columns) or columns[b].kind != "block" for b in union):
            raise ValueError(f"column {column.lens}/{column.code} draws on a column that is no block")
        if not (column.drawn_by("staff") | column.drawn_by("manager")) <= union:
            raise ValueError(f"column {column.lens}/{column.code}: an audience draws on more than `draws`")
