"""Evidence of the checklists, and the composite of staff, managers and evidence."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assessments.scoring.evidence import EvidenceCube
from assessments.scoring.exact import Floats, ratio
from assessments.scoring.moments import settle, weighted
from assessments.scoring.spec import Spec

Mask = npt.NDArray[np.bool_]


def evidence_figures(spec: Spec, evidence: EvidenceCube | None, units: int) -> tuple[Floats, Floats]:
    """Return n and score (U, C) of the entries of a unit and the units below it.

    evidence: already climbed. A dimension's score is the mean of its entries (0…100), NaN without any;
    ``ALL`` has the entries of all dimensions, and the weighted mean of their scores where each has one.
    """
    empty = np.zeros((units, len(spec.dimensions)), dtype=np.int64)
    n, total = (empty, empty) if evidence is None else (evidence.n, evidence.total)
    if n.shape != empty.shape or total.shape != empty.shape:
        raise ValueError(f"evidence has shape {n.shape}, expected {empty.shape}")
    counts = [n[:, list(dimensions)].sum(axis=1) for _, dimensions in spec.alls]
    return np.column_stack([n, *counts]).astype(np.float64), with_alls(spec, ratio(total, n))


def composite_scores(
    spec: Spec, *, score: Floats, n: Floats, evidence: Floats, split: Mask, visible: Mask
) -> Floats:
    """Return the composite score (U, C) of staff, manager and evidence scores.

    score, n: (U, 3, C) of all, staff, manager; n is 0 where a score is missing. evidence: (U, C), NaN where there
    is none. split: (U, C), where staff and managers may be told apart; elsewhere "all" takes the
    weights of both. The weight of a missing part is spread over the others; NaN where all are missing.
    visible: (U, C), where a composite may be given; ``ALL`` needs that of every dimension.
    """
    both = spec.weights["staff"] + spec.weights["manager"]
    dimensions = len(spec.dimensions)
    apart, there = split[:, None, :dimensions], n[..., :dimensions] > 0
    weight = np.array([both, spec.weights["staff"], spec.weights["manager"]])[None, :, None]
    people = weight * (there & np.concatenate([~apart, apart, apart], axis=1))
    proof = spec.weights["evidence"] * ~np.isnan(evidence[:, None, :dimensions])
    weights = np.concatenate([people, proof], axis=1)
    parts = np.concatenate([score[..., :dimensions], evidence[:, None, :dimensions]], axis=1)
    summed = (np.where(weights > 0, parts, 0.0) * weights).sum(axis=1)
    whole = weights.sum(axis=1)
    composite = np.divide(summed, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    given = visible[:, :dimensions]
    return np.where(visible, with_alls(spec, np.where(given, settle(composite), np.nan)), np.nan)


def with_alls(spec: Spec, scores: Floats) -> Floats:
    """Add ``ALL`` of each lens to scores of the dimensions: (U, D) → (U, C); NaN where a dimension has none."""
    alls = []
    for _, dimensions in spec.alls:
        weights = [spec.dimension_weights[d] for d in dimensions]
        alls.append(weighted(scores[:, list(dimensions)], weights))
    return np.column_stack([scores, *alls])
