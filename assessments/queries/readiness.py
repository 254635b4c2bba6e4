"""Transformations as their pages show them: hazards averted, resilience, and what to be warned of."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.instrument import Instrument, KeyComponent
from assessments.instrument.content import Advice
from assessments.models import ChecklistEntry, ReadinessEntry, ReadinessEvent, Transformation
from assessments.scoring.evidence import VALUES
from organisation.models import Person

HAZARD: Final = "hazard"
RESILIENCE: Final = "resilience"
KINDS: Final = (HAZARD, RESILIENCE)
ADVICE: Final = ("A18", "A19")  # what beginning a change well takes
LUCK: Final = "R-7"  # shown beside resilience, not scored
AT_ONCE: Final = 3  # transformations; more are told apart as too many (A19)
AVERTED: Final = frozenset({"in_place", "improving"})
TRANSFORMATION_COLUMNS: Final = (
    *("transformation", "title", "unit", "owner", "starts", "ends", "state", "purpose"),
)
HISTORY_COLUMNS: Final = ("transformation", "key_component", "state", "evidence", "note", "by", "at")
READINESS_COLUMNS: Final = ("transformation", "key_component", "state", "owner", "due", "evidence", "note")
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Line:
    """A hazard or a point of resilience, and what is said of it."""

    component: KeyComponent
    entry: ReadinessEntry | None

    @property
    def state(self) -> str:
        return self.entry.state if self.entry else ""

    @property
    def criterion(self) -> Any:
        """What the state looks like."""
        return self.component.criteria.get(self.state, "")

    @property
    def averted(self) -> bool:
        return self.state in AVERTED

    @property
    def counts(self) -> bool:
        return self.state != ChecklistEntry.State.NOT_APPLICABLE


@dataclass(frozen=True)
class Warned:
    """Something that endangers a change. urgent: it is known to be so; else it is open or late."""

    sentence: str
    transformation: Transformation | None = None
    urgent: bool = False


@dataclass(frozen=True)
class Readiness:
    """How ready a unit is for a transformation."""

    transformation: Transformation
    hazards: Sequence[Line]
    resilience: Sequence[Line]
    warnings: Sequence[Warned] = ()

    @property
    def counted(self) -> int:
        """How many hazards apply."""
        return sum(line.counts for line in self.hazards)

    @property
    def averted(self) -> int:
        return sum(line.averted for line in self.hazards)

    @property
    def score(self) -> float | None:
        """Resilience, 0 to 100: the mean over the points of which something is said, as for evidence; None for none."""
        values = [VALUES[line.state] for line in self.resilience if line.state in VALUES]
        return sum(values) / len(values) if values else None

    @property
    def rated(self) -> int:
        """How many points of resilience the score rests on."""
        return sum(line.state in VALUES for line in self.resilience)


def transformations(person: Person, action: str = "change.view") -> QuerySet[Transformation]:
    """Return what the person may see, with all that a page shows of it."""
    rows: QuerySet[Transformation] = Transformation.objects.visible_to(person, action)
    return rows.select_related("unit", "owner", "framework").defer("framework__source")


def readiness(rows: Iterable[Transformation], *, today: date) -> list[Readiness]:
    """Return how ready units are for these transformations, with warnings for those at work. One query."""
    listed = list(rows)
    said: defaultdict[int, dict[str, ReadinessEntry]] = defaultdict(dict)
    entries = ReadinessEntry.objects.filter(transformation__in=listed).select_related("owner", "changed_by")
    for entry in entries:
        said[entry.transformation_id][entry.key_component] = entry
    return [_ready(row, said[row.pk], today) for row in listed]


def _ready(row: Transformation, said: Mapping[str, ReadinessEntry], today: date) -> Readiness:
    hazards, resilience = ([Line(c, said.get(c.code)) for c in components(row, kind)] for kind in KINDS)
    found = Readiness(row, hazards, resilience)
    at_work = row.state in {Transformation.State.PLANNED, Transformation.State.RUNNING}
    return replace(found, warnings=list(_warnings(found, today))) if at_work else found


def components(row: Transformation, *kinds: str) -> list[KeyComponent]:
    """Return the framework's points of these kinds (hazard, resilience)."""
    instrument: Instrument = row.framework.instrument
    return [component for component in instrument.key_components if component.kind in kinds]


def advice(instrument: Instrument, *codes: str) -> list[Advice]:
    """Return the framework's advice with these codes, as far as it has them."""
    return [one for one in instrument.advice if one.code in codes]


