"""A framework as its page shows it: blocks with both audiences side by side, lenses, key components by kind."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from assessments.instrument import Dimension, Instrument, Item, KeyComponent, Lens, Level, Text
from assessments.models import Framework
from organisation.models import Person

KINDS = {
    "component": _("Key components"),
    "principle": _("Principles"),
    "hazard": _("Change hazards"),
    "resilience": _("Resilience"),
}


@dataclass(frozen=True)
class ItemPair:
    """Statements with the same stem for both audiences; one of them may be missing."""

    staff: Item | None
    manager: Item | None


@dataclass(frozen=True)
class Rung:
    """A level and what one sees there in a block."""

    level: Level
    descriptor: Text


@dataclass(frozen=True)
class Block:
    """A building block with all that counts in it: statements, and key components as evidence."""

    dimension: Dimension
    ladder: tuple[Rung, ...]
    pairs: tuple[ItemPair, ...]
    components: tuple[KeyComponent, ...]


@dataclass(frozen=True)
class Counted:
    """A dimension of another lens, and how many statements of each audience count in it."""

    dimension: Dimension
    staff: int
    manager: int


@dataclass(frozen=True)
class Group:
    """Key components of one kind."""

    title: Any
    components: tuple[KeyComponent, ...]


def frameworks_with_cycles(person: Person) -> QuerySet[Framework]:
    """Return the versions that the person may read, the latest first, each with `n_cycles` that use it."""
    found: QuerySet[Framework] = Framework.objects.visible_to(person)
    return found.annotate(n_cycles=Count("cycles")).order_by("code", "-version")


def blocks(instrument: Instrument) -> list[Block]:
    """Return the building blocks with ladder, statements and key components."""
    return [_block(instrument, dimension) for dimension in instrument.blocks]


def _block(instrument: Instrument, dimension: Dimension) -> Block:
    lens = instrument.primary.code
    items = [item for item in instrument.items if item.dimensions.get(lens) == dimension.code]
    components = [part for part in instrument.key_components if part.dimensions.get(lens) == dimension.code]
    evidence = tuple(part for part in components if part.is_evidence)
    return Block(dimension, ladder(instrument, dimension), pairs(items), evidence)


def ladder(instrument: Instrument, dimension: Dimension) -> tuple[Rung, ...]:
    """Return the levels that have a descriptor in this dimension, the lowest first."""
    return tuple(
        Rung(level, dimension.descriptors[level.level])
        for level in instrument.levels
        if level.level in dimension.descriptors
    )


def pairs(items: Sequence[Item]) -> tuple[ItemPair, ...]:
    """Return the statements side by side: those of staff in their order, then managers' without a partner."""
    manager = {item.code: item for item in items if item.audience == "manager"}
    rows = [
        ItemPair(item, manager.pop(item.pair, None) if item.pair else None)
        for item in items
        if item.audience == "staff"
    ]
    return (*rows, *(ItemPair(None, item) for item in manager.values()))


def outside_blocks(instrument: Instrument) -> tuple[ItemPair, ...]:
    """Return the statements and questions that count in no block: outcomes, open questions and the like."""
    lens = instrument.primary.code
    return pairs([item for item in instrument.items if lens not in item.dimensions])


def other_lenses(instrument: Instrument) -> list[tuple[Lens, list[Counted]]]:
    """Return every lens but the primary one with what counts in its dimensions."""
    others = (lens for lens in instrument.lenses if not lens.primary)
    return [(lens, [_counted(instrument.items, lens, part) for part in lens.dimensions]) for lens in others]


def _counted(items: Iterable[Item], lens: Lens, dimension: Dimension) -> Counted:
    audiences = [item.audience for item in items if item.dimensions.get(lens.code) == dimension.code]
    return Counted(dimension, audiences.count("staff"), audiences.count("manager"))


def groups(components: Iterable[KeyComponent]) -> list[Group]:
    """Return the key components by kind, kinds without any left out."""
    by_kind: dict[str, list[KeyComponent]] = {kind: [] for kind in KINDS}
    for component in components:
        by_kind[component.kind].append(component)
    return [Group(KINDS[kind], tuple(found)) for kind, found in by_kind.items() if found]


def scale(instrument: Instrument, language: str) -> list[tuple[int, str]]:
    """Return the points of the scale with their labels."""
    return list(zip(instrument.scale.points, instrument.scale.labels_in(language), strict=True))


def shares(instrument: Instrument) -> dict[str, float]:
    """Return the weights of the composite as shares that add up to 1."""
    total = sum(instrument.weights.values())
    return {part: weight / total for part, weight in instrument.weights.items()}
