"""Rating in the browser: who may see and do what, saved as one goes, shown side by side, signed off."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.models import Cycle
from cfm.lib.models import AuditEvent
from competencies.models import Rating, RatingChange, Sheet
from competencies.services import ratings
from organisation.models import Person
from tests.factories.assessments import open_cycle
from tests.factories.competencies import competency, imported, rated
from tests.factories.organisation import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle() -> Cycle:
    return open_cycle(code="spring", people={"ORG": (1, 1)}, units={"ORG": None})


@pytest.fixture
def boss(cycle: Cycle) -> Person:
    return PersonFactory(person_id="M1", name="Mona", roles=["manager"])


@pytest.fixture
def ada(boss: Person) -> Person:
    competency("C1"), competency("C2")
    return PersonFactory(person_id="A1", name="Ada", manager=boss)


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def url(name: str, person: Person, cycle: str = "spring") -> str:
    return reverse(name, args=[cycle, person.person_id])


def give(client: Client, person: Person, level: int | str, code: str = "C1", note: str = "", **headers: str):
    data = {"competency": code, "level": level, "note": note}
    return client.post(url("rating_rate", person), data, headers=headers)


# Who sees what


def test_a_sheet_is_seen_by_the_person_their_line_manager_and_hr_and_by_nobody_else(ada, boss):
    colleague = PersonFactory(manager=boss)
    grand_boss = PersonFactory(roles=["manager"])
    Person.objects.filter(pk=boss.pk).update(manager=grand_boss)
    roles = {role: PersonFactory(roles=[role]) for role in ("hr", "executive", "administrator", "auditor")}
    readers = {"self": ada, "boss": boss, "colleague": colleague, "grand boss": grand_boss, **roles}

    seen = {name: browser(one).get(url("rating_sheet", ada)).status_code for name, one in readers.items()}

    assert seen == {
        "self": 200,
        "boss": 200,
        "hr": 200,
        "colleague": 404,
        "grand boss": 404,
        "executive": 404,
        "administrator": 404,
        "auditor": 404,
    }


def test_a_line_manager_without_the_role_manager_rates_nobody(ada, cycle):
    Person.objects.filter(pk=ada.pk).update(manager=PersonFactory(person_id="X1"))
    client = browser(Person.objects.get(person_id="X1"))

    assert client.get(url("rating_sheet", ada)).status_code == 404
    assert give(client, ada, 3).status_code == 404


def test_hr_with_a_part_of_the_organisation_sees_no_sheet_outside_it(ada):
    from tests.factories.organisation import UnitFactory

    north = UnitFactory(code="NORTH")
    client = browser(PersonFactory(roles={"hr": north}))

    assert client.get(url("rating_sheet", ada)).status_code == 404
    assert client.get(url("rating_sheet", PersonFactory(unit=north))).status_code == 200


def test_hr_reads_and_rates_nobody(ada, cycle):
    client = browser(PersonFactory(roles=["hr"]))

    answer = give(client, ada, 3)

    assert answer.status_code == 409
    assert not Rating.objects.exists()
    assert not Sheet.objects.exists()


@pytest.mark.parametrize("code", ["never", "sketch"])
def test_a_sheet_of_a_cycle_that_was_not_opened_is_not_found(ada, code):
    from tests.factories.assessments import cycle_draft

    cycle_draft(code="sketch")

    assert browser(ada).get(url("rating_sheet", ada, code)).status_code == 404


# Rating


def test_a_level_is_saved_as_one_goes_and_htmx_gets_the_line_that_says_so(ada):
    client = browser(ada)

    answer = give(client, ada, 4, note="I asked first", **{"HX-Request": "true"})

    assert b"Level 4 is saved." in answer.content
    assert b"<html" not in answer.content
    rating = Rating.objects.get()
    assert (rating.rater, rating.level, rating.note) == ("self", 4, "I asked first")


def test_what_is_saved_as_one_goes_can_be_undone_at_once_and_is_counted(ada):
    client = browser(ada)

    line = give(client, ada, 4, **{"HX-Request": "true"}).content.decode()
    undone = client.post(url("rating_undo", ada), {"competency": "C1"})

    assert "1 of 2 rated" in line
    assert re.search(rf'id="undo-C1"[^>]*hx-swap-oob="true">\s*<form[^>]*{url("rating_undo", ada)}', line)
    assert undone["Location"].endswith("#rate-C1")
    assert not Rating.objects.exists()


def test_the_behaviours_stand_beside_the_levels(ada):
    content = browser(ada).get(url("rating_sheet", ada)).content.decode()

    for level in range(1, 6):
        assert f"Does C1 at level {level}." in content


@pytest.mark.parametrize("level", ["0", "6", "many", "2.5"])
def test_a_level_that_is_none_is_refused_and_nothing_is_kept(ada, level):
    answer = give(browser(ada), ada, level)

    assert answer.status_code == 400
    assert b"Choose a level from 1 to 5." in answer.content
    assert not Rating.objects.exists()


def test_a_note_that_is_too_long_is_refused(ada):
    assert give(browser(ada), ada, 3, note="x" * 2001).status_code == 400
    assert not Rating.objects.exists()


def test_undo_puts_back_level_and_note_step_by_step_and_the_history_keeps_all(ada):
    client = browser(ada)
    for level, note in ((2, "a"), (3, "b"), (5, "c")):
        give(client, ada, level, note=note)

    for _time in range(2):
        client.post(url("rating_undo", ada), {"competency": "C1"})

    kept = Rating.objects.get()
    assert (kept.level, kept.note) == (2, "a")
    client.post(url("rating_undo", ada), {"competency": "C1"})
    assert not Rating.objects.exists()
    assert client.post(url("rating_undo", ada), {"competency": "C1"}).status_code == 409
    assert RatingChange.objects.count() == 6


def test_saying_the_same_again_leaves_no_second_line_in_the_history(ada):
    for _time in range(2):
        give(browser(ada), ada, 3)

    assert RatingChange.objects.count() == 1


def test_each_side_sees_the_other_only_when_both_are_in(ada, boss, cycle):
    rated(cycle, ada, ada, {"C1": 5})
    ratings.rate(
        cycle=cycle, person=ada, competency=Rating.objects.get().competency, level=2, note="SECRET", by=boss
    )

    before = browser(ada).get(url("rating_sheet", ada)).content.decode()
    ratings.hand_in(cycle=cycle, person=ada, by=boss)
    after = browser(ada).get(url("rating_sheet", ada)).content.decode()

    assert "SECRET" not in before
    assert "SECRET" in after


def test_the_manager_sees_nothing_of_the_person_before_handing_in(ada, boss, cycle):
    one = competency("C3")
    ratings.rate(cycle=cycle, person=ada, competency=one, level=5, note="SECRET", by=ada)
    ratings.hand_in(cycle=cycle, person=ada, by=ada)

    pages = [
        url("rating_sheet", ada),
        reverse("competency_person", args=["A1"]),
        reverse("gaps"),
        reverse("ratings"),
    ]
    for page in pages:
        answer = browser(boss).get(page)

        assert answer.status_code == 200
        assert "SECRET" not in answer.content.decode()
    line = next(
        line for line in browser(boss).get(pages[1]).context["page"].lines if line.competency.code == "C3"
    )
    assert (line.own, line.gap) == (0, None)


def test_hr_sees_a_side_once_it_is_handed_in_and_no_draft(ada, boss, cycle):
    client = browser(PersonFactory(roles=["hr"]))
    rated(cycle, ada, ada, {"C1": 4})
    rated(cycle, ada, boss, {"C1": 2}, hand_in=False)

    line = client.get(url("rating_sheet", ada)).context["lines"][0]

    assert (line.own.level, line.manager) == (4, None)


def test_nothing_is_rated_after_handing_in_until_it_is_taken_back(ada, cycle):
    client = browser(ada)
    rated(cycle, ada, ada, {"C1": 4})

    assert give(client, ada, 5).status_code == 409
    client.post(url("rating_take_back", ada))
    assert give(client, ada, 5).status_code == 302
    assert Rating.objects.get().level == 5


def test_an_empty_sheet_cannot_be_handed_in(ada):
    answer = browser(ada).post(url("rating_hand_in", ada))

    assert answer.status_code == 409
    assert not Sheet.objects.exists()


def test_the_conversation_goes_from_agreement_to_sign_off_to_reply(ada, boss, cycle):
    rated(cycle, ada, ada, {"C1": 5})
    rated(cycle, ada, boss, {"C1": 2})
    person, manager = browser(ada), browser(boss)

    manager.post(url("rating_agree", ada), {"competency": "C1", "level": 3})
    manager.post(url("rating_comment", ada), {"text": "Good year"})
    person.post(url("rating_comment", ada), {"text": "I see it"})
    signed = manager.post(url("rating_sign_off", ada))
    person.post(url("rating_reply", ada), {"text": "Thank you"})

    sheet = Sheet.objects.get()
    assert signed.status_code == 302
    assert (sheet.manager_comment, sheet.person_comment, sheet.reply) == (
        "Good year",
        "I see it",
        "Thank you",
    )
    assert (sheet.signed_off_by, sheet.manager_levels[0], sheet.ratings.get(rater="manager").level) == (
        boss,
        "3",
        2,
    )
    assert AuditEvent.objects.filter(action="rating.sign_off", actor=boss.pk).exists()
    for name in ("rating_take_back", "rating_agree", "rating_sign_off", "rating_comment"):
        assert manager.post(url(name, ada), {"competency": "C1", "level": 4, "text": "no"}).status_code == 409
    assert Sheet.objects.get().manager_comment == "Good year"


def test_the_conversation_begins_with_where_the_two_are_furthest_apart(ada, boss, cycle):
    rated(cycle, ada, ada, {"C1": 5, "C2": 3})
    before = browser(ada).get(url("rating_sheet", ada)).content.decode()
    rated(cycle, ada, boss, {"C1": 2, "C2": 3})

    page = re.sub(r"\s+", " ", browser(ada).get(url("rating_sheet", ada)).content.decode())

    assert "Furthest apart" not in before
    assert "Both give the same level for 1 of 2 competencies." in page
    assert "Furthest apart: Competency C1 (self 5, manager 2)." in page
    assert "3 levels apart" in page


def test_an_agreed_level_is_saved_as_one_goes_and_a_wrong_one_is_told(ada, boss, cycle):
    rated(cycle, ada, ada, {"C1": 5})
    rated(cycle, ada, boss, {"C1": 2})

    def choose(level: str) -> str:
        data = {"competency": "C1", "level": level}
        return (
            browser(boss)
            .post(url("rating_agree", ada), data, headers={"HX-Request": "true"})
            .content.decode()
        )

    assert "Saved." in choose("4")
    assert "Choose a level from 1 to 5." in choose("6")
    assert Rating.objects.get(rater="manager").agreed == 4


def test_taking_ratings_back_takes_agreed_levels_out_and_the_history_says_so(ada, boss, cycle):
    rated(cycle, ada, ada, {"C1": 5})
    rated(cycle, ada, boss, {"C1": 2})
    browser(boss).post(url("rating_agree", ada), {"competency": "C1", "level": 4})

    told = browser(ada).get(url("rating_sheet", ada)).content.decode()
    browser(ada).post(url("rating_take_back", ada))

    assert "also takes out the levels you agreed on" in told
    last = RatingChange.objects.filter(what="agreed").latest("pk")
    assert (last.by, last.old_level, last.new_level) == (ada, 4, None)
    assert Rating.objects.get(rater="manager").agreed is None


def test_signing_off_asks_first_since_it_ends_the_rating(ada, boss, cycle):
    assert browser(boss).get(url("rating_sign_off", ada)).status_code == 404
    rated(cycle, ada, ada, {"C1": 5})
    rated(cycle, ada, boss, {"C1": 2})

    asked = browser(boss).get(url("rating_sign_off", ada))

    assert "Sign the sheet of Ada off?" in asked.content.decode()
    assert not Sheet.objects.get().signed_off
    assert browser(ada).get(url("rating_sign_off", ada)).status_code == 404


def test_only_the_manager_agrees_and_signs_off(ada, boss, cycle):
    rated(cycle, ada, ada, {"C1": 5})
    rated(cycle, ada, boss, {"C1": 2})
    client = browser(ada)

    assert client.post(url("rating_agree", ada), {"competency": "C1", "level": 5}).status_code == 409
    assert client.post(url("rating_sign_off", ada)).status_code == 409
    assert not Sheet.objects.get().signed_off


def test_a_level_off_the_scale_is_not_agreed(ada, boss, cycle):
    rated(cycle, ada, ada, {"C1": 5})
    rated(cycle, ada, boss, {"C1": 2})

    assert browser(boss).post(url("rating_agree", ada), {"competency": "C1", "level": "9"}).status_code == 400


@pytest.mark.parametrize("state", [Cycle.State.SCORED, Cycle.State.PUBLISHED, Cycle.State.ARCHIVED])
def test_ratings_are_taken_while_the_cycle_is_open_or_closed_only(ada, cycle, state):
    Cycle.objects.filter(pk=cycle.pk).update(state=Cycle.State.CLOSED)
    assert give(browser(ada), ada, 3).status_code == 302
    Cycle.objects.filter(pk=cycle.pk).update(state=state)

    assert give(browser(ada), ada, 4).status_code == 409
    assert Rating.objects.get().level == 3


# When the line manager changes


def test_the_rater_stays_until_the_rating_is_handed_over(ada, boss, cycle):
    rated(cycle, ada, boss, {"C1": 2}, hand_in=False)
    successor = PersonFactory(person_id="M2", roles=["manager"])
    Person.objects.filter(pk=ada.pk).update(manager=successor)

    refused = give(browser(successor), ada, 4).status_code
    kept = give(browser(boss), ada, 3).status_code
    browser(successor).post(url("rating_hand_over", ada))

    assert (refused, kept) == (409, 302)
    assert Sheet.objects.get().rater == successor
    assert browser(boss).get(url("rating_sheet", ada)).status_code == 404
    assert give(browser(successor), ada, 4).status_code == 302


def test_the_rated_person_hands_nothing_over(ada, boss, cycle):
    rated(cycle, ada, boss, {"C1": 2})
    Person.objects.filter(pk=ada.pk).update(manager=PersonFactory(roles=["manager"]))

    assert browser(ada).post(url("rating_hand_over", ada)).status_code == 404
    assert Sheet.objects.get().rater == boss


# Lists


def test_a_manager_finds_the_team_and_staff_find_only_themselves(ada, boss, cycle):
    assert "Ada" in browser(boss).get(reverse("ratings")).content.decode()
    assert browser(ada).get(reverse("ratings")).context["team"] == []


def test_hr_finds_who_still_has_to_rate_whom_and_others_may_not_look(ada, boss, cycle):
    imported(cycle, PersonFactory(name="Done", manager=boss), "manager", {"C1": 3})

    page = browser(PersonFactory(roles=["hr"])).get(reverse("ratings_progress"))

    debt = next(debt for debt in page.context["page"] if debt.rater == boss)
    assert debt.people == ["Ada"]
    assert debt.selves == ["Ada", "Done"]
    for role in ("manager", "executive", "administrator", "auditor"):
        assert browser(PersonFactory(roles=[role])).get(reverse("ratings_progress")).status_code == 403


def test_hr_finds_every_name_however_many_are_missing(boss, cycle):
    names = [f"Report {number:02}" for number in range(15)]
    for name in names:
        PersonFactory(name=name, manager=boss)

    page = browser(PersonFactory(roles=["hr"])).get(reverse("ratings_progress")).content.decode()

    assert [name for name in names if page.count(name) != 2] == []
    assert "and 3 more" in page


def test_an_unknown_cycle_is_not_found_and_without_cycles_the_page_says_what_to_do(ada):
    assert browser(ada).get(reverse("ratings"), {"cycle": "nix"}).status_code == 404
    Cycle.objects.all().delete()
    assert b"No ratings yet" in browser(ada).get(reverse("ratings")).content


def test_pages_of_ratings_need_the_same_queries_for_one_and_for_twenty_people(ada, boss, cycle):
    hr = PersonFactory(roles=["hr"])
    imported(cycle, ada, "self", {"C1": 3})

    def queries(reader: Person, address: str) -> int:
        client = browser(reader)
        client.get(address)
        with CaptureQueriesContext(connection) as caught:
            client.get(address)
        return len(caught)

    pages = [(boss, reverse("ratings")), (hr, reverse("ratings_progress")), (boss, url("rating_sheet", ada))]
    few = [queries(*page) for page in pages]
    for number in range(20):
        competency(f"D{number}")
        imported(cycle, PersonFactory(manager=boss), "manager", {"C1": 3})

    assert [queries(*page) for page in pages] == few
