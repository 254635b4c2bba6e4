"""A whole cycle in the browser, with people of every role: from the wizard to the executive's dashboard."""

from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.installation import CYCLE, SIGN_IN, Ferries
from tests.browser.test_answering import press_until_focused
from tests.browser.test_every_page import RULES, axe

FILL = """choice => document.querySelectorAll("[data-question]").forEach(
    question => question.querySelectorAll("input[type=radio]")[choice].click())"""


def by_link(come: Any, link: str) -> Page:
    """Open a personal link in a browser of its own, up to the questionnaire's first page."""
    page: Page = come("")
    page.goto(link)
    page.get_by_role("button", name="Open my questionnaire").click()
    page.wait_for_url(f"**/assess/{CYCLE}/")
    assert link.rstrip("/").rsplit("/", 1)[1] not in page.url
    return page


def fill(page: Page, choice: int, comment: str) -> None:
    """Answer what is left with one choice, up to the review."""
    while "/review/" not in page.url:
        page.evaluate(FILL, choice)
        if page.locator("[data-comment]").count():
            page.locator("[data-comment]").fill(comment)
        here = page.url
        page.locator(".answer-actions button").first.click()
        page.wait_for_url(lambda url, here=here: url != here)


def submit(page: Page) -> None:
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/thanks/")


def answers(page: Page, choice: int, comment: str) -> None:
    """Answer everything and submit."""
    page.goto(f"/assess/{CYCLE}/1/")
    fill(page, choice, comment)
    submit(page)


def with_keys_alone(page: Page) -> None:
    """Answer and submit without a pointer: number keys, the tabulator and Enter."""
    press_until_focused(page, "Start")
    page.keyboard.press("Enter")
    page.wait_for_url("**/1/*")
    while "/review/" not in page.url:
        here = page.url
        statements = page.locator("[data-question]").count()
        for _statement in range(statements):
            page.keyboard.press("5")
        assert page.locator("[data-question] input:checked").count() == statements
        if page.locator("[data-comment]").count():
            press_until_focused(page, "Review and submit")
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url, here=here: url != here)
    press_until_focused(page, "Submit")
    page.keyboard.press("Enter")
    page.wait_for_url("**/thanks/")


def does(page: Page, action: str, button: str) -> None:
    """Press a button of the cycle's page and confirm."""
    page.goto(f"/cycles/{CYCLE}/{action}/")
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_url(f"**/cycles/{CYCLE}/")


def prepares(page: Page) -> None:
    """Go through the wizard and open the cycle."""
    page.goto("/cycles/new/")
    page.get_by_label("Title").fill("Spring")
    page.get_by_label("Code").fill(CYCLE)
    page.get_by_role("button", name="Make the draft").click()
    for step in ("who", "languages", "when", "limits"):
        page.wait_for_url(f"**/cycles/{CYCLE}/setup/{step}/")
        if step == "when":
            page.get_by_label("Closes").fill(
                (datetime.now(UTC) + timedelta(days=7)).strftime("%Y-%m-%dT%H:%M")
            )
        page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url(f"**/cycles/{CYCLE}/questions/staff/")
    page.goto(f"/cycles/{CYCLE}/")
    expect(page.locator("main")).to_contain_text("10 people will be asked (8 staff, 2 managers)")
    does(page, "open", "Open")


def test_ten_people_of_all_roles_go_through_a_whole_cycle(ferries: Ferries, come) -> None:
    admin, hr = come("admin"), come("hr")
    prepares(admin)
    does(hr, "invite", "Send the invitations")
    wait_for_round(hr)
    assert {name: len(ferries.links(name)) for name in ("admin", "manager", "late")} == {
        "admin": 1, "manager": 1, "late": 1,
    }  # fmt: skip

    # Staff answer by their link: one with a pause, one with the keyboard alone.
    resumes = by_link(come, ferries.links("resumes")[0])
    resumes.goto(f"/assess/{CYCLE}/1/")
    resumes.evaluate(FILL, 1)
    expect(resumes.locator("[data-status]")).to_have_text("Draft saved")
    again = resumes.context.new_page()
    resumes.close()
    again.goto(f"/assess/{CYCLE}/")
    again.get_by_role("link", name="Continue my draft").click()
    again.goto(f"/assess/{CYCLE}/1/")
    assert again.locator("[data-question] input:checked").count() == again.locator("[data-question]").count()
    fill(again, 1, "Answer the telephone at noon too.")
    submit(again)
    with_keys_alone(by_link(come, ferries.links("keyboard")[0]))

    # Those who have a password answer signed in.
    for choice, name in enumerate(SIGN_IN):
        person = {"admin": admin, "hr": hr}.get(name) or come(name)
        answers(person, choice % 5, f"More time for passengers, says somebody, number {'abcdef'[choice]}.")

    # A reminder reaches those alone who have not answered; the new link and the old one are both good.
    does(hr, "remind", "Send the reminder")
    wait_for_round(hr)
    assert [len(ferries.links(name)) for name in ("resumes", "keyboard", "manager", "reminded", "late")] == [
        1, 1, 1, 2, 2,
    ]  # fmt: skip
    answers(by_link(come, ferries.links("reminded")[1]), 3, "Boats that leave on time.")

    # One who began in time may still submit shortly after the announced close; nobody begins then.
    late, too_late = by_link(come, ferries.links("late")[0]), come("manager")
    late.goto(f"/assess/{CYCLE}/1/")
    fill(late, 2, "Tell passengers before they ask.")
    ferries.pass_announced_close()
    submit(late)
    too_late.goto(f"/assess/{CYCLE}/1/")
    expect(too_late.locator("main")).to_contain_text("takes no more answers")

    # HR closes, a worker counts and scores, HR reviews the comments and publishes.
    does(hr, "close", "Close and count")
    wait_for_state(hr, "closed")
    found = axe(hr, RULES) + axe(too_late, RULES)
    expect(hr.locator("main")).to_contain_text("10")
    does(hr, "score", "Score")
    wait_for_state(hr, "scored")
    found += axe(hr, RULES)
    hr.goto(f"/cycles/{CYCLE}/comments/")
    while hr.locator("[data-original]").count():
        hr.get_by_role("button", name="Show", exact=True).click()
        hr.wait_for_load_state()
    does(hr, "publish", "Publish")
    wait_for_state(hr, "published")

    executive = come("executive")
    executive.goto("/dashboard/")
    expect(executive.get_by_role("heading", level=1)).to_contain_text("Harbour Ferries")
    expect(executive.locator("main")).to_contain_text("10 of 10")
    executive.goto(f"/cycles/{CYCLE}/units/ORG/comments/")
    expect(executive.locator("main")).to_contain_text("Boats that leave on time.")
    auditor = come("auditor")
    auditor.goto(f"/cycles/{CYCLE}/proof/")
    expect(auditor.locator("main")).to_contain_text("destroyed")
    assert found == []


def wait_for_state(page: Page, state: str) -> None:
    expect(page.locator("[aria-current=step]")).to_contain_text(state, timeout=60_000)


def wait_for_round(page: Page) -> None:
    """Wait until everybody was gone through; the page asks by itself."""
    rounds = page.locator("#mail-rounds")
    expect(rounds.locator("li").last).to_contain_text("10 of 10 people gone through", timeout=60_000)
    expect(rounds.locator("progress")).to_have_count(0)
