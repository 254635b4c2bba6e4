"""Check from outside what releases tell beside the scores: distributions, drivers, the screen for careless answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from assessments.models import Analysis, Distribution, Release, Response
from assessments.queries import cubes, recompute, released
from assessments.queries.cubes import Inputs
from assessments.scoring.cube import Cube
from assessments.scoring.shown import Shown
from assessments.scoring.statements import answers_of, people_of, statements_of
from assessments.scoring.statements_audit import audit_statements
from assessments.scoring.table import PEOPLE
from assessments.services import scoring, statistics


class ToldBeside:
    """Everything the releases of a cycle tell beside the scores. shown: of each release, read from its figures."""

    def __init__(
        self, inputs: Inputs, cube: Cube, releases: list[Release], shown: Mapping[int, Shown]
    ) -> None:
        self.inputs, self.cube, self.releases, self.shown = inputs, cube, releases, shown
        self.k = max(inputs.cycle.k, 5)

    def too_few(self) -> Iterator[str]:
        """The audit of the statements, over all releases together, each against the blocks it shows itself."""
        statements = statements_of(self.inputs.spec)
        people = people_of(self.inputs.spec, self.cube, statements)
        masks = [released.statements_shown(release, self.inputs) for release in self.releases]
        for release, mask in zip(self.releases, masks, strict=True):
            alone = audit_statements(
                self.inputs.parent, self.shown[release.pk], statements, people, mask, self.k
            )
            for gap in alone.gaps:
                yield f"{release.number}: {self._name(gap.statement, gap.unit)}: {gap.people} ({gap.rule})"
        last = self.shown[self.releases[-1].pk]
        ever = replace(last, all=last.all.copy(), split=last.split.copy())
        for one in self.shown.values():
            np.logical_or(ever.all, one.all, out=ever.all)
            np.logical_or(ever.split, one.split, out=ever.split)
        joint = audit_statements(
            self.inputs.parent, ever, statements, people, masks[-1], self.k, earlier=masks[:-1]
        )
        for gap in joint.gaps:
            yield f"{self._name(gap.statement, gap.unit)}: {gap.people} ({gap.rule})"

    def _name(self, place: int, unit: int) -> str:
        statement = statements_of(self.inputs.spec)[place]
        code = released.item_code(self.inputs.spec, statement, 0)
        return f"{self.inputs.units[unit].code}/{code}"

    def wrong(self) -> Iterator[str]:
        """Compare stored counts with the cube's, and analyses with their sums and, while there are any, the answers."""
        yield from self._wrong_counts()
        for release in self.releases:
            for again in (recompute.drivers_again, recompute.careless_again):
                for one in again(release):
                    if not one.holds:
                        yield f"{release.number}: {one.name}: {one.stored}"
        if Response.objects.filter(cycle=self.inputs.cycle).exists():
            yield from self._wrong_analyses()

    def _wrong_counts(self) -> Iterator[str]:
        spec, statements = self.inputs.spec, statements_of(self.inputs.spec)
        answers = statistics.subtree_totals(self.inputs.parent, answers_of(spec, self.cube, statements))
        missing = statistics.subtree_totals(
            self.inputs.parent, people_of(spec, self.cube, statements).missing
        )
        places = {
            (PEOPLE[view], released.item_code(spec, one, view)): (view, place)
            for place, one in enumerate(statements)
            for view in range(len(PEOPLE))
        }
        for row in Distribution.objects.filter(release__in=self.releases).select_related("unit", "release"):
            view, place = places[row.audience, row.item]
            cell = (view, row.unit.position, place)
            left = int(missing[cell]) if statements[place].block >= 0 else None
            if row.counts != answers[cell].tolist() or row.missing != left:
                yield f"{row.release.number}: {row.unit.code}/{row.audience}/{row.item}"

    def _wrong_analyses(self) -> Iterator[str]:
        count = scoring.count_responses(self.inputs.cycle, self.inputs.spec, self.inputs.units)
        for release in self.releases:
            shown = self.shown[release.pk]
            table = cubes.compute(self.inputs, self.cube, shown)
            anew: dict[str, dict[str, Any]] = {
                Analysis.Kind.DRIVERS: statistics.drivers(self.inputs, count, shown)[0],
                Analysis.Kind.CARELESS: statistics.careless(self.inputs, count, shown, table)[0],
            }
            for row in Analysis.objects.filter(release=release):
                if not _is_same(row.result, anew[row.kind]):
                    yield f"{release.number}: {row.kind}"


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one))
    return bool(one == other)
