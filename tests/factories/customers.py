"""Customers and what belongs to them, for tests.

CustomerFactory(owner_unit=north)                         # nobody serves it yet, nothing is promised
promise(customer, results={"2025-03-01": 81})             # at least 80 %
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from organisation.models import (
    Channel,
    Customer,
    Promise,
    PromiseResult,
    SatisfactionFigure,
    SupplierLink,
    Unit,
)
from tests.factories.organisation import root


class CustomerFactory(DjangoModelFactory):
    """An external customer of the root unit."""

    class Meta:
        model = Customer

    code = factory.Sequence(lambda number: f"C{number}")
    name = factory.LazyAttribute(lambda customer: f"Customer {customer.code}")
    kind = "customer"
    owner_unit = factory.LazyFunction(root)


def promise(
    customer: Customer,
    *,
    code: str = "P1",
    results: Mapping[str, Any] | None = None,
    target: Any = 80,
    **values: Any,
) -> Promise:
    """Return a promise, kept from the target on unless `comparison` says otherwise, with results by day."""
    defaults = {"text": f"Promise {code}", "measure": "Share", "measured_in": "%"}
    made = Promise.objects.create(
        customer=customer, code=code, target=Decimal(str(target)), **defaults | values
    )
    for day, value in (results or {}).items():
        number = Decimal(str(value))
        PromiseResult.objects.create(
            promise=made,
            measured_on=date.fromisoformat(day),
            value=number,
            target=made.target,
            kept=made.is_kept_by(number),
        )
    return made


def channel(customer: Customer, *, code: str = "H1", **values: Any) -> Channel:
    """Return a yearly survey."""
    defaults = {"kind": "survey", "description": f"Channel {code}", "frequency": "yearly"}
    return Channel.objects.create(customer=customer, code=code, **defaults | values)


def figure(customer: Customer, day: str, value: Any, *, measure: str = "nps", **values: Any) -> Any:
    """Return a satisfaction figure of the day."""
    return SatisfactionFigure.objects.create(
        customer=customer,
        measure=measure,
        measured_on=date.fromisoformat(day),
        value=Decimal(str(value)),
        **values,
    )


def link(supplier: Unit, customer: Unit, **values: Any) -> SupplierLink:
    """Return a link whose customer is heard in a meeting unless `heard_through` says otherwise."""
    defaults = {"delivers": "Parts", "heard_through": "meeting"}
    return SupplierLink.objects.create(supplier=supplier, customer=customer, **defaults | values)


def register(north: Unit, south: Unit) -> dict[str, str]:
    """Make a customer of each unit, one of everything for the first; returns words that stand for their ids."""
    mine = CustomerFactory(code="C-NORTH", owner_unit=north, serving_unit=north)
    CustomerFactory(code="C-SOUTH", owner_unit=south)
    kept = promise(mine, results={"2025-03-01": 81}, blocks="B1")
    return {
        "PROMISE": str(kept.pk),
        "RESULT": str(kept.results.get().pk),
        "CHANNEL": str(channel(mine).pk),
        "FIGURE": str(figure(mine, "2025-03-01", 12).pk),
        "LINK": str(link(north, south).pk),
    }
