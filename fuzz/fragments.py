"""The pieces that hostile mail is made of, and how they are put together."""

from __future__ import annotations

import base64
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

FIELDS = tuple(
    "From To Cc Bcc Reply-To Sender Subject Date Message-ID In-Reply-To References Received"
    " Content-Type Content-Disposition Content-Transfer-Encoding Content-ID MIME-Version"
    " Auto-Submitted Precedence List-Post List-Id X-Original-From Return-Path".split()
)
TYPES = tuple(
    "text/plain text/html multipart/mixed multipart/alternative multipart/related multipart/report"
    " multipart/signed multipart/encrypted message/rfc822 message/delivery-status text/calendar"
    " application/pkcs7-mime application/ms-tnef application/octet-stream image/png text text/x-a"
    " application/pgp-encrypted text/enriched message/partial message/external-body".split()
)
CHARSETS = tuple(
    "utf-8 us-ascii iso-8859-1 windows-1252 iso-2022-jp shift_jis cp932 euc-jp gb2312 gb18030 big5"
    " euc-kr ks_c_5601-1987 koi8-r utf-7 utf-16 hz iso-2022-kr x-nobody unknown-8bit".split()
)
ENCODINGS = ("7bit", "8bit", "base64", "quoted-printable", "x-uuencode", "binary", "x-nobody")

HEADER_SIGNS = (
    "(", ")", "<", ">", "@", ",", ";", ":", '"', "\\", "[", "]", "=", "?", "*", "'", "%", ".", "-",
    "/", "_", " ", "\t", "\r\n ", "\n\t", "\r", "\0", "a", "1", "é", "あ", "㈱", "　", "\u202e",
    "=?utf-8?Q?", "=?utf-8?B?", "?=", "=?iso-2022-jp?B?GyRCJCIbKEI=?=", "=?utf-8?Q?=E3=81?=",
    "=?x?q?a?=", "a@b.example", "<a@b.example>", "@a,@b:", "a:;", '"a b"', "(a)", "name=", "; a=b",
    "; name*0*=utf-8''%e3%81", '; filename="', "boundary=", "charset=", "Mon, 3 Mar 2025",
    "09:30:10", "+0900", "<a.b@c>", "no", "bulk", "mailto:", "Re: ", "Fwd: ", "転送: ", "via ",
)  # fmt: skip
TEXT_SIGNS = (
    "\n", "\r\n", "\r", " ", "\t", "　", "\u00a0", "\u200b", "\0", "-", "--", "-- \n", "_", "*",
    "=", ">", "> ", ">>", "|", ":", "：", ",", ";", "<", "(", "[", "@", "a", "1", "あ", "━", "＊",
    "-----Original Message-----\n", "---------- Forwarded message ---------\n",
    "Begin forwarded message:\n", "-----元のメッセージ-----\n", "---- 転送メッセージ ----\n",
    "________________________________\n", "From: ", "From: A <a@b.example>\n", "差出人: ",
    "送信者: ", "Von: ", "De : ", "От: ", "发件人：", "보낸 사람: ", "*From:* ", "> From: ", "To: ",
    "宛先: ", "Cc: ", "Subject: ", "件名: ", "Date: ", "日時: ", "Sent: ", "送信日時: ",
    "On Mon, Mar 3, 2025 at 9:30 AM A <a@b.example> wrote:\n", "On ", " wrote:", " wrote:\n",
    "Am 03.03.2025 um 09:30 schrieb A:\n", "Le lun. 3 mars 2025 a écrit :\n",
    "2025年3月3日(月) 9:30 山田 <a@b.example>:\n", "2025年", "さんは書きました:\n",
    "iPhoneから送信\n", "Sent from my iPhone\n", "a@b.example", "<a@b.example>", "a@b.example, ",
    "<mailto:a@b.example>", "[mailto:a@b.example]", "http://a.example/", "begin 644 a\n",
    "-----BEGIN PGP SIGNED MESSAGE-----\n", "-----BEGIN PGP SIGNATURE-----\n", "- -- \n",
    "BEGIN:VCALENDAR\n", "BEGIN:VEVENT\n", "SUMMARY:", "株式会社", "様", "\x1b$B", "\x1b(B",
)  # fmt: skip
HTML_SIGNS = (
    "<", ">", "</", "/>", "<!--", "-->", "<![CDATA[", "<!", "&", "&amp;", "&#", "&#x1;", "&nbsp;",
    " ", "\n", '"', "'", "=", "a", "あ", "<a href='", '<a href="http://a.example/">', "</a>",
    "<p>", "</p>", "<br>", "<div>", "</div>", "<blockquote>", "</blockquote>", "<b>", "</b>",
    "<table>", "<tr>", "<td>", "</td>", "</tr>", "</table>", "<td colspan=9999>", "<ul>", "<ol>",
    "<li>", "</ul>", "<pre>", "</pre>", "<script>", "</script>", "<style>", "</style>", "<meta ",
    "<img src='cid:a'>", "<img ", "<hr>", "<span>", "</span>", '<div class="gmail_quote">',
    '<div id="appendonsend">', "<o:p>", "<svg>", "<math>", "<title>", "<textarea>", "<select>",
    "<html>", "<head>", "<body>", "</body>", "<template>", "<h1>", "style='", "display:none",
)  # fmt: skip
PART_SIGNS = (
    "\r\n--b\r\n", "\n--b\n", "\r\n--b--\r\n", "--b", "\r\n--c\r\n", "--c--", "\r\n\r\n", "\n\n",
    "Content-Type: text/plain\r\n\r\n", "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
    "Content-Type: multipart/mixed; boundary=c\r\n\r\n", "Content-Type: message/rfc822\r\n\r\n",
    "Content-Type: text/html\r\n\r\n", "Content-Disposition: attachment; filename=a\r\n\r\n",
    "Content-Transfer-Encoding: base64\r\n\r\n", "x", "x\r\n", "-", "--", "Subject: a\r\n",
    "From: a@b.example\r\n\r\n", "Content-Type: application/ms-tnef\r\n\r\n",
)  # fmt: skip

