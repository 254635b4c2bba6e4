"""Customers and other constituencies, and what is reached through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from organisation import permissions, values
from organisation.models.customers.fields import ONE_LINE, SEVERAL_LINES
from organisation.models.directory import Person, Unit

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from organisation.models.customers.channels import Channel
    from organisation.models.customers.promises import Promise
    from organisation.models.customers.satisfaction import SatisfactionFigure


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, person: Person, action: str = "customer.view") -> Self:
        """Everyone may read the register; for a change, those that a unit within reach owns or serves."""
        if not permissions.can(person, action):
            return self.none()
        scope = permissions.scope(person, action)
        if action == "customer.view" or scope is None:
            return self
        units = Unit.objects.within(scope).values("pk")
        return self.filter(Q(owner_unit__in=units) | Q(serving_unit__in=units))


class Customer(models.Model):
    """Somebody the organisation works for or with: outside, or inside as the customer of a unit."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("customer")
        CLIENT = "client", _("client")
        STAKEHOLDER = "stakeholder", _("stakeholder")
        FINANCIER = "financier", _("financier")
        VOLUNTEER = "volunteer", _("volunteer")
        SUPPORTER = "supporter", _("supporter")
        PARTNER = "partner", _("partner")

    code = models.CharField(_("code"), max_length=values.MAX_CODE, unique=True, validators=[values.code])
    name = models.CharField(_("name"), max_length=values.MAX_NAME, validators=ONE_LINE)
    kind = models.CharField(_("kind"), max_length=11, choices=Kind)
    is_internal = models.BooleanField(_("internal: part of the organisation"), default=False)
    owner_unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="owned_customers", verbose_name=_("owner unit")
    )
    serving_unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="served_customers",
        verbose_name=_("serving unit"),
    )
    expectations = models.TextField(
        _("expectations"), max_length=values.MAX_TEXT, blank=True, validators=SEVERAL_LINES
    )

    if TYPE_CHECKING:
        owner_unit_id: int
        serving_unit_id: int | None
        promises: RelatedManager[Promise]
        channels: RelatedManager[Channel]
        figures: RelatedManager[SatisfactionFigure]

    objects: ClassVar[Any] = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["name", "code"]
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="customer_has_code"),
            models.CheckConstraint(condition=~Q(name=""), name="customer_has_name"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "customer",
                        "client",
                        "stakeholder",
                        "financier",
                        "volunteer",
                        "supporter",
                        "partner",
                    ]
                ),
                name="customer_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PartQuerySet(models.QuerySet[Any]):
    """Rows that belong to a customer: reached where the customer is."""

    to_customer = "customer"

    def visible_to(self, person: Person, action: str = "customer.view") -> Self:
        """Rows of the customers that the action reaches."""
        customers = Customer.objects.visible_to(person, action)
        return self.filter(**{f"{self.to_customer}__in": customers.values("pk")})
