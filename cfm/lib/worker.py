"""A real Celery worker inside this process, for installations without Redis (docs/adr/0003-jobs.md).

WorkController is an internal class of Celery, so it is used here and nowhere else, and tests/integration proves
that it still works. A supervisor starts it again when it ends; a second thread asks for a sweep of missed jobs.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from celery import current_app
from django.conf import settings
from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from cfm.lib.tasks import rescue, sweep

logger = logging.getLogger(__name__)
embedded: "EmbeddedWorker | None" = None  # the one of this process, while it runs
SWEEP_SECONDS: Final = 30.0
RESCUE_SECONDS: Final = 5.0
RESTART_SECONDS: Final = 1.0


class EmbeddedWorker:
    """Runs a Celery worker in a supervised thread of this process, over the memory broker."""

    def __init__(self, *, concurrency: int = 1) -> None:
        self.concurrency = concurrency
        self.restarts = 0
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._controller: Any = None
        self._threads = [
            threading.Thread(target=self._supervise, name="celery-worker", daemon=True),
            threading.Thread(target=self._sweep, name="celery-sweeper", daemon=True),
        ]

    @property
    def alive(self) -> bool:
        """Whether the worker takes work now."""
        return self._ready.is_set() and self._threads[0].is_alive()

    def start(self, *, timeout: float = 60.0) -> None:
        """Start and wait until the worker listens. Raises RuntimeError when it does not within the time."""
        for thread in self._threads:
            thread.start()
        if not self._ready.wait(timeout):
            raise RuntimeError("the embedded worker did not start")

    def stop(self, *, timeout: float = 10.0) -> None:
        """Let the current job end and stop."""
        self._stopping.set()
        if self._controller is not None:
            self._controller.stop()
        self._threads[0].join(timeout)

    def _supervise(self) -> None:
        while not self._stopping.is_set():
            try:
                self._work()
            except Exception:
                logger.exception("the embedded worker fell over")
            self._ready.clear()
            if not self._stopping.wait(RESTART_SECONDS):
                self.restarts += 1

    def _work(self) -> None:
        from celery.worker import WorkController

        self._controller = WorkController(
            app=current_app._get_current_object(),  # type: ignore[attr-defined]
            hostname="embedded@cfm",
            pool_cls="threads",
            concurrency=self.concurrency,
            loglevel=logging.WARNING,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            ready_callback=lambda consumer: self._ready.set(),
            quiet=True,
        )
        self._controller.start()

    def _sweep(self) -> None:
        due = time.monotonic() + SWEEP_SECONDS
        while not self._stopping.wait(min(RESCUE_SECONDS, SWEEP_SECONDS)):
            task = sweep if time.monotonic() >= due else rescue
            due = time.monotonic() + SWEEP_SECONDS if task is sweep else due
            try:
                task.apply_async(retry=False)
            except Exception:
                logger.exception("the sweep could not be asked for")


@contextmanager
def embedded_worker() -> Iterator[EmbeddedWorker | None]:
    """A worker of a command's process while the block runs; None where Redis is set and workers run elsewhere.

    Raises CommandError when it does not start.
    """
    global embedded
    if settings.REDIS_URL:
        yield None
        return
    embedded = worker = EmbeddedWorker()
    try:
        worker.start()
    except RuntimeError as error:
        raise CommandError(
            _("The worker of jobs did not start within a minute: see the log above.")
        ) from error
    try:
        yield worker
    finally:
        embedded = None
        worker.stop()


def workers_answer(*, seconds: float = 10.0) -> bool:
    """Whether any worker answers a ping over the broker within the time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if current_app.control.ping(timeout=min(1.0, seconds)):
                return True
        except Exception:
            logger.warning("broker not reached")
            time.sleep(0.5)
    return False
