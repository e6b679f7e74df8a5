"""Message-IDs (RFC 5322 section 3.6.4) in one canonical form, so that equal ones compare equal."""

from __future__ import annotations

import re

from dropbox.mail import charsets

FIRST, LAST = 1, 31
"""Of a long References list the root and the latest ancestors are kept."""
MAX_CHARS = 900
"""Longer ones do not fit an index entry; they count as none."""

MAX_HEADERS = 4
MAX_LIST_CHARS = 32 * 1024

_BRACKETED = re.compile(r"<([^<>]*)>")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]+")


def read(value: bytes) -> str | None:
    """Return the canonical form of a Message-ID header: no brackets, lower case, no white space."""
    if not value:
        return None
    text = charsets.header_text(value)
    found = _BRACKETED.search(text)
    return _canonical(found[1] if found else text.strip().lstrip("<").split(" ", 1)[0])


def read_list(values: list[bytes]) -> tuple[str, ...]:
    """Return the canonical ids of In-Reply-To or References headers, oldest first, each once."""
    found: dict[str, None] = {}
    for value in values[:MAX_HEADERS]:
        text = _ends(charsets.header_text(value))
        listed = _BRACKETED.findall(text)
        if not listed and all("@" in word for word in text.split()):
            listed = text.split()
        for raw in listed:
            if one := _canonical(raw):
                found[one] = None
    ids = tuple(found)
    return ids if len(ids) <= FIRST + LAST else ids[:FIRST] + ids[-LAST:]


def _ends(text: str) -> str:
    """Return the beginning and the end of an over-long list, cut between ids."""
    if len(text) <= MAX_LIST_CHARS:
        return text
    head, tail = text[: MAX_LIST_CHARS // 2], text[-MAX_LIST_CHARS // 2 :]
    return head[: head.rfind(">") + 1] + tail[max(tail.find("<"), 0) :]


def _canonical(raw: str) -> str | None:
    plain = _BLANK.sub("", raw).strip("<>").lower()
    return plain if plain and len(plain.encode()) <= MAX_CHARS else None
