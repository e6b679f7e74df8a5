"""The server's log: bounded, and its last word when something fails."""

import contextlib
import os
import re

from storage.embedded.errors import EmbeddedError
from storage.embedded.folder import Folder, open_ours

LIMIT_BYTES = 4 * 1024 * 1024
STAMP = re.compile(r"^\d{4}-\d\d-\d\d [\d:.]+ \S+ \[\d+\] ")
TROUBLE = re.compile(r"\b(FATAL|PANIC|ERROR|error):")
SETTING = re.compile(r"^LOG:  .*(configuration parameter|parameter \"|in file \")")
NOISE = re.compile(r"^(LOG|HINT|DETAIL|CONTEXT|STATEMENT|backend>)|the database system is ")


def open_log(folder: Folder) -> int:
    """The log, for appending. Raises EmbeddedError."""
    return open_ours(folder, folder.log, extra=os.O_APPEND)


def last_word(log: int, since: int) -> str:
    """The last line after byte `since` that says what went wrong; empty if there is none."""
    size = os.fstat(log).st_size
    start = max(since if since <= size else 0, size - 65536)
    text = os.pread(log, 65536, start).decode("utf-8", "replace")
    lines = [STAMP.sub("", line).strip() for line in text.splitlines()]
    lines = [line.removeprefix("LOG:  ") if SETTING.search(line) else line for line in lines]
    lines = [line for line in lines if line and not NOISE.search(line)]
    for number in reversed(range(len(lines))):
        if TROUBLE.search(lines[number]):
            return _with_cause(lines, number)
    return lines[-1] if lines else ""


def _with_cause(lines: list[str], number: int) -> str:
    """Of a bad configuration file Postgres names the file last, and what is wrong before it."""
    line = lines[number]
    return lines[number - 1] if number and line.endswith("contains errors") else line


def trim(folder: Folder, log: int) -> None:
    """Move the end of a log that has grown too long into the old log, and start it again."""
    size = os.fstat(log).st_size
    if size <= LIMIT_BYTES:
        return
    # Without room or a place for the old log, the new one is cut all the same.
    with contextlib.suppress(OSError, EmbeddedError):
        old = open_ours(folder, folder.old_log)
        try:
            os.ftruncate(old, 0)
            position = size - LIMIT_BYTES
            while position < size and (piece := os.pread(log, 262144, position)):
                os.write(old, piece)
                position += len(piece)
        finally:
            os.close(old)
    # Everybody appends, so that whoever still writes goes on at the new end.
    os.ftruncate(log, 0)
