"""Promises, and whether they were kept."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from organisation import values
from organisation.models.customers.customer import Customer, PartQuerySet
from organisation.models.customers.fields import ONE_LINE, decimal_field

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Promise(models.Model):
    """An expectation made measurable: what is promised, and from which value on it is kept."""

    class Comparison(models.TextChoices):
        AT_LEAST = "at_least", _("at least")
        AT_MOST = "at_most", _("at most")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="promises")
    code = models.CharField(_("code"), max_length=values.MAX_CODE, validators=[values.code])
    text = models.CharField(_("promise"), max_length=values.MAX_SENTENCE, validators=ONE_LINE)
    measure = models.CharField(_("measured by"), max_length=values.MAX_NAME, validators=ONE_LINE)
    comparison = models.CharField(_("kept if"), max_length=8, choices=Comparison, default=Comparison.AT_LEAST)
    target = decimal_field(_("target"))
    measured_in = models.CharField(
        _("measured in"), max_length=values.MAX_UNIT_OF_MEASURE, blank=True, validators=ONE_LINE
    )
    blocks = models.CharField(
        _("building blocks"), max_length=values.MAX_CODE_LIST, blank=True, validators=[values.code_list]
    )

    if TYPE_CHECKING:
        customer_id: int
        results: RelatedManager[PromiseResult]

    objects: ClassVar[Any] = PartQuerySet.as_manager()

    class Meta:
        ordering = ["customer", "code"]
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "code"],
                name="promise_code_once_a_customer",
                violation_error_message=_("Another promise to this customer has this code."),
            ),
            models.CheckConstraint(condition=~Q(code=""), name="promise_has_code"),
            models.CheckConstraint(
                condition=Q(comparison__in=["at_least", "at_most"]), name="promise_comparison_known"
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def is_kept_by(self, value: Decimal) -> bool:
        """Whether the value reaches today's target."""
        at_least = self.comparison == self.Comparison.AT_LEAST
        return bool(value >= self.target if at_least else value <= self.target)


class ResultQuerySet(PartQuerySet):
    to_customer = "promise__customer"


class PromiseResult(models.Model):
    """What was measured on a day, judged by the target of then: a later target changes no past verdict."""

    promise = models.ForeignKey(Promise, models.CASCADE, related_name="results", verbose_name=_("promise"))
    measured_on = models.DateField(_("measured on"), validators=[values.past_day])
    value = decimal_field(_("value"))
    note = models.CharField(_("note"), max_length=values.MAX_SENTENCE, blank=True, validators=ONE_LINE)
    target = decimal_field(_("target of then"))
    kept = models.BooleanField(_("kept"))

    if TYPE_CHECKING:
        promise_id: int

    objects: ClassVar[Any] = ResultQuerySet.as_manager()

    class Meta:
        ordering = ["promise", "-measured_on"]
        verbose_name = _("result")
        verbose_name_plural = _("results")
        constraints = [
            models.UniqueConstraint(
                fields=["promise", "measured_on"],
                name="one_result_a_promise_and_day",
                violation_error_message=_("There is a result of this day already; change that one."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.promise}: {self.value}"

    @property
    def customer(self) -> Customer:
        return self.promise.customer
