"""Attacks on the sealed ballot by someone who reads the whole database. Each has a mutation that it must find.

An attack is a function that returns what the attacker gained; nothing must be left of it. The mutation weakens the
guard and calls the same function.
"""

import logging
import pickle
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.contrib import admin
from django.core import mail
from django.core.cache import cache
from django.db import connection, models
from django.test import Client
from django.urls import get_resolver, reverse

from assessments.models import (
    Comment,
    CountPart,
    CubePart,
    Cycle,
    Draft,
    Envelope,
    Invitation,
    PaperFile,
    Response,
)
from assessments.services import ballot, counting, cycles, drafts, keys, sealing
from assessments.services.errors import KeyFileError
from assessments.services.sealing import SpoiledError
from cfm.lib import audit, jobs
from tests.factories import assessments as make

pytestmark = pytest.mark.django_db
CANARY = "kanarienvogel-7f3a9"


# Canaries: is an answer or a comment to be read anywhere?


def canary_codes(items: int) -> str:
    """Return an answer sheet that no other text holds by chance."""
    return "".join(random.Random(7).choices("12345x", k=items))


def forms(text: str) -> list[bytes]:
    """Return the ways in which the text may lie about."""
    plain = text.encode()
    packed = [sealing._pack_codes(text)] if set(text) <= set(sealing.ALPHABET) else []
    return [plain, text.encode("utf-16-le"), plain.hex().encode(), plain[::-1], *packed]


def places(text: str) -> set[str]:
    """Return every table.column, cache, broker and mail in which the text can be read."""
    wanted = forms(text)
    return {place for place, content in contents() if any(form in content for form in wanted)}


def contents() -> Iterator[tuple[str, bytes]]:
    yield from table_contents()
    if settings.REDIS_URL:
        yield from redis_contents()
    else:
        yield "cache", pickle.dumps(cache._cache)
    for message in mail.outbox:
        yield "mail", message.message().as_bytes()


def redis_contents() -> Iterator[tuple[str, bytes]]:
    """What lies in Redis: the cache, and the broker's queues."""
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        for key in server.scan_iter():
            kind = server.type(key)
            if kind == b"string":
                yield "cache", server.get(key) or b""
            elif kind == b"list":
                yield from (("broker", message) for message in server.lrange(key, 0, -1))


def table_contents() -> Iterator[tuple[str, bytes]]:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    yield f"{table}.{column}", as_bytes(value)


def as_bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else str(value).encode()


def answer_in_the_browser(cycle: Cycle, codes: str) -> None:
    """Let everybody save a draft, go back, submit and submit again, as pages do it."""
    for invitation in make.invitations(cycle):
        client = Client()
        client.force_login(invitation.person)
        client.get(reverse("assess_start", args=[cycle.code]))
        client.get(reverse("assess_block", args=[cycle.code, 1]))
        drafts.save(
            secret=client.cookies["cfm_draft"].value.encode(),
            invitation=invitation,
            answers=drafts.DraftAnswers(codes, CANARY),
        )
        for _time in range(2):
            response = client.post(
                reverse("assess_review", args=[cycle.code]), {"codes": codes, "comment": CANARY}
            )
            assert response.status_code == 302


@pytest.fixture
def cycle():
    return make.open_cycle(framework=make.shipped_framework(), people={"NORTH": (12, 0)})


@pytest.fixture
def codes(cycle):
    return canary_codes(len(cycle.framework.instrument.closed_items("staff")))


def test_before_the_close_no_table_cache_mail_session_job_or_log_holds_an_answer(cycle, codes, caplog):
    caplog.set_level(logging.DEBUG)
    answer_in_the_browser(cycle, codes)
    cycles.request_close(cycle=cycle)

    assert places(CANARY) | places(codes) == set()
    assert CANARY not in caplog.text
    assert codes not in caplog.text


def test_after_the_close_answers_are_in_responses_and_comments_in_comments_and_nowhere_else(
    cycle, codes, caplog
):
    caplog.set_level(logging.DEBUG)
    answer_in_the_browser(cycle, codes)
    cycles.request_close(cycle=cycle)
    jobs.run_waiting()

    assert places(codes) == {"assessments_response.codes"}
    assert places(CANARY) == {"assessments_comment.text"}
    assert CANARY not in caplog.text
    assert codes not in caplog.text


def not_sealed(ballot: sealing.Ballot, *, public_key: bytes, bound: bytes, size: int) -> bytes:
    return sealing.pack(ballot, bound=bound, size=size)


def test_the_walk_finds_a_comment_that_is_not_sealed(cycle, codes, monkeypatch):
    monkeypatch.setattr(sealing, "seal", not_sealed)

    answer_in_the_browser(cycle, codes)

    assert places(CANARY) == places(codes) == {"assessments_envelope.sealed"}


