"""Check releases from outside: which figures are stored, how many people they concern, what can be worked out of them.

Nothing is taken from a plan: what is shown is read from the stored figures, how many people they concern from the
stored cube (and the responses, while there are any), and the audit runs anew over all releases of a cycle together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from assessments.models import Analysis, CubePart, Cycle, Distribution, Figure, Release, Response
from assessments.queries import cubes, released
from assessments.scoring.audit import Released, audit_release
from assessments.scoring.cube import Cube, climb
from assessments.scoring.moments import sums_of
from assessments.scoring.published import columns_of
from assessments.scoring.shown import Shown
from assessments.scoring.spec import ALL
from assessments.services import scoring
from assessments.services.statistics_checks import ToldBeside

NUMBERS = ("n", "invited", *cubes.NUMBERS, "level", "band")
EXPORTED = ("n", "invited", "score", "level", "mean", *released.SPREAD[1:], "alpha", "rwg", "icc1", "icc2")
BAND_BELOW = 10
BAND_WIDTH = 0.5


@dataclass(frozen=True)
class Check:
    """One thing that must hold. where: a cycle's code, or empty; offences: what contradicts it, empty when it holds."""

    where: str
    name: str
    offences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.offences


def checked(cycle: Cycle, name: str, offences: Iterator[str]) -> Check:
    """Return a check of a cycle, with everything that contradicts it."""
    return Check(cycle.code, name, tuple(offences))


def check_releases(cycle: Cycle) -> list[Check]:
    """Check all releases of a cycle together; none before the scoring."""
    releases = list(Release.objects.filter(cycle=cycle).order_by("number"))
    if not releases:
        return []
    try:
        told = _Told(cycle, releases)
    except (ValueError, KeyError) as error:
        return [Check(cycle.code, _("the releases can be read"), (str(error),))]
    if "answers_deleted_at" in cycle.close_certificate:
        return told.after_the_deletion()
    return [
        checked(cycle, _("the cube is that of the responses"), told.cube_differs()),
        checked(
            cycle, _("every stored figure is of k people or more, and of as many as it says"), told.too_few()
        ),
        checked(
            cycle, _("no combination of figures of all releases concerns 1 to k − 1 people"), told.disclosed()
        ),
        checked(cycle, _("near-unanimous small groups have a bound and no spread"), told.unbounded()),
        checked(cycle, _("staff, managers and composite stand only beside the figure of all"), told.alone()),
        checked(cycle, _("every stored figure is what the formulas give for what is shown"), told.wrong()),
        checked(cycle, _("the certificates belong to these releases"), told.certificates()),
        checked(
            cycle,
            _("no distribution of a statement tells of 1 to k − 1 people, alone or beside others"),
            told.beside.too_few(),
        ),
        checked(
            cycle,
            _("distributions, drivers and careless answers are what the sums give"),
            told.beside.wrong(),
        ),
    ]


