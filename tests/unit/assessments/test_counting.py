"""The close: what is counted, what is reported, what is left."""

import os
import shutil
import subprocess
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from assessments.models import Comment, Cycle, Draft, Envelope, Invitation, Link, PaperFile, Response
from assessments.services import ballot, counting, cycles, keys, opening, paper, sealing
from assessments.services.errors import KeyFileError, ServiceError
from assessments.services.sealing import Ballot
from cfm.lib import jobs
from cfm.lib.models import AuditEvent, Job
from tests.factories import assessments as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle():
    return make.open_cycle()


def key_file(cycle, settings):
    return settings.KEY_DIR / f"{keys.fingerprint(bytes(cycle.public_key))}.key"


def nothing_changed(cycle, envelopes: int) -> bool:
    cycle.refresh_from_db()
    rows = Envelope.objects.filter(cycle=cycle).count(), Response.objects.filter(cycle=cycle).count()
    return cycle.is_open and rows == (envelopes, 0)


def test_what_everybody_answered_is_counted_by_unit_and_audience(cycle):
    asked = make.submitted(cycle)
    expected = Counter((row.unit_id, row.audience, make.some_codes(row, i)) for i, row in enumerate(asked))

    counting.count(cycle=cycle.pk)

    counted = Counter(Response.objects.values_list("unit_id", "audience", "codes"))
    assert counted == expected


@pytest.fixture
def two_helpers(monkeypatch):
    monkeypatch.setattr(opening, "helpers_for", lambda envelopes: 2)
    monkeypatch.setattr(opening, "BATCH", 3)


def test_helpers_count_what_one_process_counts(cycle, two_helpers):
    asked = make.submitted(cycle)
    Envelope.objects.filter(invitation=asked[4]).update(sealed=b"torn")
    paper.import_ballots(cycle=cycle, ballots=[Ballot("1111", unit=1, audience="staff")])
    expected = Counter(
        (row.unit_id, row.audience, make.some_codes(row, i)) for i, row in enumerate(asked) if i != 4
    )
    expected[cycle.units.get(position=1).pk, "staff", "1111"] += 1

    row = counting.count(cycle=cycle.pk)

    assert Counter(Response.objects.values_list("unit_id", "audience", "codes")) == expected
    assert row.close_certificate["spoiled"] == 1