def all_warnings(found: Sequence[Readiness]) -> list[Warned]:
    """Return what to be warned of over all transformations, the urgent first."""
    running = sum(one.transformation.state == Transformation.State.RUNNING for one in found)
    listed = [warning for one in found for warning in one.warnings]
    if running > AT_ONCE:
        sentence = _(
            "{n} changes run at once. More tools are no better: finish a few properly before adding more."
        )
        listed.append(Warned(sentence.format(n=running)))
    return sorted(listed, key=lambda warning: not warning.urgent)


def _warnings(found: Readiness, today: date) -> Iterator[Warned]:
    yield from _of_plan(found.transformation, today)
    for kind, lines in ((HAZARD, found.hazards), (RESILIENCE, found.resilience)):
        unsaid = [line for line in lines if not line.state]
        if unsaid:
            yield Warned(_unsaid(kind, len(unsaid), len(lines)), found.transformation)
        for line in lines:
            yield from _of_line(found.transformation, kind, line, today)


def _of_plan(row: Transformation, today: date) -> Iterator[Warned]:
    if row.owner is None:
        yield Warned(_("Nobody leads this change."), row, urgent=True)
    if row.state == Transformation.State.PLANNED and row.starts < today:
        yield Warned(_("It was to start on {day}.").format(day=date_format(row.starts, "j F Y")), row)
    if row.ends and row.ends < today:
        yield Warned(_("It was to end on {day}.").format(day=date_format(row.ends, "j F Y")), row)


def _unsaid(kind: str, count: int, total: int) -> str:
    if kind == HAZARD:
        text = ngettext(
            "Nothing is said yet of {n} of {total} hazards.",
            "Nothing is said yet of {n} of {total} hazards.",
            count,
        )
    else:
        text = ngettext(
            "Nothing is said yet of {n} of {total} points of resilience.",
            "Nothing is said yet of {n} of {total} points of resilience.",
            count,
        )
    return text.format(n=count, total=total)


def _of_line(row: Transformation, kind: str, line: Line, today: date) -> Iterator[Warned]:
    """Yield at most one warning: what is wrong with the point, and that its date has passed."""
    title, told = str(line.component.title), ""
    late = _late(line, today)
    if line.state == ChecklistEntry.State.NOT_IN_PLACE:
        told = title if kind == HAZARD else _("{point} is not in place").format(point=title)
        told = f"{told}. {line.criterion}".strip()
    elif line.state == ChecklistEntry.State.PLANNED and kind == HAZARD:
        told = _("{hazard}: a remedy is only planned.").format(hazard=title)
    elif late:
        told = f"{title}."
    if told:
        urgent = kind == HAZARD and line.state == ChecklistEntry.State.NOT_IN_PLACE
        yield Warned(f"{told} {late}".strip(), row, urgent=urgent)


def _late(line: Line, today: date) -> str:
    """Say that the point should have been settled by now; empty where it need not."""
    due = line.entry.due if line.entry else None
    if due is None or due >= today or line.state in AVERTED or not line.counts:
        return ""
    return _("It was due on {day}.").format(day=date_format(due, "j F Y"))


def transformation_rows(person: Person) -> Iterator[Row]:
    """Yield transformations.csv: what the person may see. One query."""
    columns = (*("code", "title", "unit__code", "owner__person_id", "starts", "ends", "state", "purpose"),)
    rows = Transformation.objects.visible_to(person).order_by("code")
    yield from rows.values_list(*columns).iterator(chunk_size=2000)


def readiness_rows(person: Person) -> Iterator[Row]:
    """Yield readiness.csv: what is said of the transformations that the person may see. One query."""
    columns = (
        *("transformation__code", "key_component", "state", "owner__person_id", "due", "evidence", "note"),
    )
    rows = ReadinessEntry.objects.filter(transformation__in=Transformation.objects.visible_to(person))
    ordered = rows.order_by("transformation__code", "key_component")
    yield from ordered.values_list(*columns).iterator(chunk_size=2000)


def history(row: Transformation) -> QuerySet[ReadinessEvent]:
    """Return what was said of the transformation's hazards and resilience, the newest first. One query."""
    events: QuerySet[ReadinessEvent] = ReadinessEvent.objects.filter(entry__transformation=row)
    return events.select_related("entry", "by").order_by("-pk")


def history_rows(person: Person) -> Iterator[Row]:
    """Yield readiness-history.csv: a row a step, the oldest first. One query."""
    events = ReadinessEvent.objects.filter(
        entry__transformation__in=Transformation.objects.visible_to(person)
    )
    columns = ("entry__transformation__code", "entry__key_component", "state", "evidence", "note")
    ordered = events.order_by("pk").values_list(*columns, "by__person_id", "at")
    yield from ordered.iterator(chunk_size=2000)
