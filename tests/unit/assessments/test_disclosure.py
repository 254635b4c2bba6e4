"""What is chosen is safe by exhaustive search and by the rank test, wastes little, and every rule is needed."""

import time
from itertools import product

import numpy as np
import pytest

from assessments.scoring import cover as cover_module
from assessments.scoring import disclosure
from assessments.scoring.audit import Released, audit, audit_release
from assessments.scoring.dependence import left_out_of
from assessments.scoring.disclosure import choose, notice_unit, plan, plan_audited
from assessments.scoring.rowspace import RowSpace
from assessments.scoring.tree import region_sums, subtree_sums
from tests.factories.disclosure import columns_from, lightest, people_of, random_framework, totals
from tests.factories.disclosure import random_people as random_people_of

ALL_TREES = [
    np.array([-1, *above])
    for size in (1, 2, 3, 4, 5)
    for above in product(*(range(i) for i in range(1, size)))
]


def random_tree(rng, units):
    shape = rng.choice(["any", "chain", "star", "wide"])
    if shape == "chain":
        return np.arange(-1, units - 1)
    if shape == "star":
        return np.array([-1] + [0] * (units - 1))
    return np.array([-1] + [int(rng.integers(max(0, i - 4) * (shape == "wide"), i)) for i in range(1, units)])


def random_people(rng, units, k):
    """Staff and managers with the shapes that hurt: empty units, single managers, groups just around k."""
    staff = rng.choice([0, 1, k - 1, k, k + 1, 2 * k, 3 * k], units)
    manager = rng.choice([0, 0, 1, 1, 2, k - 1, k], units)
    return staff, manager


def published(parent, staff, manager, whole, split):
    """Rows (cells, atoms) of 0 and 1: the atoms are staff of every unit, then managers of every unit."""
    units = len(parent)
    member = np.eye(units, dtype=int)
    inside = subtree_sums(parent, member.copy())  # inside[u] marks the units under u
    people = np.concatenate([staff, manager]) > 0
    rows = [np.concatenate([inside[u], inside[u]]) for u in np.flatnonzero(whole)]
    for u in np.flatnonzero(split):
        rows += [np.concatenate([inside[u], 0 * member[u]]), np.concatenate([0 * member[u], inside[u]])]
    return np.array(rows, dtype=int).reshape(-1, 2 * units) * people


def test_no_signed_combination_of_shown_totals_concerns_fewer_than_k_on_any_small_tree():
    rng = np.random.default_rng(1)
    for parent in ALL_TREES * 2:
        k = int(rng.choice([2, 3, 5]))
        staff, manager = random_people(rng, len(parent), k)
        whole, split = choose(parent, staff, manager, k)
        cells = published(parent, staff, manager, whole, split)[:10]
        signs = np.array(list(product((-1, 0, 1), repeat=len(cells))), dtype=np.int64)
        concerned = ((signs @ cells) != 0) @ np.concatenate([staff, manager])
        assert not ((concerned > 0) & (concerned < k)).any(), (parent, staff, manager, k)


def test_no_named_group_of_fewer_than_k_is_in_the_row_space_on_thousands_of_trees():
    rng = np.random.default_rng(2)
    for _ in range(2000):
        units, k = int(rng.integers(1, 9)), int(rng.choice([2, 3, 5, 10]))
        parent = random_tree(rng, units)
        staff, manager = random_people(rng, units, k)
        whole, split = choose(parent, staff, manager, k)
        cells = published(parent, staff, manager, whole, split)
        space = RowSpace({int(a): 1 for a in np.flatnonzero(row)} for row in cells)
        people = np.concatenate([staff, manager])
        everything = np.ones(units, dtype=bool)
        groups = published(parent, staff, manager, everything, everything)
        loose = np.eye(2 * units, dtype=int)
        pairs = loose[:units] + loose[units:]
        for group in (*groups, *loose, *pairs):
            if 0 < group @ people < k:
                assert not space.holds({int(a): 1 for a in np.flatnonzero(group * people)})
        for support in space.supports():
            assert sum(people[a] for a in support) >= k


def best_possible(parent, staff, manager, k):
    """The most units that any safe set of masks shows (all, and all + split), by trying them all."""
    size = subtree_sums(parent, staff + manager)
    best_all = best_both = 0
    for whole in product((False, True), repeat=len(parent)):
        mask = np.array(whole) & (size > 0)
        if not audit(parent, staff, manager, mask, 0 * mask, k).passed:
            continue
        best_all = max(best_all, int(mask.sum()))
        m = np.minimum(region_sums(parent, mask, staff), region_sums(parent, mask, manager))
        for split in product((False, True), repeat=len(parent)):
            pair = np.array(split) & mask
            sums = region_sums(parent, pair, m)
            if not ((sums > 0) & (sums < k)).any():
                best_both = max(best_both, int(mask.sum() + pair.sum()))
    return best_all, best_both


