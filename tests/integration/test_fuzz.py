"""A few hundred generated requests; `make fuzz` sends a hundred thousand."""

import pytest
from django.http import HttpResponse

from tests.fuzz import send
from tests.fuzz.generate import MARK, Asked
from tests.fuzz.send import run
from tests.integration.test_permissions import World, world  # noqa: F401 - the fixture

NUMBER, SEED = 400, 1  # the same ones each time: `make fuzz` looks for new ones

pytestmark = pytest.mark.django_db


def test_no_generated_request_breaks_a_page_and_no_hostile_word_comes_back_as_it_is(world: World) -> None:  # noqa: F811
    outcome = run(world, number=NUMBER, seed=SEED, look=False, tell=lambda _outcome: None)

    assert outcome.faults == {}
    assert outcome.sent >= NUMBER
    assert len(outcome.names) > 80
    assert {"200", "302", "404", "405"} <= outcome.statuses.keys()


def test_the_judge_finds_a_word_that_comes_back_as_it_is(world: World) -> None:  # noqa: F811

    asked = Asked("home", "get", "/", "hr")

    assert send._wrong(HttpResponse(f"<p>{MARK}</p>"), asked) == "unescaped in home"
    assert send._wrong(HttpResponse(status=500), asked) == "500 in home"
    assert send._wrong(HttpResponse("<p>&lt;zz</p>"), asked) == ""