_FORWARD = (
    "FYI\n\n---------- Forwarded message ---------\nFrom: Carol <carol@client.example>\n"
    "Date: Mon, Mar 3, 2025 at 9:30 AM\nSubject: Offer\nTo: "
)
_REPLY = "Thank you.\n\nOn Mon, Mar 3, 2025 at 9:30 AM Carol <carol@client.example> wrote:\n"


_FIELD_BYTES = 60_000
_GROUPS = {
    "addresses": ("From", "To", "Cc", "Bcc", "Reply-To"),
    "all fields": FIELDS,
    "parameters": ("Content-Type", "Content-Disposition", "Content-ID"),
}


@dataclass(frozen=True, slots=True)
class Grown:
    """A small unit, repeated: what reading it costs tells how that grows."""

    place: str
    unit: str
    raw: bytes


def grown(source: random.Random, size: int) -> Grown:
    """Return a mail in which one place is about `size` bytes of one random unit."""
    place, signs = source.choice(_PLACES)
    count = source.choice((1, 1, 2, 2, 3, 4, 6))
    unit = "".join(source.choices(signs, k=count))
    before, after = ("".join(source.choices(signs, k=source.randint(0, 2))) for _ in "ba")
    length = max(len(unit.encode()), 1)
    whole = before + unit * (size // length) + after
    return Grown(place, unit, _mail(source, place, whole))


_PLACES: tuple[tuple[str, tuple[str, ...]], ...] = (
    *((name, HEADER_SIGNS) for name in FIELDS),
    *((place, HEADER_SIGNS) for place in ("addresses", "addresses", "all fields", "parameters")),
    *((place, TEXT_SIGNS) for place in ("text", "text", "forward", "forward", "reply", "flowed")),
    *((place, TEXT_SIGNS) for place in ("forwarded To", "base64", "charset", "calendar", "tnef")),
    *((place, HTML_SIGNS) for place in ("html", "html", "html")),
    *((place, PART_SIGNS) for place in ("parts", "parts")),
)


def _mail(source: random.Random, place: str, whole: str) -> bytes:
    if place in FIELDS:
        return _with_fields((place,), whole)
    if place in _GROUPS:
        return _with_fields(_GROUPS[place], whole)
    charset = source.choice(CHARSETS) if place == "charset" else "utf-8"
    kind = {
        "html": "text/html",
        "parts": "multipart/mixed; boundary=b",
        "calendar": "text/calendar",
        "tnef": "application/ms-tnef",
        "flowed": f"text/plain; format=flowed; delsp={source.choice(('yes', 'no'))}",
    }.get(place, "text/plain")
    lead = {"forward": _FORWARD + "Bob\n\n", "forwarded To": _FORWARD, "reply": _REPLY}
    content = (lead.get(place, "") + whole).encode("utf-8", "replace")
    encoding = "8bit"
    if place == "base64":
        content, encoding = base64.encodebytes(content), "base64"
    elif place == "charset":
        encoding = source.choice(ENCODINGS)
    head = (
        "From: a@corp.example\r\nTo: b@client.example\r\nSubject: Fwd: Offer\r\n"
        f"Content-Type: {kind}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    return head.encode() + content


def _with_fields(names: Sequence[str], whole: str) -> bytes:
    """Fields in turns, each below the reader's cap, until the value is used up."""
    value = whole.encode("utf-8", "replace")
    lines = (value[at : at + _FIELD_BYTES] for at in range(0, len(value), _FIELD_BYTES))
    fields = (name.encode() + b": " + line for name, line in zip(cycle(names), lines, strict=False))
    return b"\r\n".join(fields) + b"\r\n\r\nSee you on Monday.\r\n"
