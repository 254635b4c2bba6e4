"""Import people, all or nothing, and queue invitations: seconds of the process, beside the bare work.

Run: `python benchmarks/people.py [people] [invited]`. Beside the import stands the same file read by csv.DictReader
and the same rows stored by bulk_create, without a check; beside the queue, as many bare rows of jobs. In a database of
its own. Exits 1 when the import takes 60 seconds or more by the clock, or queueing 10.
"""

import csv
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FOLDER = tempfile.TemporaryDirectory()
os.environ["CFM_DATA_DIR"] = FOLDER.name
os.environ.pop("DATABASE_URL", None)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cfm.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from assessments.models import Cycle  # noqa: E402
from assessments.services import invitations  # noqa: E402
from cfm.lib.models import Job  # noqa: E402
from organisation.models import Person, Unit  # noqa: E402

COLUMNS = ("person_id", "email", "name", "unit", "manager_id", "job_role", "roles", "active", "language")
UNITS = 500
LIMITS = {"import": 60.0, "queue": 10.0}


def write(path: Path, people: int, invited: int) -> None:
    """Write people.csv: those after the first `invited` are not active, so that a cycle asks `invited` people."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(people):
            boss = f"P{number // 10}" if number else ""
            roles = "staff manager" if number < people // 10 else "staff"
            row = (f"P{number}", f"p{number}@bench.example", f"Person {number}", f"U{number % UNITS}", boss)
            writer.writerow((*row, f"Role {number % 30}", roles, int(number < invited), ""))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return (seconds of the process, seconds by the clock)."""
    cpu, clock = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - clock


def bare_people(path: Path) -> None:
    """Read the file and store its people without a check; nothing of it stays."""
    unit = Unit.objects.order_by("pk")[0]
    with path.open(encoding="utf-8") as file, transaction.atomic():
        rows = csv.DictReader(file)
        people = [
            Person(person_id=f"X{row['person_id']}", email=f"x{row['email']}", name=row["name"], unit=unit)
            for row in rows
        ]
        Person.objects.bulk_create(people, batch_size=1000)
        transaction.set_rollback(True)


def bare_jobs(many: int) -> None:
    """Store as many rows of jobs one by one; nothing of it stays."""
    with transaction.atomic():
        for number in range(many):
            Job.objects.create(kind="bench", key=str(number), arguments={}, not_before=timezone.now())
        transaction.set_rollback(True)


def main(people: int = 100_000, invited: int = 1_000) -> int:
    call_command("migrate", verbosity=0)
    call_command("load_framework", str(ROOT / "fixtures" / "customer_focus_v1.yaml"), stdout=io.StringIO())
    path = Path(FOLDER.name) / "people.csv"
    write(path, people, invited)
    root = Unit.objects.create(code="U0", name="The organisation")
    Unit.objects.bulk_create(Unit(code=f"U{n}", name=f"Unit {n}", parent=root) for n in range(1, UNITS))

    bare = timed(lambda: bare_people(path))
    whole = timed(lambda: call_command("import_people", str(path), stdout=io.StringIO()))
    call_command("open_cycle", "bench", framework="customer-focus", stdout=io.StringIO())
    cycle = Cycle.objects.get(code="bench")
    jobs = timed(lambda: bare_jobs(invited))
    queue = timed(lambda: invitations.request_invitations(cycle=cycle))

    for name, found, beside in (
        (f"import of {people} people", whole, bare),
        (f"queue {invited} invitations", queue, jobs),
    ):
        print(
            f"{name}: {found[0]:.2f} CPU s, {found[1]:.2f} s by the clock; "
            f"{found[0] / beside[0]:.1f} x the bare work ({beside[0]:.2f} CPU s)"
        )
    return int(whole[1] >= LIMITS["import"] or queue[1] >= LIMITS["queue"])


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
