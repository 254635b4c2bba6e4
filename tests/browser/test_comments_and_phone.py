"""A telephone shows a statement's points in one row; HR reviews comments with the keyboard alone."""

import re

from playwright.sync_api import Page, expect

PHONE = {"viewport": {"width": 360, "height": 740}}
SMALLEST_TARGET = 44


def points(page: Page, number: int):
    return page.locator("[data-question]").nth(number).locator(".option:not(.option-none) input")


def test_on_a_telephone_the_points_are_one_row_of_large_named_radio_buttons(visit) -> None:
    page = visit("manager", **PHONE)
    page.goto("/assess/demo-4/1/")
    boxes = [one.bounding_box() for one in points(page, 0).all()]
    group = page.locator("[data-question]").first

    assert len(boxes) == 5
    assert len({box["y"] for box in boxes}) == 1
    assert min(min(box["width"], box["height"]) for box in boxes) >= SMALLEST_TARGET
    for name in ("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"):
        expect(group.get_by_role("radio", name=name, exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_on_a_telephone_the_words_of_the_chosen_point_stand_below_the_row(visit) -> None:
    page = visit("manager", **PHONE)
    page.goto("/assess/demo-4/1/")
    question = page.locator("[data-question]").nth(1)

    question.get_by_role("radio", name="Agree", exact=True).click()
    expect(question.get_by_text("Agree", exact=True)).to_be_visible()
    page.keyboard.press("ArrowRight")

    expect(question.get_by_role("radio", name="Strongly agree")).to_be_checked()
    assert question.get_by_text("Strongly agree").bounding_box()["width"] > 60


def test_hr_reviews_with_the_keyboard_and_takes_a_decision_back(visit) -> None:
    page = visit("hr")
    page.goto("/cycles/demo-3/comments/")
    first = page.locator("[data-original]").inner_text()

    page.keyboard.press("t")
    page.keyboard.type("Tools")
    page.keyboard.press("Escape")
    page.keyboard.press("w")
    expect(page.get_by_text("The last comment is withheld.")).to_be_visible()
    assert page.locator("[data-original]").inner_text() != first
    page.keyboard.press("u")

    expect(page.locator("[data-original]")).to_have_text(first)
    expect(page.get_by_label("Themes, separated by commas")).to_have_value("Tools")


def test_a_selection_is_taken_out_of_a_comment(visit) -> None:
    page = visit("hr")
    page.goto("/cycles/demo-3/comments/")
    whole = page.locator("#text").input_value()

    page.keyboard.press("r")
    page.locator("#text").evaluate("area => area.setSelectionRange(0, 4)")
    page.get_by_role("button", name="Take the selection out").click()

    expect(page.locator("#text")).to_have_value(f"[…]{whole[4:]}")


def test_a_name_in_a_comment_is_pointed_at_while_it_is_written(visit) -> None:
    page = visit("manager")
    page.goto("/assess/demo-4/1/")
    last = page.locator(".answer-steps button").count()
    page.goto(f"/assess/demo-4/{last}/")

    page.locator("[data-comment]").fill("Write to someone@example.org")
    expect(page.locator("[data-hints]")).to_contain_text("It holds an e-mail address: someone@example.org.")
    page.locator("[data-comment]").fill("Write to them")

    expect(page.locator("[data-hints]")).to_be_hidden()


def test_released_comments_are_read_by_an_executive(visit) -> None:
    page = visit("executive")
    page.goto("/cycles/demo-3/units/ORG/comments/")

    expect(page.get_by_role("heading", name=re.compile("Comments at"))).to_be_visible()
