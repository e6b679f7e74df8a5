"""One mail as it is gathered from a file or a pipe: CRLF throughout, on disk when it is large."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from dropbox.content import Content, InMemory, Spilled
from dropbox.filing.outcomes import NotRecorded, Reason
from dropbox.wire.data import SPILL_BYTES, has_bare_newline, normalized


class Spool:
    """Takes a mail in pieces, cut anywhere.

    Files and pipes have line ends of their own, mostly LF, which become CRLF: that is no trick of a
    sender's. With `reject_bare` a lone CR, or CRLF and LF within one mail, are. With `live`, which
    a mail from a stranger is, a lone CR is what it is over SMTP; in old files it ends a line.
    """

    def __init__(
        self, spill_dir: Path, max_bytes: int, *, reject_bare: bool = False, live: bool = False
    ) -> None:
        self._spill_dir = spill_dir
        self._max_bytes = max_bytes
        self._reject_bare = reject_bare
        self._normalized = normalized if live else _with_line_ends
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._size = 0
        self._held = b""
        """A CR at the end of a piece: whether its LF follows is not known yet."""
        self._line_ends: set[bytes] = set()

    def gather(self, pieces: Iterable[bytes]) -> Content:
        """Return the mail that `pieces` are; whoever gets it closes it.

        Raises `NotRecorded`: `too_big`, `bare_newline`, `busy` (no room to spill); and whatever
        `pieces` raises.
        """
        try:
            for piece in pieces:
                self._feed(piece)
            self._put(self._held)
            return self._content()
        except BaseException:
            self._abandon()
            raise

    def _feed(self, piece: bytes) -> None:
        data = self._held + piece
        self._held = data[-1:] if data.endswith(b"\r") else b""
        self._put(data[:-1] if self._held else data)

    def _put(self, data: bytes) -> None:
        if self._reject_bare:
            self._refuse_bare(data)
        if has_bare_newline(data):
            data = self._normalized(data)
        self._size += len(data)
        if self._size > self._max_bytes:
            raise NotRecorded(Reason.TOO_BIG, f"more than {self._max_bytes} bytes")
        if self._file is None and self._size <= SPILL_BYTES:
            self._pieces.append(data)
            return
        try:
            self._write(data)
        except OSError as error:
            raise NotRecorded(Reason.BUSY, f"spill folder: {error.strerror}") from error

    def _refuse_bare(self, data: bytes) -> None:
        pairs = data.count(b"\r\n")
        if pairs:
            self._line_ends.add(b"\r\n")
        if data.count(b"\n") > pairs:
            self._line_ends.add(b"\n")
        if data.count(b"\r") > pairs or len(self._line_ends) > 1:
            raise NotRecorded(Reason.BARE_NEWLINE)

    def _write(self, data: bytes) -> None:
        if self._file is None:
            self._spill_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=self._spill_dir)  # noqa: SIM115 - stays open
            self._file.writelines(self._pieces)
            self._pieces.clear()
        self._file.write(data)

    def _content(self) -> Content:
        if self._file is None:
            return InMemory(b"".join(self._pieces))
        try:
            self._file.flush()
        except OSError as error:
            raise NotRecorded(Reason.BUSY, f"spill folder: {error.strerror}") from error
        return Spilled(self._file, self._size)

    def _abandon(self) -> None:
        self._pieces.clear()
        if self._file is not None:
            # Closing flushes; on a full disk that fails again, and it is closed all the same.
            with contextlib.suppress(OSError):
                self._file.close()


def _with_line_ends(data: bytes) -> bytes:
    """Return `data` with CRLF for LF and for CR; it must not end with CR unless the mail does."""
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
