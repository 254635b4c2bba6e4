"""Pages of results: who sees which unit, what they say, and that what is hidden stays hidden."""

import json
import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from assessments.models import Cycle
from tests.factories.reports import UNITS, live_units, person, published

pytestmark = pytest.mark.django_db

HOSTILE = "</script><img src=x onerror=alert(1)>"


def signed_in(**who) -> Client:
    client = Client()
    client.force_login(person(**who))
    return client


def text_of(response) -> str:
    """What a reader sees of a page: no tags, single spaces."""
    body = re.sub(r"<script.*?</script>", " ", response.content.decode(), flags=re.S)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


def figures_of(response) -> dict[str, dict]:
    pattern = r'<script id="(\w+)-figure" type="application/json">(.*?)</script>'
    return {name: json.loads(body) for name, body in re.findall(pattern, response.content.decode(), re.S)}


def unit_url(code: str, **query: str) -> str:
    address = reverse("dashboard_unit", args=[code])
    return address + ("?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else "")


# Who sees what


@pytest.mark.parametrize("name", ["home", "dashboard"])
def test_a_stranger_is_sent_to_the_sign_in_page(client, name):
    response = client.get(reverse(name))

    assert response.status_code == 302
    assert reverse("account_login") in response["Location"]


@pytest.mark.parametrize(
    ("role", "status"),
    [("", 403), ("administrator", 403), ("auditor", 403), ("manager", 200), ("executive", 200), ("hr", 200)],
)
def test_the_dashboard_is_for_managers_executives_and_hr(role, status):
    published()

    response = signed_in(role=role).get(reverse("dashboard"))

    assert response.status_code == status


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ({"unit": "DEPOT"}, {"ORG", "DEPOT"}),
        ({"unit": "NORTH"}, {"ORG", "NORTH"}),
        ({"unit": "NORTH", "role": "manager"}, {"ORG", "NORTH", "DEPOT"}),
        ({"unit": "SOUTH", "role": "manager"}, {"ORG", "SOUTH"}),
        ({"unit": "SOUTH", "role": "executive"}, set(UNITS)),
        ({"unit": "SOUTH", "role": "hr"}, set(UNITS)),
        ({"unit": "SOUTH", "role": "executive", "reaches": "NORTH"}, {"ORG", "SOUTH", "NORTH", "DEPOT"}),
        ({"unit": "SOUTH", "role": "administrator"}, {"ORG", "SOUTH"}),
        ({"unit": "SOUTH", "role": "auditor"}, {"ORG", "SOUTH"}),
    ],
)
def test_a_unit_outside_ones_reach_is_not_found(who, seen):
    published()
    client = signed_in(**who)

    answers = {code: client.get(unit_url(code)).status_code for code in UNITS}

    assert answers == {code: 200 if code in seen else 404 for code in UNITS}


def test_a_manager_starts_at_the_own_unit_and_lists_only_what_is_below():
    published()

    response = signed_in(unit="NORTH", role="manager").get(reverse("dashboard"))

    assert "North stands at 61 of 100" in text_of(response)
    assert figures_of(response)["units"]["layout"]["yaxis"]["ticktext"][0] == "North"
    assert "South" not in json.dumps(figures_of(response)["units"])


def test_staff_see_no_list_of_units():
    published()

    response = signed_in(unit="SOUTH").get(unit_url("ORG"))

    assert "units" not in figures_of(response)
    assert "Depot" not in text_of(response)


def test_an_unpublished_release_is_invisible():
    published("earlier", scores={"ORG": 41})
    published("hidden", visible=False)
    published("scored", state=Cycle.State.SCORED)
    client = signed_in(role="executive")

    page = client.get(reverse("dashboard"))

    assert "Org stands at 41" in text_of(page)
    assert "Title of hidden" not in text_of(page)
    assert client.get(reverse("dashboard"), {"cycle": "scored"}).status_code == 404
    assert client.get(reverse("dashboard"), {"cycle": "hidden"}).status_code == 404


def test_an_archived_cycle_stays_readable():
    published("old", state=Cycle.State.ARCHIVED)

    response = signed_in(role="executive").get(reverse("dashboard"), {"cycle": "old"})

    assert response.status_code == 200


