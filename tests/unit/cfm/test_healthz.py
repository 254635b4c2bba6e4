"""/healthz: 200 only if database, migrations and broker are well."""

from types import SimpleNamespace

import pytest
from django.db import DatabaseError

from cfm import views
from cfm.lib import worker

pytestmark = pytest.mark.django_db


def _broken():
    raise DatabaseError("password=secret")


def test_all_well_is_200_and_says_so_in_json_to_anyone(client):
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"ok": True, "database": "ok", "migrations": "ok", "broker": "ok"}


@pytest.mark.parametrize("part", ["database", "migrations", "broker"])
def test_one_part_unwell_is_503_without_telling_more_than_the_kind_of_fault(client, monkeypatch, part):
    monkeypatch.setattr(views, f"_{part}", _broken)

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["ok"] is False
    assert answer.json()[part] == "DatabaseError"
    assert "secret" not in answer.content.decode()


def test_a_migration_still_to_apply_is_503(client, monkeypatch):
    monkeypatch.setattr(
        "django.db.migrations.executor.MigrationExecutor.migration_plan", lambda *_args: [1, 2]
    )

    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()["migrations"]) == (503, "2 to apply")


def test_an_embedded_worker_that_does_not_listen_is_503(client, monkeypatch):
    monkeypatch.setattr(worker, "embedded", SimpleNamespace(alive=False))

    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()["broker"]) == (503, "no worker")
