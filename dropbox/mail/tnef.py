"""What Outlook packs into `winmail.dat`: TNEF (MS-OXTNEF), taken apart in one pass."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from dropbox.mail import charsets, rtf

MAX_ATTRIBUTES = 5_000
MAX_PROPERTIES = 2_000
MAX_FILES = 500

_SIGNATURE = b"\x78\x9f\x3e\x22"
_BODY, _CODEPAGE, _MESSAGE_PROPERTIES = 0x800C, 0x9007, 0x9003
_NEW_FILE, _TITLE, _DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_LONG_NAME, _SHORT_NAME, _MIME_TYPE, _CONTENT_ID, _OBJECT = 0x3707, 0x3704, 0x370E, 0x3712, 0x3701
_PLAIN, _HTML, _RTF, _INTERNET_CODEPAGE = 0x1000, 0x1013, 0x1009, 0x3FDE
_STRING, _UNICODE = 0x1E, 0x1F
_VARIABLE = frozenset((0x0D, _STRING, _UNICODE, 0x102))
_WIDTHS = {0x01: 0, 0x02: 4, 0x03: 4, 0x04: 4, 0x0A: 4, 0x0B: 4, 0x48: 16}
_WIDTHS |= dict.fromkeys((0x05, 0x06, 0x07, 0x14, 0x40), 8)
_CODEPAGES = {65001: "utf-8", 50220: "iso-2022-jp", 50221: "iso-2022-jp", 51932: "euc-jp"}
_CODEPAGES |= {20932: "euc-jp", 28591: "iso-8859-1", 1200: "utf-16-le", 20127: "us-ascii"}
_CODEPAGES |= {28590 + number: f"iso-8859-{number}" for number in range(2, 16)}


@dataclass(slots=True)
class File:
    """An attached file; its bytes are `data[start:end]` of what was read."""

    name: str = ""
    content_type: str = ""
    content_id: str = ""
    start: int = 0
    end: int = 0


@dataclass(slots=True)
class Contents:
    """Body and files. One of `text` and `html` is the body, if there is any."""

    text: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)


@dataclass(slots=True)
class _Property:
    """A MAPI property: type, identifier and where its first value lies."""

    type: int
    id: int
    start: int
    end: int


def read(data: bytes) -> Contents | None:
    """Return the contents of a `winmail.dat`; None for what is none. Never raises."""
    if not data.startswith(_SIGNATURE):
        return None
    contents = Contents()
    codepage = 1252
    body = b""
    properties: list[_Property] = []
    for name, start, end in _attributes(data):
        if name == _CODEPAGE:
            codepage = int.from_bytes(data[start : start + 4], "little")
        elif name == _BODY:
            body = data[start:end]
        elif name == _MESSAGE_PROPERTIES:
            properties = list(_properties(data, start, end))
        elif name == _NEW_FILE:
            if len(contents.files) >= MAX_FILES:
                break
            contents.files.append(File())
        elif contents.files:
            _read_file(contents.files[-1], name, data, (start, end), codepage)
    _read_body(contents, data, body, properties, codepage)
    return contents


def _attributes(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield name, begin and end of each attribute, up to the first that cannot be one."""
    at = 6
    for _ in range(MAX_ATTRIBUTES):
        if at + 9 > len(data):
            return
        level, name, _, length = struct.unpack_from("<BHHI", data, at)
        start = at + 9
        if level not in (1, 2):
            return
        # Cut off in the middle: the file that is there is better than none.
        yield name, start, min(start + length, len(data))
        at = start + length + 2


def _read_file(file: File, name: int, data: bytes, span: tuple[int, int], codepage: int) -> None:
    start, end = span
    if name == _TITLE:
        file.name = file.name or _text(data[start:end], codepage)
    elif name == _DATA:
        file.start, file.end = start, end
    elif name == _FILE_PROPERTIES:
        for found in _properties(data, start, end):
            if found.id == _LONG_NAME:
                file.name = _string(data, found, codepage)
            elif found.id == _SHORT_NAME:
                file.name = file.name or _string(data, found, codepage)
            elif found.id == _MIME_TYPE:
                file.content_type = _string(data, found, codepage).strip().lower()
            elif found.id == _CONTENT_ID:
                file.content_id = _string(data, found, codepage)
            elif found.id == _OBJECT and file.start == file.end:
                file.start, file.end = found.start, found.end


def _read_body(
    contents: Contents, data: bytes, body: bytes, properties: list[_Property], codepage: int
) -> None:
    found = {one.id: one for one in properties}
    contents.text = _text(body, codepage)
    if not contents.text.strip() and _PLAIN in found:
        contents.text = _string(data, found[_PLAIN], codepage)
    if contents.text.strip():
        return
    if html := found.get(_HTML):
        internet = found.get(_INTERNET_CODEPAGE)
        used = int.from_bytes(data[internet.start : internet.end], "little") if internet else 0
        contents.html = _string(data, html, used or codepage)
    elif packed := found.get(_RTF):
        contents.text = rtf.to_text(rtf.unpacked(data[packed.start : packed.end]))


def _properties(data: bytes, start: int, end: int) -> Iterator[_Property]:
    """Yield the MAPI properties of an attribute, up to the first that cannot be read."""
    count = int.from_bytes(data[start : start + 4], "little")
    at = start + 4
    for _ in range(min(count, MAX_PROPERTIES)):
        if at + 8 > end:
            return
        kind, number = struct.unpack_from("<HH", data, at)
        at += 4
        if number >= 0x8000:
            at = _behind_name(data, at, end)
        many, base = bool(kind & 0x1000), kind & 0x0FFF
        if base not in _VARIABLE and base not in _WIDTHS:
            return
        values = 1
        if many or base in _VARIABLE:
            values = int.from_bytes(data[at : at + 4], "little")
            at += 4
        if base not in _VARIABLE:
            width = _WIDTHS[base]
            yield _Property(kind, number, at, min(at + width, end))
            at += width * values
            continue
        for index in range(min(values, MAX_PROPERTIES)):
            if at + 4 > end:
                return
            length = int.from_bytes(data[at : at + 4], "little")
            if index == 0:
                yield _Property(kind, number, at + 4, min(at + 4 + length, end))
            at += 4 + length + (-length % 4)


def _behind_name(data: bytes, at: int, end: int) -> int:
    """Pass over the name of a named property: a GUID, and a number or a string."""
    if at + 24 > end:
        return end
    by_string, length = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (length + (-length % 4) if by_string else 0)


def _string(data: bytes, found: _Property, codepage: int) -> str:
    value = data[found.start : found.end]
    return _text(value, 1200 if found.type & 0x0FFF == _UNICODE else codepage)


def _text(value: bytes, codepage: int) -> str:
    label = _CODEPAGES.get(codepage, f"cp{codepage}")
    return charsets.decode(value, label).rstrip("\x00")
