"""What was read of a mail, for people: direction, the forwarded original, what is new in it."""

from __future__ import annotations

import re

from cli import output
from storage.documents import Document

_SPECIAL = re.compile(r'[()<>\[\]:;@\\,"]')
"""RFC 5322 section 3.2.3, without the full stop, which nobody misreads."""


def print_read(document: Document) -> None:
    """Print what `explain` read: the direction, what was forwarded, the words that are new."""
    if document["direction"]:
        output.say(f"Direction: {document['direction']}")
    if document["original"]:
        print_original(document["original"])
    message = document["message"]
    if message["comment"]:
        output.say("Comment:")
        output.say(indented(message["comment"]))
    for one in message["attachments"]:
        output.say(f"File: {one['filename']} ({one['content_type']}, {one['size']:,} bytes)")
    if message["reply"].strip():
        output.say("Text:")
        output.say(indented(message["reply"]))


def print_original(original: Document) -> None:
    """Print a forwarded original's header as it was read, and how sure that is."""
    output.say(f"Original, read with confidence {original['confidence']:.2f}:")
    output.say(f"    From:    {named(original['from'])}")
    for heading, several in (("To:     ", original["to"]), ("Cc:     ", original["cc"])):
        if several:
            output.say(f"    {heading} {', '.join(named(one) for one in several)}")
    output.say(f"    Date:    {original['sent_at'] or 'unknown'}")
    output.say(f"    Subject: {original['subject']}")


def ended(outcome: str, reason: str) -> str:
    """Return what became of a mail in a word or two: `held, sender_unclear`, but `filed`."""
    return outcome if outcome == reason else f"{outcome}, {reason}"


def named(address: dict[str, str | None]) -> str:
    """Return an address with its name; dots for one on a never-log list."""
    email = address["email"] or "••••"
    name = address["name"]
    if not name:
        return email
    if _SPECIAL.search(name):
        # In a list, `Yamada, Taro <...>` would look like two (RFC 5322 section 3.2.4).
        name = '"{}"'.format(name.replace("\\", "\\\\").replace('"', '\\"'))
    return f"{name} <{email}>"


def indented(text: str) -> str:
    """Return `text` moved to the right, for below a heading."""
    return "\n".join(f"    {line}".rstrip() for line in text.strip().splitlines())
