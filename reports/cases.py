"""The business case that stands beside building block B2."""

from dataclasses import dataclass

from django.urls import reverse

from improvement.models.cases import BLOCK
from improvement.models.reach import editable_units
from improvement.queries import case_words
from improvement.queries import cases as queries
from organisation import permissions
from organisation.models import Person, Unit


@dataclass(frozen=True)
class CaseBeside:
    """What is shown of a case; without one only where to make it. unit: name of the unit it was made for."""

    url: str
    title: str = ""
    unit: str = ""
    sentence: str = ""


def case_beside(person: Person, block: str, unit: str) -> CaseBeside | None:
    """Return the case beside a block of a unit; None for other blocks, and for people who see no business cases."""
    if block != BLOCK or not permissions.can(person, "case.view"):
        return None
    row = queries.beside(block, unit, person)
    if row is None:
        return CaseBeside(reverse("business_case_new")) if _may_make(person, unit) else None
    case = row.case
    sentence = case_words.sentence(row.newest, case.currency)
    return CaseBeside(reverse("business_case", args=[case.code]), case.title, case.unit.name, sentence)


def _may_make(person: Person, unit: str) -> bool:
    """Whether the person may make a case for this unit."""
    return bool(Unit.objects.filter(code=unit, pk__in=editable_units(person, "case.edit")).exists())
