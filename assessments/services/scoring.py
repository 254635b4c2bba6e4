"""From responses to a prepared release: tally, cube, rule, audit, figures. One job, or shares it adds up."""

import hashlib
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from django.db import models
from django.utils.translation import gettext as _

from assessments.models import (
    Analysis,
    CountPart,
    CubePart,
    Cycle,
    CycleUnit,
    Distribution,
    Figure,
    Release,
)
from assessments.queries import answers, cubes, released
from assessments.queries.cubes import Inputs, compute
from assessments.scoring import disclosure
from assessments.scoring.audit import Released
from assessments.scoring.cube import Cube, climb
from assessments.scoring.figures import AUDIENCES as FIGURE_AUDIENCES
from assessments.scoring.figures import FigureTable, gated_level
from assessments.scoring.moments import sums_of
from assessments.scoring.published import columns_of
from assessments.scoring.shown import Shown
from assessments.scoring.spec import Spec
from assessments.services import shares
from assessments.services.cycles import State, locked
from assessments.services.errors import ServiceError
from assessments.services.statistics import (
    DISTRIBUTION_FIELDS,
    Counted,
    Statistics,
    analysis_rows,
    counted,
    distribution_rows,
    statistics,
)
from cfm.lib import bulk
from cfm.lib.jobs import Claim

STEPS: Final = 5
FIGURES: Final = (*cubes.INTEGERS, *cubes.NUMBERS)
FIGURE_FIELDS: Final = ("release_id", "unit_id", "audience", "lens", "dimension", *FIGURES)
_CELLS_AT_ONCE: Final = 10_000


def score(*, claim: Claim) -> None:
    """Do the scoring job of a cycle: compute, then write cube, release and state in one transaction.

    Raises ServiceError when the cycle is not closed, or the audit finds a figure that would tell of too few people.
    """
    cycle = Cycle.objects.select_related("framework").get(pk=claim.arguments["cycle"])
    if cycle.state not in {State.CLOSED, State.SCORED}:
        raise ServiceError(_("Cycle {code} can't be scored now.").format(code=cycle.code))
    units = list(cycle.units.order_by("position"))
    instrument = cycle.framework.instrument
    spec = instrument.spec()
    count = (shares.gather if shares.worth_it(cycle) else _together)(claim, cycle, spec, units)
    if count is None:
        return
    claim.progress(1, STEPS)
    evidence_version = cycle.evidence_version
    inputs = Inputs(cycle, instrument, units)
    shown, certificate = choose(inputs, count.cube)
    claim.progress(2, STEPS)
    table = compute(inputs, count.cube, shown)
    claim.progress(3, STEPS)
    extra = statistics(inputs, count, shown, table)
    claim.progress(4, STEPS)
    with claim.finishing():
        _store(cycle.pk, inputs, count.cube, table, extra, certificate | extra.audit, evidence_version)


def _together(claim: Claim, cycle: Cycle, spec: Spec, units: list[CycleUnit]) -> Counted | None:
    claim.progress(0, STEPS)
    return count_responses(cycle, spec, units)


def read_cube(cycle: Cycle, spec: Spec, units: list[CycleUnit]) -> Cube:
    """Return the direct cube of the cycle's responses."""
    return count_responses(cycle, spec, units).cube


def count_responses(cycle: Cycle, spec: Spec, units: list[CycleUnit]) -> Counted:
    """Return all sums over the cycle's responses."""
    return counted(spec, answers.matrices(cycle, spec, units), units=len(units))


def choose(inputs: Inputs, cube: Cube) -> tuple[Shown, dict[str, Any]]:
    """Return what may be shown and the audit's certificate. Raises ServiceError when the audit finds anything."""
    people = {audience: cube[audience].patterns for audience in inputs.spec.audiences}
    columns = columns_of(inputs.spec)
    earlier = earlier_releases(inputs, cube)
    try:
        shown, certificate = disclosure.plan_audited(
            columns, inputs.parent, people, inputs.cycle.k, earlier=earlier
        )
    except ValueError as error:
        raise ServiceError(
            _("The disclosure audit of {code} failed, so nothing was released: {why}").format(
                code=inputs.cycle.code, why=error
            )
        ) from error
    return shown, dict(certificate)


def earlier_releases(inputs: Inputs, cube: Cube) -> list[Released]:
    """Return what visible releases of the cycle have told already: their figures, on the people of this cube.

    Raises ServiceError where they told of other numbers of people: answers of a closed cycle never change.
    """
    n = sums_of(inputs.spec, climb(cube, inputs.parent)).n
    direct = {audience: cube[audience].n for audience in inputs.spec.audiences}
    releases = []
    for release in Release.objects.filter(cycle=inputs.cycle, visible=True).order_by("number"):
        found = released.cells(release, inputs.spec, inputs.units)
        if otherwise := released.told_otherwise(found, n):
            raise ServiceError(
                _("Release {number} of {code} rests on other answers ({cell}); nothing was released.").format(
                    number=release.number, code=inputs.cycle.code, cell=otherwise[0]
                )
            )
        releases.append(Released(direct, released.shown_of(found, inputs.spec, len(inputs.units))))
    return releases


