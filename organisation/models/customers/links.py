"""Units as suppliers and customers of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from organisation import permissions, values
from organisation.models.customers.channels import ChannelKind
from organisation.models.customers.fields import ONE_LINE
from organisation.models.directory import Person, Unit


class SupplierLinkQuerySet(models.QuerySet["SupplierLink"]):
    def visible_to(self, person: Person, action: str = "customer.view") -> Self:
        """Everyone may read the map; for a change, links from or to a unit within reach."""
        if not permissions.can(person, action):
            return self.none()
        scope = permissions.scope(person, action)
        if action == "customer.view" or scope is None:
            return self
        units = Unit.objects.within(scope).values("pk")
        return self.filter(Q(supplier__in=units) | Q(customer__in=units))


class SupplierLink(models.Model):
    """One unit works for another: the supplier delivers something, the customer is heard in some way or not at all."""

    supplier = models.ForeignKey(
        Unit, models.PROTECT, related_name="links_to_customers", verbose_name=_("supplier")
    )
    customer = models.ForeignKey(
        Unit, models.PROTECT, related_name="links_to_suppliers", verbose_name=_("customer")
    )
    delivers = models.CharField(_("delivers"), max_length=values.MAX_SENTENCE, validators=ONE_LINE)
    expectation = models.CharField(
        _("what the customer expects"), max_length=values.MAX_SENTENCE, blank=True, validators=ONE_LINE
    )
    heard_through = models.CharField(_("heard through"), max_length=10, choices=ChannelKind, blank=True)

    if TYPE_CHECKING:
        supplier_id: int
        customer_id: int

    objects: ClassVar[Any] = SupplierLinkQuerySet.as_manager()

    class Meta:
        ordering = ["supplier__name", "customer__name"]
        verbose_name = _("link between supplier and customer")
        verbose_name_plural = _("links between suppliers and customers")
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "customer"],
                name="supplier_and_customer_once",
                violation_error_message=_("These two units are linked this way already."),
            ),
            models.CheckConstraint(
                condition=~Q(supplier=F("customer")),
                name="no_unit_is_its_own_customer",
                violation_error_message=_("A unit can't be its own customer."),
            ),
            models.CheckConstraint(
                condition=Q(heard_through__in=["", *ChannelKind.values]), name="link_channel_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier} → {self.customer}"
