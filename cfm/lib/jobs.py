"""Work outside a request: the Job row is the truth, the broker only a doorbell (docs/adr/0003-jobs.md).

A handler registers by name, so that a lower app can start work of a higher one. It may run more than once; what
it does and the row's `done` are one transaction: it does its slow, pure part first and writes inside
`with claim.finishing():`. A claim holds a lease, renewed while it works; a worker that dies loses it, and the
sweeper gives the job to the next one.
"""

import logging
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cfm.lib.models import Job

logger = logging.getLogger(__name__)
Handler = Callable[["Claim"], None]
Periodic = Callable[[], object]
HANDLERS: Final[dict[str, Handler]] = {}
PERIODIC: Final[dict[str, Periodic]] = {}
TRIES: Final = 3
BACKOFF_SECONDS: Final = (1, 5, 30)
REST_AFTER_FAILURE: Final = timedelta(hours=1)
SWEPT: Final = "cfm.lib.jobs.swept"  # where the cache holds the time of the last sweep


class JobError(Exception):
    """A failure that trying again won't mend; the message is for the person who asked for the work."""


class LeaseLostError(Exception):
    """Another worker holds this job by now: what this one has done must not be written."""


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of this kind."""

    def register(function: Handler) -> Handler:
        HANDLERS[kind] = function
        return function

    return register


def periodic(name: str) -> Callable[[Periodic], Periodic]:
    """Register a function that every sweep calls (about twice a minute): quick, and harmless when called twice."""

    def register(function: Periodic) -> Periodic:
        PERIODIC[name] = function
        return function

    return register


@dataclass(frozen=True)
class Claim:
    """The right to do a job, for as long as the lease holds."""

    job: Job
    lease: uuid.UUID

    @property
    def arguments(self) -> dict[str, Any]:
        arguments: dict[str, Any] = self.job.arguments
        return arguments

    def progress(self, step: int, steps: int) -> None:
        """Tell the page how far the work is; renews the lease. Raises LeaseLostError."""
        changed = self._row().update(step=step, steps=steps, lease_until=_lease_end())
        if not changed:
            raise LeaseLostError(str(self.job.pk))

    def renew(self) -> bool:
        """Hold the job for another lease; False when it is lost."""
        return bool(self._row().update(lease_until=_lease_end()))

    def wait(self, *, seconds: int) -> None:
        """Give the job back until others have done their part: run again when woken (`tell`), at the latest then."""
        later = timezone.now() + timedelta(seconds=seconds)
        changed = self._row().update(
            state=Job.State.QUEUED, tries=0, lease=None, lease_until=None, not_before=later
        )
        if not changed:
            raise LeaseLostError(str(self.job.pk))

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """One transaction for the effect and `done`. Raises LeaseLostError (and writes nothing)."""
        with transaction.atomic():
            done = self._row().update(
                state=Job.State.DONE,
                step=F("steps"),
                message="",
                lease=None,
                lease_until=None,
                finished_at=timezone.now(),
            )
            if not done:
                raise LeaseLostError(str(self.job.pk))
            yield

    def _row(self) -> Any:
        return Job.objects.filter(pk=self.job.pk, state=Job.State.RUNNING, lease=self.lease)


def enqueue(kind: str, *, key: str, by: int | None = None, **arguments: Any) -> Job:
    """Ask for work, inside the caller's transaction; a live job with the same kind and key is returned instead.

    arguments: ids only. by: the id of the person who asked. Raises KeyError for a kind nobody handles.
    """
    if kind not in HANDLERS:
        raise KeyError(kind)
    live = _live(kind, key)
    job = live.first() or _create(kind, key, arguments, by) or live.first()
    if job is None:  # it was live in between, and is finished by now
        job = Job.objects.filter(kind=kind, key=key).latest("created_at")
    _ring_after_commit(job.pk)
    return job


def enqueue_many(kind: str, *, work: Iterable[tuple[str, dict[str, Any]]], by: int | None = None) -> int:
    """Ask for much work at once, inside the caller's transaction: (key, arguments) each; returns how many rows.

    The doorbell rings once, for a sweep. A live job with the same key stays as it is.
    Raises KeyError for a kind nobody handles.
    """
    if kind not in HANDLERS:
        raise KeyError(kind)
    now = timezone.now()
    rows = [
        Job(kind=kind, key=key, arguments=arguments, asked_by=by, not_before=now) for key, arguments in work
    ]
    Job.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    transaction.on_commit(_ring_sweep)
    return len(rows)


def tell(job: uuid.UUID | str, *, step: int, steps: int, wake: bool = False) -> None:
    """Say on the row of a waiting job how far its parts are; wake: it may go on. In the caller's transaction."""
    changed: dict[str, Any] = {"step": step, "steps": steps}
    if wake:
        changed["not_before"] = timezone.now()
    if Job.objects.filter(pk=job, state=Job.State.QUEUED).update(**changed) and wake:
        _ring_after_commit(uuid.UUID(str(job)))


def rests(kind: str, *, key: str) -> bool:
    """Whether the work may be asked for by itself: none of the kind and key lives or has failed within the hour."""
    failed = Job.objects.filter(
        kind=kind, key=key, state=Job.State.FAILED, finished_at__gt=timezone.now() - REST_AFTER_FAILURE
    )
    return not (_live(kind, key) | failed).exists()


def resting(kind: str) -> set[str]:
    """Return the keys of a kind that may not be asked for by themselves now: they live or failed within the hour.

    `rests` for any number of keys. One query.
    """
    failed = Q(state=Job.State.FAILED, finished_at__gt=timezone.now() - REST_AFTER_FAILURE)
    live = Q(state__in=[Job.State.QUEUED, Job.State.RUNNING])
    return set(Job.objects.filter(live | failed, kind=kind).values_list("key", flat=True))


