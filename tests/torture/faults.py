"""What is broken, and how it is mended. Each fault is a function of the plant that returns what happened besides."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.torture.plant import ROOT, ServicePlant, SinglePlant

HANG_SECONDS = 8


def web_worker_killed(plant: ServicePlant) -> None:
    for pid in plant.processes["web"].children()[:1]:
        os.kill(pid, signal.SIGKILL)


def web_killed(plant: ServicePlant) -> None:
    """Parent and children: a parent alone would leave orphans that hold the port."""
    _killed_with_children(plant, "web")


def worker_killed(plant: ServicePlant) -> None:
    _killed_with_children(plant, "worker")


def worker_child_killed(plant: ServicePlant) -> None:
    for pid in plant.processes["worker"].children()[:1]:
        os.kill(pid, signal.SIGKILL)


def redis_stopped(plant: ServicePlant) -> None:
    plant.processes["redis"].tell(signal.SIGTERM)


def redis_hung(plant: ServicePlant) -> None:
    _hung(plant, "redis")


def redis_flushed(plant: ServicePlant) -> None:
    subprocess.run(["redis-cli", "-p", str(plant.redis_port), "flushall"], check=True, capture_output=True)


def postgresql_stopped(plant: ServicePlant) -> None:
    """At once, as a power cut: the next start recovers from the log."""
    plant.processes["postgresql"].tell(signal.SIGQUIT)


def postgresql_hung(plant: ServicePlant) -> None:
    server = plant.processes["postgresql"]
    pids = [server.pid, *server.children()]
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    time.sleep(HANG_SECONDS)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def backends_killed(plant: ServicePlant) -> None:
    with plant.database() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = 'cfm' AND pid <> pg_backend_pid()"
        )


def jobs_delivered_twenty_times(plant: ServicePlant) -> None:
    plant.ask(
        "from cfm.lib.models import Job\nfrom cfm.lib.tasks import run_job\n"
        "for job in list(Job.objects.all()[:5]):\n    [run_job.apply_async(args=(str(job.pk),)) for _n in range(20)]"
    )


def two_beats(plant: ServicePlant) -> None:
    plant.start("beat2", *plant.beat("beat2"))


def rolling_restart(plant: ServicePlant) -> None:
    plant.processes["web"].tell(signal.SIGHUP)


SERVICE_FAULTS: dict[str, Callable[[Any], None]] = {
    "web worker, kill -9": web_worker_killed,
    "web parent and workers, kill -9": web_killed,
    "Celery parent and children, kill -9": worker_killed,
    "Celery child, kill -9": worker_child_killed,
    "Redis stopped": redis_stopped,
    "Redis hangs": redis_hung,
    "Redis flushed": redis_flushed,
    "PostgreSQL killed at once": postgresql_stopped,
    "PostgreSQL hangs": postgresql_hung,
    "PostgreSQL back ends killed": backends_killed,
    "each job delivered twenty times": jobs_delivered_twenty_times,
    "two beats": two_beats,
    "rolling restart of the web": rolling_restart,
}


def process_killed(plant: SinglePlant) -> None:
    plant.processes["web"].tell(signal.SIGKILL)


def database_locked(plant: SinglePlant) -> None:
    """Another process holds the write lock for longer than a request waits (20 seconds)."""
    code = (
        "import sqlite3, sys, time\n"
        "held = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)\n"
        "held.execute('BEGIN IMMEDIATE')\ntime.sleep(24)\nheld.execute('ROLLBACK')"
    )
    subprocess.run([sys.executable, "-c", code, str(plant.data / "db.sqlite3")], check=True, cwd=ROOT)


def disk_full(plant: SinglePlant) -> None:
    ballast = plant.data / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16))
    time.sleep(HANG_SECONDS)
    ballast.unlink()


def clock_forward(plant: SinglePlant) -> None:
    """Two hours on, as where a clock that was wrong is set; in Berlin time, over the end of summer time and back."""
    plant.clock.write_text("+7200\n")
    time.sleep(HANG_SECONDS)


def clock_back(plant: SinglePlant) -> None:
    plant.clock.write_text("+0\n")
    time.sleep(HANG_SECONDS)


def summer_time_ends(plant: SinglePlant) -> None:
    """The night in which an hour comes twice."""
    seconds = int(time.mktime(time.strptime("2027-10-31 00:59:56", "%Y-%m-%d %H:%M:%S")) - time.time())
    plant.clock.write_text(f"+{seconds}\n")
    time.sleep(HANG_SECONDS)


def single_faults(plant: SinglePlant) -> dict[str, Callable[[Any], None]]:
    """What can be broken on this machine: moving the clock needs faketime, a full disk root."""
    found: dict[str, Callable[[Any], None]] = {
        "the one process, kill -9": process_killed,
        "SQLite locked for 24 seconds": database_locked,
    }
    if plant.mounted:
        found["disk full"] = disk_full
    if plant.faketime:
        found |= {"clock two hours on": clock_forward, "clock two hours back": clock_back}
    return found


def _killed_with_children(plant: ServicePlant, name: str) -> None:
    made = plant.processes[name]
    for pid in [made.pid, *made.children()]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _hung(plant: ServicePlant, name: str) -> None:
    made = plant.processes[name]
    made.tell(signal.SIGSTOP)
    time.sleep(HANG_SECONDS)
    made.tell(signal.SIGCONT)


def log_tail(path: Path, *, lines: int = 15) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""
