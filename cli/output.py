"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cli import tables
from config.logging import mask

MOST_LISTED = 3


class NobodyReads(Exception):
    """Standard output was closed by whoever read it, as `head` does."""


def say(text: str) -> None:
    """Print a line for people; what strangers wrote cannot steer the terminal."""
    _write(f"{clean(text)}\n")


def flush() -> None:
    """Have everything printed so far read by now."""
    with _open_pipe():
        sys.stdout.flush()


def write_bytes(data: bytes) -> None:
    """Write bytes as they are."""
    with _open_pipe():
        sys.stdout.buffer.write(data)


def _write(text: str) -> None:
    with _open_pipe():
        sys.stdout.write(text)


@contextmanager
def _open_pipe() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        # What is still in the buffer is not to be tried again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise NobodyReads from None


def document(value: Any) -> None:
    """Print one JSON document, with every character of what was written in it."""
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(value, ensure_ascii=not is_unicode, indent=2)
    # What may not steer a terminal is escaped, not replaced; all of it stands within strings.
    _write(f"{''.join(_escaped(character) for character in text)}\n")


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    empty: str,
    limit: int | None = None,
) -> None:
    """Print rows under headings, or the sentence `empty` when there are none.

    On a terminal lists are shortened, and `limit` rows are followed by how to see more.
    """
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    most = None if width is None else MOST_LISTED
    listed = [[_cell(value, most) for value in row] for row in rows]
    if not listed:
        say(empty)
        return
    _write("".join(f"{line}\n" for line in tables.drawn(columns, listed, width)))
    if width is not None and limit is not None and len(listed) >= limit:
        say(f"The newest {limit}; --limit shows more.")


def _cell(value: Any, most: int | None) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return at(value)
    if isinstance(value, list | tuple):
        shown = [_cell(one, None) for one in value[:most]]
        rest = len(value) - len(shown)
        return ", ".join(shown) + (f" and {rest} more" if rest else "")
    return clean(" ".join(str(value).split()))


def at(instant: datetime, zone: str = "UTC") -> str:
    """Return a time for people, in the time zone `zone`."""
    local = instant.astimezone(UTC if zone == "UTC" else ZoneInfo(zone))
    return f"{local:%Y-%m-%d %H:%M}"


def clean(text: str) -> str:
    """Return text without control characters, line ends and tabs apart."""
    return "".join(
        character if character in "\n\t" or not _is_control(character) else "\ufffd"
        for character in text
    )


def _escaped(character: str) -> str:
    if character != "\n" and (_is_control(character) or "\ud800" <= character <= "\udfff"):
        return f"\\u{ord(character):04x}"
    return character


def _is_control(character: str) -> bool:
    # C0 and C1, and what turns the direction of text around: `exe.gpj` must not read as `jpg.exe`.
    return (
        character < " "
        or "\x7f" <= character <= "\x9f"
        or "\u202a" <= character <= "\u202e"
        or "\u2066" <= character <= "\u2069"
    )


def fail(text: str, code: int) -> int:
    """Say on standard error in one line what is wrong; return the exit code.

    Secret addresses are masked: what somebody has typed in comes back in many of these lines.
    """
    line = mask(clean(" ".join(text.split())))
    # Where nobody listens (closed, or None from the start) the code alone has to say it.
    with suppress(AttributeError, OSError, ValueError):
        sys.stderr.write(f"{line}\n")
    return code
