"""Checklists as their pages show them. Units are those of the frozen tree, reached by the person's scope."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from assessments.instrument import Instrument, KeyComponent
from assessments.models import ChecklistEntry, Cycle, CycleUnit, Framework
from organisation import permissions
from organisation.models import Person, Unit

READABLE: Final = (
    Cycle.State.OPEN,
    Cycle.State.CLOSED,
    Cycle.State.SCORED,
    Cycle.State.PUBLISHED,
    Cycle.State.ARCHIVED,
)
AT_WORK: Final = (Cycle.State.OPEN, Cycle.State.CLOSED, Cycle.State.SCORED)
DONE: Final = (
    ChecklistEntry.State.IN_PLACE,
    ChecklistEntry.State.IMPROVING,
    ChecklistEntry.State.NOT_APPLICABLE,
)
MOST_ON_A_PAGE: Final = 40  # components, so that a form stays far below Django's 1,000 fields


@dataclass(frozen=True)
class Section:
    """One page of a checklist: the key components of a block, or of a kind that stands outside the blocks."""

    number: int
    code: str
    title: Any
    components: tuple[KeyComponent, ...]


@dataclass(frozen=True)
class Reviewed:
    """What reviewers made of the entries of something: confirmed, not confirmed, and not looked at yet."""

    confirmed: int = 0
    not_confirmed: int = 0
    open: int = 0

    @property
    def total(self) -> int:
        return self.confirmed + self.not_confirmed + self.open


@dataclass(frozen=True)
class Filled:
    """How much of something is said: entries of total; and what reviewers made of it."""

    thing: Any
    entries: int
    total: int
    reviewed: Reviewed = field(default_factory=Reviewed)


def cycles(person: Person) -> QuerySet[Cycle]:
    """Return the opened cycles with a unit whose checklist the person may see, the newest first."""
    found: QuerySet[Cycle] = Cycle.objects.filter(state__in=READABLE).select_related("framework")
    if not permissions.can(person, "checklist.view"):
        return found.none()
    scope = permissions.scope(person, "checklist.view")
    if scope is None:
        return found
    return found.filter(units__code__in=Unit.objects.within(scope).values("code")).distinct()


def units(person: Person, cycle: Cycle, action: str) -> QuerySet[CycleUnit]:
    """Return the cycle's units that the action reaches for the person, in tree order."""
    found = cycle.units.order_by("position")
    if not permissions.can(person, action):
        return found.none()
    scope = permissions.scope(person, action)
    return found if scope is None else found.filter(code__in=Unit.objects.within(scope).values("code"))


def units_filled(person: Person, cycle: Cycle) -> list[Filled]:
    """Return the units whose checklist the person may see, with how much is said. Two queries."""
    total = len(cycle.framework.instrument.key_components)
    rows = ChecklistEntry.objects.filter(cycle=cycle).order_by().values_list("unit", "verdict")
    counts: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for unit, verdict, count in rows.annotate(count=Count("pk")):
        counts[unit][verdict] = count
    return [
        Filled(unit, sum(counts[unit.pk].values()), total, _reviewed(counts[unit.pk]))
        for unit in units(person, cycle, "checklist.view")
    ]


def _reviewed(counts: Mapping[str, int]) -> Reviewed:
    """Return what reviewers made of entries. counts: verdict (empty: none yet) → how many."""
    return Reviewed(counts.get("confirmed", 0), counts.get("not_confirmed", 0), counts.get("", 0))


def entries(cycle: Cycle, unit: CycleUnit) -> dict[str, ChecklistEntry]:
    """Return a unit's entries by key component. One query."""
    rows = ChecklistEntry.objects.filter(cycle=cycle, unit=unit).select_related("owner")
    return {entry.key_component: entry for entry in rows.annotate(n_files=Count("files"))}


def next_to_review(cycle: Cycle, unit: CycleUnit, after: str) -> str:
    """Return the key component of the unit's next entry without a verdict, in page order; empty for none."""
    waiting = set(
        ChecklistEntry.objects.filter(cycle=cycle, unit=unit, verdict="").values_list(
            "key_component", flat=True
        )
    )
    order = [part.code for section in sections(cycle.framework.instrument) for part in section.components]
    start = order.index(after) + 1 if after in order else 0
    return next((code for code in [*order[start:], *order[:start]] if code in waiting), "")


def copy_source(cycle: Cycle, units: Collection[str]) -> Cycle | None:
    """Return the newest cycle opened before this one in which something is said of these units (codes)."""
    if cycle.opened_at is None:
        return None
    earlier = Cycle.objects.filter(state__in=READABLE, opened_at__lt=cycle.opened_at)
    said = ChecklistEntry.objects.filter(unit__code__in=units).values("cycle")
    found: Cycle | None = earlier.filter(pk__in=said).order_by("-opened_at", "-pk").first()
    return found