@pytest.mark.parametrize("query", [{"cycle": "none"}, {"lens": "none"}, {"block": "none"}])
def test_an_address_that_names_nothing_is_not_found(query):
    published()

    assert signed_in(role="executive").get(reverse("dashboard"), query).status_code == 404


def test_before_the_first_publication_the_page_says_what_happens_next():
    live_units()

    response = signed_in(role="executive").get(reverse("dashboard"))

    assert response.status_code == 200
    assert "No results yet" in text_of(response)


def test_results_are_only_read():
    published()

    assert signed_in(role="executive").post(reverse("dashboard")).status_code == 405


# What it says


def test_the_headline_says_where_the_organisation_stands_and_what_holds_it_back():
    published(changes={("ORG", "all", "B2"): {"score": 33}})

    response = signed_in(role="executive").get(reverse("dashboard"))

    assert (
        "Org stands at 58 of 100: Committed (level 3). Make a business case holds it back at level 2."
        in text_of(response)
    )


def test_the_change_since_the_last_cycle_is_said_only_beyond_noise():
    published("first", scores={"ORG": 57})
    published("second", scores={"ORG": 58})
    published("third", scores={"ORG": 70})
    client = signed_in(role="executive")

    small = client.get(reverse("dashboard"), {"cycle": "second"})
    large = client.get(reverse("dashboard"), {"cycle": "third"})

    assert "No clear difference since Title of first." in text_of(small)
    assert "12 points higher than in Title of second." in text_of(large)


def test_a_cycle_of_another_framework_is_not_compared():
    from tests.factories.assessments import framework_row

    published("other", using=framework_row(), scores={"ORG": 20})
    published("ours")

    response = signed_in(role="executive").get(reverse("dashboard"))

    assert "No earlier cycle to compare with." in text_of(response)
    assert len(figures_of(response)["trend"]["data"][0]["y"]) == 1


def test_a_near_unanimous_figure_is_said_as_a_bound():
    published(
        changes={
            ("NORTH", "all", "ALL"): {"score": 87.5, "band": 1, "ci_low": None, "ci_high": None, "se": None}
        }
    )

    response = signed_in(role="executive").get(unit_url("NORTH"))

    assert "at least 88" in text_of(response)
    assert "North stands at 88 or more of 100" in text_of(response)


def test_a_unit_page_shows_this_level_and_the_next():
    published(scores={"ORG": 58, "NORTH": 61})

    response = signed_in(role="executive").get(unit_url("NORTH"))

    assert text_of(response).count("To reach Customer-driven:") == 8


def test_a_unit_is_set_against_the_organisation():
    published(scores={"ORG": 58, "NORTH": 70})

    response = signed_in(role="executive").get(unit_url("NORTH"))

    assert "North stands 12 points above Org." in text_of(response)
    assert any(trace["name"] == "Org" for trace in figures_of(response)["blocks"]["data"])


def test_another_lens_changes_bars_and_grid_but_not_the_headline():
    published()
    client = signed_in(role="executive")
    lens = Cycle.objects.get().framework.instrument.lenses[1]

    response = client.get(reverse("dashboard"), {"lens": lens.code})

    assert "Org stands at 58 of 100" in text_of(response)
    columns = figures_of(response)["units"]["layout"]["xaxis"]["ticktext"]
    assert columns == ["All", *(dimension.code for dimension in lens.dimensions)]


def test_the_trend_follows_the_chosen_block():
    published("first", changes={("ORG", "all", "B3"): {"score": 30}})
    published("second", changes={("ORG", "all", "B3"): {"score": 44}})

    response = signed_in(role="executive").get(reverse("dashboard"), {"block": "B3"})

    assert figures_of(response)["trend"]["data"][0]["y"] == [30, 44]
    assert "Trend: Set goals" in text_of(response)


def test_the_trend_speaks_of_the_chosen_cycle_not_of_the_newest():
    published("first", scores={"ORG": 50})
    published("second", scores={"ORG": 60})
    published("third", scores={"ORG": 60})

    response = signed_in(role="executive").get(reverse("dashboard"), {"cycle": "second"})

    sentence = response.context["page"].panels["trend"].sentence
    assert sentence.startswith("10 points higher than in Title of first.")


