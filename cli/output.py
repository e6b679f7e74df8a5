"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from config.logging import mask

WIDEST_COLUMN = 60


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


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str) -> None:
    """Print rows under headings, or the sentence `empty` when there are none.

    On a terminal cells are wrapped; in a pipe each row is one line, however wide.
    """
    listed = [[_cell(value) for value in row] for row in rows]
    if not listed:
        say(empty)
        return
    _write(_drawn(columns, listed))


def _drawn(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    is_terminal = sys.stdout.isatty()
    drawn = Table(
        box=box.SIMPLE_HEAD if is_terminal else None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for column in columns:
        drawn.add_column(
            column,
            overflow="fold" if is_terminal else "ignore",
            no_wrap=not is_terminal,
            max_width=WIDEST_COLUMN if is_terminal else None,
        )
    for cells in rows:
        drawn.add_row(*(Text(cell) for cell in cells))
    # No terminal, no width: a row that is cut says less than one that is long.
    console = Console(width=None if is_terminal else 10_000, highlight=False)
    with console.capture() as captured:
        console.print(drawn)
    lines = captured.get().splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return at(value)
    if isinstance(value, list | tuple):
        return ", ".join(_cell(one) for one in value)
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
