"""A network between daemon and Postgres that can be cut, broken off, slowed, and lose answers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

_PIECE = 1 << 16


class Network:
    """Carries TCP connections to a unix socket, for as long as nothing is wrong with it."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket / ".s.PGSQL.5432"
        self._whole = asyncio.Event()
        self._whole.set()
        self._carrying: set[asyncio.Future[tuple[None, None]]] = set()
        self._losing = b""
        self._losses = 0
        self._holding = b""
        self._let_go = asyncio.Event()
        self.holds = asyncio.Event()
        """Set while a statement is held back."""
        self.is_broken = False
        self.delay = 0.0
        """Seconds that each piece of an answer takes."""
        self.lost = 0
        """Answers that were lost to order."""
        self.port = 0

    def cut(self) -> None:
        """Carry nothing any more, and tell nobody: connections stay, and new ones are accepted."""
        self._whole.clear()

    def break_off(self) -> None:
        """End all connections, and each new one as soon as it comes."""
        self.is_broken = True
        self._end_all()

    def mend(self) -> None:
        """Carry what comes from now on; what was under way is lost with its connection."""
        self.is_broken = False
        self.delay = 0.0
        self._losses = 0
        if not self._whole.is_set():
            self._end_all()
        self._whole.set()

    def lose_answers_to(self, statement: bytes, times: int) -> None:
        """Have Postgres do these statements, and end their connections in place of its answer."""
        self._losing, self._losses, self.lost = statement, times, 0

    def hold(self, statement: bytes) -> None:
        """Carry these statements to Postgres only once `let_go` is said."""
        self._holding = statement
        self._let_go.clear()
        self.holds.clear()

    def let_go(self) -> None:
        """Hold nothing back any more."""
        self._holding = b""
        self._let_go.set()

    def _end_all(self) -> None:
        for task in self._carrying:
            task.cancel()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._whole.wait()
        if self.is_broken:
            writer.transport.abort()
            return
        try:
            there_reader, there_writer = await asyncio.open_unix_connection(self._socket)
        except OSError:
            writer.transport.abort()
            return
        lost = asyncio.Event()
        both = asyncio.gather(
            self._questions(reader, there_writer, lost), self._answers(there_reader, writer, lost)
        )
        task = asyncio.ensure_future(both)
        self._carrying.add(task)
        try:
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await task
        finally:
            self._carrying.discard(task)
            for one in (writer, there_writer):
                one.transport.abort()

    async def _questions(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event
    ) -> None:
        while piece := await reader.read(_PIECE):
            await self._whole.wait()
            if self._losses and self._losing in piece:
                self._losses -= 1
                lost.set()
            if self._holding and self._holding in piece:
                self.holds.set()
                await self._let_go.wait()
            writer.write(piece)
            await writer.drain()
        writer.close()

    async def _answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event
    ) -> None:
        while piece := await reader.read(_PIECE):
            if self.delay:
                await asyncio.sleep(self.delay)
            await self._whole.wait()
            if lost.is_set():
                # It has done what it was asked: only we know.
                self.lost += 1
                raise ConnectionResetError
            writer.write(piece)
            await writer.drain()
        writer.close()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Network]:
        """Carry connections to `port` on loopback until the block is left."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.is_broken = True
            self._whole.set()
            self._end_all()
            await asyncio.gather(*self._carrying, return_exceptions=True)
