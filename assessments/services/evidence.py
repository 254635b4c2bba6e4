"""Files that prove entries: checked by content, kept in the data directory under ids, given back as downloads."""

import os
import uuid
from pathlib import Path
from typing import IO, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import ChecklistEntry, EntryEvent, EvidenceFile
from assessments.services.checklists import VERDICT_FIELDS, require_editable, take_back_verdict
from assessments.services.cycles import locked
from assessments.services.errors import ServiceError
from cfm.lib import audit, uploads

MOST_FILES: Final = 10  # an entry


class FileRefusedError(ServiceError):
    """The file is not taken; the message says why."""


def path_of(file: EvidenceFile) -> Path:
    """Return where the content of a file is kept: outside of everything that is served."""
    return _folder() / file.stored.hex


def add_file(*, entry: ChecklistEntry, content: IO[bytes], name: str, by: int | None) -> EvidenceFile:
    """Keep a file with an entry; the same content again changes nothing.

    name: as the browser gave it; by: a person's id. Raises FileRefusedError for a file that is not taken and for one
    too many, ChecklistClosedError unless the cycle is opened and not yet published.
    """
    try:
        checked = uploads.check(content, name=name)
    except uploads.RefusedFileError as error:
        raise FileRefusedError(str(error)) from error
    stored = uuid.uuid4()
    path = _folder() / stored.hex
    kept = False
    try:
        _write(path, content)  # before the transaction: nobody else waits for the disk
        with transaction.atomic():
            row = _add(entry, checked, stored, by)
        kept = row.stored == stored
    finally:
        if not kept:
            path.unlink(missing_ok=True)
    return row


@transaction.atomic
def remove_file(*, file: EvidenceFile, by: int | None) -> None:
    """Take a file away; its content goes unless an entry of another cycle shares it. Raises ChecklistClosedError."""
    cycle = locked(file.entry.cycle_id)
    require_editable(cycle)
    entry = ChecklistEntry.objects.select_for_update(of=("self",)).get(pk=file.entry_id)
    path, stored = path_of(file), file.stored
    EvidenceFile.objects.filter(pk=file.pk).delete()
    _happened(entry, EntryEvent.Kind.FILE_REMOVED, file.name, by)
    if not EvidenceFile.objects.filter(stored=stored).exists():
        transaction.on_commit(lambda: path.unlink(missing_ok=True))


def share_files(pairs: dict[int, ChecklistEntry]) -> None:
    """Give entries the files of others, whose content they share. pairs: id of the old entry → the new one."""
    files = EvidenceFile.objects.filter(entry__in=pairs)
    EvidenceFile.objects.bulk_create(
        EvidenceFile(
            entry=pairs[file.entry_id],
            stored=file.stored,
            name=file.name,
            media_type=file.media_type,
            size=file.size,
            digest=file.digest,
            added_by_id=file.added_by_id,
        )
        for file in files
    )


def _add(entry: ChecklistEntry, checked: uploads.Checked, stored: uuid.UUID, by: int | None) -> EvidenceFile:
    require_editable(locked(entry.cycle_id))
    row = ChecklistEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    same = EvidenceFile.objects.filter(entry=row, digest=checked.digest).first()
    if same is not None:
        return same
    if EvidenceFile.objects.filter(entry=row).count() >= MOST_FILES:
        raise FileRefusedError(_("An entry holds at most %d files. Remove one first.") % MOST_FILES)
    kept = EvidenceFile.objects.create(
        entry=row,
        stored=stored,
        name=checked.name,
        media_type=checked.media_type,
        size=checked.size,
        digest=checked.digest,
        added_by_id=by,
    )
    _happened(row, EntryEvent.Kind.FILE_ADDED, checked.name, by)
    return kept


def _happened(entry: ChecklistEntry, kind: str, name: str, by: int | None) -> None:
    """Write down what happened to the evidence; a verdict was of the evidence before."""
    if entry.verdict:
        take_back_verdict(entry)
        entry.save(update_fields=[*VERDICT_FIELDS])
    EntryEvent.objects.create(entry=entry, kind=kind, value=name, by_id=by, at=timezone.now())
    audit.record(f"checklist.{kind}", f"entry {entry.pk}", by=by)


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "uploads" / "evidence"


def _write(path: Path, content: IO[bytes]) -> None:
    """Write the content whole or not at all, for this user only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content.seek(0)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while piece := content.read(1024 * 1024):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
