"""How many have answered, told so that nobody learns who: large groups, rounded down, once a day.

The day's figures stand in a table (services.turnout) and nowhere else, so no look at a page takes a new count.
A unit is shown from 10 invited on, and only where what is left of it beside the shown units below is nobody or 10
and more as well, since differences between units would tell about small groups otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from django.db.models import Count, Q

from assessments.models import Cycle, Invitation, TurnoutSnapshot
from assessments.queries.tree import TreeUnit, invited_below
from assessments.scoring.disclosure import choose
from assessments.scoring.tree import subtree_sums

FEWEST_INVITED: Final = 10
STEP: Final = 10  # per cent

Counts = dict[int, int]  # position of the unit → submitted in this unit alone


@dataclass(frozen=True)
class Turnout:
    """Turnout of one unit with all below it; percent: rounded down to 10, None where it may not be shown."""

    code: str
    name: str
    depth: int
    invited: int
    percent: int | None


def rounded_down(submitted: int, invited: int) -> int:
    """Return the share in per cent, rounded down to the next 10.

    >>> rounded_down(199, 200), rounded_down(9, 10), rounded_down(3, 31)
    (90, 90, 0)
    """
    return 100 * submitted // invited // STEP * STEP


def turnout(cycle: Cycle, *, codes: Collection[str] | None = None) -> list[Turnout]:
    """Return the turnout of the units that may be shown, the root first. While open, that of the day.

    codes: the units that the reader may see, None for all. Units below 10 invited are left out.
    """
    figures = _figures(cycle)
    return [
        Turnout(unit.code, unit.name, unit.depth, unit.invited, figures["units"].get(str(unit.position)))
        for unit in invited_below(cycle)
        if unit.invited >= FEWEST_INVITED and (codes is None or unit.code in codes)
    ]


def taken_on(cycle: Cycle) -> date | None:
    """Return the day of an open cycle's turnout; None before the first was taken."""
    return TurnoutSnapshot.objects.filter(cycle=cycle).values_list("day", flat=True).first()


def measure(cycle: Cycle) -> dict[str, Any]:
    """Return the turnout as it is now: {"all": per cent or None, "units": {position: per cent}}. Two queries."""
    tree = invited_below(cycle)
    submitted = _submitted([cycle.pk])[cycle.pk]
    totals = subtree_sums(
        np.array([unit.parent for unit in tree], dtype=np.int64),
        np.array([submitted.get(unit.position, 0) for unit in tree], dtype=np.int64),
    )
    shares = {
        str(unit.position): rounded_down(int(totals[unit.position]), unit.invited)
        for unit, shown in zip(tree, _shown(tree), strict=True)
        if shown and unit.invited >= FEWEST_INVITED
    }
    return {"all": _share(sum(submitted.values()), tree[0].invited if tree else 0), "units": shares}


def overall(cycles: Sequence[Cycle]) -> dict[int, int | None]:
    """Return cycle id → turnout of the whole cycle in per cent, None below 10 invited. Three queries at most."""
    opened = [cycle for cycle in cycles if cycle.opened_at]
    running = [cycle for cycle in opened if cycle.is_open]
    over = [cycle.pk for cycle in opened if not cycle.is_open]
    rows = (
        TurnoutSnapshot.objects.filter(cycle__in=running).values_list("cycle", "figures") if running else []
    )
    shares: dict[int, int | None] = {cycle.pk: None for cycle in running}
    shares |= {pk: figures["all"] for pk, figures in rows}
    invited = _invited(over) if over else {}
    submitted = _submitted(over) if over else {}
    return shares | {pk: _share(sum(submitted[pk].values()), invited.get(pk, 0)) for pk in over}


def _figures(cycle: Cycle) -> dict[str, Any]:
    """Return the day's figures of an open cycle; of one that is over the final ones, which nobody can change."""
    if not cycle.is_open:
        return measure(cycle)
    row = TurnoutSnapshot.objects.filter(cycle=cycle).first()
    return row.figures if row else {"all": None, "units": {}}


def _share(submitted: int, invited: int) -> int | None:
    return rounded_down(submitted, invited) if invited >= FEWEST_INVITED else None


def _shown(tree: list[TreeUnit]) -> list[bool]:
    heads = np.array([unit.heads for unit in tree], dtype=np.int64)
    parents = np.array([unit.parent for unit in tree], dtype=np.int64)
    shown, _split = choose(parents, heads, np.zeros_like(heads), FEWEST_INVITED)
    return [bool(one) for one in shown]


def _invited(cycles: list[int]) -> Mapping[int, int]:
    rows = Invitation.objects.filter(cycle__in=cycles).values("cycle").annotate(n=Count("pk")).order_by()
    return {row["cycle"]: row["n"] for row in rows}


def _submitted(cycles: list[int]) -> dict[int, Counts]:
    counts: dict[int, Counts] = {pk: {} for pk in cycles}
    rows = Invitation.objects.filter(cycle__in=cycles).values("cycle", "unit__position").order_by()
    for row in rows.annotate(n=Count("pk", filter=Q(submitted=True))):
        counts[row["cycle"]][row["unit__position"]] = row["n"]
    return counts
