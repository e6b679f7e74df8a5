"""Cards for address books: vCard 3.0 (RFC 2426) and 4.0 (RFC 6350).

Phonetic fields are left out: how a Japanese name is read cannot be known from how it is written,
and a guess would sort a person under the wrong letter for good.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from dropbox.ids import derive

Version = Literal["3.0", "4.0"]

LONGEST_LINE = 75
"""Octets of a line without its end (RFC 2426 section 2.6, RFC 6350 section 3.2)."""

_LINE_END = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")
_UNWRITABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_ESCAPED = str.maketrans({"\\": "\\\\", ",": "\\,", ";": "\\;", "\n": "\\n"})


@dataclass(frozen=True, slots=True)
class Card:
    """Somebody, or something, in an address book."""

    name: str
    """What is shown, and found by typing its beginning."""
    emails: tuple[str, ...] = ()
    """The preferred one first."""
    family_name: str | None = None
    given_name: str | None = None
    """Where neither is known the whole name takes the place of the family name."""
    organization: str | None = None
    note: str | None = None
    uid: UUID | None = None
    """The same for the same thing: an address book that knows it updates its entry."""
    revised_at: datetime | None = None


def dropbox_card(
    address: str, owner: str, user_id: UUID, *, note: str | None = None, since: datetime
) -> Card:
    """Return the card of a user's dropbox address, with the secret in it.

    It is the same entry after the address was regenerated. The owner is in its name because phones
    merge entries of one name, and an assistant may hold the cards of several people.
    """
    return Card(
        name=f"BCC Dropbox - {owner}",
        emails=(address,),
        note=note,
        uid=derive(user_id, "vcard"),
        revised_at=since,
    )


def write(card: Card, version: Version) -> bytes:
    """Return a card as a file in UTF-8; several in a row are a file too.

    Line ends of every kind become a line feed, and other control characters, which no card can
    hold, U+FFFD. Everything else comes back as it was when the card is read.
    """
    lines = [
        "BEGIN:VCARD",
        f"VERSION:{version}",
        f"FN:{_text(card.name)}",
        f"N:{_structured_name(card)}",
        *_emails(card, version),
    ]
    if card.organization:
        lines.append(f"ORG:{_text(card.organization)}")
    if card.note:
        lines.append(f"NOTE:{_text(card.note)}")
    if card.uid:
        lines.append(f"UID:{card.uid.urn}")
    if card.revised_at:
        lines.append(f"REV:{_instant(card.revised_at, version)}")
    return b"".join(map(_folded, (*lines, "END:VCARD")))


def _structured_name(card: Card) -> str:
    """RFC 6350 section 6.2.2: family; given; additional; prefixes; suffixes."""
    family, given = card.family_name or "", card.given_name or ""
    if not family and not given:
        family = card.name
    return f"{_text(family)};{_text(given)};;;"


def _emails(card: Card, version: Version) -> list[str]:
    first, others = ("EMAIL;PREF=1", "EMAIL")
    if version == "3.0":
        first, others = ("EMAIL;TYPE=INTERNET,PREF", "EMAIL;TYPE=INTERNET")
    if len(card.emails) == 1:
        first = others
    return [
        f"{others if number else first}:{_text(email)}" for number, email in enumerate(card.emails)
    ]


def _instant(at: datetime, version: Version) -> str:
    # RFC 2426 section 5 shows the extended format; RFC 6350 section 4.3.5 takes only the basic one.
    form = "%Y-%m-%dT%H:%M:%SZ" if version == "3.0" else "%Y%m%dT%H%M%SZ"
    return at.astimezone(UTC).strftime(form)


def _text(value: str) -> str:
    """RFC 2426 section 2.4.2, RFC 6350 section 3.4."""
    on_lines = _LINE_END.sub("\n", value)
    return _UNWRITABLE.sub("\ufffd", on_lines).translate(_ESCAPED)


def _folded(line: str) -> bytes:
    """Fold between octets 75 and 76, or before a character that would lie across."""
    octets = line.encode("utf-8")
    pieces: list[bytes] = []
    start, room = 0, LONGEST_LINE
    while len(octets) - start > room:
        end = start + room
        while octets[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(octets[start:end])
        # The space that a further line begins with counts.
        start, room = end, LONGEST_LINE - 1
    return b"\r\n ".join((*pieces, octets[start:])) + b"\r\n"
