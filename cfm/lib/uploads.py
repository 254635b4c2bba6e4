"""Files that people upload: what they are by their content, within limits, under a name that is safe to give back.

A file is taken only if its content is what its name says and nothing in it unfolds to more than it seems. Nothing is
ever unpacked to disk, and what is stored is only given back as a download.
"""

import csv
import hashlib
import io
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext as _

MAX_SIZE: Final = 10 * 1024 * 1024  # bytes of an uploaded file
MAX_NAME: Final = 120
MAX_PARTS: Final = 5_000  # of a document that is a ZIP archive inside
MAX_UNPACKED: Final = 100 * 1024 * 1024
MAX_RATIO: Final = 200  # unpacked to packed; counts from RATIO_FROM on
RATIO_FROM: Final = 5 * 1024 * 1024
_PIECE: Final = 1024 * 1024
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff<>:"/\\|?*;%]+')
_BINARY: Final = re.compile(r"[\x01-\x08\x0b\x0e-\x1f\x7f]")
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[+-]?[\d.,\s]*%?$")


class RefusedFileError(ValueError):
    """A file that is not taken; the message says why and what is."""


@dataclass(frozen=True)
class Kind:
    """What a file may be. container: the member that makes a ZIP archive this kind of document."""

    media_type: str
    signs: tuple[bytes, ...] = ()
    container: str = ""


