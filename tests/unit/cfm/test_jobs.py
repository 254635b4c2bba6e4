"""Jobs: the row is the truth, whoever dies or is asked twice."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from cfm.lib import audit, jobs, tasks, worker
from cfm.lib.jobs import Claim, JobError, LeaseLostError
from cfm.lib.models import AuditEvent, Job

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(jobs, "HANDLERS", {"noop": lambda claim: None})
    monkeypatch.setattr(jobs, "PERIODIC", {})
    monkeypatch.setattr(jobs, "ring", lambda job, in_seconds=0: None)


def effects() -> int:
    return AuditEvent.objects.count()


def effect(claim: Claim) -> None:
    with claim.finishing():
        audit.record("test", claim.job.key, by=None)


def state(job: Job) -> str:
    job.refresh_from_db()
    return job.state


def make_due(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(not_before=timezone.now() - timedelta(seconds=1))


def lose_lease(job: Job) -> None:
    """What is seen when a worker was killed: running, and the lease is over."""
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_job_is_done_once_and_its_effect_and_done_are_one():
    jobs.HANDLERS["work"] = effect
    job = jobs.enqueue("work", key="a")

    assert [jobs.run(job.pk), jobs.run(job.pk)] == [True, False]
    assert (state(job), effects()) == (Job.State.DONE, 1)


def test_asking_twice_for_live_work_gives_the_same_job():
    assert jobs.enqueue("noop", key="a").pk == jobs.enqueue("noop", key="a").pk
    assert jobs.enqueue("noop", key="b").pk != jobs.enqueue("noop", key="a").pk


def test_work_that_is_done_can_be_asked_for_again():
    first = jobs.enqueue("noop", key="a")
    jobs.run(first.pk)

    assert jobs.enqueue("noop", key="a").pk != first.pk


def test_someone_who_asks_in_the_same_moment_gets_the_live_job(monkeypatch):
    """The row appears between the look and the insert."""
    real, seen = jobs._live, []

    def blind_once(kind, key):
        seen.append(kind)
        return Job.objects.none() if len(seen) == 1 else real(kind, key)

    first = jobs.enqueue("noop", key="a")
    monkeypatch.setattr(jobs, "_live", blind_once)

    assert jobs.enqueue("noop", key="a").pk == first.pk


def test_the_database_holds_one_live_job_a_key():
    jobs.enqueue("noop", key="a")

    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(kind="noop", key="a", not_before=timezone.now())


def test_work_that_nobody_handles_is_refused():
    with pytest.raises(KeyError):
        jobs.enqueue("unknown", key="a")


def test_a_job_asked_for_in_a_transaction_that_fails_does_not_exist():
    @transaction.atomic
    def ask_and_fall() -> None:
        jobs.enqueue("noop", key="a")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        ask_and_fall()

    assert not Job.objects.exists()


def test_workers_are_rung_after_the_commit_only(monkeypatch, django_capture_on_commit_callbacks):
    rung: list[object] = []
    monkeypatch.setattr(jobs, "ring", lambda job, in_seconds=0: rung.append(job))

    with django_capture_on_commit_callbacks(execute=True):
        job = jobs.enqueue("noop", key="a")
        assert rung == []

    assert rung == [job.pk]


def test_a_failing_job_is_tried_three_times_then_failed_with_a_message(caplog):
    tried: list[int] = []

    def fall(claim: Claim) -> None:
        tried.append(claim.job.tries)
        raise RuntimeError("secret detail")

    jobs.HANDLERS["work"] = fall
    job = jobs.enqueue("work", key="a")
    for _try in range(5):
        jobs.run(job.pk)
        make_due(job)

    assert tried == [1, 2, 3]
    assert state(job) == Job.State.FAILED
    assert "RuntimeError" in job.message
    assert "secret detail" not in job.message


def test_between_two_tries_there_is_a_pause():
    jobs.HANDLERS["work"] = lambda claim: 1 / 0
    job = jobs.enqueue("work", key="a")
    jobs.run(job.pk)

    assert state(job) == Job.State.QUEUED
    assert job.not_before > timezone.now()
    assert jobs.run(job.pk) is False


def test_a_refusal_is_not_tried_again_and_keeps_its_message():
    def refuse(claim: Claim) -> None:
        raise JobError("Import units first.")

    jobs.HANDLERS["work"] = refuse
    job = jobs.enqueue("work", key="a")
    jobs.run(job.pk)

    assert (state(job), job.message, job.tries) == (Job.State.FAILED, "Import units first.", 1)


def test_a_failed_job_can_be_retried_by_a_person():
    jobs.HANDLERS["work"] = lambda claim: 1 / 0
    job = jobs.enqueue("work", key="a")
    Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED)
    jobs.HANDLERS["work"] = effect

    assert jobs.retry(job) is True
    jobs.run_waiting()
    assert (state(job), effects()) == (Job.State.DONE, 1)
    assert jobs.retry(job) is False


def test_a_failed_job_is_not_retried_while_a_newer_one_lives():
    old = jobs.enqueue("noop", key="a")
    Job.objects.filter(pk=old.pk).update(state=Job.State.FAILED)
    jobs.enqueue("noop", key="a")

    assert jobs.retry(old) is False


def test_what_a_dead_worker_left_is_done_by_the_next():
    jobs.HANDLERS["work"] = effect
    job = jobs.enqueue("work", key="a")
    jobs._claim(job.pk)
    assert jobs.waiting() == []

    lose_lease(job)

    assert jobs.waiting() == [job.pk]
    assert jobs.run(job.pk) is True
    assert (state(job), effects()) == (Job.State.DONE, 1)


def test_a_worker_that_lost_its_lease_writes_nothing(caplog):
    """Two workers hold the same job, because the first was thought dead."""

    def slow(claim: Claim) -> None:
        lose_lease(claim.job)
        jobs.HANDLERS["work"] = effect
        assert jobs.run(claim.job.pk) is True
        effect(claim)

    jobs.HANDLERS["work"] = slow
    job = jobs.enqueue("work", key="a")
    jobs.run(job.pk)

    assert (state(job), effects()) == (Job.State.DONE, 1)
    assert "lost the lease" in caplog.text


def test_progress_renews_the_lease_and_says_when_it_is_lost():
    job = jobs.enqueue("noop", key="a")
    claim = jobs._claim(job.pk)
    lose_lease(job)

    claim.progress(1, 4)
    job.refresh_from_db()
    assert (job.percent, job.lease_until > timezone.now()) == (25, True)

    Job.objects.update(lease=None)
    with pytest.raises(LeaseLostError):
        claim.progress(2, 4)


def test_a_job_that_kills_its_worker_each_time_fails_at_last():
    job = jobs.enqueue("noop", key="a")
    for _death in range(jobs.TRIES):
        jobs._claim(job.pk)
        lose_lease(job)

    jobs.run(job.pk)

    assert state(job) == Job.State.FAILED
    assert "worker died" in job.message


def test_a_done_job_shows_a_hundred_percent_and_holds_no_lease():
    job = jobs.enqueue("noop", key="a")
    jobs.run(job.pk)
    job.refresh_from_db()

    assert (job.percent, job.finished, job.lease, job.lease_until) == (100, True, None, None)


def test_jobs_that_queue_others_are_all_done():
    jobs.HANDLERS["first"] = lambda claim: jobs.enqueue("second", key="b")
    jobs.HANDLERS["second"] = effect
    jobs.enqueue("first", key="a")

    assert jobs.run_waiting() == 2
    assert effects() == 1


def test_one_faulty_periodic_function_does_not_keep_the_others_from_their_turn(caplog):
    turns: list[str] = []
    jobs.periodic("faulty")(lambda: 1 / 0)
    jobs.periodic("well")(lambda: turns.append("well"))

    jobs.run_periodic()

    assert turns == ["well"]
    assert "faulty" in caplog.text


@pytest.mark.parametrize(
    ("found", "minutes", "expected"),
    [
        ("queued", 0, False),
        ("running", 0, False),
        ("done", 0, True),
        ("failed", 59, False),
        ("failed", 61, True),
    ],
)
def test_work_rests_while_it_lives_and_for_an_hour_after_it_failed(found, minutes, expected):
    now = timezone.now()
    ended = now - timedelta(minutes=minutes)
    Job.objects.create(kind="noop", key="a", state=found, not_before=now, finished_at=ended)

    assert jobs.rests("noop", key="a") is expected
    assert jobs.rests("noop", key="b") is True


def test_a_killed_workers_job_is_rung_for_by_itself_and_waiting_ones_are_left_to_the_sweep(monkeypatch):
    rung = []
    monkeypatch.setattr(jobs, "ring", rung.append)
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)  # the test's own transaction needs it
    left, held, waits = (jobs.enqueue("noop", key=key) for key in "abc")
    for job in (left, held):
        assert jobs._claim(job.pk)
    lose_lease(left)

    tasks.rescue()

    assert rung == [left.pk]
    assert waits.pk in jobs.waiting()


def test_lease_and_rescue_together_leave_time_to_begin_within_half_a_minute(settings):
    every = settings.CELERY_BEAT_SCHEDULE["rescue-jobs"]["schedule"]

    assert settings.JOB_LEASE_SECONDS + every <= 25
    assert settings.JOB_LEASE_SECONDS + worker.RESCUE_SECONDS <= 25
