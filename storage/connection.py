"""Connections that notice when the server, or the network to it, is gone without a word."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    _Driver = asyncpg.Connection[Any]  # generic in the stubs alone
else:
    _Driver = asyncpg.Connection

_SOCKET_OPTIONS = (
    ("SO_KEEPALIVE", socket.SOL_SOCKET, 1),
    # Probes after 10 s of silence, and 3 more: a severed network is a closed connection after 25 s,
    # idle ones too, so that they do not cost one mail each when it is back.
    ("TCP_KEEPIDLE", socket.IPPROTO_TCP, 10),
    ("TCP_KEEPINTVL", socket.IPPROTO_TCP, 5),
    ("TCP_KEEPCNT", socket.IPPROTO_TCP, 3),
    # Milliseconds until what was sent has to be acknowledged; the kernel's own patience is 15 min.
    ("TCP_USER_TIMEOUT", socket.IPPROTO_TCP, 25_000),
)


class Connection(_Driver):
    """A connection that is given up when a statement gets no answer in time.

    The driver asks the server to cancel such a statement, and waits for that too: where nobody
    answers, what comes next (a rollback, the return to the pool) would wait in vain once more.
    """

    async def execute(self, *words: Any, **options: Any) -> str:
        with self._or_give_up():
            return await super().execute(*words, **options)

    async def executemany(self, *words: Any, **options: Any) -> None:
        with self._or_give_up():
            await super().executemany(*words, **options)

    async def fetch(self, *words: Any, **options: Any) -> Any:
        with self._or_give_up():
            return await super().fetch(*words, **options)

    async def fetchrow(self, *words: Any, **options: Any) -> Any:
        with self._or_give_up():
            return await super().fetchrow(*words, **options)

    async def fetchval(self, *words: Any, **options: Any) -> Any:
        with self._or_give_up():
            return await super().fetchval(*words, **options)

    @contextmanager
    def _or_give_up(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            self.terminate()
            raise


def watch(connection: asyncpg.Connection[Any]) -> None:
    """Have the kernel close a TCP connection whose other end does not answer any more."""
    # The driver has no public way to its socket, and uvloop's has no setsockopt.
    transport = getattr(connection, "_transport", None)
    found = transport.get_extra_info("socket") if transport else None
    if found is None or found.family == socket.AF_UNIX:
        return
    with socket.socket(fileno=socket.dup(found.fileno())) as same:
        for name, level, value in _SOCKET_OPTIONS:
            if (option := getattr(socket, name, None)) is not None:
                same.setsockopt(level, option, value)
