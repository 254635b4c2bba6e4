"""checklist.csv in the form in which it is imported, and the history of entries, within a person's reach."""

from collections.abc import Iterator
from typing import Any, Final

from assessments.models import ChecklistEntry, Cycle, EntryEvent
from assessments.queries.checklists import units
from organisation.models import Person

ENTRY_COLUMNS: Final = ("cycle", "unit", "key_component", "state", "owner", "due", "evidence", "note")
EVENT_COLUMNS: Final = ("cycle", "unit", "key_component", "what", "value", "note", "by", "at")
Row = tuple[Any, ...]


def entry_rows(person: Person, cycle: Cycle) -> Iterator[Row]:
    """Yield the entries that the person may see, in the order of units and components. One query."""
    rows = ChecklistEntry.objects.filter(cycle=cycle, unit__in=units(person, cycle, "checklist.view"))
    columns = (
        "cycle__code",
        "unit__code",
        "key_component",
        "state",
        "owner__person_id",
        "due",
        "evidence",
        "note",
    )
    yield from (
        rows.order_by("unit__position", "key_component").values_list(*columns).iterator(chunk_size=2000)
    )


def event_rows(person: Person, cycle: Cycle) -> Iterator[Row]:
    """Yield what happened to the entries that the person may see, the oldest first. One query."""
    reached = units(person, cycle, "checklist.view")
    rows = EntryEvent.objects.filter(entry__cycle=cycle, entry__unit__in=reached).order_by("pk")
    columns = (
        *("entry__cycle__code", "entry__unit__code", "entry__key_component"),
        *("kind", "value", "note", "by__person_id", "at"),
    )
    yield from rows.values_list(*columns).iterator(chunk_size=2000)