def test_little_is_hidden_beyond_what_must_be():
    rng = np.random.default_rng(3)
    shown = both = best = best_both = 0
    for _ in range(60):
        parent = random_tree(rng, int(rng.integers(2, 6)))
        staff, manager = random_people(rng, len(parent), 5)
        whole, split = choose(parent, staff, manager, 5)
        most = best_possible(parent, staff, manager, 5)
        shown, both = shown + int(whole.sum()), both + int(whole.sum() + split.sum())
        best, best_both = best + most[0], best_both + most[1]
    assert shown >= 0.97 * best
    assert both >= 0.93 * best_both


def test_everything_is_shown_where_every_group_is_large():
    whole, split = choose([-1, 0, 0, 1], [8, 9, 0, 12], [5, 6, 0, 7], 5)
    assert whole.tolist() == split.tolist() == [True, True, False, True]


def test_a_long_chain_of_single_people_is_shown_in_steps_of_k():
    whole, _ = choose(np.arange(-1, 19), np.ones(20, dtype=int), np.zeros(20, dtype=int), 5)
    assert np.flatnonzero(whole).tolist() == [0, 5, 10, 15]


def test_the_split_of_a_unit_without_managers_is_its_staff_alone():
    whole, split = choose([-1, 0], [9, 8], [0, 0], 5)
    assert whole.all()
    assert split.all()


def random_release(rng, units, k):
    columns = random_framework(rng, blocks=3, items=2, lenses=2)
    return columns, random_tree(rng, units), random_people_of(rng, columns, units, k)


def test_every_plan_passes_the_audit():
    rng = np.random.default_rng(4)
    shown_lens = 0
    for _ in range(40):
        k = int(rng.choice([2, 3, 5]))
        case = random_release(rng, int(rng.integers(1, 12)), k)
        shown = plan(*case, k, whole_lens=bool(rng.random() < 0.5))
        verdict = audit_release(*case, shown, k)
        assert verdict.passed, (case, k, verdict.findings)
        shown_lens += int(shown.all[:, [c for c, x in enumerate(case[0]) if x.kind == "lens"]].sum())
    assert shown_lens > 100


def test_every_plan_is_safe_by_exhaustive_search_over_all_columns_together():
    rng = np.random.default_rng(16)
    for _ in range(30):
        k = int(rng.choice([2, 3, 4]))
        case = random_release(rng, int(rng.integers(1, 3)), k)
        shown = plan(*case, k, whole_lens=False)
        for degree in (1, 2):
            assert lightest(*totals(*case, shown, degree), k) is None, (case, k)


def findings_of(case, k):
    return {finding.rule for finding in audit_release(*case, plan(*case, k, whole_lens=False), k).findings}


def rules_found(seed, k=4, releases=15):
    rng = np.random.default_rng(seed)
    return set().union(
        *(findings_of(random_release(rng, int(rng.integers(2, 9)), k), k) for _ in range(releases))
    )


def test_without_complementary_withdrawal_the_audit_finds_the_remainder(monkeypatch):
    monkeypatch.setattr(cover_module._Walk, "_mend", lambda walk, unit: None)
    assert "all" in rules_found(5)


def test_without_the_rule_of_the_split_the_audit_finds_it(monkeypatch):
    monkeypatch.setattr(disclosure, "_mixed", lambda tree, shown, counts: 0 * counts[0])
    assert "split" in rules_found(6)


def test_without_the_rule_of_tied_columns_the_audit_finds_them(monkeypatch):
    monkeypatch.setattr(disclosure, "ties", lambda columns, people, n: [])
    monkeypatch.setattr(
        disclosure._Plan, "_chosen", lambda plan, j, candidate, split: (candidate, candidate & split)
    )
    assert {"lens", "lens split"} & rules_found(7)


def left_a_block_out(staff, managers):
    """30 staff and 10 managers answered both blocks, so many others of each only the first."""
    columns = columns_from({"blocks": {"B1": [[0], [0]], "B2": [[1], [1]]}})
    people = people_of(columns, 1, [(0, [0, 1], 30), (0, [0], staff)], [(0, [0, 1], 10), (0, [0], managers)])
    whole = next(j for j, column in enumerate(columns) if column.kind == "all")
    return (columns, [-1], people), whole


