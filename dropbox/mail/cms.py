"""What an S/MIME part holds: CMS (RFC 5652) in BER, opened as far as to its content.

No signature is checked here and nothing is deciphered: signed mail is read through, the rest is
recorded as encrypted. A reader of our own because BER of indefinite length, which Outlook and
Exchange write, is what libraries refuse or read recursively; all that is needed is one path through
it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

MAX_ELEMENTS = 30_000
"""So many elements are looked at; a large file comes in octet strings of 1,000 bytes and more."""
MAX_INFLATED_BYTES = 16 * 1024 * 1024

_SEQUENCE, _SET, _INTEGER, _OID, _OCTETS, _OCTET_RUN, _EXPLICIT = 0x30, 0x31, 2, 6, 4, 0x24, 0xA0
_PKCS7, _PKCS9 = "2a864886f70d0107", "2a864886f70d01091001"
_SIGNED, _COMPRESSED = bytes.fromhex(f"{_PKCS7}02"), bytes.fromhex(f"{_PKCS9}09")
_ENCRYPTED = frozenset(bytes.fromhex(oid) for oid in (f"{_PKCS7}03", f"{_PKCS7}06", f"{_PKCS9}17"))


@dataclass(frozen=True, slots=True)
class Opened:
    """The content of a CMS structure; None where it has none that can be read."""

    content: bytes | None = None
    encrypted: bool = False


class _Malformed(Exception):
    pass


def read(data: bytes) -> Opened:
    """Return the MIME entity inside of signed or compressed data. Never raises."""
    try:
        return _read(data)
    except (_Malformed, IndexError, zlib.error):
        return Opened()


def _read(data: bytes) -> Opened:
    reader = _Reader(data)
    reader.enter(_SEQUENCE)
    kind = reader.primitive(_OID)
    if kind in _ENCRYPTED:
        return Opened(encrypted=True)
    if kind not in (_SIGNED, _COMPRESSED):
        return Opened()
    reader.enter(_EXPLICIT)
    reader.enter(_SEQUENCE)
    reader.primitive(_INTEGER)
    reader.skip()
    reader.enter(_SEQUENCE)
    reader.primitive(_OID)
    reader.enter(_EXPLICIT)
    content = reader.octets()
    if kind == _COMPRESSED:
        content = zlib.decompressobj().decompress(content, MAX_INFLATED_BYTES)
    return Opened(content)


class _Reader:
    """Walks forward through tag, length, value; never by recursion."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._count = 0

    def enter(self, tag: int) -> None:
        if self._element()[0] != tag:
            raise _Malformed

    def primitive(self, tag: int) -> bytes:
        found, length = self._element()
        if found != tag or length is None:
            raise _Malformed
        return self._take(length)

    def skip(self) -> None:
        """Pass over one element with all that it holds."""
        open_ends = 0
        while True:
            tag, length = self._element()
            if length is None:
                open_ends += 1
            elif tag == 0 and length == 0:
                open_ends -= 1
            else:
                self._at += length
            if open_ends <= 0:
                return

    def octets(self) -> bytes:
        """Return an octet string, joined where it comes in pieces, in pieces of pieces too."""
        tag, length = self._element()
        if tag == _OCTETS and length is not None:
            return self._take(length)
        if tag != _OCTET_RUN:
            raise _Malformed
        end = len(self._data) if length is None else self._at + length
        open_ends = 1
        pieces: list[bytes] = []
        while self._at < end and open_ends:
            tag, length = self._element()
            if tag == _OCTETS and length is not None:
                pieces.append(self._take(length))
            elif tag == _OCTET_RUN:
                open_ends += length is None
            elif tag == 0 and length == 0:
                open_ends -= 1
            else:
                raise _Malformed
        return b"".join(pieces)

    def _element(self) -> tuple[int, int | None]:
        """Return tag and length of the element here; None for one that an end mark closes."""
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise _Malformed
        data, at = self._data, self._at
        tag, length = data[at], data[at + 1]
        at += 2
        if length == 0x80:
            self._at = at
            return tag, None
        if length > 0x80:
            width = length & 0x7F
            if width > 8:
                raise _Malformed
            length = int.from_bytes(data[at : at + width], "big")
            at += width
        self._at = at
        return tag, length

    def _take(self, length: int) -> bytes:
        # Cut off in the middle: what is there is there.
        taken = self._data[self._at : self._at + length]
        self._at += length
        return taken
