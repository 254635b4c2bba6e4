"""What a release tells beside the scores: how statements were answered, drivers, the screen for careless answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from assessments.models import Analysis, Release
from assessments.queries import released
from assessments.queries.cubes import Inputs
from assessments.scoring import careless as screen
from assessments.scoring import drivers as driving
from assessments.scoring.cube import Cube, climb
from assessments.scoring.figures import FigureTable
from assessments.scoring.moments import Sums, means, sums_of
from assessments.scoring.parts import fewest_concerned
from assessments.scoring.shown import Shown
from assessments.scoring.spec import RESPONDENTS, Spec
from assessments.scoring.statements import (
    ShownStatements,
    answers_of,
    people_of,
    plan_statements,
    statements_of,
)
from assessments.scoring.table import PEOPLE
from assessments.scoring.tally import Judged, tally, tally_judged
from assessments.scoring.tree import IntArray, subtree_sums
from assessments.services.errors import ServiceError

_MOST_LEFT_OUT: Final = (
    4  # times k: so many people more may stay out of driver analysis to protect those who must
)

DISTRIBUTION_FIELDS: Final = ("release_id", "unit_id", "audience", "item", "counts", "missing")

Matrices = Mapping[str, tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]]


@dataclass(frozen=True)
class Counted:
    """All sums over a cycle's answers: its cube, that of careless answers alone, and who can be in driver analysis."""

    cube: Cube
    careless: Cube
    judged: Mapping[str, Judged]


@dataclass(frozen=True)
class Statistics:
    """Distributions, analyses and what the audit says of them, before they are stored.

    answers: int (3, U, S, A), all, staff, managers. missing: int (3, U, S). analyses: kind → (result, basis).
    """

    shown: ShownStatements
    answers: IntArray
    missing: IntArray
    analyses: Mapping[str, tuple[dict[str, Any], dict[str, Any]]]
    audit: dict[str, Any]


def counted(spec: Spec, matrices: Matrices, *, units: int) -> Counted:
    """Return all sums over answers. matrices: audience → codes (n, items) and each person's unit (n,)."""
    cubes, careless, judged = {}, {}, {}
    for audience in spec.audiences:
        codes, unit = matrices[audience]
        cubes[audience], judged[audience] = tally_judged(spec, audience, codes, unit, units)
        flagged = screen.careless(codes, spec.options)
        careless[audience] = tally(spec, audience, codes[flagged], unit[flagged], units)
    return Counted(Cube(cubes), Cube(careless), judged)


def statistics(inputs: Inputs, count: Counted, shown: Shown, table: FigureTable) -> Statistics:
    """Return everything that is told beside the scores. Raises ServiceError where an audit finds a gap."""
    spec, statements = inputs.spec, statements_of(inputs.spec)
    try:
        masks, groups = plan_statements(
            spec,
            count.cube,
            parent=inputs.parent,
            shown=shown,
            table=table,
            k=inputs.cycle.k,
            earlier=_earlier(inputs),
        )
    except ValueError as error:
        raise ServiceError(
            _("The disclosure audit of {code} failed, so nothing was released: {why}").format(
                code=inputs.cycle.code, why=error
            )
        ) from error
    answers = answers_of(spec, count.cube, statements)
    missing = people_of(spec, count.cube, statements).missing
    return Statistics(
        shown=masks,
        answers=subtree_totals(inputs.parent, answers),
        missing=subtree_totals(inputs.parent, missing),
        analyses={
            Analysis.Kind.DRIVERS: drivers(inputs, count, shown),
            Analysis.Kind.CARELESS: careless(inputs, count, shown, table),
        },
        audit={"statements": int(masks.all.sum() + 2 * masks.split.sum()), "statement_groups": groups},
    )


def subtree_totals(parent: IntArray, values: IntArray) -> IntArray:
    """Return sums over each unit and those below, of both audiences in front: (2, U, …) → (3, U, …)."""
    each = np.stack([subtree_sums(parent, one) for one in values])
    return np.concatenate([each.sum(axis=0, keepdims=True), each])


