"""A service that is away for a moment is 503, to be tried again; a fault of ours is 500."""

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client
from redis import ConnectionError as NoRedis

from cfm import views

pytestmark = pytest.mark.django_db


def answer_to(monkeypatch, fault):
    def broken(*_arguments, **_options):
        raise fault

    monkeypatch.setattr(views, "constant_time_compare", broken)
    return Client(raise_request_exception=False).get("/metrics", headers={"Authorization": "Bearer x"})


@pytest.mark.parametrize(
    "fault", [OperationalError("database is locked"), InterfaceError("closed"), NoRedis("refused")]
)
def test_a_service_that_is_away_is_503_with_the_time_to_try_again(monkeypatch, settings, fault):
    settings.METRICS_TOKEN = "figures"

    answer = answer_to(monkeypatch, fault)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "Nothing of what you sent was stored" in answer.content.decode()


def test_a_fault_of_ours_is_500(monkeypatch, settings):
    settings.METRICS_TOKEN = "figures"

    assert answer_to(monkeypatch, ValueError("x")).status_code == 500
