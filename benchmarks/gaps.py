"""What gaps cost: .venv/bin/python benchmarks/gaps.py

1. The page of gaps for HR: 10,000 people × 20 competencies in 4 cycles, CPU seconds of a request. Allowed: 0.5.
2. gaps.csv of 100,000 people × 12 competencies, CPU seconds, beside the csv module writing the same cells from
   memory, and how much the process grows while the file is made; medians of three. Allowed: twice the csv module's
   time, 20 MB more.

Runs in a directory of its own; DATABASE_URL chooses the database, which must be empty (default: SQLite on disk).
"""

import csv
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MOST_SECONDS = 0.5
MOST_MEGABYTES = 20
MOST_TIMES = 2.0  # the time of the csv module
UNITS = 200
ROLES = 12
DAY = "20260301"


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


def fill(people: int, competencies: int, cycles: int) -> None:
    """Make an organisation in which everybody and every manager has handed all ratings in, in each cycle."""
    import numpy as np
    from django.utils import timezone

    from competencies.models import Sheet
    from organisation.models import JobRole, Person, Unit
    from tests.factories import assessments as make
    from tests.factories.competencies import competency, profile
    from tests.factories.organisation import PersonFactory

    top = make.open_cycle(framework=make.shipped_framework(), code="bench-0", people={"NORTH": (1, 0)})
    rounds = [top, *(copy(top, number) for number in range(1, cycles))]
    root = Unit.objects.get(parent=None)
    units = [
        Unit.objects.create(code=f"G{number}", name=f"Unit {number}", parent=root) for number in range(UNITS)
    ]
    for number in range(competencies):
        competency(f"C{number:02}", kind="core" if number < competencies // 2 else "role")
    lines = {f"C{number:02}": (3 + number % 3, 1 + number % 2) for number in range(competencies)}
    roles: list[JobRole] = [profile(f"Role {number}", lines) for number in range(ROLES)]
    boss = PersonFactory(person_id="BOSS", roles=["manager"])
    Person.objects.bulk_create(
        (
            Person(
                person_id=f"X{number:06}",
                name=f"Person {number}",
                email=f"x{number}@bench.example",
                password="!",
                unit=units[number % UNITS],
                job_role=roles[number % ROLES],
                manager=boss,
            )
            for number in range(people)
        ),
        batch_size=2000,
    )
    PersonFactory(person_id="HR", roles=["hr"])
    rng, now = np.random.default_rng(1), timezone.now()
    asked = list(Person.objects.filter(person_id__startswith="X").values_list("pk", flat=True))
    for one in rounds:
        levels = rng.integers(1, 6, (2, people, competencies)).astype(str)
        Sheet.objects.bulk_create(
            (
                Sheet(
                    cycle=one,
                    person_id=pk,
                    rater=boss,
                    self_in=now,
                    manager_in=now,
                    self_levels="".join(levels[0, row]),
                    manager_levels="".join(levels[1, row]),
                    self_days=DAY * competencies,
                    manager_days=DAY * competencies,
                )
                for row, pk in enumerate(asked)
            ),
            batch_size=2000,
        )


def copy(cycle: Any, number: int) -> Any:
    """Return a row of another opened cycle; its questionnaire plays no part here."""
    from datetime import timedelta

    from assessments.models import Cycle

    other = Cycle.objects.get(pk=cycle.pk)
    other.pk, other._state.adding = None, True
    other.code, other.state = f"bench-{number}", Cycle.State.CLOSED
    other.opened_at = cycle.opened_at - timedelta(days=180 * number)
    other.save(force_insert=True)
    return other


def page() -> float:
    """Return the median CPU seconds of a request for the page of gaps, as HR."""
    from django.test import Client

    from organisation.models import Person

    client = Client()
    client.force_login(Person.objects.get(person_id="HR"))
    taken = []
    for _request in range(6):
        began = time.process_time()
        answer = client.get("/competencies/gaps/", headers={"host": "127.0.0.1"})
        taken.append(time.process_time() - began)
        if answer.status_code != 200:
            raise SystemExit(f"the page answers {answer.status_code}")
    return statistics.median(taken[1:])


def export(folder: Path) -> tuple[int, float, float, float]:
    """Return (rows, CPU seconds of our file, CPU seconds of the csv module alone, megabytes grown)."""
    from competencies.exports import GAP_COLUMNS, GapFilter
    from competencies.services.export import write_gaps

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    with (folder / "ours.csv").open("w", encoding="utf-8", newline="") as file:
        rows = write_gaps(file, GapFilter())
    ours = time.process_time() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    with (folder / "ours.csv").open(encoding="utf-8", newline="") as file:
        cells = list(csv.reader(file))
    began = time.process_time()
    with (folder / "plain.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(cells)
    plain = time.process_time() - began
    if (
        cells[0] != list(GAP_COLUMNS)
        or (folder / "ours.csv").read_bytes() != (folder / "plain.csv").read_bytes()
    ):
        raise SystemExit("the two files differ")
    return rows, ours, plain, grown


def main(part: str = "", people: int = 100_000) -> int:
    if not part:  # each in a process of its own, so that the memory of one is not that of the other
        return max(os.system(f'"{sys.executable}" "{__file__}" {one}') for one in ("page", "file"))
    with installation(), tempfile.TemporaryDirectory() as folder:
        if part == "page":
            fill(10_000, 20, 4)
            seconds = page()
            print(
                f"page of gaps, 10,000 people × 20 competencies × 4 cycles: {seconds:.2f} s (allowed: {MOST_SECONDS})"
            )
            return int(seconds > MOST_SECONDS)
        fill(people, 12, 1)
        runs = [export(Path(folder)) for _run in range(3)]
        ours, plain = (statistics.median(one[place] for one in runs) for place in (1, 2))
        rows, grown = runs[0][0], max(one[3] for one in runs)
        print(
            f"gaps.csv of {rows} rows: {ours:.1f} s CPU, csv module alone {plain:.1f} s, ratio {ours / plain:.2f} "
            f"(allowed: {MOST_TIMES}); grew by {grown:.0f} MB (allowed: {MOST_MEGABYTES})"
        )
        return int(grown > MOST_MEGABYTES or ours > MOST_TIMES * plain)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
