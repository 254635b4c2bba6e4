"""Staff and managers answer in the browser: with the keyboard, without JavaScript, and with second thoughts."""

import re

from playwright.sync_api import Page, expect

CYCLE = "/assess/demo-4/"
START = re.compile(r"Start|Continue my draft")


def press_until_focused(page: Page, text: str) -> None:
    """Go through the page with the tabulator until something with this text has the focus."""
    for _press in range(150):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.innerText || document.activeElement.value || ''")
        if text in focused and page.evaluate("document.activeElement.tabIndex >= 0"):
            return
    raise AssertionError(f"the keyboard does not reach “{text}” on {page.url}")


def answer_by_keys(page: Page, key: str) -> None:
    """Answer every statement of the page by its key, then go on; the focus is where the page puts it."""
    count = page.locator("[data-question]").count()
    for _question in range(count):
        page.keyboard.press(key)
    assert page.locator("[data-question] input:checked").count() == count
    if count == 0:
        press_until_focused(page, "Review and submit")
    page.keyboard.press("Enter")


def answer_the_rest_by_keys(page: Page) -> None:
    """Answer what is not answered yet; then the button that goes on."""
    while page.locator("[data-question]:not(:has(input:checked))").count():
        page.locator("[data-question]:not(:has(input:checked)) input").first.focus()
        page.keyboard.press("3")
    press_until_focused(page, "Review and submit" if page.locator("[data-comment]").count() else "Next")
    page.keyboard.press("Enter")


def answer_all(page: Page) -> None:
    """Click through all pages of the questionnaire with the same answer, up to the review."""
    page.goto(f"{CYCLE}1/")
    while not page.url.endswith("/review/"):
        for question in page.locator("[data-question]").all():
            question.locator("label").nth(3).click()
        page.locator(".answer-actions button").first.click()


def withdraw(page: Page) -> None:
    page.goto(f"{CYCLE}withdraw/")
    page.get_by_role("button", name="Withdraw my answers").click()
    expect(page.get_by_text("have been withdrawn")).to_be_visible()


def test_staff_answer_with_the_keyboard_alone_and_a_reload_keeps_the_draft(visit) -> None:
    page = visit("staff")
    page.goto(CYCLE)
    press_until_focused(page, "Start")
    page.keyboard.press("Enter")
    page.wait_for_url("**/1/*")
    answer_by_keys(page, "4")
    page.wait_for_url("**/2/*")

    for _answer in range(3):
        page.keyboard.press("2")
    expect(page.locator("[data-status]")).to_have_text("Draft saved")
    page.reload()

    assert page.locator("[data-question] input:checked").count() == 3
    while not page.url.split("#")[0].endswith("/review/"):
        here = page.url
        answer_the_rest_by_keys(page)
        page.wait_for_url(lambda url, here=here: url != here)
    press_until_focused(page, "Submit")
    page.keyboard.press("Enter")
    page.wait_for_url("**/thanks/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    withdraw(page)


def test_submitted_answers_can_be_replaced_and_withdrawn_but_not_read_back(visit) -> None:
    page = visit("staff")
    answer_all(page)
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/thanks/")

    page.goto(CYCLE)
    expect(page.get_by_text("You have submitted your answers")).to_be_visible()
    page.goto(f"{CYCLE}1/")
    assert page.locator("[data-question] input:checked").count() == 0
    answer_all(page)
    page.get_by_role("button", name="Replace my answers").click()
    page.wait_for_url("**/thanks/")
    withdraw(page)

    page.goto(CYCLE)
    expect(page.get_by_text("You have submitted your answers")).to_have_count(0)
    expect(page.get_by_role("link", name=START)).to_be_visible()


def test_the_whole_questionnaire_works_without_javascript(visit) -> None:
    page = visit("manager", java_script_enabled=False)
    page.goto(CYCLE)
    page.get_by_role("link", name=START).click()

    answer_all(page)
    expect(page.get_by_text("Every statement is answered.")).to_be_visible()
    page.get_by_role("button", name="Submit").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    withdraw(page)


def test_somebody_else_in_the_same_browser_finds_no_draft(visit) -> None:
    page = visit("staff")
    page.goto(f"{CYCLE}1/#questions")
    page.keyboard.press("5")
    expect(page.locator("[data-status]")).to_have_text("Draft saved")
    page.context.clear_cookies(name="sessionid")

    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill("auditor@demo.example")
    page.get_by_label("Password", exact=True).fill("demo")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    page.goto(f"{CYCLE}1/")

    assert page.locator("[data-question]").count() > 0
    assert page.locator("[data-question] input:checked").count() == 0
