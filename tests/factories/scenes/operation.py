"""Scenes of operators: a backup, and what comes of it elsewhere."""

from pathlib import Path
from typing import Any

from django.conf import settings

from assessments.models import Cycle, Envelope, Invitation
from assessments.services import counting, keys
from assessments.services.errors import KeyFileError
from cfm.operation import backup, doctor
from tests.factories import assessments as make
from tests.factories.scenes.common import close


def back_up(file: str) -> dict[str, Any]:
    """Take a backup while a cycle is open and a file is uploaded, then let one more answer and close."""
    cycle = make.open_cycle()
    asked = make.submitted(cycle)
    upload = Path(settings.DATA_DIR) / "uploads" / "ab" / "evidence.pdf"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"%PDF-1.7 evidence")
    manifest = backup.write(Path(file))
    key = keys.path_of(bytes(cycle.public_key)).read_bytes()
    in_it = Path(file).read_bytes()
    close(cycle.pk)
    return {
        "asked": len(asked),
        "files": sorted(manifest["files"]),
        "key in it": key[:32] in in_it or key[32:] in in_it,
        "mode": oct(Path(file).stat().st_mode & 0o777),
    }


def restore(file: str) -> dict[str, Any]:
    """Put the backup into this empty installation and try to count its cycle."""
    backup.restore(Path(file))
    cycle = Cycle.objects.get()
    try:
        counting.count(cycle=cycle.pk)
        refused = ""
    except KeyFileError as error:
        refused = str(error)
    return {
        "state": Cycle.objects.get().state,
        "envelopes": Envelope.objects.count(),
        "submitted": Invitation.objects.filter(submitted=True).count(),
        "refused": refused,
        "upload": (Path(settings.DATA_DIR) / "uploads" / "ab" / "evidence.pdf").read_text(),
        "known": backup.migrations_known(),
        "wrong": [one.text for one in doctor.examine() if one.about == "keys" and one.state == "wrong"],
    }


def restore_fails(file: str) -> dict[str, Any]:
    """Try to put a file into this installation; returns what the operator reads, and the tables that are there then."""
    from django.db import connection

    before = connection.introspection.table_names()
    try:
        backup.restore(Path(file))
        said = ""
    except backup.BackupError as error:
        said = str(error)
    return {"said": said, "changed": connection.introspection.table_names() != before}
