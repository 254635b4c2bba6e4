"""Processes and their audits: for whose convenience is each step designed (A7, A8, F-2)?"""

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

MAX_NAME: Final = 200
MAX_TEXT: Final = 500
MAX_SUMMARY: Final = 2000
MAX_MONTHS: Final = 60


class ProcessQuerySet(models.QuerySet["Process"]):
    def visible_to(self, person: Person) -> Self:
        """Processes of the units that one's roles reach."""
        if not permissions.can(person, "process.view"):
            return self.none()
        return self.filter(within("unit", permissions.scope(person, "process.view")))

    def editable_by(self, person: Person) -> Self:
        """Processes of units for which the person keeps audits."""
        reached = Q(unit__in=led_units(person))
        if permissions.can(person, "process.edit"):
            reached |= within("unit", permissions.scope(person, "process.edit"))
        return self.filter(reached)


class Process(models.Model):
    """Something a unit does again and again, for customers outside or inside."""

    class Touches(models.TextChoices):
        CUSTOMER = "customer", _("touches customers outside")
        SUPPORT = "support", _("supports colleagues inside")

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("process"), max_length=MAX_NAME)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="processes", verbose_name=_("unit"))
    owner = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )
    touches = models.CharField(_("kind"), max_length=8, choices=Touches)
    serves = models.CharField(_("whom it serves"), max_length=MAX_TEXT)
    purpose = models.CharField(_("what they get from it"), max_length=MAX_TEXT, blank=True)
    every_months = models.PositiveSmallIntegerField(
        _("audited every … months"),
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_MONTHS)],
    )
    retired = models.BooleanField(_("no longer done"), default=False)
    registered_on = models.DateField(default=timezone.localdate, editable=False)

    objects: ClassVar[Any] = ProcessQuerySet.as_manager()

    class Meta:
        ordering = ["name", "code"]
        verbose_name = _("process")
        verbose_name_plural = _("processes")
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="process_has_code"),
            models.CheckConstraint(
                condition=Q(touches__in=["customer", "support"]), name="process_touches_known"
            ),
            models.CheckConstraint(
                condition=Q(every_months__gte=1, every_months__lte=MAX_MONTHS),
                name="process_audited_sometimes",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProcessAudit(models.Model):
    """What somebody found who walked through a process on a day."""

    process = models.ForeignKey(Process, models.CASCADE, related_name="audits")
    audited_on = models.DateField(_("audited on"))
    auditor = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("audited by")
    )
    summary = models.TextField(_("in short"), max_length=MAX_SUMMARY, blank=True)

    if TYPE_CHECKING:
        steps: RelatedManager[Step]
        checks: RelatedManager[CheckAnswer]
        findings: RelatedManager[Finding]

    class Meta:
        ordering = ["-audited_on"]
        verbose_name = _("process audit")
        verbose_name_plural = _("process audits")
        constraints = [
            models.UniqueConstraint(fields=["process", "audited_on"], name="one_audit_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.process} {self.audited_on.isoformat()}"


class Step(models.Model):
    """A step of a process, as a customer would live through it."""

    class For(models.TextChoices):
        CUSTOMER = "customer", _("the customer")
        BOTH = "both", _("both alike")
        ORGANISATION = "organisation", _("us alone")
        REQUIRED = "required", _("required by law or safety")

    audit = models.ForeignKey(ProcessAudit, models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.CharField(_("step"), max_length=MAX_TEXT)
    convenience = models.CharField(_("designed for"), max_length=12, choices=For)
    wait_days = models.DecimalField(
        _("days the customer waits"),
        max_digits=6,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )

    class Meta:
        ordering = ["audit", "number"]
        constraints = [
            models.UniqueConstraint(fields=["audit", "number"], name="step_number_once"),
            models.CheckConstraint(
                condition=Q(convenience__in=["customer", "both", "organisation", "required"]),
                name="step_convenience_known",
            ),
            models.CheckConstraint(
                condition=Q(wait_days__isnull=True) | Q(wait_days__gte=0), name="step_wait_not_below_zero"
            ),
        ]


class CheckAnswer(models.Model):
    """The answer to one of the eight questions that are asked of every process."""

    class Check(models.TextChoices):
        ONCE = "C1", _("Customers say once what they need; nobody asks them again.")  # A7
        NEXT = "C2", _("At each point they know what happens next and when.")  # A7, IR5
        WAYS = "C3", _("It runs at times and in ways that suit them.")  # A7, IR3
        WORDS = "C4", _("Forms and words are theirs, not ours.")  # A7
        DECIDES = "C5", _("Whoever serves them may decide in a special case.")  # A8, A12
        SUPPORTS = "C6", _("Rules and systems help those who do the work rather than watch them.")  # A8
        VALUED = "C7", _("What is measured is what customers value, not cost alone.")  # A10
        CHANGED = "C8", _("What customers said has changed it within the last year.")  # F-2

    class Answer(models.TextChoices):
        YES = "yes", _("yes")
        PARTLY = "partly", _("partly")
        NO = "no", _("no")
        NOT_APPLICABLE = "not_applicable", _("does not apply")

    audit = models.ForeignKey(ProcessAudit, models.CASCADE, related_name="checks")
    check_code = models.CharField(max_length=2, choices=Check)
    answer = models.CharField(max_length=14, choices=Answer)

    class Meta:
        ordering = ["audit", "check_code"]
        constraints = [
            models.UniqueConstraint(fields=["audit", "check_code"], name="check_answered_once"),
            models.CheckConstraint(
                condition=Q(check_code__in=["C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8"]),
                name="check_code_known",
            ),
            models.CheckConstraint(
                condition=Q(answer__in=["yes", "partly", "no", "not_applicable"]), name="check_answer_known"
            ),
        ]


class Finding(models.Model):
    """Something found in an audit, and what is done about it."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DOING = "in_progress", _("in progress")
        DONE = "done", _("done")
        DROPPED = "dropped", _("left as it is")

    audit = models.ForeignKey(ProcessAudit, models.CASCADE, related_name="findings")
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.CharField(_("finding"), max_length=MAX_TEXT)
    follow_up = models.CharField(_("what will be done"), max_length=MAX_TEXT, blank=True)
    owner = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    due_on = models.DateField(_("until"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=11, choices=State, default=State.OPEN)
    done_on = models.DateField(_("done on"), null=True, blank=True)

    class Meta:
        ordering = ["audit", "number"]
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = [
            models.UniqueConstraint(fields=["audit", "number"], name="finding_number_once"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "in_progress", "done", "dropped"]), name="finding_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="done", done_on__isnull=False)
                | (~Q(state="done") & Q(done_on__isnull=True)),
                name="finding_done_has_its_day",
            ),
        ]

    @property
    def is_live(self) -> bool:
        return self.state in {self.State.OPEN, self.State.DOING}

    def is_late(self, today: date) -> bool:
        """Whether it should be done by now and isn't."""
        return self.is_live and self.due_on is not None and self.due_on < today
