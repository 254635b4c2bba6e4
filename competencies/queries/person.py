"""One person's competencies over time, and what is done about them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assessments.models import Cycle
from competencies import gaps
from competencies.models import Competency, Sheet
from competencies.queries import standing as standings
from competencies.queries.library import demands
from competencies.queries.standing import Requirements
from organisation.models import Person


@dataclass(frozen=True)
class PersonLine:
    """One required competency. levels: the level that counts in each cycle, the oldest first; None for none."""

    competency: Competency
    required: int
    importance: float
    own: int
    manager: int
    gap: int | None
    levels: Sequence[int | None]

    @property
    def short(self) -> bool:
        return self.gap is not None and self.gap > 0


@dataclass(frozen=True)
class PersonPage:
    """All lines of a person; cycles: those with a level, the oldest first; widest: the largest weighted gap."""

    person: Person
    cycles: Sequence[Cycle]
    lines: Sequence[PersonLine]

    @property
    def short(self) -> list[PersonLine]:
        """The lines below what is required, the weightiest first."""
        found = [line for line in self.lines if line.short]
        return sorted(found, key=lambda line: -(line.gap or 0) * line.importance)

    @property
    def rated(self) -> int:
        return sum(line.gap is not None for line in self.lines)


def person_page(person: Person, reader: Person, *, names_all: bool) -> PersonPage:
    """Return where the person stands. names_all: the reader is HR and sees each side once it is handed in."""
    needs = Requirements.of(required := demands(), required.competencies)
    rows = standings.person_rows(Person.objects.filter(pk=person.pk))
    cycles = standings.opened_cycles()
    sheets = Sheet.objects.filter(person=person)
    rated = _rated(person, cycles)
    hide = None if names_all else reader.pk
    packs = standings.read_packs(rows, requirements=needs, cycles=cycles, sheets=sheets, reader=hide)
    at = standings.standing(rows, requirements=needs, cycles=cycles, packs=packs)
    each = [gaps.used_levels(*packs[cycle.pk])[0] for cycle in rated]
    lines = []
    for column in np.flatnonzero(at.required[0]).tolist():
        gap = float(at.gap[0, column])
        lines.append(
            PersonLine(
                competency=at.competencies[column],
                required=int(at.required[0, column]),
                importance=float(at.importance[0, column]),
                own=int(at.own[0, column]),
                manager=int(at.manager[0, column]),
                gap=None if np.isnan(gap) else int(gap),
                levels=[int(levels[column]) or None for levels in each],
            )
        )
    return PersonPage(person, rated, lines)


def _rated(person: Person, cycles: Sequence[Cycle]) -> list[Cycle]:
    """Return the last cycles in which something of the person is handed in, the oldest first."""
    rated = set(
        Sheet.objects.filter(person=person)
        .exclude(self_in=None, manager_in=None)
        .values_list("cycle", flat=True)
    )
    return [cycle for cycle in reversed(cycles) if cycle.pk in rated][-4:]
