"""`read` as a whole: every field, any bytes, and the inputs that killed other readers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropbox.mail.message import Mailbox, Message
from dropbox.mail.read import TRACE_HEADER, leaf, read

RAW = (
    b"Received: from a by b; Mon, 3 Feb 2025 10:11:12 +0900\r\n"
    b"Received: from c by d; Mon, 3 Feb 2025 10:11:12 +0900\r\n"
    b"From: =?iso-2022-jp?B?GyRCOzNFRBsoQg==?= <Taro@Example.JP>\r\n"
    b"To: Alice <alice@customer.example>, bob@other.example\r\n"
    b"Cc: =?utf-8?B?5L2Q6Jek?= <sato@third.example>\r\n"
    b"Bcc: hidden@fourth.example\r\nReply-To: office@example.jp\r\n"
    b"Subject: =?utf-8?B?44GK6KaL56mN?=  of\r\n  today\r\n"
    b"Date: Mon, 3 Feb 2025 10:11:12 +0900\r\nMessage-ID: <M.1@example.jp>\r\n"
    b"In-Reply-To: <r@x>\r\nReferences: <q@x> <r@x>\r\n"
    b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
) + "お世話になります。\r\n".encode("iso-2022-jp")


def strings(value: object) -> Iterator[str]:
    """Every string inside of `value`."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from strings(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from strings(getattr(value, field.name))


def assert_sound(raw: bytes, message: Message) -> None:
    for text in strings(message):
        assert "\x00" not in text
        text.encode("utf-8")
    assert 0 <= message.header_bytes <= len(raw)
    assert len(message.fingerprint.text) == 32
    start, end = message.reply
    assert 0 <= start <= end <= len(message.text)
    for part in message.attachments:
        content = leaf(raw, part.path)
        assert content is not None
        assert len(content) == part.size
        assert "/" not in part.filename
        assert "\\" not in part.filename
    for boxes in (message.to, message.cc, message.bcc, message.reply_to):
        assert len({box.email for box in boxes}) == len(boxes)


def test_an_ordinary_japanese_mail_is_read_in_full():
    message = read(RAW)
    assert message.author == Mailbox("taro@example.jp", "山田")
    assert message.from_text == "山田 <Taro@Example.JP>"
    assert message.to == (Mailbox("alice@customer.example", "Alice"), Mailbox("bob@other.example"))
    assert message.cc == (Mailbox("sato@third.example", "佐藤"),)
    assert message.bcc == (Mailbox("hidden@fourth.example"),)
    assert message.reply_to == (Mailbox("office@example.jp"),)
    assert message.subject == "お見積  of  today"
    assert message.sent_at == datetime(2025, 2, 3, 1, 11, 12, tzinfo=UTC)
    assert message.rfc_message_id == "m.1@example.jp"
    assert message.in_reply_to == ("r@x",)
    assert message.references == ("q@x", "r@x")
    assert message.text == "お世話になります。"
    assert message.received_count == 2
    assert not message.own_trace
    assert RAW[message.header_bytes :].startswith(b"\x1b$B")
    assert message.notes == ()


def test_our_own_trace_is_seen():
    assert read(TRACE_HEADER.upper().encode() + b": x\r\n\r\n").own_trace


@pytest.mark.parametrize(
    "line",
    [
        b"Delivered-To: aiko@corp.example",
        b"Resent-From: Aiko <aiko@corp.example>",
        b"X-Forwarded-For: aiko@corp.example",
    ],
)
def test_a_mailbox_that_passed_the_mail_on_is_named(line):
    assert read(line + b"\r\nSubject: x\r\n\r\ny").redirected_by == ("aiko@corp.example",)


def test_a_fingerprint_is_of_the_bytes_and_not_of_their_reading():
    one = read(RAW).fingerprint
    assert one.date == b"Mon, 3 Feb 2025 10:11:12 +0900"
    assert one.subject == b"=?utf-8?B?44GK6KaL56mN?= of today"


@pytest.mark.parametrize(
    "change",
    [
        (b"\r\n", b"\n"),
        (b"  today", b"\ttoday"),
        (b"Received: from a", b"Received: from x"),
        (b"text/plain; charset=iso-2022-jp", b"text/plain"),
    ],
)
def test_a_fingerprint_outlives_the_way_a_mail_took(change):
    assert read(RAW.replace(*change)).fingerprint == read(RAW).fingerprint


