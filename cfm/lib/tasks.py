"""The Celery tasks: do one job, look for jobs that were missed, and more often for those whose worker died."""

import uuid

from celery import shared_task
from django.core.cache import cache
from django.db import close_old_connections
from django.utils import timezone

from cfm.lib import jobs


@shared_task(name="cfm.lib.tasks.run_job")
def run_job(job: str) -> None:
    """Do the job with this id; nothing happens when another worker has it."""
    jobs.run(uuid.UUID(job), heartbeat=True)


@shared_task(name="cfm.lib.tasks.sweep")
def sweep() -> None:
    """Do periodic work, and ring for what a lost message, a dead worker or a pause has left waiting."""
    close_old_connections()
    cache.set(jobs.SWEPT, timezone.now(), timeout=None)
    jobs.run_periodic()
    for job in jobs.waiting():
        jobs.ring(job)


@shared_task(name="cfm.lib.tasks.rescue")
def rescue() -> None:
    """Ring for jobs whose worker died: a few at most, so this can be done every few seconds."""
    close_old_connections()
    for job in jobs.abandoned():
        jobs.ring(job)
