"""Backups that can be restored: one tar file of the database as it is at one moment, and of uploaded files.

Never in a backup: the keys of open cycles (a backup from before the close must stay unreadable once the key is
destroyed), the secret of this installation, and mails written to files. docs/operation.md has the drill.
"""

import hashlib
import io
import json
import os
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.translation import gettext as _

MANIFEST: Final = "manifest.json"
DATABASE: Final = "database"
UPLOADS: Final = "uploads"
FORMAT: Final = 1
CHUNK: Final = 1 << 20


class BackupError(Exception):
    """A backup or restore that can't be done; nothing was changed. The message says why."""


def write(target: Path) -> dict[str, Any]:
    """Write a backup to a new file, readable for this user alone; returns its manifest. Raises BackupError."""
    if target.exists():
        raise BackupError(_("{file} exists already.").format(file=target))
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        copy = Path(folder) / DATABASE
        _dump(copy)
        files = {DATABASE: copy} | {f"{UPLOADS}/{name}": path for name, path in _uploads()}
        manifest = {
            "format": FORMAT,
            "made_at": timezone.now().isoformat(timespec="seconds"),
            "vendor": connection.vendor,
            "files": {name: _digest(path) for name, path in files.items()},
        }
        part = Path(folder) / "backup.tar"
        with (
            os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file,
            tarfile.open(fileobj=file, mode="w") as tar,
        ):
            _add_text(tar, MANIFEST, json.dumps(manifest, indent=1))
            for name, path in files.items():
                tar.add(path, arcname=name)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    return manifest


def restore(source: Path) -> dict[str, Any]:
    """Put a backup into this installation, whose database must be empty; returns the manifest. Raises BackupError."""
    if _has_tables():
        raise BackupError(
            _(
                "The database of this installation is not empty. Restore into a new one: set DATABASE_URL "
                "(or CFM_DATA_DIR) to an empty place."
            )
        )
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR) as folder:
        manifest = _unpacked(source, Path(folder))
        _load(Path(folder) / DATABASE)
        uploads = Path(folder) / UPLOADS
        if uploads.exists():
            uploads.rename(Path(settings.DATA_DIR) / UPLOADS)
    return manifest


def migrations_known() -> bool:
    """Whether this version of CFM knows every migration of the restored database."""
    from django.db.migrations.loader import MigrationLoader

    connection.close()
    applied = set(MigrationRecorder(connection).applied_migrations())
    return applied <= set(MigrationLoader(connection).disk_migrations)


def _unpacked(source: Path, folder: Path) -> dict[str, Any]:
    """Unpack a whole and unchanged backup of this kind of database. Raises BackupError for any other file."""
    try:
        with tarfile.open(source) as tar:
            tar.extractall(folder, filter="data")
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        files, vendor = dict(manifest["files"]), manifest["vendor"]
    except (OSError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise BackupError(_("{file} is no backup of CFM ({why}).").format(file=source, why=error)) from error
    for name, digest in files.items():
        path = folder / name
        if not path.is_file() or _digest(path) != digest:
            raise BackupError(
                _("{file} is damaged: {name} is not what was written.").format(file=source, name=name)
            )
    if vendor != connection.vendor:
        text = _("This is a backup of {theirs}; DATABASE_URL names {ours}.")
        raise BackupError(text.format(theirs=vendor, ours=connection.vendor))
    return manifest


def _uploads() -> Iterator[tuple[str, Path]]:
    folder = Path(settings.DATA_DIR) / UPLOADS
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def _dump(copy: Path) -> None:
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(_sqlite_file())) as ours, closing(sqlite3.connect(copy)) as theirs:
            ours.backup(theirs)
            theirs.execute("PRAGMA journal_mode=DELETE")
    else:
        _postgresql("pg_dump", "--format=custom", "--no-owner", f"--file={copy}", _address())


def _load(copy: Path) -> None:
    if connection.vendor == "sqlite":
        connection.close()
        with closing(sqlite3.connect(copy)) as theirs, closing(sqlite3.connect(_sqlite_file())) as ours:
            theirs.backup(ours)
    else:
        _postgresql(
            *(
                "pg_restore",
                "--no-owner",
                "--exit-on-error",
                "--single-transaction",
                f"--dbname={_address()}",
            ),
            str(copy),
        )


def _has_tables() -> bool:
    return bool(connection.introspection.table_names())


def _sqlite_file() -> str:
    return str(connection.settings_dict["NAME"])


def _address() -> str:
    """The database's address without its password, which travels in the environment."""
    told = connection.settings_dict
    user, host, name = (quote(str(told[key] or ""), safe="") for key in ("USER", "HOST", "NAME"))
    port = f":{told['PORT']}" if told["PORT"] else ""
    return f"postgresql://{user}{'@' if user else ''}{host}{port}/{name}"


def _postgresql(program: str, *arguments: str) -> None:
    environment = os.environ | {"PGPASSWORD": str(connection.settings_dict["PASSWORD"] or "")}
    try:
        done = subprocess.run(  # noqa: S603 - our own words and addresses, no shell
            [program, *arguments], env=environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        text = _("{program} is not installed: install the client programs of PostgreSQL.")
        raise BackupError(text.format(program=program)) from None
    if done.returncode:
        raise BackupError(f"{program}: {done.stderr.strip()}")


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    data = text.encode()
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))
