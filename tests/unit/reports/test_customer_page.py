"""The page of a customer: promises and satisfaction beside the published figures that the reader may see."""

import re
from html import unescape

import pytest
from django.test import Client

from assessments.models import Cycle
from organisation.models import Customer, Unit
from tests.factories import customers as make
from tests.factories.customers import CustomerFactory
from tests.factories.reports import framework, live_units, person, published

pytestmark = pytest.mark.django_db


def signed_in(**who) -> Client:
    client = Client()
    client.force_login(person(**who))
    return client


def text_of(response) -> str:
    body = re.sub(r"<script.*?</script>", " ", response.content.decode(), flags=re.S)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


@pytest.fixture
def home() -> Customer:
    live_units()
    return CustomerFactory(
        code="HOME", owner_unit=Unit.objects.get(code="ORG"), serving_unit=Unit.objects.get(code="NORTH")
    )


def block_rows(response) -> dict[str, str]:
    return {line.code: line.score for line in response.context["page"].results.lines}


def test_an_executive_sees_the_figures_of_the_serving_unit_for_the_blocks_concerned(home):
    published(scores={"ORG": 58, "NORTH": 61}, changes={("NORTH", "all", "B4"): {"score": 73}})
    make.promise(home, blocks="B4 B1")
    make.channel(home, blocks="B1")

    page = signed_in(role="executive").get("/customers/HOME/")

    assert block_rows(page) == {"B1": "61", "B4": "73"}
    assert "Promise P1; Channel H1" in text_of(page)
    assert "Results of North, Title of demo-1" in text_of(page)


@pytest.mark.parametrize("who", [{"unit": "NORTH"}, {"unit": "NORTH", "role": "manager"}, {"role": "hr"}])
def test_whoever_may_see_the_serving_unit_sees_its_figures(home, who):
    published(scores={"ORG": 58, "NORTH": 61})
    make.promise(home, blocks="B1")

    assert block_rows(signed_in(**who).get("/customers/HOME/")) == {"B1": "61"}


@pytest.mark.parametrize(
    "who",
    [
        {"unit": "SOUTH"},
        {"unit": "SOUTH", "role": "manager"},
        {"unit": "DEPOT", "role": "manager"},
        {"role": "administrator"},
        {"role": "auditor"},
    ],
)
def test_for_others_the_figures_of_the_organisation_stand_there_and_say_so(home, who):
    published(scores={"ORG": 58, "NORTH": 61})
    make.promise(home, blocks="B1")

    page = signed_in(**who).get("/customers/HOME/")

    assert block_rows(page) == {"B1": "58"}
    assert "These are the figures of the organisation: those of North are not" in text_of(page)


def test_a_hidden_figure_stays_hidden(home):
    published(scores={"ORG": 58, "NORTH": None})
    make.promise(home, blocks="B1")

    page = signed_in(role="executive").get("/customers/HOME/")

    assert block_rows(page) == {"B1": ""}
    assert "not shown" in text_of(page)


def test_figures_that_are_not_published_are_not_there(home):
    published(state=Cycle.State.SCORED, visible=False)
    make.promise(home, blocks="B1")

    page = signed_in(role="executive").get("/customers/HOME/")

    assert "No results are published yet." in text_of(page)


def test_the_page_says_in_a_sentence_what_is_kept_and_how_it_is_heard(home):
    make.promise(home, code="P1", results={"2024-03-01": 85, "2025-03-01": 79})
    make.promise(home, code="P2", results={"2025-03-01": 85})
    make.channel(home, contacts=1200)
    make.channel(home, code="H2", contacts=300)

    text = text_of(signed_in().get("/customers/HOME/"))

    assert "1 of 2 measured promises are kept. It is heard in 2 ways." in text
    assert "kept 1 of 2 times" in text
    assert "Contacts a year 1,500" in text


def test_a_customer_without_promise_voice_and_figure_is_told_what_to_do_next(home):
    text = text_of(signed_in().get("/customers/HOME/"))

    assert "This customer has no voice" in text
    assert "Nothing measurable is promised yet" in text
    assert "No satisfaction figure yet" in text