def test_a_fingerprint_is_the_same_whatever_the_transfer_encoding():
    plain = b"Subject: s\r\n\r\nhello=\r\n"
    quoted = b"Subject: s\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nhello=3D\r\n"
    coded = b"Subject: s\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG89DQo=\r\n"
    prints = {read(raw).fingerprint for raw in (plain, quoted, coded)}
    prints.add(read(plain + b"\r\n\r\n").fingerprint)
    prints.add(read(plain.removesuffix(b"\r\n")).fingerprint)
    assert len(prints) == 1
    assert read(b"Subject: s\r\n\r\nhallo=\r\n").fingerprint not in prints


def test_a_text_without_end_is_cut_and_noted():
    message = read(b"A: b\r\n\r\n" + b"x" * 3_000_000)
    assert len(message.text) == 2 * 1024 * 1024
    assert message.notes == ("text_capped",)


scraps = st.sampled_from(
    [b"\r\n", b"\n", b"\r", b"\x00", b"\xff", b"=?utf-8?B?", b"=?iso-2022-jp?Q?", b"?=", b"\x1b$B",
     b"\x1b(B", b'"', b"(", b")", b"<", b">", b"@", b",", b";", b":", b"\\", b"--b", b"--b--", b"=",
     b"From: ", b"To: ", b"Cc: ", b"Date: 1 Jan 2025 0:0", b"Message-ID: <", b"References: ",
     b"Content-Type: text/html", b"Content-Type: multipart/mixed; boundary=b",
     b"Content-Type: multipart/report; boundary=b", b"Content-Type: message/delivery-status",
     b"Content-Type: text/plain; charset=", b"utf-16", b"utf-7", b"iso-2022-jp", b"euc-jp", b"hz",
     b"; format=flowed", b"; name*0*=utf-8''%ff", b"Content-Transfer-Encoding: base64",
     b"Content-Transfer-Encoding: quoted-printable", b"Content-Transfer-Encoding: uuencode",
     b"<a href='", b"<!--", b"&#x110000;", b"a@b.test", "\u5c71".encode(), "\u5c71".encode("cp932")]
)  # fmt: skip


@given(st.lists(scraps | st.binary(max_size=6), max_size=40).map(b"".join))
@settings(max_examples=400)
def test_any_bytes_at_all_are_some_message(raw):
    assert_sound(raw, read(raw))


@given(st.integers(0, len(RAW)), st.integers(0, len(RAW)), scraps | st.binary(max_size=9))
def test_a_damaged_mail_is_still_some_message(start, end, scrap):
    raw = RAW[:start] + scrap + RAW[max(start, end) :]
    assert_sound(raw, read(raw))


def test_no_path_finds_nothing():
    assert leaf(RAW, "") is None
    assert leaf(RAW, "2") is None
    assert leaf(b"", "1") == b""


def test_the_address_of_a_mailing_list_is_read_from_list_post():
    raw = b"From: a@b.example\r\nList-Post: <mailto:Dev@Lists.Example?subject=x>\r\n\r\nHi\r\n"
    assert read(raw).lists == ("dev@lists.example",)


def test_every_mailbox_of_an_unclear_from_is_kept():
    message = read(b"From: p@x.example, q@y.example\r\n\r\nHi\r\n")
    assert message.author is None
    assert [one.email for one in message.authors] == ["p@x.example", "q@y.example"]


def test_raw_headers_are_in_the_charset_of_the_text():
    raw = "From: 王小明 <wang@x.test>\r\nSubject: 您好，报价单\r\n".encode("gb18030")
    labelled = raw + b"Content-Type: text/plain; charset=gb2312\r\n\r\nx"
    assert read(labelled).subject == "您好，报价单"
    assert read(labelled).author == Mailbox("wang@x.test", "王小明")
    assert read(labelled).fingerprint.subject == "您好，报价单".encode("gb18030")
    euc = "Subject: 見積書送付\r\n".encode("euc_jp")
    assert read(euc + b"Content-Type: text/plain; charset=euc-jp\r\n\r\nx").subject == "見積書送付"
    utf8 = "Subject: 見積書送付\r\n".encode()
    assert read(utf8 + b"Content-Type: text/plain; charset=euc-jp\r\n\r\nx").subject == "見積書送付"


def test_an_address_in_raw_bytes_that_are_not_utf_8_names_no_author():
    raw = "From: 王小明 <王@x.test>\r\n".encode("gb18030")
    assert read(raw + b"Content-Type: text/plain; charset=gb2312\r\n\r\nx").author is None
