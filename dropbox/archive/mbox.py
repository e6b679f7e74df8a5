"""mbox: many mails in one file, each behind a From_ line (RFC 4155, and what programs write).

Nothing of the file is lost but From_ lines and the blank line before each: what is no separator
beyond doubt stays in the mail where it stands.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

CHUNK_BYTES = 1 << 20

_AROUND = 4096
"""So much behind a From_ line is looked at, the line itself included."""

_LONGEST_LINE = 1000
_HEADER_BYTES = 32 * 1024
"""A Content-Length is looked for in so much of a mail."""

_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_TIME = rb"\d{1,2}:\d\d(?::\d\d)?"
_DATE = re.compile(
    # Fri Dec  7 11:07:10 2001, also with a zone or two before the year
    rb"\b" + _MONTH + rb"\s+\d{1,2}\s+" + _TIME + rb"(?:\s+[A-Za-z0-9+:-]{1,8}){0,2}\s+\d{4}\b"
    # Wed, 2 May 2001 10:10:26 +0200
    rb"|\b\d{1,2}\s+" + _MONTH + rb"\s+\d{4}\s+" + _TIME +
    # 2001-05-02 10:10
    rb"|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d"
)  # fmt: skip
_SENDER = re.compile(rb"From +(\S*@\S*|-|MAILER-DAEMON|nobody)(?:\s|$)")
_HEADER = re.compile(rb"[!-9;-~]{1,76}[ \t]*:")
_CONTENT_LENGTH = re.compile(
    rb"^content-length:[ \t]*(\d{1,12})[ \t\r]*$", re.IGNORECASE | re.MULTILINE
)
_HEADERS_END = re.compile(rb"\n\r?\n")
_QUOTED = re.compile(rb"\n>(>*From )")
_BLANK_BEFORE = re.compile(rb"\n(\r?\n)\Z")


@dataclass(frozen=True, slots=True)
class Span:
    """Where a mail is in its file."""

    start: int
    end: int
    next: int
    """Where the next From_ line begins, or the file ends."""
    quoted: bool = True
    """Whether `>From ` at the beginning of a line stands for `From `."""


@dataclass(frozen=True, slots=True)
class _FromLine:
    """A line that begins with `From `; most are separators, some are text."""

    offset: int
    after: int
    """Where the next line begins."""
    separates: bool
    blank: int
    """Length of the line end that makes the line before it blank; 0: it is not blank."""


def is_from_line(head: bytes) -> bool:
    """Whether a file that begins with `head` begins with a separator."""
    line, _, rest = head.partition(b"\n")
    if not line.startswith(b"From ") or len(line) > _LONGEST_LINE:
        return False
    return _separates(line, rest, blank_before=True)


def split_from_line(head: bytes) -> tuple[str | None, bytes]:
    """Return the envelope sender that a leading From_ line names, and `head` without the line.

    The sender is None where there is no such line, and empty for the null sender.
    """
    if not is_from_line(head):
        return None, head
    line, _, rest = head.partition(b"\n")
    named = _SENDER.match(line)
    sender = named[1].decode("utf-8", "replace") if named and b"@" in named[1] else ""
    return sender, rest


def spans(file: BinaryIO) -> Iterator[Span]:
    """Yield where each mail of the file is; what stands before the first From_ line is one too.

    Reads the file once from where it is, which has to be its beginning, in constant memory.
    """
    size = os.fstat(file.fileno()).st_size
    start, trusted, quoted = 0, 0, True
    for line in _from_lines(file):
        if line.offset < trusted:
            # Written by a program that counts and does not quote (mboxcl2).
            quoted = False
            continue
        if not (line.separates or trusted):
            continue
        if line.offset:
            # Where a length counts, the first line behind it is the separator that it was seen at.
            yield Span(start, trusted or line.offset - line.blank, line.offset, quoted)
        start, quoted = line.after, True
        trusted = _end_by_length(file, start, size)
    end = file.tell()
    if end > start:
        yield Span(start, trusted or end - _blank_at(file, start, end), end, quoted)


def pieces(file: BinaryIO, span: Span) -> Iterator[bytes]:
    """Yield the bytes of a mail, quoting undone. Raises EOFError when the file became shorter."""
    found = _read(file, span.start, span.end)
    return _unquoted(found) if span.quoted else found


def _read(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    while start < end:
        piece = os.pread(file.fileno(), min(CHUNK_BYTES, end - start), start)
        if not piece:
            raise EOFError("the file became shorter")
        start += len(piece)
        yield piece


def _from_lines(file: BinaryIO) -> Iterator[_FromLine]:
    data, base, at, ended = b"\n\n", -2, 0, False
    while True:
        hit = data.find(b"\nFrom ", at)
        if not ended and (hit < 0 or hit + _AROUND > len(data)):
            # Three bytes before a hit tell whether the line before it is blank.
            at = hit if hit >= 0 else max(at, len(data) - 5)
            cut = max(at - 3, 0)
            more = file.read(CHUNK_BYTES)
            data, base, at, ended = data[cut:] + more, base + cut, at - cut, not more
            continue
        if hit < 0:
            return
        yield _from_line(data, hit, base)
        at = hit + 1


def _from_line(data: bytes, hit: int, base: int) -> _FromLine:
    begin = hit + 1
    end = data.find(b"\n", begin, begin + _AROUND)
    if end < 0:
        end = len(data)
    blank = _BLANK_BEFORE.search(data, max(hit - 3, 0), begin)
    separates = end - begin <= _LONGEST_LINE and _separates(
        data[begin:end], data[end + 1 : end + 100], blank_before=blank is not None
    )
    return _FromLine(base + begin, base + end + 1, separates, len(blank[1]) if blank else 0)


def _separates(line: bytes, below: bytes, *, blank_before: bool) -> bool:
    """Whether a line that begins with `From ` begins a mail.

    Text that begins so is quoted by most programs and not by all; separators without a date, and
    without the blank line before them, are found in real files.
    """
    has_header = _HEADER.match(below) is not None
    if _DATE.search(line):
        return blank_before or has_header
    return blank_before and has_header and _SENDER.match(line) is not None


def _end_by_length(file: BinaryIO, start: int, size: int) -> int:
    """Return where its Content-Length says that a mail ends; 0 when no separator is there."""
    head = os.pread(file.fileno(), _HEADER_BYTES, start)
    headers_end = _HEADERS_END.search(head)
    if headers_end is None:
        return 0
    said = _CONTENT_LENGTH.findall(head, 0, headers_end.start() + 1)
    if len(said) != 1:
        return 0
    end = start + headers_end.end() + int(said[0])
    if end >= size:
        return end if end == size else 0
    below = os.pread(file.fileno(), _AROUND, end - 1)
    begins_line = below.startswith(b"\n") or below[1:3].startswith((b"\n", b"\r\n"))
    rest = below[1:].lstrip(b"\r\n")
    ends_file = not rest and len(below) < _AROUND
    return end if begins_line and (is_from_line(rest) or ends_file) else 0


def _blank_at(file: BinaryIO, start: int, end: int) -> int:
    """Return the length of the blank line at the end of a mail, which belongs to the file."""
    tail = os.pread(file.fileno(), min(3, end - start), max(start, end - 3))
    found = _BLANK_BEFORE.search(tail)
    return len(found[1]) if found else 0


def _unquoted(found: Iterable[bytes]) -> Iterator[bytes]:
    held, strip = b"\n", 1
    for piece in found:
        data = held + piece
        # The last line may be the beginning of a quoted one; nobody quotes two hundred times.
        cut = data.rfind(b"\n")
        if cut < max(len(data) - 200, 0):
            cut = len(data)
        held = data[cut:]
        if cut:
            yield _QUOTED.sub(rb"\n\1", data[:cut])[strip:]
            strip = 0
    yield _QUOTED.sub(rb"\n\1", held)[strip:]
