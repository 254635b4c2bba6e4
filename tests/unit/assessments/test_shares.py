"""A large cycle counted in shares: the same bytes as in one piece, whoever counts what, how often and in what order."""

import numpy as np
import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from assessments.models import CountPart
from assessments.services import shares
from cfm.lib import jobs
from cfm.lib.models import Job
from tests.factories import assessments as make
from tests.factories.assessments import told_of


@pytest.fixture
def cycle(db):
    people = {f"U{number}": (30, 5) for number in range(4)}
    return make.closed_cycle(framework=make.shipped_framework(), people=people)


@pytest.fixture
def in_shares(settings, monkeypatch):
    settings.SCORE_SHARE = 40
    monkeypatch.setattr(shares, "worth_it", lambda cycle: True)


def asked(cycle):
    return jobs.enqueue("cycle.score", key=cycle.code, cycle=cycle.pk)


def score(cycle):
    job = asked(cycle)
    jobs.run_waiting()
    job.refresh_from_db()
    return job


def test_shares_give_the_same_bytes_as_one_piece(cycle, in_shares, monkeypatch):
    job = score(cycle)
    found = told_of(cycle)
    monkeypatch.setattr(shares, "worth_it", lambda cycle: False)
    score(cycle)

    assert job.state == Job.State.DONE
    assert Job.objects.filter(kind=shares.KIND, state=Job.State.DONE).count() > 2
    assert found == told_of(cycle)


def test_nothing_of_the_shares_is_left_when_the_release_is_there(cycle, in_shares):
    score(cycle)

    assert not CountPart.objects.exists()


def test_a_share_that_is_counted_again_counts_once(cycle, in_shares):
    score(cycle)
    expected = told_of(cycle)
    jobs.run(asked(cycle).pk)
    first = Job.objects.filter(kind=shares.KIND, state=Job.State.QUEUED).earliest("created_at")
    jobs.run(first.pk)
    Job.objects.filter(pk=first.pk).update(state="queued", finished_at=None, not_before=timezone.now())

    jobs.run_waiting()

    assert told_of(cycle) == expected


def test_the_share_of_a_worker_that_died_is_counted_by_another(cycle, in_shares):
    score(cycle)
    expected = told_of(cycle)
    jobs.run(asked(cycle).pk)
    dead = Job.objects.filter(kind=shares.KIND, state=Job.State.QUEUED).earliest("created_at")
    Job.objects.filter(pk=dead.pk).update(state="running", lease=dead.pk, lease_until=timezone.now())

    jobs.run_waiting()

    assert told_of(cycle) == expected


def test_the_scoring_job_waits_for_its_shares_and_says_how_far_they_are(cycle, in_shares):
    job = asked(cycle)
    jobs.run(job.pk)
    jobs.run(Job.objects.filter(kind=shares.KIND).earliest("created_at").pk)

    job.refresh_from_db()
    assert (job.state, job.step) == (Job.State.QUEUED, 1)
    assert job.steps == Job.objects.filter(kind=shares.KIND).count() + 1
    assert job.not_before > timezone.now()


def test_a_share_that_fails_is_told_and_asking_again_counts_all_anew(cycle, in_shares, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(jobs, "TRIES", 1)
        broken.setattr(shares, "counted", lambda *arguments, **more: 1 / 0)
        job = asked(cycle)
        jobs.run_waiting()
        Job.objects.filter(pk=job.pk).update(not_before=timezone.now())
        jobs.run_waiting()
    job.refresh_from_db()

    assert (job.state, "could not be counted" in job.message) == (Job.State.FAILED, True)
    assert jobs.retry(job)
    jobs.run_waiting()
    job.refresh_from_db()
    assert job.state == Job.State.DONE


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(1, 20))
def test_ranges_hold_each_unit_once_and_are_not_larger_than_a_share_and_one_unit(sizes, share):
    found = shares.ranges(np.array(sizes), share)

    assert [unit for one in found for unit in one] == list(range(len(sizes)))
    assert all(sum(sizes[one.start : one.stop]) <= share + max(sizes) for one in found)
