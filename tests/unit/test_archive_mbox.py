"""The mbox reader: what others wrote comes back, and nothing is lost where they wrote it badly."""

import csv
import mailbox
import re
import tempfile
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropbox.archive import mbox
from dropbox.archive.items import Archive

SHARED = Path("/work/shared/mail")
FROM = b"From hanako@corp.example Mon Mar  3 09:30:10 2025\n"
LINES = st.sampled_from(
    [b"", b"Hello,", b"From here on we agree", b">From the desk", b">>From > one", b"To: you",
     b"From bob@x.example Mon Mar  3 09:30:10 2025", b".", b"\xe3\x81\x82" * 90, b">" * 150]
)  # fmt: skip
CHUNKS = st.sampled_from([1, 2, 3, 7, 50, 1 << 20])


def read(data: bytes, suffix: str = ".mbox") -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"old{suffix}"
        path.write_bytes(data)
        items = list(Archive([path], Path(folder) / "spill", 1 << 20).items())
        assert not [item.problem for item in items if item.problem]
        return [item.content.read().replace(b"\r\n", b"\n") for item in items if item.content]


def unquoted(message: bytes) -> bytes:
    return re.sub(rb"(?m)^>(>*From )", rb"\1", message)


@given(st.lists(st.lists(LINES, max_size=12), max_size=6), CHUNKS)
def test_what_pythons_mailbox_writes_is_read_back_whatever_the_chunks(bodies, chunk):
    messages = [b"Subject: %d\n\n" % n + b"\n".join(body) for n, body in enumerate(bodies)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "written"
        written = mailbox.mbox(path)
        for message in messages:
            written.add(message)
        written.close()
        data = path.read_bytes()
    with mock.patch.object(mbox, "CHUNK_BYTES", chunk):
        found = read(data)
    ended = [one if one.endswith(b"\n") else one + b"\n" for one in messages]
    assert found == [unquoted(one) for one in ended]


BROKEN = st.sampled_from(
    [FROM[:-1], b"From ", b"From bob", b"From bob@x.example", b"From - Mon Mar  3 09:30:10 2025",
     b"From here on we agree", b"", b"", b"Subject: one", b"Content-Length: 9",
     b"Content-Length: 0", b"text", b">From quoted", b"From " + b"x" * 6000]
)  # fmt: skip


@given(st.lists(BROKEN, max_size=30), st.sampled_from([b"\n", b"\r\n"]), CHUNKS)
def test_with_broken_separators_no_line_of_any_mail_is_lost(lines, line_end, chunk):
    with mock.patch.object(mbox, "CHUNK_BYTES", chunk):
        found = read(line_end.join(lines))
    assert text_of(b"\n".join(found).split(b"\n")) == text_of(lines)


def text_of(lines):
    """Whatever is not blank and cannot be a separator, quoted or not."""
    names = [line.lstrip(b">") for line in lines]
    return [one for one in names if one and not re.match(rb"From (?:\S*@|-)|From (?:bob)?$", one)]


@given(st.binary(max_size=300), CHUNKS)
def test_any_bytes_at_all_can_be_read(data, chunk):
    with mock.patch.object(mbox, "CHUNK_BYTES", chunk):
        read(FROM + data)


def mails(*bodies: bytes, between: bytes = b"\n") -> bytes:
    return b"".join(FROM + b"Subject: x\n\n" + body + b"\n" + between for body in bodies)


def test_what_follows_a_counted_mail_is_not_lost_without_a_header_and_a_blank_line():
    counted = FROM + b"Content-Length: 9\n\nFrom bob\n"
    assert read(counted + FROM + b"From here on we agree") == [
        b"Content-Length: 9\n\nFrom bob\n",
        b"From here on we agree",
    ]
    (one,) = read(counted + b"\n" * 5000 + b"From here on we agree")
    assert one.endswith(b"\nFrom here on we agree")


def test_a_missing_blank_line_before_a_separator_does_not_join_two_mails():
    assert len(read(mails(b"one", b"two", between=b""))) == 2


def test_a_separator_without_a_date_is_one_when_an_address_is_in_it_and_a_header_below():
    assert len(read(FROM + b"Subject: 1\n\none\n\nFrom bob@x.example\nSubject: 2\n\ntwo\n")) == 2


@pytest.mark.parametrize(
    "line", [b"From here on:\nNote: this", b"From bob@x.example\nwe heard", b"From 2020 to 2021"]
)
def test_text_that_begins_with_from_stays_in_its_mail(line):
    assert read(mails(b"one\n\n" + line)) == [b"Subject: x\n\none\n\n" + line + b"\n"]


@pytest.mark.parametrize(
    "line",
    [
        b"From - Mon Mar  3 09:30:10 2025",  # Thunderbird
        b"From ???@??? Mon Mar 03 09:30:10 2025",  # Eudora
        b"From 1833215653612141880@xxx Mon May 26 20:18:05 +0000 2025",  # Google Takeout
        b"From MAILER-DAEMON Fri Jul  8 12:08:34 2011",
        b"From ann@x.example  Sat Jan 19 15:26:33 EST 2002",
        b"From ann@x.example Wed, 2 May 2001 10:10:26 +0200",
        b"From ann@x.example 2001-05-02 10:10:26",
    ],
)
def test_separators_of_many_programs_are_known(line):
    assert read(line + b"\n\nno header at all\n\n" + line + b"\nTo: you\n\ntwo\n") == [
        b"\nno header at all\n",
        b"To: you\n\ntwo\n",
    ]


def test_what_stands_before_the_first_separator_is_a_mail_too():
    assert read(b"Subject: first\n\nbody\n\n" + mails(b"one"))[0] == b"Subject: first\n\nbody\n"


def test_quoting_is_undone_once():
    assert read(mails(b">From a\n>>From b\n> From c")) == [
        b"Subject: x\n\nFrom a\n>From b\n> From c\n"
    ]


def test_quoting_is_undone_in_a_last_line_that_nobody_ended():
    assert read(FROM + b"Subject: x\n\n>From a") == [b"Subject: x\n\nFrom a"]


def test_a_mail_with_a_true_content_length_may_hold_separators_and_keeps_its_quotes():
    body = b"one\n\n" + FROM + b"To: not a mail\n\n>From as it was written\n"
    first = FROM + b"Subject: 1\nContent-Length: %d\n\n" % len(body) + body + b"\n"
    found = read(first + mails(b"two"))
    assert len(found) == 2
    assert found[0].endswith(b"\n\n" + body)


def test_a_false_content_length_is_no_reason_to_join_mails():
    for length in (1, 30, 10_000):
        first = FROM + b"Subject: 1\nContent-Length: %d\n\none\n\n" % length
        assert len(read(first + mails(b"two", b"three"))) == 3


def test_a_mail_of_several_chunks_with_quotes_at_every_cut_comes_back_whole():
    body = b"".join(b">From %d\n" % number for number in range(20_000))
    for chunk in (999, 1000, 1001):
        with mock.patch.object(mbox, "CHUNK_BYTES", chunk):
            assert read(mails(body)) == [b"Subject: x\n\n" + unquoted(body) + b"\n"]


def test_a_leading_from_line_names_the_envelope_sender():
    assert mbox.split_from_line(FROM + b"To: x\n") == ("hanako@corp.example", b"To: x\n")
    assert mbox.split_from_line(FROM.replace(b"hanako@corp.example", b"MAILER-DAEMON"))[0] == ""
    assert mbox.split_from_line(b"From: x\n\n") == (None, b"From: x\n\n")
    assert mbox.split_from_line(b"From here on\n") == (None, b"From here on\n")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real mail is not on this machine")
def test_real_mboxes_are_read_to_the_last_mail():
    with (SHARED / "index.tsv").open(encoding="utf-8") as index:
        rows = list(csv.DictReader(index, delimiter="\t", quoting=csv.QUOTE_NONE))
    paths = [SHARED / row["path"] for row in rows if row["kind"] == "mbox"]
    assert paths
    for path in paths:
        data = path.read_bytes()
        assert len(read(data)) == len(re.findall(rb"(?m)^From ", data))
