"""The audit against exhaustive search: it knows nothing of how the masks were chosen."""

import json
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest

from assessments.scoring.audit import Released, audit, audit_release
from assessments.scoring.rowspace import RowSpace
from assessments.scoring.shown import Shown
from assessments.scoring.tree import regions
from tests.factories.disclosure import (
    columns_from,
    people_of,
    random_framework,
    random_masks,
    random_people,
    random_tree,
    totals,
    under,
)
from tests.factories.disclosure import lightest as lightest_of

SMALL_TREES = [
    np.array([-1, *above]) for size in (1, 2, 3, 4) for above in product(*(range(i) for i in range(1, size)))
]


def cells_of(parent, groups, whole, split):
    """Published totals as rows over atoms. groups: list of (audience, counts (U,)); an atom a group and unit."""
    rows = []
    for mask, audiences in ((whole, (0, 1)), (split, (0,)), (split, (1,))):
        for unit in np.flatnonzero(mask):
            rows.append(
                {
                    g * len(parent) + below: 1
                    for g, (audience, counts) in enumerate(groups)
                    for below in under(parent, unit)
                    if audience in audiences and counts[below]
                }
            )
    return rows


def lightest(rows, weight, k):
    """Fewest people (below k) concerned by any combination of rows, by trying every set of atoms; None if k or more."""
    atoms = [atom for atom, people in weight.items() if people]
    rank = RowSpace(rows).rank
    found = None
    for size in range(1, min(k - 1, len(atoms)) + 1):
        for chosen in combinations(atoms, size):
            people = sum(weight[atom] for atom in chosen)
            if people >= k or (found is not None and people >= found):
                continue
            outside = [{a: v for a, v in row.items() if a not in chosen} for row in rows]
            if RowSpace(outside).rank < rank:
                found = people
    return found


def weights(parent, groups):
    return {g * len(parent) + u: int(c) for g, (_, counts) in enumerate(groups) for u, c in enumerate(counts)}


def one_column_masks(rng, units):
    whole = rng.random(units) < 0.8
    return whole, whole & (rng.random(units) < 0.7)


def test_the_audit_of_a_column_agrees_with_exhaustive_search_on_small_trees():
    rng = np.random.default_rng(11)
    verdicts = []
    for parent in SMALL_TREES * 25:
        k = int(rng.choice([2, 3, 5]))
        staff, manager = rng.integers(0, 2 * k, len(parent)), rng.integers(0, k + 1, len(parent))
        whole, split = one_column_masks(rng, len(parent))
        groups = [(0, staff), (1, manager)]

        verdict = audit(parent, staff, manager, whole, split, k)

        expected = lightest(cells_of(parent, groups, whole, split), weights(parent, groups), k)
        assert verdict.passed == (expected is None), (parent, staff, manager, whole, split, k)
        if expected is not None:
            assert verdict.certificate["smallest"] <= expected
        verdicts.append(verdict.passed)
    assert 0.1 < np.mean(verdicts) < 0.9


def test_the_rank_of_the_certificate_is_the_rank_of_the_published_totals():
    rng = np.random.default_rng(12)
    for _ in range(60):
        parent = random_tree(rng, 6)
        staff, manager = rng.integers(0, 9, 6), rng.integers(0, 4, 6)
        whole, split = one_column_masks(rng, 6)
        rows = cells_of(parent, [(0, staff), (1, manager)], whole, split)
        verdict = audit(parent, staff, manager, whole, split, 5)
        assert verdict.certificate["rank"] == RowSpace(rows).rank


def worst(columns, parent, people, shown, k):
    """Fewest people whom a combination of sums, or of squares, concerns, by exhaustive search; None: k or more."""
    found = [lightest_of(*totals(columns, parent, people, shown, degree), k) for degree in (1, 2)]
    return min((people for people in found if people is not None), default=None)


def test_whatever_the_audit_passes_is_safe_by_exhaustive_search_over_all_columns_together():
    rng = np.random.default_rng(13)
    passed = leaking = 0
    for _ in range(40):
        units, k = int(rng.integers(1, 3)), int(rng.choice([2, 3, 4]))
        columns = random_framework(
            rng, blocks=int(rng.integers(2, 4)), items=2, lenses=int(rng.integers(1, 3))
        )
        parent, people = random_tree(rng, units), random_people(rng, columns, units, k)
        shown = random_masks(rng, columns, units)

        verdict = audit_release(columns, parent, people, shown, k)

        found = worst(columns, parent, people, shown, k)
        assert not (verdict.passed and found is not None), (columns, parent, people, shown, k)
        passed += verdict.passed
        leaking += found is not None
    assert passed > 3
    assert leaking > 10


