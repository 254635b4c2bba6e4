"""More time: to later only, announced, and never once the close is on its way."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from assessments.models import Cycle, Extension
from assessments.services import ballot, counting, cycles, extend
from assessments.services.errors import TransitionError
from cfm.lib.models import AuditEvent
from tests.factories import assessments as make
from tests.factories.organisation import PersonFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture
def cycle():
    end = timezone.now().replace(second=0, microsecond=0) + 3 * DAY
    return make.open_cycle(code="spring", closes_at=end)


@pytest.fixture
def hr():
    browser = Client()
    browser.force_login(PersonFactory(roles=["hr"]))
    return browser


def stored(cycle):
    return Cycle.objects.get(pk=cycle.pk).closes_at


def test_the_closing_time_moves_to_later_and_is_written_down(cycle):
    until = cycle.closes_at + DAY

    extend.extend(cycle=cycle, closes_at=until, by=7)

    assert stored(cycle) == until
    assert Extension.objects.get().was == cycle.closes_at
    assert AuditEvent.objects.filter(action="cycle.extend", actor=7).count() == 1


def test_the_same_time_again_changes_nothing(cycle):
    for _time in range(2):
        extend.extend(cycle=cycle, closes_at=cycle.closes_at + DAY)

    assert Extension.objects.count() == 1


def test_an_earlier_time_is_refused(cycle):
    with pytest.raises(TransitionError, match="later"):
        extend.extend(cycle=cycle, closes_at=cycle.closes_at - DAY)

    assert stored(cycle) == cycle.closes_at


def test_a_time_that_is_over_can_not_be_extended(cycle):
    Cycle.objects.filter(pk=cycle.pk).update(closes_at=timezone.now() - timedelta(seconds=1))

    with pytest.raises(TransitionError, match="being closed"):
        extend.extend(cycle=cycle, closes_at=timezone.now() + DAY)


def test_a_cycle_whose_close_was_asked_for_can_not_be_extended(cycle):
    cycles.request_close(cycle=cycle)

    with pytest.raises(TransitionError, match="being closed"):
        extend.extend(cycle=cycle, closes_at=cycle.closes_at + DAY)


def test_a_cycle_that_is_closed_or_has_no_end_can_not_be_extended(cycle):
    endless = make.open_cycle(code="endless")
    counting.count(cycle=cycle.pk)

    for row, words in ((cycle, "open cycle"), (endless, "no announced end")):
        with pytest.raises(TransitionError, match=words):
            extend.extend(cycle=row, closes_at=timezone.now() + 9 * DAY)


def test_after_an_extension_answers_are_taken_until_the_new_time(cycle):
    extend.extend(cycle=cycle, closes_at=cycle.closes_at + DAY)

    assert ballot.closing(Cycle.objects.get(pk=cycle.pk)).announced == cycle.closes_at + DAY


def test_respondents_are_told_of_the_extension_before_they_begin(cycle):
    browser = Client()
    browser.force_login(make.invitations(cycle)[0].person)
    before = browser.get("/assess/spring/").content.decode()

    extend.extend(cycle=cycle, closes_at=cycle.closes_at + DAY)

    assert "There is more time" not in before
    assert "There is more time" in browser.get("/assess/spring/").content.decode()


def test_the_form_extends_and_leads_back_to_the_cycle(cycle, hr):
    until = cycle.closes_at + DAY

    response = hr.post("/cycles/spring/extend/", {"closes_at": until.strftime("%Y-%m-%dT%H:%M")})

    assert response.headers["Location"] == "/cycles/spring/"
    assert stored(cycle) == until


@pytest.mark.parametrize("days", [-1, 0])
def test_the_form_refuses_what_is_not_later(cycle, hr, days):
    until = cycle.closes_at + days * DAY

    response = hr.post("/cycles/spring/extend/", {"closes_at": until.strftime("%Y-%m-%dT%H:%M")})

    assert response.status_code == 400
    assert "Choose a later time" in response.content.decode()
    assert stored(cycle) == cycle.closes_at


@pytest.mark.parametrize("text", ["", "soon", "2099-03-29T02:30"])
def test_a_time_that_can_not_be_read_or_does_not_exist_is_refused(cycle, hr, settings, text):
    settings.TIME_ZONE = "Europe/Berlin"  # on 29 March 2099 the clocks go from 2 to 3

    response = hr.post("/cycles/spring/extend/", {"closes_at": text})

    assert response.status_code == 400
    assert stored(cycle) == cycle.closes_at


def test_a_refusal_of_the_service_is_shown_on_the_form(cycle, hr):
    cycles.request_close(cycle=cycle)

    response = hr.post("/cycles/spring/extend/", {"closes_at": "2099-01-01T12:00"})

    assert response.status_code == 400
    assert "being closed already" in response.content.decode()
