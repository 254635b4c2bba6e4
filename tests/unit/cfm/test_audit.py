"""The audit log: lines follow each other in a chain that the database guards, and a check finds every tampering."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from cfm.lib import audit, audit_guard
from cfm.lib.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines() -> list[AuditEvent]:
    return [audit.record("test.do", f"person/{number}", by=number, count=number) for number in (1, 2, 3)]


@pytest.fixture
def unguarded():
    """What somebody with all rights on the database can do."""
    audit_guard.take_down()


def check(**options: str) -> str:
    out = io.StringIO()
    call_command("verify_audit", stdout=out, **options)
    return out.getvalue()


def test_each_line_holds_the_hash_of_the_one_before(lines):
    assert [line.previous for line in lines] == [audit.START, lines[0].digest, lines[1].digest]
    assert check().startswith("3 lines, unbroken.")


def test_an_empty_log_is_unbroken():
    assert check() == f"0 lines, unbroken. The end to note down: 0:{audit.START}\n"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE lib_auditevent SET actor = 7",
        "DELETE FROM lib_auditevent",
        "UPDATE lib_auditevent SET id = id + 9",
    ],
)
def test_the_database_refuses_to_change_or_delete_a_line(lines, statement):
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert AuditEvent.objects.count() == 3
    assert audit.verify().sound


@pytest.mark.postgresql
def test_the_database_refuses_to_empty_the_log(lines):
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE lib_auditevent")


def test_two_lines_cannot_follow_the_same_one(lines):
    forged = AuditEvent(at=lines[2].at, actor=1, action="x", subject="y", previous=lines[1].digest)
    forged.digest = audit.digest_of(forged)

    with pytest.raises(IntegrityError), transaction.atomic():
        forged.save()


@pytest.mark.parametrize("column", ["actor", "action", "subject", "at", "details"])
def test_a_changed_line_is_found(lines, unguarded, column):
    forged = {
        "actor": 9,
        "action": "other",
        "subject": "person/9",
        "at": lines[1].at + timedelta(seconds=1),
        "details": {"count": 9},
    }
    AuditEvent.objects.filter(pk=lines[1].pk).update(**{column: forged[column]})

    with pytest.raises(CommandError, match=f"line {lines[1].pk} was changed"):
        check()


def test_a_changed_line_with_a_hash_that_fits_is_found_at_the_next(lines, unguarded):
    changed = lines[1]
    changed.actor = 9
    changed.digest = audit.digest_of(changed)
    changed.save()

    assert audit.verify().problem == f"before line {lines[2].pk}, lines were taken out, put in or moved"


def test_a_line_taken_out_is_found(lines, unguarded):
    lines[1].delete()

    assert f"before line {lines[2].pk}" in audit.verify().problem


def test_lines_cut_off_at_the_end_are_found_with_an_end_noted_before(lines, unguarded):
    noted = audit.head()
    AuditEvent.objects.filter(pk=lines[2].pk).delete()

    assert audit.verify().sound  # the chain alone can't know
    with pytest.raises(CommandError, match=f"line {lines[2].pk}, which was noted, is not there any more"):
        check(anchor=noted)


def test_a_log_written_anew_is_found_with_an_end_noted_before(lines, unguarded):
    noted = audit.head()
    AuditEvent.objects.all().delete()
    before = audit.START
    for line in lines:
        line.actor, line.previous = 9, before
        before = line.digest = audit.digest_of(line)
        line.save(force_insert=True)

    assert audit.verify().sound
    assert audit.verify(anchor=noted).problem == f"line {lines[2].pk} is not the one that was noted"


def test_the_log_may_grow_after_an_end_was_noted(lines):
    noted = audit.head()
    audit.record("test.more", "x", by=None)

    assert audit.verify(anchor=noted).sound
    assert check(anchor=noted).startswith("4 lines")


@pytest.mark.parametrize("anchor", ["x", "1", "1:abc", ":", "99999999999999999999:" + "0" * 64])
def test_an_anchor_that_is_none_is_refused(anchor):
    with pytest.raises(CommandError, match="looks like"):
        check(anchor=anchor)


def test_a_missing_guard_is_told_and_put_up_by_migrate(lines, unguarded):
    with pytest.raises(CommandError, match="does not guard"):
        check()

    audit_guard.put_up()

    assert audit_guard.missing() == []
    assert check().startswith("3 lines")


def test_the_same_reading_again_is_one_line():
    for _visit in range(3):
        audit.record_reading("rating.read", "person/5", by=1, people=[5], why="hr")
    audit.record_reading("rating.read", "person/5", by=2, people=[5], why="hr")

    assert list(AuditEvent.objects.values_list("actor", flat=True)) == [1, 2]


def test_a_line_says_whether_it_concerns_a_person():
    event = audit.record("gaps.export", "gaps", by=1, people=audit.pack(range(10, 5000)))

    assert event.details["people"] == "10-4999"
    assert audit.concerns(event, 10) and audit.concerns(event, 4999)
    assert not audit.concerns(event, 9) and not audit.concerns(event, 5000)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_lines_written_at_the_same_time_make_one_chain():
    from concurrent.futures import ThreadPoolExecutor

    def write(number: int) -> None:
        audit.record("test.do", str(number), by=number)
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(20)))

    verdict = audit.verify()
    assert (verdict.lines, verdict.problem) == (20, "")