def test_the_walk_finds_a_comment_in_an_audit_line_a_job_and_a_log(cycle, codes, monkeypatch, caplog):
    real = ballot.submit

    def talkative(*, comment: str, **rest: object) -> None:
        real(comment=comment, **rest)
        audit.record("ballot.submit", "x", by=None, comment=comment)
        jobs.enqueue("cycle.close", key="x", comment=comment)
        logging.getLogger("ballot").warning("got %s", comment)

    monkeypatch.setattr(ballot, "submit", talkative)
    answer_in_the_browser(cycle, codes)

    assert places(CANARY) == {"lib_auditevent.details", "lib_job.arguments"}
    assert CANARY in caplog.text


# A backup of the middle of the cycle


def stolen(cycle: Cycle) -> list[dict]:
    """Return what a backup holds of the envelopes."""
    return list(Envelope.objects.filter(cycle=cycle).values("cycle_id", "invitation_id", "sealed"))


def opened(backup: list[dict], cycle: Cycle, folder: Path) -> int:
    """Return how many envelopes somebody with the backup and all files of today can open."""
    try:
        private = keys.read(bytes(cycle.public_key)).private
    except KeyFileError:
        private = None
    candidates = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    tries = [private, *(sealing.PrivateKey(one[:32]) for one in candidates if len(one) >= 32)]
    return sum(any(opens(row, one) for one in tries if one is not None) for row in backup)


def opens(row: dict, private: sealing.PrivateKey) -> bool:
    bound = sealing.binding(row["cycle_id"], row["invitation_id"])
    try:
        sealing.unseal(row["sealed"], private=private, bound=bound, paper=False)
    except SpoiledError:
        return False
    return True


def test_a_backup_of_the_middle_of_the_cycle_can_not_be_read_after_the_close(cycle):
    make.submitted(cycle)
    backup = stolen(cycle)

    counting.count(cycle=cycle.pk)
    counting.clean(cycle=cycle.pk)

    assert (len(backup), opened(backup, cycle, settings.DATA_DIR)) == (12, 0)


def test_the_theft_succeeds_where_the_key_is_kept(cycle, monkeypatch):
    monkeypatch.setattr(keys, "destroy", lambda public_key: None)
    make.submitted(cycle)
    backup = stolen(cycle)

    counting.count(cycle=cycle.pk)
    counting.clean(cycle=cycle.pk)

    assert opened(backup, cycle, settings.DATA_DIR) == 12


# Sizes


def sizes(cycle: Cycle) -> set[int]:
    """Return the sizes of envelopes and drafts of people who wrote much and people who wrote nothing."""
    asked = make.submitted(cycle, comment=lambda row, number: "é" * (number * 90))
    for number, row in enumerate(asked):
        answers = drafts.DraftAnswers("0" * 43, "é" * (number * 90))
        drafts.save(secret=b"secret of a browser", invitation=row, answers=answers)
    sealed = [
        *Envelope.objects.values_list("sealed", flat=True),
        *Draft.objects.values_list("sealed", flat=True),
    ]
    return {len(bytes(one)) for one in sealed}


def test_the_size_of_an_envelope_or_a_draft_does_not_tell_how_much_was_written(cycle):
    assert len(sizes(cycle)) == 1


def test_sizes_tell_where_nothing_is_padded(cycle, monkeypatch):
    real = sealing.pack
    monkeypatch.setattr(
        sealing, "pack", lambda one, *, bound, size: real(one, bound=bound, size=size).rstrip(b"\0")
    )

    assert len(sizes(cycle)) > 1


# Doors


SECRET_TABLES = [Envelope, Response, Comment, Draft, Invitation, PaperFile, CubePart, CountPart]


def doors() -> set[type[models.Model]]:
    """Return the answer tables that Django's admin shows."""
    return set(SECRET_TABLES) & set(admin.site._registry)


def test_the_admin_has_no_door_to_answers():
    get_resolver().url_patterns  # noqa: B018 - reading the addresses registers what is to be registered

    assert doors() == set()


def test_the_look_for_doors_finds_one():
    admin.site.register(Response)
    try:
        assert doors() == {Response}
    finally:
        admin.site.unregister(Response)


def columns(model: type[models.Model]) -> set[str]:
    return {field.column for field in model._meta.get_fields() if hasattr(field, "column") and field.column}


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (Envelope, {"id", "cycle_id", "invitation_id", "sealed"}),
        (Draft, {"key", "cycle_id", "sealed"}),
        (PaperFile, {"id", "cycle_id", "digest"}),
        (Response, {"id", "cycle_id", "unit_id", "audience", "codes"}),
        (Invitation, {"id", "cycle_id", "person_id", "unit_id", "audience", "submitted"}),
    ],
)
def test_tables_of_answers_have_no_column_for_a_person_a_date_or_an_address(
    model: type[models.Model], expected: set[str]
):
    """A new column here needs a new look at docs/confidentiality.md."""
    assert columns(model) == expected


def test_a_comment_has_no_column_that_leads_back_to_its_answers():
    parts = ("response", "invitation", "person", "audience", "codes", "created", "envelope")

    assert not [name for name in columns(Comment) if any(part in name for part in parts)]
