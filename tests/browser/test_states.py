"""Pages in states that a demo never has: nothing there yet, forms with mistakes. Accessible, and within 320 px."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.test_every_page import RULES, axe

EMPTY = {
    "admin": ("/", "/cycles/", "/frameworks/", "/units/", "/people/", "/customers/", "/goals/"),
    "executive": (
        "/",
        "/dashboard/",
        "/dashboard/map/",
        "/dashboard/shrunken/",
        "/goals/",
        "/process-audits/",
    ),
    "manager": (
        "/",
        "/assess/",
        "/checklists/",
        "/competencies/",
        "/competencies/ratings/",
        "/changes/",
        "/actions/",
    ),
    "hr": ("/", "/competencies/gaps/", "/recognition/", "/dashboard/norms/"),
}
SCROLL = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def checked(page: Page) -> list[str]:
    """Return what is wrong with the page as it stands: axe's findings, and whether it scrolls sideways at 320 px."""
    found = axe(page, RULES)
    page.set_viewport_size({"width": 320, "height": 800})
    if (over := page.evaluate(SCROLL)) > 0:
        found.append(f"{page.url}: {over} px too wide")
    page.set_viewport_size({"width": 1280, "height": 800})
    return found


@pytest.mark.parametrize("name", EMPTY)
def test_an_installation_without_a_cycle_says_what_to_do_next(come: Any, name: str) -> None:
    page = come(name, reduced_motion="reduce")
    found = []
    for path in EMPTY[name]:
        response = page.goto(path)
        assert response.status == 200, (path, response.status)
        found += checked(page)

    assert found == []


@pytest.mark.parametrize(
    ("name", "path", "button"),
    [
        ("admin", "/cycles/new/", "Make the draft"),
        ("admin", "/people/-/new/", "Save"),
        ("admin", "/units/-/new/", "Save"),
        ("", "/accounts/login/", "Sign in"),
    ],
)
def test_a_form_with_mistakes_is_accessible_and_names_them(
    come: Any, name: str, path: str, button: str
) -> None:
    page = come(name, reduced_motion="reduce")
    page.goto(path)
    page.evaluate("document.querySelectorAll('main form').forEach(form => { form.noValidate = true })")

    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_load_state()

    come.problems[:] = [one for one in come.problems if "40" not in one]  # asked for: 400
    assert page.locator(".invalid-feedback, .notice-error, [role=alert]").count() > 0
    assert checked(page) == []
