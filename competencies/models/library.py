"""The library: competencies with observable behaviours, and what each job role asks of them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from competencies.levels import SCALE_MAX, SCALE_MIN
from organisation.models import JobRole

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

ON_SCALE = [MinValueValidator(SCALE_MIN), MaxValueValidator(SCALE_MAX)]


class Kind(models.TextChoices):
    CORE = "core", _("core: asked of everyone")
    ROLE = "role", _("role-specific")


class Group(models.TextChoices):
    """For whom a role-specific competency is written; profiles decide who needs it."""

    FRONT_LINE = "front_line", _("front line")
    SUPERVISORS = "supervisors", _("supervisors")
    MANAGERS = "managers", _("managers")
    EXECUTIVES = "executives", _("executives")
    SUPPORT = "support", _("support functions")


class CompetencyQuerySet(models.QuerySet["Competency"]):
    def in_use(self) -> Self:
        """Competencies that may be required; retired ones stay for their history only."""
        return self.filter(retired=False)


class Competency(models.Model):
    """Something people can do that serves customers. `slot`: its fixed place in packed levels."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind)
    group = models.CharField(_("written for"), max_length=11, choices=Group, blank=True)
    definition = models.TextField(_("definition"), max_length=2000, blank=True)
    source = models.JSONField(default=list, blank=True)  # codes of the ideas it comes from
    slot = models.PositiveSmallIntegerField(unique=True, editable=False)
    retired = models.BooleanField(_("retired: asked of nobody any more"), default=False)

    if TYPE_CHECKING:
        behaviours: RelatedManager[Behaviour]

    objects: ClassVar[Any] = CompetencyQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "code"]
        verbose_name = _("competency")
        verbose_name_plural = _("competencies")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["core", "role"]), name="competency_kind_known"),
            models.CheckConstraint(condition=~Q(code=""), name="competency_has_code"),
        ]

    def __str__(self) -> str:
        return self.name


class Behaviour(models.Model):
    """What one can see somebody do at one level."""

    competency = models.ForeignKey(Competency, models.CASCADE, related_name="behaviours")
    level = models.PositiveSmallIntegerField(_("level"), validators=ON_SCALE)
    text = models.TextField(_("behaviour"), max_length=1000)

    class Meta:
        ordering = ["competency", "level"]
        constraints = [
            models.UniqueConstraint(fields=["competency", "level"], name="behaviour_once_a_level"),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="behaviour_level_on_scale"),
        ]


class Requirement(models.Model):
    """A line of a role profile: the level a job role asks of a competency, and how much it matters there."""

    job_role = models.ForeignKey(JobRole, models.CASCADE, related_name="requirements")
    competency = models.ForeignKey(Competency, models.CASCADE, related_name="requirements")
    required_level = models.PositiveSmallIntegerField(_("required level"), validators=ON_SCALE)
    importance = models.DecimalField(
        _("importance"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )

    class Meta:
        ordering = ["job_role", "competency"]
        constraints = [
            models.UniqueConstraint(fields=["job_role", "competency"], name="required_once_a_role"),
            models.CheckConstraint(condition=Q(required_level__range=(1, 5)), name="required_level_on_scale"),
            models.CheckConstraint(condition=Q(importance__range=(0, 100)), name="importance_in_range"),
        ]
