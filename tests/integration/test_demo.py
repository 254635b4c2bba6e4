"""`manage.py demo` as somebody meets it who has just cloned the repository."""

import csv
import hashlib
import io
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from tests.conftest import ROOT, demo_environment

ACCOUNTS = ("staff", "manager", "executive", "hr", "admin", "auditor")


def manage(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=demo_environment(folder),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_demo_ends_well_and_prints_an_account_for_each_role(demo) -> None:
    _folder, done = demo

    assert done.returncode == 0, done.stderr
    assert [name for name in ACCOUNTS if f"{name}@demo.example" not in done.stdout] == []
    assert "password “demo”" in done.stdout


def test_the_demo_has_three_published_cycles_and_an_open_one(demo) -> None:
    folder, _done = demo

    cycles = list(csv.DictReader(io.StringIO(manage(folder, "cycles").stdout)))

    assert [(cycle["code"], cycle["state"]) for cycle in cycles] == [
        ("demo-1", "published"),
        ("demo-2", "published"),
        ("demo-3", "published"),
        ("demo-4", "open"),
    ]


def test_the_demo_hides_its_small_unit_and_shows_the_organisation(demo) -> None:
    folder, _done = demo

    rows = list(csv.DictReader(io.StringIO(manage(folder, "export_scores", "demo-3").stdout)))

    hidden = {
        row["unit"]: row["suppressed"] for row in rows if (row["audience"], row["dimension"]) == ("all", "B1")
    }
    assert (hidden["ORG"], hidden["COR-LEGAL"]) == ("0", "1")
    assert all(
        row["score"] == row["n"] == ""
        for row in rows
        if row["unit"] == "COR-LEGAL" and row["audience"] == "all"
    )


def test_the_demo_has_customers_of_every_kind_with_promises_and_three_years_of_figures(demo) -> None:
    folder, _done = demo

    with closing(sqlite3.connect(folder / "db.sqlite3")) as database:
        kinds = dict(database.execute("SELECT kind, count(*) FROM organisation_customer GROUP BY kind"))
        verdicts = database.execute("SELECT DISTINCT kept FROM organisation_promiseresult").fetchall()
        days = database.execute(
            "SELECT julianday(max(measured_on)) - julianday(min(measured_on)) FROM organisation_satisfactionfigure"
        ).fetchone()
        links = database.execute("SELECT count(*) FROM organisation_supplierlink").fetchone()

    assert len(kinds) == 7
    assert sum(kinds.values()) >= 14
    assert len(verdicts) == 2
    assert days[0] >= 3 * 364
    assert links[0] >= 20


def content(folder: Path) -> str:
    """Return a checksum of all rows of the demo's database."""
    with closing(sqlite3.connect(folder / "db.sqlite3")) as database:
        return hashlib.sha256("\n".join(database.iterdump()).encode()).hexdigest()


def test_the_demo_again_changes_nothing_and_is_quick(demo) -> None:
    folder, first = demo
    before = content(folder)

    began = time.monotonic()
    again = manage(folder, "demo", "--no-serve", "--people", "80")
    seconds = time.monotonic() - began

    assert again.returncode == 0
    assert content(folder) == before
    told = {line for line in again.stdout.splitlines() if not line.startswith("Data:")}
    assert told <= set(first.stdout.splitlines())
    assert "organisation:" not in again.stdout
    assert seconds < 30


def test_the_demo_is_refused_where_others_could_reach_it(demo) -> None:
    folder, _done = demo
    environment = demo_environment(folder) | {"DJANGO_ALLOWED_HOSTS": "cfm.example"}

    done = subprocess.run(
        [sys.executable, "manage.py", "demo", "--no-serve"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode != 0
    assert "CFM_DEMO" in done.stderr
