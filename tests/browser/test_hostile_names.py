"""Every name and text is hostile: no page runs any of it, asks anybody outside, or hands it out as a formula."""

import csv
import io
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Page

from tests.browser.conftest import Visitors, serving
from tests.browser.test_every_page import SEEDS, kind_of, settle
from tests.conftest import ROOT, demo_environment
from tests.factories.hostile import MARK

ROLES = ("hr", "manager", "executive", "staff", "admin", "auditor")
RAN = f"""[...document.querySelectorAll('img[src="{MARK}"], script:not([src]), [onload], [onerror]')]
  .filter(one => one.type !== 'application/json').map(one => one.outerHTML.slice(0, 200))"""
FILES = re.compile(r"\.(csv|xlsx|zip|ics)$")


@pytest.fixture(scope="module")
def hostile_site(chromium: str, demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a copy of the demo in which every text is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(demo[0], folder, dirs_exist_ok=True)
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c"]
    command.append("from tests.factories import hostile; print(hostile.fill())")
    done = subprocess.run(
        command, cwd=ROOT, env=demo_environment(folder), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.strip()) > 60
    with serving(folder, "serve") as address:
        yield address


class Wary(Visitors):
    """Visitors who also mind dialogs."""

    def dialog(self, opened: Dialog) -> None:
        self.problems.append(f"a dialog: {opened.message}")
        opened.dismiss()


@pytest.fixture
def come(hostile_site: str, browser: Browser) -> Iterator[Wary]:
    visitors = Wary(hostile_site, browser, {})
    yield visitors
    for context in visitors.contexts:
        context.close()
    assert visitors.problems == []


def test_hostile_names_run_nothing_on_any_page_and_no_file_holds_a_formula(come: Wary) -> None:
    seen: set[str] = set()
    found: list[str] = []
    marked: list[str] = []
    for role in ROLES:
        page = come(role, reduced_motion="reduce")
        page.on("dialog", come.dialog)
        waiting = list(SEEDS)
        while waiting:
            path = waiting.pop(0)
            kind = kind_of(path)
            if FILES.search(path) and path not in seen:
                seen.add(path)
                found += formulas(page, path)
            if kind is None or kind in seen:
                continue
            seen.add(kind)
            response = page.goto(path)
            assert response is not None
            assert response.status == 200, (path, response.status)
            settle(page)
            found += [f"{path}: {html}" for html in page.evaluate(RAN)]
            marked += [path] if MARK in page.content() else []
            waiting += page.locator("a[href^='/']").evaluate_all("all => all.map(a => a.pathname)")

    assert found == []
    assert len(seen) > 60
    assert len(marked) > 40  # the hostile names are really there


def formulas(page: Page, path: str) -> list[str]:
    """Return the cells of a file that a spreadsheet would compute."""
    answer = page.request.get(path)
    if answer.status != 200:
        return []
    if path.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(answer.body())) as book:
            sheets = [
                book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/")
            ]
        return [
            f"{path}: {cell}" for sheet in sheets for cell in re.findall(rf"<f>[^<]*{MARK}[^<]*</f>", sheet)
        ]
    if "text/csv" not in answer.headers.get("content-type", ""):
        return []  # no table, or asked first who it is
    cells = [cell for row in csv.reader(io.StringIO(answer.text())) for cell in row]
    return [f"{path}: {cell[:60]}" for cell in cells if cell[:1] in {"=", "+", "@", "\t", "\r"}]
