"""How satisfied customers were."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cfm.lib import intervals
from organisation import values
from organisation.models.customers.customer import Customer, PartQuerySet
from organisation.models.customers.fields import LARGEST, MAX_DECIMALS, ONE_LINE, decimal_field


class SatisfactionFigure(models.Model):
    """How satisfied a customer was, in one measure on one day; the figure comes from outside, by hand or file."""

    class Measure(models.TextChoices):
        NPS = "nps", _("NPS: would recommend, −100 to +100")
        CSAT = "csat", _("CSAT: satisfied, 0 to 100 %")
        CES = "ces", _("CES: ease of dealing with us, 1 to 7")
        OWN = "own", _("a measure of our own")

    SCALES: ClassVar[dict[str, tuple[int, int]]] = {"nps": (-100, 100), "csat": (0, 100), "ces": (1, 7)}

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="figures")
    measure = models.CharField(_("measure"), max_length=4, choices=Measure)
    name = models.CharField(
        _("name of our own measure"), max_length=values.MAX_MEASURE, blank=True, validators=ONE_LINE
    )
    measured_on = models.DateField(_("measured on"), validators=[values.past_day])
    value = decimal_field(_("value"))
    answers = models.PositiveIntegerField(
        _("answers"), null=True, blank=True, validators=[MaxValueValidator(2_000_000_000)]
    )
    sd = models.DecimalField(
        _("standard deviation"),
        max_digits=12,
        decimal_places=MAX_DECIMALS,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(LARGEST)],
    )
    note = models.CharField(_("note"), max_length=values.MAX_SENTENCE, blank=True, validators=ONE_LINE)

    if TYPE_CHECKING:
        customer_id: int

    objects: ClassVar[Any] = PartQuerySet.as_manager()

    class Meta:
        ordering = ["customer", "measure", "name", "-measured_on"]
        verbose_name = _("satisfaction figure")
        verbose_name_plural = _("satisfaction figures")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "measure", "name", "measured_on"],
                name="one_figure_a_measure_and_day",
                violation_error_message=_(
                    "There is a figure of this measure and day already; change that one."
                ),
            ),
            models.CheckConstraint(
                condition=Q(sd__isnull=True) | Q(sd__gte=0), name="figure_sd_not_below_zero"
            ),
            models.CheckConstraint(
                condition=Q(measure="own") & ~Q(name="") | Q(measure__in=["nps", "csat", "ces"], name=""),
                name="own_measure_has_name",
                violation_error_message=_("Name a measure of your own, and only that."),
            ),
            models.CheckConstraint(
                condition=Q(measure="own")
                | Q(measure="nps", value__gte=-100, value__lte=100)
                | Q(measure="csat", value__gte=0, value__lte=100)
                | Q(measure="ces", value__gte=1, value__lte=7),
                name="figure_on_its_scale",
                violation_error_message=_("NPS runs from -100 to 100, CSAT from 0 to 100, CES from 1 to 7."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.value}"

    @property
    def half_width(self) -> float | None:
        """Half of the figure's 95 % interval, at most; None where too little is known of what it rests on."""
        n, value = self.answers or 0, float(self.value)
        if self.sd is not None:
            return intervals.of_mean(float(self.sd), n) if n >= 2 else None
        if not n:
            return None
        if self.measure == self.Measure.NPS:
            return intervals.of_net_score(value, n)
        return intervals.of_share(value, n) if self.measure == self.Measure.CSAT else None

    @property
    def title(self) -> str:
        """The measure in a word: NPS, CSAT, CES or its own name."""
        return measure_title(self.measure, self.name)


def measure_title(measure: str, name: str) -> str:
    """Return what a measure is called in lists.

    >>> measure_title("nps", ""), measure_title("own", "Trust index")
    ('NPS', 'Trust index')
    """
    return name if measure == "own" else measure.upper()
