"""Serve overview and heat map of 1,000 units × 8 blocks × 8 cycles: milliseconds of server time, and queries.

Run: `python benchmarks/dashboards.py [units] [cycles]`. Medians of nine requests through the whole stack (sign-in,
permissions, queries, figures, templates), in a database of its own: time of the process, which other work on the
machine leaves alone, and by the clock. Exits 1 when a page takes 150 ms or more of the process.
"""

import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FOLDER = tempfile.TemporaryDirectory()
os.environ["CFM_DATA_DIR"] = FOLDER.name
os.environ.pop("DATABASE_URL", None)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cfm.settings")

import django  # noqa: E402

django.setup()

import numpy as np  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from assessments.models import Cycle, CycleUnit, Figure, Framework, Release  # noqa: E402
from organisation.models import Person, RoleGrant, Unit  # noqa: E402

LIMIT = 150
PAGES = {
    "overview": "/dashboard/",
    "overview, a unit": "/dashboard/units/U0003/",
    "heat map, all levels": "/dashboard/map/?depth=9",
    "heat map, sorted": "/dashboard/map/?depth=9&sort=-B3",
}


def make(units: int, cycles: int) -> Person:
    call_command("migrate", verbosity=0)
    call_command("load_framework", str(ROOT / "fixtures" / "customer_focus_v1.yaml"), verbosity=0)
    framework = Framework.objects.get()
    root = Unit.objects.create(code="U0000", name="The organisation")
    made = [root]
    for number in range(1, units):
        parent = made[(number - 1) // 6]
        made.append(Unit(code=f"U{number:04d}", name=f"Unit {number}", parent=parent, pk=root.pk + number))
    Unit.objects.bulk_create(made[1:], batch_size=500)
    for number in range(cycles):
        cycle_of(framework, made, number)
    person = Person.objects.create(person_id="E1", email="e@bench.example", name="Eve", unit=root)
    RoleGrant.objects.create(person=person, role="executive")
    return person


def cycle_of(framework: Framework, units: list[Unit], number: int) -> None:
    closed = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=200 * number)
    cycle = Cycle.objects.create(
        code=f"c{number}",
        title=f"Cycle {number}",
        framework=framework,
        state="published",
        public_key=b"k" * 32,
        opened_at=closed - timedelta(days=20),
        closed_at=closed,
        published_at=closed + timedelta(days=3),
        close_certificate={"counted": 12 * len(units)},
    )
    places = {unit.pk: place for place, unit in enumerate(units)}
    depths: dict[int, int] = {}
    rows = []
    for place, unit in enumerate(units):
        parent = places[unit.parent_id] if unit.parent_id else -1
        depths[place] = depths[parent] + 1 if parent >= 0 else 0
        rows.append(
            CycleUnit(
                cycle=cycle,
                position=place,
                parent_position=parent,
                depth=depths[place],
                code=unit.code,
                name=unit.name,
                staff_invited=12,
                manager_invited=2,
            )
        )
    CycleUnit.objects.bulk_create(rows, batch_size=500)
    release = Release.objects.create(cycle=cycle, number=1, visible=True, gate={"level": 2, "block": "B2"})
    keys = cycle.units.order_by("position").values_list("pk", flat=True)
    figures_of(release, list(keys), number)


def figures_of(release: Release, units: list[int], number: int) -> None:
    """Rows as scoring writes them, straight into the table."""
    rng = np.random.default_rng(number)
    dimensions = [*(f"B{block}" for block in range(1, 9)), "ALL"]
    rows = []
    for unit in units:
        base = 45 + rng.normal(0, 12)
        for audience in ("all", "staff", "manager", "evidence", "composite"):
            scores = np.clip(base + rng.normal(0, 9, 9), 1, 99)
            for dimension, score in zip(dimensions, scores.tolist(), strict=True):
                level = 1 + int(score // 20)
                interval = (1 + score / 25, 0.7, 0.08, score - 3, min(100, score + 3))
                place = (release.pk, unit, audience, "blocks", dimension)
                rows.append((*place, 12, 14, score, level, *interval, 0.8, 0))
    names = (
        "release_id,unit_id,audience,lens,dimension,n,invited,score,level,mean,sd,se,ci_low,ci_high,icc2,band"
    )
    marks = ",".join(["%s"] * 16)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {Figure._meta.db_table} ({names}) VALUES ({marks})", rows)


def measure(person: Person, path: str) -> tuple[float, float, int, int]:
    client = Client()
    client.force_login(person)
    client.get(path)
    times, clock = [], []
    for _turn in range(9):
        start, started = time.perf_counter(), time.process_time()
        response = client.get(path)
        clock.append(1000 * (time.perf_counter() - start))
        times.append(1000 * (time.process_time() - started))
        if response.status_code != 200:
            raise SystemExit(f"{path}: {response.status_code}")
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return statistics.median(times), statistics.median(clock), len(queries), len(response.content)


def main() -> int:
    units, cycles = (
        (int(text) for text in [*sys.argv[1:], "1000", "8"][:2]) if len(sys.argv) > 2 else (1000, 8)
    )
    settings.ALLOWED_HOSTS = ["testserver"]
    person = make(units, cycles)
    slow = False
    for name, path in PAGES.items():
        median, clock, queries, size = measure(person, path)
        slow |= median >= LIMIT
        print(f"{name}: {median:.0f} ms ({clock:.0f} by the clock), {queries} queries, {size // 1024} KiB")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
