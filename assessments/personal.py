"""What this app holds about a person, forgets of a leaver, and deletes after some days (cfm/lib/personal.py).

Answers are not here: they are stored without a name, so they are in no part and none of a leaver's is deleted.
"""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from assessments.models import (
    ChecklistEntry,
    Cycle,
    Draft,
    EntryEvent,
    EvidenceFile,
    Invitation,
    Link,
    ReadinessEntry,
    ReadinessEvent,
    Transformation,
)
from cfm.lib import personal
from cfm.lib.personal import Row


@personal.part(
    "questionnaires",
    title=_("Questionnaires you were asked to answer"),
    kept=_(
        "Who was asked, and whether an answer is in: so that it counts once and turnout is right. Nobody sees the list "
        "of names. Your answers are not here: they are stored without your name, and nobody can look yours up."
    ),
    columns=("cycle", "title", "audience", "answer_is_in"),
    where="assess",
)
def _questionnaires(pk: int) -> Iterator[Row]:
    rows = Invitation.objects.filter(person=pk).order_by("cycle")
    yield from rows.values_list("cycle__code", "cycle__title", "audience", "submitted")


@personal.part(
    "checklists",
    title=_("Entries of checklists that you see to, reviewed, changed or gave files to"),
    kept=_(
        "Checklists are named by nature: who sees to a point, who changed it, who confirmed its evidence. Seen by the "
        "managers of the unit, HR and auditors."
    ),
    columns=("cycle", "unit", "key_component", "yours", "at"),
)
def _checklists(pk: int) -> Iterator[Row]:
    place = ("cycle__code", "unit__code", "key_component")
    of_entry = [f"entry__{name}" for name in place]
    for row in ChecklistEntry.objects.filter(owner=pk).values_list(*place):
        yield [*row, "sees to it", None]
    for row in ChecklistEntry.objects.filter(verdict_by=pk).values_list(*place, "verdict_at"):
        yield [*row[:3], "gave the verdict", row[3]]
    for row in EntryEvent.objects.filter(by=pk).values_list(*of_entry, "kind", "at"):
        yield list(row)
    for row in EvidenceFile.objects.filter(added_by=pk).values_list(*of_entry, "added_at"):
        yield [*row[:3], "added a file", row[3]]


@personal.part(
    "transformations",
    title=_("Transformations that you lead, and what you said of their readiness"),
    kept=_("Named by nature, so that one knows whom to ask. Seen by managers, executives, HR and auditors."),
    columns=("transformation", "unit", "key_component", "yours"),
)
def _transformations(pk: int) -> Iterator[Row]:
    for row in Transformation.objects.filter(owner=pk).values_list("code", "unit__code"):
        yield [*row, "", "leads it"]
    place = ("transformation__code", "transformation__unit__code", "key_component")
    for row in ReadinessEntry.objects.filter(owner=pk).values_list(*place):
        yield [*row, "sees to it"]
    for row in ReadinessEntry.objects.filter(changed_by=pk).values_list(*place):
        yield [*row, "changed it last"]
    for row in ReadinessEvent.objects.filter(by=pk).values_list(*(f"entry__{name}" for name in place)):
        yield [*row, "said something of it"]


@personal.forget("links")
def _forget_links(pk: int) -> None:
    """A leaver's personal links open nothing any more."""
    Link.objects.filter(invitation__person=pk).delete()


@personal.rule("drafts")
def _dead_drafts(_before: datetime) -> int:
    return Draft.objects.exclude(cycle__state=Cycle.State.OPEN).delete()[0]


@personal.rule("links", setting="RETAIN_LINKS_DAYS")
def _old_links(before: datetime) -> int:
    over = Link.objects.exclude(invitation__cycle__state=Cycle.State.OPEN)
    return over.filter(invitation__cycle__closed_at__lt=before).delete()[0]
