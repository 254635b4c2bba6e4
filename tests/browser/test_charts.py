"""Charts: named for those who can't see them, loaded once and only where they are, and nothing moves for them."""

import pytest
from playwright.sync_api import Page, expect

MOST_MOVED = 0.02  # cumulative layout shift; 0.1 is called good
WATCH = """
window.moved = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    window.moved.push([entry.value, ...entry.sources.map((one) => one.node?.className || one.node?.nodeName)]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""
PLOTLY = "script[src*='plotly']"


def drawn(page: Page) -> int:
    """Wait until every chart is drawn; returns how many there are."""
    expect(page.locator("[data-figure]:not([data-drawn])")).to_have_count(0)
    return page.locator("[data-figure]").count()


def test_every_picture_has_a_title_and_a_description_and_hides_its_parts(visit) -> None:
    page = visit("executive")
    page.goto("/dashboard/")
    count = drawn(page)

    for card in page.locator(".chart-card:has([data-figure])").all():
        named = card.locator("svg.main-svg[aria-labelledby]")
        expect(named).to_have_count(1)
        expect(named).to_have_accessible_name(card.locator(".chart-title").inner_text())
        assert card.locator(".chart-sentence").inner_text().strip() in named.locator("desc").text_content()
        assert "same figures" in named.locator("desc").text_content()
        expect(card.locator("svg.main-svg:not([aria-labelledby]):not([aria-hidden=true])")).to_have_count(0)
    assert count >= 5


def test_a_theme_of_another_colour_leaves_one_title_a_picture(visit) -> None:
    page = visit("executive")
    page.goto("/dashboard/")
    drawn(page)

    page.get_by_role("button", name="Dark").first.click()
    page.wait_for_timeout(500)

    assert page.locator("[data-figure] svg > title").count() == page.locator("[data-figure]").count()


@pytest.mark.parametrize("path", ["/dashboard/", "/dashboard/statements/", "/dashboard/shrunken/"])
def test_plotly_is_loaded_once_and_later_than_text_where_there_are_charts(visit, path: str) -> None:
    page = visit("executive")
    page.goto(path)
    drawn(page)

    assert page.locator(PLOTLY).count() == 1
    assert page.locator(PLOTLY).evaluate("script => script.defer")
    names = page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    assert sum("plotly.min.js" in name for name in names) == 1


@pytest.mark.parametrize("path", ["/", "/dashboard/map/", "/dashboard/pack/", "/competencies/", "/people/"])
def test_pages_without_charts_load_no_plotly(visit, path: str) -> None:
    page = visit("hr")
    page.goto(path)

    assert page.locator("[data-figure]").count() == 0
    assert page.locator(PLOTLY).count() == 0


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_nothing_moves_while_the_page_loads_and_its_charts_are_drawn(visit, width: int) -> None:
    page = visit("executive", viewport={"width": width, "height": 900})
    page.add_init_script(WATCH)
    for path in ("/dashboard/", "/dashboard/statements/", "/dashboard/priorities/", "/dashboard/compare/"):
        page.goto(path)
        drawn(page)
        page.wait_for_timeout(200)
        moved = page.evaluate("window.moved")
        assert sum(one[0] for one in moved) < MOST_MOVED, (path, moved)


def test_charts_take_the_room_that_was_kept_for_them_on_a_telephone(visit) -> None:
    page = visit("executive", viewport={"width": 360, "height": 740})
    for path in ("/dashboard/", "/dashboard/statements/"):
        page.goto(path)
        drawn(page)
        after = page.locator("[data-figure]").evaluate_all("all => all.map(one => one.clientHeight)")
        page.route("**/charts.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
        page.goto(path)
        before = page.locator("[data-figure]").evaluate_all("all => all.map(one => one.clientHeight)")
        page.unroute("**/charts.js")

        assert before == after
