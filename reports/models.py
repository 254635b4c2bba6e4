"""What reports keep: board packs until they are made again, and to whom one was mailed. Figures stay where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.models import CycleUnit, Release
from organisation import permissions
from organisation.models import Person, Unit

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class PackQuerySet(models.QuerySet["Pack"]):
    def visible_to(self, person: Person) -> Self:
        """Packs of published figures of units that the person reaches by role, with all below them."""
        shown = self.filter(release__visible=True, release__cycle__state__in=["published", "archived"])
        if permissions.scope(person, "pack.make") is None:
            return shown
        codes = Unit.objects.visible_to(person, "pack.make").values("code")
        return shown.filter(unit__code__in=codes)


class Pack(models.Model):
    """The board pack of a unit and all below it in one release, in one language; made again, it takes its place."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="packs")
    unit = models.ForeignKey(CycleUnit, models.CASCADE, related_name="packs")
    language = models.CharField(max_length=10)
    made_at = models.DateTimeField()

    objects: ClassVar[Any] = PackQuerySet.as_manager()
    if TYPE_CHECKING:
        files: RelatedManager[PackFile]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "unit", "language"], name="pack_once"),
        ]


class PackFile(models.Model):
    """One file of a pack. In the database, so that every web process finds what a worker elsewhere has made."""

    pack = models.ForeignKey(Pack, models.CASCADE, related_name="files")
    name = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["pack", "name"], name="pack_file_once")]


class PackMailing(models.Model):
    """Whether executives are mailed the board pack after a publication: one row, or none while nobody chose."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    on_since = models.DateTimeField(_("on since"), null=True)  # cycles published before are not mailed
    days = models.PositiveSmallIntegerField(_("days after publication"), default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="one_pack_mailing"),
            models.CheckConstraint(condition=Q(days__lte=60), name="pack_mailing_days_at_most_60"),
        ]


class PackMailed(models.Model):
    """That a pack went to somebody, so that it goes once."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "person"], name="pack_mailed_once")]


class Norm(models.Model):
    """A table of other organisations' scores that this one has loaded: where they come from, and as of when."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=200)
    source = models.CharField(_("source"), max_length=300)

    if TYPE_CHECKING:
        points: RelatedManager[NormPoint]

    class Meta:
        ordering = ["title", "code"]
        constraints = [models.CheckConstraint(condition=~Q(code=""), name="norm_has_code")]


class NormPoint(models.Model):
    """The score of a block that so many of a hundred organisations of the norm do not exceed."""

    norm = models.ForeignKey(Norm, models.CASCADE, related_name="points")
    block = models.CharField(_("block"), max_length=40)
    percentile = models.PositiveSmallIntegerField(_("percentile"))
    score = models.FloatField(_("score"))

    class Meta:
        ordering = ["block", "percentile"]
        constraints = [
            models.UniqueConstraint(fields=["norm", "block", "percentile"], name="norm_point_once"),
            models.CheckConstraint(
                condition=Q(percentile__gte=1, percentile__lte=99), name="norm_percentile_1_to_99"
            ),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=100), name="norm_score_0_to_100"),
        ]
