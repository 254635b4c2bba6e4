"""Wait for jobs from a command: with its own Celery worker where there is no Redis, else with those that run."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from cfm.lib.models import Job
from cfm.lib.worker import embedded_worker, workers_answer

POLL_SECONDS: Final = 0.05


@contextmanager
def workers() -> Iterator[None]:
    """Make sure that somebody does the jobs while the block runs. Raises CommandError when nobody would."""
    with embedded_worker():
        if settings.REDIS_URL and not workers_answer(seconds=10):
            raise CommandError(
                _("No Celery worker answered within 10 seconds: start one with `celery -A cfm worker -B`.")
            )
        yield


def wait_for(jobs: Sequence[Job], *, timeout: float = 3600.0) -> None:
    """Wait until the jobs are done, whichever worker does them, with progress on standard error.

    Raises CommandError when one fails, or when the time is over.
    """
    end = time.monotonic() + timeout
    shown = ""
    for job in jobs:
        while not job.finished:
            if time.monotonic() > end:
                raise CommandError(
                    _("{kind} is not done after {seconds:.0f} seconds.").format(
                        kind=job.kind, seconds=timeout
                    )
                )
            time.sleep(POLL_SECONDS)
            job.refresh_from_db()
            line = f"{job.kind} {job.key}: {job.percent} %"
            if line != shown:
                print(line, file=sys.stderr)
                shown = line
        if job.state == Job.State.FAILED:
            raise CommandError(job.message)
