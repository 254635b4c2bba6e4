"""The cube: exact integer sums per unit, from which every figure comes. Cubes add and subtract exactly."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from assessments.scoring import tree
from assessments.scoring.exact import Whole, add, bound, compact, subtract, wide
from assessments.scoring.patterns import Patterns

_MAGIC: Final = b"CFMCUBE2"
_WIDTHS: Final = ("<i1", "<i2", "<i4", "<i8")

Parents = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class AudienceCube:
    """Sums over one audience's respondents, a row a unit (U units, C columns, D dimensions).

    All are whole numbers: int64, or Python integers (dtype object) where a value needs more than 64 bits.
    Scores count options 1…A after reverse keying, in units of 1/L of their column (``Spec.denominators``).
    P runs over the items of each dimension in turn (``Spec.members``).
    """

    persons: Whole  # (U,) respondents
    answers: (
        Whole  # (U, items, A + 2) of those who count in the item's block (all where it has none), as given:
    )
    # not answered, option 1…A, does not apply
    n: Whole  # (U, C) persons who count in the column
    total: Whole  # (U, C) Σ score
    squares: Whole  # (U, C) Σ score²
    partial: Whole  # (U, C) persons in some of the blocks a dimension draws on who do not count in it
    rows: Whole  # (U, D) persons with every item of the dimension answered; over them, per item:
    item_sums: Whole  # (U, P) Σ x
    item_squares: Whole  # (U, P) Σ x²
    item_totals: Whole  # (U, P) Σ x · (sum of the person's row)
    patterns: Patterns  # persons by the set of dimensions they count in, for disclosure control

    def map(self, change: Callable[[Whole], Whole]) -> Self:
        """Return a cube with ``change`` applied to every array."""
        arrays = {name: change(array) for name, array in self.arrays().items()}
        return type(self)(**arrays, patterns=self.patterns.map(change))

    def arrays(self) -> dict[str, Whole]:
        """Return the arrays by name, in a fixed order; the patterns are no array."""
        names = [field.name for field in fields(self) if field.name != "patterns"]
        return {name: getattr(self, name) for name in names}

    def join(self, other: Self, combine: Callable[[Whole, Whole], Whole]) -> Self:
        """Return a cube of ``combine(mine, theirs)``. Raises ValueError for cubes of other shapes."""
        mine, theirs = self.arrays(), other.arrays()
        if any(mine[name].shape != theirs[name].shape for name in mine):
            raise ValueError("cubes of different shapes")
        arrays = {name: combine(mine[name], theirs[name]) for name in mine}
        return type(self)(**arrays, patterns=self.patterns.join(other.patterns, combine))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AudienceCube):
            return NotImplemented
        theirs = other.arrays()
        same = all(np.array_equal(array, theirs[name]) for name, array in self.arrays().items())
        return same and self.patterns == other.patterns

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Cube:
    """One ``AudienceCube`` an audience, all over the same units."""

    audiences: Mapping[str, AudienceCube]

    def __post_init__(self) -> None:
        if len({len(part.persons) for part in self.audiences.values()}) > 1:
            raise ValueError("the audiences' cubes have different numbers of units")

    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, audience: str) -> AudienceCube:
        return self.audiences[audience]

    @property
    def units(self) -> int:
        """U, the number of units."""
        return next((len(part.persons) for part in self.audiences.values()), 0)

    def __add__(self, other: Cube) -> Cube:
        """Add cubes of disjoint sets of people; an audience in only one of them is kept."""
        return self._join(other, add)

    def __sub__(self, other: Cube) -> Cube:
        """Take out people who are in this cube."""
        return self._join(other, subtract)

    def _join(self, other: Cube, combine: Callable[[Whole, Whole], Whole]) -> Cube:
        joined = {}
        for audience in sorted({*self.audiences, *other.audiences}):
            mine, theirs = self.audiences.get(audience), other.audiences.get(audience)
            mine = mine or _like(theirs)
            joined[audience] = mine.join(theirs or _like(mine), combine)
        return Cube(joined)

    def map(self, change: Callable[[Whole], Whole]) -> Cube:
        """Return a cube with ``change`` applied to every array of every audience."""
        return Cube({audience: part.map(change) for audience, part in self.audiences.items()})

    def take(self, units: npt.NDArray[np.integer]) -> Cube:
        """Return the rows of some units, in the order named."""
        return self.map(lambda array: compact(array[units]))

    def to_bytes(self) -> bytes:
        """Serialise: the same cube gives the same bytes, on every machine and however it was computed."""
        arrays = [
            (audience, name, array)
            for audience, part in sorted(self.audiences.items())
            for name, array in {**part.arrays(), **_pattern_arrays(part)}.items()
        ]
        packed = [_pack(array) for _, _, array in arrays]
        index = [
            [audience, name, kind, list(array.shape)]
            for (audience, name, array), (kind, _) in zip(arrays, packed, strict=True)
        ]
        head = json.dumps(index, separators=(",", ":")).encode()
        return b"".join([_MAGIC, len(head).to_bytes(8, "little"), head, *(data for _, data in packed)])

    @classmethod
    def from_bytes(cls, data: bytes) -> Cube:
        """Read what ``to_bytes`` wrote. Raises ValueError for anything else."""
        start = len(_MAGIC) + 8
        if data[: len(_MAGIC)] != _MAGIC or len(data) < start:
            raise ValueError("these bytes are no cube")
        end = start + int.from_bytes(data[len(_MAGIC) : start], "little")
        parts: dict[str, dict[str, Whole]] = {}
        for audience, name, kind, shape in json.loads(data[start:end]):
            array, end = _unpack(data, end, kind, shape)
            parts.setdefault(audience, {})[name] = array
        if end != len(data):
            raise ValueError(f"a cube of {end} bytes stands in {len(data)}")
        return cls({audience: _part_of(arrays) for audience, arrays in parts.items()})


def climb(cube: Cube, parent: Parents) -> Cube:
    """Return the cube in which every unit holds its own people and all those of the units below it.

    parent: int (U,), the index of the unit above, −1 for a root; units may stand in any order.
    """
    return cube.map(lambda array: climb_array(array, parent))


def climb_array(values: Whole, parent: Parents) -> Whole:
    """Sum whole numbers (U, …) up the tree, exact."""
    safe = values.dtype == object or bound(values) * max(len(values), 1) < 2**63
    return compact(tree.subtree_sums(parent, values if safe else wide(values)))


def merge_small(cube: Cube, parent: Parents, k: int) -> Cube:
    """Move the people of direct cells of fewer than k respondents into the unit above, leaves first.

    Afterwards every cell (unit, audience) holds 0 or at least k, a root's excepted (``forget`` pools what is
    left there). Sums over the whole tree do not change, those of a unit below the root may.
    """
    return Cube({audience: _merged(part, parent, k) for audience, part in cube.audiences.items()})


def _merged(part: AudienceCube, parent: Parents, k: int) -> AudienceCube:
    target = _merge_targets(part.persons, parent, k)
    return part.map(lambda array: _gathered(array, target))


def _merge_targets(persons: Whole, parent: Parents, k: int) -> Parents:
    """The unit in which each unit's people end up."""
    held = persons.tolist()
    target = np.arange(len(held))
    depths = tree.levels(parent)
    for unit in (int(u) for units in reversed(depths[1:]) for u in units):
        if 0 < held[unit] < k:
            held[parent[unit]] += held[unit]
            held[unit] = 0
            target[unit] = parent[unit]
    for unit in (int(u) for units in depths for u in units):
        target[unit] = target[target[unit]]
    return target


