"""From an open cycle to a published dashboard, with the buttons people press."""

from playwright.sync_api import Page, expect


def confirm(page: Page, action: str, button: str) -> None:
    """Press the button of the cycle's page, read what will happen, and confirm."""
    page.goto("/cycles/demo-4/")
    page.get_by_role("link", name=f"{button}…").click()
    page.wait_for_url(f"**/cycles/demo-4/{action}/")
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_url("**/cycles/demo-4/")


def wait_for_step(page: Page, step: str) -> None:
    expect(page.locator("[aria-current=step]")).to_contain_text(step, timeout=60_000)


def wait_for_charts(page: Page) -> int:
    """Wait until every chart is drawn; returns how many there are."""
    expect(page.locator("[data-figure]:not([data-drawn])")).to_have_count(0)
    return page.locator(".js-plotly-plot .main-svg").count()


def test_hr_closes_scores_and_publishes_and_the_executive_sees_the_result(visit) -> None:
    hr, executive = visit("hr"), visit("executive")
    assert executive.request.get("/dashboard/?cycle=demo-4").status == 404

    confirm(hr, "close", "Close and count")
    wait_for_step(hr, "closed")
    expect(hr.get_by_role("heading", name="The count")).to_be_visible()
    confirm(hr, "score", "Score")
    expect(hr.locator("#job progress")).to_be_visible()
    wait_for_step(hr, "scored")
    confirm(hr, "publish", "Publish")
    wait_for_step(hr, "published")

    executive.goto("/dashboard/")
    assert executive.url.endswith("/dashboard/")
    title = hr.get_by_role("heading", level=1).inner_text()
    expect(executive.locator("main")).to_contain_text(title)
    assert wait_for_charts(executive) >= 4
    executive.goto("/cycles/demo-4/proof/")
    expect(executive.locator("main")).to_contain_text("destroyed")


def test_a_manager_sees_the_own_part_of_the_organisation_and_no_other(visit) -> None:
    page = visit("manager")
    page.goto("/dashboard/")
    addresses = page.locator("main a[href^='/dashboard/units/']").evaluate_all(
        "all => all.map(a => a.pathname)"
    )
    units = {address.split("/")[3] for address in addresses}

    answers = {
        unit: page.request.get(f"/dashboard/units/{unit}/").status for unit in ("CUS", "CUS-PHONE", "SAL")
    }

    assert units
    assert {unit for unit in units if not unit.startswith("CUS")} <= {"ORG"}
    assert answers == {"CUS": 200, "CUS-PHONE": 200, "SAL": 404}


def test_every_chart_has_its_figures_as_a_table(visit) -> None:
    page = visit("executive")
    page.goto("/dashboard/")
    charts = wait_for_charts(page)

    cards = page.locator(".chart-card:has([data-figure])")
    assert charts
    assert cards.count() == page.locator("[data-figure]").count()
    for card in cards.all():
        assert card.locator("table tbody tr").count() > 0
        assert card.locator(".chart-sentence").inner_text()
