"""What the sealed ballot costs: .venv/bin/python benchmarks/sealing.py

1. Submitting (seal, check, mark, store) beside a plain insert of the same answers, in turns, CPU milliseconds.
   Allowed: 3 ms more.
2. Closing a cycle of 10,000 envelopes (open, validate, shuffle, store, wipe), seconds. Allowed: 30 s.

Runs in a directory of its own; DATABASE_URL chooses the database, which must be empty (default: SQLite on disk).
"""

import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 300
ENVELOPES = 10_000
MOST_MILLISECONDS = 3.0
MOST_SECONDS = 30.0


def cpu_milliseconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began)


@contextmanager
def installation() -> Iterator[None]:
    """An empty installation in a temporary directory."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"CFM_DATA_DIR": folder, "REDIS_URL": "", "DJANGO_SETTINGS_MODULE": "cfm.settings"}
        sys.path.insert(0, str(ROOT))
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0, skip_checks=True)
        yield


def submitting() -> tuple[float, float]:
    """Return the median CPU milliseconds of (a submission, a plain insert), taken in turns."""
    from assessments.models import CycleUnit, Response
    from assessments.services import ballot
    from tests.factories import assessments as make

    cycle = make.open_cycle(framework=make.shipped_framework(), people={"NORTH": (ROUNDS, 0)}, code="one")
    plain_cycle = make.open_cycle(framework=make.shipped_framework(), code="plain")
    unit = CycleUnit.objects.filter(cycle=plain_cycle).first()
    sealed, plain = [], []
    for number, row in enumerate(make.invitations(cycle, unit__code="NORTH")):
        codes = make.some_codes(row, number)
        sealed.append(
            cpu_milliseconds(lambda r=row, c=codes: ballot.submit(invitation=r, codes=c, comment="é" * 500))
        )
        plain.append(
            cpu_milliseconds(
                lambda c=codes: Response.objects.create(
                    cycle=plain_cycle, unit=unit, audience="staff", codes=c
                )
            )
        )
    return statistics.median(sealed), statistics.median(plain)


def closing() -> tuple[float, float]:
    """Return (wall, CPU) seconds of closing a cycle whose envelopes all hold a comment."""
    from assessments.services import counting
    from tests.factories import assessments as make

    units = {"ORG": None} | {f"U{number}": "ORG" for number in range(100)}
    people = {code: (ENVELOPES // 100, 0) for code in units if code != "ORG"}
    cycle = make.open_cycle(framework=make.shipped_framework(), units=units, people=people, code="close")
    fill(cycle)
    began, cpu = time.monotonic(), time.process_time()
    counting.count(cycle=cycle.pk)
    counting.clean(cycle=cycle.pk)
    return time.monotonic() - began, time.process_time() - cpu


def fill(cycle: object) -> None:
    """Store an envelope for every invitation, as `submit` does, but many in a transaction."""
    from assessments.models import Envelope, Invitation
    from assessments.services import sealing
    from tests.factories import assessments as make

    rows = make.invitations(cycle)
    Envelope.objects.bulk_create(
        (
            Envelope(
                cycle=cycle,
                invitation=row,
                sealed=sealing.seal(
                    sealing.Ballot(make.some_codes(row, number), f"remark {number}"),
                    public_key=bytes(cycle.public_key),
                    bound=sealing.binding(cycle.pk, row.pk),
                    size=4096,
                ),
            )
            for number, row in enumerate(rows)
        ),
        batch_size=500,
    )
    Invitation.objects.filter(cycle=cycle).update(submitted=True)


def main() -> int:
    with installation():
        sealed, plain = submitting()
        more = sealed - plain
        print(
            f"submit {sealed:.2f} ms, plain insert {plain:.2f} ms: {more:.2f} ms more, "
            f"ratio {sealed / plain:.1f} (allowed: {MOST_MILLISECONDS:.0f} ms more)"
        )
        wall, cpu = closing()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"close of {ENVELOPES} envelopes {wall:.1f} s, {cpu:.1f} s CPU, process at most {memory:.0f} MB "
            f"(allowed: {MOST_SECONDS:.0f} s)"
        )
    return int(more > MOST_MILLISECONDS or wall > MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
