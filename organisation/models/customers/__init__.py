"""For whom: customers and other constituencies, what they were promised, how they are heard, how satisfied they are.

Nothing here names a person at the customer: contacts are counted. Inside the organisation, units are suppliers and
customers of each other (SupplierLink).
"""

from organisation.models.customers.channels import Channel, ChannelKind
from organisation.models.customers.customer import Customer, CustomerQuerySet, PartQuerySet
from organisation.models.customers.fields import LARGEST, MAX_DECIMALS, ONE_LINE, SEVERAL_LINES, decimal_field
from organisation.models.customers.links import SupplierLink, SupplierLinkQuerySet
from organisation.models.customers.promises import Promise, PromiseResult, ResultQuerySet
from organisation.models.customers.satisfaction import SatisfactionFigure, measure_title

__all__ = [
    "LARGEST",
    "MAX_DECIMALS",
    "ONE_LINE",
    "SEVERAL_LINES",
    "Channel",
    "ChannelKind",
    "Customer",
    "CustomerQuerySet",
    "PartQuerySet",
    "Promise",
    "PromiseResult",
    "ResultQuerySet",
    "SatisfactionFigure",
    "SupplierLink",
    "SupplierLinkQuerySet",
    "decimal_field",
    "measure_title",
]
