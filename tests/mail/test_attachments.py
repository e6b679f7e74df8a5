"""Attachments: real types, what is inline, what may be folded away, names for what has none."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropbox.mail import magic, parameters, transfer
from dropbox.mail.attachments import MAX_LOGO_BYTES
from dropbox.mail.read import leaf, read

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def mixed(*bodies: bytes) -> bytes:
    inner = b"".join(b"--b\r\n" + body + b"\r\n" for body in bodies)
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + inner + b"--b--\r\n"


def part(kind: str, data: bytes, *fields: str) -> bytes:
    head = "\r\n".join([f"Content-Type: {kind}", "Content-Transfer-Encoding: base64", *fields])
    return head.encode() + b"\r\n\r\n" + base64.encodebytes(data)


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            kind = "application/vnd.oasis.opendocument.text"
            archive.writestr(name, kind if name == "mimetype" else "x")
    return packed.getvalue()


OFFICE = "application/vnd.openxmlformats-officedocument"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"BM\x36\0\0\0\0\0\0\0\x36", "image/bmp"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"\0\0\0\x18ftypisom", "video/mp4"),
        (b"MZ\x90\0", "application/vnd.microsoft.portable-executable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (zipped("[Content_Types].xml", "word/document.xml"), f"{OFFICE}.wordprocessingml.document"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), f"{OFFICE}.spreadsheetml.sheet"),
        (zipped("[Content_Types].xml", "ppt/x.xml"), f"{OFFICE}.presentationml.presentation"),
        (zipped("mimetype", "content.xml"), "application/vnd.oasis.opendocument.text"),
        (zipped("word/notes.txt"), "application/zip"),
        (b"{\\rtf1", "application/rtf"),
        (b"\xef\xbb\xbf  <!DOCTYPE HTML>", "text/html"),
        (b"<svg xmlns=", "image/svg+xml"),
        (b"BM, your bank", ""),
        (b"hello", ""),
        (b"", ""),
    ],
)
def test_a_file_is_what_its_first_bytes_say(data, kind):
    raw = mixed(b"\r\nhi", part("application/x-thing; name=a.bin", data))
    found = read(raw).attachments[0]
    assert (found.content_type, found.detected_type) == ("application/x-thing", kind)


@given(st.binary(max_size=60))
def test_any_bytes_begin_some_file_or_none(data):
    assert magic.detect(data).isascii()


HTML = b'Content-Type: text/html\r\n\r\n<p>a</p><img src="cid:logo%40x.test"><img src=3Dcid:b@x>'


@pytest.mark.parametrize(
    ("fields", "inline"),
    [
        # Shown by the HTML, whatever the part says of itself
        (["image/png; name=a.png", "Content-ID: <LOGO@x.test>"], True),
        (["image/png", "Content-ID: <logo@x.test>", "Content-Disposition: attachment"], True),
        (["application/octet-stream", "Content-ID: <b@x>"], True),
        # Not shown by it
        (["image/png", "Content-Disposition: inline; filename=a.png"], True),
        (["image/png", "Content-ID: <other@x>"], True),
        (["image/png", "Content-ID: <other@x>", "Content-Disposition: attachment"], False),
        (["image/png; name=a.png"], False),
        # Apple Mail
        (["application/pdf", "Content-Disposition: inline; filename=a.pdf"], False),
    ],
)
def test_pictures_in_the_text_are_told_from_files(fields, inline):
    kind, *rest = fields
    data = b"%PDF-1.4" if "pdf" in kind else PNG
    found = read(mixed(HTML, part(kind, data, *rest))).attachments[0]
    assert found.inline is inline


@pytest.mark.parametrize(
    ("size", "fields", "decoration"),
    [
        (200, ["Content-ID: <logo@x.test>"], True),
        (MAX_LOGO_BYTES + 1, ["Content-ID: <logo@x.test>"], False),
        (200, ["Content-Disposition: attachment; filename=logo.png"], False),
    ],
)
def test_small_pictures_in_the_text_may_be_folded_away(size, fields, decoration):
    found = read(mixed(HTML, part("image/png", PNG.ljust(size, b"\0"), *fields))).attachments[0]
    assert found.decoration is decoration


def test_files_that_are_the_same_have_the_same_checksum_however_they_are_encoded():
    plain = b"Content-Type: a/b\r\n\r\n" + b"same bytes"
    first, second = read(mixed(b"\r\nhi", plain, part("c/d; name=x", b"same bytes"))).attachments
    assert first.sha256 == second.sha256 == hashlib.sha256(b"same bytes").digest()


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("Subject: Offer 12/2025\r\n", "Offer 12-2025.eml"),
        ("Subject: =?utf-8?B?6KaL56mN?=\r\n", "見積.eml"),
        ("Subject: ../../etc\u202epasswd\r\n", "..-..-etcpasswd.eml"),
        (f"Subject: {'x' * 400}\r\n", "x" * 250 + ".eml"),
        ("", "message.eml"),
    ],
)
def test_an_attached_message_is_named_after_its_subject(subject, name):
    inner = f"{subject}From: a@x.test\r\n\r\nhello".encode()
    raw = mixed(b"\r\nhi", b"Content-Type: message/rfc822\r\n\r\n" + inner)
    found = read(raw).attachments[0]
    assert found.filename[:200] == name[:200]
    assert found.filename.endswith(".eml")
    assert len(found.filename) <= 255
    assert leaf(raw, found.path) == inner


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        ('filename="%E8%A6%8B%E7%A9%8D.pdf"', "見積.pdf"),
        ("filename=\"UTF-8''%E8%A6%8B%E7%A9%8D.pdf\"", "見積.pdf"),
        ("filename=\"Shift_JIS''%8C%A9%90%CF.pdf\"", "見積.pdf"),
        ("filename=\"UTF-8''..%2F%E8%A6%8B.pdf\"", "見.pdf"),
        ('filename="100%25.pdf"', "100%25.pdf"),
        ('filename="5%E3.pdf"', "5%E3.pdf"),
        ("filename=\"it's 50% of O'Neill.pdf\"", "it's 50% of O'Neill.pdf"),
        ('filename="plan.pdf', "plan.pdf"),
    ],
)
def test_a_name_that_was_escaped_for_the_wrong_parameter_is_read(parameter, name):
    raw = mixed(part("application/pdf", b"x", f"Content-Disposition: attachment; {parameter}"))
    assert [one.filename for one in read(raw).attachments] == [name]


def test_an_attached_message_keeps_the_name_it_came_with_and_may_be_encoded():
    inner = b"Subject: =?utf-8?Q?a?=\r\n\r\nhello"
    named = part("message/rfc822", inner, "Content-Disposition: attachment; filename=old.eml")
    raw = mixed(b"\r\nhi", named, part("message/rfc822", inner))
    assert [one.filename for one in read(raw).attachments] == ["old.eml", "a.eml"]
    assert leaf(raw, "3") == inner


@given(st.binary(max_size=60))
def test_percent_encoding_comes_back(data):
    quoted = "".join(f"%{byte:02X}" for byte in data).encode()
    assert parameters.unquoted(quoted) == data


def test_percent_signs_that_encode_nothing_stay():
    assert parameters.unquoted(b"a%zzb%4=1%") == b"a%zzb%4=1%"


@given(
    st.binary(max_size=400),
    st.sampled_from([4, 60, 64, 74, 76]),
    st.sampled_from([b"\n", b"\r\n"]),
    st.lists(st.tuples(st.integers(0, 900), st.sampled_from([b"", b"=", b"!", b"\n", b" "])), max_size=3),
)
def test_a_large_file_is_measured_as_it_is_decoded(data, width, end, damages):
    encoded = base64.b64encode(data * 2_000)
    lines = end.join(encoded[at : at + width] for at in range(0, len(encoded), width))
    for at, junk in damages:
        at = at * len(lines) // 900
        lines = lines[:at] + junk + lines[at + 1 :]
    raw = b"head" + lines + b"tail"
    content = transfer.decode(raw, 4, len(raw) - 4, "base64")
    size, digest, head = transfer.measure(raw, 4, len(raw) - 4, "base64")
    assert (size, digest) == (len(content), hashlib.sha256(content).digest())
    assert content.startswith(head)
    assert len(head) == min(size, transfer.HEAD_BYTES)


@pytest.mark.parametrize("junk", [b"", b"=", b"==", b"!", b"\n", b"-", b"QUJD"])
@pytest.mark.parametrize("at", [100_000, 300_001, 420_003])
def test_damage_in_the_middle_of_a_large_file_is_measured_as_it_is_decoded(junk, at):
    lines = base64.encodebytes(bytes(range(256)) * 2_000)
    raw = lines[:at] + junk + lines[at + 1 :]
    content = transfer.decode(raw, 0, len(raw), "base64")
    size, digest, _ = transfer.measure(raw, 0, len(raw), "base64")
    assert (size, digest) == (len(content), hashlib.sha256(content).digest())