class _Told:
    """Everything that the releases of a cycle tell, and the cube they rest on."""

    def __init__(self, cycle: Cycle, releases: list[Release]) -> None:
        self.cycle, self.releases = cycle, releases
        units = list(cycle.units.order_by("position"))
        self.inputs = cubes.Inputs(cycle, cycle.framework.instrument, units)
        self.spec, self.units = self.inputs.spec, units
        self.data = b"".join(
            bytes(part.data) for part in CubePart.objects.filter(cycle=cycle).order_by("number")
        )
        self.cube: Cube = scoring.stored_cube(cycle)
        self.n = sums_of(self.spec, climb(self.cube, self.inputs.parent)).n
        self.cells = {release.pk: released.cells(release, self.spec, units) for release in releases}
        self.shown = {pk: released.shown_of(found, self.spec, len(units)) for pk, found in self.cells.items()}
        self.beside = ToldBeside(self.inputs, self.cube, releases, self.shown)

    def after_the_deletion(self) -> list[Check]:
        """What can be checked of figures whose answers are deleted: they were checked as a whole just before that."""
        deleted = self.cycle.close_certificate
        sums = [(deleted.get("sums_kept"), hashlib.sha256(self.data).hexdigest(), _("the sums"))]
        figures = [(deleted.get("figures_kept"), figures_digest(self.cycle), _("the figures"))]
        return [
            checked(self.cycle, _("no answer is left after the deletion"), self.answers_left()),
            checked(self.cycle, _("the sums that stay are of k people or more"), self.small_sums()),
            checked(
                self.cycle,
                _("sums and figures are those of the deletion, before which they passed every check"),
                (
                    _("{what} have changed").format(what=what)
                    for was, now, what in sums + figures
                    if was != now
                ),
            ),
            checked(
                self.cycle, _("near-unanimous small groups have a bound and no spread"), self.unbounded()
            ),
            checked(
                self.cycle,
                _("staff, managers and composite stand only beside the figure of all"),
                self.alone(),
            ),
        ]

    def answers_left(self) -> Iterator[str]:
        if rows := Response.objects.filter(cycle=self.cycle).count():
            yield _("{rows} answers").format(rows=rows)
        if "answers_wiped" not in self.cycle.close_certificate:
            yield _("the database's files are not wiped yet")

    def small_sums(self) -> Iterator[str]:
        for audience, part in self.cube.audiences.items():
            for unit, people in zip(self.units, part.persons.tolist(), strict=True):
                if 0 < people < self.cycle.k:
                    yield f"{unit.code}/{audience}: {people}"

    def cube_differs(self) -> Iterator[str]:
        if not Response.objects.filter(cycle=self.cycle).exists():
            return
        if scoring.read_cube(self.cycle, self.spec, self.units) != self.cube:
            yield _("counted anew, the responses give other sums")

    def too_few(self) -> Iterator[str]:
        for release in self.releases:
            for cell in self.cells[release.pk]:
                people = int(self.n[cell.unit, cell.audience, cell.column])
                if self._is_small(cell, people):
                    yield f"{release.number}: {cell.name}: {people}"
            yield from (
                f"{release.number}: {one}" for one in released.told_otherwise(self.cells[release.pk], self.n)
            )

    def _is_small(self, cell: released.Cell, people: int) -> bool:
        """A mean of ALL is that of its dimensions: only its own number and spread rest on people."""
        is_all = self.spec.columns[cell.column].dimension == ALL
        rests = any(getattr(cell.figure, name) is not None for name in released.SPREAD)
        if people < self.cycle.k and (rests or not is_all):
            return True
        return cell.figure.n is None and not is_all

    def disclosed(self) -> Iterator[str]:
        """The audit, over the newest release and all others of the cycle."""
        columns = columns_of(self.spec)
        people = {audience: self.cube[audience].patterns for audience in self.spec.audiences}
        direct = {audience: self.cube[audience].n for audience in self.spec.audiences}
        masks: list[Shown] = [self.shown[release.pk] for release in self.releases]
        earlier = [Released(direct, mask) for mask in masks[:-1]]
        verdict = audit_release(
            columns, self.inputs.parent, people, masks[-1], max(self.cycle.k, 5), earlier=earlier
        )
        for finding in verdict.findings:
            lens, dimension = self.spec.columns[finding.column]
            yield _("{unit}/{lens}/{dimension}: {people} people ({rule})").format(
                unit=self.units[finding.unit].code,
                lens=lens,
                dimension=dimension,
                people=finding.people,
                rule=finding.rule,
            )

    def unbounded(self) -> Iterator[str]:
        low, high = self.spec.minimum + BAND_WIDTH, self.spec.maximum - BAND_WIDTH
        for release in self.releases:
            for cell in self.cells[release.pk]:
                figure = cell.figure
                if figure.n is None or figure.mean is None or figure.n >= BAND_BELOW:
                    continue
                near = figure.mean <= low or figure.mean >= high
                bound = {-1: low, 1: high}.get(figure.band)
                told = any(getattr(figure, name) is not None for name in released.SPREAD[1:])
                if near and (bound is None or figure.mean != bound or told):
                    yield f"{release.number}: {cell.name}: {figure.mean}"

    def alone(self) -> Iterator[str]:
        for release in self.releases:
            mask = self.shown[release.pk]
            for cell in self.cells[release.pk]:
                if not mask.all[cell.unit, cell.column]:
                    yield f"{release.number}: {cell.name}"
            rows = Figure.objects.filter(release=release, audience="composite").select_related("unit")
            for figure in rows:
                column = self.spec.column(figure.lens, figure.dimension)
                if not mask.all[figure.unit.position, column]:
                    yield f"{release.number}: {figure.unit.code}/composite/{figure.lens}/{figure.dimension}"

    def wrong(self) -> Iterator[str]:
        """Compute every release anew from the cube and what it shows."""
        for release in self.releases:
            if release.evidence_version != self.cycle.evidence_version:
                continue  # prepared before a change of evidence: publishing it is refused
            table = cubes.compute(self.inputs, self.cube, self.shown[release.pk])
            anew = {scoring.key_of(row): row for row in scoring.rows_of(release, self.inputs, table)}
            stored = {scoring.key_of(row): row for row in Figure.objects.filter(release=release)}
            for key in sorted({*anew, *stored}):
                if key not in anew or key not in stored or not _is_same(anew[key], stored[key]):
                    yield f"{release.number}: {self._name(key)}"

    def _name(self, key: tuple[int, str, str, str]) -> str:
        codes = {unit.pk: unit.code for unit in self.units}
        return "/".join((codes.get(key[0], "?"), *key[1:]))

    def certificates(self) -> Iterator[str]:
        digest = hashlib.sha256(self.data).hexdigest()
        for release in self.releases:
            told = release.certificate
            if told.get("findings") != 0:
                yield _("{number}: the audit did not pass").format(number=release.number)
            if told.get("k") != self.cycle.k:
                yield _("{number}: it was audited for k = {told}, the cycle has {k}").format(
                    number=release.number, told=told.get("k"), k=self.cycle.k
                )
            if told.get("cube") != digest:
                yield _("{number}: it rests on other sums").format(number=release.number)
        if self.cycle.k < 5:
            yield _("k is {k}").format(k=self.cycle.k)


