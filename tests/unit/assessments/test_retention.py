"""Answers are deleted when their days are over; every figure stays, and no sum over fewer than k people."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from assessments.models import CubePart, Cycle, Distribution, Figure, Response
from assessments.services import confidentiality, cycles, retention, scoring
from assessments.services.errors import ServiceError
from cfm.lib import erase, jobs
from cfm.lib.models import AuditEvent, Job
from tests.factories import assessments as make

UNITS = {"ORG": None, "NORTH": "ORG", "SOUTH": "ORG", "TINY": "SOUTH"}
PEOPLE = {"ORG": (6, 1), "NORTH": (7, 1), "SOUTH": (8, 1), "TINY": (3, 0)}

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle() -> Cycle:
    """A published cycle whose answers are kept for 30 days."""
    made = make.closed_cycle(units=UNITS, people=PEOPLE)
    cycles.request_score(cycle=made)
    jobs.run_waiting()
    return cycles.publish(cycle=made)


def published(cycle: Cycle, *, days_ago: float) -> None:
    Cycle.objects.filter(pk=cycle.pk).update(published_at=timezone.now() - timedelta(days=days_ago))


def figures(cycle: Cycle) -> list[tuple[object, ...]]:
    rows = Figure.objects.filter(release__cycle=cycle).order_by("pk")
    return list(rows.values_list("pk", "unit", "audience", "dimension", "n", "mean", "score", "sd", "icc1"))


def failures(cycle: Cycle) -> list[str]:
    return [check.name for check in confidentiality.check_cycle(cycle) if not check.passed]


def test_answers_go_and_every_figure_stays(cycle):
    before = figures(cycle)

    retention.delete(cycle=cycle.pk)

    assert not Response.objects.filter(cycle=cycle).exists()
    assert figures(cycle) == before


def test_no_sum_over_fewer_than_k_people_stays(cycle):
    retention.delete(cycle=cycle.pk)

    kept = scoring.stored_cube(cycle)
    people = {audience: part.persons.tolist() for audience, part in kept.audiences.items()}
    assert people == {"staff": [0, 7, 11, 0], "manager": [0, 0, 0, 0], "pooled": [9, 0, 0, 0]}


def test_the_check_passes_after_a_deletion_as_before(cycle):
    assert failures(cycle) == []
    after = retention.delete(cycle=cycle.pk)
    retention.clean(cycle=cycle.pk)
    after.refresh_from_db()

    assert failures(after) == []


@pytest.mark.parametrize("told", [Figure, Distribution])
def test_the_check_finds_what_was_changed_after_the_deletion(cycle, told):
    after = retention.delete(cycle=cycle.pk)
    retention.clean(cycle=cycle.pk)
    after.refresh_from_db()
    name = "sums and figures are those of the deletion, before which they passed every check"

    told.objects.filter(release__cycle=cycle).first().delete()
    assert name in failures(after)


def test_the_check_finds_small_sums_and_answers_that_are_left(cycle):
    whole = bytes(CubePart.objects.get(cycle=cycle).data)
    row = Response.objects.filter(cycle=cycle).first()
    after = retention.delete(cycle=cycle.pk)
    row.save(force_insert=True)
    CubePart.objects.filter(cycle=cycle).update(data=whole)

    found = failures(after)
    assert "no answer is left after the deletion" in found
    assert "the sums that stay are of k people or more" in found


def test_deleting_again_changes_nothing_and_leaves_one_audit_line(cycle):
    first = retention.delete(cycle=cycle.pk).close_certificate
    again = retention.delete(cycle=cycle.pk).close_certificate

    assert first == again
    assert AuditEvent.objects.filter(action="cycle.delete_answers").count() == 1


def test_answers_that_are_still_needed_are_not_deleted():
    made = make.closed_cycle(units=UNITS, people=PEOPLE)

    with pytest.raises(ServiceError, match="needed until it is published"):
        retention.delete(cycle=made.pk)
    assert Response.objects.filter(cycle=made).exists()


def test_answers_stay_where_a_release_does_not_pass_its_checks(cycle):
    Figure.objects.filter(release__cycle=cycle, audience="all").update(n=1)

    with pytest.raises(ServiceError, match="a check fails"):
        retention.delete(cycle=cycle.pk)
    assert Response.objects.filter(cycle=cycle).exists()


@pytest.mark.parametrize(("days_ago", "asked"), [(29.9, 0), (30.1, 1)])
def test_the_deletion_is_asked_for_by_itself_when_the_days_are_over(cycle, days_ago, asked):
    published(cycle, days_ago=days_ago)

    assert retention.request_due() == asked
    assert Job.objects.filter(kind="answers.delete").count() == asked


def test_the_job_deletes_wipes_and_is_never_asked_for_again(cycle):
    published(cycle, days_ago=31)
    retention.request_due()
    jobs.run_waiting()
    cycle.refresh_from_db()

    assert retention.is_deleted(cycle)
    # A test's own transaction can't be wiped around; a real one is.
    assert cycle.close_certificate["answers_wiped"] is False
    Cycle.objects.filter(pk=cycle.pk).update(
        close_certificate=cycle.close_certificate | {"answers_wiped": True}
    )
    assert retention.request_due() == 0


def test_busy_files_are_reported_and_wiped_later(cycle, monkeypatch):
    def busy(*tables):
        raise erase.BusyError("in use")

    retention.delete(cycle=cycle.pk)
    with monkeypatch.context() as patch, pytest.raises(ServiceError, match="in use"):
        patch.setattr(erase, "wipe", busy)
        retention.clean(cycle=cycle.pk)

    assert retention.request_due() == 1


def test_zero_days_delete_with_the_publication(capsys):
    make.organisation(units=UNITS, people=PEOPLE)
    make.framework_row()
    call_command("open_cycle", "now", "--framework", "small", "--keep-days", "0")
    made = Cycle.objects.get(code="now")
    make.submitted(made)
    call_command("close_cycle", "now")
    cycles.request_score(cycle=made)
    jobs.run_waiting()
    call_command("publish", "now")

    assert "27 answers are deleted" in capsys.readouterr().out
    assert not Response.objects.filter(cycle=made).exists()


def test_the_operator_may_delete_before_the_days_are_over(cycle, capsys):
    call_command("delete_answers", cycle.code)

    assert capsys.readouterr().out == f"Cycle {cycle.code}: 27 answers are deleted; its figures stay.\n"


def test_the_command_refuses_a_cycle_that_is_not_published(capsys):
    made = make.open_cycle(units=UNITS, people=PEOPLE)

    with pytest.raises(CommandError, match="needed until it is published"):
        call_command("delete_answers", made.code)


@pytest.mark.parametrize("days", ["-1", "x", "1.5", "٣"])
def test_days_that_are_no_whole_number_are_wrong_usage(days):
    with pytest.raises(CommandError, match="whole number of at least 0"):
        call_command("open_cycle", "c", "--framework", "small", f"--keep-days={days}")


def test_thresholds_and_days_beyond_reason_are_refused():
    make.organisation()
    make.framework_row()
    for option in (["--k", "1001"], ["--keep-days", "3651"]):
        with pytest.raises(CommandError, match="less than or equal to"):
            call_command("open_cycle", "c", "--framework", "small", *option)
    assert not Cycle.objects.filter(code="c").exists()


def test_a_raw_export_says_that_answers_are_deleted_and_exports_what_is_left(cycle, capsys):
    retention.delete(cycle=cycle.pk)
    call_command("export_scores", cycle.code, "--raw")

    out, err = capsys.readouterr()
    rows = [line.split(",") for line in out.splitlines() if ",blocks,B1," in line]
    assert {(row[1], row[3]): row[6] for row in rows if row[3] in {"all", "staff"}} == {
        ("ORG", "all"): "27",
        ("ORG", "staff"): "18",
        ("NORTH", "all"): "7",
        ("NORTH", "staff"): "7",
        ("SOUTH", "all"): "11",
        ("SOUTH", "staff"): "11",
        ("TINY", "all"): "0",
        ("TINY", "staff"): "0",
    }
    assert "are deleted: these are the figures of what is left" in err


def test_the_proof_page_and_the_notice_say_when_answers_are_deleted(cycle, client):
    client.force_login(make.invitations(cycle)[0].person)
    before = client.get(f"/cycles/{cycle.code}/proof/").content.decode()
    retention.delete(cycle=cycle.pk)
    after = client.get(f"/cycles/{cycle.code}/proof/").content.decode()
    following = make.open_cycle(units=UNITS, people=PEOPLE)
    notice = client.get(f"/assess/{following.code}/").content.decode()

    assert "kept without names until" in before
    assert "what stays are the figures and sums over 5 people or more" in after
    assert "are deleted 30 days after the results are published" in notice
