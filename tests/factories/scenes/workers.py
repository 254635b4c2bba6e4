"""Scenes of workers: killed, doubled, slow, embedded, without a broker."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from django.conf import settings
from django.db import connection

from assessments.models import Cycle, Invitation, Response
from assessments.services import keys
from cfm.lib import audit, jobs
from cfm.lib.models import AuditEvent, Job
from cfm.lib.worker import EmbeddedWorker
from tests.factories import assessments as make
from tests.factories.scenes.common import in_child, until


@jobs.handler("scene.effect")
def effect(claim: jobs.Claim) -> None:
    """Take some time, then leave one audit line: the effect that must be there once."""
    time.sleep(claim.arguments["seconds"])
    with claim.finishing():
        audit.record("scene.effect", claim.job.key, by=None)


@contextmanager
def quick_leases(seconds: float = 1.0) -> Iterator[None]:
    settings.JOB_LEASE_SECONDS = seconds
    with mock.patch("cfm.lib.worker.SWEEP_SECONDS", 0.2):
        yield


def finished(job: Job) -> bool:
    job.refresh_from_db()
    return job.finished


def running(job: Job) -> bool:
    job.refresh_from_db()
    return job.state == Job.State.RUNNING


def story(job: Job) -> dict[str, Any]:
    job.refresh_from_db()
    effects = AuditEvent.objects.filter(action="scene.effect", subject=job.key).count()
    return {"state": job.state, "tries": job.tries, "effects": effects, "message": job.message}


def killed_worker() -> dict[str, Any]:
    """Kill a worker in the middle of a job; another one, started later, finds the job and does it."""
    job = jobs.enqueue("scene.effect", key="a", seconds=1.5)

    def work() -> None:
        EmbeddedWorker().start()
        time.sleep(60)

    with quick_leases():
        child = in_child(work)
        until(lambda: running(job))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        worker = EmbeddedWorker()
        worker.start()
        until(lambda: finished(job))
        worker.stop()
    return story(job)


def two_workers() -> dict[str, Any]:
    """Two processes are told of the same job, several times."""
    job = jobs.enqueue("scene.effect", key="a", seconds=0.5)
    go = time.monotonic() + 0.3

    def work() -> None:
        time.sleep(max(0.0, go - time.monotonic()))
        for _delivery in range(3):
            jobs.run(job.pk, heartbeat=True)

    children = [in_child(work), in_child(work)]
    for child in children:
        os.waitpid(child, 0)
    return story(job)


def long_job() -> dict[str, Any]:
    """A job that takes longer than its lease, while another process sweeps for dead ones."""
    with quick_leases(0.6):
        job = jobs.enqueue("scene.effect", key="a", seconds=2)
        child = in_child(lambda: jobs.run(job.pk, heartbeat=True))
        until(lambda: running(job))
        taken = 0
        while not finished(job):
            taken += jobs.run_waiting()
            time.sleep(0.1)
        os.waitpid(child, 0)
    return story(job) | {"taken": taken}


def embedded() -> dict[str, Any]:
    """The whole life of the embedded worker: start, job, fall, restart, job, stop."""
    threads = threading.active_count()
    worker = EmbeddedWorker()
    worker.start()
    began = time.monotonic()
    first = jobs.enqueue("scene.effect", key="first", seconds=0)
    until(lambda: finished(first))
    latency = time.monotonic() - began
    open_files = _database_files()
    for number in range(10):
        job = jobs.enqueue("scene.effect", key=f"more-{number}", seconds=0)
        until(lambda job=job: finished(job))
    leaked = _database_files() - open_files
    worker._controller.stop()
    until(lambda: worker.restarts and worker.alive)
    second = jobs.enqueue("scene.effect", key="second", seconds=0)
    until(lambda: finished(second))
    worker.stop()
    until(lambda: not worker.alive, seconds=5)
    return {
        "first": story(first),
        "second": story(second),
        "latency": latency,
        "restarts": worker.restarts,
        "leaked": leaked,
        "threads left": threading.active_count() - threads,
    }


def _database_files() -> int:
    """Return how many connections (SQLite: files) to the database this process holds."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            return int(cursor.fetchone()[0])
    targets = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            targets.append(str(entry.readlink()))
        except FileNotFoundError:
            continue
    return sum("db.sqlite3" in target for target in targets)


