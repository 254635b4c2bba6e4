"""The map of suppliers and customers inside the organisation, and who is left out of it. A fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass

from organisation.models import Customer, Person, SupplierLink, Unit


@dataclass(frozen=True)
class Map:
    """suppliers, customers: the units at either end, in the order of the tree.

    serve_nobody: units with neither a link to a customer nor a customer of the register, nor any below them.
    voiceless: links whose customer has no way to be heard.
    """

    links: Sequence[SupplierLink]
    suppliers: Sequence[Unit]
    customers: Sequence[Unit]
    serve_nobody: Sequence[Unit]

    @property
    def voiceless(self) -> list[SupplierLink]:
        return [link for link in self.links if not link.heard_through]


def supplier_map(reader: Person) -> Map:
    """Return the map. Three queries."""
    links = list(SupplierLink.objects.visible_to(reader).select_related("supplier", "customer"))
    units = list(Unit.objects.with_tree_fields())
    place = {unit.pk: number for number, unit in enumerate(units)}
    links.sort(key=lambda link: (place[link.supplier_id], place[link.customer_id]))
    suppliers = {link.supplier_id for link in links}
    receivers = {link.customer_id for link in links}
    return Map(
        links=links,
        suppliers=[unit for unit in units if unit.pk in suppliers],
        customers=[unit for unit in units if unit.pk in receivers],
        serve_nobody=_serve_nobody(units, suppliers | _serving()),
    )


def _serving() -> set[int]:
    rows = Customer.objects.exclude(serving_unit=None).values_list("serving_unit", flat=True)
    return {pk for pk in rows if pk is not None}


def _serve_nobody(units: Sequence[Unit], serving: set[int]) -> list[Unit]:
    """Return the units that serve nobody, neither themselves nor through a unit below them."""
    above = {unit.pk: unit.parent_id for unit in units}
    useful: set[int] = set()
    for pk in serving:
        here: int | None = pk
        while here is not None and here not in useful:
            useful.add(here)
            here = above.get(here)
    return [unit for unit in units if unit.pk not in useful]
