"""Why this score? From any figure to how it was made, and a proof that it is what the answers give."""

import re
from html import unescape
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from assessments.models import Analysis, Figure
from assessments.services import retention
from reports import queries, statistics
from reports.explanations import EXPLANATIONS
from reports.made import Found
from reports.statistics import Answers
from reports.trust import agreement, nonresponse
from tests.factories.reports import person, published
from tests.factories.statistics import published_with_statistics

pytestmark = pytest.mark.django_db
SCORING = Path(__file__).resolve().parents[3] / "docs" / "scoring.md"


def reader(role="executive", **who) -> Client:
    client = Client()
    client.force_login(person(role=role, **who))
    return client


def text_of(response) -> str:
    body = re.sub(r"<script.*?</script>", " ", response.content.decode(), flags=re.S)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


def address(cycle, audience="all", lens="blocks", dimension="B1", unit="ORG", *, again=False) -> str:
    url = reverse("dashboard_why", args=[cycle.code, audience, lens, dimension, unit])
    return url + ("?again=1" if again else "")


def test_a_figure_says_formula_numbers_statements_version_and_release():
    cycle = published_with_statistics()
    stored = Figure.objects.get(release__cycle=cycle, unit__code="ORG", audience="all", dimension="B1")

    said = text_of(reader().get(address(cycle)))

    assert f"Why {stored.score:.1f}? First block" in said
    assert "93 of 93 people asked" in said
    assert f"100 · ({stored.mean:.6f} − 1) / 4 = {stored.score:.6f}" in said
    assert "4 statements weigh 1/4 each" in said
    for number in range(1, 5):
        assert f"S{number} Statement {number}." in said
    assert "r*_wg(j)" in said
    assert "chance limit" in said
    assert "(statistics), version 1" in said
    assert "Release 1, published" in said
    assert cycle.releases.get().certificate["sha256"] in said


def test_the_counts_of_a_statement_stand_beside_it_and_hidden_ones_are_dashes():
    cycle = published_with_statistics()
    row = cycle.releases.get().distributions.get(unit__code="ORG", audience="all", item="S1")
    counts = " ".join(map(str, row.counts))
    url = address(cycle)

    assert f"S1 Statement 1. {sum(row.counts)} {counts}" in text_of(reader().get(url))
    row.delete()
    assert f"S1 Statement 1. {' '.join(['– not shown'] * 7)}" in text_of(reader().get(url))


@pytest.mark.parametrize("audience", ["all", "staff", "manager", "composite"])
@pytest.mark.parametrize("dimension", ["B1", "ALL"])
def test_the_button_proves_a_figure_from_the_stored_sums(audience, dimension):
    cycle = published_with_statistics()

    said = text_of(reader().get(address(cycle, audience, dimension=dimension, again=True)))

    assert "Proven: computed from the stored sums just now" in said


def test_a_figure_that_was_changed_is_not_proven():
    cycle = published_with_statistics()
    Figure.objects.filter(release__cycle=cycle, audience="all", dimension="B1").update(score=99.0)

    said = text_of(reader().get(address(cycle, again=True)))

    assert "Not proven: a value differs" in said


def test_a_distribution_that_was_changed_is_not_proven():
    cycle = published_with_statistics()
    cycle.releases.get().distributions.filter(unit__code="ORG", item="S1").update(counts=[93, 0, 0, 0, 0])

    assert "Not proven" in text_of(reader().get(address(cycle, again=True)))


def test_once_the_answers_are_deleted_the_page_says_that_figures_cannot_be_proved_any_more():
    cycle = published_with_statistics()
    retention.delete(cycle=cycle.pk)
    drivers = reverse("dashboard_why_analysis", args=[cycle.code, "drivers"])

    said = text_of(reader().get(address(cycle, again=True)))

    assert "The answers of this cycle are deleted and the sums of small groups merged" in said
    assert "Proven: " in text_of(reader().get(f"{drivers}?again=1"))


def test_the_composite_shows_its_weights_and_parts():
    cycle = published("autumn", scores={"ORG": 60})

    said = text_of(reader().get(address(cycle, "composite")))

    assert "0.40 · Staff + 0.30 · Managers + 0.30 · Evidence / 1.00" in said
    assert "(0.40 · 58.00 + 0.30 · 63.00 + 0.30 · 50.00) / 1.00" in said


def test_without_the_split_the_composite_takes_all_answers_with_both_weights():
    hidden = {("ORG", who, "B1"): None for who in ("staff", "manager")}
    cycle = published("autumn", scores={"ORG": 60}, changes=hidden)

    assert "0.70 · All answers + 0.30 · Evidence" in text_of(reader().get(address(cycle, "composite")))


def test_all_together_shows_the_weighted_mean_of_its_blocks():
    cycle = published("autumn", scores={"ORG": 60})

    said = text_of(reader().get(address(cycle, dimension="ALL")))

    assert "1.00 · B1 + 1.00 · B2" in said
    assert "/ 8.00 = 60.000000" in said


def test_the_organisations_gate_is_named_with_the_block_that_holds_it_back():
    cycle = published("autumn", scores={"ORG": 60})

    said = text_of(reader().get(address(cycle, dimension="ALL")))

    assert "Level 4, Aligned: from 60.0 on." in said
    assert "The organisation's level is 2" in said
    assert "Make a business case holds it back" in said


def test_a_bound_says_that_it_is_one():
    cycle = published(
        "autumn", changes={("ORG", "all", "B1"): {"score": 87.5, "mean": 4.5, "band": 1, "se": None}}
    )

    said = text_of(reader().get(address(cycle)))

    assert "Why at least 87.5?" in said
    assert "only the bound is published" in said