@pytest.mark.parametrize(
    ("staff", "managers", "given"),
    [(0, 0, True), (2, 0, False), (0, 1, False), (5, 0, True), (5, 5, True), (4, 4, False)],
)
def test_n_and_spread_of_all_are_given_where_nobody_or_enough_left_a_block_out(staff, managers, given):
    case, whole = left_a_block_out(staff, managers)

    shown = plan(*case, 5, whole_lens=False)

    assert shown.all[0, whole]  # the mean tells nothing that the blocks don't
    assert bool(shown.spread[0, whole]) is given
    assert findings_of(case, 5) == set()


def test_without_the_rule_of_all_the_audit_finds_the_few_who_left_a_block_out(monkeypatch):
    """ALL follows from its blocks, so the rule of tied columns guards it too; each is tried without the other."""
    few, _whole = left_a_block_out(2, 0)
    one, _whole = left_a_block_out(5, 1)
    monkeypatch.setattr(disclosure, "ties", lambda columns, people, n: [])
    assert not findings_of(few, 5) | findings_of(one, 5)

    monkeypatch.setattr(disclosure, "left_out_of", lambda columns, n, j: 0 * left_out_of(columns, n, j))

    assert "left out all" in findings_of(few, 5)
    assert "left out split" in findings_of(one, 5)


def test_with_the_contracts_rule_of_partial_people_alone_the_audit_still_finds_tied_columns(monkeypatch):
    """Everybody answered everything, so nobody is partial; the lens weighs items of staff and managers unlike."""
    blocks = {"B1": [[0, 1], [0, 1]], "B2": [[2, 3], [2, 3]]}
    columns = columns_from({"blocks": blocks, "other": {"X": [[0, 1, 2], [0]], "Y": [[3], [1, 2, 3]]}})
    case = columns, [-1], people_of(columns, 1, [(0, [0, 1], 30)], [(0, [0, 1], 2)])
    assert findings_of(case, 5) == set()
    monkeypatch.setattr(disclosure, "ties", lambda columns, people, n: [])
    assert "lens" in findings_of(case, 5)


def test_without_the_rule_of_the_spread_the_audit_finds_all(monkeypatch):
    def careless(self, j):
        dims = [d for d, c in enumerate(self.columns) if c.lens == self.columns[j].lens and c.kind != "all"]
        self.all[:, j] = self.spread[:, j] = self.all[:, dims].all(axis=1)
        self.split[:, j] = self.split[:, dims].all(axis=1)

    monkeypatch.setattr(disclosure._Plan, "_all", careless)
    assert {"lens", "lens split", "spread all", "spread split"} & rules_found(8)


def test_a_plan_that_fails_its_audit_is_narrowed_until_it_passes(monkeypatch):
    monkeypatch.setattr(cover_module._Walk, "_mend", lambda walk, unit: None)
    rng = np.random.default_rng(9)
    case = next(c for c in (random_release(rng, 8, 4) for _ in range(20)) if findings_of(c, 4))
    shown, certificate = plan_audited(*case, 4)
    assert certificate["findings"] == 0
    assert audit_release(*case, shown, 4).passed


def one_block(*counts):
    """A block answered by so many staff in each unit of a chain."""
    columns = columns_from({"blocks": {"B1": [[0], [0]]}})
    return columns, people_of(columns, len(counts), [(unit, [0], n) for unit, n in enumerate(counts)], [])


def test_nothing_may_be_published_where_an_earlier_release_gives_one_person_away():
    columns, now = one_block(8, 10)
    _, old = one_block(8, 9)
    case = columns, [-1, 0], now
    shown = plan(*case, 5)
    before = [Released({"staff": np.array([[8, 8], [n, n]])}, shown) for n in (10, 9)]
    assert plan(columns, [-1, 0], old, 5).all.all()
    with pytest.raises(ValueError, match="nothing may be published"):
        plan_audited(*case, 5, earlier=before)


def test_numbers_that_changed_by_one_hide_the_cells_that_would_tell():
    columns, now = one_block(8, 10)
    _, old = one_block(8, 9)
    before = Released({"staff": np.array([[8, 8], [9, 9]])}, plan(columns, [-1, 0], old, 5))
    shown, certificate = plan_audited(columns, [-1, 0], now, 5, earlier=[before])
    assert certificate["releases"] == 2
    assert not shown.all[1, 0]


