"""Ways in which customers are heard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from organisation import values
from organisation.models.customers.customer import Customer, PartQuerySet
from organisation.models.customers.fields import ONE_LINE


class ChannelKind(models.TextChoices):
    """Ways in which a customer is heard."""

    SURVEY = "survey", _("survey")
    INTERVIEW = "interview", _("interview")
    PANEL = "panel", _("panel or forum")
    MEETING = "meeting", _("regular meeting")
    VISIT = "visit", _("visit")
    FRONT_LINE = "front_line", _("front-line staff")
    HELP_LINE = "help_line", _("help line or counter")
    COMPLAINTS = "complaints", _("complaints and praise")
    ONLINE = "online", _("website, app or social media")
    USAGE = "usage", _("usage data")
    OTHER = "other", _("other")


class Channel(models.Model):
    """A way in which the customer is heard, and how often; contacts are counted, nobody is named."""

    class Frequency(models.TextChoices):
        CONTINUOUS = "continuous", _("all the time")
        WEEKLY = "weekly", _("every week")
        MONTHLY = "monthly", _("every month")
        QUARTERLY = "quarterly", _("every quarter")
        YEARLY = "yearly", _("every year")
        OCCASIONALLY = "occasionally", _("now and then")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="channels")
    code = models.CharField(_("code"), max_length=values.MAX_CODE, validators=[values.code])
    kind = models.CharField(_("kind"), max_length=10, choices=ChannelKind)
    description = models.CharField(_("what happens"), max_length=values.MAX_SENTENCE, validators=ONE_LINE)
    frequency = models.CharField(_("how often"), max_length=12, choices=Frequency)
    contacts = models.PositiveIntegerField(
        _("contacts a year"), null=True, blank=True, validators=[MaxValueValidator(2_000_000_000)]
    )
    heard_on = models.DateField(_("last heard on"), null=True, blank=True, validators=[values.past_day])
    blocks = models.CharField(
        _("building blocks"), max_length=values.MAX_CODE_LIST, blank=True, validators=[values.code_list]
    )

    if TYPE_CHECKING:
        customer_id: int

    objects: ClassVar[Any] = PartQuerySet.as_manager()

    class Meta:
        ordering = ["customer", "code"]
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "code"],
                name="channel_code_once_a_customer",
                violation_error_message=_("Another channel of this customer has this code."),
            ),
            models.CheckConstraint(condition=~Q(code=""), name="channel_has_code"),
            models.CheckConstraint(condition=Q(kind__in=ChannelKind.values), name="channel_kind_known"),
            models.CheckConstraint(
                condition=Q(
                    frequency__in=["continuous", "weekly", "monthly", "quarterly", "yearly", "occasionally"]
                ),
                name="channel_frequency_known",
            ),
        ]

    def __str__(self) -> str:
        return self.description
