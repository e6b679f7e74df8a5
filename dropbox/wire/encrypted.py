"""SMTP with TLS from the first byte (RFC 8314): every connection is counted before its handshake.

With the event loop's own servers nobody would know of a connection before the handshake is done,
and a stranger who never does his could have any number of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable

import structlog

from dropbox.wire.context import Context
from dropbox.wire.dialogue import Dialogue
from dropbox.wire.listeners import BACKLOG
from dropbox.wire.tls import HANDSHAKE_SECONDS

_PAUSE_SECONDS = 0.5

log = structlog.get_logger()


class EncryptedListener:
    """Accepts connections at a bound socket, and closes it in the end; like an `asyncio.Server`."""

    def __init__(
        self,
        context: Context,
        listening: socket.socket,
        tls: ssl.SSLContext,
        factory: Callable[[], Dialogue],
    ) -> None:
        self._context = context
        self._socket = listening
        self._tls = tls
        self._factory = factory
        self._handshakes: set[asyncio.Task[None]] = set()
        listening.listen(BACKLOG)
        self._accepting = context.loop.create_task(self._accept())

    def close(self) -> None:
        """Accept nobody any more; handshakes that are not done are given up."""
        for task in (self._accepting, *self._handshakes):
            task.cancel()

    async def wait_closed(self) -> None:
        await asyncio.wait((self._accepting, *self._handshakes))
        self._socket.close()

    async def _accept(self) -> None:
        while True:
            try:
                connection, peername = await self._context.loop.sock_accept(self._socket)
            except OSError as error:
                # Out of file descriptors, most likely: some will be free again.
                log.warning("accept_failed", error=type(error).__name__, errno=error.errno)
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            task = self._context.loop.create_task(self._welcome(connection, peername))
            self._handshakes.add(task)
            task.add_done_callback(self._handshakes.discard)

    async def _welcome(self, connection: socket.socket, peername: object) -> None:
        session = self._factory()
        patience = HANDSHAKE_SECONDS
        if not session.knock(peername):
            patience = self._context.settings.linger
            if not session.is_parting:
                connection.close()
                return
        try:
            with contextlib.suppress(OSError):
                await self._context.loop.connect_accepted_socket(
                    lambda: session,
                    connection,
                    ssl=self._tls,
                    ssl_handshake_timeout=patience,
                )
        finally:
            if session.transport is None:
                session.leave()
                connection.close()