def test_the_same_numbers_give_the_same_plan():
    case = random_release(np.random.default_rng(10), 40, 5)
    first, second = plan(*case, 5), plan(*case, 5)
    assert all((getattr(first, m) == getattr(second, m)).all() for m in ("all", "split", "spread"))


def test_a_cycle_of_staff_only_is_planned_by_all_alone():
    columns, parent, people = random_release(np.random.default_rng(11), 30, 5)
    shown = plan(columns, parent, {"staff": people["staff"]}, 5)
    blocks = [c for c, column in enumerate(columns) if column.kind == "block"]
    assert (shown.split[:, blocks] == shown.all[:, blocks]).all()
    assert shown.all[:, blocks].any()


def test_a_staff_only_column_is_not_shown_where_it_would_open_a_hidden_split():
    columns = columns_from({"blocks": {"B1": [[0, 1], [0, 1]]}, "other": {"D": [[0, 1], []]}})
    people = people_of(columns, 2, [(0, [0], 9), (1, [0], 9)], [(0, [0], 5), (1, [0], 2)])
    shown = plan(columns, [-1, 0], people, 5)
    assert shown.all[:, :2].tolist() == [[True, True], [True, False]]
    assert shown.split[:, :2].tolist() == [[True, True], [False, False]]


def test_where_nobody_left_anything_out_every_column_of_a_single_audience_is_shown():
    lenses = {
        "blocks": {"B1": [[0, 1], []], "B2": [[2, 3], []]},
        "other": {"X": [[0, 2], []], "Y": [[1, 3], []]},
    }
    columns = columns_from(lenses)
    people = people_of(columns, 2, [(0, [0, 1], 2), (1, [0, 1], 9)], [])
    shown = plan(columns, [-1, 0], people, 5)
    assert shown.all[0].all()
    assert (shown.all & shown.spread).all(axis=1).tolist() == shown.all[:, 0].tolist()


def test_one_person_with_a_block_left_out_hides_one_column_of_a_lens_not_all():
    lenses = {
        "blocks": {"B1": [[0, 1], []], "B2": [[2, 3], []]},
        "other": {"X": [[0], []], "Y": [[1, 2], []], "Z": [[3], []]},
    }
    columns = columns_from(lenses)
    people = people_of(columns, 1, [(0, [0, 1], 20), (0, [0], 1)], [])
    assert plan(columns, [-1], people, 5).all[0, 2:5].tolist() == [True, False, True]
    assert plan(columns, [-1], people, 5, whole_lens=False).all[0, :5].sum() == 4


def test_the_notice_names_the_unit_in_which_answers_will_count():
    parent, heads = [-1, 0, 1, 1, 0], [2, 1, 9, 3, 4]
    units = notice_unit(parent, heads, 5)
    assert units.tolist() == [0, 1, 1, 1, 0]
    assert notice_unit([-1, 0], [2, 1], 5).tolist() == [-1, -1]


@pytest.mark.parametrize(
    ("parent", "staff", "k", "message"),
    [
        ([1, 0], [9, 9], 5, "circle"),
        ([-1, 7], [9, 9], 5, "no unit"),
        ([-1, 0], [9, -1], 5, "negative"),
        ([-1, 0], [9], 5, "shape"),
        ([-1, 0], [9, 9], 0, "at least 1"),
        ([-1, 0], [9.5, 9], 5, "integers"),
    ],
)
def test_bad_input_is_refused(parent, staff, k, message):
    with pytest.raises(ValueError, match=message):
        choose(parent, staff, [0, 0], k)


def test_five_thousand_units_are_planned_and_audited_in_time():
    rng = np.random.default_rng(12)
    blocks = {f"B{b}": [[2 * b, 2 * b + 1]] * 2 for b in range(8)}
    lens = {f"D{d}": [[2 * d, (2 * d + 7) % 16]] * 2 for d in range(8)}
    columns = columns_from({"blocks": blocks, "one": lens, "two": dict(list(lens.items())[:4])})
    parent = np.array([-1] + [(i - 1) // 6 for i in range(1, 5000)])
    heads = [rng.poisson(mean, 5000) for mean in (12, 1.5)]
    people = people_of(
        columns, 5000, *([(u, range(8 - (u % 50 == 7)), n) for u, n in enumerate(h)] for h in heads)
    )
    start = time.process_time()
    shown = plan(columns, parent, people, 5)
    planned = time.process_time()
    assert audit_release(columns, parent, people, shown, 5).passed
    assert planned - start < 4  # 1 s on an idle machine
    assert time.process_time() - planned < 4
