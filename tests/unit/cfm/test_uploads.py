"""Uploaded files: taken for what they are by content, hostile ones refused in plain words."""

import io
from contextlib import suppress

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from cfm.lib import uploads
from cfm.lib.uploads import MAX_SIZE, RefusedFileError, check, safe_name
from tests.factories.uploads import PDF, PNG, archive, docx, lying_bomb, odt

TYPES = b"[Content_Types].xml"


def checked(name: str, content: bytes) -> uploads.Checked:
    return check(io.BytesIO(content), name=name)


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("minutes.pdf", PDF, "application/pdf"),
        ("Board.PDF", PDF, "application/pdf"),
        ("photo.png", PNG, "image/png"),
        ("photo.jpeg", b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        ("plan.docx", docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("plan.odt", odt(), "application/vnd.oasis.opendocument.text"),
        ("notes.txt", "Grüße\n=1+1".encode(), "text/plain"),
        ("figures.csv", b"a,b\r\n-1,+2.5\r\n-,x@y.example\r\n", "text/csv"),
    ],
)
def test_a_file_is_taken_for_what_it_is(name, content, media_type):
    found = checked(name, content)

    assert (found.media_type, found.size, found.name.lower()) == (media_type, len(content), name.lower())


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("empty.pdf", b"", "empty"),
        ("huge.pdf", PDF + b" " * MAX_SIZE, "larger than 10 MB"),
        ("page.html", b"<script>", "not taken"),
        ("run.exe", b"MZ\x90", "not taken"),
        ("noextension", PDF, "not taken"),
        ("archive.zip", archive({"a.txt": b"a"}), "not taken"),
        ("page.pdf", b"<html><script>alert(1)</script>", "not what its name says"),
        ("program.png", b"MZ\x90\x00", "not what its name says"),
        ("pdf.docx", PDF, "not what its name says"),
        ("plain.docx", archive({"a.txt": b"a"}), "not what its name says"),
        ("sheet.xlsx", docx(), "not what its name says"),
        ("table.ods", odt("text"), "not what its name says"),
        ("cut.docx", docx()[:-30], "not what its name says"),
        ("nul.txt", b"a\0b", "NUL"),
        ("latin.txt", "Grüße".encode("latin-1"), "UTF-8"),
        ("escape.txt", b"\x1b[2J", "not what its name says"),
        (
            "formula.csv",
            b'name,link\r\nx,"=HYPERLINK(""http://x"")"\r\n',
            "Line 2 of the table holds a formula",
        ),
        ("formula.csv", b"@SUM(A1)\n", "formula"),
        ("formula.csv", b"a, +cmd|' /C calc'!A0\n", "formula"),
        ("wide.csv", b"a" * 200_000, "no CSV table"),
        (
            "macro.docx",
            archive({TYPES.decode(): b"x", "word/document.xml": b"x", "word/vbaProject.bin": b"x"}),
            "macros",
        ),
        ("out.docx", archive({TYPES.decode(): b"x", "word/document.xml": b"x", "../../x": b"x"}), "outside"),
        ("bomb.docx", docx(word__media=b"\0" * (150 * 1024 * 1024)), "unfolds"),
        ("lying.docx", lying_bomb(), "unfolds"),
        ("many.docx", archive({f"p{n}": b"" for n in range(uploads.MAX_PARTS + 1)}), "unfolds"),
    ],
)
def test_a_hostile_file_is_refused_in_plain_words(name, content, why):
    with pytest.raises(RefusedFileError, match=why):
        checked(name, content)


def test_a_document_with_a_password_is_refused():
    data = bytearray(docx())
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(sign)
        while at >= 0:
            data[at + place] |= 1
            at = data.find(sign, at + 4)

    with pytest.raises(RefusedFileError, match="password"):
        checked("secret.docx", bytes(data))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\fakepath\\plan.pdf", "plan.pdf"),
        ("a\0b.pdf", "ab.pdf"),
        ('x"; filename="y.pdf', "x filename= y.pdf"),
        ("new\r\nSet-Cookie: a.pdf", "new Set-Cookie a.pdf"),
        ("fdp\u202egnp.pdf", "fdp gnp.pdf"),
        ("  .hidden.pdf ", "hidden.pdf"),
        ("con.txt", "_con.txt"),
        ("", "file"),
        ("...", "file"),
        ("Übersicht 2026.pdf", "Übersicht 2026.pdf"),
        ("x" * 300 + ".docx", "x" * 115 + ".docx"),
    ],
)
def test_a_name_is_made_safe_and_stays_readable(name, safe):
    assert safe_name(name) == safe


@given(st.text(max_size=200))
def test_no_name_leads_elsewhere_or_breaks_a_header(name):
    safe = safe_name(name)

    assert 1 <= len(safe) <= uploads.MAX_NAME
    assert not set(safe) & set('/\\"<>:|?*;%\r\n\0')
    assert not safe.startswith(".")
    assert safe_name(safe) == safe


@given(st.sampled_from(sorted(uploads.KINDS)), st.binary(max_size=300))
def test_any_bytes_are_taken_or_refused_and_never_break(extension, content):
    with suppress(RefusedFileError):
        assert checked(f"x.{extension}", content).size == len(content)


def test_of_a_huge_upload_only_as_much_is_kept_as_shows_that_it_is_huge():
    boundary = "edge"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'.encode()
    body = head + b"x" * (3 * MAX_SIZE) + f"\r\n--{boundary}--\r\n".encode()
    request: HttpRequest = RequestFactory().generic(
        "POST", "/", body, content_type=f"multipart/form-data; boundary={boundary}"
    )

    size = request.FILES["file"].size
    request.close()

    assert MAX_SIZE < size < 2 * MAX_SIZE
