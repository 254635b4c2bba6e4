"""From answers to exact integers per unit: the one place that applies the rules of who counts where."""

from __future__ import annotations

from collections.abc import Iterable
from math import lcm
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from assessments.scoring.cube import AudienceCube
from assessments.scoring.exact import SAFE, Whole, bound, compact, wide
from assessments.scoring.patterns import Patterns
from assessments.scoring.spec import Members, Spec

MISSING: Final = 0
NOT_APPLICABLE: Final = 12
_ALPHABET: Final = b"0123456789ab"
_BAD: Final = 255
_HALF: Final = 2**31
_SLICE: Final = 16_384  # persons at a time: their columns stay in the processor's cache
_MOST_OPTIONS: Final = 11

_TABLE: Final = np.full(256, _BAD, dtype=np.uint8)
_TABLE[np.frombuffer(_ALPHABET, dtype=np.uint8)] = np.arange(len(_ALPHABET))
_TABLE[ord("x")] = NOT_APPLICABLE

Codes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


class Scores(NamedTuple):
    """Who counts in a column (bool, n persons) and their scores in units of 1/L option (0 elsewhere).

    Scores count options from 1 to A, so that they are positive whatever the scale's minimum is.
    """

    counted: Mask
    score: Whole


class Judged(NamedTuple):
    """Persons who count in every block and in the outcome: what driver analysis starts from.

    unit: int (n,). scores: (n, blocks + 1), whole numbers as floats, of each block in order and of the outcome, each
    in its own unit (1/L option): what driver analysis finds does not depend on units.
    """

    unit: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float64]


class Cells:
    """Persons sorted by unit, so that sums per unit are sums over slices."""

    def __init__(self, unit: npt.NDArray[np.int64], units: int) -> None:
        self.unit, self.units = unit, units
        self.present, self.starts = np.unique(unit, return_index=True)

    def sum(self, values: npt.NDArray[np.generic]) -> Whole:
        """Sum over the last axis within each unit: (…, n) → (units, …), exact for whole numbers."""
        kind = object if values.dtype == object else np.int64
        result = np.zeros((self.units, *values.shape[:-1]), dtype=kind)
        if len(self.unit):
            short = self._short(values)  # in its own width: widening numbers on the way costs five times more
            result[self.present] = np.add.reduceat(short, self.starts, axis=-1, dtype=short.dtype).T
        return result

    @staticmethod
    def _short(values: npt.NDArray[np.generic]) -> Whole:
        """Return small numbers with 32 bits where no sum of them can pass that."""
        if values.dtype == object:
            return values
        narrow = values.dtype.itemsize <= 4 and bound(values) * values.shape[-1] < 2**31
        return values.astype(np.int32 if narrow else np.int64, copy=False)

    def histogram(self, answers: Codes, bins: int) -> Whole:
        """Count each code of each item: (items, n) → (units, items, bins)."""
        base = self.unit * bins
        counts = [np.bincount(base + row, minlength=self.units * bins) for row in answers]
        return np.stack(counts).reshape(len(answers), self.units, bins).transpose(1, 0, 2)


def decode(buffer: bytes, items: int) -> Codes:
    """Turn stored answers into numbers: uint8 (n, items).

    buffer: n · items ASCII characters, one an item in the frozen order, nothing between rows: "0" not
    answered → 0, "1"…"9", "a", "b" the option → 1…11, "x" does not apply → 12.
    Raises ValueError naming row and item (from 1) of a character outside this alphabet.

    >>> decode(b"10bx5a", 3).tolist()
    [[1, 0, 11], [12, 5, 10]]
    """
    if items < 1 or len(buffer) % items:
        raise ValueError(f"{len(buffer)} characters are not whole rows of {items} items")
    codes = _TABLE[np.frombuffer(buffer, dtype=np.uint8)].reshape(-1, items)
    if (codes == _BAD).any():
        row, item = np.argwhere(codes == _BAD)[0].tolist()
        found = chr(buffer[row * items + item])
        raise ValueError(f"row {row + 1}, item {item + 1}: {found!r} is not an answer code")
    return codes


