"""Who read whose named ratings goes into the audit log, and each person can look it up."""

from collections.abc import Iterable
from typing import Any

from assessments.models import Cycle
from cfm.lib import audit
from organisation import permissions
from organisation.models import Person


def note_person(*, reader: Person, person: Person, cycle: Cycle | None = None) -> None:
    """Note that the reader saw one person's ratings; nothing for one's own."""
    if reader.pk != person.pk:
        details = {"cycle": cycle.code} if cycle else {}
        subject, why = f"person/{person.pk}", _why(reader, person)
        audit.record_reading("rating.read", subject, by=reader.pk, people=[person.pk], why=why, **details)


def note_plan(*, reader: Person, person: Person) -> None:
    """Note that the reader saw a step of one person's development plan; nothing for one's own."""
    if reader.pk != person.pk:
        subject, why = f"person/{person.pk}", _why(reader, person)
        audit.record_reading("plan.read", subject, by=reader.pk, people=[person.pk], why=why)


def note_list(*, reader: Person, people: Iterable[int], why: str, **details: Any) -> None:
    """Note that the reader saw a list of named gaps with these people on it."""
    others = set(people) - {reader.pk}
    audit.record_reading("gaps.read", "gaps", by=reader.pk, people=others, why=why, **details)


def _why(reader: Person, person: Person) -> str:
    if person.manager_id == reader.pk:
        return "line_manager"
    if reader.sheets_to_rate.filter(person=person).exists():
        return "rater"
    return "hr" if permissions.can(reader, "rating.view_all") else "plan_owner"
