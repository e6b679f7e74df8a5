"""The mails that are sent: generated, the same in every run, no two with the same Message-ID.

Each goes to four people. Two of them are known already; to the other two nobody has written before,
in every mail anew, so every mail makes two new people as well.
"""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

KNOWN_PEOPLE = 2000
"""Who is in the database before the first mail."""

NEW_PER_MAIL = 2
RECIPIENTS = 4

_BODIES = 32
"""Different bodies in a run; with one alone, caches would do the servers' work."""

_SYLLABLES = (
    "ka lo mi ter ven sa ro pli ne dus tra con for ber al in den is or ta qu el mar gi".split()
)

_HEAD = b"""\
Received: from [192.0.2.17] (client.corp.example [192.0.2.17])
 by mx.corp.example (Postfix) with ESMTPSA id 4%(number)011d
 (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits));
 Mon, 3 Mar 2025 09:30:11 +0900 (JST)
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=corp.example;
 s=mail2025; t=1740961811; h=from:to:cc:subject:date:message-id:mime-version:content-type;
 bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;
 b=mBcGdA9s5F3kQ0vX7oYxJtXbq9yqk0bqjv2sOQ1yQ3Jb0cNf5o4gqGx8lJr2R0a8h7yZkq1xV3u2
 Jd8T6wV0oXn2y5m3W8s1b4k9u6e7c5d2a1f0g3h4i5j6k7l8m9n0p1q2r3s4t5u6v7w8x9y0z1A2=
From: "%(name)s" <%(sender)s>
To: "Known %(first)d" <known%(first)d@client%(first)d.example>,
 "New %(number)d" <new.%(run)s.%(number)d@prospect.example>
Cc: "Known %(second)d" <known%(second)d@client%(second)d.example>,
 New Cc <cc.%(run)s.%(number)d@prospect.example>
Subject: Quarterly offer no. %(number)d for your team
Date: Mon, 3 Mar 2025 09:30:10 +0900
Message-ID: <%(run)s.%(number)d@mail.corp.example>
User-Agent: Mozilla Thunderbird
""".replace(b"\n", b"\r\n")


class Shape(StrEnum):
    """Kinds of mail."""

    NEWSLETTER = "newsletter"
    """82 KB multipart/alternative: 15 KB of text, 67 KB of HTML, both quoted-printable."""
    ATTACHMENT = "attachment"
    """25 MB: a short text and a base64 attachment that does not compress."""


_SIZES = {Shape.NEWSLETTER: (15_000, 67_000, 0), Shape.ATTACHMENT: (1_000, 0, 25_000_000)}
"""Bytes on the wire of text, HTML and attachment."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A user: From, and the dropbox address that the mail goes to."""

    email: str
    dropbox: str


def known_email(number: int) -> str:
    """Return the address of one of the people who are in the database before the first mail."""
    return f"known{number}@client{number}.example"


@dataclass(slots=True)
class Mails:
    """An endless supply. `run` makes the Message-IDs of this run different from all others."""

    shape: Shape
    run: str
    senders: Sequence[Sender]
    sent: int = 0
    bodies: list[bytes] = field(init=False)

    def __post_init__(self) -> None:
        count = _BODIES if self.shape is Shape.NEWSLETTER else 1
        self.bodies = [_body(random.Random(number), *_SIZES[self.shape]) for number in range(count)]

    def next(self) -> tuple[Sender, bytes, bytes]:
        """Return who sends it, its header, and its body with the final dot."""
        self.sent = number = self.sent + 1
        sender = self.senders[number % len(self.senders)]
        first = number * 7 % KNOWN_PEOPLE
        head = _HEAD % {
            b"number": number,
            b"run": self.run.encode(),
            b"name": b"Sales Person",
            b"sender": sender.email.encode(),
            b"first": first,
            b"second": (first + 1) % KNOWN_PEOPLE,
        }
        return sender, head, self.bodies[number % len(self.bodies)]


def _body(source: random.Random, text_bytes: int, html_bytes: int, attached_bytes: int) -> bytes:
    """The rest of the header, the parts, and the dot that ends the mail."""
    words = ["".join(source.choices(_SYLLABLES, k=source.randint(1, 4))) for _ in range(1500)]
    weights = [1 / rank for rank in range(1, len(words) + 1)]

    def sentence() -> str:
        return " ".join(source.choices(words, weights, k=source.randint(6, 18))).capitalize() + "."

    kind = "mixed" if attached_bytes else "alternative"
    parts = [_quoted("plain", _filled(text_bytes, lambda: sentence() + "\n"))]
    if html_bytes:
        parts.append(_quoted("html", _filled(html_bytes, lambda: _cell(source, sentence()))))
    if attached_bytes:
        parts.append(_attached(source.randbytes(attached_bytes * 3 // 4)))
    boundary = f"=_{source.randbytes(12).hex()}"
    opening = f'MIME-Version: 1.0\nContent-Type: multipart/{kind};\n boundary="{boundary}"\n\n'
    lines = b"".join(b"--%b\n%b\n" % (boundary.encode(), part) for part in parts)
    mail = opening.encode() + lines + f"--{boundary}--\n".encode()
    return mail.replace(b"\n", b"\r\n").replace(b"\r\n.", b"\r\n..") + b".\r\n"


def _filled(size: int, piece: Callable[[], str]) -> bytes:
    """Pieces, one after the other, until they are `size` bytes long in quoted-printable."""
    pieces: list[bytes] = []
    while size > 0:
        encoded = binascii.b2a_qp(piece().encode(), istext=True)
        pieces.append(encoded)
        size -= len(encoded) + encoded.count(b"\n")
    return b"".join(pieces)


def _cell(source: random.Random, words: str) -> str:
    """A row of the nested tables that newsletters are made of."""
    link = f"https://click.corp.example/t/{source.randbytes(20).hex()}?utm_source=newsletter"
    return (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>'
        '<td align="left" valign="top" style="padding:12px 24px;font-family:Helvetica,Arial,'
        'sans-serif;font-size:15px;line-height:22px;color:#333333;mso-line-height-rule:exactly;">'
        f'<p style="margin:0 0 12px 0;">{words}&nbsp;– <a href="{link}" target="_blank" '
        'style="color:#0b63ce;text-decoration:underline;">More</a></p></td></tr></table>\n'
    )


def _quoted(subtype: str, encoded: bytes) -> bytes:
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\n"
        "Content-Transfer-Encoding: quoted-printable\n\n"
    ).encode() + encoded


def _attached(data: bytes) -> bytes:
    return (
        b"Content-Type: application/octet-stream\n"
        b"Content-Transfer-Encoding: base64\n"
        b'Content-Disposition: attachment; filename="drawing.bin"\n\n'
    ) + base64.encodebytes(data)
