"""The readable text, dates, Message-IDs, names, machines' mail."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropbox.mail import dates, markup, message_ids
from dropbox.mail.read import read


def mixed(*bodies: bytes, kind: bytes = b"mixed") -> bytes:
    inner = b"".join(b"--b\r\n" + body + b"\r\n" for body in bodies)
    return b"Content-Type: multipart/" + kind + b"; boundary=b\r\n\r\n" + inner + b"--b--\r\n"


PLAIN, HTML = b"\r\nplain", b"Content-Type: text/html\r\n\r\n<p>from <b>html</b></p>"
BLANK = b"\r\n \r\n"


@pytest.mark.parametrize(
    ("raw", "text", "has_html"),
    [
        (mixed(PLAIN, HTML, kind=b"alternative"), "plain", True),
        (mixed(HTML, PLAIN, kind=b"alternative"), "plain", True),
        (mixed(BLANK, HTML, kind=b"alternative"), "from html", True),
        (mixed(HTML), "from html", True),
        (mixed(PLAIN, b"\r\nfooter"), "plain\n\nfooter", False),
        (mixed(PLAIN, b"Content-Type: application/pgp-signature\r\n\r\nx", kind=b"signed"),
         "plain", False),
        (mixed(HTML, b"Content-Type: image/png\r\n\r\nx", kind=b"related"), "from html", True),
        (b"\r\n\r\nhello\r\n\r\n", "hello", False),
        (b"", "", False),
        (b"Content-Type: application/pdf\r\n\r\nx", "", False),
    ],
)  # fmt: skip
def test_the_text_is_what_a_reader_would_see(raw, text, has_html):
    message = read(raw)
    assert (message.text, message.has_html) == (text, has_html)
    assert message.reply == (0, len(message.text))


def test_html_is_not_decoded_where_there_is_plain_text(monkeypatch):
    monkeypatch.setattr(markup, "to_text", lambda source: 1 / 0)
    assert read(mixed(PLAIN, HTML, kind=b"alternative")).text == "plain"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<ul><li>one<li>two</ul>", "- one\n- two"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a  b\nc"),
        ('<a href="https://x.test/y">here</a>', "here <https://x.test/y>"),
        ('<a href="https://x.test/">x.test</a>', "x.test"),
        ('<a href="mailto:a@x.test">a@x.test</a>', "a@x.test"),
        ("&lt;b&gt; &amp;amp; &eacute;&#12354;&#x3042;&nbsp;z", "<b> &amp; éああ z"),
        ("a<style>p{}</style><script>x<y</script>b<!-- no --> c", "ab c"),
        ("<head><title>no</title></head><body>yes</body>", "yes"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        (
            "こんにちは\r\n  世界\nhello\nworld",
            "こんにちは世界 hello world",
        ),
        ('<img alt="logo" src=x>', "logo"),
        ("1 < 2 and a < b", "1 < 2 and a < b"),
        ("<!DOCTYPE html><p>x", "x"),
        ("<!-- never closed", "never closed"),
        ("<script>never closed", "never closed"),
        ("<style>p{color:red}</style><!-- a remark --><img src=x>", ""),
        ("&#" + "9" * 10_000 + ";x", "\ufffdx"),
        ("&#xD800;&#0;", "\ufffd\ufffd"),
    ],
)
def test_html_becomes_readable_text(source, expected):
    assert markup.to_text(source) == expected


def test_html_says_its_own_charset():
    html = '<meta charset="shift_jis">①'.encode("cp932")
    assert read(b"Content-Type: text/html\r\n\r\n" + html).text == "①"
    html = '<meta http-equiv=x content="text/html; charset=euc-jp">表示'.encode("euc_jp")
    assert read(b"Content-Type: text/html\r\n\r\n" + html).text == "表示"


def test_soft_line_breaks_are_joined_and_a_signature_stays_apart():
    raw = b"one \r\ntwo\r\n>q \r\n>r\r\n-- \r\nme\r\n  x"
    flowed = read(b"Content-Type: text/plain; format=flowed\r\n\r\n" + raw)
    assert flowed.text == "one two\n> q r\n-- \nme\n x"
    delsp = "日本 \r\n語".encode()
    head = b"Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n\r\n"
    assert read(head + delsp).text == "日本語"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"a\r\nb", "a\nb"),
        (b"a\rb\nc\r\nd", "a\nb\nc\nd"),
        (b"a\r\nb\rc\nd\r\ne", "a\nb\nc\nd\ne"),
    ],
)
def test_line_ends_are_one_sign(raw, text):
    assert read(b"A: b\n\n" + raw).text == text


@given(st.lists(st.sampled_from(["a", "b c", "\r\n", "\n", "\r", "é"]), max_size=30).map("".join))
def test_no_mixture_of_line_ends_joins_two_lines(text):
    raw = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode()
    found = read(raw).text
    assert "\r" not in found
    assert list(filter(None, found.split("\n"))) == list(filter(None, re.split("[\r\n]", text)))


@pytest.mark.parametrize("charset", ["utf-16-be", "utf-32-le", "utf-32"])
def test_line_ends_of_wide_characters_are_not_searched_for_in_bytes(charset):
    text = "é\u0a0d\u0d0ab"
    head = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64\n\n"
    assert read(head.encode() + base64.b64encode(text.encode(charset))).text == text


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_line_ends_do_not_decide_what_charset_is_guessed(end):
    text = "a" * 40 + "\n"
    raw = (text * 99).encode() + "今日はとてもよい天気ですね\n".encode("cp932")
    found = read(b"Subject: x\n\n" + raw.replace(b"\n", end)).text
    assert found.endswith("今日はとてもよい天気ですね")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon, 3 Feb 2025 10:11:12 +0900", (2025, 2, 3, 1, 11, 12)),
        ("3 Feb 2025 10:11 -0530", (2025, 2, 3, 15, 41, 0)),
        ("Mon, 03 Feb 2025 10:11:12 GMT", (2025, 2, 3, 10, 11, 12)),
        ("Mon, 3 Feb 2025 10:11:12 JST", (2025, 2, 3, 1, 11, 12)),
        ("Mon, 3 Feb 2025 10:11:12 +0900 (JST)", (2025, 2, 3, 1, 11, 12)),
        ("Mon, 3 Feb 2025 10:11:12 GMT+09:00", (2025, 2, 3, 1, 11, 12)),
        ("3 Feb 25 10:11:12 EST", (2025, 2, 3, 15, 11, 12)),
        ("3 Feb 99 10:11:12 Z", (1999, 2, 3, 10, 11, 12)),
        ("3 Feb 100 10:11:12 A", (2000, 2, 3, 10, 11, 12)),
        ("Mon,3-Feb-2025 10:11:60 +0000", (2025, 2, 3, 10, 11, 59)),
        ("Mon Feb  3 10:11:12 2025", (2025, 2, 3, 10, 11, 12)),
        ("Mon Feb  3 10:11:12 JST 2025", (2025, 2, 3, 1, 11, 12)),
        ("2025-02-03T10:11:12+09:00", (2025, 2, 3, 1, 11, 12)),
        ("2025-02-03 10:11:12", (2025, 2, 3, 10, 11, 12)),
        ("3 February 2025 10.11.12 PM +0000", (2025, 2, 3, 22, 11, 12)),
        ("Mon, 3 Feb 2025 10:11:12 +9900", (2025, 2, 3, 10, 11, 12)),
        ("Mon, 3 Feb 2025 10:11:12 nowhere", (2025, 2, 3, 10, 11, 12)),
    ],
)
def test_a_date_is_an_instant(text, expected):
    assert dates.read(text) == datetime(*expected, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "32 Jan 2025 10:00:00 +0000", "30 Feb 2025 10:00:00 +0000", "3 Foo 2025 10:00",
     "3 Feb 1969 10:00:00 +0000", "3 Feb 9999 10:00:00 +0000", "3 Feb 2025 25:00:00 +0000",
     "1 " * 99],
)  # fmt: skip
def test_what_is_no_date_is_none(text):
    assert dates.read(text) is None


@given(
    st.datetimes(datetime(1970, 1, 3), datetime(2199, 12, 28)),  # noqa: DTZ001 a local time
    st.integers(-14 * 60, 14 * 60),
)
def test_every_date_that_is_written_by_the_rules_comes_back(local, offset):
    local = local.replace(microsecond=0)
    sign, minutes = ("-" if offset < 0 else "+"), abs(offset)
    zone = f"{sign}{minutes // 60:02}{minutes % 60:02}"
    month = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()[local.month - 1]
    written = f"{local.day} {month} {local.year} {local:%H:%M:%S} {zone}"
    assert dates.read(written) == local.replace(tzinfo=UTC) - timedelta(minutes=offset)


@given(st.text(max_size=80) | st.text("0123456789 :+-JanMTZ,", max_size=60))
def test_any_text_is_a_date_or_none(text):
    found = dates.read(text)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"<ABC.1@X.test>", "abc.1@x.test"),
        (b"  <a@x> (added by someone)", "a@x"),
        (b"<a@x>junk", "a@x"),
        (b"<a b\t@x>", "ab@x"),
        (b"a@x", "a@x"),
        (b"a@x trailing", "a@x"),
        (b"<a@x", "a@x"),
        (b"=?utf-8?q?=3CAb=40x=3E?=", "ab@x"),
        (b"<>", None),
        (b"", None),
        (b"<" + b"a" * 2_000 + b"@x>", None),
    ],
)
def test_a_message_id_has_one_form(value, expected):
    assert message_ids.read(value) == expected


def test_a_long_list_of_references_keeps_its_root_and_its_end():
    ids = message_ids.read_list([b" ".join(b"<%d@x>" % number for number in range(100))])
    assert ids == ("0@x", *(f"{number}@x" for number in range(69, 100)))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([b"<a@x><b@x>", b"<B@x> <c@x>"], ("a@x", "b@x", "c@x")),
        ([b'Your message of "Monday" <a@x>'], ("a@x",)),
        ([b"a@x b@x"], ("a@x", "b@x")),
        ([b"message of bob@x on Monday"], ()),
        ([b"a@x, b@x;c@x"], ("a@x", "b@x", "c@x")),
        ([b"<a@x>,<b@x>, <c@x>"], ("a@x", "b@x", "c@x")),
        ([b"<a@x <b@x> <c@x"], ("a@x", "b@x", "c@x")),
        ([b"<a@x> <cut"], ("a@x",)),
        ([b"<a\t b@x>\t<c@x>"], ("ab@x", "c@x")),
        ([b"<a@x> (of Monday) <b@x>"], ("a@x", "b@x")),
        ([b'Message from "Bob" <bob@x> of "Monday" <1@x>'], ("1@x",)),
        ([b"Message from Bob <bob7@x> of Monday <1@x>"], ("1@x",)),
        ([b"<1@x>; from bob@x on Monday"], ("1@x",)),
        ([b"=?utf-8?q?=3Ca=40x=3E?= =?utf-8?q?_=3Cb=40x=3E?="], ("a@x", "b@x")),
        ([b"00020"], ("00020",)),
        ([b"nothing here"], ()),
        ([], ()),
    ],
)
def test_references_are_ids_oldest_first(values, expected):
    assert message_ids.read_list(values) == expected


@given(st.lists(st.text('<>@ab1 ,;"()\t=?of', max_size=40).map(str.encode), max_size=5))
def test_any_references_are_canonical_ids_each_once(values):
    ids = message_ids.read_list(values)
    assert len(set(ids)) == len(ids) <= message_ids.FIRST + message_ids.LAST
    for one in ids:
        assert one == message_ids.read(f"<{one}>".encode())


@pytest.mark.parametrize(
    ("head", "automatic"),
    [
        (b"Auto-Submitted: auto-replied; owner=x", True),
        (b"Auto-Submitted: no", False),
        (b"Auto-Submitted: No ; reason=x", False),
        (b"Auto-Submitted: no (really)", False),
        (b"Precedence: Bulk", True),
        (b"Precedence: first-class", False),
        (b"X-Autoreply: yes", True),
        (b"X-Autoreply: no", False),
        (b"Subject: a", False),
    ],
)
def test_mail_of_machines_is_known_by_its_headers(head, automatic):
    assert read(head + b"\r\n\r\nx").automatic is automatic


def test_a_delivery_report_names_its_message_and_whom_it_did_not_reach():
    status = (
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\n"
        b"Final-Recipient: rfc822; Alias@y.test\r\nOriginal-Recipient: rfc822;<Bob@X.test>\r\n"
        b"Action: Failed (bad)\r\n\r\nFinal-Recipient: rfc822; ok@x.test\r\nAction: delayed\r\n\r\n"
        b"Action: failed\r\nFinal-Recipient: rfc822; carl@x.test\r\n"
    )
    original = b"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <Orig@x>\r\nSubject: s\r\n"
    message = read(mixed(PLAIN, status, original, kind=b"report"))
    assert message.report is not None
    assert message.report.rfc_message_id == "orig@x"
    assert message.report.failed == ("bob@x.test", "carl@x.test")
    assert message.automatic
    assert message.text == "plain"
    assert read(mixed(PLAIN, status, original)).report is None
