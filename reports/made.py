"""What 'Why this score?' reads: a unit's figures with everything that is published of them, and evidence entries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from assessments.models import ChecklistEntry, Figure
from assessments.scoring.evidence import VALUES
from reports.queries import PublishedCycle, UnitRow


class Found(NamedTuple):
    """A published figure, as it is stored: mean, sd, se in scale points, scores 0 to 100. None where not defined."""

    score: float
    n: int | None = None
    invited: int | None = None
    level: int | None = None
    mean: float | None = None
    sd: float | None = None
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    alpha: float | None = None
    rwg: float | None = None
    icc1: float | None = None
    icc2: float | None = None
    band: int = 0


def found_figures(cycle: PublishedCycle, unit: UnitRow, lens: str) -> dict[tuple[str, str], Found]:
    """Return the unit's figures in a lens that have a score: (audience, dimension) → figure. One query."""
    rows = Figure.objects.visible().filter(
        release=cycle.release, unit__position=unit.position, lens=lens, score__isnull=False
    )
    return {
        (audience, dimension): Found(*values)
        for audience, dimension, *values in rows.values_list("audience", "dimension", *Found._fields)
    }


@dataclass(frozen=True)
class Entries:
    """What was entered for a key component: entries that count, their states in words, their mean (0 to 100)."""

    n: int
    states: str
    mean: float


def evidence_of(
    cycle: PublishedCycle, positions: Iterable[int], components: Sequence[str]
) -> dict[str, Entries]:
    """Return the entries that count, by key component, over some units. One query."""
    rows = ChecklistEntry.objects.filter(
        cycle=cycle.pk, key_component__in=components, unit__position__in=list(positions), state__in=VALUES
    ).values_list("key_component", "state")
    found: dict[str, list[str]] = defaultdict(list)
    for component, state in rows:
        found[component].append(state)
    return {component: _entries(states) for component, states in found.items()}


def _entries(states: list[str]) -> Entries:
    labels = dict(ChecklistEntry.State.choices)
    counted = Counter(states)
    said = ", ".join(f"{labels[state]}: {counted[state]}" for state in VALUES if counted[state])
    return Entries(len(states), said, sum(VALUES[state] for state in states) / len(states))
