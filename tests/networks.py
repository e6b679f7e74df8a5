"""A network between us and Postgres that can be cut, and that can be slow."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit


class Network:
    """Carries TCP connections to the unix socket of a test's server."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._socket = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"
        self._database = parts.path
        self._whole = asyncio.Event()
        self._whole.set()
        self._carrying: set[asyncio.Task[None]] = set()
        self.delay = 0.0
        """Seconds that each piece of an answer takes."""
        self.answers = 0
        """Pieces that came back that slowly."""
        self.url = ""

    def cut(self) -> None:
        """Carry nothing any more, and tell nobody: connections stay, and new ones are accepted."""
        self._whole.clear()

    def mend(self) -> None:
        """Carry what comes from now on; what was under way is lost with its connection."""
        for task in self._carrying:
            task.cancel()
        self._whole.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._whole.wait()
        there_reader, there_writer = await asyncio.open_unix_connection(self._socket)
        both = asyncio.gather(
            self._copy(reader, there_writer), self._copy(there_reader, writer, is_answer=True)
        )
        task = asyncio.ensure_future(both)
        self._carrying.add(task)
        try:
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await task
        finally:
            self._carrying.discard(task)
            for one in (writer, there_writer):
                one.close()

    async def _copy(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        is_answer: bool = False,
    ) -> None:
        while piece := await reader.read(1 << 16):
            if is_answer and self.delay:
                await asyncio.sleep(self.delay)
                self.answers += 1
            await self._whole.wait()
            writer.write(piece)
            await writer.drain()
        writer.close()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Network]:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self.url = f"postgresql://dropbox@127.0.0.1:{port}{self._database}?sslmode=disable"
        try:
            yield self
        finally:
            server.close()
            self.mend()
            await asyncio.gather(*self._carrying, return_exceptions=True)