def _gathered(array: Whole, target: Parents) -> Whole:
    safe = array.dtype == object or bound(array) * max(len(array), 1) < 2**63
    source = array if safe else wide(array)
    result = np.zeros_like(source)
    np.add.at(result, target, source)
    return compact(result)


def _pattern_arrays(part: AudienceCube) -> dict[str, Whole]:
    masks = np.array(part.patterns.masks, dtype=object)
    return {"pattern_masks": compact(masks), "pattern_counts": part.patterns.counts}


def _part_of(arrays: dict[str, Whole]) -> AudienceCube:
    masks, counts = arrays.pop("pattern_masks").tolist(), arrays.pop("pattern_counts")
    return AudienceCube(**arrays, patterns=Patterns.tidy(masks, counts))


def _like(part: AudienceCube | None) -> AudienceCube:
    if part is None:
        raise ValueError("no cube to take the shape from")
    return part.map(lambda array: np.zeros(array.shape, dtype=np.int64))


def _pack(array: Whole) -> tuple[str, bytes]:
    """Narrowest whole numbers that hold the values; more than 64 bits as signed bytes of one width."""
    values = compact(array)
    if values.dtype != object:
        kind = next(kind for kind in _WIDTHS if _fits(values, np.iinfo(kind)))
        return kind, np.ascontiguousarray(values).astype(kind).tobytes()
    width = bound(values).bit_length() // 8 + 1
    return f"big{width}", b"".join(v.to_bytes(width, "little", signed=True) for v in values.ravel())


def _fits(values: Whole, kind: Any) -> bool:
    return values.size == 0 or bool(kind.min <= values.min() and values.max() <= kind.max)


def _unpack(data: bytes, start: int, kind: str, shape: list[int]) -> tuple[Whole, int]:
    size = int(np.prod(shape, dtype=np.int64))
    width = int(kind[3:]) if kind.startswith("big") else int(kind[2:])
    end = start + size * width
    if end > len(data):
        raise ValueError("a cube is cut short")
    if kind in _WIDTHS:
        return np.frombuffer(data[start:end], dtype=kind).astype(np.int64).reshape(shape), end
    cuts = range(start, end, width)
    numbers = [int.from_bytes(data[cut : cut + width], "little", signed=True) for cut in cuts]
    values = np.empty(size, dtype=object)
    values[:] = numbers
    return values.reshape(shape), end
