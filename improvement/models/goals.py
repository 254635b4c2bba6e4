"""The four-year framework (P01): goals → outputs → indicators → strategies → resources, from organisation to people."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Final, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from improvement.models.reach import led_units, within
from organisation import permissions
from organisation.models import Person, Unit

MAX_TITLE: Final = 200
MAX_TEXT: Final = 300
MAX_WHY: Final = 2000


class GoalFrameworkQuerySet(models.QuerySet["GoalFramework"]):
    def running(self, today: date) -> Self:
        """Frameworks whose years hold this day."""
        return self.filter(starts_on__lte=today, ends_on__gte=today)


class GoalFramework(models.Model):
    """The years for which goals are set, four as a rule."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=MAX_TITLE)
    starts_on = models.DateField(_("begins"))
    ends_on = models.DateField(_("ends"))
    currency = models.CharField(_("currency of budgets"), max_length=3, default="EUR")

    objects: ClassVar[Any] = GoalFrameworkQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "code"]
        verbose_name = _("framework of goals")
        verbose_name_plural = _("frameworks of goals")
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="goal_framework_has_code"),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="goal_framework_ends_after_its_begin"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class GoalQuerySet(models.QuerySet["Goal"]):
    def visible_to(self, person: Person) -> Self:
        """Goals of the units above one's own and of one's own unit, one's own goals, and what one's roles reach."""
        own_line = [unit.pk for unit in person.unit.ancestors(include_self=True)]
        seen = Q(person=None, unit__in=own_line) | Q(person=person) | Q(owner=person)
        if permissions.can(person, "goal.view_units"):
            seen |= Q(person=None) & within("unit", permissions.scope(person, "goal.view_units"))
        if permissions.can(person, "goal.view_people"):
            seen |= Q(person__isnull=False) & within(
                "person__unit", permissions.scope(person, "goal.view_people")
            )
        return self.filter(seen)

    def editable_by(self, person: Person) -> Self:
        """Goals of units and people whom the person may set goals for."""
        seen = Q(person=None, unit__in=led_units(person))
        if permissions.can(person, "goal.edit"):
            scope = permissions.scope(person, "goal.edit")
            seen |= (Q(person=None) & within("unit", scope)) | (
                Q(person__isnull=False) & within("person__unit", scope)
            )
        return self.filter(seen)

    def reportable_by(self, person: Person) -> Self:
        """Goals whose progress the person may report: those editable, owned, or one's own."""
        editable = Goal.objects.editable_by(person).values("pk")
        return self.filter(Q(pk__in=editable) | Q(person=person) | Q(owner=person))

    def of(self, person: Person) -> Self:
        """Goals set for this person or seen to by them."""
        return self.filter(Q(person=person) | Q(owner=person))

    def in_force(self) -> Self:
        """Goals that were not dropped."""
        return self.exclude(state=Goal.State.DROPPED)