def is_live(kind: str, *, key: str) -> bool:
    """Whether the work waits or is being done."""
    return _live(kind, key).exists()


def _live(kind: str, key: str) -> QuerySet[Job]:
    return Job.objects.filter(kind=kind, key=key, state__in=[Job.State.QUEUED, Job.State.RUNNING])


def _create(kind: str, key: str, arguments: dict[str, Any], by: int | None) -> Job | None:
    """Return a new row; None when someone else asked in the same moment."""
    try:
        with transaction.atomic():
            return Job.objects.create(
                kind=kind, key=key, arguments=arguments, asked_by=by, not_before=timezone.now()
            )
    except IntegrityError:
        return None


def _ring_after_commit(job: uuid.UUID) -> None:
    def ring_job() -> None:
        ring(job)

    transaction.on_commit(ring_job)


def ring(job: uuid.UUID, *, in_seconds: int = 0) -> None:
    """Tell a worker. A broker that is down costs nothing but time: the sweeper finds the row."""
    from cfm.lib.tasks import run_job

    try:
        run_job.apply_async(args=(str(job),), retry=False, countdown=in_seconds)
    except Exception:
        logger.warning("broker not reached; the sweeper will find job %s", job)


def _ring_sweep() -> None:
    from cfm.lib.tasks import sweep

    try:
        sweep.apply_async(retry=False)
    except Exception:
        logger.warning("broker not reached; the sweeper will find the jobs")


def retry(job: Job) -> bool:
    """Queue a failed job again; False when it is not failed or a newer one lives."""
    try:
        with transaction.atomic():
            changed = Job.objects.filter(pk=job.pk, state=Job.State.FAILED).update(
                state=Job.State.QUEUED, tries=0, message="", finished_at=None, not_before=timezone.now()
            )
            if changed:
                _ring_after_commit(job.pk)
    except IntegrityError:
        return False
    return bool(changed)


def run(job: uuid.UUID, *, heartbeat: bool = False) -> bool:
    """Do the job if it is free; True when this call did it (well or badly)."""
    claim = _claim(job)
    if claim is None:
        return False
    try:
        if claim.job.tries > TRIES:
            raise JobError(_("The worker died each time it tried. Ask the operator to look at its log."))
        with _heartbeat(claim) if heartbeat else nullcontext():
            HANDLERS[claim.job.kind](claim)
        with suppress(LeaseLostError), claim.finishing():  # a handler with no effect of its own
            pass
    except LeaseLostError:
        logger.warning("lost the lease of job %s", job)
    except Exception as error:
        _failed(claim, error)
    return True


def waiting() -> list[uuid.UUID]:
    """Jobs that nobody does: queued and due, or left by a worker that died."""
    return list(Job.objects.filter(_free()).order_by("created_at").values_list("pk", flat=True))


def abandoned() -> list[uuid.UUID]:
    """Jobs left by a worker that died: its lease has run out."""
    return list(Job.objects.filter(_left()).values_list("pk", flat=True))


def late(after: timedelta) -> int:
    """Return how many jobs have been free for so long that no worker can be running."""
    return Job.objects.filter(_free(), not_before__lt=timezone.now() - after).count()


def run_periodic() -> None:
    """Call every registered function; a fault in one does not keep the others from their turn."""
    for name, function in PERIODIC.items():
        try:
            function()
        except Exception:
            logger.exception("periodic work %s failed", name)


def run_waiting() -> int:
    """Do every free job here and now, those they queue included; returns how many."""
    count = 0
    while ids := waiting():
        count += sum(run(job) for job in ids)
    return count


def _free() -> Q:
    return Q(state=Job.State.QUEUED, not_before__lte=timezone.now()) | _left()


def _left() -> Q:
    return Q(state=Job.State.RUNNING, lease_until__lt=timezone.now())


def _lease_end() -> Any:
    return timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def _claim(job: uuid.UUID) -> Claim | None:
    lease = uuid.uuid4()
    claimed = Job.objects.filter(_free(), pk=job).update(
        state=Job.State.RUNNING, lease=lease, lease_until=_lease_end(), tries=F("tries") + 1
    )
    return Claim(Job.objects.get(pk=job), lease) if claimed else None


def _failed(claim: Claim, error: Exception) -> None:
    """Queue again after a pause, or give up with a message a person can act on."""
    final = isinstance(error, JobError) or claim.job.tries >= TRIES
    if final:
        message = (
            str(error)
            if isinstance(error, JobError)
            else _("An unexpected fault: {fault}").format(fault=type(error).__name__)
        )
        state = {"state": Job.State.FAILED, "message": message, "finished_at": timezone.now()}
    else:
        pause = BACKOFF_SECONDS[claim.job.tries - 1]
        state = {"state": Job.State.QUEUED, "not_before": timezone.now() + timedelta(seconds=pause)}
    if not isinstance(error, JobError):
        logger.exception("job %s (%s) failed", claim.job.pk, claim.job.kind)
    Job.objects.filter(pk=claim.job.pk, lease=claim.lease).update(lease=None, lease_until=None, **state)
    if not final:
        ring(claim.job.pk, in_seconds=pause)


@contextmanager
def _heartbeat(claim: Claim) -> Iterator[None]:
    """Renew the lease from a thread while the work runs, so that a long computation is not taken for a death."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(settings.JOB_LEASE_SECONDS / 4):
            try:
                if not claim.renew():
                    break
            except Exception:
                logger.warning("could not renew the lease of job %s", claim.job.pk)
        connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)
        close_old_connections()
