"""Content-Transfer-Encoding undone (RFC 2045 section 6), whatever the bytes are."""

from __future__ import annotations

import binascii
import contextlib
import hashlib
import re
from collections.abc import Iterator

import pybase64

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))
_PADDED_SOFT_BREAK = re.compile(rb"=[ \t]++(?=\r?\n)")
_PADDING = re.compile(rb"=+")
_MAX_SOFT_BREAKS = 100_000
_MAX_TAIL = 1_000
_MAX_PADDINGS = 10_000
_SLICE = 128 * 1024
"""Fits into a processor's cache, between decoding and hashing."""
_PROSE_BYTES = 400
_FOOTER = re.compile(rb"\n(?:[_-]{10}|-- ?\r?\n)")
_MAX_LINE = 1_000
HEAD_BYTES = 4_096


def decode(raw: bytes, start: int, end: int, encoding: str) -> bytes:
    """Return the content of `raw[start:end]`; an encoding that nobody knows is read as none."""
    if encoding == "base64":
        return base64(raw, start, end)
    body = raw[start:end]
    if encoding.startswith("quoted"):
        # Seen: `quoted-printables`, `quoted_printable`.
        return quoted_printable(body)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return uuencoded(body)
    return body


def base64(raw: bytes, start: int, end: int) -> bytes:
    """Decode base64; junk is passed over, and padding in the middle begins a new run."""
    padding = raw.find(b"=", start, end)
    if padding < 0 or _ends_at(raw, padding, end):
        with contextlib.suppress(binascii.Error):
            return pybase64.b64decode(memoryview(raw)[start:end])
    clean = raw[start:end].translate(None, _NOT_BASE64)
    bare = clean.rstrip(b"=")
    if b"=" not in bare:
        return _unpadded(bare)
    return b"".join(map(_unpadded, _PADDING.split(bare, _MAX_PADDINGS)))


def _ends_at(raw: bytes, padding: int, end: int) -> bool:
    """Whether nothing that counts stands behind the padding: decoders disagree about what does."""
    tail = raw[padding : min(end, padding + _MAX_TAIL)]
    return padding + len(tail) == end and not tail.translate(None, _NOT_BASE64).strip(b"=")


def is_prose(raw: bytes, start: int, end: int) -> bool:
    """Whether what should be base64 has words with blanks between them."""
    head = raw[start : min(end, start + _PROSE_BYTES)].strip()
    return head.count(b" ") * 20 > len(head) and len(head.split()) > head.count(b"\n") + 3


def footer(raw: bytes, start: int, end: int) -> int:
    """Return where a footer in the clear begins behind base64, which lists append; else `end`."""
    # Its rule of `_` or `-` cannot be base64.
    found = _FOOTER.search(raw, start, end)
    return found.start() if found else end


def measure(raw: bytes, start: int, end: int, encoding: str) -> tuple[int, bytes, bytes]:
    """Return size, SHA-256 and first `HEAD_BYTES` of the content of `raw[start:end]`.

    Ordinary base64 is decoded a slice at a time: of a large file only a slice is in memory.
    """
    if encoding == "base64" and end - start > _SLICE:
        digest = hashlib.sha256()
        size = 0
        head = b""
        for piece in _slices(raw, start, end):
            if piece is None:
                break
            head = head or piece[:HEAD_BYTES]
            size += len(piece)
            digest.update(piece)
        else:
            return size, digest.digest(), head
    content = decode(raw, start, end, encoding)
    return len(content), hashlib.sha256(content).digest(), content[:HEAD_BYTES]


def _slices(raw: bytes, start: int, end: int) -> Iterator[bytes | None]:
    """Decode some lines of equal length at once; yield None, and stop, where they are not.

    Where lines end where they should, and give as many bytes as they can hold signs, there is
    nothing else in them: no junk, no padding.
    """
    line = raw.find(b"\n", start, start + _MAX_LINE) + 1 - start
    signs = line - (2 if raw[start + line - 2 : start + line - 1] == b"\r" else 1)
    if signs <= 0 or signs % 4:
        yield None
        return
    lines = _SLICE // line
    line_ends = b"\n" * lines
    whole = memoryview(raw)
    while end - start > lines * line:
        cut = start + lines * line
        if raw[start + line - 1 : cut : line] != line_ends:
            yield None
            return
        try:
            piece = pybase64.b64decode(whole[start:cut])
        except binascii.Error:
            piece = b""
        if len(piece) != lines * signs // 4 * 3:
            yield None
            return
        yield piece
        start = cut
    yield base64(raw, start, end)


def quoted_printable(body: bytes) -> bytes:
    """Decode quoted-printable; an `=` that begins nothing stays (RFC 2045 section 6.7)."""
    content = binascii.a2b_qp(body)
    if b"=" in content and _PADDED_SOFT_BREAK.search(body):
        content = binascii.a2b_qp(_PADDED_SOFT_BREAK.sub(b"=", body, _MAX_SOFT_BREAKS))
    return content


def uuencoded(body: bytes) -> bytes:
    """Decode the lines between `begin` and `end`; a line that cannot be decoded is passed over."""
    pieces = []
    # Full lines have 62 characters: what has far more lines is no file.
    lines = iter(body.split(b"\n", len(body) // 40 + 1_000))
    for line in lines:
        if line.startswith(b"begin "):
            break
    for line in lines:
        if line.rstrip() in (b"end", b"`", b""):
            continue
        try:
            pieces.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Seen: lines that carry more characters than their length byte says.
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                pieces.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                continue
    return b"".join(pieces)


def _unpadded(run: bytes) -> bytes:
    run = run.replace(b"=", b"") if b"=" in run else run
    if len(run) % 4 == 1:
        run = run[:-1]
    return pybase64.b64decode(run + b"=" * (-len(run) % 4))
