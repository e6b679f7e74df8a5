"""What is found in an archive: mails, files that are none, and what could not be read."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from dropbox.archive import maildir, mbox
from dropbox.archive.spool import Spool
from dropbox.content import Content
from dropbox.filing.outcomes import NotRecorded, Reason

_HEAD_BYTES = 8192

_FIELD = re.compile(rb"[!-9;-~]{1,76}[ \t]*:")
_TELLING = re.compile(
    rb"^(?:from|date|received|message-id|return-path|delivered-to|mime-version)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_MBOX_SUFFIXES = {".mbox", ".mbx"}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing found: with content a mail, with a problem a failure, with neither no mail."""

    name: str
    """For people: its file, and its place in there."""
    size: int
    """Bytes of the archive that it takes."""
    content: Content | None = None
    """To be closed by whoever gets it."""
    problem: str = ""


class Archive:
    """Files and folders as they were named. Reading changes nothing in them."""

    def __init__(self, paths: Sequence[Path], spill_dir: Path, max_bytes: int) -> None:
        self._paths = paths
        self._spill_dir = spill_dir
        self._max_bytes = max_bytes

    def size(self) -> int:
        """Return the bytes of all files in it, mails or not. Takes a while for many files."""
        found = (path for root in self._paths for path, _ in _walk(root))
        return sum(_size(path) for one in found for path in _files_of(one))

    def items(self) -> Iterator[Item]:
        """Yield what is in there, one at a time, in the order of names; never raises OSError."""
        for root in self._paths:
            for found, named in _walk(root):
                if isinstance(found, OSError):
                    yield _failed(found)
                elif isinstance(found, _Maildir):
                    yield from self._maildir(found.root)
                else:
                    yield from self._file(found, named=named)

    def _maildir(self, root: str) -> Iterator[Item]:
        try:
            for path, opened in maildir.files(root):
                if isinstance(opened, OSError):
                    yield _failed(opened)
                    continue
                with opened:
                    if stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                        yield self._single(path, opened)
        except OSError as error:
            yield _failed(error)

    def _file(self, path: str, *, named: bool) -> Iterator[Item]:
        try:
            info = os.stat(path)  # noqa: PTH116
            if not stat.S_ISREG(info.st_mode):
                problem = "is neither a file nor a folder" if named else ""
                yield Item(_shown(path), 0, problem=problem)
                return
            with open(path, "rb") as file:  # noqa: PTH123
                yield from self._opened(path, file, info.st_size, named=named)
        except OSError as error:
            yield _failed(error, path)

    def _opened(self, path: str, file: BinaryIO, size: int, *, named: bool) -> Iterator[Item]:
        """By its name, else by its beginning: people call an mbox whatever they like."""
        head = file.read(_HEAD_BYTES)
        file.seek(0)
        kind = Path(path).suffix.lower()
        is_mbox = kind in _MBOX_SUFFIXES or mbox.is_from_line(head.lstrip(b"\r\n"))
        if kind != ".eml" and is_mbox:
            yield from self._mbox(path, file)
        elif kind == ".eml" or _is_mail(head):
            yield self._single(path, file)
        else:
            yield Item(_shown(path), size, problem="is no mail" if named and size else "")

    def _single(self, path: str, file: BinaryIO) -> Item:
        pieces = iter(partial(file.read, mbox.CHUNK_BYTES), b"")
        _, first = mbox.split_from_line(next(pieces, b""))
        size = os.fstat(file.fileno()).st_size
        if not first:
            return Item(_shown(path), size, problem="is empty")
        return self._item(_shown(path), size, chain([first], pieces))

    def _mbox(self, path: str, file: BinaryIO) -> Iterator[Item]:
        before = _state(file)
        number = done = 0
        for span in mbox.spans(file):
            name = f"{_shown(path)}, message {number + 1} (byte {span.start})"
            item = self._item(name, span.next - done, mbox.pieces(file, span))
            if item.content is not None and _is_blank(item.content):
                item.content.close()
                continue
            number, done = number + 1, span.next
            yield item
        if _state(file) != before:
            yield Item(_shown(path), 0, problem="was changed while it was read; import it again")

    def _item(self, name: str, size: int, pieces: Iterable[bytes]) -> Item:
        try:
            content = Spool(self._spill_dir, self._max_bytes).gather(pieces)
        except NotRecorded as failure:
            return Item(name, size, problem=self._words(failure))
        except EOFError as error:
            return Item(name, size, problem=str(error))
        except OSError as error:
            return Item(name, size, problem=error.strerror or str(error))
        return Item(name, size, content)

    def _words(self, failure: NotRecorded) -> str:
        if failure.reason is Reason.TOO_BIG:
            return f"is larger than the limit of {self._max_bytes} bytes"
        return str(failure)


@dataclass(frozen=True, slots=True)
class _Maildir:
    root: str


_Found = str | _Maildir | OSError


def _walk(root: Path) -> Iterator[tuple[_Found, bool]]:
    """Yield files, Maildirs and folders that cannot be read; and whether somebody named just it."""
    if not os.path.isdir(root):  # noqa: PTH112 - Path's raises where a folder cannot be entered
        yield str(root), True
        return
    errors: list[OSError] = []
    for folder, folders, names in os.walk(root, onerror=errors.append):
        if maildir.is_maildir(folders):
            folders[:] = maildir.others(folders)
            yield _Maildir(folder), False
            continue
        folders.sort()
        for name in sorted(names):
            yield os.path.join(folder, name), False  # noqa: PTH118 - thousands of them
    for error in errors:
        yield error, False


def _files_of(found: _Found) -> Sequence[str]:
    if isinstance(found, _Maildir):
        try:
            return maildir.paths(found.root)
        except OSError:
            return ()
    return () if isinstance(found, OSError) else (found,)


def _size(path: str) -> int:
    try:
        info = os.stat(path)  # noqa: PTH116
    except OSError:
        return 0
    return info.st_size if stat.S_ISREG(info.st_mode) else 0


def _is_mail(head: bytes) -> bool:
    """Whether a file begins with a header block, and not only with a line that looks like one."""
    lines = head.lstrip(b"\r\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    if len(head) == _HEAD_BYTES:
        lines.pop()
    block = []
    for line in lines:
        if not line:
            break
        if not line.startswith((b" ", b"\t")) and not _FIELD.match(line):
            return False
        block.append(line)
    return _TELLING.search(b"\n".join(block)) is not None


def _is_blank(content: Content) -> bool:
    """Whether it is nothing but line ends, as between two From_ lines with no mail."""
    return content.size <= _HEAD_BYTES and not content.read().strip()


def _state(file: BinaryIO) -> tuple[int, int]:
    info = os.fstat(file.fileno())
    return info.st_size, info.st_mtime_ns


def _failed(error: OSError, path: str = "") -> Item:
    name = os.fsdecode(error.filename) if error.filename else path
    return Item(_shown(name), 0, problem=error.strerror or str(error))


def _shown(path: str) -> str:
    """A path as text that can be printed: file names are bytes, in whatever charset."""
    return os.fsencode(path).decode("utf-8", "replace")