def tally(spec: Spec, audience: str, codes: Codes, unit: npt.NDArray[np.integer], units: int) -> AudienceCube:
    """Sum up one audience's answers per unit in which they were given.

    codes: uint8 (n, items) as ``decode`` gives them; unit: int (n,) in 0…units−1. The rules: reverse
    first; a person counts in a block with at least half of its items answered ("does not apply" taken
    out; one at least left and answered); in a dimension of another lens by counting in every block it
    draws on, a missing item taking the person's mean of its block; in ALL by counting in every dimension.
    Raises ValueError for shapes that do not fit, a unit outside the range, an option outside the scale.
    """
    return tally_judged(spec, audience, codes, unit, units)[0]


def tally_judged(
    spec: Spec, audience: str, codes: Codes, unit: npt.NDArray[np.integer], units: int
) -> tuple[AudienceCube, Judged]:
    """Return the sums of ``tally``, and the persons whom driver analysis can use. Arguments as in ``tally``."""
    _check(spec, audience, codes, unit, units)
    order = np.argsort(unit, kind="stable")
    slices = [order[i : i + _SLICE] for i in range(0, len(order), _SLICE)] or [order]
    parts = [_tally_slice(spec, audience, codes[rows], unit[rows].astype(np.int64)) for rows in slices]
    judged = Judged(*(np.concatenate(arrays) for arrays in zip(*(part[2] for part in parts), strict=True)))
    return _assembled([part[:2] for part in parts], units), judged


def _tally_slice(spec: Spec, audience: str, codes: Codes, unit: Whole) -> tuple[int, AudienceCube, Judged]:
    """The cube of some persons sorted by unit, and the unit of its first row: it spans only their units."""
    first, units = (int(unit[0]), int(unit[-1] - unit[0]) + 1) if len(unit) else (0, 0)
    cells = Cells(unit - first, units)
    answers = np.ascontiguousarray(codes.T)
    values = _keyed(spec, audience, answers)
    scores, partial = _score(spec, audience, values, answers == NOT_APPLICABLE)
    rows, pairs = _complete_rows(spec, audience, values, cells)
    cube = AudienceCube(
        persons=np.bincount(cells.unit, minlength=units).astype(np.int64),
        answers=_histogram(spec, audience, answers, scores, cells),
        n=cells.sum(np.stack([s.counted for s in scores])),
        total=_columns(_sums(cells, s.score) for s in scores),
        squares=_columns(_square_sums(cells, s.score) for s in scores),
        partial=cells.sum(np.stack(partial)),
        rows=rows,
        item_sums=pairs[0],
        item_squares=pairs[1],
        item_totals=pairs[2],
        patterns=Patterns.of([s.counted for s in scores[: len(spec.dimensions)]], cells.unit, units),
    )
    return first, cube, _judged(spec, audience, values, answers == NOT_APPLICABLE, scores, unit)


def _histogram(spec: Spec, audience: str, answers: Codes, scores: list[Scores], cells: Cells) -> Whole:
    """Count each code of each item among those who count in the item's block (everybody where it has none)."""
    bins = spec.options + 2
    given = np.minimum(answers, spec.options + 1)
    for item, block in enumerate(spec.block_of(audience)):
        if block >= 0:
            given[item, ~scores[block].counted] = bins
    return cells.histogram(given, bins + 1)[:, :, :bins]


def _judged(
    spec: Spec, audience: str, values: Codes, inapplicable: Mask, scores: list[Scores], unit: Whole
) -> Judged:
    """Persons with a score in every block and in the outcome, the mean of its items by the rule of blocks."""
    blocks = spec.lens_columns(spec.primary)
    outcomes = spec.outcomes(audience)
    if not outcomes:
        return Judged(unit[:0], np.zeros((0, len(blocks) + 1)))
    outcome = _block(outcomes, values, inapplicable, spec.outcome_denominator)
    columns = [*(scores[c] for c in blocks), outcome]
    whole = np.logical_and.reduce([column.counted for column in columns])
    return Judged(
        unit[whole], np.stack([column.score[whole].astype(np.float64) for column in columns], axis=1)
    )


def _assembled(parts: list[tuple[int, AudienceCube]], units: int) -> AudienceCube:
    """Put the slices at their units; a unit may lie in several of them."""
    arrays = [(first, part.arrays()) for first, part in parts]
    names = arrays[0][1]
    placed = {name: _placed([(f, a[name]) for f, a in arrays], units) for name in names}
    return AudienceCube(**placed, patterns=_placed_patterns(parts, units))


