"""What scoring needs to know of a framework: items, lenses, weights, and the layout that follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import gcd, lcm
from typing import Final, NamedTuple

ALL: Final = "ALL"
RESPONDENTS: Final = ("staff", "manager")
POOLED: Final = "pooled"  # in a cube: people of both audiences in one, once their answers are deleted


@dataclass(frozen=True)
class ItemSpec:
    """A closed item: its code, whether it is keyed in reverse, and its dimension in each lens it counts in.

    outcome: asked as a result of all blocks, in no dimension. pair: the other audience's item with the same stem.
    """

    code: str
    reverse: bool
    dimensions: Mapping[str, str]
    outcome: bool = False
    pair: str = ""


@dataclass(frozen=True)
class DimensionSpec:
    """A dimension and its weight (≥ 0) in ``ALL`` of its lens."""

    code: str
    weight: float = 1.0


@dataclass(frozen=True)
class LensSpec:
    """A lens; the dimensions of the primary one are the building blocks."""

    code: str
    primary: bool
    dimensions: tuple[DimensionSpec, ...]


class Column(NamedTuple):
    """A column of the cube: a dimension of a lens, or ``ALL`` of a lens."""

    lens: str
    dimension: str


class Members(NamedTuple):
    """Items of one audience in one dimension, as indexes into the audience's frozen item order.

    blocks: (column of the block, items of the dimension in that block); loose: items without a block.
    """

    items: tuple[int, ...]
    blocks: tuple[tuple[int, tuple[int, ...]], ...]
    loose: tuple[int, ...]


@dataclass(frozen=True)
class Spec:
    """A frozen framework, as plain data.

    minimum, maximum: ends of the scale. items: per audience the closed items in their frozen order.
    levels: lower bounds (0–100) of the maturity levels, level 1 first. weights: parts of the composite
    ("staff", "manager", "evidence"). Raises ValueError where these contradict each other.
    """

    minimum: int
    maximum: int
    items: Mapping[str, tuple[ItemSpec, ...]]
    lenses: tuple[LensSpec, ...]
    levels: tuple[float, ...]
    weights: Mapping[str, float]

    def __post_init__(self) -> None:
        _check_scale(self)
        _check_lenses(self.lenses)
        for audience, items in self.items.items():
            _check_items(audience, items, {lens.code: lens for lens in self.lenses})
        for audience in self.audiences:
            _check_weights(self, audience)

    @property
    def options(self) -> int:
        """A, the number of scale points (2 to 11)."""
        return self.maximum - self.minimum + 1

    @cached_property
    def audiences(self) -> tuple[str, ...]:
        """The audiences that are asked anything, staff first."""
        return tuple(audience for audience in RESPONDENTS if self.items.get(audience))

    @cached_property
    def primary(self) -> LensSpec:
        """The lens of the building blocks."""
        return next(lens for lens in self.lenses if lens.primary)

    @cached_property
    def dimensions(self) -> tuple[Column, ...]:
        """Every (lens, dimension), in order: the first D columns."""
        return tuple(Column(lens.code, d.code) for lens in self.lenses for d in lens.dimensions)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The C columns of cubes, masks and figures: every (lens, dimension), then ``ALL`` of each lens."""
        return (*self.dimensions, *(Column(lens.code, ALL) for lens in self.lenses))

    def column(self, lens: str, dimension: str) -> int:
        """Index of a column. Raises ValueError for one that does not exist."""
        return self.columns.index(Column(lens, dimension))

    def lens_columns(self, lens: LensSpec) -> tuple[int, ...]:
        """Indexes of the dimensions of a lens, ``ALL`` not included."""
        return tuple(self.column(lens.code, dimension.code) for dimension in lens.dimensions)

    @cached_property
    def alls(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """For each lens the index of its ``ALL`` column and those of its dimensions."""
        return tuple((self.column(lens.code, ALL), self.lens_columns(lens)) for lens in self.lenses)

    @cached_property
    def members(self) -> dict[str, tuple[Members, ...]]:
        """Per audience and dimension (D of them) the items that count there."""
        return {a: tuple(_members(self, a, column) for column in self.dimensions) for a in self.audiences}

    def draws(self, column: int, audience: str) -> tuple[int, ...]:
        """Block columns that a column's items of one audience draw on (a block draws on itself)."""
        if self.columns[column].dimension != ALL:
            found = (block for block, _ in self.members[audience][column].blocks)
        else:
            found = (b for d in self.parts(column, audience) for b in self.draws(d, audience))
        return tuple(sorted(set(found)))

    def parts(self, column: int, audience: str) -> tuple[int, ...]:
        """Dimensions of an ``ALL`` column's lens that hold items for the audience."""
        return tuple(d for d in dict(self.alls)[column] if self.members[audience][d].items)

    def block_of(self, audience: str) -> tuple[int, ...]:
        """Per item of an audience the column of its block, −1 where it is in none."""
        found = {
            item: block
            for block in self.lens_columns(self.primary)
            for item in self.members[audience][block].items
        }
        return tuple(found.get(item, -1) for item in range(len(self.items[audience])))

    def outcomes(self, audience: str) -> tuple[int, ...]:
        """Indexes of an audience's outcome items."""
        return tuple(i for i, item in enumerate(self.items[audience]) if item.outcome)

    @cached_property
    def outcome_denominator(self) -> int:
        """L of the outcome: every person's mean of their outcome items is a whole number of 1/L scale points."""
        return lcm(*(n for a in self.audiences for n in range(1, len(self.outcomes(a)) + 1)))

    def answered_by(self, dimension: int) -> tuple[str, ...]:
        """Audiences that have items in a dimension."""
        return tuple(a for a in self.audiences if self.members[a][dimension].items)

    @cached_property
    def dimension_weights(self) -> tuple[int, ...]:
        """Weights of the D dimensions as whole numbers in the same proportion within each lens."""
        return tuple(weight for lens in self.lenses for weight in _whole(d.weight for d in lens.dimensions))

    @cached_property
    def denominators(self) -> tuple[int, ...]:
        """L of each column: every person score there is a whole number of 1/L scale points.

        The least common multiple of the denominators that the rules of either audience can give, so that
        sums of both audiences, and sums in any order, are exact.
        """
        blocks = {column: _block_denominator(self, column) for column in self.lens_columns(self.primary)}
        dims = [blocks.get(c) or _dimension_denominator(self, c, blocks) for c in range(len(self.dimensions))]
        return (*dims, *(_all_denominator(self, column, dims) for column, _ in self.alls))


def _members(spec: Spec, audience: str, column: Column) -> Members:
    items = spec.items[audience]
    inside = tuple(i for i, item in enumerate(items) if item.dimensions.get(column.lens) == column.dimension)
    block_of = {i: items[i].dimensions.get(spec.primary.code) for i in inside}
    blocks = tuple(
        (spec.column(spec.primary.code, d.code), tuple(i for i in inside if block_of[i] == d.code))
        for d in spec.primary.dimensions
        if d.code in block_of.values()
    )
    return Members(inside, blocks, tuple(i for i in inside if block_of[i] is None))


def _whole(weights: Iterable[float]) -> Iterator[int]:
    """Weights as printed (0.1 is one tenth), brought to the smallest whole numbers in proportion."""
    exact = [Fraction(str(weight)) for weight in weights]
    common = lcm(*(w.denominator for w in exact))
    whole = [int(w * common) for w in exact]
    shared = gcd(*whole) or 1
    return (w // shared for w in whole)


def _block_denominator(spec: Spec, column: int) -> int:
    return lcm(*(n for a in spec.audiences for n in range(1, len(spec.members[a][column].items) + 1)))


def _dimension_denominator(spec: Spec, column: int, blocks: Mapping[int, int]) -> int:
    """A mean of items with values, some of them block means: fillings times the numbers of such items."""
    needed = 1
    for audience in spec.audiences:
        members = spec.members[audience][column]
        filled = lcm(*(blocks[block] for block, _ in members.blocks))
        fewest = max(1, len(members.items) - len(members.loose))
        needed = lcm(needed, filled * lcm(*range(fewest, len(members.items) + 1)))
    return needed


def _all_denominator(spec: Spec, column: int, dimensions: list[int]) -> int:
    needed = 1
    for audience in spec.audiences:
        parts = spec.parts(column, audience)
        weight = sum(spec.dimension_weights[d] for d in parts)
        needed = lcm(needed, max(weight, 1) * lcm(*(dimensions[d] for d in parts)))
    return needed


def _check_scale(spec: Spec) -> None:
    if not 2 <= spec.options <= 11:
        raise ValueError(f"a scale has 2 to 11 points, not {spec.options}")
    if not spec.levels or any(low >= high for low, high in pairwise(spec.levels)):
        raise ValueError("the lower bounds of the levels must rise")
    if unknown := set(spec.items) - set(RESPONDENTS):
        raise ValueError(f"unknown audience {min(unknown)!r}")
    if set(spec.weights) != {*RESPONDENTS, "evidence"} or min(spec.weights.values()) < 0:
        raise ValueError("weights need staff, manager and evidence, none below 0")


def _check_lenses(lenses: tuple[LensSpec, ...]) -> None:
    if sum(lens.primary for lens in lenses) != 1:
        raise ValueError("exactly one lens is the primary one")
    _check_unique("lens", [lens.code for lens in lenses])
    for lens in lenses:
        _check_unique(f"dimension of {lens.code}", [ALL, *(d.code for d in lens.dimensions)])
        if min((d.weight for d in lens.dimensions), default=0) < 0 or not any(
            d.weight for d in lens.dimensions
        ):
            raise ValueError(f"the weights in {lens.code} must not be below 0, nor all 0")


def _check_items(audience: str, items: tuple[ItemSpec, ...], lenses: Mapping[str, LensSpec]) -> None:
    _check_unique(f"{audience} item", [item.code for item in items])
    for item in items:
        for lens, dimension in item.dimensions.items():
            if lens not in lenses or dimension not in {d.code for d in lenses[lens].dimensions}:
                raise ValueError(f"item {item.code}: there is no dimension {dimension!r} in lens {lens!r}")


def _check_weights(spec: Spec, audience: str) -> None:
    for column, _ in spec.alls:
        parts = spec.parts(column, audience)
        if parts and not any(spec.dimension_weights[d] for d in parts):
            raise ValueError(f"{spec.columns[column].lens}: every dimension with {audience} items weighs 0")


def _check_unique(what: str, codes: list[str]) -> None:
    if len(set(codes)) < len(codes):
        raise ValueError(f"the same {what} stands twice")
