"""Opening very many envelopes with helpers: processes of this program that know nothing but how to open one.

A helper is a fresh interpreter without Django: no database, no settings, and safe to start from a thread or from a
worker's own child process. The private key goes to it through a pipe, never by argument, environment or file; it ends
when its pipe closes, so with its parent at the latest.
"""

import json
import os
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any, Final, NamedTuple

from nacl.public import PrivateKey

from assessments.services import sealing
from assessments.services.sealing import Ballot, SpoiledError

FEWEST: Final = 5_000  # envelopes: with fewer, starting helpers costs more than they save
BATCH: Final = 250
KEY_BYTES: Final = 32
_LENGTH: Final = struct.Struct(">I")
_ROOT: Final = Path(__file__).resolve().parents[2]


class Sealed(NamedTuple):
    """An envelope and what it must be bound to (16 bytes). paper: with no invitation."""

    content: bytes
    bound: bytes
    paper: bool


def open_envelopes(
    envelopes: Iterable[Sealed], *, private: PrivateKey, helpers: int
) -> Iterator[Ballot | None]:
    """Yield what is in each envelope, in their order; None for one that can't be opened.

    helpers: how many processes; with 0 or 1 the work is done here. Raises OSError when a helper dies.
    """
    waiting = iter(envelopes)
    batches = iter(lambda: list(islice(waiting, BATCH)), [])
    if helpers < 2:
        for batch in batches:
            yield from _opened(batch, private)
        return
    with _crew(bytes(private), helpers) as crew:
        running: deque[Future[list[Ballot | None]]] = deque()
        for batch in batches:
            running.append(crew.submit(batch))
            if len(running) > 2 * helpers:
                yield from running.popleft().result()
        while running:
            yield from running.popleft().result()


def helpers_for(envelopes: int) -> int:
    """Return how many helpers so many envelopes are worth: none, or one a processor this process may use."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors if envelopes >= FEWEST and processors > 1 else 0


def _opened(batch: Sequence[Sealed], private: PrivateKey) -> list[Ballot | None]:
    return [_one(envelope, private) for envelope in batch]


def _one(envelope: Sealed, private: PrivateKey) -> Ballot | None:
    try:
        return sealing.unseal(envelope.content, private=private, bound=envelope.bound, paper=envelope.paper)
    except SpoiledError:
        return None


class _Crew:
    """Helpers, and a thread for each that speaks with it: a pipe blocks, a thread may wait."""

    def __init__(self, threads: ThreadPoolExecutor, helpers: Sequence["subprocess.Popen[bytes]"]) -> None:
        self.threads, self.free = threads, SimpleQueue["subprocess.Popen[bytes]"]()
        for helper in helpers:
            self.free.put(helper)

    def submit(self, batch: Sequence[Sealed]) -> "Future[list[Ballot | None]]":
        return self.threads.submit(self._ask, batch)

    def _ask(self, batch: Sequence[Sealed]) -> list[Ballot | None]:
        helper = self.free.get()
        try:
            _send(_pipe(helper.stdin), [[len(one.content), one.bound.hex(), one.paper] for one in batch])
            _pipe(helper.stdin).write(b"".join(one.content for one in batch))
            _pipe(helper.stdin).flush()
            answers = _receive(_pipe(helper.stdout))
        finally:
            self.free.put(helper)
        if answers is None:
            raise BrokenPipeError("a helper ended in the middle of its work")
        return [None if one is None else Ballot(*one) for one in answers]


@contextmanager
def _crew(key: bytes, helpers: int) -> Iterator[_Crew]:
    with ExitStack() as stack:
        started = [stack.enter_context(_helper(key)) for _number in range(helpers)]
        yield _Crew(stack.enter_context(ThreadPoolExecutor(helpers)), started)


@contextmanager
def _helper(key: bytes) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "assessments.services.opening"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT) as helper:  # noqa: S603
        try:
            _pipe(helper.stdin).write(key)
            yield helper
        finally:
            helper.kill()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise BrokenPipeError("a helper without a pipe")
    return pipe


def _send(pipe: IO[bytes], value: object) -> None:
    text = json.dumps(value).encode()
    pipe.write(_LENGTH.pack(len(text)) + text)


def _receive(pipe: IO[bytes]) -> list[Any] | None:
    """Return the next list; None where the other side has ended."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    found: list[Any] = json.loads(pipe.read(*_LENGTH.unpack(head)))
    return found


def _help(source: IO[bytes], target: IO[bytes]) -> None:
    """Open what comes in until it ends: a helper's whole life."""
    private = PrivateKey(source.read(KEY_BYTES))
    while (heads := _receive(source)) is not None:
        batch = [
            Sealed(source.read(int(str(size))), bytes.fromhex(str(bound)), bool(paper))
            for size, bound, paper in heads
        ]
        ballots = _opened(batch, private)
        _send(target, [one and [one.codes, one.comment, one.unit, one.audience] for one in ballots])
        target.flush()


if __name__ == "__main__":
    _help(sys.stdin.buffer, sys.stdout.buffer)
