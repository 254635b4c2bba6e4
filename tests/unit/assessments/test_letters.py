"""Letters: one page a person without e-mail, and nothing about who has answered."""

import io
import re
from datetime import timedelta

import pytest
import segno
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.models import Link
from assessments.services import counting, letters, links
from assessments.services.errors import ServiceError, TransitionError
from organisation.models import Person
from tests.factories import assessments as make
from tests.factories.organisation import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture
def cycle():
    """Six people in NORTH and three in SOUTH; two in each have no address."""
    made = make.open_cycle(
        code="spring", people={"NORTH": (6, 0), "SOUTH": (3, 0)}, closes_at=timezone.now() + timedelta(days=3)
    )
    for unit in ("NORTH", "SOUTH"):
        some = [row.person_id for row in make.invitations(made, unit__code=unit)[:2]]
        Person.objects.filter(pk__in=some).update(email=None)
    return made


@pytest.fixture
def hr():
    browser = Client()
    browser.force_login(PersonFactory(roles=["hr"]))
    return browser


def test_each_person_without_an_address_gets_a_letter_in_the_order_of_units_and_names(cycle):
    made = letters.write(cycle=cycle)

    assert [(letter.unit, letter.name) for letter in made] == [
        (row.unit.name, row.person.name) for row in make.invitations(cycle) if row.person.email is None
    ]


def test_address_and_code_of_a_letter_open_its_owners_questionnaire(cycle):
    for letter in letters.write(cycle=cycle):
        token = re.fullmatch(r"http://[^/]+/assess/t/([\w-]{22})/", letter.url)[1]

        assert links.by_token(token).invitation.person.name == letter.name
        assert links.by_code(letter.code).invitation.person.name == letter.name


def test_the_qr_code_is_of_the_letters_own_address(cycle):
    letter = letters.write(cycle=cycle)[0]
    expected = io.BytesIO()
    shape = segno.make_qr(letter.url, error="m")
    shape.save(expected, kind="svg", xmldecl=False, omitsize=True, border=2, svgclass="qr", lineclass=None)

    assert letter.qr == expected.getvalue().decode()
    assert "style=" not in letter.qr


def test_printing_again_makes_new_codes_and_the_old_ones_stay_valid(cycle):
    first = letters.write(cycle=cycle)
    second = letters.write(cycle=cycle)

    codes = {letter.code for letter in first + second}
    assert len(codes) == 8
    assert all(links.by_code(code) for code in codes)


def test_a_unit_or_everybody_can_be_chosen(cycle):
    assert len(letters.write(cycle=cycle, unit="SOUTH")) == 2
    assert len(letters.write(cycle=cycle, with_email=True)) == 9
    assert len(letters.write(cycle=cycle, unit="SOUTH", with_email=True)) == 3


def test_who_has_answered_changes_nothing_in_the_letters_or_in_the_tables(cycle):
    before = [(letter.name, letter.unit) for letter in letters.write(cycle=cycle)]
    make.submitted(cycle, rows=make.invitations(cycle, person__email=None)[:2])

    after = [(letter.name, letter.unit) for letter in letters.write(cycle=cycle)]

    assert before == after
    numbers = {
        Link.objects.filter(invitation=row).count() for row in make.invitations(cycle, person__email=None)
    }
    assert numbers == {4}


def test_nobody_to_write_to_and_too_many_at_once_are_said_so(cycle, monkeypatch):
    monkeypatch.setattr(letters, "MOST_LETTERS", 3)

    with pytest.raises(ServiceError, match="choose a unit"):
        letters.write(cycle=cycle)
    with pytest.raises(ServiceError, match="nobody"):
        letters.write(cycle=cycle, unit="ORG")
    assert not Link.objects.exists()


def test_no_letters_after_the_close(cycle):
    counting.count(cycle=cycle.pk)

    with pytest.raises(TransitionError):
        letters.write(cycle=cycle)


def test_letters_need_the_same_queries_for_few_and_for_many():
    needed = []
    for number in (3, 30):
        cycle = make.open_cycle(code=f"with-{number}", people={"NORTH": (number, 0)})
        with CaptureQueriesContext(connection) as found:
            letters.write(cycle=cycle, with_email=True)
        needed.append(len(found))

    assert needed[0] == needed[1] < 12


def test_looking_at_the_page_of_letters_makes_none(cycle, hr):
    page = hr.get("/cycles/spring/letters/").content.decode()

    assert "4 people have no e-mail address." in page
    assert not Link.objects.exists()


def test_the_printed_page_shows_each_letter_once_and_is_kept_nowhere(cycle, hr):
    response = hr.post("/cycles/spring/letters/", {"unit": "SOUTH"})

    page = response.content.decode()
    empty = hr.get("/cycles/spring/letters/").content.decode()
    codes = re.findall(r"(?:[A-Z]{4}-){3}[A-Z]{4}", page)
    assert len(codes) == page.count('class="letter"') == page.count("<svg") - empty.count("<svg") == 2
    assert all(links.by_code(code) for code in codes)
    assert "/assess/code/" in page
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("unit", ["NOWHERE", "' OR 1=1"])
def test_an_unknown_unit_is_refused(cycle, hr, unit):
    response = hr.post("/cycles/spring/letters/", {"unit": unit})

    assert response.status_code == 400
    assert not Link.objects.exists()


def test_letters_for_nobody_say_so(cycle, hr):
    Person.objects.filter(email=None).update(is_active=False)

    response = hr.post("/cycles/spring/letters/", {"unit": "NORTH"})

    assert response.status_code == 409
    assert "nobody to write to" in response.content.decode()


def test_a_cycle_that_is_not_open_has_no_page_of_letters(hr):
    make.cycle_draft(code="sketch")

    assert hr.get("/cycles/sketch/letters/").status_code == 404