def test_the_table_of_blocks_tells_each_change_since_the_cycle_before():
    published("first", changes={("ORG", "all", "B3"): {"score": 40}})
    published("second", changes={("ORG", "all", "B4"): {"score": 59}})

    response = signed_in(role="executive").get(reverse("dashboard"))

    table = response.context["page"].panels["blocks"].table
    place = [column.key for column in table.columns].index("change")
    changes = {row.cells[0].text: row.cells[place].text for row in table.rows}
    assert changes["Set goals"] == "+18.0"
    assert changes["Make it everyone's business"] == "+1.0 (noise)"


# What is hidden


def test_a_hidden_unit_has_no_number_anywhere():
    published(scores={"ORG": 58, "NORTH": 61, "SOUTH": 47})
    client = signed_in(role="executive")

    grid = figures_of(client.get(reverse("dashboard")))["units"]["data"]
    own = client.get(unit_url("DEPOT"))

    assert grid[0]["z"][2] == [None] * 9
    assert grid[1]["text"][2] == ["–"] * 9
    assert "Too few answers to say where Depot stands" in text_of(own)
    assert "fewer than 5 answers: not shown" in text_of(own)
    assert "count in Org" in text_of(own)


def test_a_hidden_split_leaves_staff_and_managers_out():
    parts = [("ORG", who, f"B{n}") for who in ("staff", "manager") for n in range(1, 9)]
    published(changes=dict.fromkeys(parts))

    response = signed_in(role="executive").get(reverse("dashboard"))

    assert "Staff and managers can't be shown apart here." in text_of(response)
    assert not {"views", "gap"} & set(figures_of(response))


def test_a_hidden_block_leaves_no_overall_score():
    published(changes={("ORG", "all", "B2"): None, ("ORG", "all", "ALL"): None})

    response = signed_in(role="executive").get(reverse("dashboard"))

    assert "Org has no overall score" in text_of(response)


# Charts and tables


def test_every_chart_has_a_table_with_the_same_figures():
    published(changes={("ORG", "all", "B3"): {"score": 41.25}})
    client = signed_in(role="executive")

    response = client.get(reverse("dashboard"))

    panels = response.context["page"].panels
    assert set(figures_of(response)) == set(panels)
    bars = [f"{value:.1f}" for value in figures_of(response)["blocks"]["data"][0]["x"]]
    assert bars == [row.cells[1].text for row in panels["blocks"].table.rows[:-1]]
    cells = [[f"{value:.1f}" for value in row] for row in figures_of(response)["units"]["data"][0]["z"]]
    assert cells == [[box.text for box in row.cells[1:-1]] for row in panels["units"].table.rows]
    assert "41.3" in bars


def test_the_grid_sorts_by_the_address_picture_and_table_alike():
    published(changes={("SOUTH", "all", "B3"): {"score": 90}, ("ORG", "all", "B3"): None})

    response = signed_in(role="executive").get(reverse("dashboard"), {"sort": "-B3"})

    panel = response.context["page"].panels["units"]
    assert [row.cells[0].text for row in panel.table.rows] == ["South", "Depot", "North", "Org"]
    assert figures_of(response)["units"]["layout"]["yaxis"]["ticktext"] == ["South", "Depot", "North", "Org"]


def test_rows_of_the_grid_link_to_their_units_in_the_same_cycle():
    published("first")
    published("second")

    response = signed_in(role="executive").get(reverse("dashboard"), {"cycle": "first"})

    assert f'href="{unit_url("SOUTH", cycle="first")}"' in response.content.decode()


def test_a_hostile_name_reaches_page_and_chart_only_escaped():
    published(names={"NORTH": HOSTILE, "ORG": HOSTILE}, title=HOSTILE)

    response = signed_in(role="executive").get(unit_url("NORTH"))

    assert "<img" not in response.content.decode()
    assert HOSTILE not in json.dumps(figures_of(response))


def test_a_large_organisation_is_shown_level_by_level():
    units = {"ORG": None} | {f"D{n}": "ORG" for n in range(5)} | {f"T{n}": f"D{n % 5}" for n in range(70)}
    published(units=units, scores={"ORG": 58, "D1": 50})

    response = signed_in(role="executive").get(reverse("dashboard"))

    assert len(figures_of(response)["units"]["data"][0]["z"]) == 6
    assert "70 units further down" in text_of(response)


# Cost


