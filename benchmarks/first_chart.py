"""How soon a browser has text, tables and the first chart of the overview: from a cold cache, and with Plotly cached.

Run: `python benchmarks/first_chart.py [tries]`. Serves a demo of 300 people from this machine and opens the overview
with Chromium, each cold try in a browser of its own. Medians by the clock, so nothing else should work meanwhile.
Exits 1 when text takes 1.5 s or more, the first chart 3 s cold or 1.5 s cached, or when something moves.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import serving  # noqa: E402
from tests.conftest import demo_environment  # noqa: E402

LIMITS = {"text, cold": 1500, "first chart, cold": 3000, "text, cached": 1500, "first chart, cached": 1500}
MOVES = 0.02
WATCH = """
window.moved = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) { window.moved += entry.value; }
}).observe({ type: "layout-shift", buffered: true });
new MutationObserver((_changes, watch) => {
  if (document.querySelector("[data-drawn]")) { window.firstChart = performance.now(); watch.disconnect(); }
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-drawn"] });
"""
MEASURED = """() => ({
  text: Math.max(
    performance.getEntriesByName("first-contentful-paint")[0].startTime,
    performance.getEntriesByType("navigation")[0].domInteractive,
  ),
  chart: window.firstChart,
  moved: window.moved,
})"""


def door(browser: Browser, site: str) -> Any:
    """Sign in once; returns the cookies."""
    context = browser.new_context(base_url=site)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill("executive@demo.example")
    page.get_by_label("Password", exact=True).fill("demo")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    state = context.storage_state()
    context.close()
    return state


def visit(context: BrowserContext) -> dict[str, float]:
    """Open the overview; returns milliseconds until text and first chart, and how much moved."""
    page = context.new_page()
    page.goto("/dashboard/")
    page.locator("[data-figure][data-drawn]").first.wait_for()
    expect(page.locator("[data-figure]:not([data-drawn])")).to_have_count(0)
    found: dict[str, float] = page.evaluate(MEASURED)
    page.close()
    return found


def measure(new: Callable[[], BrowserContext], tries: int) -> dict[str, float]:
    cold, warm = [], []
    for _try in range(tries):
        context = new()
        context.add_init_script(WATCH)
        cold.append(visit(context))
        warm.append(visit(context))
        context.close()
    found = {}
    for name, rows in (("cold", cold), ("cached", warm)):
        found[f"text, {name}"] = statistics.median(row["text"] for row in rows)
        found[f"first chart, {name}"] = statistics.median(row["chart"] for row in rows)
        found[f"moved, {name}"] = max(row["moved"] for row in rows)
    return found


def main() -> int:
    tries = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    chromium = next(path for name in ("chromium", "google-chrome") if (path := shutil.which(name)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, "manage.py", "demo", "--no-serve"]
        subprocess.run(command, cwd=ROOT, env=demo_environment(folder), check=True, stdout=subprocess.DEVNULL)
        with serving(folder, "demo") as site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            state = door(browser, site)
            found = measure(lambda: browser.new_context(base_url=site, storage_state=state), tries)
            browser.close()
    failed = []
    for what, value in found.items():
        limit = LIMITS.get(what, MOVES)
        failed += [what] if value >= limit else []
        unit = "ms" if what in LIMITS else ""
        print(f"{what:22} {value:8.{'0f' if unit else '3g'}} {unit} (limit {limit})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
