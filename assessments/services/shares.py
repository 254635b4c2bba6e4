"""Counting a very large cycle in shares: a job for each range of units, and the scoring job that adds them up.

Only on PostgreSQL, above SCORE_SHARE responses. The scoring job asks for the shares and waits; the transaction that
finishes the last share wakes it (docs/adr/0003-jobs.md). Cubes are exact, so however the units are cut, and whoever
counts them, the sum is the same to the bit. A share that was counted twice is stored once.
"""

import io
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from assessments.models import CountPart, Cycle, CycleUnit, Response
from assessments.queries import answers
from assessments.scoring.cube import AudienceCube, Cube
from assessments.scoring.exact import compact
from assessments.scoring.patterns import Patterns
from assessments.scoring.spec import Spec
from assessments.scoring.tally import Judged
from assessments.services.cycles import State, locked
from assessments.services.errors import ServiceError
from assessments.services.statistics import Counted, counted
from cfm.lib import jobs
from cfm.lib.jobs import Claim
from cfm.lib.models import Job

KIND: Final = "cycle.count"
WATCH_SECONDS: Final = 30  # so often the waiting job looks itself, should nobody have woken it
_LIVE: Final = (Job.State.QUEUED, Job.State.RUNNING)


def worth_it(cycle: Cycle) -> bool:
    """Whether the cycle is large enough, and the database made for it, to be counted in shares."""
    if connection.vendor != "postgresql":
        return False
    return Response.objects.filter(cycle=cycle).count() > settings.SCORE_SHARE


def gather(claim: Claim, cycle: Cycle, spec: Spec, units: Sequence[CycleUnit]) -> Counted | None:
    """Return the sums of all shares; None while they are being counted: the job waits then and will be run again.

    Raises ServiceError where a share failed; asking again counts all of them anew.
    """
    with transaction.atomic():
        locked(cycle.pk)
        states = dict(_shares(claim.job.pk).values_list("key", "state"))
        if not states:
            _ask(claim, cycle, len(units))
        if not states or set(states.values()) & set(_LIVE):
            claim.wait(seconds=WATCH_SECONDS)
            return None
    parts = list(CountPart.objects.filter(cycle=cycle, run=claim.job.pk).order_by("number"))
    if Job.State.FAILED in states.values() or len(parts) != len(states):
        _forget(claim, cycle)
        raise ServiceError(_("A part of {code} could not be counted; try again.").format(code=cycle.code))
    return _sum([_read(bytes(part.data)) for part in parts], spec)


def count_share(*, claim: Claim) -> None:
    """Do one share: count its units, store the sums, and wake the scoring job if this was the last."""
    cycle = Cycle.objects.select_related("framework").get(pk=claim.arguments["cycle"])
    if cycle.state not in {State.CLOSED, State.SCORED}:
        raise ServiceError(_("Cycle {code} can't be scored now.").format(code=cycle.code))
    run, part = claim.arguments["run"], range(*claim.arguments["units"])
    units, spec = list(cycle.units.order_by("position")), cycle.framework.instrument.spec()
    matrices = answers.matrices(cycle, spec, units, part=part)
    data = _write(counted(spec, matrices, units=len(units)), part)
    with claim.finishing():
        locked(cycle.pk)  # one share at a time comes to its end, so that the last one knows that it is
        CountPart.objects.update_or_create(
            run=run, number=claim.arguments["number"], defaults={"cycle": cycle, "data": data}
        )
        done, live = (_shares(run).filter(state__in=one).count() for one in ([Job.State.DONE], _LIVE))
        jobs.tell(run, step=done, steps=done + live + 1, wake=not live)


def ranges(responses: npt.NDArray[np.int64], share: int) -> list[range]:
    """Cut units into ranges of about so many responses; each unit lies in one.

    responses: (U,), per unit. share: of a range, at most that plus one unit.

    >>> ranges(np.array([3, 3, 0, 3, 3]), 6)
    [range(0, 2), range(2, 5)]
    """
    total = int(responses.sum())
    pieces = max(1, -(-total // share))
    ends = np.searchsorted(np.cumsum(responses), [total * piece // pieces for piece in range(1, pieces)]) + 1
    cuts = sorted({0, *ends.tolist(), len(responses)})
    return [range(first, stop) for first, stop in pairwise(cuts)]


def _shares(run: object) -> Any:
    return Job.objects.filter(kind=KIND, key__startswith=f"{run}:")


def _ask(claim: Claim, cycle: Cycle, units: int) -> None:
    """Ask for a job a share, in the caller's transaction."""
    CountPart.objects.filter(cycle=cycle).delete()
    sizes = np.zeros(units, dtype=np.int64)
    found = (
        Response.objects.filter(cycle=cycle).values_list("unit__position").annotate(n=Count("pk")).order_by()
    )
    for position, n in found:
        sizes[position] = n
    run = str(claim.job.pk)
    jobs.enqueue_many(
        KIND,
        work=[
            (
                f"{run}:{number}",
                {"cycle": cycle.pk, "run": run, "number": number, "units": [part.start, part.stop]},
            )
            for number, part in enumerate(ranges(sizes, settings.SCORE_SHARE))
        ],
        by=claim.job.asked_by,
    )


@transaction.atomic
def _forget(claim: Claim, cycle: Cycle) -> None:
    """Leave nothing of a run that failed."""
    _shares(claim.job.pk).delete()
    CountPart.objects.filter(cycle=cycle).delete()


def _write(count: Counted, part: range) -> bytes:
    """Serialise the sums of some units; scores of driver analysis are whole numbers."""
    rows = np.arange(part.start, part.stop)
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name, cube in (("cube", count.cube), ("careless", count.careless)):
        arrays[name] = np.frombuffer(cube.take(rows).to_bytes(), dtype=np.uint8)
    for audience, judged in count.judged.items():
        arrays[f"unit {audience}"] = judged.unit.astype(np.int32)
        arrays[f"scores {audience}"] = _narrow(judged.scores)
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _narrow(scores: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Return them as 32-bit numbers where they fit: half of the bytes."""
    whole = scores.astype(np.int32) if not scores.size or scores.max() < 2**31 else scores
    return whole if np.array_equal(whole, scores) else scores


def _read(data: bytes) -> dict[str, npt.NDArray[Any]]:
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return dict(file)


def _sum(parts: Sequence[dict[str, npt.NDArray[Any]]], spec: Spec) -> Counted:
    """Add up the shares of all units."""

    def cube(name: str) -> Cube:
        pieces = [Cube.from_bytes(part[name].tobytes()) for part in parts]
        return Cube({audience: _stacked([one[audience] for one in pieces]) for audience in spec.audiences})

    judged = {
        audience: Judged(
            np.concatenate([part[f"unit {audience}"] for part in parts]).astype(np.int64),
            np.concatenate([part[f"scores {audience}"].astype(np.float64) for part in parts]),
        )
        for audience in spec.audiences
    }
    return Counted(cube("cube"), cube("careless"), judged)


def _stacked(pieces: Sequence[AudienceCube]) -> AudienceCube:
    """Return the cube of neighbouring ranges of units, in their order."""
    each = [one.arrays() for one in pieces]
    return AudienceCube(
        **{name: compact(np.concatenate([one[name] for one in each])) for name in each[0]},
        patterns=Patterns.stacked([one.patterns for one in pieces]),
    )