def _earlier(inputs: Inputs) -> list[ShownStatements]:
    visible = Release.objects.filter(cycle=inputs.cycle, visible=True).order_by("number")
    return [released.statements_shown(release, inputs) for release in visible]


def distribution_rows(release: Release, inputs: Inputs, extra: Statistics) -> Iterator[tuple[Any, ...]]:
    """Yield DISTRIBUTION_FIELDS of every distribution that may be shown."""
    statements = statements_of(inputs.spec)
    answers, missing = extra.answers.tolist(), extra.missing.tolist()
    codes = {
        (view, place): released.item_code(inputs.spec, one, view)
        for place, one in enumerate(statements)
        for view in range(len(PEOPLE))
    }
    for view, unit, place in released.shown_places(inputs.spec, extra.shown):
        people = missing[view][unit][place] if statements[place].block >= 0 else None
        counts = json.dumps(answers[view][unit][place])
        yield release.pk, inputs.units[unit].pk, PEOPLE[view], codes[view, place], counts, people


def analysis_rows(release: Release, extra: Statistics) -> list[Analysis]:
    """Return a row for every analysis, those withheld included."""
    return [
        Analysis(release=release, kind=kind, result=result, basis=basis)
        for kind, (result, basis) in sorted(extra.analyses.items())
    ]


def drivers(inputs: Inputs, count: Counted, shown: Shown) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return driver analysis of the organisation and the sums it can be proved from; or why there is none."""
    blocks = inputs.spec.lens_columns(inputs.spec.primary)
    if not any(inputs.spec.outcomes(audience) for audience in inputs.spec.audiences):
        return {"withheld": "no_outcome"}, {}
    if not 2 <= len(blocks) <= driving.MOST_PREDICTORS:
        return {"withheld": "blocks"}, {}
    people = _People(inputs, count, shown)
    needed = driving.fewest(len(blocks))
    scores = people.protected()
    if scores is None:
        return {"withheld": "left_out"}, {}
    if len(scores) < needed:
        return {"withheld": "few", "needed": needed}, {}
    found = driving.drivers(scores)
    if found is None:
        return {"withheld": "no_variance"}, {}
    return {
        "n": found.n,
        "r2": found.r2,
        "r2_low": found.r2_low,
        "r2_high": found.r2_high,
        "drivers": [
            {"block": block.code, "share": float(share), "low": float(low), "high": float(high)}
            for block, share, low, high in zip(
                inputs.spec.primary.dimensions, found.share, found.low, found.high, strict=True
            )
        ],
    }, {"sums": driving.sums_of(scores).tolist()}


class _People:
    """Whom driver analysis includes: those who count in every block and the outcome, ordered by what they said."""

    def __init__(self, inputs: Inputs, count: Counted, shown: Shown) -> None:
        self.inputs, self.shown, self.k = inputs, shown, inputs.cycle.k
        self.blocks = inputs.spec.lens_columns(inputs.spec.primary)
        parts = [(row, count.judged[a]) for row, a in enumerate(RESPONDENTS) if a in count.judged]
        scores = np.concatenate([judged.scores for _, judged in parts])
        audience = np.concatenate([np.full(len(judged.unit), row) for row, judged in parts])
        unit = np.concatenate([judged.unit for _, judged in parts])
        order = driving.content_order(np.column_stack([scores, audience, unit]))
        self.scores, self.audience, self.unit = scores[order], audience[order], unit[order]
        none = np.zeros((len(inputs.units), len(inputs.spec.columns)), dtype=np.int64)
        self.n = np.stack(
            [count.cube.audiences[a].n if a in count.cube.audiences else none for a in RESPONDENTS]
        )

    def protected(self) -> npt.NDArray[np.float64] | None:
        """Return the scores of so many people that those left out are nobody or enough; None where that can't be.

        Where too few would be left out, some more are: the first ones in an order that is as good as random.
        """
        kept = np.ones(len(self.scores), dtype=np.bool_)
        for more in range(min(_MOST_LEFT_OUT * self.k, len(kept)) + 1):
            kept[:more] = False
            if self._is_safe(kept):
                return self.scores[kept]
        return None

    def _is_safe(self, kept: npt.NDArray[np.bool_]) -> bool:
        units = len(self.inputs.units)
        flat = np.bincount(self.audience[kept] * units + self.unit[kept], minlength=2 * units)
        inside = flat.reshape(2, units)
        least = [
            fewest_concerned(
                self.inputs.parent,
                self.shown.all[:, block],
                self.shown.split[:, block],
                inside,
                self.n[:, :, block] - inside,
            )
            for block in self.blocks
        ]
        return all(people is None or people >= self.k for people in least)


def careless(
    inputs: Inputs, count: Counted, shown: Shown, table: FigureTable
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the share of careless answers and the organisation's scores without them; or why they are not shown."""
    spec, k = inputs.spec, inputs.cycle.k
    persons, flagged = (
        np.stack([_persons(cube, audience, len(inputs.units)) for audience in RESPONDENTS])
        for cube in (count.cube, count.careless)
    )
    whole = inputs.parent < 0
    asked = max(len(spec.items[audience]) for audience in spec.audiences)
    if asked < screen.FEWEST_ITEMS:
        return {"withheld": "short"}, {}
    least = fewest_concerned(inputs.parent, whole, ~whole & whole, persons - flagged, flagged)
    if least is not None and least < k:
        return {"withheld": "left_out"}, {}
    everybody, less = (sums_of(spec, climb(cube, inputs.parent)) for cube in (count.cube, count.careless))
    kept = Sums(*(_root(one) - _root(other) for one, other in zip(everybody, less, strict=True)))
    columns = [c for c in range(len(spec.dimensions)) if _may_show(inputs, count, shown, table, c)]
    result = {
        "n": int(persons.sum()),
        "flagged": int(flagged.sum()),
        "scores": scores_without(spec, kept, columns),
    }
    n, total = (part[0, 0].tolist() for part in kept[:2])
    return result, {"n": n, "total": total, "columns": columns}


