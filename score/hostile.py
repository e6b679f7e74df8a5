"""Mail on which readers are known to hang. Small for what it costs them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_HEAD = b"From: Aiko <aiko@corp.example>\r\nDate: Mon, 3 Mar 2025 09:30:10 +0900\r\n"
_PLAIN = b"Content-Type: text/plain; charset=utf-8\r\n"
_TO = b"To: Bob <bob@client.example>\r\n"

FORWARDED_PEOPLE = 550
TEXT = "See you on Monday."


@dataclass(frozen=True, slots=True)
class Hostile:
    name: str
    raw: bytes
    body: str = ""
    """For the libraries that read bodies; empty where the header is what is hostile."""


def hostile() -> Iterator[Hostile]:
    """Yield each; but for what is hostile in it, each is an ordinary mail with `TEXT` in it."""
    yield _headers("40 KB of ; in Content-Type", _TO + b"Content-Type: text/plain" + b";" * 40_000)
    for sign in (b'"', b"("):
        to = b"To: bob@client.example, " + sign * 20_000
        yield _headers(f"20 KB of {sign.decode()} in To", to + b"\r\n" + _PLAIN)
    yield _headers("1 MB of Subject", _TO + b"Subject: " + b"offer " * 175_000 + b"\r\n" + _PLAIN)
    words = b"=?utf-8?Q?caf=C3=A9?= " * 9_100
    yield _headers("200 KB of encoded words", _TO + b"Subject: " + words + b"\r\n" + _PLAIN)
    yield _body("10 KB of newlines", "\n" * 10_000)
    people = ", ".join(f"Person {n} <person{n}@client{n}.example>" for n in range(FORWARDED_PEOPLE))
    yield _body(
        "a forwarded To of 550 people",
        "FYI\n\n---------- Forwarded message ---------\n"
        "From: Carol Client <carol@client.example>\n"
        "Date: Mon, Mar 3, 2025 at 9:30 AM\nSubject: Offer\n"
        f"To: {people}\n\n\n",
    )
    yield _body("one line of 1 MB of blanks", " " * (1 << 20))


def _headers(name: str, header: bytes) -> Hostile:
    return Hostile(name, _HEAD + header.rstrip(b"\r\n") + b"\r\n\r\n" + TEXT.encode() + b"\r\n")


def _body(name: str, text: str) -> Hostile:
    body = f"{text}{TEXT}\n"
    raw = _HEAD + _TO + b"Subject: Offer\r\n" + _PLAIN + b"\r\n" + body.encode()
    return Hostile(name, raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), body)
