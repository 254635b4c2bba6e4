"""What lies in an envelope: answers and comment, bound to their invitation, padded to one size, sealed.

Plaintext: version (1 byte), binding (16), number of items (2), unit position + 1 (4, paper only, else 0),
audience (1, paper only, else 0), length of the comment (2), two items a byte, the comment in UTF-8, zeros.
Sealed with a fresh sender key for the cycle's public key (libsodium's sealed box, 48 bytes more).

Drafts hold the same plaintext under a key that is derived from a secret in the respondent's browser.
"""

import hashlib
import struct
import uuid
from dataclasses import dataclass
from typing import Final

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

VERSION: Final = 1
HEADER: Final = struct.Struct(">B16sHH")
PAPER: Final = struct.Struct(">IB")
OVERHEAD: Final = 48
ALPHABET: Final = "0123456789abx"
_TO_HEX: Final = str.maketrans("x", "c")  # the thirteen characters as hexadecimal digits, two a byte
_FROM_HEX: Final = str.maketrans("c", "x", "def")
DRAFT_SECRET_BYTES: Final = 16
COMMENT_CHARACTERS: Final = 1000
COMMENT_BYTES: Final = 4 * COMMENT_CHARACTERS
AUDIENCE_NUMBER: Final = {"staff": 1, "manager": 2}


class SpoiledError(Exception):
    """The envelope can't be opened or holds something else than it should."""


@dataclass(frozen=True)
class Ballot:
    """What one envelope holds. unit (position) and audience only where no invitation says them."""

    codes: str
    comment: str = ""
    unit: int | None = None
    audience: str = ""


def binding(cycle: int, invitation: uuid.UUID | None) -> bytes:
    """Return 16 bytes that tie an envelope to its cycle and invitation, so that none can be moved to another."""
    name = f"{cycle}:{invitation.hex if invitation else 'paper'}".encode()
    return hashlib.blake2b(name, digest_size=16, person=b"cfm-envelope").digest()


def envelope_size(items: int) -> int:
    """Return the bytes of every envelope of a cycle whose longest questionnaire has this many items: 4,096 or more."""
    needed = OVERHEAD + HEADER.size + (items + 1) // 2 + COMMENT_BYTES
    return max(4096, -(-needed // 1024) * 1024)


def paper_size(items: int) -> int:
    """Return the bytes of every envelope with answers from paper: the least multiple of 64 that holds them."""
    needed = OVERHEAD + HEADER.size + PAPER.size + (items + 1) // 2
    return -(-needed // 64) * 64


def pack(ballot: Ballot, *, bound: bytes, size: int) -> bytes:
    """Return the padded plaintext (size bytes).

    Raises ValueError for an unknown character, too long a comment, or more than the size holds.
    """
    if len(ballot.comment) > COMMENT_CHARACTERS:
        raise ValueError(f"a comment has at most {COMMENT_CHARACTERS} characters")
    comment = ballot.comment.encode()
    parts = [HEADER.pack(VERSION, bound, len(ballot.codes), len(comment))]
    if ballot.unit is not None:
        parts.append(PAPER.pack(ballot.unit, AUDIENCE_NUMBER[ballot.audience]))
    parts += [_pack_codes(ballot.codes), comment]
    plain = b"".join(parts)
    if len(plain) > size:
        raise ValueError("the answers do not fit into an envelope of this cycle")
    return plain.ljust(size, b"\0")


def unpack(plain: bytes, *, bound: bytes, paper: bool) -> Ballot:
    """Return what was packed. Raises SpoiledError when it is bound to something else or not well formed."""
    try:
        version, found, items, comment_length = HEADER.unpack_from(plain)
        if version != VERSION or found != bound:
            raise SpoiledError("bound to another invitation")
        start = HEADER.size
        unit, audience = _unpack_paper(plain, start) if paper else (None, "")
        start += PAPER.size if paper else 0
        middle = start + (items + 1) // 2
        end = middle + comment_length
        codes = _unpack_codes(plain[start:middle], items)
        comment = plain[middle:end].decode()
    except (struct.error, KeyError, UnicodeDecodeError) as error:
        raise SpoiledError("not well formed") from error
    if end > len(plain) or plain.count(0, end) != len(plain) - end:
        raise SpoiledError("something behind the end")
    return Ballot(codes=codes, comment=comment, unit=unit, audience=audience)


def _unpack_paper(plain: bytes, start: int) -> tuple[int, str]:
    unit, number = PAPER.unpack_from(plain, start)
    return unit, {number: audience for audience, number in AUDIENCE_NUMBER.items()}[number]


def seal(ballot: Ballot, *, public_key: bytes, bound: bytes, size: int) -> bytes:
    """Return the sealed envelope: exactly `size` bytes whatever it holds."""
    sealed: bytes = SealedBox(PublicKey(public_key)).encrypt(pack(ballot, bound=bound, size=size - OVERHEAD))
    return sealed


def unseal(sealed: bytes, *, private: PrivateKey, bound: bytes, paper: bool) -> Ballot:
    """Open an envelope. Raises SpoiledError for another key, a changed bit or a wrong binding."""
    try:
        plain = SealedBox(private).decrypt(bytes(sealed))
    except CryptoError as error:
        raise SpoiledError("can't be opened") from error
    return unpack(plain, bound=bound, paper=paper)


def draft_keys(secret: bytes, invitation: uuid.UUID) -> tuple[str, bytes]:
    """Return (row key, 64 hexadecimal digits; encryption key, 32 bytes) of a browser's draft for an invitation.

    Neither tells anything about the other, the secret or the invitation (keyed BLAKE2b).
    Raises ValueError for a secret of fewer than 16 bytes.
    """
    if len(secret) < DRAFT_SECRET_BYTES:
        raise ValueError(f"the secret of a draft has at least {DRAFT_SECRET_BYTES} bytes")
    secret = hashlib.sha256(secret).digest()
    row = hashlib.blake2b(invitation.bytes, key=secret, digest_size=32, person=b"cfm-draft-row")
    key = hashlib.blake2b(invitation.bytes, key=secret, digest_size=32, person=b"cfm-draft-key")
    return row.hexdigest(), key.digest()


def _pack_codes(codes: str) -> bytes:
    if not set(codes) <= set(ALPHABET):
        raise ValueError("an answer with an unknown character")
    digits = codes.translate(_TO_HEX)
    return bytes.fromhex(digits + "0" * (len(digits) % 2))


def _unpack_codes(packed: bytes, items: int) -> str:
    codes = packed.hex().translate(_FROM_HEX)[:items]
    if len(codes) != items:
        raise SpoiledError("not well formed")
    return codes
