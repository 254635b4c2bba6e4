"""A real server, a real worker and a real browser. Whatever the browser complains of fails the test that saw it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.browser.installation import Ferries, install
from tests.conftest import ROOT, demo_environment

NAMES = ("chromium", "chromium-browser", "google-chrome")
START_SECONDS = 120
PASSWORD = "demo"
LISTEN = "addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective, e.blockedURI))"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the browser to use; without one the tests are skipped, but in CI they fail."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        reason = f"no browser: none of {', '.join(NAMES)} is installed"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def site(
    chromium: str,
    demo: tuple[Path, subprocess.CompletedProcess[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Serve a copy of the demo of this module's own; returns its address."""
    original, done = demo
    if done.returncode:
        pytest.fail(done.stderr)
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(original, folder, dirs_exist_ok=True)
    with serving(folder, "demo", "--people", "80") as address:
        yield address


@contextmanager
def serving(folder: Path, *command: str) -> Iterator[str]:
    """Serve the installation in a folder while the block runs; returns its address."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    environment = demo_environment(folder) | {"PUBLIC_URL": address}
    started = [sys.executable, "manage.py", *command, "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(started, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_well(address, server, folder / "server.log")
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_until_well(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the server does not answer: {log.read_text(errors='replace')[-2000:]}")


@dataclass
class Visitors:
    """Opens the site as somebody, and collects whatever the browser complains of."""

    site: str
    browser: Browser
    doors: dict[str, Any]
    problems: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def __call__(self, name: str, **options: Any) -> Page:
        """Return a page of a new browser in which name@demo.example is signed in; without a name, nobody."""
        context = self.browser.new_context(base_url=self.site, storage_state=self.doors.get(name), **options)
        context.set_default_timeout(15_000)
        context.add_init_script(LISTEN)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("request", self._request)
        if name and name not in self.doors:
            self._sign_in(page, name)
        return page

    def _sign_in(self, page: Page, name: str) -> None:
        page.goto("/accounts/login/")
        page.get_by_label("E-mail").fill(f"{name}@demo.example")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")
        self.doors[name] = page.context.storage_state()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"{message.location.get('url')}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.site, "data:", "blob:", "about:")):
            self.problems.append(f"outside request: {request.url}")


@pytest.fixture(scope="module")
def doors() -> dict[str, Any]:
    """Cookies of those who have signed in, by name, so that each signs in once."""
    return {}


@pytest.fixture
def visit(site: str, browser: Browser, doors: dict[str, Any]) -> Iterator[Callable[..., Page]]:
    visitors = Visitors(site, browser, doors)
    yield visitors
    for context in visitors.contexts:
        context.close()
    assert visitors.problems == []


@pytest.fixture(scope="module")
def ferries(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ferries]:
    """Serve an installation without a demo, of this module's own."""
    folder = tmp_path_factory.mktemp("ferries")
    install(folder)
    with serving(folder, "serve") as address:
        yield Ferries(address, folder)


@pytest.fixture(scope="module")
def ferry_doors() -> dict[str, Any]:
    return {}


@pytest.fixture
def come(ferries: Ferries, browser: Browser, ferry_doors: dict[str, Any]) -> Iterator[Callable[..., Page]]:
    """As `visit`, but to the installation without a demo."""
    visitors = Visitors(ferries.address, browser, ferry_doors)
    yield visitors
    for context in visitors.contexts:
        context.close()
    assert visitors.problems == []
