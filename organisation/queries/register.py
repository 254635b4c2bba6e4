"""The register of customers as rows of its six files: what an export writes and an import compares with."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from organisation import values
from organisation.models import (
    Channel,
    Customer,
    Person,
    Promise,
    PromiseResult,
    SatisfactionFigure,
    SupplierLink,
)

Cells = tuple[object, ...]


@dataclass(frozen=True)
class File:
    """A kind of file. name: its word in addresses; title: what it holds; keys: the columns that make a row known.

    paths: for each column, the way from the model to its value. optional: columns that a file may lack; their cells
    then stay as they are.
    """

    name: str
    title: Any
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    model: Any
    paths: tuple[str, ...]
    sort: tuple[str, ...]
    optional: tuple[str, ...] = ()

    def rows(self, queryset: Any = None) -> Iterator[Cells]:
        """Yield the rows as an export writes them; all of them unless `queryset` narrows. One query."""
        rows = self.model.objects.all() if queryset is None else queryset
        found: Iterator[Cells] = rows.order_by(*self.sort).values_list(*self.paths).iterator(chunk_size=2000)
        return found


CUSTOMERS: Final = File(
    "customers",
    _("Customers"),
    values.CUSTOMER_COLUMNS,
    ("customer",),
    Customer,
    ("code", "name", "kind", "is_internal", "owner_unit__code", "serving_unit__code", "expectations"),
    ("code",),
)
PROMISES: Final = File(
    "promises",
    _("Promises"),
    values.PROMISE_COLUMNS,
    ("customer", "promise"),
    Promise,
    ("customer__code", "code", "text", "measure", "comparison", "target", "measured_in", "blocks"),
    ("customer__code", "code"),
)
RESULTS: Final = File(
    "results",
    _("Results of promises"),
    values.RESULT_COLUMNS,
    ("customer", "promise", "measured_on"),
    PromiseResult,
    ("promise__customer__code", "promise__code", "measured_on", "value", "note"),
    ("promise__customer__code", "promise__code", "measured_on"),
)
CHANNELS: Final = File(
    "channels",
    _("Channels"),
    values.CHANNEL_COLUMNS,
    ("customer", "channel"),
    Channel,
    ("customer__code", "code", "kind", "description", "frequency", "contacts", "heard_on", "blocks"),
    ("customer__code", "code"),
)
SATISFACTION: Final = File(
    "satisfaction",
    _("Satisfaction figures"),
    values.SATISFACTION_COLUMNS,
    ("customer", "measure", "name", "measured_on"),
    SatisfactionFigure,
    ("customer__code", "measure", "name", "measured_on", "value", "answers", "note", "sd"),
    ("customer__code", "measure", "name", "measured_on"),
    optional=("sd",),
)
LINKS: Final = File(
    "links",
    _("Links between suppliers and customers"),
    values.LINK_COLUMNS,
    ("supplier", "customer"),
    SupplierLink,
    ("supplier__code", "customer__code", "delivers", "expectation", "heard_through"),
    ("supplier__code", "customer__code"),
)
FILES: Final = {file.name: file for file in (CUSTOMERS, PROMISES, RESULTS, CHANNELS, SATISFACTION, LINKS)}


def readable(file: File, reader: Person) -> Any:
    """Return the rows of the file that the reader may see."""
    return file.model.objects.visible_to(reader)
