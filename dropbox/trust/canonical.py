"""What is signed of a mail: its header fields and its body, canonicalised (RFC 6376 section 3.4).

All of it is done in bulk, in time linear in the bytes, whatever they are. A bare LF ends a line
here, since whoever signs a mail with such lines signs what it becomes on the wire; a bare CR is a
byte like any other.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dropbox.mail.headers import (
    BLANK_LINE,
    BLOCK_END,
    FROM_LINE,
    MAX_BLOCK_BYTES,
    MAX_FIELD_BYTES,
    MAX_FIELDS,
)

_CRLF = b"\r\n"
# A line that begins with a lone CR continues the one before: dropbox.mail reads CR as a blank.
_FIELD_END = re.compile(rb"\n(?![ \t\r])")
_NAME = re.compile(rb"([!-9;-~]++)[ \r]*+:")
_BARE_LF = re.compile(rb"\n(?<!\r\n)")
_BLANK_TO_CUT = re.compile(rb" (?: |\r\n)")
_LONG_RUN = b" " * 16
_MANY_LINES = 4096


class Canon(StrEnum):
    """How a mail may change on its way without losing its signatures."""

    SIMPLE = "simple"
    RELAXED = "relaxed"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a header."""

    name: bytes
    """Lower case; empty for a line that is no field."""
    raw: bytes
    """As it stands, its lines ended by LF and the last one by nothing."""
    relaxed: bytes
    """Canonicalised, without the line end."""

    @property
    def value_at(self) -> int:
        """Where the value begins in `raw`."""
        return self.raw.index(b":") + 1

    def canonical(self, canon: Canon) -> bytes:
        """Return what is signed of the field, without the last line end."""
        return self.relaxed if canon is Canon.RELAXED else self.raw.replace(b"\n", _CRLF)


@dataclass(frozen=True, slots=True)
class Header:
    """The fields of a mail: the very ones that `dropbox.mail.headers` finds, in their order."""

    fields: tuple[Field, ...] = ()
    places: Mapping[bytes, list[int]] = field(default_factory=dict)
    """Where in `fields` a name stands, from top to bottom."""
    capped: bool = False
    """Whether `dropbox.mail` reads only a part of this header."""

    def chosen(self, names: Iterable[bytes], but: int) -> Iterator[Field]:
        """Yield the fields that `h=` names, the lowest first (RFC 6376 section 5.4.2).

        `but` is the place of the signature itself, which it cannot sign.
        """
        taken: Counter[bytes] = Counter()
        for name in names:
            places = self.places.get(name, ())
            taken[name] += 1
            if (at := len(places) - taken[name]) >= 0 and places[at] == but:
                taken[name] += 1
                at -= 1
            if at >= 0:
                yield self.fields[places[at]]


def split_off_header(pieces: Iterator[bytes]) -> tuple[Header, bytes]:
    """Read the header from the pieces of a mail; return it, and what came with it of the body."""
    data = b""
    first = 0
    found = None
    for piece in pieces:
        seen = len(data)
        data += piece
        if blank := BLANK_LINE.match(data):
            return Header(), data[blank.end() :]
        if from_line := FROM_LINE.match(data):
            first = from_line.end()
        found = BLOCK_END.search(data, max(first, seen - 2))
        if found or len(data) - first > MAX_BLOCK_BYTES:
            break
    end, body = (found.start(), found.end()) if found else (len(data), len(data))
    if end - first > MAX_BLOCK_BYTES:
        return Header(capped=True), b""
    return _header(data[first:end], ended=found is not None), data[body:]


def _header(block: bytes, *, ended: bool) -> Header:
    if ended:
        block += b"\n"
    block = block.replace(_CRLF, b"\n").removesuffix(b"\n")
    unfolded = block.replace(b"\n ", b" ").replace(b"\n\t", b" ").replace(b"\n\r", b"\r")
    if unfolded.count(b"\n") >= MAX_FIELDS:
        return Header(capped=True)
    lines = _one_blank(unfolded.replace(b"\t", b" ")).split(b"\n")
    raws = _FIELD_END.split(block)
    fields = tuple(_field(raw, line) for raw, line in zip(raws, lines, strict=True))
    places: dict[bytes, list[int]] = {}
    for at, one in enumerate(fields):
        if one.name:
            places.setdefault(one.name, []).append(at)
    capped = any(len(fields[at].raw) > MAX_FIELD_BYTES for at in places.get(b"from", ()))
    return Header(fields, places, capped)


def _field(raw: bytes, line: bytes) -> Field:
    if not (named := _NAME.match(line)):
        return Field(b"", raw, line)
    name = named[1].lower()
    return Field(name, raw, name + b":" + line[named.end() :].strip(b" "))


