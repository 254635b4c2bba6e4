"""Files as people upload them: honest documents, and hostile ones."""

import io
import struct
import zipfile
from collections.abc import Mapping

PDF = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


def archive(members: Mapping[str, bytes], *, stored: frozenset[str] = frozenset()) -> bytes:
    """Return a ZIP archive with these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            how = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            file.writestr(name, content, compress_type=how)
    return out.getvalue()


def docx(**more: bytes) -> bytes:
    """Return a small Word document; more: further members, with _ for / in their names."""
    members = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"}
    return archive(members | {name.replace("__", "/"): content for name, content in more.items()})


def odt(kind: str = "text") -> bytes:
    """Return a small OpenDocument file."""
    declared = f"application/vnd.oasis.opendocument.{kind}".encode()
    return archive({"mimetype": declared, "content.xml": b"<office/>"}, stored=frozenset({"mimetype"}))


def lying_bomb() -> bytes:
    """Return a document that unfolds to 150 MB and says that it is small."""
    data = bytearray(docx(word__media=b"\0" * (150 * 1024 * 1024)))
    at = data.index(b"PK\x01\x02", data.index(b"word/media") + 1)
    while data[at + 46 : at + 56] != b"word/media":
        at = data.index(b"PK\x01\x02", at + 4)
    struct.pack_into("<I", data, at + 24, 1000)
    return bytes(data)
