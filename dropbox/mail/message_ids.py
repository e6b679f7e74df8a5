"""Message-IDs (RFC 5322 section 3.6.4) in one canonical form, so that equal ones compare equal."""

from __future__ import annotations

import re

from dropbox.mail import charsets, words

FIRST, LAST = 1, 31
"""Of a long References list the root and the latest ancestors are kept."""
MAX_CHARS = 900
"""Longer ones do not fit an index entry; they count as none."""

MAX_HEADERS = 4
MAX_LIST_CHARS = 32 * 1024

_BRACKETED = re.compile(r"<([^<>]*+)(>?)(\s+of\s)?")
_CLOSED = re.compile(r"<([^<>]*+)>")
_COMMENT = re.compile(r"\([^()]*+\)|\"[^\"]*+\"|<[^<>]*+>?")
_WORD = re.compile(r"[^\W\d_]{2}")
_BETWEEN = re.compile(r"[\s,;>]+")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]+")


def read(value: bytes) -> str | None:
    """Return the canonical form of a Message-ID header: no brackets, lower case, no white space."""
    if not value:
        return None
    text = _decoded(value[:MAX_LIST_CHARS])
    found = _CLOSED.search(text)
    return _canonical(found[1] if found else text.strip().lstrip("<").split(" ", 1)[0])


def read_list(values: list[bytes]) -> tuple[str, ...]:
    """Return the canonical ids of In-Reply-To or References headers, oldest first, each once."""
    found: dict[str, None] = {}
    for value in values[:MAX_HEADERS]:
        for raw in _listed(_ends(_decoded(value))):
            if one := _canonical(raw):
                found[one] = None
    ids = tuple(found)
    return ids if len(ids) <= FIRST + LAST else ids[:FIRST] + ids[-LAST:]


def _decoded(value: bytes) -> str:
    """Return a header as text; some programs write ids as encoded words where lines grow long."""
    text = charsets.header_text(value)
    return words.decode(text) if "=?" in text else text


def _listed(text: str) -> list[str]:
    """Return what may be ids in `text`: what is in brackets, else each word of a mere list."""
    found = _BRACKETED.findall(text)
    if not found:
        bare = [word for word in _BETWEEN.split(text) if word]
        number = len(bare) == 1 and any(sign.isdigit() for sign in bare[0])
        return bare if number or all("@" in word for word in bare) else []
    ids = [(content, bool(of)) for content, closed, of in found if closed or _is_whole(content)]
    if len(ids) > 1 and _WORD.search(_COMMENT.sub("", text)):
        # Seen: `Message from Bob <bob@x.example> of Monday <id>`: an address is no id.
        likely = [content for content, of in ids if not of and _has_digit(content)]
        return likely or [content for content, _ in ids]
    return [content for content, _ in ids]


def _is_whole(content: str) -> bool:
    """Whether an id whose closing bracket is missing is all there."""
    return "@" in content and len(content.split()) == 1


def _has_digit(content: str) -> bool:
    return any(sign.isdigit() for sign in content.partition("@")[0])


def _ends(text: str) -> str:
    """Return the beginning and the end of an over-long list, cut between ids."""
    if len(text) <= MAX_LIST_CHARS:
        return text
    head, tail = text[: MAX_LIST_CHARS // 2], text[-MAX_LIST_CHARS // 2 :]
    return head[: head.rfind(">") + 1] + tail[max(tail.find("<"), 0) :]


def _canonical(raw: str) -> str | None:
    if " " in raw or not raw.isprintable():
        raw = _BLANK.sub("", raw)
    plain = raw.strip("<>").lower()
    return plain if plain and len(plain.encode()) <= MAX_CHARS else None
