"""Small frameworks, people with blocks left out, and exhaustive search for what published totals disclose."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import lcm

import numpy as np

from assessments.scoring.column import Column
from assessments.scoring.dependence import counts_in
from assessments.scoring.patterns import Patterns
from assessments.scoring.rowspace import RowSpace
from assessments.scoring.shown import Shown

AUDIENCES = ("staff", "manager")
MANY = 40


def columns_from(lenses: Mapping[str, Mapping[str, Sequence[Sequence[int]]]]) -> tuple[Column, ...]:
    """Columns of lenses {lens: {dimension: (staff items, manager items)}}; the first lens has the blocks.

    Dimensions first, then ALL of each lens with equal weights, as in ``Spec.columns``.
    """
    blocks = next(iter(lenses.values()))
    plain = [
        _column(
            lens,
            code,
            "block" if sets is blocks else "lens",
            [_mean([a]) for a in items],
            list(blocks.values()),
            items,
        )
        for lens, sets in lenses.items()
        for code, items in sets.items()
    ]
    alls = [
        _column(
            lens, "ALL", "all", [_mean([d[a] for d in sets.values() if d[a]]) for a in (0, 1)], [], ((), ())
        )
        for lens, sets in lenses.items()
    ]
    return (*plain, *alls)


def _mean(parts):
    weights = {}
    for part in parts:
        for item in part:
            weights[item] = weights.get(item, Fraction(0)) + Fraction(1, len(part) * len(parts))
    return weights


def _column(lens, code, kind, weights, blocks, items):
    unit = lcm(*(w.denominator for row in weights for w in row.values()))
    drawn = [
        tuple(b for b, block in enumerate(blocks) if set(block[a]) & set(items[a])) if kind == "lens" else ()
        for a in (0, 1)
    ]
    staff, manager = (tuple((i, int(w * unit)) for i, w in sorted(row.items())) for row in weights)
    union = tuple(sorted({*drawn[0], *drawn[1]}))
    own = drawn if kind == "lens" else (None, None)
    return Column(lens, code, kind, union, own[0], own[1], staff, manager)


def random_framework(rng, *, blocks=3, items=2, lenses=2) -> tuple[Column, ...]:
    """Blocks of a few items, and lenses that sort the same items in another way, some of them into none."""
    everything = {"blocks": {f"B{b}": [list(range(b * items, (b + 1) * items))] * 2 for b in range(blocks)}}
    for number in range(lenses):
        size = int(rng.integers(1, 4))
        places = [rng.integers(-1 if rng.random() < 0.3 else 0, size, blocks * items) for _ in range(2)]
        if rng.random() < 0.5:
            places[1] = places[0]
        everything[f"lens{number}"] = {
            f"D{number}{d}": [np.flatnonzero(place == d).tolist() for place in places] for d in range(size)
        }
    return columns_from(everything)


def people_of(columns, units, staff, manager) -> dict[str, Patterns]:
    """Patterns from [(unit, blocks answered, how many)] an audience."""
    return {a: _table(columns, units, rows, a) for a, rows in zip(AUDIENCES, (staff, manager), strict=True)}


def _table(columns, units, rows, audience):
    masks, counts = [], np.zeros((units, len(rows)), dtype=np.int64)
    for place, (unit, answered, size) in enumerate(rows):
        mask = 0
        for c, column in enumerate(columns):
            drawn = {c} if column.kind == "block" else column.drawn_by(audience)
            if column.kind != "all" and column.weights(audience) and drawn <= set(answered):
                mask |= 1 << c
        masks.append(mask)
        counts[unit, place] = size
    return Patterns.tidy(masks, counts)


def random_tree(rng, units):
    return np.array([-1] + [int(rng.integers(0, i)) for i in range(1, units)])


def random_people(rng, columns, units, k) -> dict[str, Patterns]:
    """Most people answer everything, a few leave blocks out; every third unit or so has one or two managers."""
    blocks = [c for c, column in enumerate(columns) if column.kind == "block"]
    groups = []
    for audience in (0, 1):
        rows = []
        for unit in range(units):
            sizes = [0, k, 2 * k, MANY] if audience == 0 else [0, 1, 2, k, MANY]
            rows.append((unit, blocks, int(rng.choice(sizes))))
            for _ in range(int(rng.integers(0, 3))):
                left = rng.choice(blocks, int(rng.integers(1, len(blocks) + 1)), replace=False).tolist()
                rows.append(
                    (unit, [b for b in blocks if b not in left], int(rng.choice([1, 1, 2, k - 1, k, k + 1])))
                )
        groups.append(rows)
    return people_of(columns, units, *groups)


def random_masks(rng, columns, units) -> Shown:
    """What might be shown: ALL and lenses on what they rest on, otherwise anything."""
    whole, split = (rng.random((units, len(columns))) < 0.85 for _ in range(2))
    if rng.random() < 0.4:
        whole[:] = True
    split &= whole & (rng.random() < 0.6)
    spread = rng.random((units, len(columns))) < 0.7
    for c, column in enumerate(columns):
        if column.kind != "block":
            base = [d for d, x in enumerate(columns) if x.lens == column.lens and x.kind != "all"]
            base = list(column.draws) if column.kind == "lens" else base
            whole[:, c] &= whole[:, base].all(axis=1)
            split[:, c] &= split[:, base].all(axis=1)
            spread[:, c] &= whole[:, c]
        if column.kind != "all":
            spread[:, c] = True
    return Shown(all=whole, split=split & whole, spread=spread)


def under(parent, unit):
    """The units of a subtree, by walking up from each."""
    found = []
    for other in range(len(parent)):
        walk = other
        while walk not in (-1, unit):
            walk = parent[walk]
        if walk == unit:
            found.append(other)
    return found


def totals(columns, parent, people, shown: Shown, degree=1):
    """(rows, people by atom): every published total of sums (or of squares) as a row over (atom, answer)."""
    atoms = {
        (a, unit, mask): int(table.counts[unit, place])
        for a, audience in enumerate(AUDIENCES)
        for table in [people[audience]]
        for unit in range(len(parent))
        for place, mask in enumerate(table.masks)
        if table.counts[unit, place]
    }
    rows = []

    def counts(atom, column):
        return counts_in(columns, atom[2], column, AUDIENCES[atom[0]])

    for c, column in enumerate(columns):
        vectors = [_vector(column.weights(audience), degree) for audience in AUDIENCES]
        for mask, audiences in ((shown.all, (0, 1)), (shown.split, (0,)), (shown.split, (1,))):
            for unit in np.flatnonzero(mask[:, c] & shown.all[:, c] & shown.spread[:, c]):
                inside = set(under(parent, unit))
                rows.append(
                    {
                        (atom, key): weight
                        for atom in atoms
                        if atom[0] in audiences
                        and atom[1] in inside
                        and counts_in(columns, atom[2], c, AUDIENCES[atom[0]])
                        for key, weight in vectors[atom[0]].items()
                    }
                )
    return rows, atoms


def _vector(weights, degree):
    if degree == 1:
        return {(i,): w for i, w in weights}
    return {(i, j): a * b for i, a in weights for j, b in weights if i <= j}


def lightest(rows, atoms, k):
    """Fewest people (below k) whom a combination of rows concerns, trying every set of atoms; None if k or more."""
    number = {key: i for i, key in enumerate(sorted({key for row in rows for key in row}))}
    rank = RowSpace([{number[key]: w for key, w in row.items()} for row in rows]).rank
    small = [atom for atom, size in atoms.items() if size < k]
    best = None
    for count in range(1, k):
        for chosen in combinations(small, count):
            size = sum(atoms[atom] for atom in chosen)
            if size >= (k if best is None else best):
                continue
            rest = [{number[key]: w for key, w in row.items() if key[0] not in chosen} for row in rows]
            if RowSpace(rest).rank < rank:
                best = size
    return best