def _placed_patterns(parts: list[tuple[int, AudienceCube]], units: int) -> Patterns:
    pieces = [(first, part.patterns) for first, part in parts]
    masks = [mask for _, piece in pieces for mask in piece.masks]
    counts = np.zeros((units, len(masks)), dtype=np.int64)
    column = 0
    for first, piece in pieces:
        height, width = piece.counts.shape
        counts[first : first + height, column : column + width] = piece.counts
        column += width
    return Patterns.tidy(masks, counts)


def _placed(pieces: list[tuple[int, Whole]], units: int) -> Whole:
    fits = all(piece.dtype != object for _, piece in pieces) and sum(bound(p) for _, p in pieces) < 2 * SAFE
    result = np.zeros((units, *pieces[0][1].shape[1:]), dtype=np.int64 if fits else object)
    for first, piece in pieces:
        result[first : first + len(piece)] += piece
    return compact(result)


def _check(spec: Spec, audience: str, codes: Codes, unit: npt.NDArray[np.integer], units: int) -> None:
    if audience not in spec.audiences:
        raise ValueError(f"no items for audience {audience!r}")
    items = spec.items[audience]
    if codes.dtype != np.uint8 or codes.ndim != 2 or codes.shape[1] != len(items):
        raise ValueError(f"codes are {codes.dtype} {codes.shape}, expected uint8 (n, {len(items)})")
    if unit.shape != (len(codes),) or (len(unit) and not 0 <= unit.min() <= unit.max() < units):
        raise ValueError(f"unit must be {len(codes)} indexes in 0…{units - 1}")
    beyond = (codes > spec.options) & (codes != NOT_APPLICABLE)
    if beyond.any():
        row, item = np.argwhere(beyond)[0].tolist()
        option = codes[row, item]
        raise ValueError(f"row {row + 1}, item {items[item].code}: option {option} is not 1…{spec.options}")


def _keyed(spec: Spec, audience: str, answers: Codes) -> Codes:
    """Options 1…A after reverse keying, 0 where there is no value: (items, n)."""
    forward = np.zeros(256, dtype=np.uint8)
    forward[1 : spec.options + 1] = np.arange(1, spec.options + 1)
    backward = np.zeros(256, dtype=np.uint8)
    backward[1 : spec.options + 1] = np.arange(spec.options, 0, -1)
    keys = [backward if item.reverse else forward for item in spec.items[audience]]
    return np.stack([key[row] for key, row in zip(keys, answers, strict=True)])


def _score(spec: Spec, audience: str, values: Codes, inapplicable: Mask) -> tuple[list[Scores], list[Mask]]:
    """Scores of every column, and who counts in some but not all of the blocks a dimension draws on."""
    members = spec.members[audience]
    blocks = {
        c: _block(members[c].items, values, inapplicable, spec.denominators[c])
        for c in spec.lens_columns(spec.primary)
    }
    scores = [
        blocks.get(c) or _dimension(spec, c, member, values, inapplicable, blocks)
        for c, member in enumerate(members)
    ]
    partial = [_partial(m, s.counted, blocks) for m, s in zip(members, scores, strict=True)]
    alls = [_all(spec, audience, column, scores) for column, _ in spec.alls]
    nobody = np.zeros(values.shape[1], dtype=np.bool_)
    return scores + alls, partial + [nobody] * len(alls)


def _block(items: tuple[int, ...], values: Codes, inapplicable: Mask, denominator: int) -> Scores:
    """Mean of the answered items of a block for those who answered at least half of what applies."""
    inside = list(items)
    answered = _added(values[inside] > 0)
    left = len(inside) - _added(inapplicable[inside])
    counted = (answered > 0) & (2 * answered >= left)
    total = _added(values[inside])
    kind = _kind(denominator, len(inside))
    return Scores(counted, _mean(total.astype(kind), counted, answered, denominator, len(inside)))


def _added(values: Codes | Mask) -> npt.NDArray[np.int64]:
    """Sum over items, (items, n) → (n,): in bytes where they can't overflow, twenty times faster than in 64 bits."""
    most = 1 if values.dtype == np.bool_ else _MOST_OPTIONS
    if most * len(values) > np.iinfo(np.uint8).max:
        return np.asarray(values.sum(axis=0, dtype=np.int64))
    return np.asarray(values.view(np.uint8).sum(axis=0, dtype=np.uint8).astype(np.int64))


def _kind(denominator: int, items: int) -> type:
    """Python integers where a sum over a person's items could pass 64 bits."""
    return np.int64 if _MOST_OPTIONS * items * denominator < SAFE else object


