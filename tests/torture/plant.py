"""An installation to be broken: its own PostgreSQL and Redis, and processes that a supervisor starts again."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str) -> str:
    """Return the path of a program of PostgreSQL or Redis. Raises SystemExit when it is not installed."""
    found = shutil.which(name) or next(
        map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), ""
    )
    if not found:
        raise SystemExit(f"make torture needs {name}: install PostgreSQL and Redis.")
    return found


def other_user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: the arguments that start it as somebody else."""
    if os.geteuid():
        return {}
    names = [one.pw_name for one in pwd.getpwall()]
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class Supervised:
    """A process that is started again half a second after it ended, until it is stopped for good."""

    def __init__(self, command: list[str], log: Path, environment: dict[str, str], **how: Any) -> None:
        self.command, self.log, self.environment, self.how = command, log, environment, how
        self.wanted, self.starts = True, 0
        self.process: subprocess.Popen[bytes] | None = None
        self._start()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    def _start(self) -> None:
        self.starts += 1
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, **self.how
            )

    def _watch(self) -> None:
        while self.wanted:
            if self.process and self.process.poll() is not None:
                time.sleep(0.5)
                if self.wanted:
                    self._start()
            time.sleep(0.1)

    def tell(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def children(self) -> list[int]:
        """The processes below this one."""
        text = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.pid)], capture_output=True, text=True
        ).stdout
        return [int(word) for word in text.split()]

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it for good."""
        self.wanted = False
        self.tell(number)
        if self.process:
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)


class Plant:
    """Services, settings and processes of one installation in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: dict[str, Supervised] = {}
        self.port = free_port()
        self.data = folder / "data"
        self.data.mkdir()
        self.environment = {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(folder),
            "CFM_DATA_DIR": str(self.data),
            "DJANGO_SECRET_KEY": "torture-0123456789-0123456789-0123456789-0123456789",
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "CFM_BIND": f"127.0.0.1:{self.port}",
            "OPENBLAS_NUM_THREADS": "1",
            "LOG_LEVEL": "WARNING",
        }

    def start(
        self, name: str, *command: str, environment: dict[str, str] | None = None, **how: Any
    ) -> Supervised:
        made = Supervised(
            list(command), self.folder / f"{name}.log", self.environment | (environment or {}), **how
        )
        self.processes[name] = made
        return made

    def manage(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Run a management command; the caller looks at how it ended."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip

    def done(self, *arguments: str) -> str:
        """Run a management command that must succeed."""
        result = self.manage(*arguments)
        if result.returncode:
            raise SystemExit(f"manage.py {' '.join(arguments)}: {result.stderr}")
        return result.stdout

    def ask(self, code: str) -> str:
        """Run Python inside the installation; returns what it prints."""
        return self.done("shell", "--verbosity", "0", "--command", code)

    def stop(self) -> None:
        order = ["web", "worker", "beat", "beat2", "redis", "postgresql"]
        for name in [*order, *self.processes]:
            if made := self.processes.pop(name, None):
                made.tell(signal.SIGCONT)
                made.stop(signal.SIGINT if name == "postgresql" else signal.SIGTERM)


class ServicePlant(Plant):
    """gunicorn, Celery worker and beat on PostgreSQL and Redis."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.database_port, self.redis_port = free_port(), free_port()
        self._postgresql()
        self._redis()
        self.environment["DATABASE_URL"] = f"postgres://cfm@127.0.0.1:{self.database_port}/cfm"
        self.environment["REDIS_URL"] = f"redis://127.0.0.1:{self.redis_port}/0"

    def run(self) -> None:
        self.start("web", "gunicorn", "cfm.wsgi", "--config", "deploy/gunicorn.conf.py")
        worker = [
            "celery",
            "-A",
            "cfm",
            "worker",
            "--concurrency",
            "2",
            "--without-gossip",
            "--without-mingle",
        ]
        self.start("worker", *worker)
        self.start("beat", *self.beat("beat"))

    def beat(self, name: str) -> list[str]:
        return ["celery", "-A", "cfm", "beat", "--schedule", str(self.folder / name), "--pidfile="]

    def _postgresql(self) -> None:
        folder, how = self.folder / "postgresql", other_user()
        folder.mkdir(mode=0o700)
        if how:
            os.chown(folder, how["user"], how["group"])
        plain = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        subprocess.run(
            [program("initdb"), "-D", folder, "-U", "cfm", "-A", "trust", "-E", "UTF8"],
            env=plain, check=True, capture_output=True, cwd="/", **how,
        )  # fmt: skip
        options = f"-p {self.database_port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=on".split()
        log = self.folder / "postgresql.log"
        log.touch()
        made = Supervised([program("postgres"), "-D", str(folder), *options], log, plain, **how)
        self.processes["postgresql"] = made
        for _try in range(150):
            with contextlib.suppress(psycopg.OperationalError):
                with self.database("postgres") as connection:
                    connection.execute("CREATE DATABASE cfm")
                return
            time.sleep(0.2)
        raise SystemExit(f"PostgreSQL did not start: {log.read_text()[-2000:]}")

    def database(self, name: str = "cfm") -> psycopg.Connection[Any]:
        address = f"postgres://cfm@127.0.0.1:{self.database_port}/{name}"
        return psycopg.connect(address, autocommit=True, connect_timeout=3)

    def _redis(self) -> None:
        command = [program("redis-server"), "--port", str(self.redis_port), "--bind", "127.0.0.1"]
        self.start("redis", *command, "--save", "", "--appendonly", "no", "--dir", str(self.folder))


class SinglePlant(Plant):
    """One process on SQLite, with the embedded worker; in a small file system of its own where root may make one."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.mounted = False
        if not os.geteuid():
            mount = ["mount", "-t", "tmpfs", "-o", "size=96m,mode=700", "tmpfs", str(self.data)]
            self.mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
        self.clock = folder / "clock"
        self.clock.write_text("+0\n")
        found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        self.faketime = str(found[0]) if found else ""

    def run(self) -> None:
        moved = {
            "LD_PRELOAD": self.faketime,
            "FAKETIME_TIMESTAMP_FILE": str(self.clock),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "TIME_ZONE": "Europe/Berlin",
        }
        serve = [sys.executable, "manage.py", "serve", "--port", str(self.port)]
        self.start("web", *serve, environment=moved if self.faketime else None)

    def stop(self) -> None:
        super().stop()
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.data)], check=False)


@contextlib.contextmanager
def plant(kind: type[Plant]) -> Iterator[Any]:
    """A running plant; all its processes are gone behind the block."""
    folder = Path(tempfile.mkdtemp(prefix="cfm-torture-"))
    folder.chmod(0o755)
    made = kind(folder)
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)
