"""Command lines out of a stream, in bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

MAX_LINE = 2048
"""Longest command line; RFC 5321 section 4.5.3.1.4 asks for 512 and whatever extensions add."""

_BUFFER_LIMIT = 16 << 10


class LineReader(asyncio.StreamReader):
    """A stream reader that hands out lines, and everything it has, without waiting.

    It leans on four private names of `asyncio.StreamReader` that are the same in 3.11 to 3.14;
    `readuntil` would cost a coroutine and two searches for each command.
    """

    _buffer: bytearray
    _transport: asyncio.BaseTransport | None
    _wait_for_data: Callable[[str], Awaitable[None]]
    _maybe_resume_transport: Callable[[], None]

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(limit=_BUFFER_LIMIT, loop=loop)
        self._searched = 0
        self.discarded = 0
        """Bytes of endless lines that were thrown away."""

    def next_line(self) -> bytes | None:
        """Return the next line with its LF, or None until more has come.

        Of a line above `MAX_LINE` only so much is certain that it is longer than that.
        """
        buffer = self._buffer
        end = buffer.find(b"\n", self._searched)
        if end < 0:
            self._cut()
            return None
        line = bytes(buffer[: end + 1])
        del buffer[: end + 1]
        self._searched = 0
        self._maybe_resume_transport()
        return line

    def _cut(self) -> None:
        excess = len(self._buffer) - (MAX_LINE + 1)
        if excess > 0:
            del self._buffer[MAX_LINE + 1 :]
            self.discarded += excess
            self._maybe_resume_transport()
        self._searched = len(self._buffer)

    async def wait(self) -> bool:
        """Wait until more has come; False when nothing more will."""
        if self.has_ended:
            return False
        await self._wait_for_data("wait")
        return True

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come than what stands here."""
        # at_eof() also asks for an empty buffer, but what stands there now is an unfinished line.
        return bool(getattr(self, "_eof", False))

    def take_all(self) -> bytes:
        """Return everything that has come so far, and forget it."""
        data = bytes(self._buffer)
        self._buffer.clear()
        self._searched = 0
        self._maybe_resume_transport()
        return data

    def put_back(self, data: bytes) -> None:
        """Have what was taken and is none of the taker's stand here again, the end or not."""
        self._buffer[:0] = data
        self._searched = 0

    def replace_transport(self, transport: asyncio.BaseTransport) -> None:
        """Go on with the encrypted transport; what is in the buffer may have come over it."""
        self._transport = transport
