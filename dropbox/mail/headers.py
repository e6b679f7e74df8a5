"""The header block of a message or a part, split and not decoded (RFC 5322 section 2.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

MAX_FIELD_BYTES = 64 * 1024
MAX_FIELDS = 2_000
MAX_BLOCK_BYTES = 2 * 1024 * 1024
MAX_REMEMBERED = 160
"""What heads the texts of a mail is mostly the same two fields as in the mail before.

What is remembered is handed out again and again: nobody may change the fields of `Headers`.
"""

BLOCK_END = re.compile(rb"\n\r?\n")
BLANK_LINE = re.compile(rb"\r?\n")
FROM_LINE = re.compile(rb">?From [^\n]*\n")
_FIELD = re.compile(rb"^([!-9;-~]++)[ \t]*+:[ \t]*+([^\n]*+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Headers:
    """Field values by lower-case name, unfolded, in the order in which they stand."""

    fields: dict[bytes, list[bytes]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def first(self, name: bytes) -> bytes:
        """Return the first value of `name`, or empty bytes."""
        values = self.fields.get(name)
        return values[0] if values else b""

    def all(self, name: bytes) -> list[bytes]:
        """Return every value of `name`, in order."""
        return self.fields.get(name, [])

    def cut(self, length: int) -> Headers:
        """Return the same fields with values of at most `length` bytes."""
        fields = {name: [one[:length] for one in all_] for name, all_ in self.fields.items()}
        return Headers(fields, self.notes)


def split(raw: bytes, start: int, end: int) -> tuple[Headers, int]:
    """Split the header block at `start`; return it and where the body begins, at most `end`.

    A block of which no line is a field is no block: the body begins at `start`. Lines that are no
    fields are left out, so that one broken fold does not cost the rest of the header.
    """
    if blank := BLANK_LINE.match(raw, start, end):
        return Headers(), blank.end()
    from_line = FROM_LINE.match(raw, start, end)
    first = from_line.end() if from_line else start
    found = BLOCK_END.search(raw, first, end)
    block_end, body = (found.start(), found.end()) if found else (end, end)
    block = raw[first : min(block_end, first + MAX_BLOCK_BYTES)]
    headers = _fields_again(block) if len(block) <= MAX_REMEMBERED else _fields(block)
    if block_end - first > MAX_BLOCK_BYTES:
        headers = Headers(headers.fields, (*headers.notes, "headers_capped"))
    return (headers, body) if headers.fields else (Headers(), start)


def _fields(block: bytes) -> Headers:
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    unfolded = block.replace(b"\n ", b" ").replace(b"\n\t", b"\t")
    notes: dict[str, None] = {}
    lines = unfolded.count(b"\n") + (not unfolded.endswith(b"\n"))
    if lines > MAX_FIELDS:
        unfolded = b"\n".join(unfolded.split(b"\n", MAX_FIELDS)[:MAX_FIELDS])
        lines = MAX_FIELDS
        notes["headers_capped"] = None
    found = _FIELD.findall(unfolded)
    if len(found) < lines:
        notes["header_line_unreadable"] = None
    fields: dict[bytes, list[bytes]] = {}
    for name, value in found:
        if len(value) > MAX_FIELD_BYTES:
            notes["header_capped"] = None
        fields.setdefault(name.lower(), []).append(value[:MAX_FIELD_BYTES].rstrip())
    return Headers(fields, tuple(notes))


_fields_again = lru_cache(maxsize=1024)(_fields)
