"""Run the tests: on SQLite always, then on PostgreSQL and Redis, as far as they can be reached.

Options are handed to pytest. TEST_DATABASE_URL and TEST_REDIS_URL name other servers than those on this machine.
The second run leaves out what does without a database. What can't be tested is said first, in one line; the last
line is the sum of both runs. A test or two that failed beside all others are run once more by themselves, since a busy
machine may be why: those that fail again fail the run, those that pass then are named as unsteady.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
RUN_AGAIN = 3  # so many failures may be unsteadiness; more are a fault
OURS = ("DATABASE_URL", "REDIS_URL", "CFM_TESTS", "CFM_DATA_DIR", "CFM_DEMO", "DJANGO_DEBUG")


def postgresql_answers() -> bool:
    try:
        psycopg.connect(POSTGRESQL, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def redis_answers() -> bool:
    try:
        redis.Redis.from_url(REDIS, socket_connect_timeout=2).ping()
    except redis.RedisError:
        return False
    return True


def services() -> tuple[dict[str, str], list[str]]:
    """Return the settings of the services that answer, and in words what is missing."""
    found, missing = {}, []
    for name, variable, url, answers in (
        ("PostgreSQL", "DATABASE_URL", POSTGRESQL, postgresql_answers()),
        ("Redis", "REDIS_URL", REDIS, redis_answers()),
    ):
        if answers:
            found[variable] = url
        else:
            missing.append(f"{name} (no answer at {urlsplit(url).hostname}:{urlsplit(url).port})")
    if not any(shutil.which(name) for name in BROWSERS):
        missing.append("the pages in a browser (no Chromium)")
    return found, missing


def run(title: str, arguments: list[str], **environment: str) -> Counter[str]:
    """Run pytest; returns how many tests passed, failed and were skipped. Raises SystemExit when it could not run."""
    print(f"== tests on {title}", flush=True)
    found, failed = _run(arguments, environment)
    if 0 < found["failed"] <= RUN_AGAIN:
        print(f"== once more by themselves: {', '.join(failed)}", flush=True)
        again, _ = _run(
            [*arguments, "--last-failed", "--last-failed-no-failures=none", "-n", "1"], environment
        )
        steady = found["failed"] - again["passed"]
        found += Counter(passed=again["passed"], unsteady=again["passed"])
        found["failed"] = max(steady, again["failed"])
    return found


def _run(arguments: list[str], environment: dict[str, str]) -> tuple[Counter[str], list[str]]:
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *arguments]
        code = subprocess.run(command, check=False, env=clean | environment).returncode
        if code not in {0, 1, 5} or not report.exists():  # 5: the arguments chose no test of this run
            raise SystemExit(code or 1)
        return counts(report)


def counts(report: Path) -> tuple[Counter[str], list[str]]:
    """Return how many passed, failed and were skipped, and the names of those that failed."""
    found: Counter[str] = Counter(passed=0, failed=0, skipped=0)
    root = ElementTree.parse(report).getroot()
    cases = [case for case in root.iter("testcase") if {"failure", "error"} & {child.tag for child in case}]
    for suite in root.iter("testsuite"):
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        found += Counter(failed=failed, skipped=skipped, passed=int(suite.get("tests", 0)) - failed - skipped)
    return found, [f"{case.get('classname')}::{case.get('name')}" for case in cases]


def main(arguments: list[str]) -> int:
    reached, missing = services()
    if missing:
        print(f"not tested here: {', '.join(missing)}", flush=True)
    total = run("SQLite", arguments)
    if reached:
        names = {"DATABASE_URL": "PostgreSQL", "REDIS_URL": "Redis"}
        title = " and ".join(names[variable] for variable in reached)
        total += run(title, arguments, CFM_TESTS="services", **reached)
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    unsteady = (
        f", {total['unsteady']} of those that passed only at the second try" if total["unsteady"] else ""
    )
    print(f"{total['passed']} passed, {total['failed']} failed{skipped}{unsteady}")
    return bool(total["failed"] or not total["passed"] or (missing and os.environ.get("CI")))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
