"""Mail of which everything is known that has to be found again afterwards."""

from __future__ import annotations

import base64
import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

DOMAIN = "dropbox.example"
POISON = "a word that the database cannot take"
LARGE_BYTES = 1_500_000
"""More than one piece of kept mail, and more than is held in memory."""

_NOBODY = f"nobody.aaaaaaaaaaaaaaaa@{DOMAIN}"
_KNOWN = 5
"""So many people get every fifth mail; to one more nobody has written before."""


class End(StrEnum):
    """How a mail is to end."""

    FILED = "filed"
    UNREADABLE = "unreadable"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class User:
    """A user: From, and the dropbox address that the mail goes to."""

    email: str
    address: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, and what is to become of it."""

    message_id: str
    author: str
    recipients: tuple[str, ...]
    """Dropbox addresses, for the envelope."""
    users: frozenset[str]
    """Whose dropbox addresses these are."""
    people: frozenset[str]
    """On whose timelines it is to be."""
    raw: bytes
    """As it is to be kept: CRLF, no dots stuffed."""
    end: End = End.FILED


class Mails:
    """An endless supply from the users; no two mails have the same Message-ID."""

    def __init__(self, users: Sequence[User]) -> None:
        self._users = users
        self._number = 0
        self._source = random.Random(5)

    def some(self, count: int, *, large: int = 0) -> list[Mail]:
        """Return `count` mails, the last `large` of them large, and one more to be refused."""
        mails = [self.one(size=LARGE_BYTES if count - at <= large else 0) for at in range(count)]
        return [*mails, self.one(end=End.REFUSED)]

    def one(self, *, size: int = 0, end: End = End.FILED) -> Mail:
        """Return the next mail, with a file of `size` bytes."""
        self._number = number = self._number + 1
        author = self._users[number % len(self._users)]
        to = [author] if number % 4 else self._users
        people = (f"known{number % _KNOWN}@customer.example", f"new{number}@prospect.example")
        return Mail(
            message_id=f"{number}@corp.example",
            author=author.email,
            recipients=(_NOBODY,) if end is End.REFUSED else tuple(one.address for one in to),
            users=frozenset() if end is End.REFUSED else frozenset(one.email for one in to),
            people=frozenset(people) if end is End.FILED else frozenset(),
            raw=self._raw(number, author.email, people, size, end),
            end=end,
        )

    def _raw(self, number: int, author: str, people: Sequence[str], size: int, end: End) -> bytes:
        subject = POISON if end is End.UNREADABLE else f"Offer {number}"
        lines = [
            f"From: Sales Person <{author}>",
            f"To: {', '.join(people)}",
            f"Subject: {subject}",
            "Date: Mon, 3 Mar 2025 09:30:10 +0900",
            f"Message-ID: <{number}@corp.example>",
            "MIME-Version: 1.0",
        ]
        text = f"Dear customer,\r\n\r\n.offer {number} begins with a dot\r\n"
        head = "\r\n".join(lines).encode() + b"\r\n"
        if not size:
            return head + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode()
        data = base64.encodebytes(self._source.randbytes(size * 3 // 4)).replace(b"\n", b"\r\n")
        return (
            head
            + b'Content-Type: multipart/mixed; boundary="=_limit"\r\n\r\n'
            + b"--=_limit\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
            + text.encode()
            + b"\r\n--=_limit\r\nContent-Type: application/octet-stream\r\n"
            + b"Content-Transfer-Encoding: base64\r\n"
            + b'Content-Disposition: attachment; filename="drawing.bin"\r\n\r\n'
            + data
            + b"\r\n--=_limit--\r\n"
        )