def scores_without(spec: Spec, kept: Sums, columns: list[int]) -> list[dict[str, Any]]:
    """Return the organisation's scores over the people kept, in the columns that may be shown. kept: (1, 3, C)."""
    score = means(spec, kept)[1][0, 0]
    return [
        {
            "lens": spec.columns[c].lens,
            "dimension": spec.columns[c].dimension,
            "n": int(kept.n[0, 0, c]),
            "score": float(score[c]),
        }
        for c in columns
    ]


def _may_show(inputs: Inputs, count: Counted, shown: Shown, table: FigureTable, column: int) -> bool:
    """Whether the organisation's score in a column may be given without the careless answers."""
    if table.suppressed[0, 0, column] or table.band[0, 0, column]:
        return False
    n, flagged = (
        np.stack([_counted(cube, audience, column, len(inputs.units)) for audience in RESPONDENTS])
        for cube in (count.cube, count.careless)
    )
    whole, split = shown.all[:, column], shown.split[:, column]
    least = fewest_concerned(inputs.parent, whole, split, n - flagged, flagged)
    return least is None or least >= inputs.cycle.k


def _root(values: IntArray) -> IntArray:
    return values[:1]


def _persons(cube: Cube, audience: str, units: int) -> IntArray:
    part = cube.audiences.get(audience)
    return np.zeros(units, dtype=np.int64) if part is None else part.persons


def _counted(cube: Cube, audience: str, column: int, units: int) -> IntArray:
    part = cube.audiences.get(audience)
    return np.zeros(units, dtype=np.int64) if part is None else part.n[:, column]