def queries_of(client, django_assert_max_num_queries, url) -> int:
    with django_assert_max_num_queries(40) as taken:
        assert client.get(url).status_code == 200
    return len(taken)


@pytest.mark.parametrize("who", [{"role": "executive"}, {"unit": "ORG", "role": "manager"}])
def test_the_dashboard_needs_the_same_queries_for_3_and_for_60_units(django_assert_max_num_queries, who):
    few = {"ORG": None, "A": "ORG", "B": "ORG"}
    many = few | {f"U{n}": "A" for n in range(57)}
    published("few", units=few, scores=dict.fromkeys(few, 50))
    published("many", units=many, scores=dict.fromkeys(many, 50))
    client = signed_in(**who)

    small = queries_of(client, django_assert_max_num_queries, reverse("dashboard") + "?cycle=few")
    large = queries_of(client, django_assert_max_num_queries, reverse("dashboard") + "?cycle=many")

    assert small == large <= 19


@pytest.mark.parametrize("name", ["dashboard", "home"])
def test_pages_need_the_same_queries_for_1_and_for_6_cycles(django_assert_max_num_queries, name):
    published("c0")
    client = signed_in(role="executive")
    one = queries_of(client, django_assert_max_num_queries, reverse(name))
    for number in range(1, 6):
        published(f"c{number}")

    six = queries_of(client, django_assert_max_num_queries, reverse(name))

    assert one == six


# The file


def rows_of(response) -> list[list[str]]:
    lines = b"".join(response.streaming_content).decode().splitlines()
    return [line.split(",") for line in lines]


def test_the_file_holds_the_figures_in_reach_and_hides_the_rest():
    published("demo-1", scores={"ORG": 58, "NORTH": 61})

    rows = rows_of(signed_in(unit="NORTH", role="manager").get(reverse("scores_csv"), {"cycle": "demo-1"}))

    assert {row[1] for row in rows[1:]} == {"ORG", "NORTH", "DEPOT"}
    assert all(row[-1] == "1" and not any(row[6:-1]) for row in rows if row[1] == "DEPOT")
    assert [row[8] for row in rows if row[1:6] == ["ORG", "Org", "all", "blocks", "B1"]] == ["58"]


def test_staff_get_the_file_of_the_organisation_and_the_own_unit_only():
    published()

    rows = rows_of(signed_in(unit="SOUTH").get(reverse("scores_csv")))

    assert {row[1] for row in rows[1:]} == {"ORG", "SOUTH"}


@pytest.mark.parametrize("cycle", ["hidden", "none"])
def test_there_is_no_file_of_what_is_not_published(cycle):
    published("hidden", visible=False)

    assert signed_in(role="executive").get(reverse("scores_csv"), {"cycle": cycle}).status_code == 404


def test_every_dimension_has_its_course_over_the_cycles_on_one_scale():
    published("first", scores={"ORG": 40})
    published("second", scores={"ORG": 50}, changes={("ORG", "all", "B3"): None})
    response = signed_in(role="executive").get(reverse("dashboard"))

    figure = figures_of(response)["trends"]
    table = response.context["page"].panels["trends"].table

    assert [line["y"] for line in figure["data"]] == [[40, 50]] * 2 + [[40, None]] + [[40, 50]] * 5
    assert {tuple(figure["layout"][f"yaxis{n or ''}"]["range"]) for n in (0, 2, 8)} == {(0, 100)}
    assert [cell.text for cell in table.rows[0].cells] == ["Define customer focus", "40.0", "50.0", "+10.0"]
    assert [cell.text for cell in table.rows[2].cells[1:]] == ["40.0", "–", "–"]


def test_one_cycle_alone_has_no_course():
    published()

    assert "trends" not in figures_of(signed_in(role="executive").get(reverse("dashboard")))


def test_each_score_of_the_trend_leads_to_how_it_was_made_in_its_own_cycle():
    published("first", scores={"ORG": 40})
    published("second", scores={"ORG": 50})
    client = signed_in(role="executive")

    rows = client.get(reverse("dashboard"), {"block": "B2"}).context["page"].panels["trend"].table.rows

    links = [row.cells[1].href for row in rows]
    assert [link.split("/")[3:7] for link in links] == [
        [code, "all", "blocks", "B2"] for code in ("first", "second")
    ]
    assert [client.get(link).status_code for link in links] == [200, 200]
