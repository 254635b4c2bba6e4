"""Evidence: the state of each key component in a unit, by name, with its files, its review and its history."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.models.cycle import Cycle, CycleUnit
from organisation.models import Person

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

VERDICTS: Final = ("", "confirmed", "not_confirmed")


class ChecklistEntry(models.Model):
    """How far one key component is in place in one unit, in a cycle; named by nature."""

    class State(models.TextChoices):
        NOT_IN_PLACE = "not_in_place", _("not in place")
        PLANNED = "planned", _("planned")
        PARTLY = "partly", _("partly in place")
        IN_PLACE = "in_place", _("in place")
        IMPROVING = "improving", _("in place and improving")
        NOT_APPLICABLE = "not_applicable", _("not applicable here")

    class Verdict(models.TextChoices):
        CONFIRMED = "confirmed", _("confirmed")
        NOT_CONFIRMED = "not_confirmed", _("not confirmed")

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="entries")
    unit = models.ForeignKey(CycleUnit, models.CASCADE, related_name="entries")
    key_component = models.CharField(_("key component"), max_length=20)
    state = models.CharField(_("state"), max_length=14, choices=State)
    owner = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    due = models.DateField(_("due"), null=True, blank=True)
    evidence = models.CharField(_("evidence"), max_length=500, blank=True)
    note = models.TextField(_("note"), max_length=2000, blank=True)
    changed_at = models.DateTimeField(auto_now=True)
    # Of the state as it stands now: it is taken back when state or evidence change, and changes no figure.
    verdict = models.CharField(_("verdict"), max_length=13, choices=Verdict, blank=True)
    verdict_note = models.CharField(_("reason of the verdict"), max_length=500, blank=True)
    verdict_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    verdict_at = models.DateTimeField(null=True, blank=True)

    if TYPE_CHECKING:
        events: RelatedManager[EntryEvent]
        files: RelatedManager[EvidenceFile]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "unit", "key_component"], name="entry_once"),
            models.CheckConstraint(
                condition=Q(
                    state__in=["not_in_place", "planned", "partly", "in_place", "improving", "not_applicable"]
                ),
                name="entry_state_known",
            ),
            models.CheckConstraint(condition=Q(verdict__in=VERDICTS), name="entry_verdict_known"),
            models.CheckConstraint(
                condition=Q(verdict="", verdict_at__isnull=True)
                | (~Q(verdict="") & Q(verdict_at__isnull=False)),
                name="entry_verdict_has_date",
            ),
        ]


class EntryEvent(models.Model):
    """One step in the history of an entry: a state reached, a verdict given, a file added or removed, and by whom."""

    class Kind(models.TextChoices):
        STATE = "state", _("state")
        VERDICT = "verdict", _("verdict")
        FILE_ADDED = "file_added", _("file added")
        FILE_REMOVED = "file_removed", _("file removed")

    entry = models.ForeignKey(ChecklistEntry, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind)
    value = models.CharField(max_length=140)  # a state, a verdict, or the name of a file
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")  # empty: on the server
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["state", "verdict", "file_added", "file_removed"]),
                name="entry_event_known",
            ),
        ]

    @property
    def shown(self) -> str:
        """The state or verdict in words; the name of a file as it is."""
        choices = {**dict(ChecklistEntry.State.choices), **dict(ChecklistEntry.Verdict.choices)}
        return str(choices.get(self.value, self.value)) if self.kind in {"state", "verdict"} else self.value


class EvidenceFile(models.Model):
    """A file that proves an entry. Its content is in the data directory under `stored`, never under its name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(ChecklistEntry, models.CASCADE, related_name="files")
    stored = models.UUIDField()  # copies of an entry in later cycles share the content
    name = models.CharField(_("name"), max_length=120)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(_("size"))
    digest = models.CharField(max_length=64)  # SHA-256 of the content
    added_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["added_at", "name"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "digest"], name="a_file_once_an_entry"),
            models.CheckConstraint(condition=~Q(name=""), name="evidence_file_has_name"),
        ]
