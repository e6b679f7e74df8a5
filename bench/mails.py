"""The mails that are sent: generated, the same in every run, no two with the same Message-ID.

Each goes to four people. Who of them is known already is said by `People`; whoever is not has never
been written to before, in every mail anew.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from bench.bodies import JAPANESE_NAME, JAPANESE_SUBJECT, Body, bodies_of, name_of
from bench.signing import Signer

KNOWN_PEOPLE = 2000
"""Who is in the database before the first mail."""

RECIPIENTS = 4

_BODIES = 32
"""Different bodies of a shape in a run; with one alone, caches would do the servers' work."""

_MIX_LENGTH = 200


class Shape(StrEnum):
    """Kinds of mail; `SIZES` says how large their parts are."""

    TEXT = "text"
    """4 KB of plain text."""
    JAPANESE = "japanese"
    """7 KB of plain text in ISO-2022-JP, with encoded names and subject."""
    NEWSLETTER = "newsletter"
    """82 KB multipart/alternative: 15 KB of text, 67 KB of HTML, both quoted-printable."""
    DOCUMENT = "document"
    """A short text and a file of 150 KB; in the mix alone."""
    MEGABYTE = "megabyte"
    """A short text and a file of 1 MB that does not compress: 1.4 MB on the wire."""
    TWENTY = "twenty"
    """A file of 20 MB: 27 MB on the wire."""
    LARGEST = "largest"
    """25 MB on the wire: the fifty of the memory measurement."""
    MIX = "mix"
    """What a sales team sends: `MIX` says how much of each, every other one a reply."""


SIZES = {
    Shape.TEXT: (3_000, 0, 0),
    Shape.JAPANESE: (6_000, 0, 0),
    Shape.NEWSLETTER: (15_000, 67_000, 0),
    Shape.DOCUMENT: (1_000, 3_000, 150_000),
    Shape.MEGABYTE: (1_000, 0, 1_000_000),
    Shape.TWENTY: (1_000, 0, 20_000_000),
    Shape.LARGEST: (1_000, 0, 18_250_000),
}
"""Bytes of text and HTML on the wire, and of the attached file before base64."""

MIX = {
    Shape.TEXT: 48,
    Shape.JAPANESE: 20,
    Shape.NEWSLETTER: 20,
    Shape.DOCUMENT: 10,
    Shape.MEGABYTE: 2,
}
"""Per cent. Large files come seldom, or they would be all that is measured."""


class People(StrEnum):
    """How many of a mail's four people are in the database already."""

    ALL = "all"
    HALF = "half"
    NONE = "none"


_NEW = {People.ALL: 0, People.HALF: 2, People.NONE: 4}


@dataclass(frozen=True, slots=True)
class Sender:
    """A user: From, and the dropbox address that the mail goes to."""

    email: str
    local: str
    """Of the dropbox address; no secret here."""

    @property
    def dropbox(self) -> str:
        return f"{self.local}@dropbox.example"


SENDERS = tuple(
    Sender(f"user{number}@corp.example", f"user{number}.{'bench' * 3}a") for number in range(2)
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to be sent, in two pieces; the second ends with the final dot."""

    sender: Sender
    head: bytes
    body: Body

    @property
    def pieces(self) -> tuple[bytes, bytes]:
        return self.head, self.body.on_the_wire


def known_email(number: int) -> str:
    """Return the address of one of the people who are in the database before the first mail."""
    return f"known{number}@client{number}.example"


_RECEIVED = b"""\
Received: from [192.0.2.17] (client.corp.example [192.0.2.17])
 by mx.corp.example (Postfix) with ESMTPSA id 4%011d
 (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits));
 Mon, 3 Mar 2025 09:30:11 +0900 (JST)
