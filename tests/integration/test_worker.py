"""Real workers: killed, doubled, without a broker, inside the web process, and behind Redis."""

import os
import signal
import sys
from urllib.parse import urlsplit

import pytest
import redis

from tests.factories.installation import on_postgresql

pytestmark = pytest.mark.xdist_group("installation")
DONE_ONCE = {"state": "done", "effects": 1, "message": ""}


def beside(url: str) -> str:
    """Return the address of the neighbouring database, emptied: other tests ring in their own all the time."""
    parts = urlsplit(url)
    found = parts._replace(path=f"/{int(parts.path.strip('/') or 0) ^ 1}").geturl()
    redis.Redis.from_url(found).flushdb()
    return found


def test_the_job_of_a_killed_worker_is_done_once_by_the_next(installation):
    assert installation.play("killed_worker") == DONE_ONCE | {"tries": 2}


def test_a_job_that_two_workers_are_told_of_is_done_once(installation):
    assert installation.play("two_workers") == DONE_ONCE | {"tries": 1}


def test_a_job_longer_than_its_lease_is_not_taken_for_dead(installation):
    assert installation.play("long_job") == DONE_ONCE | {"tries": 1, "taken": 0}


def test_the_embedded_worker_starts_works_gets_up_again_and_stops(installation):
    found = installation.play("embedded")

    assert found["first"] == found["second"] == DONE_ONCE | {"tries": 1}
    assert found["latency"] < 2
    assert found["restarts"] >= 1
    assert found["leaked"] <= 1
    assert found["threads left"] <= 2


def test_without_a_broker_work_is_asked_for_and_found_by_the_sweep(installation):
    installation.environment["REDIS_URL"] = "redis://127.0.0.1:1/0"

    found = installation.play("no_broker")

    assert (found["state"], found["effects"], found["waits"]) == ("done", 1, True)
    assert found["seconds"] < 5


def test_a_cycle_whose_time_is_over_is_closed_by_the_embedded_worker_alone(installation):
    cycle = installation.play("due_cycle")["cycle"]

    found = installation.play("sweeping", cycle=cycle)

    assert (found["state"], found["key gone"], found["responses"]) == ("closed", True, 16)


@pytest.mark.redis
@pytest.mark.skipif("REDIS_URL" not in os.environ, reason="REDIS_URL is not set: no Redis in this run")
def test_a_real_celery_worker_behind_redis_closes_a_cycle(installation):
    installation.environment["REDIS_URL"] = beside(os.environ["REDIS_URL"])
    schedule = str(installation.folder / "beat")
    celery = [sys.executable, "-m", "celery", "-A", "cfm", "worker", "-B", "-s", schedule]
    process = installation.start(*celery, "-c", "1", "--without-mingle", "--without-gossip")
    try:
        cycle = installation.play("ask_for_close")["cycle"]
        found = installation.play("look", cycle=cycle, seconds=60)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)

    assert (found["state"], found["key gone"], found["responses"]) == ("closed", True, 16)


@pytest.mark.skipif(not on_postgresql(), reason="cycles are counted in shares on PostgreSQL alone")
def test_a_worker_killed_in_the_middle_of_a_share_changes_nothing(installation):
    whole = installation.play("score_in_one_piece")

    found = installation.play("killed_share", cycle=whole["cycle"])

    assert (found["state"], found["told"]) == ("done", whole["told"])
    assert found["shares"] > 2


@pytest.mark.redis
@pytest.mark.skipif("REDIS_URL" not in os.environ, reason="REDIS_URL is not set: no Redis in this run")
@pytest.mark.skipif(not on_postgresql(), reason="cycles are counted in shares on PostgreSQL alone")
def test_one_two_and_four_worker_processes_store_the_same_bytes(installation):
    whole = installation.play("score_in_one_piece")
    installation.environment.update(REDIS_URL=beside(os.environ["REDIS_URL"]), SCORE_SHARE="40")

    for processes in ("1", "2", "4"):
        celery = [sys.executable, "-m", "celery", "-A", "cfm", "worker", "-c", processes]
        process = installation.start(*celery, "--without-mingle", "--without-gossip")
        try:
            asked = installation.play("ask_for_score", cycle=whole["cycle"])
            found = installation.play("look_at_score", cycle=whole["cycle"], job=asked["job"], seconds=100)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)

        assert (found["state"], found["told"]) == ("done", whole["told"]), processes
        assert found["shares"] > 2
