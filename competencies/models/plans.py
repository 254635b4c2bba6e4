"""What is done about gaps: learning resources, development plans and the notes of those who talk about them."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from competencies.models.library import Competency
from organisation import permissions
from organisation.models import Person


class ResourceQuerySet(models.QuerySet["Resource"]):
    def in_use(self) -> Self:
        return self.filter(retired=False)


class Resource(models.Model):
    """Something to learn from: a course, a book, a practice on the job, a coach."""

    class Kind(models.TextChoices):
        COURSE = "course", _("course")
        READING = "reading", _("reading")
        PRACTICE = "practice", _("practice on the job")
        COACHING = "coaching", _("coaching")
        TOOL = "tool", _("tool or checklist")

    code = models.CharField(_("code"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=200)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    url = models.URLField(_("address"), max_length=500, blank=True)
    description = models.TextField(_("description"), max_length=2000, blank=True)
    competencies = models.ManyToManyField(
        Competency, related_name="resources", verbose_name=_("competencies")
    )
    retired = models.BooleanField(_("retired: offered to nobody any more"), default=False)
    retired_because = models.CharField(_("why it was retired"), max_length=300, blank=True)

    objects: ClassVar[Any] = ResourceQuerySet.as_manager()

    class Meta:
        ordering = ["title", "code"]
        verbose_name = _("learning resource")
        verbose_name_plural = _("learning resources")

    def __str__(self) -> str:
        return self.title


def _of_people(person: Person) -> Q:
    """One's own; as a manager those of one's reports; HR by scope."""
    mine = Q(person=person)
    if permissions.can(person, "rating.rate_team"):
        mine |= Q(person__manager=person)
    if permissions.can(person, "rating.view_all"):
        mine |= Q(person__in=Person.objects.visible_to(person, "rating.view_all"))
    return mine


class PlanQuerySet(models.QuerySet[Any]):
    def visible_to(self, person: Person) -> Self:
        """Those of oneself, of one's reports as a manager, and for HR of everyone in scope."""
        return self.filter(_of_people(person))


class PlanItem(models.Model):
    """One step of a person's development plan: what, with what, by when, and who sees to it."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        DOING = "in_progress", _("in progress")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")

    person = models.ForeignKey(Person, models.CASCADE, related_name="plan_items")
    competency = models.ForeignKey(Competency, models.PROTECT, related_name="plan_items")
    action = models.CharField(_("what will be done"), max_length=500)
    resource = models.ForeignKey(
        Resource, models.PROTECT, null=True, blank=True, related_name="plan_items", verbose_name=_("with")
    )
    owner = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    starts_on = models.DateField(_("begins"))
    due_on = models.DateField(_("done by"))
    state = models.CharField(_("state"), max_length=11, choices=State, default=State.PLANNED)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    reminded_on = models.DateField(null=True, editable=False)

    objects: ClassVar[Any] = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        verbose_name = _("step of a development plan")
        verbose_name_plural = _("steps of development plans")
        indexes = [models.Index(fields=["person", "competency"], name="plan_of_a_gap")]
        constraints = [
            models.CheckConstraint(condition=Q(due_on__gte=F("starts_on")), name="plan_ends_after_its_begin"),
            models.CheckConstraint(
                condition=Q(state="done", done_on__isnull=False)
                | (~Q(state="done") & Q(done_on__isnull=True)),
                name="plan_done_has_its_day",
            ),
        ]

    @property
    def is_live(self) -> bool:
        return self.state in {self.State.PLANNED, self.State.DOING}

    def is_overdue(self, today: date | None = None) -> bool:
        """Whether it should be done by now and isn't."""
        return self.is_live and self.due_on < (today or timezone.localdate())


class CoachingNote(models.Model):
    """What one of the two says to the other about the work on a plan; dated, all year round. Never changed."""

    person = models.ForeignKey(
        Person, models.CASCADE, related_name="coaching_notes"
    )  # whose development it is
    author = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    item = models.ForeignKey(PlanItem, models.SET_NULL, null=True, blank=True, related_name="notes")
    text = models.TextField(_("note"), max_length=2000)
    at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("coaching note")
        verbose_name_plural = _("coaching notes")
