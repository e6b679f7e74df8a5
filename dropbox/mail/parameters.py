"""MIME header fields: a value and its parameters (RFC 2045 section 5.1, RFC 2231)."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from dropbox.mail import charsets, words

MAX_FIELD_BYTES = 4_096
"""A name of 255 Japanese characters takes 2,700 in the longest of its forms."""
MAX_PARAMETERS = 32
MAX_REMEMBERED = 80

_NAMES = "boundary|charset|delsp|filename|format|name"
"""What somebody asks for. Others are passed over, with as many in one match as there are."""

_VALUE = re.compile(r"[^;]*")
_QUOTED = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_PARAMETER = re.compile(
    rf"[^;]*+(?:;(?![ \t]*+(?:{_NAMES})[ \t]*+[*=])"
    rf'(?:[ \t]*+[^\s=;"]++[ \t]*+=[ \t]*+{_QUOTED})?+[^;]*+)*+'
    rf'(?:;[ \t]*+((?:{_NAMES})(?:\*[^\s=;"]*+)?)[ \t]*+=[ \t]*+(?:({_QUOTED})|([^;]*+)))?',
    re.DOTALL | re.IGNORECASE,
)
_TYPE = re.compile(r"([a-z0-9!#$&^_.+-]{1,127})\s*/\s*([a-z0-9!#$&^_.+-]{1,127})(?=\s|$)")
_SECTION = re.compile(r"([^*]+)\*(?:(\d{1,3})(\*)?)?")
_ENCODED = re.compile(rb"%(?=[0-9A-Fa-f]{2})")
_ESCAPED = re.compile(r'\\(["\\])')


@dataclass(frozen=True, slots=True)
class Structured:
    """`multipart/mixed; boundary=x` taken apart; the value in lower case."""

    value: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


def read(raw: bytes) -> Structured:
    """Return the value and the parameters of a header; of repeated parameters the first counts.

    RFC 2231 continuations and charsets are resolved; encoded words in parameters, which RFC 2047
    section 5 forbids, are decoded because many programs write them.
    """
    return _read_short(raw) if len(raw) <= MAX_REMEMBERED else _read(raw)


def content_type(raw: bytes) -> Structured:
    """Return a Content-Type; what cannot be read as a type is plain text (RFC 2045 section 5.2)."""
    return _type_short(raw) if len(raw) <= MAX_REMEMBERED else _type(raw)


def _type(raw: bytes) -> Structured:
    found = _read(raw)
    named = _TYPE.match(found.value)
    return Structured(f"{named[1]}/{named[2]}" if named else "text/plain", found.parameters)


def _read(raw: bytes) -> Structured:
    text = charsets.header_text(raw[:MAX_FIELD_BYTES])
    value = _VALUE.match(text)
    end = value.end() if value else 0
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for count, found in enumerate(_PARAMETER.finditer(text, end)):
        if count >= MAX_PARAMETERS:
            break
        if found[1] is None:
            continue
        name = found[1].lower()
        content = found[3].strip().removeprefix('"') if found[2] is None else found[2][1:-1]
        if found[2] and "\\" in content:
            content = _ESCAPED.sub(r"\1", content)
        section = _SECTION.fullmatch(name) if "*" in name else None
        if section is None:
            plain.setdefault(name, content)
            continue
        extended = section[2] is None or section[3] is not None
        sections.setdefault(section[1], {}).setdefault(int(section[2] or 0), (content, extended))
    for name, content in plain.items():
        if "=?" in content:
            plain[name] = words.decode(content)
    for name, numbered in sections.items():
        plain[name] = _joined(numbered)
    return Structured(text[:end].strip().lower(), plain)


def unquoted(data: bytes) -> bytes:
    """Undo percent-encoding. As quoted-printable it is read 20 times as fast as by urllib."""
    if b"=" not in data:
        read_at_once = binascii.a2b_qp(data.replace(b"%", b"="))
        if b"=" not in read_at_once:
            return read_at_once
    # A sign that encodes nothing has to stay what it was.
    return binascii.a2b_qp(_ENCODED.sub(b"=", data.replace(b"=", b"=3D")))


# Most values are a few well-known ones: `text/plain; charset=utf-8`.
_read_short = lru_cache(maxsize=1024)(_read)
_type_short = lru_cache(maxsize=1024)(_type)


def _joined(numbered: dict[int, tuple[str, bool]]) -> str:
    """Join the sections of one RFC 2231 parameter; the charset applies to all of them."""
    charset = ""
    pieces: list[bytes] = []
    # Seen: `%E3%8` at the end of a section, and `2` in the next one.
    for extended, run in groupby((numbered[at] for at in sorted(numbered)), itemgetter(1)):
        content = "".join(content for content, _ in run)
        if extended and not pieces and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        data = content.encode("utf-8", "replace")
        pieces.append(unquoted(data) if extended else data)
    text = charsets.decode(b"".join(pieces), charset)
    return words.decode(text) if "=?" in text else text
