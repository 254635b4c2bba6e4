"""Every page a role can reach by links: accessible in light and dark, no sideways scrolling, nothing in the console."""

from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Page, expect

ROLES = ("staff", "manager", "executive", "hr", "admin", "auditor")
SIZES = ((320, 100), (360, 100), (768, 100), (1440, 100), (1280, 200), (360, 200))  # width in px, text in %
SEEDS = (
    "/",
    "/accounts/2fa/",
    "/accounts/password/change/",
    "/assess/demo-4/review/",
    "/cycles/demo-3/proof/",
)
NOT_PAGES = ("/admin/", "/static/", "/accounts/logout/")
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
QUIET = {"resultTypes": ["violations"]}  # the rest would cost seconds to hand over
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = QUIET | {"runOnly": {"type": "tag", "values": TAGS}}
CONTRAST = QUIET | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
STILL = """() => Promise.race([
  Promise.allSettled(document.getAnimations().map((one) => one.finished)),
  new Promise((resolve) => setTimeout(resolve, 1000)),
])"""
SCROLL = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def kind_of(path: str) -> str | None:
    """Return the name of the view behind an address; None for what is no page."""
    if path.startswith(NOT_PAGES) or path.endswith("/yaml/") or "." in path.rsplit("/", 1)[1]:
        return None
    try:
        return resolve(path).url_name
    except Resolver404:
        return None


# HR's pages of competencies are many; those that managers and executives see too are looked at as them.
LEFT_OUT = {"hr": "/competencies/", "admin": "/competencies/"}


def pages(page: Page, left_out: str = "") -> Iterator[str]:
    """Go to one page of each kind that links lead to, from the first page on; yields its path."""
    waiting, seen = list(SEEDS), set()
    while waiting:
        path = waiting.pop(0)
        kind = kind_of(path)
        if kind is None or kind in seen or (left_out and path.startswith(left_out)):
            continue
        seen.add(kind)
        response = page.goto(path)
        assert response is not None
        assert response.status == 200, (path, response.status)
        settle(page)
        yield path
        waiting += page.locator("a[href^='/']:not([download])").evaluate_all(
            "all => all.map(a => a.pathname)"
        )


def settle(page: Page) -> None:
    """Wait until charts are drawn and colours have stopped changing."""
    expect(page.locator("[data-figure]:not([data-drawn])")).to_have_count(0)
    page.evaluate(STILL)


def axe(page: Page, options: dict[str, object]) -> list[str]:
    """Return what axe finds on the page, a line a rule."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE)
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    if found:  # a colour on its way from one theme to the other is no finding: what stays is
        page.wait_for_timeout(1000)
        found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [f"{page.url}: {rule['id']}: {rule['nodes'][0]['html'][:120]}" for rule in found]


def too_wide(page: Page, path: str) -> list[str]:
    """Return at which widths and sizes of text the page scrolls sideways."""
    found = []
    for width, text in SIZES:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("percent => { document.documentElement.style.fontSize = percent }", f"{text}%")
        page.wait_for_timeout(100 if page.locator("[data-figure]").count() else 0)
        if page.evaluate(SCROLL) > 0:  # charts and fonts may still be on their way to the new size
            page.wait_for_timeout(1000)
        if (over := page.evaluate(SCROLL)) > 0:
            found.append(f"{path}: {over} px too wide at {width} with text of {text} %")
    page.evaluate("document.documentElement.style.fontSize = ''")
    return found


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role_is_accessible_in_light_and_dark_and_never_scrolls_sideways(
    visit, role: str
) -> None:
    page = visit(role, reduced_motion="reduce")
    problems: list[str] = []
    visited = []

    for path in pages(page, LEFT_OUT.get(role, "")):
        visited.append(path)
        problems += too_wide(page, path)
        problems += axe(page, RULES)
        page.emulate_media(color_scheme="dark")
        expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
        settle(page)
        problems += axe(page, CONTRAST)
        page.emulate_media(color_scheme="light")

    assert len(visited) >= 5
    assert problems == []


def test_pages_for_strangers_and_mistakes_are_accessible_too(visit) -> None:
    page = visit("staff", reduced_motion="reduce")
    problems = []
    for path in ("/nowhere/", "/cycles/"):
        page.goto(path)
        problems += axe(page, RULES) + too_wide(page, path)
    page.context.clear_cookies()
    for path in ("/accounts/login/", "/accounts/password/reset/"):
        page.goto(path)
        problems += axe(page, RULES) + too_wide(page, path)
    visit.problems[:] = [one for one in visit.problems if "40" not in one]  # asked for: 404 and 403

    assert problems == []
