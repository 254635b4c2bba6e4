"""Every figure of a cycle, from its cube: vectorised over units, audiences and dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from assessments.scoring import tree
from assessments.scoring.agreement import alpha_from_sums, rwg_j
from assessments.scoring.between import icc_of_regions
from assessments.scoring.composite import composite_scores, evidence_figures
from assessments.scoring.cube import AudienceCube, Cube, climb
from assessments.scoring.evidence import EvidenceCube
from assessments.scoring.exact import Floats, Whole, ratio, spread, times
from assessments.scoring.intervals import standard_error, t_975
from assessments.scoring.moments import deviations, means, sums_of, weighted
from assessments.scoring.shown import Shown
from assessments.scoring.spec import RESPONDENTS, Spec
from assessments.scoring.table import AUDIENCES, PEOPLE, FigureTable, gated_level, levels_of, parts_of

__all__ = ["AUDIENCES", "FigureTable", "figures", "gated_level"]

_BAND_BELOW: Final = 10  # a near-unanimous mean of fewer people is published as a bound
_BAND_WIDTH: Final = 0.5  # scale points
_FEWEST_ROWS: Final = 3  # of alpha and r_wg, where nothing is suppressed

Mask = npt.NDArray[np.bool_]


def figures(
    spec: Spec,
    cube: Cube,
    *,
    parent: npt.NDArray[np.int64],
    invited: Mapping[str, npt.NDArray[np.integer]] | None,
    evidence: EvidenceCube | None,
    shown: Shown | None,
    k: int = 5,
) -> FigureTable:
    """Return all figures by the formulas of docs/scoring.md.

    cube, evidence: direct, not climbed. parent: int (U,), −1 for a root. invited: head counts per
    audience, int (U,), direct; None where unknown. shown: what may be published; None gives raw figures.
    k: the least number of complete rows, and of people in ``ALL``, that a published figure rests on.
    Raises ValueError where shapes do not fit each other.
    """
    _check(spec, cube, parent, shown)
    people = _People(spec, cube, parent, invited, shown, k)
    below = None if evidence is None else evidence.climb(parent)
    proof_n, proof = evidence_figures(spec, below, cube.units)
    split = np.ones_like(people.visible[:, 0]) if shown is None else shown.split
    joint = composite_scores(
        spec,
        score=np.where(people.visible, people.score, np.nan),
        n=np.where(people.visible & ~np.isnan(people.score), people.sums.n, 0),
        evidence=proof,
        split=split,
        visible=people.visible[:, 0],
    )
    return _assembled(spec, people, proof_n, proof, joint)


class _People:
    """Figures of all, staff, manager: arrays of shape (U, 3, C), each made once, in the order they need."""

    def __init__(
        self,
        spec: Spec,
        cube: Cube,
        parent: npt.NDArray[np.int64],
        invited: Mapping[str, npt.NDArray[np.integer]] | None,
        shown: Shown | None,
        k: int,
    ) -> None:
        self.spec, self.published, self.k = spec, shown is not None, k
        above = climb(cube, parent)
        self.sums = sums_of(spec, above)
        self.invited = _invited(self.sums.n.shape, invited, parent)
        self.visible = _visible(spec, self.sums.n, shown)
        self.known = self.visible & _known(spec, self.sums.n, shown, k)
        self.mean, self.score = means(spec, self.sums)
        self.sd = deviations(spec, self.sums)
        self.band = np.zeros(self.sums.n.shape, dtype=np.int8)
        self._apply_bands(slice(0, len(spec.dimensions)))
        self._fill_alls()
        self._apply_bands(slice(len(spec.dimensions), None))
        self.se, self.ci_low, self.ci_high = self._interval()
        self.alpha, self.rwg = self._agreement(above)
        own = np.ones((cube.units, len(spec.columns)), dtype=np.bool_) if shown is None else shown.all
        self.icc1, self.icc2 = icc_of_regions(spec, sums_of(spec, cube), self.sums, parent=parent, shown=own)

    def _apply_bands(self, columns: slice) -> None:
        """Unanimity: publish the bound instead of a mean near an end of the scale, and no spread."""
        if not self.published:
            return
        low, high = self.spec.minimum + _BAND_WIDTH, self.spec.maximum - _BAND_WIDTH
        mean = self.mean[..., columns]
        few = self.known[..., columns] & (self.sums.n[..., columns] < _BAND_BELOW)
        at_low = few & (mean <= low)
        at_high = few & (mean >= high) & ~at_low
        band = at_high.astype(np.int8) - at_low
        self.band[..., columns] += band * (self.band[..., columns] == 0)
        self.mean[..., columns] = np.select([band < 0, band > 0], [low, high], mean)
        bounds = [self._score_of(low), self._score_of(high)]
        self.score[..., columns] = np.select([band < 0, band > 0], bounds, self.score[..., columns])
        self.sd[..., columns][band != 0] = np.nan

    def _score_of(self, mean: float) -> float:
        return 100 * (mean - self.spec.minimum) / (self.spec.options - 1)

    def _fill_alls(self) -> None:
        """Mean and score of ``ALL``: weighted means of the dimensions', a bound itself where they all are."""
        for column, dimensions in self.spec.alls:
            for row, audience in enumerate(PEOPLE):
                parts = list(parts_of(self.spec, dimensions, audience))
                weights = [self.spec.dimension_weights[d] for d in parts]
                for array in (self.mean, self.score):
                    array[:, row, column] = weighted(array[:, row, parts], weights) if parts else np.nan
                bands = self.band[:, row, parts] if parts else np.zeros((len(self.band), 1), dtype=np.int8)
                self.band[:, row, column] = np.where((bands == bands[:, :1]).all(axis=1), bands[:, 0], 0)

    def _interval(self) -> tuple[Floats, Floats, Floats]:
        n = self.sums.n.astype(np.float64)
        se = standard_error(self.sd, n, self.invited)
        reach = t_975(n - 1) * se * 100 / (self.spec.options - 1)
        return se, np.clip(self.score - reach, 0, 100), np.clip(self.score + reach, 0, 100)

    def _agreement(self, above: Cube) -> tuple[Floats, Floats]:
        """Alpha and r_wg(j) per audience and dimension; "all" has those of the only audience with items there."""
        alpha, rwg = (np.full(self.sums.n.shape, np.nan) for _ in range(2))
        fewest = self.k if self.published else _FEWEST_ROWS
        for audience in self.spec.audiences:
            if audience not in above.audiences:
                continue
            found = _agreement_of(self.spec, audience, above.audiences[audience], fewest)
            for d in range(len(self.spec.dimensions)):
                alone = self.spec.answered_by(d) == (audience,)
                for row in (PEOPLE.index(audience), *([0] if alone else [])):
                    alpha[:, row, d], rwg[:, row, d] = found[d]
        return alpha, rwg


