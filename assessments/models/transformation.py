"""Transformations: named changes, and how ready the organisation is for each, hazard by hazard; named by nature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from assessments.models.checklist import ChecklistEntry
from assessments.models.framework import Framework
from organisation import permissions
from organisation.models import Person, Unit

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class TransformationQuerySet(models.QuerySet["Transformation"]):
    def visible_to(self, person: Person, action: str = "change.view") -> Self:
        """Transformations of units that the action reaches for this person."""
        if not permissions.can(person, action):
            return self.none()
        scope = permissions.scope(person, action)
        return self if scope is None else self.filter(unit__in=Unit.objects.within(scope))

    def at_work(self) -> Self:
        """Those that are planned or running."""
        return self.filter(state__in=["planned", "running"])


class Transformation(models.Model):
    """A change of an organisation or unit: what it is for, who leads it, from when to when."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        RUNNING = "running", _("running")
        FINISHED = "finished", _("finished")
        STOPPED = "stopped", _("stopped")

    code = models.CharField(_("code"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=200)
    purpose = models.TextField(_("what changes for customers"), max_length=2000, blank=True)
    framework = models.ForeignKey(Framework, models.PROTECT, related_name="transformations")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="transformations", verbose_name=_("unit"))
    owner = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )
    starts = models.DateField(_("starts"))
    ends = models.DateField(_("ends"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PLANNED)

    if TYPE_CHECKING:
        entries: RelatedManager[ReadinessEntry]

    objects: ClassVar[Any] = TransformationQuerySet.as_manager()

    class Meta:
        ordering = ["starts", "code"]
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="transformation_has_code"),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")),
                name="transformation_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "running", "finished", "stopped"]),
                name="transformation_state_known",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ReadinessEntry(models.Model):
    """How far one hazard is averted, or one point of resilience in place, in a transformation."""

    transformation = models.ForeignKey(Transformation, models.CASCADE, related_name="entries")
    key_component = models.CharField(_("key component"), max_length=20)
    state = models.CharField(_("state"), max_length=14, choices=ChecklistEntry.State)
    owner = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    due = models.DateField(_("due"), null=True, blank=True)
    evidence = models.CharField(_("evidence"), max_length=500, blank=True)
    note = models.TextField(_("note"), max_length=2000, blank=True)
    changed_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField()

    if TYPE_CHECKING:
        events: RelatedManager[ReadinessEvent]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transformation", "key_component"], name="readiness_once"),
            models.CheckConstraint(
                condition=Q(
                    state__in=["not_in_place", "planned", "partly", "in_place", "improving", "not_applicable"]
                ),
                name="readiness_state_known",
            ),
        ]


class ReadinessEvent(models.Model):
    """One step in the history of an entry: the state it was in from then on, what proved it, and who said so."""

    entry = models.ForeignKey(ReadinessEntry, models.CASCADE, related_name="events")
    state = models.CharField(max_length=14, choices=ChecklistEntry.State)
    evidence = models.CharField(max_length=500, blank=True)
    note = models.TextField(max_length=2000, blank=True)
    by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")  # empty: on the server
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=["not_in_place", "planned", "partly", "in_place", "improving", "not_applicable"]
                ),
                name="readiness_event_state_known",
            ),
        ]
