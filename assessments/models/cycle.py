"""The assessment cycle, and the unit tree as it stood when the cycle opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from assessments.models.framework import Framework
from organisation import permissions
from organisation.models import Person, Unit

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Audience(models.TextChoices):
    STAFF = "staff", _("staff")
    MANAGER = "manager", _("managers")


AUDIENCES: Final = tuple(Audience.values)
# Parts of addresses that stand where a cycle's code does: the form for a new one, links, access codes, the switch.
RESERVED_CODES: Final = frozenset({"new", "t", "code", "language"})


class CycleQuerySet(models.QuerySet["Cycle"]):
    def published(self) -> Self:
        """Cycles whose figures may be read, the oldest first."""
        return self.filter(state__in=[Cycle.State.PUBLISHED, Cycle.State.ARCHIVED]).order_by(
            "closed_at", "pk"
        )

    def visible_to(self, person: Person) -> Self:
        """Cycles that this person may run or look at from the side of those who run them."""
        if not permissions.can(person, "cycle.view"):
            return self.none()
        scope = permissions.scope(person, "cycle.view")
        if scope is None:
            return self
        codes = Unit.objects.within(scope).values("code")
        return self.filter(Q(units__code__in=codes) | Q(state=Cycle.State.DRAFT)).distinct()


class Cycle(models.Model):
    """One round of asking: draft → open → closed → scored → published → archived; draft → cancelled."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")
        SCORED = "scored", _("scored")
        PUBLISHED = "published", _("published")
        ARCHIVED = "archived", _("archived")
        CANCELLED = "cancelled", _("cancelled")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=200)
    framework = models.ForeignKey(
        Framework, models.PROTECT, related_name="cycles", verbose_name=_("framework")
    )
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.DRAFT)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    k = models.PositiveSmallIntegerField(
        _("fewest answers for a figure"), default=5, validators=[MaxValueValidator(1000)]
    )
    k_comments = models.PositiveSmallIntegerField(
        _("fewest answers for comments"), default=10, validators=[MaxValueValidator(1000)]
    )
    # Who is asked: codes of units, each with those below (empty: everyone), and one audience (empty: both).
    scope = models.JSONField(_("units asked"), default=list, blank=True)
    only_audience = models.CharField(_("audience asked"), max_length=7, choices=Audience, blank=True)
    # Languages the questionnaire is offered in; empty: all in which the framework is complete.
    languages = models.JSONField(_("languages"), default=list, blank=True)
    turnout_goal = models.PositiveSmallIntegerField(_("turnout aimed at, in per cent"), default=70)
    # The answers, already without names, are deleted so many days after the publication; sums of k people stay.
    keep_days = models.PositiveSmallIntegerField(
        _("days the answers are kept after publication"), default=30, validators=[MaxValueValidator(3650)]
    )
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)

    # Frozen at opening.
    item_digest = models.CharField(max_length=64, blank=True)  # SHA-256 of the frozen order of items
    public_key = models.BinaryField(max_length=32, null=True)
    key_fingerprint = models.CharField(max_length=64, blank=True)

    # Written by the close: {submitted, paper, counted, spoiled, key, destroyed_at}; later {answers_deleted_at, …}.
    close_certificate = models.JSONField(default=dict, blank=True)
    # Raised by every change of a checklist entry, so that publishing knows whether the score is of today's.
    evidence_version = models.PositiveIntegerField(default=0)

    if TYPE_CHECKING:
        units: RelatedManager[CycleUnit]

    objects: ClassVar[Any] = CycleQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(k__gte=5), name="k_at_least_5"),
            models.CheckConstraint(condition=Q(k_comments__gte=10), name="k_comments_at_least_10"),
            models.CheckConstraint(
                condition=Q(only_audience__in=["", "staff", "manager"]), name="cycle_audience_known"
            ),
            models.CheckConstraint(
                condition=Q(turnout_goal__gte=1, turnout_goal__lte=100), name="turnout_goal_in_per_cent"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["draft", "open", "closed", "scored", "published", "archived", "cancelled"]
                ),
                name="cycle_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"])
                | Q(public_key__isnull=False, opened_at__isnull=False),
                name="opened_cycle_has_key",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def offered_languages(self) -> tuple[str, ...]:
        """The languages that respondents can choose, as the framework names them; at least one."""
        complete = self.framework.instrument.languages
        chosen = tuple(code for code in complete if code in self.languages)
        return chosen or complete or (next(iter(self.framework.instrument.title.languages)),)

    @property
    def is_published(self) -> bool:
        return self.state in {self.State.PUBLISHED, self.State.ARCHIVED}


class CycleUnit(models.Model):
    """A unit as it stood when the cycle opened: name, place in the tree, heads per audience (this unit alone)."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="units")
    position = models.PositiveIntegerField()  # 0 is the root; a parent comes before its children
    parent_position = models.IntegerField()  # -1 for the root
    depth = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    staff_invited = models.PositiveIntegerField(default=0)
    manager_invited = models.PositiveIntegerField(default=0)
    # Where the answers of this unit's people count at least, told to them before the first question.
    notice_position = models.IntegerField(default=-1)  # -1: too few people anywhere

    class Meta:
        ordering = ["cycle", "position"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "position"], name="cycle_unit_position_once"),
            models.UniqueConstraint(fields=["cycle", "code"], name="cycle_unit_code_once"),
            models.CheckConstraint(
                condition=Q(parent_position__lt=F("position")), name="parent_before_child"
            ),
        ]

    def __str__(self) -> str:
        return self.name
