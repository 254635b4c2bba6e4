"""What the pages of units and people show, in a number of queries that doesn't grow with them."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from django.db.models import Count, Q, QuerySet

from organisation import values
from organisation.models import JobRole, Person, Unit

FIRST_PEOPLE: Final = 20  # people named on the page of a unit; the rest are in the list of people


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit in its tree. `people`: active people of the unit itself; `people_below`: with all units below it.

    `opens`: a new level begins with this row; `closes`: how many levels end after it; `leaf`: no unit below it follows.
    """

    code: str
    name: str
    people: int
    people_below: int
    found: bool
    opens: bool = False
    closes: int = 0
    leaf: bool = True

    @property
    def closing(self) -> range:
        return range(self.closes)


@dataclass(frozen=True, slots=True)
class _Node:
    pk: int
    parent: int | None
    code: str
    name: str
    people: int


def unit_rows(reader: Person, search: str = "", *, action: str = "unit.view") -> list[UnitRow]:
    """Return the units that the reader may see, as a tree by name; with `search` only matches and what is above.

    action: whose reach is meant. A unit whose parent the reader may not see begins a tree of its own. Two queries.
    """
    nodes = _nodes(reader, action)
    below: defaultdict[int | None, list[_Node]] = defaultdict(list)
    for node in nodes.values():
        below[node.parent if node.parent in nodes else None].append(node)
    order = _in_order(below)
    totals = _totals(order, nodes)
    wanted = _wanted(nodes, search)
    rows = [
        (
            depth,
            UnitRow(
                node.code, node.name, node.people, totals[node.pk], bool(search) and _matches(node, search)
            ),
        )
        for depth, node in order
        if node.pk in wanted
    ]
    return _with_levels(rows)


def _nodes(reader: Person, action: str) -> dict[int, _Node]:
    counted = (
        Unit.objects.visible_to(reader, action)
        .annotate(active=Count("people", filter=Q(people__is_active=True)))
        .order_by("name", "code")
        .values_list("pk", "parent_id", "code", "name", "active")
    )
    return {row[0]: _Node(*row) for row in counted}


def _in_order(below: dict[int | None, list[_Node]]) -> list[tuple[int, _Node]]:
    """Return (depth, unit) from the top, each parent right before its children; any depth."""
    order = []
    waiting = [(0, node) for node in reversed(below.get(None, []))]
    while waiting:
        depth, node = waiting.pop()
        order.append((depth, node))
        waiting += [(depth + 1, child) for child in reversed(below.get(node.pk, []))]
    return order


def _totals(order: Iterable[tuple[int, _Node]], nodes: dict[int, _Node]) -> Counter[int]:
    totals: Counter[int] = Counter()
    for _depth, node in reversed(list(order)):
        totals[node.pk] += node.people
        if node.parent in nodes:
            totals[node.parent] += totals[node.pk]
    return totals


def _matches(node: _Node, search: str) -> bool:
    wanted = search.casefold()
    return wanted in node.name.casefold() or wanted in node.code.casefold()


def _wanted(nodes: dict[int, _Node], search: str) -> set[int]:
    """Return the ids of matches and of all above them; of all units where nothing is searched."""
    if not search:
        return set(nodes)
    wanted: set[int] = set()
    for node in nodes.values():
        here: _Node | None = node if _matches(node, search) else None
        while here is not None and here.pk not in wanted:
            wanted.add(here.pk)
            here = nodes.get(here.parent) if here.parent is not None else None
    return wanted


def _with_levels(rows: list[tuple[int, UnitRow]]) -> list[UnitRow]:
    """Say where levels begin and end, so that a template can nest lists without recursion."""
    depths = [depth for depth, _row in rows]
    return [
        replace(row, opens=depth > before, closes=max(0, depth - after), leaf=after <= depth)
        for (depth, row), before, after in zip(rows, [-1, *depths], [*depths[1:], 0], strict=False)
    ]


def unit_named(code: str, reader: Person, action: str) -> Unit | None:
    """Return the unit with this code if the action reaches it, else None; any text may be asked for."""
    if not values.is_code(code):
        return None
    unit: Unit | None = Unit.objects.visible_to(reader, action).filter(code=code).first()
    return unit


def path_above(unit: Unit, reader: Person) -> list[Unit]:
    """Return the units above this one that the reader may see, from the top."""
    above = list(unit.ancestors())
    seen = set(
        Unit.objects.visible_to(reader).filter(pk__in=[u.pk for u in above]).values_list("pk", flat=True)
    )
    return [unit for unit in above if unit.pk in seen]


def children(unit: Unit) -> QuerySet[Unit]:
    """Return the units right below, each with `active`, the number of active people in it alone."""
    below: QuerySet[Unit] = Unit.objects.filter(parent=unit).annotate(
        active=Count("people", filter=Q(people__is_active=True))
    )
    return below


def people(reader: Person) -> QuerySet[Person]:
    """Return the people whom the reader may see, with what a list shows of each."""
    shown: QuerySet[Person] = (
        Person.objects.visible_to(reader)
        .select_related("unit", "job_role", "manager")
        .prefetch_related("role_grants__unit")
    )
    return shown


def known_job_roles() -> list[str]:
    """Return the names of all job roles, for suggestions."""
    return list(JobRole.objects.values_list("name", flat=True))
