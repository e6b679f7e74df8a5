"""Encoded words in headers (RFC 2047), read as leniently as mail programs write them."""

from __future__ import annotations

import binascii
import re

from dropbox.mail import charsets

_WORD = re.compile(r"=\?([^?\s=]{1,60})\? ?([bBqQ]) ?\?((?:[^?]++|(?<!=)\?(?!=))*+)\?=")
"""With what is seen in real mail: a bare `?` in the payload, and a fold before the encoding."""
_BEGIN = re.compile(r"=\?([^?\s=]{1,60})\? ?([bBqQ]) ?\?")
MAX_WORDS = 400
"""No header that people write has more; what follows stays as it is."""

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))


def decode(text: str) -> str:
    """Return header text with its encoded words decoded, on one line.

    Adjacent words of one charset are joined before they are decoded, since many programs cut
    multi-byte characters in two (against RFC 2047 section 5). Words are decoded wherever they
    stand, inside quoted strings too.
    """
    if "=?" not in text:
        return charsets.single_line(text)
    once = _once(text)
    # Seen: a name that two programs encoded, one after the other.
    twice = once.startswith("=?") and once.endswith("?=") and once != text
    return _once(once) if twice else once


def _once(text: str) -> str:
    if quick := _alike(text):
        return charsets.single_line(quick)
    # The text before the first word, then charset, encoding, payload and text behind of each word.
    split = _WORD.split(text, MAX_WORDS)
    pieces = [split[0]]
    joined: list[bytes] = []
    for at in range(1, len(split), 4):
        charset, encoding, payload, behind = split[at : at + 4]
        joined.append(_payload(encoding, payload))
        follows = at + 4 < len(split) and not behind.strip()
        if follows and split[at + 4].lower() == charset.lower():
            continue
        pieces.append(charsets.decode(b"".join(joined), charset))
        joined = []
        if not follows:
            pieces.append(behind)
    return charsets.single_line("".join(pieces))


def _alike(text: str) -> str:
    """Return the text when all words are of one charset and adjacent, as nearly always; else ``."""
    first = _BEGIN.search(text)
    if first is None:
        return ""
    # The words are taken for one that is interrupted, however many there are; every `?` of the text
    # has to be one of theirs.
    begin, between = first[0], f"?= {first[0]}"
    count = text.count(begin)
    if text.count("?") != 4 * count or text.count(between) != count - 1:
        return ""
    inner, end, behind = text[first.end() :].replace(between, "?").rpartition("?=")
    if not end or inner.count("?") != count - 1 or "?" in text[: first.start()] + behind:
        return ""
    charset, encoding = first[1], first[2]
    if encoding in "qQ":
        data = _payload(encoding, inner.replace("?", ""))
    else:
        data = b"".join(_payload(encoding, payload) for payload in inner.split("?"))
    return f"{text[: first.start()]}{charsets.decode(data, charset)}{behind}"


def _payload(encoding: str, payload: str) -> bytes:
    data = payload.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data, header=True) if "=" in payload or "_" in payload else data
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        data = data.translate(None, _NOT_BASE64)
        data = data[:-1] if len(data) % 4 == 1 else data
        return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
