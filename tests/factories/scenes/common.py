"""What scenes share: ways to die, to wait, to be many, and to close."""

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, connections

from assessments.services import counting

THREADS = 16


def in_child(work: Callable[[], object]) -> int:
    """Do the work in a forked process; returns its process id. Its connections are its own."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def die(*_arguments: Any, **_options: Any) -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def until(condition: Callable[[], object], *, seconds: float = 20) -> None:
    """Wait for the condition. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(condition)
        time.sleep(0.02)


def at_once(act: Callable[[int], object], times: int) -> list[str]:
    """Call for 0…times-1 from many threads; returns the faults."""
    connections.close_all()
    faults: list[str] = []

    def one(number: int) -> None:
        try:
            act(number)
        except Exception as error:
            faults.append(repr(error))

    def leave() -> None:
        connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, range(times)))
        list(pool.map(lambda _worker: leave(), range(4 * THREADS)))
    return faults


def close(cycle: int) -> None:
    counting.count(cycle=cycle)
    counting.clean(cycle=cycle)