def test_a_hidden_figure_says_why_there_is_none():
    cycle = published("autumn", scores={"ORG": 60, "NORTH": None})

    said = text_of(reader().get(address(cycle, unit="NORTH")))

    assert "Why no figure?" in said
    assert "fewer than 5 people answered" in said
    assert "Compute it again" not in said


@pytest.mark.parametrize(
    "wrong", [{"audience": "nobody"}, {"lens": "nonsense"}, {"dimension": "B99"}, {"unit": "NOWHERE"}]
)
def test_what_is_not_there_is_not_found(wrong):
    cycle = published("autumn")

    assert reader().get(address(cycle, **wrong)).status_code == 404


def test_every_score_of_the_dashboard_leads_to_how_it_was_made():
    cycle = published("autumn")

    page = reader().get(reverse("dashboard")).content.decode()

    for audience in ("all", "staff", "manager", "evidence", "composite"):
        assert f'href="{address(cycle, audience)}"' in page
    assert f'href="{address(cycle, unit="NORTH")}"' in page
    assert f'href="{address(cycle, dimension="ALL")}"' in page


def test_the_page_needs_the_same_queries_for_two_units_and_for_forty(django_assert_max_num_queries):
    few = published("few", units={"ORG": None, "NORTH": "ORG"})
    many = published("many", units={"ORG": None} | {f"U{number}": "ORG" for number in range(40)})
    client = reader()

    for cycle in (few, many):
        for audience in ("all", "composite"):
            with django_assert_max_num_queries(16):
                client.get(address(cycle, audience))


def test_drivers_say_what_they_rest_on_and_are_proved():
    cycle = published_with_statistics()
    url = reverse("dashboard_why_analysis", args=[cycle.code, "drivers"])

    said = text_of(reader().get(f"{url}?again=1"))

    assert "Together the blocks explain" in said
    assert "associations, not causes" in said
    assert "93 people count in every block and in the outcome." in said
    assert "B2 Second block" in said
    assert "Proven: " in said


def test_the_screen_shows_scores_with_and_without_careless_answers():
    cycle = published_with_statistics()
    Analysis.objects.filter(release__cycle=cycle, kind="careless").update(
        result={
            "n": 93,
            "flagged": 9,
            "scores": [{"lens": "blocks", "dimension": "B1", "n": 84, "score": 51.26}],
        },
    )
    url = reverse("dashboard_why_analysis", args=[cycle.code, "careless"])

    said = text_of(reader().get(url))

    assert "9 of 93 people (9.7 %)" in said
    assert "51.3" in said
    assert "Second block" not in said


@pytest.mark.parametrize(
    ("kind", "result", "said"),
    [
        ("drivers", {"withheld": "few", "needed": 114}, "needs 114 people"),
        ("drivers", {"withheld": "left_out"}, "fewer than 5 people would be left out"),
        ("drivers", None, "before there was driver analysis"),
        ("careless", {"withheld": "left_out"}, "fewer than 5 people gave such answers"),
        ("careless", {"withheld": "short"}, "too short for the screen"),
        ("careless", None, "before there was a screen"),
    ],
)
def test_what_is_withheld_says_why(kind, result, said):
    cycle = published("autumn")
    if result:
        Analysis.objects.create(release=cycle.releases.get(), kind=kind, result=result)

    page = text_of(reader().get(reverse("dashboard_why_analysis", args=[cycle.code, kind])))

    assert said in page
    assert "Compute it again" not in page


def test_statements_and_drivers_come_as_plain_data():
    cycle = published_with_statistics()
    release = queries.published_cycles()[-1]
    top = queries.tree(release).units[0]

    told = statistics.answers(release, top)
    only = statistics.answers(release, top, audience="manager", block="B2")
    drivers = statistics.drivers(release)

    assert [one.item for one in told] == [*(f"S{number}" for number in range(1, 9)), "SO"]
    assert told[-1].block == statistics.OUTCOME
    assert [one.item for one in only] == ["M5", "M6", "M7", "M8"]
    assert sum(drivers.importance.values()) == pytest.approx(1)
    assert drivers.drivers[0].block == "B2"
    assert cycle.code == release.code


def test_a_reversed_statement_is_turned_round_for_its_score():
    told = Answers("S1", "", "all", "B1", reverse=True, counts=(6, 2, 0, 0, 0))

    assert told.keyed == (0, 0, 0, 2, 6)
    assert told.score == pytest.approx(93.75)
    assert told.favourable == 100
    assert told.shares == (75, 25, 0, 0, 0)


def test_non_response_is_bounded_only_below_sixty_per_cent():
    assert nonresponse(Found(60.0, n=60, invited=100)) == ""
    assert nonresponse(Found(60.0, n=50, invited=100)) == "50 of 100 answered: between 30.0 and 80.0"


def test_people_who_agree_by_chance_alone_are_told_apart():
    split, alike = ((4, 0, 0, 0, 4), (0, 1, 7, 0, 0))

    def said(counts):
        return dict(agreement([Answers("S1", "", "all", "B1", reverse=False, counts=counts)]))["ad"]

    assert "by chance alone" in said(split)
    assert "beyond chance" in said(alike)


def test_every_explanation_is_two_sentences_and_stands_word_for_word_in_the_handbook():
    handbook = re.sub(r"\s+", " ", SCORING.read_text(encoding="utf-8"))

    for key, one in EXPLANATIONS.items():
        for sentence in (str(one.what), str(one.how)):
            assert sentence.endswith("."), key
            assert not re.search(r"[.?!] [A-Z]", sentence), key
        assert one.sentences in handbook, key
