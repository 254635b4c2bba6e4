"""What endangers changes at work in a unit, for the page of its results."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from assessments.queries import readiness
from assessments.queries.readiness import Warned
from organisation import permissions
from organisation.models import Person, Unit
from reports.queries import UnitRow

MOST_SHOWN: Final = 5


@dataclass(frozen=True)
class Changes:
    """The most urgent warnings, and how many more there are."""

    warnings: Sequence[Warned]
    more: int


def change_warnings(person: Person, unit: UnitRow) -> Changes | None:
    """Return what to be warned of in the changes of a unit and those below; None for nothing, or for others to see."""
    if not permissions.can(person, "change.view"):
        return None
    rows = readiness.transformations(person).at_work()  # type: ignore[attr-defined]
    if unit.parent >= 0:
        pk = Unit.objects.filter(code=unit.code).values_list("pk", flat=True)
        rows = rows.filter(unit__in=Unit.objects.within(pk))
    found = readiness.all_warnings(readiness.readiness(rows, today=timezone.localdate()))
    return Changes(found[:MOST_SHOWN], max(0, len(found) - MOST_SHOWN)) if found else None