def stored_cube(cycle: Cycle) -> Cube:
    """Return the cube of a scored cycle. Raises ServiceError when there is none yet."""
    try:
        return cubes.stored_cube(cycle)
    except cubes.NoCubeError as error:
        raise ServiceError(_("Cycle {code} is not scored yet.").format(code=cycle.code)) from error


def raw_table(cycle: Cycle) -> FigureTable:
    """Return unsuppressed figures from the stored cube: for the server's shell only."""
    inputs = Inputs(cycle, cycle.framework.instrument, list(cycle.units.order_by("position")))
    return compute(inputs, stored_cube(cycle), None)


def _store(
    cycle_id: int,
    inputs: Inputs,
    cube: Cube,
    table: FigureTable,
    extra: Statistics,
    certificate: dict[str, Any],
    evidence_version: int,
) -> None:
    cycle = locked(cycle_id)
    if cycle.state not in {State.CLOSED, State.SCORED}:
        raise ServiceError(_("Cycle {code} can't be scored now.").format(code=cycle.code))
    data = cube.to_bytes()
    CubePart.objects.filter(cycle=cycle).delete()
    CubePart.objects.create(cycle=cycle, number=0, data=data)
    CountPart.objects.filter(cycle=cycle).delete()
    # Nothing of an unpublished release was ever seen, so the new one takes its place.
    Release.objects.filter(cycle=cycle, visible=False).delete()
    last = Release.objects.filter(cycle=cycle).aggregate(models.Max("number"))["number__max"] or 0
    release = Release.objects.create(
        cycle=cycle,
        number=last + 1,
        certificate=_fingerprinted(certificate, data),
        evidence_version=evidence_version,
        gate=_gate(inputs.spec, table),
    )
    bulk.insert(Figure, FIGURE_FIELDS, figure_rows(release, inputs, table))
    bulk.insert(Distribution, DISTRIBUTION_FIELDS, distribution_rows(release, inputs, extra))
    Analysis.objects.bulk_create(analysis_rows(release, extra))
    cycle.state = State.SCORED
    cycle.save(update_fields=["state"])


def _fingerprinted(certificate: dict[str, Any], cube: bytes) -> dict[str, Any]:
    """Add the cube's fingerprint, and mix the cube into the audit's: everyone may read them on the proof page.

    A fingerprint of group sizes alone could be found by trial, and would tell how many answered in a hidden group.
    """
    mixed = hashlib.sha256(cube + str(certificate.get("sha256")).encode()).hexdigest()
    return certificate | {"sha256": mixed, "cube": hashlib.sha256(cube).hexdigest()}


def _gate(spec: Spec, table: FigureTable) -> dict[str, Any]:
    gate = gated_level(spec, table, 0, "all")
    return {} if gate is None else {"level": int(gate[0]), "block": gate[1]}


def figure_rows(release: Release, inputs: Inputs, table: FigureTable) -> Iterator[tuple[Any, ...]]:
    """Yield FIGURE_FIELDS of every cell that is not suppressed."""
    cells = np.argwhere(~table.suppressed)
    for start in range(0, len(cells), _CELLS_AT_ONCE):
        yield from _figure_rows(release, inputs, table, cells[start : start + _CELLS_AT_ONCE])


def _figure_rows(
    release: Release, inputs: Inputs, table: FigureTable, cells: npt.NDArray[np.int64]
) -> Iterator[tuple[Any, ...]]:
    where = tuple(cells.T)
    values = zip(*(cubes.plain(getattr(table, name)[where], name) for name in FIGURES), strict=True)
    for (unit, audience, column), figures in zip(cells.tolist(), values, strict=True):
        lens, dimension = inputs.spec.columns[column]
        yield release.pk, inputs.units[unit].pk, FIGURE_AUDIENCES[audience], lens, dimension, *figures


def rows_of(release: Release, inputs: Inputs, table: FigureTable) -> list[Figure]:
    """Return a row for every cell that is not suppressed."""
    return [
        Figure(**dict(zip((*FIGURE_FIELDS,), row, strict=True)))
        for row in figure_rows(release, inputs, table)
    ]


def key_of(figure: Figure) -> tuple[int, str, str, str]:
    """Return what tells a figure from the others of its release."""
    return figure.unit_id, figure.audience, figure.lens, figure.dimension