def test_the_key_goes_to_helpers_by_pipe_alone(cycle, two_helpers, monkeypatch):
    make.submitted(cycle)
    key, start, started = keys.read(bytes(cycle.public_key)).private, subprocess.Popen, []

    def watched(*arguments, **options):
        started.append((arguments, options))
        return start(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", watched)
    counting.count(cycle=cycle.pk)

    assert len(started) == 2
    assert "env" not in started[0][1]
    assert not any(form in repr((started, os.environ)) for form in (bytes(key).hex(), repr(bytes(key))[2:-1]))


def test_a_helper_that_dies_leaves_the_cycle_open(cycle, two_helpers, monkeypatch):
    make.submitted(cycle)
    monkeypatch.setattr(opening.sys, "executable", shutil.which("false"))

    with pytest.raises(OSError):
        counting.count(cycle=cycle.pk)

    assert nothing_changed(cycle, Envelope.objects.count())


def test_few_envelopes_are_opened_without_helpers():
    assert opening.helpers_for(opening.FEWEST - 1) == 0


def test_the_certificate_says_what_came_of_every_envelope(cycle):
    make.submitted(cycle, rows=make.invitations(cycle)[:10], comment=lambda row, number: "a remark")
    paper.import_ballots(cycle=cycle, ballots=[Ballot("1111", unit=1, audience="staff")])

    row = counting.count(cycle=cycle.pk)

    found = row.close_certificate
    assert {name: found[name] for name in ("submitted", "paper", "counted", "spoiled")} == {
        "submitted": 10,
        "paper": 1,
        "counted": 11,
        "spoiled": 0,
    }
    assert found["comments"] == {"written": 10, "kept": 10}
    assert found["key"] == keys.fingerprint(bytes(cycle.public_key))


def test_counting_again_changes_nothing(cycle):
    make.submitted(cycle)
    first = counting.count(cycle=cycle.pk)
    rows = set(Response.objects.values_list("pk", "codes"))

    again = counting.count(cycle=cycle.pk)

    assert again.close_certificate == first.close_certificate
    assert set(Response.objects.values_list("pk", "codes")) == rows


def test_after_the_close_no_envelope_draft_paper_file_or_key_is_left(cycle):
    make.submitted(cycle)
    paper.import_ballots(cycle=cycle, ballots=[Ballot("1111", unit=1, audience="staff")])

    counting.count(cycle=cycle.pk)
    counting.clean(cycle=cycle.pk)

    assert not any(table.objects.exists() for table in (Envelope, Draft, PaperFile))
    assert not keys.exists(bytes(cycle.public_key))
    assert "destroyed_at" in Cycle.objects.get(pk=cycle.pk).close_certificate


def test_the_key_of_an_open_cycle_is_not_destroyed(cycle):
    counting.clean(cycle=cycle.pk)

    assert keys.exists(bytes(cycle.public_key))


def test_a_missing_key_is_reported_and_nothing_is_counted(cycle, settings):
    make.submitted(cycle)
    key_file(cycle, settings).unlink()

    with pytest.raises(KeyFileError):
        counting.count(cycle=cycle.pk)
    assert nothing_changed(cycle, 16)


def test_a_wrong_key_is_reported_and_nothing_is_counted(cycle, settings):
    make.submitted(cycle)
    key_file(cycle, settings).write_bytes(bytes(64))

    with pytest.raises(KeyFileError):
        counting.count(cycle=cycle.pk)
    assert nothing_changed(cycle, 16)


def test_an_envelope_with_a_flipped_bit_is_counted_as_spoiled(cycle):
    make.submitted(cycle)
    envelope = Envelope.objects.first()
    sealed = bytearray(envelope.sealed)
    sealed[100] ^= 1
    Envelope.objects.filter(pk=envelope.pk).update(sealed=bytes(sealed))

    certificate = counting.count(cycle=cycle.pk).close_certificate

    assert (certificate["counted"], certificate["spoiled"]) == (15, 1)


def test_envelopes_swapped_between_two_people_are_spoiled(cycle):
    make.submitted(cycle)
    one, other = Envelope.objects.all()[:2]
    Envelope.objects.filter(pk=one.pk).update(sealed=other.sealed)
    Envelope.objects.filter(pk=other.pk).update(sealed=one.sealed)

    certificate = counting.count(cycle=cycle.pk).close_certificate

    assert (certificate["counted"], certificate["spoiled"]) == (14, 2)


def test_an_envelope_copied_to_somebody_who_did_not_submit_is_reported(cycle):
    make.submitted(cycle, rows=make.invitations(cycle)[:5])
    silent = Invitation.objects.filter(submitted=False).first()
    Envelope.objects.create(cycle=cycle, invitation=silent, sealed=Envelope.objects.first().sealed)

    with pytest.raises(ServiceError, match="1 envelopes no submission"):
        counting.count(cycle=cycle.pk)
    assert nothing_changed(cycle, 6)


def test_a_lost_envelope_is_reported_even_if_another_took_its_place(cycle):
    make.submitted(cycle, rows=make.invitations(cycle)[:5])
    silent = Invitation.objects.filter(submitted=False).first()
    Envelope.objects.filter(pk=Envelope.objects.first().pk).update(invitation=silent)

    with pytest.raises(ServiceError, match="1 submissions have no envelope"):
        counting.count(cycle=cycle.pk)
    assert nothing_changed(cycle, 5)


@pytest.mark.parametrize(
    ("codes", "unit"), [("11111", 1), ("1116", 1), ("1111", 99)], ids=["length", "scale", "unit"]
)
def test_sealed_answers_that_nobody_could_have_given_are_spoiled(cycle, codes, unit):
    """Whoever can write to the database can seal: the key is public."""
    sealed = sealing.seal(
        Ballot(codes, unit=unit, audience="staff"),
        public_key=bytes(cycle.public_key),
        bound=sealing.binding(cycle.pk, None),
        size=192,
    )
    Envelope.objects.create(cycle=cycle, sealed=sealed)

    certificate = counting.count(cycle=cycle.pk).close_certificate

    assert (certificate["counted"], certificate["spoiled"]) == (0, 1)


def test_an_envelope_on_an_invitation_of_another_cycle_is_reported(cycle):
    foreign, *_rest = make.submitted(make.open_cycle())
    Envelope.objects.filter(invitation=foreign.pk).update(cycle=cycle)

    with pytest.raises(ServiceError, match="1 envelopes no submission"):
        counting.count(cycle=cycle.pk)
    with pytest.raises(ServiceError, match="1 submissions have no envelope"):
        counting.count(cycle=foreign.cycle_id)


def test_a_comment_keeps_no_link_to_its_answers(cycle):
    make.submitted(cycle, comment=lambda row, number: f"remark of {row.unit.code}")

    counting.count(cycle=cycle.pk)

    names = {field.name for field in Comment._meta.get_fields()}
    assert not names & {"response", "invitation", "person", "audience", "created_at"}
    assert {comment.unit.code for comment in Comment.objects.select_related("unit")} == {"ORG"}


def test_other_cycles_are_left_alone(cycle):
    other = make.open_cycle()
    make.submitted(other)
    make.submitted(cycle)

    counting.count(cycle=cycle.pk)
    counting.clean(cycle=cycle.pk)

    assert Envelope.objects.filter(cycle=other).count() == 16
    assert keys.exists(bytes(other.public_key))


def test_the_job_counts_cleans_and_reports_done(cycle):
    make.submitted(cycle)

    job = cycles.request_close(cycle=cycle)
    jobs.run_waiting()

    job.refresh_from_db()
    cycle.refresh_from_db()
    assert (job.state, cycle.state) == (Job.State.DONE, Cycle.State.CLOSED)
    assert "destroyed_at" in cycle.close_certificate


def test_a_close_without_its_key_fails_with_a_message_a_person_can_act_on(cycle, settings):
    key_file(cycle, settings).unlink()

    job = cycles.request_close(cycle=cycle)
    jobs.run_waiting()

    job.refresh_from_db()
    assert (job.state, job.tries) == (Job.State.FAILED, 1)
    assert "key folder" in job.message


def closes(cycle, *, minutes_ago: float) -> None:
    Cycle.objects.filter(pk=cycle.pk).update(closes_at=timezone.now() - timedelta(minutes=minutes_ago))


@pytest.mark.parametrize(("minutes_ago", "asked"), [(-1, 0), (1, 0), (14.9, 0), (15.1, 1)])
def test_the_close_is_asked_for_by_itself_after_the_grace(cycle, minutes_ago, asked):
    closes(cycle, minutes_ago=minutes_ago)

    assert counting.request_due() == asked
    assert Job.objects.filter(kind="cycle.close").count() == asked


def test_a_sweep_asks_once_however_often_it_runs(cycle):
    closes(cycle, minutes_ago=20)

    jobs.run_periodic()
    jobs.run_periodic()

    assert Job.objects.filter(kind="cycle.close").count() == 1
    assert AuditEvent.objects.filter(action="cycle.close").count() == 1


def test_a_close_that_failed_is_not_asked_for_again_within_the_hour(cycle, settings):
    key_file(cycle, settings).unlink()
    closes(cycle, minutes_ago=20)
    counting.request_due()
    jobs.run_waiting()

    assert counting.request_due() == 0
    Job.objects.update(finished_at=timezone.now() - timedelta(minutes=61))
    assert counting.request_due() == 1


def test_a_close_interrupted_after_the_count_is_finished_by_the_sweep(cycle):
    counting.count(cycle=cycle.pk)

    jobs.run_periodic()
    jobs.run_waiting()

    assert not keys.exists(bytes(cycle.public_key))


@pytest.mark.django_db(transaction=True)
def test_a_cleaned_cycle_is_never_asked_for_again():
    cycle = make.closed_cycle()

    assert cycle.close_certificate["wiped"] is True
    assert counting.request_due() == 0


@pytest.mark.django_db(transaction=True)
def test_busy_files_are_reported_and_the_key_is_destroyed_all_the_same(cycle, monkeypatch):
    def busy(*tables):
        raise counting.erase.BusyError("database is locked")

    monkeypatch.setattr(counting.erase, "wipe", busy)
    counting.count(cycle=cycle.pk)

    with pytest.raises(ServiceError, match="database is locked"):
        counting.clean(cycle=cycle.pk)
    certificate = Cycle.objects.get(pk=cycle.pk).close_certificate
    assert "destroyed_at" in certificate
    assert "wiped" not in certificate
    assert not keys.exists(bytes(cycle.public_key))


@pytest.mark.django_db(transaction=True)
def test_invitations_and_what_hangs_on_them_survive_being_written_anew(cycle):
    first, *_others = make.submitted(cycle)
    Link.objects.create(invitation=first, digest="0" * 64)
    before = set(Invitation.objects.values_list("pk", "person", "unit", "audience", "submitted"))

    counting.count(cycle=cycle.pk)

    assert set(Invitation.objects.values_list("pk", "person", "unit", "audience", "submitted")) == before
    assert Link.objects.get().invitation == first


def test_one_answer_is_one_response_and_the_invitation_still_says_submitted(cycle):
    row = make.invitations(cycle)[0]
    ballot.submit(invitation=row, codes="1111")
    counting.count(cycle=cycle.pk)

    assert Response.objects.count() == 1
    assert Invitation.objects.get(pk=row.pk).submitted
