"""Actions: what a unit does about something it was told, until when, and what it should change."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvement.models.reach import led_units, within
from organisation import permissions
from organisation.models import Person, Unit

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

MAX_TITLE: Final = 200
MAX_TEXT: Final = 300
MAX_HEARD: Final = 700
MAX_REFERENCE: Final = 200
ENCOURAGED: Final = 3  # open actions a unit (A19: fewer, done right)


class ActionQuerySet(models.QuerySet["Action"]):
    def visible_to(self, person: Person) -> Self:
        """Actions of the units that one's roles reach, and those one sees to."""
        seen = Q(owner=person)
        if permissions.can(person, "action.view"):
            scope = permissions.scope(person, "action.view")
            if scope is None:
                return self
            seen |= within("unit", scope)
        return self.filter(seen)

    def editable_by(self, person: Person) -> Self:
        """Actions of units for which the person plans."""
        reached = Q(unit__in=led_units(person))
        if permissions.can(person, "action.edit"):
            scope = permissions.scope(person, "action.edit")
            if scope is None:
                return self
            reached |= within("unit", scope)
        return self.filter(reached)

    def reportable_by(self, person: Person) -> Self:
        """Actions whose progress the person may report: those editable, and those one sees to."""
        editable = Action.objects.editable_by(person).values("pk")
        return self.filter(Q(pk__in=editable) | Q(owner=person))

    def open(self) -> Self:
        """Actions that are planned or under way."""
        return self.filter(state__in=Action.OPEN)


class Action(models.Model):
    """What a unit does for its customers, as an answer to something that was heard."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        DOING = "under_way", _("under way")
        DONE = "done", _("done")
        NOT_DONE = "not_done", _("not done")

    class About(models.TextChoices):
        FIGURE = "figure", _("a figure")
        VIEWS = "views", _("a difference between managers and staff")
        STATEMENT = "statement", _("a statement")
        GAP = "gap", _("a competency gap")
        CHECKLIST = "checklist", _("a checklist entry")
        PROCESS = "process", _("a finding of a process audit")
        COMMENT = "comment", _("a theme of comments")

    OPEN: ClassVar[tuple[str, ...]] = ("planned", "under_way")

    code = models.CharField(_("code"), max_length=40, unique=True)
    title = models.CharField(_("action"), max_length=MAX_TITLE)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="actions", verbose_name=_("unit"))
    block = models.CharField(_("building block"), max_length=20, blank=True)
    owner = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="actions", verbose_name=_("seen to by")
    )
    planned_on = models.DateField(_("planned on"), default=timezone.localdate)
    due_on = models.DateField(_("done by"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.PLANNED)
    outcome = models.CharField(_("what came of it, or why not"), max_length=MAX_TEXT, blank=True)
    closed_on = models.DateField(_("ended on"), null=True, blank=True)
    # What was heard, in the words in which it was published when the action was planned: kind/…, unit, sentence.
    about_kind = models.CharField(_("about"), max_length=9, choices=About, blank=True)
    about = models.CharField(_("reference"), max_length=MAX_REFERENCE, blank=True)
    heard = models.CharField(_("what was heard"), max_length=MAX_HEARD, blank=True)
    expected_points = models.DecimalField(
        _("expected change of the block’s score"),
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.1")), MaxValueValidator(Decimal(100))],
    )
    baseline_cycle = models.CharField(_("counted from the cycle"), max_length=40, blank=True)
    reminded_on = models.DateField(null=True, editable=False)  # when its owner was last reminded by mail
    told = models.BooleanField(_("told to all under “You said, we did”"), default=True)
    more_because = models.CharField(_("why one more than three"), max_length=MAX_TEXT, blank=True)

    objects: ClassVar[Any] = ActionQuerySet.as_manager()
    if TYPE_CHECKING:
        steps: RelatedManager[ActionStep]
        updates: RelatedManager[ActionUpdate]

    class Meta:
        ordering = ["due_on", "code"]
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="action_has_code"),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "under_way", "done", "not_done"]), name="action_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="not_done") | ~Q(outcome=""), name="action_not_done_says_why"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "not_done"], closed_on__isnull=False)
                | (~Q(state__in=["done", "not_done"]) & Q(closed_on__isnull=True)),
                name="action_ended_has_its_day",
            ),
            models.CheckConstraint(
                condition=Q(expected_points__isnull=True) | (~Q(block="") & ~Q(baseline_cycle="")),
                name="action_effect_has_block_and_cycle",
            ),
            models.CheckConstraint(
                condition=Q(about_kind="", about="", heard="")
                | (
                    Q(
                        about_kind__in=[
                            "figure", "views", "statement", "gap", "checklist", "process", "comment",
                        ]
                    )
                    & ~Q(about="")
                    & ~Q(heard="")
                ),
                name="action_about_is_whole",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["unit", "state"], name="action_by_unit_and_state")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def heard_by_all(self) -> str:
        """What was heard, as everybody may read it: a competency gap may be that of one person, so it is left out."""
        return "" if self.about_kind == self.About.GAP else self.heard

    def is_late(self, today: date) -> bool:
        """Whether it should have ended by now and hasn't."""
        return self.is_open and self.due_on < today


class ActionStep(models.Model):
    """A step of an action."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.CharField(_("step"), max_length=MAX_TEXT)
    done_on = models.DateField(_("done on"), null=True, blank=True)

    class Meta:
        ordering = ["action", "number"]
        constraints = [
            models.UniqueConstraint(fields=["action", "number"], name="action_step_once"),
            models.CheckConstraint(condition=~Q(text=""), name="action_step_has_text"),
        ]


class ActionUpdate(models.Model):
    """What somebody said of an action on a day, and its state from then on."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="updates")
    on = models.DateField(_("on"), default=timezone.localdate)
    state = models.CharField(_("state"), max_length=9, choices=Action.State)
    note = models.CharField(_("note"), max_length=MAX_TEXT, blank=True)
    by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["action", "-on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["planned", "under_way", "done", "not_done"]),
                name="action_update_state_known",
            ),
        ]
