"""What every test gets: a data directory of its own and a cheap password hash; and one demo for those who need it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis
from xdist.scheduler import LoadScopeScheduling

# No time limits, since the machine may be busy; on CI the same examples each time, elsewhere new ones.
hypothesis.register_profile(
    "cfm", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
hypothesis.load_profile("cfm")

ROOT = Path(__file__).resolve().parents[1]
WALK = "tests/browser/test_every_page.py"
WITH_DATABASE = {"db", "transactional_db", "django_db_setup", "installation_template"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this run can't test for want of a service, and in a second run what the first has tested."""
    left_out = [item for item in items if _lacks_a_service(item) or _was_tested(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    items.sort(key=_begins_late)


def _begins_late(item: pytest.Item) -> int:
    """What takes longest in one process begins first: the walk, then what shares a demo or an installation."""
    if item.nodeid.startswith(WALK):
        return 0
    return 1 if item.nodeid.startswith(("tests/browser/", "tests/integration/")) else 2


def _lacks_a_service(item: pytest.Item) -> bool:
    wanted = {"redis": "REDIS_URL", "postgresql": "DATABASE_URL"}
    return any(
        item.get_closest_marker(name) and not os.environ.get(variable) for name, variable in wanted.items()
    )


def _was_tested(item: pytest.Item) -> bool:
    """Whether this is the run on the services (scripts/run_tests.py), and the test does without a database."""
    if os.environ.get("CFM_TESTS") != "services":
        return False
    if item.get_closest_marker("browser") or "demo" in getattr(item, "fixturenames", ()):
        return True
    return not (
        item.get_closest_marker("django_db") or WITH_DATABASE & set(getattr(item, "fixturenames", ()))
    )


class ByResource(LoadScopeScheduling):
    """Keep tests that share something costly in one process; all others go wherever there is time.

    In the order of the tests, so that the walk doesn't come last, when only one process has work left.
    By path, since xdist's own groups (--dist loadgroup) do nothing under pytest 9.2, whose node ids can't be changed.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(WALK):
            return "the walk through every page"
        if nodeid.startswith(("tests/browser/", "tests/integration/test_demo.py")):
            return "one demo and one browser"
        if nodeid.startswith("tests/integration/test_permissions.py"):
            return f"half {crc32(nodeid.encode()) % 2} of the matrix"
        return "installations" if nodeid.startswith("tests/integration/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByResource:
    config.option.loadscopereorder = False
    return ByResource(config, log)


@pytest.fixture(autouse=True, scope="session")
def _let_tests_wipe_the_audit_log() -> Iterator[None]:
    """Take the guards of the audit log down where Django empties tables after a test; the flush puts them up again."""
    from cfm.lib import audit_guard

    wipe = TransactionTestCase._fixture_teardown

    def wipe_all(case: TransactionTestCase) -> None:
        audit_guard.take_down()
        wipe(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", wipe_all)
        yield


@pytest.fixture(autouse=True)
def _own_data_directory(settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.KEY_DIR = tmp_path / "keys"
    settings.KEY_DIR.mkdir(mode=0o700)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.WHITENOISE_AUTOREFRESH = (
        True  # else each test client reads all static files before its first request
    )


def demo_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a demo in its own folder, without any service."""
    services = (
        "DATABASE_URL",
        "REDIS_URL",
        "EMAIL_URL",
        "DJANGO_SECRET_KEY",
        "DJANGO_ALLOWED_HOSTS",
        "PUBLIC_URL",
    )
    kept = {name: value for name, value in os.environ.items() if name not in services}
    return kept | {"CFM_DATA_DIR": str(folder), "LOG_LEVEL": "ERROR"}


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Return the folder of a small demo, scored, and how the command that made it ended."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "manage.py", "demo", "--no-serve", "--people", "80"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=demo_environment(folder),
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    return folder, done