def figures_digest(cycle: Cycle) -> str:
    """Return a SHA-256 of all that the cycle's releases tell: figures, distributions, analyses, in a fixed order."""
    place = ("release__number", "unit__position", "audience")
    figure = (*place, "lens", "dimension")
    told: tuple[tuple[Any, tuple[str, ...], tuple[str, ...]], ...] = (
        (Figure, figure, NUMBERS),
        (Distribution, (*place, "item"), ("counts", "missing")),
        (Analysis, ("release__number", "kind"), ("result", "basis")),
    )
    digest = hashlib.sha256()
    for model, order, values in told:
        rows = model.objects.filter(release__cycle=cycle).order_by(*order).values_list(*order, *values)
        for row in rows.iterator(chunk_size=2000):
            digest.update(json.dumps(row, sort_keys=True).encode())
    return digest.hexdigest()


def _is_same(one: Figure, other: Figure) -> bool:
    for name in NUMBERS:
        a, b = getattr(one, name), getattr(other, name)
        if (a is None) != (b is None) or (a is not None and abs(a - b) > 1e-9 * max(1, abs(a))):
            return False
    return True


def check_export(cycle: Cycle, release: Release, rows: Iterator[tuple[Any, ...]]) -> Check:
    """Check exported rows (scores.csv without its header) against the stored figures of a visible release."""
    stored = {
        (figure.unit.code, figure.audience, figure.lens, figure.dimension): figure
        for figure in Figure.objects.filter(release=release).select_related("unit")
    }
    offences = []
    for _cycle, code, _unit_name, audience, lens, dimension, *figures, suppressed in rows:
        figure = stored.pop((code, audience, lens, dimension), None)
        if _is_contradicted(figure, figures, suppressed):
            offences.append(f"{code}/{audience}/{lens}/{dimension}")
    offences += ["/".join(key) for key in stored]
    return Check(cycle.code, _("the export shows the stored figures and nothing else"), tuple(offences))


def _is_contradicted(figure: Figure | None, figures: list[Any], suppressed: int) -> bool:
    if figure is None or suppressed:
        return figure is not None or not suppressed or any(value is not None for value in figures)
    return [getattr(figure, name) for name in EXPORTED] != list(figures)