def test_each_measure_has_its_picture_its_sentence_and_its_table(home):
    for day, value in (("2024-03-01", -9), ("2025-03-01", 17)):
        make.figure(home, day, value, answers=240)
    make.figure(home, "2025-03-01", 5.4, measure="ces")

    page = signed_in().get("/customers/HOME/")
    (_nps, first), (_ces, second) = page.context["page"].panels

    assert first.sentence == (
        "NPS was +17 (probably 5 to 29) on 1 March 2025, 26 higher than on 1 March 2024: "
        "more than chance would explain."
    )
    assert first.figure["data"][0]["y"] == [-9, 17]
    assert first.figure["layout"]["yaxis"]["range"] == [-100, 100]
    assert [[box.text for box in row.cells][:4] for row in first.table.rows] == [
        ["1 March 2025", "+17", "5 to 29", "240"],
        ["1 March 2024", "−9", "−22 to 4", "240"],
    ]
    assert (second.sentence, second.figure) == ("CES was 5.4 on 1 March 2025.", None)


@pytest.mark.parametrize(
    ("measure", "earlier", "later", "known", "told"),
    [
        ("nps", 20, 26, {"answers": 240}, ": no clear difference."),
        ("nps", 20, 26, {"answers": 240, "sd": 10}, ": more than chance would explain."),
        ("nps", 20, 26, {}, "too little is known of the answers."),
        ("csat", 80, 84, {"answers": 100}, ": no clear difference."),
        ("csat", 80, 84, {"answers": 5000}, ": more than chance would explain."),
        ("ces", 5.1, 5.6, {"answers": 50}, "too little is known of the answers."),
        ("ces", 5.1, 5.6, {"answers": 50, "sd": 1.5}, ": no clear difference."),
        ("ces", 5.1, 5.6, {"answers": 500, "sd": 1.5}, ": more than chance would explain."),
    ],
)
def test_a_change_in_satisfaction_is_called_one_only_beyond_chance(
    home, measure, earlier, later, known, told
):
    make.figure(home, "2024-03-01", earlier, measure=measure, **known)
    make.figure(home, "2025-03-01", later, measure=measure, **known)

    page = signed_in().get("/customers/HOME/")

    assert page.context["page"].panels[0][1].sentence.endswith(told)


def test_an_interval_ends_with_its_scale(home):
    make.figure(home, "2025-03-01", 99, measure="csat", answers=30)

    page = signed_in().get("/customers/HOME/")

    assert page.context["page"].panels[0][1].table.rows[0].cells[2].text.endswith(" to 100")


def test_a_name_is_text_wherever_it_stands(home):
    Customer.objects.update(name="</script><img src=x>", expectations="<b>Quick</b>")

    body = signed_in(role="hr").get("/customers/HOME/").content.decode()

    assert "<img src=x>" not in body
    assert "<b>Quick</b>" not in body


def fill(home: Customer, number: int) -> None:
    for one in range(number):
        make.promise(home, code=f"P{one}{number}", blocks="B1", results={"2024-03-01": 1, "2025-03-01": 2})
        make.channel(home, code=f"H{one}{number}", blocks="B2")
        make.figure(home, f"2025-{one + 1:02}-{number:02}", one)


@pytest.mark.parametrize("address", ["/customers/HOME/", "/customers/-/blocks/"])
def test_the_page_needs_the_same_queries_for_one_promise_and_for_many(
    home, address, django_assert_num_queries, django_assert_max_num_queries
):
    published()
    client = signed_in(role="hr")
    fill(home, 1)
    client.get(address)
    with django_assert_max_num_queries(25) as few:
        client.get(address)
    fill(home, 9)

    with django_assert_num_queries(len(few)):
        client.get(address)


def test_each_block_names_the_customers_it_concerns(home):
    published(scores={"ORG": 58})
    make.promise(home, blocks="B4 OLD")

    page = signed_in(unit="SOUTH").get("/customers/-/blocks/")

    found = {line.code: [one.code for one in line.customers] for line in page.context["page"].lines}
    assert found == {f"B{number}": ["HOME"] if number == 4 else [] for number in range(1, 9)}
    assert {line.score for line in page.context["page"].lines} == {"58"}
    assert "7 blocks concern no registered customer yet." in text_of(page)
    assert "blocks that this framework doesn't have: OLD." in text_of(page)


def test_blocks_stand_there_before_the_first_publication_and_not_without_a_framework():
    live_units()
    client = signed_in()
    assert "No framework yet" in text_of(client.get("/customers/-/blocks/"))
    framework()

    assert "No results are published yet" in text_of(client.get("/customers/-/blocks/"))