""".replace(b"\n", b"\r\n")

# Who does not look at signatures has one to pass over all the same.
_SIGNATURE = b"""\
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=corp.example;
 s=mail2025; t=1740961811; h=from:to:cc:subject:date:message-id:mime-version:content-type;
 bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;
 b=mBcGdA9s5F3kQ0vX7oYxJtXbq9yqk0bqjv2sOQ1yQ3Jb0cNf5o4gqGx8lJr2R0a8h7yZkq1xV3u2
 Jd8T6wV0oXn2y5m3W8s1b4k9u6e7c5d2a1f0g3h4i5j6k7l8m9n0p1q2r3s4t5u6v7w8x9y0z1A2=
""".replace(b"\n", b"\r\n")


@dataclass(slots=True)
class Mails:
    """An endless supply. `run` makes the Message-IDs of this run different from all others."""

    shape: Shape
    people: People
    run: str
    signer: Signer | None = None
    made: int = 0
    ready: deque[Mail] = field(default_factory=deque)
    bodies: dict[Shape, list[Body]] = field(init=False)
    shapes: list[Shape] = field(init=False)

    def __post_init__(self) -> None:
        self.shapes = _mixed() if self.shape is Shape.MIX else [self.shape]
        self.bodies = {
            shape: bodies_of(shape is Shape.JAPANESE, *SIZES[shape], _count(shape))
            for shape in dict.fromkeys(self.shapes)
        }

    def prepare(self, count: int) -> None:
        """Make so many beforehand: signing costs more than sending."""
        while len(self.ready) < count:
            self.ready.append(self._make())

    def next(self) -> Mail:
        return self.ready.popleft() if self.ready else self._make()

    def _make(self) -> Mail:
        self.made = number = self.made + 1
        shape = self.shapes[number % len(self.shapes)]
        sender = SENDERS[number % len(SENDERS)]
        body = self.bodies[shape][number % len(self.bodies[shape])]
        fields = list(self._fields(number, shape, sender))
        signature = self.signer.sign(fields, body.digest) if self.signer else _SIGNATURE
        return Mail(sender, b"".join([_RECEIVED % number, signature, *fields]), body)

    def _fields(self, number: int, shape: Shape, sender: Sender) -> Iterator[bytes]:
        name = JAPANESE_NAME if shape is Shape.JAPANESE else '"%s"'
        subject = JAPANESE_SUBJECT if shape is Shape.JAPANESE else "Quarterly offer no. %d for you"
        to = [f"{name % called} <{email}>" for called, email in self._recipients(number)]
        yield f"From: {name % 'Sales Person'} <{sender.email}>\r\n".encode()
        yield f"To: {to[0]},\r\n {to[1]}\r\n".encode()
        yield f"Cc: {to[2]},\r\n {to[3]}\r\n".encode()
        yield f"Subject: {subject % number}\r\n".encode()
        yield b"Date: Mon, 3 Mar 2025 09:30:10 +0900\r\n"
        yield self._message_id(b"Message-ID", number)
        if self.shape is Shape.MIX and number % 2 == 0:
            yield self._message_id(b"In-Reply-To", number - 1)
            yield self._message_id(b"References", number - 1)
        yield b"User-Agent: Mozilla Thunderbird\r\n"

    def _message_id(self, field: bytes, number: int) -> bytes:
        return b"%b: <%b.%d@mail.corp.example>\r\n" % (field, self.run.encode(), number)

    def _recipients(self, number: int) -> Iterator[tuple[str, str]]:
        new = _NEW[self.people]
        first = number * 7
        for place in range(RECIPIENTS):
            # New and known ones in turns, as far as there are both.
            if place % 2 < new / 2:
                yield name_of(number + place), f"new{place}.{self.run}.{number}@prospect.example"
            else:
                known = (first + place) % KNOWN_PEOPLE
                yield name_of(known), known_email(known)


def _count(shape: Shape) -> int:
    return _BODIES if SIZES[shape][2] <= SIZES[Shape.DOCUMENT][2] else 1


def _mixed() -> list[Shape]:
    """One cycle of the mix, shuffled the same way in every run."""
    shapes = [shape for shape, share in MIX.items() for _ in range(share * _MIX_LENGTH // 100)]
    random.Random(0).shuffle(shapes)
    return shapes
