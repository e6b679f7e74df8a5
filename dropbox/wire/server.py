"""The one entry point of the wire."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Sequence

from dropbox.filing.outcomes import Reason
from dropbox.metrics import Counts, Metrics
from dropbox.wire.context import Context, Kind
from dropbox.wire.drain import drain
from dropbox.wire.encrypted import EncryptedListener
from dropbox.wire.limits import Tally
from dropbox.wire.listeners import BACKLOG, Listener
from dropbox.wire.lmtp import LmtpSession
from dropbox.wire.ports import Accept, Route
from dropbox.wire.session import SmtpSession
from dropbox.wire.settings import WireSettings
from dropbox.wire.tls import Certificate

_CLOSING_SECONDS = 2.0


class Server:
    """Takes mail at some sockets and hands it to `accept`; one for each worker process.

    Everything happens on the event loop that `start` runs on, asyncio's or uvloop's.
    """

    def __init__(
        self,
        settings: WireSettings,
        route: Route,
        accept: Accept,
        certificate: Certificate | None = None,
        tally: Tally | None = None,
        worker: int = 0,
        metrics: Metrics | None = None,
    ) -> None:
        """Serve as one of several workers, when `tally` counts the connections of them all."""
        self._settings = settings
        self._route = route
        self._accept = accept
        self._certificate = certificate
        self._tally, self._worker = tally, worker
        self._metrics = metrics or Metrics()
        self._context: Context | None = None
        self._servers: list[asyncio.Server | EncryptedListener] = []
        self._listeners: tuple[Listener, ...] = ()

    @property
    def addresses(self) -> list[str]:
        """Where it listens, with real port numbers: `127.0.0.1:2525`, `[::1]:2525`, `unix:path`."""
        return [listener.address for listener in self._listeners]

    @property
    def counts(self) -> Counts[Reason]:
        """How often the wire itself refused or put off so far, by reason."""
        return self._metrics.outcomes

    @property
    def open_connections(self) -> int:
        return self._context.connections.open if self._context else 0

    async def start(self, listeners: Sequence[Listener]) -> None:
        """Accept connections at these sockets (`listeners.bind` makes them); returns at once."""
        _silence_aiosmtpd()
        loop = asyncio.get_running_loop()
        tls = self._certificate.context if self._certificate else None
        context = Context(
            self._settings,
            self._route,
            self._accept,
            loop,
            tls,
            self._tally,
            self._worker,
            self._metrics,
        )
        self._context = context
        self._listeners = tuple(listeners)
        for listener in self._listeners:
            self._servers.append(await self._listen(context, listener))

    async def _listen(
        self, context: Context, listener: Listener
    ) -> asyncio.Server | EncryptedListener:
        def factory() -> SmtpSession:
            if listener.kind is Kind.LMTP:
                return LmtpSession(context)
            return SmtpSession(context, listener.kind)

        if listener.kind is Kind.SMTPS and context.tls is not None:
            return EncryptedListener(context, listener.socket, context.tls, factory)
        if listener.socket.family == socket.AF_UNIX:
            return await context.loop.create_unix_server(
                factory, sock=listener.socket, backlog=BACKLOG
            )
        return await context.loop.create_server(factory, sock=listener.socket, backlog=BACKLOG)

    async def drain(self, deadline: float) -> bool:
        """Stop: newcomers get 421, mail in flight is finished, at the deadline (s) all is cut off.

        Returns whether everything ended by itself.
        """
        if self._context is None:
            return True
        clean = await drain(self._context, deadline)
        for server in self._servers:
            server.close()
        await self._wait_until_closed()
        return clean

    async def _wait_until_closed(self) -> None:
        # Unbounded, this would wait for ever for a client that does not go (trap Q).
        closing = [asyncio.ensure_future(server.wait_closed()) for server in self._servers]
        if closing:
            _, late = await asyncio.wait(closing, timeout=_CLOSING_SECONDS)
            for task in late:
                task.cancel()


def _silence_aiosmtpd() -> None:
    """Its loggers print every command, secret addresses and all (trap J); ours say what matters."""
    for name in ("mail.log", "mail.debug"):
        logging.getLogger(name).disabled = True
