"""Figures to watch, logs without personal data, and what the doctor says of settings."""

import json
import logging

import pytest
from django.test import RequestFactory

from cfm.lib import jobs
from cfm.operation import doctor
from cfm.settings import LOGGING


def finding(findings, about, word):
    return [one for one in findings if one.about == about and word in one.text]


@pytest.mark.django_db
def test_metrics_are_not_found_without_the_token(client, settings):
    settings.METRICS_TOKEN = ""

    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.django_db
def test_metrics_name_no_address_and_need_the_same_queries_whatever_there_is(
    client, settings, django_assert_num_queries
):
    settings.METRICS_TOKEN = "figures"
    client.get("/assess/t/secret-token/")

    with django_assert_num_queries(3):
        answer = client.get("/metrics", headers={"Authorization": "Bearer figures"})

    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'cfm_requests_total{status="4xx"}' in text
    assert "assess" not in text
    assert "secret" not in text


def formatted(record):
    """What the console handler of our settings writes for the record in the JSON format."""
    from logging.config import DictConfigurator

    made = DictConfigurator(LOGGING | {"root": {}, "loggers": {}})
    made.configure_custom({"()": "cfm.lib.logs.WithoutPersonalData"}).filter(record)
    return made.configure_formatter(dict(LOGGING["formatters"]["json"])).format(record)


def test_log_lines_hold_no_link_no_address_and_no_request():
    request = RequestFactory().post("/assess/t/abc123/", {"comment": "canary"})
    record = logging.makeLogRecord(
        {
            "name": "django.request",
            "levelname": "ERROR",
            "msg": "Internal Server Error: %s for %s",
            "args": ("/assess/t/abc123/", "ann@firm.example"),
            "request": request,
        }
    )

    line = json.loads(formatted(record))

    assert line["message"] == "Internal Server Error: /assess/t/…/ for …@…"
    assert (line["level"], line["logger"]) == ("ERROR", "django.request")
    assert "request" not in line


@pytest.mark.django_db
def test_the_doctor_says_what_to_do_about_settings_people_and_keys(settings, tmp_path):
    (settings.KEY_DIR / "open.key").touch(mode=0o640)
    settings.HTTPS = False

    findings = doctor.examine()

    assert finding(findings, "settings", "not https")[0].state == "warning"
    assert finding(findings, "data folder", "chmod go=")[0].state == "wrong"
    assert finding(findings, "people", "No administrator")[0].state == "wrong"
    assert finding(findings, "database", "load_framework")[0].state == "warning"
    assert finding(findings, "jobs", "Nothing waits")[0].state == "ok"


@pytest.mark.django_db
def test_the_doctor_sees_jobs_that_nobody_does_and_does_not_fall_ill_itself(monkeypatch):
    monkeypatch.setattr(jobs, "late", lambda after: 7)

    def broken(**_arguments):
        raise RuntimeError("no entry")

    monkeypatch.setattr(doctor, "_keys", broken)

    findings = doctor.examine()

    assert finding(findings, "jobs", "7 jobs have waited")[0].state == "wrong"
    assert finding(findings, "keys", "RuntimeError")[0].state == "wrong"