def no_broker() -> dict[str, Any]:
    """Ask for work while the broker is down; the row is there, and whoever sweeps finds it."""
    began = time.monotonic()
    job = jobs.enqueue("scene.effect", key="a", seconds=0)
    seconds = time.monotonic() - began
    waits = job.pk in jobs.waiting()
    jobs.run_waiting()
    return story(job) | {"seconds": seconds, "waits": waits}


def ask_for_close() -> dict[str, Any]:
    """Open, answer and ask for the close; somebody else has to do it."""
    cycle = make.open_cycle()
    make.submitted(cycle)
    job = jobs.enqueue("cycle.close", key=cycle.code, cycle=cycle.pk)
    return {"job": str(job.pk), "cycle": cycle.pk}


def due_cycle() -> dict[str, Any]:
    """A cycle whose announced end and grace are over; nobody asks for its close."""
    cycle = make.open_cycle()
    make.submitted(cycle)
    Cycle.objects.filter(pk=cycle.pk).update(closes_at="2020-01-01T00:00Z")
    return {"cycle": cycle.pk}


def sweeping(*, cycle: int) -> dict[str, Any]:
    """Let the embedded worker run with nothing to do but its sweeps, and look at the cycle."""
    with quick_leases():
        worker = EmbeddedWorker()
        worker.start()
        found = look(cycle=cycle, seconds=20)
        worker.stop()
    return found


def look(*, cycle: int, seconds: float = 0) -> dict[str, Any]:
    """Say how far a cycle is, after waiting until its close is complete or the time is over."""
    end = time.monotonic() + seconds
    row = Cycle.objects.get(pk=cycle)
    while not row.close_certificate.get("wiped") and time.monotonic() < end:
        time.sleep(0.1)
        row.refresh_from_db()
    return {
        "state": row.state,
        "certificate": row.close_certificate,
        "key gone": not keys.exists(bytes(row.public_key or b"")),
        "responses": Response.objects.filter(cycle=cycle).count(),
        "submitted": Invitation.objects.filter(cycle=cycle, submitted=True).count(),
    }


def score_in_one_piece() -> dict[str, Any]:
    """A cycle that everybody answered, scored here by one job; `told` is a digest of all that was stored."""
    people = {f"U{number}": (30, 5) for number in range(6)}
    cycle = make.closed_cycle(framework=make.shipped_framework(), people=people)
    job = _ask_for_score(cycle)
    jobs.run_waiting()
    return {"cycle": cycle.pk, "told": make.told_of(cycle), "state": job.state}


def ask_for_score(*, cycle: int) -> dict[str, Any]:
    """Ask for a cycle to be scored (again); somebody else has to do it."""
    return {"job": str(_ask_for_score(Cycle.objects.get(pk=cycle)).pk)}


def _ask_for_score(cycle: Cycle) -> Job:
    return jobs.enqueue("cycle.score", key=cycle.code, cycle=cycle.pk)


def look_at_score(*, cycle: int, job: str, seconds: float) -> dict[str, Any]:
    """Wait for the job; say what came of it and how many shares it was made of."""
    row = Job.objects.get(pk=job)
    until(lambda: finished(row), seconds=seconds)
    shares = Job.objects.filter(kind="cycle.count", key__startswith=f"{job}:", state=Job.State.DONE).count()
    return {"state": row.state, "shares": shares, "told": make.told_of(Cycle.objects.get(pk=cycle))}


def killed_share(*, cycle: int) -> dict[str, Any]:
    """Kill a worker that counts a share; another one ends the work."""
    settings.SCORE_SHARE = 40
    job = _ask_for_score(Cycle.objects.get(pk=cycle))
    half = Job.objects.filter(kind="cycle.count", state=Job.State.RUNNING)

    def work() -> None:
        with mock.patch("assessments.services.shares.counted", side_effect=lambda *a, **b: time.sleep(60)):
            jobs.run_waiting()

    with quick_leases():
        child = in_child(work)
        until(half.exists)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        until(lambda: jobs.run_waiting() >= 0 and finished(job))
    return look_at_score(cycle=cycle, job=str(job.pk), seconds=0) | {"died": True}
