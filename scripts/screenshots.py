"""Take the README's pictures from a running demo: `make demo`, then `.venv/bin/python scripts/screenshots.py`."""

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

BASE = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"


def signed_in(browser: Browser, account: str, *, width: int, height: int, dark: bool = False) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        device_scale_factor=1,
    )
    page = context.new_page()
    page.goto(f"{BASE}/accounts/login/")
    page.fill("input[name=login]", f"{account}@demo.example")
    page.fill("input[name=password]", "demo")
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state("networkidle")
    return page


def take(page: Page, path: str, name: str, *, scroll_to: str = "") -> None:
    page.goto(f"{BASE}{path}")
    page.wait_for_load_state("networkidle")
    if scroll_to:
        page.locator(scroll_to).first.scroll_into_view_if_needed()
        page.wait_for_timeout(600)
    page.screenshot(path=IMAGES / f"{name}.png")


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        take(signed_in(browser, "executive", width=1440, height=1180), "/dashboard/", "dashboard")
        take(
            signed_in(browser, "executive", width=1280, height=860, dark=True),
            "/dashboard/units/CUS/",
            "unit",
        )
        take(signed_in(browser, "staff", width=390, height=780), "/assess/demo-4/1/", "question")
        browser.close()


if __name__ == "__main__":
    main()