def everything(columns, units=1, *, split=False):
    whole = np.ones((units, len(columns)), dtype=bool)
    return Shown(all=whole, split=whole & split, spread=whole)


def rules(verdict):
    return {finding.rule for finding in verdict.findings}


def test_a_person_with_one_pattern_of_left_out_blocks_is_found_across_three_lenses():
    """D12 − D13 − D23 + 2·B3 concerns the one person who left out B3 alone; no two columns show it."""
    b1, b2, b3 = [0, 1], [2, 3], [4, 5]
    pairs = {"x": b1 + b2, "y": b1 + b3, "z": b2 + b3}
    lenses = {"blocks": {"B1": [b1, []], "B2": [b2, []], "B3": [b3, []]}} | {
        lens: {f"D{lens}": [items, []]} for lens, items in pairs.items()
    }
    columns = columns_from(lenses)
    people = people_of(columns, 1, [(0, [0, 1, 2], 30), (0, [0, 1], 1), (0, [0], 5), (0, [1], 5)], [])
    shown = everything(columns)
    shown.spread[:, -4:] = shown.all[:, -4:] = False

    assert "lens" in rules(audit_release(columns, [-1], people, shown, 5))
    assert worst(columns, [-1], people, shown, 5) == 1


def test_two_managers_are_found_where_lenses_weigh_items_of_staff_and_managers_unlike():
    """Everybody answered everything, the split is hidden; weights that cancel the staff leave the two managers."""
    blocks = {"B1": [[0, 1], [0, 1]], "B2": [[2, 3], [2, 3]]}
    columns = columns_from({"blocks": blocks, "other": {"X": [[0, 1, 2], [0]], "Y": [[3], [1, 2, 3]]}})
    people = people_of(columns, 1, [(0, [0, 1], 30)], [(0, [0, 1], 2)])

    verdict = audit_release(columns, [-1], people, everything(columns), 5)

    assert "lens" in rules(verdict)
    assert worst(columns, [-1], people, everything(columns), 5) == 2


def test_where_lenses_weigh_both_audiences_alike_nothing_of_two_managers_comes_out():
    blocks = {"B1": [[0, 1], [0, 1]], "B2": [[2, 3], [2, 3]]}
    columns = columns_from({"blocks": blocks, "other": {"X": [[0, 1, 2], [0, 1, 2]], "Y": [[3], [3]]}})
    people = people_of(columns, 1, [(0, [0, 1], 30)], [(0, [0, 1], 2)])

    assert audit_release(columns, [-1], people, everything(columns), 5).passed
    assert worst(columns, [-1], people, everything(columns), 5) is None


def test_a_unit_hidden_in_one_release_and_shown_in_the_next_is_caught():
    parent, staff, manager = [-1, 0, 0], [0, 20, 2], [0, 0, 0]
    no_split = [False] * 3
    first = (staff, manager, [True, False, False], no_split)
    assert audit(parent, *first, 5).passed
    assert audit(parent, staff, manager, [False, True, False], no_split, 5).passed

    verdict = audit(parent, staff, manager, [False, True, False], no_split, 5, earlier=[first])

    assert [(f.unit, f.people) for f in verdict.findings] == [(0, 2)]


def test_numbers_that_changed_by_one_between_releases_are_caught():
    parent, manager, no_split = [-1, 0], [0, 0], [False, False]
    before = ([8, 9], manager, [True, True], no_split)

    verdict = audit(parent, [8, 10], manager, [True, True], no_split, 5, earlier=[before])

    assert {(f.rule, f.people) for f in verdict.findings} == {("earlier", 1)}


def test_the_same_numbers_released_again_are_no_difference():
    now = ([8, 9], [6, 7], [True, True], [True, True])
    assert audit([-1, 0], *now, 5, earlier=[now, now]).passed


def test_releases_whose_numbers_differ_by_k_or_more_pass():
    before = ([8, 9], [0, 0], [True, True], [False, False])
    assert audit([-1, 0], [8, 14], [0, 0], [True, True], [False, False], 5, earlier=[before]).passed


