"""How the daemon is, over HTTP: `/metrics`, `/healthz`, `/readyz`, and nothing else.

Each worker answers at the same listening sockets, for all of them: what they count lies in memory
that they share. So somebody answers while a worker is replaced, and until the last has drained.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from socket import socket
from typing import Self

import structlog

from cli.exposition import exposition
from dropbox.metrics import Board, State
from dropbox.wire.failures import describe

REQUEST_SECONDS = 10.0
"""For all that a connection is about: request, answer, end."""

MOST_CONNECTIONS = 16
MOST_HEADER_BYTES = 8 << 10
FRESH_SECONDS = 1.0
"""So long an answer of the database counts."""

STOP_SECONDS = 0.1

PLAIN = "text/plain; charset=utf-8"
_REQUEST_LINE = re.compile(rb"([A-Z]+) (/[!-~]*) HTTP/1\.[01]\r?")

log = structlog.get_logger()


class Pulse:
    """Whether the database answers: found out at most once a second, however many ask."""

    def __init__(self, ask: Callable[[], Awaitable[bool]]) -> None:
        self.ask = ask
        self._answer: asyncio.Future[bool] | None = None
        self._fresh_until = 0.0

    async def __call__(self) -> bool:
        loop = asyncio.get_running_loop()
        if self._answer is None or (self._answer.done() and loop.time() >= self._fresh_until):
            self._answer = asyncio.ensure_future(self.ask())
            self._fresh_until = loop.time() + FRESH_SECONDS
        # Who asked first and goes away leaves the answer to the others.
        return await asyncio.shield(self._answer)


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    accept: str


@dataclass(frozen=True, slots=True)
class _Response:
    status: HTTPStatus
    body: bytes
    content_type: str = PLAIN
    more: str = ""
    """Further header fields, each with its line end."""

    def encoded(self, method: str) -> bytes:
        head = (
            f"HTTP/1.1 {self.status.value} {self.status.phrase}\r\n"
            f"Content-Type: {self.content_type}\r\n"
            f"Content-Length: {len(self.body)}\r\n"
            "Cache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            f"{self.more}"
            "Connection: close\r\n\r\n"
        )
        return head.encode() + (b"" if method == "HEAD" else self.body)


class Admin:
    """Answers at sockets that are bound, as long as its block lasts."""

    def __init__(self, board: Board, pulse: Pulse, sockets: Sequence[socket]) -> None:
        self._board = board
        self._pulse = pulse
        self._sockets = sockets
        self._servers: list[asyncio.Server] = []
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        for one in self._sockets:
            self._servers.append(
                await asyncio.start_server(self._serve, sock=one, limit=MOST_HEADER_BYTES)
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        for server in self._servers:
            server.close()
        for task in (ending := tuple(self._open)):
            task.cancel()
        if ending:
            await asyncio.wait(ending, timeout=STOP_SECONDS)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        crowded = len(self._open) >= MOST_CONNECTIONS
        if task is not None:
            self._open.add(task)
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                if not crowded:
                    writer.write(await self._answer(reader))
                    await writer.drain()
        except (OSError, EOFError):  # TimeoutError is an OSError
            log.debug("admin_connection_lost")
        except Exception as error:  # noqa: BLE001 - else asyncio would print its text
            log.error("admin_failed", **describe(error))  # noqa: TRY400 - no traceback: secrets
        finally:
            if task is not None:
                self._open.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = await reader.readuntil(b"\n\r\n")
        except asyncio.LimitOverrunError:
            return _said(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE).encoded("")
        request = _read(head)
        if request is None:
            return _said(HTTPStatus.BAD_REQUEST).encoded("")
        return (await self._respond(request)).encoded(request.method)

    async def _respond(self, request: _Request) -> _Response:
        answer = {
            "/metrics": self._metrics,
            "/healthz": self._healthz,
            "/readyz": self._readyz,
        }.get(request.path)
        if answer is None:
            return _said(HTTPStatus.NOT_FOUND)
        if request.method not in {"GET", "HEAD"}:
            return _said(HTTPStatus.METHOD_NOT_ALLOWED, more="Allow: GET, HEAD\r\n")
        return await answer(request)

    async def _metrics(self, request: _Request) -> _Response:
        ready = await self._hindrance() == ""
        body, content_type = exposition(self._board, ready=ready, accept=request.accept)
        return _Response(HTTPStatus.OK, body, content_type)

    async def _healthz(self, _request: _Request) -> _Response:
        return _said(HTTPStatus.OK, "alive")

    async def _readyz(self, _request: _Request) -> _Response:
        if hindrance := await self._hindrance():
            return _said(HTTPStatus.SERVICE_UNAVAILABLE, hindrance)
        return _said(HTTPStatus.OK, "ready")

    async def _hindrance(self) -> str:
        """Return in one word why no mail is taken; empty when it is."""
        state = self._board.state
        if state is not State.READY:
            return state.name.lower()
        return "" if await self._pulse() else "database_down"


def _said(status: HTTPStatus, word: str = "", more: str = "") -> _Response:
    return _Response(status, f"{word or status.phrase}\n".encode(), more=more)


def _read(head: bytes) -> _Request | None:
    """Return what is asked for; nothing else of a request is looked at, nor repeated anywhere."""
    first, *fields = head.split(b"\n")
    found = _REQUEST_LINE.fullmatch(first)
    if found is None:
        return None
    method, target = (one.decode("ascii") for one in found.groups())
    accept = next((one.partition(b":")[2] for one in fields if one[:7].lower() == b"accept:"), b"")
    return _Request(method, target.partition("?")[0], accept.strip().decode("latin-1"))