def _agreement_of(
    spec: Spec, audience: str, cube: AudienceCube, fewest: int
) -> list[tuple[Floats | float, Floats | float]]:
    """Alpha and r_wg(j), each (U,), of every dimension; NaN for fewer than ``fewest`` complete rows."""
    found: list[tuple[Floats | float, Floats | float]] = []
    start = 0
    for d, members in enumerate(spec.members[audience]):
        pairs = slice(start, start := start + len(members.items))
        rows = cube.rows[:, d]
        enough = rows >= fewest
        sums, squares, totals = (a[:, pairs] for a in (cube.item_sums, cube.item_squares, cube.item_totals))
        alpha = alpha_from_sums(rows, sums, squares, totals) if len(members.items) > 1 else np.nan
        rwg = rwg_j(_variances(rows, sums, squares), spec.options) if members.items else np.nan
        found.append((np.where(enough, alpha, np.nan), np.where(enough, rwg, np.nan)))
    return found


def _variances(rows: Whole, sums: Whole, squares: Whole) -> Floats:
    n = rows[:, None]
    return ratio(spread(n, sums, squares), times(n, n - 1))


def _check(spec: Spec, cube: Cube, parent: npt.NDArray[np.int64], shown: Shown | None) -> None:
    if parent.shape != (cube.units,):
        raise ValueError(f"{parent.shape} parents for {cube.units} units")
    shape = (cube.units, len(spec.columns))
    if shown is not None and {shown.all.shape, shown.split.shape, shown.spread.shape} != {shape}:
        raise ValueError(f"masks of another shape than {shape}")


def _invited(
    shape: tuple[int, ...],
    invited: Mapping[str, npt.NDArray[np.integer]] | None,
    parent: npt.NDArray[np.int64],
) -> Floats:
    """Head counts of a unit and those below it: (U, 3, C), the same in every column; NaN where unknown."""
    if invited is None:
        return np.full(shape, np.nan)
    nobody = np.zeros(shape[0], dtype=np.int64)
    staff, manager = (tree.subtree_sums(parent, np.asarray(invited.get(a, nobody))) for a in RESPONDENTS)
    heads = np.stack([staff + manager, staff, manager], axis=1).astype(np.float64)
    return np.broadcast_to(heads[:, :, None], shape).copy()


def _visible(spec: Spec, n: Whole, shown: Shown | None) -> Mask:
    """Cells that are given at all; ``ALL`` only where every dimension of its lens is."""
    if shown is None:
        return np.ones(n.shape, dtype=np.bool_)
    apart = shown.all & shown.split
    visible = np.stack([shown.all, apart, apart], axis=1)
    some = np.asarray(n > 0)
    for column, dimensions in spec.alls:
        some[:, :, column] = False
        for row, audience in enumerate(PEOPLE):
            parts = list(parts_of(spec, dimensions, audience))
            some[:, row, column] = bool(parts) & (visible & some)[:, row, parts].all(axis=1)
    return visible & some


def _known(spec: Spec, n: Whole, shown: Shown | None, k: int) -> Mask:
    """Where n and what rests on it may be given: everywhere but in an ``ALL`` that would tell of too few."""
    known = np.ones(n.shape, dtype=np.bool_)
    if shown is not None:
        for column, _ in spec.alls:
            known[:, :, column] = shown.spread[:, None, column] & (n[:, :, column] >= k)
    return known


def _assembled(
    spec: Spec, people: _People, evidence_n: Floats, evidence: Floats, composite: Floats
) -> FigureTable:
    """Put the audiences side by side and empty what may not be seen."""
    none = np.full(evidence.shape, np.nan)
    score = _joined(people.score, people.visible, evidence, composite)
    n = _joined(people.sums.n.astype(np.float64), people.known, evidence_n, none)
    suppressed = np.stack([*(~people.visible).transpose(1, 0, 2), none == 0, ~people.visible[:, 0]], axis=1)
    band = np.zeros(score.shape, dtype=np.int8)
    band[:, :3] = people.band * people.visible
    rest = {
        name: _joined(getattr(people, name), seen, none, none)
        for seen, names in (
            (people.visible, ("invited", "mean", "alpha", "rwg")),
            (people.known, ("sd", "se", "ci_low", "ci_high", "icc1", "icc2")),
        )
        for name in names
    }
    level = levels_of(spec, score)
    return FigureTable(n=n, score=score, level=level, suppressed=suppressed, band=band, **rest)


def _joined(people: Floats, seen: Mask, evidence: Floats, composite: Floats) -> Floats:
    masked = np.where(seen, people, np.nan)
    return np.concatenate([masked, evidence[:, None], composite[:, None]], axis=1)
