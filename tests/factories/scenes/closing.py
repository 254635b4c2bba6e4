"""Scenes of the close: killed at any point, and what is left in the files."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
from django.conf import settings
from django.db import connection

from assessments.models import Cycle, Envelope, Invitation, Response
from assessments.services import counting, drafts, keys
from cfm.lib import erase
from tests.factories import assessments as make
from tests.factories.scenes.common import close, die, in_child

CANARY = "kanarienvogel-7f3a9"


def killed_closes() -> dict[str, Any]:
    """Kill a close at each point, do it again, and say what came out."""
    last_wipe = "_rewrite" if connection.vendor == "postgresql" else "_empty_log"
    points = {
        "before the commit": mock.patch.object(counting, "_check_counts", die),
        "after the count": mock.patch.object(keys, "destroy", die),
        "while the key is destroyed": mock.patch.object(Path, "unlink", die),
        "before the certificate": mock.patch.object(counting, "_certify", die),
        "before the wipe": mock.patch.object(erase, "wipe", die),
        "while wiping": mock.patch.object(erase, last_wipe, die),
        "never": mock.patch.object(counting, "_none", None, create=True),
    }
    return {name: _killed_close(patch) for name, patch in points.items()}


def _killed_close(patch: Any) -> dict[str, Any]:
    cycle = make.open_cycle()
    asked = make.submitted(cycle)
    expected = sorted(make.some_codes(row, number) for number, row in enumerate(asked))

    def dying() -> None:
        with patch:
            close(cycle.pk)

    _pid, status = os.waitpid(in_child(dying), 0)
    between = list(Response.objects.filter(cycle=cycle).values_list("pk", flat=True))
    close(cycle.pk)
    row = Cycle.objects.get(pk=cycle.pk)
    after = dict(Response.objects.filter(cycle=cycle).values_list("pk", "codes"))
    return {
        "killed": os.WIFSIGNALED(status),
        "answers kept": sorted(after.values()) == expected,
        "counted once": not between or set(between) == set(after),
        "state": row.state,
        "certificate": row.close_certificate,
        "key gone": not keys.exists(bytes(row.public_key or b"")),
        "envelopes": Envelope.objects.filter(cycle=cycle).count(),
    }


def interrupted_close() -> dict[str, Any]:
    """A close that ended after the count: closed, but the key is still there."""
    cycle = make.open_cycle()
    make.submitted(cycle)
    counting.count(cycle=cycle.pk)
    return {"cycle": cycle.pk, "code": cycle.code}


def raw_bytes() -> bytes:
    """Return what lies in the database's files: all of SQLite's, all relations of PostgreSQL's."""
    if connection.vendor == "sqlite":
        base = Path(settings.DATABASES["default"]["NAME"])
        return b"".join(path.read_bytes() for path in sorted(base.parent.glob(f"{base.name}*")))
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT 'base/' || oid FROM pg_database WHERE datname = current_database()")
        folder = cursor.fetchone()[0]
        cursor.execute("SELECT pg_ls_dir(%s)", [folder])
        files = [name for (name,) in cursor.fetchall() if name[0].isdigit()]
        return b"".join(_raw_file(cursor, f"{folder}/{name}") for name in files)


def _raw_file(cursor: Any, name: str) -> bytes:
    cursor.execute("SELECT pg_read_binary_file(%s, 0, 100000000, true)", [name])
    return bytes(cursor.fetchone()[0] or b"")


@contextmanager
def onlookers() -> Iterator[None]:
    """Let one connection go on seeing the database as it is now, and another write in another database meanwhile."""
    server = os.environ["DATABASE_URL"]
    with (
        psycopg.connect(server, dbname=connection.settings_dict["NAME"]) as reader,
        psycopg.connect(server, dbname="postgres") as writer,
    ):
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("SELECT count(*) FROM django_migrations")
        writer.execute("SELECT pg_current_xact_id()")
        yield


def order_with_holes() -> dict[str, Any]:
    """Count, let some invitations lie where a table with holes would have put them, wipe, and look where rows lie."""
    cycle = make.open_cycle(people={"NORTH": (30, 0)})
    asked = make.submitted(cycle)
    place = "ctid" if connection.vendor == "postgresql" else "rowid"
    counting.count(cycle=cycle.pk)
    for row in asked[::3]:
        Invitation.objects.filter(pk=row.pk).update(submitted=True)
    between = _ids_by(place)
    counting.clean(cycle=cycle.pk)
    after = _ids_by(place)
    return {"ordered before the wipe": between == sorted(between), "ordered": after == sorted(after)}


def _ids_by(place: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM assessments_invitation ORDER BY {place}")
        return [str(row[0]) for row in cursor.fetchall()]


def files(*, wipes: bool = True, watched: bool = False) -> dict[str, Any]:
    """Answer with canaries, close, and look for canaries and envelopes in the raw files before and after."""
    cycle = make.open_cycle(framework=make.shipped_framework())
    asked = make.submitted(cycle, comment=lambda row, number: CANARY)
    drafts.save(
        secret=b"secret of a browser",
        invitation=asked[0],
        answers=drafts.DraftAnswers(make.some_codes(asked[0]), CANARY),
    )
    pieces = [bytes(sealed)[600:664] for sealed in Envelope.objects.values_list("sealed", flat=True)]
    codes = [make.some_codes(row, number).encode() for number, row in enumerate(asked)]
    key = next(settings.KEY_DIR.glob("*.key")).read_bytes()
    before = raw_bytes()
    with onlookers() if watched else nullcontext():
        counting.count(cycle=cycle.pk)
        with nullcontext() if wipes else mock.patch.object(erase, "wipe", return_value=True):
            counting.clean(cycle=cycle.pk)
    after = raw_bytes()
    return {
        "envelopes before": sum(piece in before for piece in pieces),
        "envelopes after": sum(piece in after for piece in pieces),
        "answers before": sum(code in before for code in codes),
        "answers after": sum(code in after for code in codes),
        "comments before": before.count(CANARY.encode()),
        "comments after": after.count(CANARY.encode()),
        "key": key[:32] in before + after or key[32:] in before + after,
        "asked": len(asked),
    }