def canonical_field(raw: bytes, canon: Canon) -> bytes:
    """Return one field, given as in `Field.raw`, as it is signed, without the last line end."""
    if canon is Canon.SIMPLE:
        return raw.replace(b"\n", _CRLF)
    line = raw.replace(b"\n", b"").replace(b"\t", b" ")
    return _field(raw, _one_blank(line)).relaxed


def _one_blank(data: bytes) -> bytes:
    """Return `data` with one blank for every run of them."""
    # Shorter by a factor each time: a few passes for any run, where a regular expression takes ten
    # times as long for many short ones.
    while _LONG_RUN in data:
        data = data.replace(_LONG_RUN, b" ")
    while b"  " in data:
        data = data.replace(b"  ", b" ")
    return data


Wanted = tuple[Canon, int | None]
"""A body hash: how it is canonicalised, and how many bytes of that are hashed; None: all."""


def body_hashes(pieces: Iterable[bytes], wanted: Iterable[Wanted]) -> dict[Wanted, bytes]:
    """Return the SHA-256 of the body for each of `wanted` that the body is long enough for.

    A length that is shorter than the canonicalised body is answered, and `(canon, None)` as well.
    """
    lengths: dict[Canon, set[int]] = {}
    for canon, length in wanted:
        lengths.setdefault(canon, set()).update(() if length is None else (length,))
    bodies = {canon: _BODIES[canon](cuts) for canon, cuts in lengths.items()}
    newlines = _Newlines()
    for piece in pieces:
        if data := newlines.feed(piece):
            for body in bodies.values():
                body.feed(data)
    hashes: dict[Wanted, bytes] = {}
    for canon, body in bodies.items():
        body.feed(newlines.rest)
        hashes[canon, None] = body.end()
        hashes.update({(canon, cut): digest for cut, digest in body.cuts.items()})
    return hashes


class _Newlines:
    """Turns bare LFs into CRLFs; what it returns never ends within a CRLF."""

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, piece: bytes) -> bytes:
        data = self.rest + piece
        self.rest = b""
        if data.endswith(b"\r"):
            self.rest = b"\r"
            data = data[:-1]
        if _BARE_LF.search(data):
            data = data.replace(_CRLF, b"\n").replace(b"\n", _CRLF)
        return data


class _Simple:
    """Hashes a body; the empty lines at its end count as one line end (section 3.4.3)."""

    def __init__(self, cuts: Iterable[int]) -> None:
        self._hash = hashlib.sha256()
        self._size = 0
        self._blank_lines = 0
        self._wanted = sorted(cuts, reverse=True)
        self.cuts: dict[int, bytes] = {}
        """Digest of the first bytes, by their number."""

    def feed(self, data: bytes) -> None:
        text = data.rstrip(_CRLF)
        # No LF is bare, so what ends in LF is CRLFs from behind the last CR that ends no line.
        blank = data[len(text) :] if data.endswith(b"\n") else b""
        blank = blank[blank.rfind(b"\r\r") + 1 :]
        if len(blank) < len(data):
            self._add_blank_lines()
            self._add(data[: len(data) - len(blank)])
        self._blank_lines += len(blank) // 2

    def end(self) -> bytes:
        """Return the digest of the whole."""
        self._add(self._ending())
        return self._hash.digest()

    def _ending(self) -> bytes:
        return _CRLF

    @property
    def _empty(self) -> bool:
        return not self._size

    def _add_blank_lines(self) -> None:
        while self._blank_lines:
            count = min(self._blank_lines, _MANY_LINES)
            self._add(_CRLF * count)
            self._blank_lines -= count

    def _add(self, data: bytes) -> None:
        view = memoryview(data)
        while self._wanted and self._wanted[-1] <= self._size + len(view):
            cut = self._wanted.pop()
            self._hash.update(view[: cut - self._size])
            view = view[cut - self._size :]
            self._size = cut
            self.cuts[cut] = self._hash.digest()
        self._hash.update(view)
        self._size += len(view)


class _Relaxed(_Simple):
    """Hashes a body with one blank for each run of them, and none at line ends (section 3.4.4)."""

    def __init__(self, cuts: Iterable[int]) -> None:
        super().__init__(cuts)
        self._blank = b""

    def feed(self, data: bytes) -> None:
        data = self._blank + data
        if b"\t" in data:
            data = data.replace(b"\t", b" ")
        if b" " in data and _BLANK_TO_CUT.search(data):
            data = _one_blank(data).replace(b" \r\n", _CRLF)
        self._blank = b""
        if data.endswith(b" "):
            self._blank = b" "
            data = data[:-1]
        if data:
            super().feed(data)

    def _ending(self) -> bytes:
        return b"" if self._empty else _CRLF


_BODIES: Mapping[Canon, type[_Simple]] = {Canon.SIMPLE: _Simple, Canon.RELAXED: _Relaxed}
