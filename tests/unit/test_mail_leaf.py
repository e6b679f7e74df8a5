"""Files are found again by their path, also those inside attached mail."""

from __future__ import annotations

import pytest

from dropbox.filing.originals import originals_of
from dropbox.mail.read import leaf, read

INNER = (
    b"From: ann@customer.example\nSubject: Inner\nMessage-ID: <i@customer.example>\n"
    b'Content-Type: multipart/mixed; boundary="in"\n\n'
    b"--in\nContent-Type: text/plain\n\nSee the file.\n"
    b'--in\nContent-Type: text/csv\nContent-Disposition: attachment; filename="a.csv"\n'
    b"Content-Transfer-Encoding: base64\n\nMSwyLDM=\n--in--\n"
)


def outer(inner_type: bytes, disposition: bytes = b"attachment") -> bytes:
    return (
        b'From: hanako@corp.example\nContent-Type: multipart/mixed; boundary="out"\n\n'
        b"--out\nContent-Type: text/plain\n\nFYI\n"
        b"--out\nContent-Type: " + inner_type + b"\nContent-Disposition: " + disposition + b"\n\n"
        + INNER + b"\n--out--\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("inner_type", "disposition"),
    [
        (b"message/rfc822", b"attachment"),
        (b"application/octet-stream", b'attachment; filename="mail.eml"'),
    ],
)
def test_a_file_of_an_attached_original_is_found_in_the_mail_that_brought_it(
    inner_type, disposition
):
    raw = outer(inner_type, disposition)
    (original,) = originals_of(read(raw))
    (part,) = original.message.attachments
    assert (part.filename, part.path) == ("a.csv", "2.2")
    assert leaf(raw, part.path) == b"1,2,3"


@pytest.mark.parametrize("path", ["2.3", "2.2.1.1", "3", "", "2.", ".", "1.1"])
def test_a_path_that_leads_nowhere_finds_nothing(path):
    assert leaf(outer(b"message/rfc822"), path) is None
