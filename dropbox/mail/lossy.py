"""Decoding that puts U+FFFD where bytes mean nothing, and gives up on bytes that are no text."""

from __future__ import annotations

import codecs

CHUNK_BYTES = 64 * 1024
MAX_GAPS = 20_000
"""A quarter of a microsecond each; behind so many the rest is left out."""


def decode(data: bytes, codec: str) -> str:
    """Return `data` in `codec`, what cannot be read as U+FFFD, up to `MAX_GAPS` of them."""
    if len(data) <= CHUNK_BYTES:
        return data.decode(codec, "replace")
    decoder = codecs.getincrementaldecoder(codec)("replace")
    pieces: list[str] = []
    gaps = 0
    for at in range(0, len(data), CHUNK_BYTES):
        pieces.append(decoder.decode(data[at : at + CHUNK_BYTES], at + CHUNK_BYTES >= len(data)))
        gaps += pieces[-1].count("\ufffd")
        if gaps > MAX_GAPS:
            break
    return "".join(pieces)