def test_changed_numbers_are_audited_like_exhaustive_search():
    rng = np.random.default_rng(14)
    seen = []
    for _ in range(200):
        units, k = int(rng.integers(1, 4)), int(rng.choice([2, 3, 4]))
        parent = random_tree(rng, units)
        common, later = rng.integers(0, k + 3, (2, units)), rng.integers(0, k + 1, (2, units))
        later *= rng.random((2, units)) < 0.5
        masks = [one_column_masks(rng, units) for _ in range(2)]
        before = (*common, *masks[0])
        verdict = audit(parent, *(common + later), *masks[1], k, earlier=[before])

        groups = [(a, part[a]) for part in (common, later) for a in (0, 1)]
        rows = cells_of(parent, groups[:2], *masks[0]) + cells_of(parent, groups, *masks[1])
        named = [
            {g * units + u: 1 for g in chosen for u in who if groups[g][1][u]}
            for who in [[u] for u in range(units)] + [under(parent, u) for u in range(units)]
            for chosen in ((0,), (1,), (2,), (3,), (0, 1), (2, 3), (0, 2), (1, 3), (0, 1, 2, 3))
        ]
        weight, space = weights(parent, groups), RowSpace(rows)
        leaks = [g for g in named if 0 < sum(weight[a] for a in g) < k and space.holds(g)]
        assert not (leaks and verdict.passed), (parent, common, later, masks, k)
        seen.append(bool(leaks))
    assert 0.1 < np.mean(seen) < 0.9


def test_the_certificate_is_json_and_the_same_for_the_same_input():
    case = ([-1, 0], [8, 9], [6, 1], [True, True], [True, False], 5)
    first, second = audit(*case).certificate, audit(*case).certificate
    assert json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    assert first["sha256"] != audit([-1, 0], [8, 10], *case[2:]).certificate["sha256"]
    assert {key: first[key] for key in ("columns", "cells", "rank", "k", "smallest", "releases")} == {
        "columns": 1, "cells": 4, "rank": 3, "k": 5, "smallest": 7, "releases": 1,
    }  # fmt: skip


def test_what_is_shown_without_what_it_rests_on_is_found():
    columns = columns_from({"blocks": {"B1": [[0], [0]]}, "other": {"D": [[0], [0]]}})
    people = people_of(columns, 1, [(0, [0], 9)], [])
    hidden = np.zeros((1, 4), dtype=bool)
    for mask, spread in (([[False, True, True, True]], True), ([[True, False, True, True]], False)):
        shown = Shown(all=np.array(mask), split=hidden, spread=hidden | spread)
        assert "mask" in rules(audit_release(columns, [-1], people, shown, 5))


def test_a_column_whose_weights_no_pattern_tells_may_not_be_shown():
    columns = tuple(
        replace(c, opaque=c.code == "D")
        for c in columns_from({"blocks": {"B1": [[0], []]}, "x": {"D": [[0], []]}})
    )
    people = people_of(columns, 1, [(0, [0], 9)], [])
    assert "mask" in rules(audit_release(columns, [-1], people, everything(columns), 5))


def test_a_composite_with_a_hidden_split_adds_nothing_that_can_be_computed():
    """With the split hidden, `all` takes both weights: the row is a multiple of A (evidence is a constant)."""
    parent = np.array([-1, 0, 0])
    groups = [(0, np.array([6, 8, 9])), (1, np.array([1, 2, 6]))]
    whole, split = np.array([True, True, True]), np.array([False, False, False])
    space = RowSpace(cells_of(parent, groups, whole, split))
    for unit in range(3):
        total = cells_of(parent, groups, np.arange(3) == unit, split)[0]
        composite = {atom: 7 * value for atom, value in total.items()}
        by_audience = {atom: (4 if atom < 3 else 3) * value for atom, value in total.items()}
        assert space.holds(composite)
        assert not space.holds(by_audience)


def test_the_space_of_rows_knows_its_rank_and_its_members():
    space = RowSpace([{0: 1, 1: 1, 2: 1}, {1: 1, 2: 1}, {2: 1, 3: 1}, {0: 1}])
    assert space.rank == 3
    assert space.holds({1: 1, 3: -1})
    assert not space.holds({3: 1})
    assert sorted(map(sorted, space.supports())) == [[0], [1, 3], [2, 3]]


def test_regions_name_the_nearest_shown_unit_at_or_above():
    parent, shown = (
        np.array([2, 0, -1, 1]),
        np.array([[True, False], [False, True], [True, False], [False, False]]),
    )
    assert regions(parent, shown).tolist() == [[0, -1], [0, 1], [2, -1], [0, 1]]


def test_an_earlier_release_of_another_tree_is_refused():
    columns = columns_from({"blocks": {"B1": [[0], []]}})
    people = people_of(columns, 2, [(0, [0], 9)], [])
    before = Released({"staff": np.zeros((3, 2), dtype=int)}, everything(columns, 3))
    with pytest.raises(ValueError, match="shape"):
        audit_release(columns, [-1, 0], people, everything(columns, 2), 5, earlier=[before])


def test_patterns_of_other_units_are_refused():
    columns = columns_from({"blocks": {"B1": [[0], []]}})
    with pytest.raises(ValueError, match="units"):
        audit_release(columns, [-1, 0], people_of(columns, 3, [], []), everything(columns, 2), 5)