_OOXML: Final = "application/vnd.openxmlformats-officedocument."
_ODF: Final = "application/vnd.oasis.opendocument."
KINDS: Final[dict[str, Kind]] = {
    "pdf": Kind("application/pdf", (b"%PDF-",)),
    "png": Kind("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": Kind("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": Kind("image/jpeg", (b"\xff\xd8\xff",)),
    "docx": Kind(f"{_OOXML}wordprocessingml.document", container="word/document.xml"),
    "xlsx": Kind(f"{_OOXML}spreadsheetml.sheet", container="xl/workbook.xml"),
    "pptx": Kind(f"{_OOXML}presentationml.presentation", container="ppt/presentation.xml"),
    "odt": Kind(f"{_ODF}text", container="content.xml"),
    "ods": Kind(f"{_ODF}spreadsheet", container="content.xml"),
    "odp": Kind(f"{_ODF}presentation", container="content.xml"),
    "txt": Kind("text/plain"),
    "csv": Kind("text/csv"),
}
ACCEPT: Final = ",".join(f".{extension}" for extension in KINDS)


@dataclass(frozen=True)
class Checked:
    """A file that may be kept. name: safe to give back; digest: SHA-256 of the content."""

    name: str
    media_type: str
    size: int
    digest: str


class CappedUploadHandler(FileUploadHandler):
    """Keeps no more of a file than is needed to see that it is too large, so that nobody fills the disk."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= MAX_SIZE else None

    def file_complete(self, file_size: int) -> None:
        return None


def check(file: IO[bytes], *, name: str) -> Checked:
    """Return what the file is. name: as the browser gave it.

    Raises RefusedFileError for an empty or huge file, a kind that isn't taken, content that is not what the name says,
    text with NUL characters, a table with formulas, a document that unfolds to too much, has macros or a password.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    safe = safe_name(name)
    extension = safe.rpartition(".")[2].lower() if "." in safe else ""
    if size > MAX_SIZE:
        raise RefusedFileError(
            _("The file is larger than %d MB. Give a link to it instead.") % (MAX_SIZE // 1024**2)
        )
    if not size:
        raise RefusedFileError(_("The file is empty."))
    kind = KINDS.get(extension)
    if kind is None:
        raise RefusedFileError(
            _("Files of this kind are not taken. Taken are: %s.") % ", ".join(sorted(KINDS))
        )
    data = file.read()
    _check_content(data, kind, extension)
    file.seek(0)
    return Checked(safe, kind.media_type, size, hashlib.sha256(data).hexdigest())


def safe_name(name: str) -> str:
    """Return the last part of the name without what browsers, shells or file systems might read otherwise.

    >>> safe_name("../../etc/pass\\x00wd.txt"), safe_name("C:\\\\a\\\\b<c>.pdf"), safe_name("..")
    ('passwd.txt', 'b c .pdf', 'file')
    """
    last = re.split(r"[/\\]", name)[-1]
    shown = unicodedata.normalize("NFC", last).replace("\0", "")
    shown = " ".join(_UNSAFE.sub(" ", shown).split()).strip(". ")
    if _RESERVED.match(shown):
        shown = f"_{shown}"
    stem, dot, extension = shown.rpartition(".")
    if dot and len(shown) > MAX_NAME:
        extension = extension[:10]
        shown = f"{stem[: MAX_NAME - len(extension) - 1]}.{extension}"
    return shown[:MAX_NAME] or "file"


def _check_content(data: bytes, kind: Kind, extension: str) -> None:
    if kind.container:
        _check_archive(data, kind, extension)
    elif kind.signs:
        if not data.startswith(kind.signs):
            raise _other_content(extension)
    else:
        _check_text(data, extension)


def _other_content(extension: str) -> RefusedFileError:
    return RefusedFileError(
        _("The content of the file is not what its name says: it is no .%s file.") % extension
    )


def _check_text(data: bytes, extension: str) -> None:
    if b"\0" in data:
        raise RefusedFileError(_("The file holds NUL characters: it is no text file."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedFileError(_("The text in the file is not in UTF-8. Save it as UTF-8.")) from error
    if _BINARY.search(text):
        raise _other_content(extension)
    if extension == "csv":
        _check_table(text)


def _check_table(text: str) -> None:
    """Refuse cells that a spreadsheet would run as a formula; numbers with a sign are none."""
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for cells in reader:
            if any(_is_formula(cell) for cell in cells):
                raise RefusedFileError(
                    _(
                        "Line %d of the table holds a formula (a cell that begins with = + - or @). Save values only."
                    )
                    % reader.line_num
                )
    except csv.Error as error:
        raise RefusedFileError(_("The file is no CSV table: %s.") % error) from error


def _is_formula(cell: str) -> bool:
    shown = cell.lstrip(" \t\r")
    return shown.startswith(("=", "@")) or (shown.startswith(("+", "-")) and not _NUMBER.match(shown))


def _check_archive(data: bytes, kind: Kind, extension: str) -> None:
    """Refuse what is no such document or unfolds to too much; what is there counts, not what is told."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OverflowError) as error:
        raise _other_content(extension) from error
    names = {part.filename for part in parts}
    if len(parts) > MAX_PARTS or len(names) < len(parts):
        raise _bomb()
    if any(part.flag_bits & 1 for part in parts):
        raise RefusedFileError(_("The document is protected by a password. Save it without one."))
    if any(name.startswith("/") or ".." in re.split(r"[/\\]", name) for name in names):
        raise RefusedFileError(_("The document names places outside of itself and is not taken."))
    _check_unpacked(data, parts, extension)
    if kind.container not in names or not _is_kind(data, parts, kind):
        raise _other_content(extension)
    if any(
        name.lower().endswith("vbaproject.bin") or name.startswith(("Basic/", "Scripts/")) for name in names
    ):
        raise RefusedFileError(_("The document holds macros. Save it without them."))


def _is_kind(data: bytes, parts: list[zipfile.ZipInfo], kind: Kind) -> bool:
    if not kind.media_type.startswith(_ODF):
        return any(part.filename == "[Content_Types].xml" for part in parts)
    declared = next((part for part in parts if part.filename == "mimetype"), None)
    return declared is not None and b"".join(_unpacked(data, declared)) == kind.media_type.encode()


def _check_unpacked(data: bytes, parts: list[zipfile.ZipInfo], extension: str) -> None:
    total = 0
    try:
        for part in parts:
            for piece in _unpacked(data, part):
                total += len(piece)
                if total > MAX_UNPACKED or (total > RATIO_FROM and total > MAX_RATIO * len(data)):
                    raise _bomb()
    except (zlib.error, struct.error) as error:
        raise _other_content(extension) from error


def _bomb() -> RefusedFileError:
    return RefusedFileError(
        _("The document unfolds to far more than its size and is not taken (more than %d MB or %d parts).")
        % (MAX_UNPACKED // 1024**2, MAX_PARTS)
    )


def _unpacked(data: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the part's content in pieces as it really is: sizes told in the archive may be lies."""
    lengths = struct.unpack_from("<HH", data, part.header_offset + 26)
    start = part.header_offset + 30 + sum(lengths)
    packed = data[start : start + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        yield packed
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise zlib.error("neither stored nor deflated")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    while not inflater.eof:
        piece = inflater.decompress(packed, _PIECE)
        packed = inflater.unconsumed_tail
        if not piece and not packed:
            return
        yield piece
