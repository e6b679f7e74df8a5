"""The mail itself: from DATA to CRLF.CRLF, in bulk (RFC 5321 section 4.5.2).

Nothing here waits, and nothing here looks at single lines: chunks go in as the socket gives them,
and the work is done by a few C-speed searches in each.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from io import IncrementalNewlineDecoder
from pathlib import Path
from typing import IO, Literal

from dropbox.content import Content, InMemory, Spilled
from dropbox.filing.outcomes import NotRecorded, Reason
from dropbox.wire.limits import MemoryBudget

SPILL_BYTES = 1 << 18
"""Above this a mail waits on disk."""

WASTE_FACTOR = 4
"""So many times its limit is read of a mail that is too big, to answer it in the right place."""

_END = b"\r\n.\r\n"
_DOT_LINE = re.compile(rb"\r\n\.")
_CRLF = b"\r\n"


class DotDecoder:
    r"""Finds the end of the mail and undoes dot-stuffing, whatever the chunks are.

    Only exactly CRLF.CRLF ends a mail; with anything else (`\n.\r\n`, `\r\n.\n`) a second
    mail could be smuggled in (CVE-2023-51764 and its kin).
    """

    def __init__(self) -> None:
        self._held = b"\r\n"  # As if a line had just ended: the mail may begin with a dot.
        self._virtual = 2
        self.rest: bytes | None = None
        """What came behind the end; None as long as the end has not come."""

    def feed(self, chunk: bytes) -> bytes:
        """Return what is certain now of the decoded mail; it never ends within a line end."""
        data = self._held + chunk
        sure = len(data) - _open_end(data)
        begin, self._virtual = self._virtual, 0
        pieces = []
        # Base64 has no dot, and looking for one sign takes no time at all.
        first = data.find(b".", 0, sure)
        lines = _DOT_LINE.finditer(data, max(first - len(_CRLF), 0), sure) if first >= 0 else ()
        for found in lines:
            dot = found.end() - 1
            pieces.append(data[begin:dot])
            begin = dot + 1
            if data.startswith(_CRLF, begin):
                self.rest = data[begin + len(_CRLF) :]
                return b"".join(pieces)
        if begin > sure:
            self._virtual, begin = begin - sure, sure
        pieces.append(data[begin:sure])
        self._held = data[sure:]
        return b"".join(pieces)


def _open_end(data: bytes) -> int:
    """How many bytes at the end of `data` may be the beginning of the end."""
    for size in (4, 3, 2, 1):
        if data.endswith(_END[:size]):
            return size
    return 0


def has_bare_newline(piece: bytes) -> bool:
    """Whether a CR or LF stands alone; `piece` must not begin or end within a CRLF."""
    # Universal newlines notice every kind in one pass, in a third of the time of three counts.
    newlines = IncrementalNewlineDecoder(None, translate=False)
    newlines.decode(piece.decode("latin-1"), final=True)
    return newlines.newlines not in {None, "\r\n"}


def normalized(piece: bytes) -> bytes:
    r"""Return `piece` with CRLF for LF and for CRLF after more CRs, and `?` for all other CRs.

    `piece` must not end with CR. To the servers that mail may have passed on its way, a bare CR is
    a letter like any other; were it a line end here, a header, or a part, would stand behind it
    that nobody has looked at before; were it a blank, `Bcc\r:` would be one. Many read a bare LF
    as a line end, and so do we.
    """
    while b"\r\r" in piece:
        piece = piece.replace(b"\r\r", b"\r")
    return piece.replace(b"\r\n", b"\n").replace(b"\r", b"?").replace(b"\n", b"\r\n")


class _Counted(InMemory):
    """Content in memory that gives its bytes back to the budget."""

    def __init__(self, data: bytes, budget: MemoryBudget) -> None:
        super().__init__(data)
        self._budget = budget
        self._counted = len(data)

    def close(self) -> None:
        super().close()
        self._budget.give(self._counted)
        self._counted = 0


class _CountedSpill(Spilled):
    """Content on disk, counted there as long as it is."""

    def __init__(self, file: IO[bytes], size: int, budget: MemoryBudget) -> None:
        super().__init__(file, size)
        self._budget = budget
        self._counted = size

    def close(self) -> None:
        super().close()
        self._budget.spill(-self._counted)
        self._counted = 0


class DataReader:
    """One mail being received: in memory first, in an unlinked file of the spill folder if large.

    Never raises while data comes: a mail that cannot be taken is read to its end and thrown away,
    so that the reply comes in the right place; `content` then raises.
    """

    def __init__(
        self,
        budget: MemoryBudget,
        spill_dir: Path,
        max_bytes: int,
        bare_newline: Literal["normalize", "reject"] = "normalize",
    ) -> None:
        self._decoder = DotDecoder()
        self._budget = budget
        self._spill_dir = spill_dir
        self._max_bytes = max_bytes
        self._reject_bare = bare_newline == "reject"
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._cr = b""
        """What a bare CR at the end of a piece is depends on the next one."""
        self._spilled = 0
        self._size = 0
        self._failure: NotRecorded | None = None
        self.received = 0
        """Bytes that came over the wire so far."""

    @property
    def hopeless(self) -> bool:
        """Whether so much came beyond the limit that waiting for the end is not worth it."""
        return self.received > WASTE_FACTOR * self._max_bytes

    def feed(self, chunk: bytes) -> bytes | None:
        """Take a chunk; return what stood behind the end of the mail, or None if it goes on."""
        self.received += len(chunk)
        piece = self._decoder.feed(chunk)
        if piece and self._failure is None:
            try:
                self._take(piece)
            except NotRecorded as failure:
                self.abandon()
                self._failure = failure
        return self._decoder.rest

    def content(self) -> Content:
        """Return the mail, once `feed` has seen its end; whoever gets it closes it.

        Raises `NotRecorded`: `too_big`, `bare_newline` (when it is rejected), `busy` (no room).
        """
        if self._failure is not None:
            raise self._failure
        if self._file is not None:
            file, self._file = self._file, None
            try:
                file.flush()
            except OSError as error:
                _close(file)
                raise NotRecorded(Reason.BUSY, f"spill file: {error.strerror}") from error
            self._spilled = 0
            return _CountedSpill(file, self._size, self._budget)
        data = b"".join(self._pieces)
        self._pieces.clear()
        return _Counted(data, self._budget)

    def abandon(self) -> None:
        """Give memory and file back; idempotent, and nothing after `content` gave them away."""
        if self._file is not None:
            _close(self._file)
            self._file = None
        if self._spilled:
            self._budget.spill(-self._spilled)
            self._spilled = 0
        self._forget_pieces()

    def _take(self, piece: bytes) -> None:
        if self._cr:
            piece, self._cr = self._cr + piece, b""
        if has_bare_newline(piece):
            if self._reject_bare:
                raise NotRecorded(Reason.BARE_NEWLINE)
            if piece.endswith(b"\r"):
                piece, self._cr = piece.rstrip(b"\r"), b"\r"
            piece = normalized(piece)
        self._size += len(piece)
        if self._size > self._max_bytes:
            raise NotRecorded(Reason.TOO_BIG)
        if self._file is None:
            if self._size <= SPILL_BYTES and self._budget.take(len(piece)):
                self._pieces.append(piece)
                return
            self._file = self._spill()
        self._write(self._file, piece)

    def _spill(self) -> IO[bytes]:
        try:
            file: IO[bytes] = tempfile.TemporaryFile(dir=self._spill_dir)  # noqa: SIM115 - stays open
        except OSError as error:
            raise NotRecorded(Reason.BUSY, f"spill folder: {error.strerror}") from error
        self._file = file
        for piece in self._pieces:
            self._write(file, piece)
        self._forget_pieces()
        return file

    def _write(self, file: IO[bytes], piece: bytes) -> None:
        try:
            file.write(piece)
        except OSError as error:
            raise NotRecorded(Reason.BUSY, f"spill file: {error.strerror}") from error
        self._spilled += len(piece)
        self._budget.spill(len(piece))

    def _forget_pieces(self) -> None:
        self._budget.give(sum(map(len, self._pieces)))
        self._pieces.clear()


def _close(file: IO[bytes]) -> None:
    # Closing flushes; on a full disk that fails again, and the file is closed all the same.
    with contextlib.suppress(OSError):
        file.close()
