"""The private key of an open cycle: a file outside the database and its backups, destroyed by the close.

Only the process that closes a cycle reads it (and the import of paper answers its second half, a secret that
recognises a file imported twice).
"""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from nacl.public import PrivateKey

from assessments.services.errors import KeyFileError

SIZE: Final = 64


@dataclass(frozen=True)
class KeyPair:
    """The X25519 private key of a cycle and the secret that recognises paper files."""

    private: PrivateKey
    paper_secret: bytes

    @property
    def public(self) -> bytes:
        return bytes(self.private.public_key)


def fingerprint(public_key: bytes) -> str:
    """Return the SHA-256 of a public key (32 bytes) as 64 hexadecimal digits."""
    return hashlib.sha256(public_key).hexdigest()


def create(*, recovery: Path | None = None) -> KeyPair:
    """Make a key pair and write its private half, readable for this user alone, safely on disk.

    recovery: where to write one copy, on another medium, for a server that is lost before the close. Raises
    KeyFileError, with nothing left on the disk, where it can't be written or there is a file already.
    """
    pair = KeyPair(PrivateKey.generate(), secrets.token_bytes(32))
    if recovery is not None:
        try:
            _write(recovery, pair)
        except OSError as error:
            raise KeyFileError(f"{recovery}: {error.strerror}") from error
    _write(_path(fingerprint(pair.public)), pair)
    _sync_folder()
    return pair


def require_copy(public_key: bytes, *, recovery: Path) -> KeyPair:
    """Return the key pair of a recovery copy. Raises KeyFileError when it is not the key of this cycle."""
    try:
        return _pair(recovery.read_bytes(), public_key)
    except OSError as error:
        raise KeyFileError(f"{recovery}: {error.strerror}") from error


def restore(public_key: bytes, *, recovery: Path) -> None:
    """Put the recovery copy of a lost key into the key folder. Raises KeyFileError."""
    pair = require_copy(public_key, recovery=recovery)
    if not exists(public_key):
        _write(_path(fingerprint(public_key)), pair)
        _sync_folder()


def read(public_key: bytes) -> KeyPair:
    """Return the key pair that belongs to a public key. Raises KeyFileError when missing, cut off or another."""
    try:
        content = _path(fingerprint(public_key)).read_bytes()
    except FileNotFoundError:
        raise KeyFileError(
            _("The private key of this cycle is not in the key folder. Nothing was counted.")
        ) from None
    return _pair(content, public_key)


def _pair(content: bytes, public_key: bytes) -> KeyPair:
    if len(content) != SIZE:
        raise KeyFileError(_("The private key of this cycle is damaged. Nothing was counted."))
    pair = KeyPair(PrivateKey(content[:32]), content[32:])
    if pair.public != public_key:
        raise KeyFileError(_("The file is not the key of this cycle. Nothing was counted."))
    return pair


def _write(path: Path, pair: KeyPair) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(bytes(pair.private) + pair.paper_secret)
        file.flush()
        os.fsync(file.fileno())


def exists(public_key: bytes) -> bool:
    """Whether the private key is (still) on disk."""
    return _path(fingerprint(public_key)).exists()


def path_of(public_key: bytes) -> Path:
    """Return where the private key is while the cycle is open."""
    return _path(fingerprint(public_key))


def destroy(public_key: bytes) -> None:
    """Overwrite and remove the private key; may run again."""
    path = _path(fingerprint(public_key))
    if not path.exists():
        return
    shred(path)
    _sync_folder()


def shred(path: Path) -> None:
    """Overwrite a file that holds a key, and remove it."""
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(SIZE))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def _path(name: str) -> Path:
    folder: Path = settings.KEY_DIR
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{name}.key"


def _sync_folder() -> None:
    """Make the folder's entries survive a power cut."""
    handle = os.open(settings.KEY_DIR, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