def to_copy(source: Cycle, cycle: Cycle, units: Collection[str]) -> list[ChecklistEntry]:
    """Return what the source says of these units (codes) and the cycle could take over: known there, not said yet."""
    there = set(ChecklistEntry.objects.filter(cycle=cycle).values_list("unit__code", "key_component"))
    places = set(cycle.units.filter(code__in=units).values_list("code", flat=True))
    known = cycle.framework.instrument.key_components_by_code
    rows = ChecklistEntry.objects.filter(cycle=source, unit__code__in=places, key_component__in=known)
    return [
        entry
        for entry in rows.select_related("unit", "owner").order_by("unit__position", "key_component")
        if (entry.unit.code, entry.key_component) not in there
    ]


def sections_filled(instrument: Instrument, said: dict[str, ChecklistEntry]) -> list[Filled]:
    """Return the pages of a checklist with how much is said on each."""
    return [
        _section_filled(section, [said[part.code] for part in section.components if part.code in said])
        for section in sections(instrument)
    ]


def _section_filled(section: Section, said: Sequence[ChecklistEntry]) -> Filled:
    verdicts = [entry.verdict for entry in said]
    counts = {verdict: verdicts.count(verdict) for verdict in set(verdicts)}
    return Filled(section, len(said), len(section.components), _reviewed(counts))


def section_of(instrument: Instrument, component: str) -> Section | None:
    """Return the page on which a key component stands."""
    return next(
        (one for one in sections(instrument) if component in {part.code for part in one.components}), None
    )


def blocks_reviewed(
    cycle: int, instrument: Instrument, lens: str, positions: Collection[int]
) -> dict[str, Reviewed]:
    """Return what reviewers made of the evidence in each dimension of a lens. One query.

    cycle: its id; positions: of the units to look at, all of the cycle for none.
    """
    drawn = {
        component.code: component.dimensions[lens]
        for component in instrument.key_components
        if component.is_evidence and lens in component.dimensions
    }
    rows = ChecklistEntry.objects.filter(cycle=cycle, key_component__in=drawn).exclude(
        state=ChecklistEntry.State.NOT_APPLICABLE
    )
    if positions:
        rows = rows.filter(unit__position__in=positions)
    found: defaultdict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    counted = rows.order_by().values_list("key_component", "verdict").annotate(count=Count("pk"))
    for code, verdict, count in counted:
        found[drawn[code]][verdict] += count
    return {dimension: _reviewed(counts) for dimension, counts in found.items()}


@dataclass(frozen=True)
class Missing:
    """A key component that is not in place yet. state: in words; url: of its entry."""

    code: str
    title: Any
    state: Any
    url: str


def missing(cycle: int, framework: Framework, unit: str) -> dict[str, list[Missing]]:
    """Return by block what a unit (its code) lacks as evidence: what is furthest from being in place, then the unsaid.

    cycle: the id of a cycle. Links go to the newest cycle of the same framework that still takes entries, where the
    unit is in one. Two queries.
    """
    instrument: Instrument = framework.instrument
    said = dict(
        ChecklistEntry.objects.filter(cycle=cycle, unit__code=unit).values_list("key_component", "state")
    )
    open_ = Cycle.objects.filter(state__in=AT_WORK, framework=framework, units__code=unit)
    codes = Cycle.objects.filter(pk=cycle) | open_
    newest = codes.distinct().order_by("-opened_at", "-pk").values_list("code", flat=True).first()
    order = list(ChecklistEntry.State.values)
    found: defaultdict[str, list[tuple[int, Missing]]] = defaultdict(list)
    for component in instrument.key_components:
        block, state = component.dimensions.get(instrument.primary.code), said.get(component.code, "")
        if not component.is_evidence or block is None or state in DONE:
            continue
        label = ChecklistEntry.State(state).label if state else _("nothing said yet")
        url = reverse("checklist_entry", args=[newest, unit, component.code])
        rank = order.index(state) if state else len(order)
        found[block].append((rank, Missing(component.code, component.title, label, url)))
    return {
        block: [one for _rank, one in sorted(rows, key=lambda pair: pair[0])] for block, rows in found.items()
    }


def sections(instrument: Instrument) -> list[Section]:
    """Return the pages of a checklist: a page a block (more for a long one), then what is outside the blocks."""
    pages = (
        (code, title, part) for code, title, components in _groups(instrument) for part in _parts(components)
    )
    return [Section(number, *page) for number, page in enumerate(pages, start=1)]


def _groups(instrument: Instrument) -> Iterator[tuple[str, Any, Sequence[KeyComponent]]]:
    lens = instrument.primary.code
    evidence = [component for component in instrument.key_components if component.is_evidence]
    for block in instrument.blocks:
        yield block.code, block.title, [c for c in evidence if c.dimensions.get(lens) == block.code]
    yield "", _("Outside the blocks"), [c for c in evidence if lens not in c.dimensions]
    for kind, title in (("hazard", _("Change hazards")), ("resilience", _("Resilience"))):
        yield "", title, [c for c in instrument.key_components if c.kind == kind]


def _parts(components: Sequence[KeyComponent]) -> Iterator[tuple[KeyComponent, ...]]:
    for start in range(0, len(components), MOST_ON_A_PAGE):
        yield tuple(components[start : start + MOST_ON_A_PAGE])
