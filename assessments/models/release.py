"""Published figures, and the integer cube they were computed from. Pages read only these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from assessments.models.cycle import Cycle, CycleUnit

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class CubePart(models.Model):
    """Exact integer sums per unit and audience; the parts of a cycle add up to its cube."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="cube_parts")
    number = models.PositiveIntegerField(default=0)
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cycle", "number"], name="cube_part_once")]


class CountPart(models.Model):
    """Sums over a range of units, while a large cycle is being counted in shares; the release takes their place."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="count_parts")
    run = models.UUIDField()  # the scoring job that asked for it
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="count_part_once")]


class Release(models.Model):
    """A set of figures that passed the audit; prepared by scoring, made visible by publishing."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="releases")
    number = models.PositiveIntegerField()
    visible = models.BooleanField(default=False)
    certificate = models.JSONField(default=dict)
    evidence_version = models.PositiveIntegerField(default=0)
    # {"level": 2, "block": "B2"}: the organisation's gated level and the block that holds it back.
    gate = models.JSONField(default=dict, blank=True)

    if TYPE_CHECKING:
        figures: RelatedManager[Figure]

    class Meta:
        ordering = ["cycle", "number"]
        constraints = [models.UniqueConstraint(fields=["cycle", "number"], name="release_number_once")]


class FigureQuerySet(models.QuerySet["Figure"]):
    def visible(self) -> Self:
        """Figures of visible releases of published cycles."""
        return self.filter(
            release__visible=True,
            release__cycle__state__in=[Cycle.State.PUBLISHED, Cycle.State.ARCHIVED],
        )


class Figure(models.Model):
    """One shown cell of scores.csv. A cell that may not be shown has no row."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="figures")
    unit = models.ForeignKey(CycleUnit, models.CASCADE, related_name="figures")
    audience = models.CharField(max_length=9)
    lens = models.CharField(max_length=40)
    dimension = models.CharField(max_length=40)
    n = models.PositiveIntegerField(null=True)
    invited = models.PositiveIntegerField(null=True)
    score = models.FloatField(null=True)
    level = models.PositiveSmallIntegerField(null=True)
    mean = models.FloatField(null=True)
    sd = models.FloatField(null=True)
    se = models.FloatField(null=True)
    ci_low = models.FloatField(null=True)
    ci_high = models.FloatField(null=True)
    alpha = models.FloatField(null=True)
    rwg = models.FloatField(null=True)
    icc1 = models.FloatField(null=True)
    icc2 = models.FloatField(null=True)
    # -1: "at most this" (near-unanimous at the lower end), +1: "at least this", 0: the figure itself.
    band = models.SmallIntegerField(default=0)

    objects: ClassVar[Any] = FigureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["release", "unit", "audience", "lens", "dimension"], name="figure_once"
            ),
            models.CheckConstraint(
                condition=Q(audience__in=["all", "staff", "manager", "evidence", "composite"]),
                name="figure_audience_known",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=100), name="score_0_to_100"
            ),
            models.CheckConstraint(condition=Q(band__in=[-1, 0, 1]), name="band_known"),
        ]
        indexes = [models.Index(fields=["release", "lens", "audience"], name="figure_by_view")]


class DistributionQuerySet(models.QuerySet["Distribution"]):
    def visible(self) -> Self:
        """Distributions of visible releases of published cycles."""
        return self.filter(
            release__visible=True,
            release__cycle__state__in=[Cycle.State.PUBLISHED, Cycle.State.ARCHIVED],
        )


class Distribution(models.Model):
    """How often each option of an item was chosen in a unit, where that may be shown; else there is no row.

    audience "all": staff and managers together, in an item and its pair; item is then that of staff.
    """

    release = models.ForeignKey(Release, models.CASCADE, related_name="distributions")
    unit = models.ForeignKey(CycleUnit, models.CASCADE, related_name="distributions")
    audience = models.CharField(max_length=7)
    item = models.CharField(max_length=40)
    # A list: people per point of the scale, the lowest first, as answered (before reverse keying).
    counts = models.JSONField()
    # People who count in the item's block and did not answer it; none for an item outside the blocks.
    missing = models.PositiveIntegerField(null=True)

    objects: ClassVar[Any] = DistributionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "unit", "audience", "item"], name="distribution_once"),
            models.CheckConstraint(
                condition=Q(audience__in=["all", "staff", "manager"]), name="distribution_audience_known"
            ),
        ]


class Analysis(models.Model):
    """A figure about the whole organisation that is no score: made at scoring, released with the figures."""

    class Kind(models.TextChoices):
        DRIVERS = "drivers"
        CARELESS = "careless"

    release = models.ForeignKey(Release, models.CASCADE, related_name="analyses")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    # What may be shown; {"withheld": why} where nothing may, or nothing can be said.
    result = models.JSONField()
    # Exact sums over k people or more, from which the result can be computed again; shown nowhere.
    basis = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "kind"], name="analysis_once"),
            models.CheckConstraint(condition=Q(kind__in=["drivers", "careless"]), name="analysis_kind_known"),
        ]
