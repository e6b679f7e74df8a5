"""What must be true of whatever comes out of the reader, and what it may cost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from dropbox.mail.message import Message
from dropbox.mail.read import leaf, read

MILLISECONDS_PER_MB = 50.0
_AT_LEAST = 10.0
"""What the smallest mail may cost: setting out takes a while, and caches start cold."""

_MAX_LISTED = 2_000
_MAX_PARTS = 1_000
_MAX_TEXT = 2 * 1024 * 1024


def flaws(raw: bytes, *, leaves: bool = True) -> list[str]:
    """Return what is wrong with the reading of `raw`. Raises what the reader raises."""
    message = read(raw)
    found = [f"{place} is not clean" for place, text in strings(message) if not _is_clean(text)]
    found += _of_message(message)
    if leaves:
        for part in message.attachments[:20]:
            content = leaf(raw, part.path)
            if content is None or len(content) != part.size:
                found.append("an attachment is not found again")
    return list(dict.fromkeys(found))


def _of_message(message: Message) -> Iterator[str]:
    start, end = message.reply
    if not 0 <= start <= end <= len(message.text):
        yield "the reply is no part of the text"
    for listed in (message.to, message.cc, message.bcc, message.reply_to):
        if len(listed) > _MAX_LISTED:
            yield "addresses are not capped"
    if len(message.attachments) > _MAX_PARTS:
        yield "attachments are not capped"
    if len(message.text) > _MAX_TEXT:
        yield "the text is not capped"
    for found in message.forwarded:
        if not 0 <= found.confidence <= 1:
            yield "a confidence is none"
        if len(found.to) > _MAX_LISTED or len(found.text) > _MAX_TEXT:
            yield "an original is not capped"
        if found.message is not None:
            yield from _of_message(found.message)


def strings(value: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield every string in a value, with the field that it stands in."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, tuple):
        for one in value:
            yield from strings(one, place)
    elif is_dataclass(value):
        for field in fields(value):
            yield from strings(getattr(value, field.name), field.name)


def _is_clean(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def milliseconds(raw: bytes, *, tries: int = 3) -> float:
    """Return what reading costs: the least of three, and no more tries than that takes."""
    spent = []
    for _ in range(tries):
        begun = time.thread_time()
        read(raw)
        spent.append((time.thread_time() - begun) * 1_000)
        if spent[-1] <= allowed(len(raw)):
            break
    return min(spent)


def allowed(size: int, slack: float = 1.0) -> float:
    """Return the milliseconds that reading so many bytes may take."""
    return slack * max(_AT_LEAST, MILLISECONDS_PER_MB * size / 1e6)
