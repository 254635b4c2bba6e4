"""Business cases with what their versions come to, in a number of queries that doesn't grow with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Prefetch, QuerySet

from improvement.models import BusinessCase, CaseInput, CaseVersion
from improvement.models.cases import BLOCK, CATEGORIES, PER_CENT, RETENTION
from improvement.rules import business_case as rules
from improvement.rules.business_case import Range, Result, Retention
from organisation.models import Person, Unit


@dataclass(frozen=True)
class VersionRow:
    """A version with its figures by kind, and what they come to."""

    version: CaseVersion
    inputs: Mapping[str, CaseInput]

    @cached_property
    def ranges(self) -> Mapping[str, Range]:
        """Kind → range, shares as 0 to 1."""
        return {kind: _range(one) for kind, one in self.inputs.items()}

    @cached_property
    def result(self) -> Result:
        categories = {str(kind): self.ranges[kind] for kind in CATEGORIES if kind in self.ranges}
        return rules.result(self.ranges.get(CaseInput.Kind.COSTS), categories, self._retention())

    def _retention(self) -> Retention | None:
        if any(kind not in self.ranges for kind in RETENTION):
            return None
        return Retention(*(self.ranges[kind] for kind in RETENTION))


@dataclass(frozen=True)
class CaseRow:
    """A case with its versions, the newest first."""

    case: BusinessCase
    versions: Sequence[VersionRow]

    @property
    def newest(self) -> VersionRow | None:
        return self.versions[0] if self.versions else None

    def numbered(self, number: int) -> VersionRow | None:
        """Return the version with this number."""
        return next((row for row in self.versions if row.version.number == number), None)


@dataclass(frozen=True)
class Change:
    """A figure that is not the same in two versions; None where a version hasn't got it."""

    kind: str
    before: CaseInput | None
    after: CaseInput | None

    @property
    def same_range(self) -> bool:
        """Whether only the words on where it comes from differ."""
        return (
            self.before is not None
            and self.after is not None
            and (self.before.low, self.before.high) == (self.after.low, self.after.high)
        )


def _range(one: CaseInput) -> Range:
    whole = 100 if one.kind in PER_CENT else 1
    return Range(float(one.low) / whole, float(one.high) / whole)


def with_versions(cases: QuerySet[BusinessCase]) -> QuerySet[BusinessCase]:
    """Return the cases with everything a row shows, in a constant number of queries."""
    versions = CaseVersion.objects.select_related("saved_by").order_by("-number").prefetch_related("inputs")
    found: QuerySet[BusinessCase] = cases.select_related("unit").prefetch_related(
        Prefetch("versions", queryset=versions)
    )
    return found


def row_of(case: BusinessCase) -> CaseRow:
    """Return a case with what its versions come to. case: as `with_versions` reads it."""
    return CaseRow(case, [_version(one) for one in case.versions.all()])


def _version(version: CaseVersion) -> VersionRow:
    return VersionRow(version, {one.kind: one for one in version.inputs.all()})


def case_rows(reader: Person) -> list[CaseRow]:
    """Return the cases that the reader may see, by unit and title."""
    rows = [row_of(one) for one in with_versions(BusinessCase.objects.visible_to(reader))]
    return sorted(rows, key=lambda row: (row.case.unit.name, row.case.title, row.case.code))


def changes(before: VersionRow, after: VersionRow) -> list[Change]:
    """Return the figures that differ between two versions, in their usual order."""
    found = [Change(kind, before.inputs.get(kind), after.inputs.get(kind)) for kind in CaseInput.Kind.values]
    return [one for one in found if _said(one.before) != _said(one.after)]


def _said(one: CaseInput | None) -> tuple[object, ...] | None:
    return None if one is None else (one.low, one.high, one.assumption)


def beside(block: str, unit: str, reader: Person) -> CaseRow | None:
    """Return the case to be shown beside a building block of a unit: its own, else that of the nearest unit above.

    None for another block than B2, and where the reader may see none.
    """
    here = Unit.objects.filter(code=unit).first() if block == BLOCK else None
    if here is None:
        return None
    line = [one.pk for one in here.ancestors(include_self=True)]
    near = {pk: place for place, pk in enumerate(line)}
    cases = with_versions(BusinessCase.objects.visible_to(reader).filter(unit__in=line))
    found = [row for row in map(row_of, cases) if row.versions]
    return min(found, key=lambda row: (-near[row.case.unit_id], row.case.code), default=None)
