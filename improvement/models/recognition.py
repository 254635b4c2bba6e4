"""Recognition (B7): thanks among colleagues and awards by managers, each for something done for customers.

Named by nature. Nothing here counts or orders people: recognition is given, not won.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Final, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from competencies.models import Competency
from improvement.models.reach import within
from organisation import permissions, values
from organisation.models import Customer, Person, Unit

MAX_AWARD: Final = 100
MAX_DEED: Final = 800
MAX_NEXT: Final = 300
MAX_REASON: Final = 300


def first_of_a_month(day: date) -> None:
    """Validator: raise ValidationError for any other day of a month."""
    if day.day != 1:
        raise ValidationError(_("A month is named by its first day."))


class RecognitionQuerySet(models.QuerySet["Recognition"]):
    def visible_to(self, person: Person) -> Self:
        """What is on the wall, what one gave or got oneself, and for HR what is in reach."""
        seen = Q(state=Recognition.State.SHOWN) | Q(giver=person)
        seen |= Q(person=person) & ~Q(state=Recognition.State.WITHDRAWN)
        if permissions.can(person, "recognition.moderate"):
            reach = within("unit", permissions.scope(person, "recognition.moderate"))
            seen |= Q(state=Recognition.State.REMOVED) & reach
        return self.filter(seen)

    def in_reach(self, person: Person, action: str) -> Self:
        """Rows of the units that the action reaches, whatever their state; none without the action."""
        if not permissions.can(person, action):
            return self.none()
        return self.filter(within("unit", permissions.scope(person, action)))

    def on_the_wall(self) -> Self:
        return self.filter(state=Recognition.State.SHOWN)

    def of(self, person: Person) -> Self:
        """What this person gave, and what they got and the giver did not withdraw."""
        got = Q(person=person) & ~Q(state=Recognition.State.WITHDRAWN)
        return self.filter(Q(giver=person) | got)


class Recognition(models.Model):
    """Thanks or an award to a person, or to a unit as a whole; each award names what is next."""

    class Kind(models.TextChoices):
        THANKS = "thanks", _("thanks")
        AWARD = "award", _("award")

    class State(models.TextChoices):
        SHOWN = "shown", _("on the wall")
        WITHDRAWN = "withdrawn", _("withdrawn by who gave it")
        TAKEN_OFF = "taken_off", _("taken off by who got it")
        REMOVED = "removed", _("taken off by HR")

    class Reason(models.TextChoices):
        PERSONAL = "personal", _("tells of somebody’s private life")
        CUSTOMER = "customer", _("tells who a customer is")
        HURTFUL = "hurtful", _("hurts somebody")
        OTHER = "other", _("another reason")

    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    award = models.CharField(_("award"), max_length=MAX_AWARD, blank=True, validators=[values.one_line])
    deed = models.TextField(_("what they did"), max_length=MAX_DEED, validators=[values.several_lines])
    whats_next = models.CharField(
        _("what’s next"), max_length=MAX_NEXT, blank=True, validators=[values.one_line]
    )
    giver = models.ForeignKey(
        Person, models.SET_NULL, null=True, related_name="recognition_given", verbose_name=_("given by")
    )
    person = models.ForeignKey(
        Person,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="recognition_received",
        verbose_name=_("given to"),
    )
    # The unit thanked as a whole, or the one the person belonged to on that day.
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="recognition", verbose_name=_("unit"))
    competency = models.ForeignKey(
        Competency, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("competency")
    )
    customer = models.ForeignKey(
        Customer, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("customer")
    )
    given_at = models.DateTimeField(_("given"), default=timezone.now, editable=False)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.SHOWN)
    reason = models.CharField(_("reason"), max_length=8, choices=Reason, blank=True)
    reason_note = models.CharField(
        _("in a sentence"), max_length=MAX_REASON, blank=True, validators=[values.one_line]
    )

    objects: ClassVar[Any] = RecognitionQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at", "-pk"]
        verbose_name = _("recognition")
        verbose_name_plural = _("recognition")
        indexes = [models.Index(fields=["state", "-given_at"], name="recognition_wall")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["thanks", "award"]), name="recognition_kind_known"),
            models.CheckConstraint(
                condition=Q(state__in=["shown", "withdrawn", "taken_off", "removed"]),
                name="recognition_state_known",
            ),
            models.CheckConstraint(condition=~Q(deed=""), name="recognition_says_for_what"),
            models.CheckConstraint(
                condition=Q(kind="thanks", award="") | (Q(kind="award") & ~Q(award="") & ~Q(whats_next="")),
                name="an_award_has_a_name_and_what_is_next",
            ),
            models.CheckConstraint(
                condition=Q(person=None) | Q(giver=None) | ~Q(giver=F("person")),
                name="nobody_recognises_themselves",
            ),
            models.CheckConstraint(
                condition=(Q(state="removed") & ~Q(reason="")) | (~Q(state="removed") & Q(reason="")),
                name="recognition_removed_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def to(self) -> str:
        """Who is recognised: a name, or that of a unit."""
        return self.person.name if self.person else self.unit.name


class DigestRound(models.Model):
    """A month whose digest was asked for; that there is one row a month makes it happen once."""

    month = models.DateField(unique=True, validators=[first_of_a_month])
    asked_at = models.DateTimeField(default=timezone.now, editable=False)


class DigestSent(models.Model):
    """A digest that a person has got, so that nobody gets one twice."""

    month = models.DateField(validators=[first_of_a_month])
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["month", "person"], name="one_digest_a_month")]


class DigestDeclined(models.Model):
    """Somebody who does not want the monthly digest."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="digest_declined")
