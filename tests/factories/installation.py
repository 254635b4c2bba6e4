"""An installation of its own for tests that need real processes: a data directory, a migrated database, settings.

    installation.play("killed_closes")      # a scene of tests/factories/scenes in a process of its own

Starting Python and Django costs seconds, so the processes of scenes are forked from one that waits, the stage.
The database is of the kind that the test run uses: a file of SQLite, or a database of the PostgreSQL server.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120


class Stage:
    """A process that has everything imported and plays each scene in a child of its own."""

    def __init__(self, environment: dict[str, str]) -> None:
        command = [sys.executable, "-m", "tests.factories.scenes"]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, **pipes)

    def play(self, **order: Any) -> Any:
        """Let a child play; returns what the scene returns. Raises AssertionError with its output when it fails."""
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None:
            raise ValueError("the stage has no pipes")
        stdin.write(json.dumps(order) + "\n")
        stdin.flush()
        answer = json.loads(stdout.readline())
        if "failed" in answer:
            raise AssertionError(f"scene {order['scene']}:\n{answer['failed']}")
        return answer["returned"]

    def end(self) -> None:
        self.process.communicate(timeout=SECONDS)


@dataclass(frozen=True)
class Installation:
    """Where the data lie, and the environment that says so to a process."""

    folder: Path
    environment: dict[str, str]
    stage: Stage | None = None

    def play(self, scene: str, **arguments: Any) -> Any:
        """Play a scene in a process forked from the stage; returns what it returns."""
        if self.stage is None:
            raise ValueError("the template has no stage")
        database = urlsplit(self.environment["DATABASE_URL"]).path
        name = database[1:] if on_postgresql() else str(self.folder / "db.sqlite3")
        return self.stage.play(
            scene=scene,
            arguments=arguments,
            folder=str(self.folder),
            database=name,
            broker=self.environment["REDIS_URL"],
        )

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a management command as an operator would."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a long-running process of the installation; the caller ends it."""
        with (self.folder / "process.log").open("ab") as log:
            return subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)


def environment(folder: Path, database: str) -> dict[str, str]:
    """Return the environment of this process with the settings of an installation, without Redis."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    own = {"CFM_DATA_DIR": str(folder), "DATABASE_URL": database, "REDIS_URL": "", "LOG_LEVEL": "ERROR"}
    return (
        kept | own | {"DJANGO_SETTINGS_MODULE": "cfm.settings", "DJANGO_DEBUG": "false", "CFM_DEMO": "false"}
    )


def migrated(installation: Installation) -> Installation:
    """Create the tables. Raises AssertionError with the output when that fails."""
    done = installation.manage("migrate", "--verbosity", "0", "--skip-checks")
    if done.returncode:
        raise AssertionError(done.stderr)
    return installation


@contextlib.contextmanager
def template(folder: Path) -> Iterator[Installation]:
    """An empty installation with all tables, to be copied; it is gone behind the block."""
    if not on_postgresql():
        yield migrated(Installation(folder, environment(folder, f"sqlite:///{folder / 'db.sqlite3'}")))
        return
    name = _new_name()
    with _database(name):
        yield migrated(Installation(folder, environment(folder, _url(name))))


@contextlib.contextmanager
def copy(original: Installation, folder: Path, stage: Stage) -> Iterator[Installation]:
    """A fresh installation made from the template; gone behind the block."""
    if not on_postgresql():
        database = folder / "db.sqlite3"
        shutil.copy(original.folder / "db.sqlite3", database)
        yield Installation(folder, environment(folder, f"sqlite:///{database}"), stage)
        return
    name = _new_name()
    with _database(name, original=urlsplit(original.environment["DATABASE_URL"]).path[1:]):
        yield Installation(folder, environment(folder, _url(name)), stage)


@contextlib.contextmanager
def empty(folder: Path, stage: Stage) -> Iterator[Installation]:
    """An installation whose database has no tables yet; gone behind the block."""
    if not on_postgresql():
        yield Installation(folder, environment(folder, f"sqlite:///{folder / 'db.sqlite3'}"), stage)
        return
    name = _new_name()
    with _database(name):
        yield Installation(folder, environment(folder, _url(name)), stage)


def on_postgresql() -> bool:
    return str(settings.DATABASES["default"]["ENGINE"]).endswith("postgresql")


def _new_name() -> str:
    return f"cfm_{uuid.uuid4().hex[:12]}"


def _server() -> str:
    return os.environ["DATABASE_URL"]


def _url(name: str) -> str:
    return urlsplit(_server())._replace(path=f"/{name}").geturl()


@contextlib.contextmanager
def _database(name: str, *, original: str = "template1") -> Iterator[None]:
    """A database of the server; names are our own, so they need no quoting."""
    with psycopg.connect(_server(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {original}")  # type: ignore[arg-type]
    try:
        yield
    finally:
        with psycopg.connect(_server(), autocommit=True) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]
