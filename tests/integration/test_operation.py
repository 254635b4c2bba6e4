"""Backups that can be restored, and processes of the image that work together."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest
import yaml

from tests.factories import installation as installations
from tests.factories.installation import Installation, Stage

pytestmark = pytest.mark.xdist_group("installation")
ROOT = Path(__file__).resolve().parents[2]
PROCESSES = ("web", "worker", "beat")


@pytest.fixture
def elsewhere(stage: Stage, tmp_path: Path) -> Iterator[Installation]:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "keys").mkdir(mode=0o700)
    with installations.empty(folder, stage) as made:
        yield made


def test_a_backup_from_before_the_close_comes_back_whole_and_stays_unreadable(installation, elsewhere):
    file = str(installation.folder / "backup.tar")

    taken = installation.play("back_up", file=file)
    found = elsewhere.play("restore", file=file)

    assert taken["files"] == ["database", "uploads/ab/evidence.pdf"]
    assert (taken["key in it"], taken["mode"]) == (False, "0o600")
    assert (found["envelopes"], found["submitted"]) == (taken["asked"], taken["asked"])
    assert (found["state"], found["known"], found["upload"]) == ("open", True, "%PDF-1.7 evidence")
    assert "private key" in found["refused"]
    assert [re.search("can't be counted", text) is not None for text in found["wrong"]] == [True]


def test_a_backup_is_never_restored_over_data(installation):
    file = str(installation.folder / "backup.tar")
    installation.play("back_up", file=file)

    found = installation.play("restore_fails", file=file)

    assert "not empty" in found["said"]
    assert found["changed"] is False


@pytest.mark.parametrize("harm", ["cut off", "one byte", "no backup", "climbs out"])
def test_a_harmed_backup_is_refused_and_changes_nothing(installation, elsewhere, harm):
    file = installation.folder / "backup.tar"
    installation.play("back_up", file=str(file))
    whole = file.read_bytes()
    if harm == "climbs out":
        with tarfile.open(file, "w") as tar:
            tar.add(ROOT / "manage.py", arcname="../manage.py")
    else:
        middle = len(whole) // 2
        flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
        file.write_bytes({"cut off": whole[:middle], "one byte": flipped, "no backup": b"hello"}[harm])

    found = elsewhere.play("restore_fails", file=str(file))

    assert str(file) in found["said"]
    assert found["changed"] is False
    assert not (elsewhere.folder.parent / "manage.py").exists()


def test_the_doctor_names_what_is_wrong_and_exits_with_1(installation):
    (installation.folder / "keys").mkdir(mode=0o700, exist_ok=True)
    (installation.folder / "keys" / "left.key").touch(mode=0o644)

    done = installation.manage("doctor")

    assert done.returncode == 1
    assert "left.key: chmod go=" in done.stdout
    assert re.search("^wrong +people: No administrator", done.stdout, re.MULTILINE)
    assert done.stderr.strip() == "CommandError: 2 things are wrong."


# The processes of the image, as the same commands


def commands() -> dict[str, str]:
    lines = (ROOT / "deploy" / "Procfile").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines)


def options(command: str) -> str:
    """The command without what differs from place to place: where beat keeps its schedule."""
    return re.sub(r" --(schedule|pidfile)[ =]?\S*", "", command)


def test_image_units_and_procfile_start_the_same_commands():
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]
    in_compose = {name: options(shlex.join(services[name]["command"])) for name in PROCESSES}
    in_units = {}
    for name in PROCESSES:
        unit = (ROOT / "deploy" / "systemd" / f"cfm-{name}.service").read_text()
        in_units[name] = options(re.search(r"^ExecStart=/opt/cfm/\.venv/bin/(.*)$", unit, re.MULTILINE)[1])

    expected = {name: options(command) for name, command in commands().items()}

    assert in_compose == expected
    assert in_units == expected


def test_every_service_of_compose_is_hardened_and_watched():
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]

    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert name == "migrate" or "healthcheck" in service, name
    assert {name for name, service in services.items() if "ports" in service} == {"proxy"}


def test_compose_follows_the_schema_of_its_format():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [*command, "deploy/compose.yaml"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here")
def test_systemd_understands_the_units(tmp_path):
    for file in (ROOT / "deploy" / "systemd").glob("*.service"):
        text = file.read_text().replace("/opt/cfm/.venv/bin/", f"{Path(sys.executable).parent}/")
        (tmp_path / file.name).write_text(text)

    files = sorted(map(str, tmp_path.glob("*.service")))
    done = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False)

    assert [line for line in done.stderr.splitlines() if "cfm-" in line] == []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetched(url: str, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()
    except (URLError, ConnectionError, TimeoutError):
        return 0, ""


@pytest.mark.postgresql
@pytest.mark.redis
@pytest.mark.skipif("REDIS_URL" not in os.environ, reason="REDIS_URL is not set: no Redis in this run")
def test_the_processes_work_together_under_a_process_manager(installation):
    port = free_port()
    own = {
        "REDIS_URL": re.sub(r"/\d+$", "/13", os.environ["REDIS_URL"]),
        "CFM_BIND": f"127.0.0.1:{port}",
        "METRICS_TOKEN": "figures-please",
        "LOG_FORMAT": "json",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    installation.environment.update(own)
    procfile = str(ROOT / "deploy" / "Procfile")
    manager = installation.start(sys.executable, "-m", "honcho", "start", "-d", str(ROOT), "-f", procfile)
    try:
        end = time.monotonic() + 90
        while fetched(f"http://127.0.0.1:{port}/healthz")[0] != 200 and time.monotonic() < end:
            time.sleep(0.5)
        cycle = installation.play("ask_for_close")["cycle"]
        closed = installation.play("look", cycle=cycle, seconds=90)
        health = fetched(f"http://127.0.0.1:{port}/healthz")
        figures = fetched(f"http://127.0.0.1:{port}/metrics", Authorization="Bearer figures-please")
        strangers = fetched(f"http://127.0.0.1:{port}/metrics", Authorization="Bearer figures")
    finally:
        manager.send_signal(signal.SIGTERM)
        manager.wait(60)

    assert health[0] == 200, (installation.folder / "process.log").read_text()[-3000:]
    assert closed["state"] == "closed"
    assert 'cfm_jobs{kind="cycle.close",state="done"} 1.0' in figures[1]
    assert "cfm_requests_total" in figures[1]
    assert strangers[0] == 404