def _mean(total: Whole, counted: Mask, divisor: Whole, denominator: int, most: int) -> Whole:
    """total · (denominator / divisor) for those who count, 0 for the others; divisor is 1…most there."""
    factors = np.array([0, *(denominator // n for n in range(1, most + 1))], dtype=total.dtype)
    return np.asarray(total * factors[np.where(counted, divisor, 0)])


def _dimension(
    spec: Spec, column: int, members: Members, values: Codes, inapplicable: Mask, blocks: dict[int, Scores]
) -> Scores:
    """Mean over all items of a dimension of another lens, missing ones filled with their block's mean."""
    most, denominator = len(members.items), spec.denominators[column]
    kind = _kind(denominator, most)
    filled = lcm(*(spec.denominators[block] for block, _ in members.blocks))
    loose = list(members.loose)
    valued = most - len(loose) + _added(values[loose] > 0)
    counted = (valued > 0) & (2 * valued >= most - _added(inapplicable[loose]))
    total: Whole = _added(values[loose]).astype(kind) * filled
    for block, items in members.blocks:
        counted &= blocks[block].counted
        total = total + _filled(values[list(items)], blocks[block].score, filled, spec.denominators[block])
    return Scores(counted, _mean(total, counted, valued, denominator // filled, most))


def _filled(values: Codes, mean: Whole, filled: int, denominator: int) -> Whole:
    """Sum of the items in units of 1/filled, a missing one taking the mean (in units of 1/denominator)."""
    kind = _kind(filled, len(values))
    known: Whole = _added(values).astype(kind) * filled
    missing: Whole = _added(values == MISSING).astype(kind)
    return np.asarray(known + missing * mean * (filled // denominator))


def _partial(members: Members, counted: Mask, blocks: dict[int, Scores]) -> Mask:
    """Persons who count in a block the dimension draws on, but not in the dimension."""
    anywhere = np.zeros_like(counted)
    for block, _ in members.blocks:
        anywhere |= blocks[block].counted
    return anywhere & ~counted


def _all(spec: Spec, audience: str, column: int, scores: list[Scores]) -> Scores:
    """Weighted mean of a lens's dimensions, for those who count in each of them."""
    parts = spec.parts(column, audience)
    denominator = spec.denominators[column]
    counted = np.full(len(scores[0].counted), bool(parts))
    total: Whole = np.zeros(len(counted), dtype=_kind(denominator, 1))
    unit = denominator // max(1, sum(spec.dimension_weights[d] for d in parts))
    for d in parts:
        counted = counted & scores[d].counted
        factor = spec.dimension_weights[d] * (unit // spec.denominators[d])
        total = total + scores[d].score.astype(total.dtype) * factor
    return Scores(counted, np.asarray(total * counted))


def _sums(cells: Cells, score: Whole) -> Whole:
    fits = bound(score) * len(score) < 2 * SAFE
    return cells.sum(score if fits else wide(score))


def _square_sums(cells: Cells, score: Whole) -> Whole:
    """Σ score² per unit; squares that fit 64 bits, but not their sum, are summed in two halves."""
    largest = bound(score)
    if largest**2 * len(score) < 2 * SAFE:
        return cells.sum(score * score)
    if largest >= _HALF:
        return cells.sum(wide(score) ** 2)
    square = score.astype(np.int64) ** 2
    return wide(cells.sum(square // _HALF)) * _HALF + wide(cells.sum(square % _HALF))


def _columns(columns: Iterable[Whole]) -> Whole:
    return compact(np.stack([compact(column) for column in columns], axis=-1))


def _complete_rows(spec: Spec, audience: str, values: Codes, cells: Cells) -> tuple[Whole, list[Whole]]:
    """Rows with every item of a dimension: how many (units, D), and per item there Σx, Σx², Σx·row total."""
    rows, sums = [], []
    for members in spec.members[audience]:
        inside = values[list(members.items)]
        complete = np.asarray((inside > 0).all(axis=0) & bool(members.items))
        x = inside * complete
        total = _added(x).astype(np.int32)
        rows.append(cells.sum(complete))
        sums.append([cells.sum(y) for y in (x, x * x, x * total)])  # an option's square fits a byte
    return np.stack(rows, axis=-1), [np.concatenate(part, axis=1) for part in zip(*sums, strict=True)]