class Goal(models.Model):
    """What the organisation, a unit or a person wants to reach for customers, until when."""

    class State(models.TextChoices):
        ACTIVE = "active", _("pursued")
        ACHIEVED = "achieved", _("achieved")
        DROPPED = "dropped", _("given up")

    framework = models.ForeignKey(
        GoalFramework, models.PROTECT, related_name="goals", verbose_name=_("framework")
    )
    code = models.CharField(_("code"), max_length=40, unique=True)
    title = models.CharField(_("goal"), max_length=MAX_TITLE)
    why = models.TextField(_("why, and for which customers"), max_length=MAX_WHY, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="goals", verbose_name=_("unit"))
    # A person's goal goes with the person: without its person it would be shown as the unit's.
    person = models.ForeignKey(
        Person, models.CASCADE, null=True, blank=True, related_name="goals", verbose_name=_("person")
    )
    owner = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("seen to by")
    )
    parent = models.ForeignKey(
        "self", models.RESTRICT, null=True, blank=True, related_name="children", verbose_name=_("serves")
    )
    block = models.CharField(_("building block"), max_length=20, blank=True)
    key_components = models.JSONField(_("key components"), default=list, blank=True)
    starts_on = models.DateField(_("begins"))
    due_on = models.DateField(_("reached by"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ACTIVE)
    closing_note = models.CharField(_("what came of it"), max_length=MAX_TEXT, blank=True)
    target_score = models.DecimalField(
        _("target score of the block"),
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    target_cycle = models.CharField(_("in the cycle"), max_length=40, blank=True)

    objects: ClassVar[Any] = GoalQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="goal_has_code"),
            models.CheckConstraint(condition=Q(due_on__gt=F("starts_on")), name="goal_due_after_its_begin"),
            models.CheckConstraint(
                condition=Q(state__in=["active", "achieved", "dropped"]), name="goal_state_known"
            ),
            models.CheckConstraint(
                condition=Q(target_score__isnull=True) | Q(target_score__gte=0, target_score__lte=100),
                name="goal_target_score_in_range",
            ),
            models.CheckConstraint(
                condition=Q(target_score__isnull=True) | (~Q(block="") & Q(person__isnull=True)),
                name="goal_target_score_of_a_block_and_unit",
            ),
            models.CheckConstraint(condition=~Q(parent=F("pk")), name="goal_serves_another"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE


class Part(models.Model):
    """A numbered part of a goal; each kind of part names its goal."""

    number = models.PositiveSmallIntegerField(_("number"))
    text = models.CharField(_("text"), max_length=MAX_TEXT)

    class Meta:
        abstract = True
        ordering = ["goal", "number"]
        constraints = [models.UniqueConstraint(fields=["goal", "number"], name="%(class)s_number_once")]

    def __str__(self) -> str:
        return self.text


class Output(Part):
    """Something delivered on the way to a goal."""

    goal = models.ForeignKey(Goal, models.CASCADE, related_name="outputs")
    due_on = models.DateField(_("due"), null=True, blank=True)
    delivered_on = models.DateField(_("delivered on"), null=True, blank=True)

    class Meta(Part.Meta):
        verbose_name = _("output")
        verbose_name_plural = _("outputs")

    def is_late(self, today: date) -> bool:
        """Whether it should be delivered by now and isn't."""
        return self.delivered_on is None and self.due_on is not None and self.due_on < today


class Indicator(Part):
    """What is measured to know whether the goal is reached: from a baseline to a target."""

    goal = models.ForeignKey(Goal, models.CASCADE, related_name="indicators")
    output = models.ForeignKey(
        Output, models.SET_NULL, null=True, blank=True, related_name="indicators", verbose_name=_("of output")
    )
    measure = models.CharField(_("unit of measure"), max_length=40, blank=True)
    baseline = models.DecimalField(_("baseline"), max_digits=14, decimal_places=4)
    target = models.DecimalField(_("target"), max_digits=14, decimal_places=4)

    class Meta(Part.Meta):
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        constraints = [
            *Part.Meta.constraints,
            models.CheckConstraint(condition=~Q(baseline=F("target")), name="indicator_has_a_way_to_go"),
        ]


class Actual(models.Model):
    """A figure of an indicator on a day."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="actuals")
    on = models.DateField(_("measured on"))
    value = models.DecimalField(_("figure"), max_digits=14, decimal_places=4)
    note = models.CharField(_("note"), max_length=MAX_TEXT, blank=True)

    class Meta:
        ordering = ["indicator", "on"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "on"], name="one_figure_a_day"),
        ]


class Strategy(Part):
    """How the goal is to be reached."""

    goal = models.ForeignKey(Goal, models.CASCADE, related_name="strategies")

    class Meta(Part.Meta):
        verbose_name = _("strategy")
        verbose_name_plural = _("strategies")


class Resource(Part):
    """Money or working days for one output (KC04: no budget without what it delivers)."""

    class Kind(models.TextChoices):
        MONEY = "money", _("money")
        DAYS = "days", _("working days")

    goal = models.ForeignKey(Goal, models.CASCADE, related_name="resources")
    output = models.ForeignKey(
        Output, models.RESTRICT, related_name="resources", verbose_name=_("for output")
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind, default=Kind.MONEY)
    planned = models.DecimalField(_("planned"), max_digits=14, decimal_places=2)
    used = models.DecimalField(_("used so far"), max_digits=14, decimal_places=2, default=Decimal(0))

    class Meta(Part.Meta):
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        constraints = [
            *Part.Meta.constraints,
            models.CheckConstraint(condition=Q(kind__in=["money", "days"]), name="resource_kind_known"),
            models.CheckConstraint(condition=Q(planned__gte=0, used__gte=0), name="resource_not_below_zero"),
        ]
