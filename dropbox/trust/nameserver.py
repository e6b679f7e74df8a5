"""One question to one nameserver: UDP, and TCP where the answer is too long (RFC 1035, 7766)."""

from __future__ import annotations

import asyncio

import structlog

MAX_RECORDS = 128
"""In one answer; more are not read: they are meant to keep us busy."""

PATIENCE = 1.5
"""Seconds that an answer may take."""
LITTLE_PATIENCE = 0.4
"""And when the nameserver has long been silent. A live one that is slow for a stranger's domain
answers others in that time, and is heard again."""
SILENT_AFTER = 4
"""Questions in a row without an answer."""

log = structlog.get_logger()


class Silent(Exception):
    """No answer: out of time, nobody listens there, or the connection broke."""


class TooMany(Exception):
    """An answer of more records than anybody needs."""


class Nameserver:
    """A recursive nameserver, and whether it has answered of late."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.patience = PATIENCE
        self._unanswered = 0

    @property
    def silent(self) -> bool:
        """Whether nothing has come from it for several questions."""
        return self._unanswered >= SILENT_AFTER

    async def ask(self, query: bytes, seconds: float) -> bytes:
        """Send a query; return the answer to it, whole. Raises Silent, TooMany."""
        patience = min(seconds, LITTLE_PATIENCE if self.silent else self.patience)
        try:
            async with asyncio.timeout(patience):
                answer = await self._by_udp(query)
                if answer[2] & 0x02:  # TC
                    answer = await self._by_tcp(query)
        except (OSError, EOFError, TimeoutError) as error:
            self._missed(type(error).__name__)
            raise Silent from error
        self._heard()
        if sum(int.from_bytes(answer[at : at + 2]) for at in (6, 8, 10)) > MAX_RECORDS:
            raise TooMany
        return answer

    async def _by_udp(self, query: bytes) -> bytes:
        # A socket for each query: its random port is half of what a forger has to guess.
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bytes] = loop.create_future()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Listener(query, answer), remote_addr=(self.host, self.port)
        )
        try:
            transport.sendto(query)
            return await answer
        finally:
            transport.close()

    async def _by_tcp(self, query: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(len(query).to_bytes(2) + query)
            while True:
                answer = await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
                if _answers(query, answer):
                    return answer
        finally:
            writer.transport.abort()

    def _heard(self) -> None:
        if self.silent:
            log.info("nameserver_answers", nameserver=self.host)
        self._unanswered = 0

    def _missed(self, error: str) -> None:
        self._unanswered += 1
        if self._unanswered == SILENT_AFTER:
            log.warning("nameserver_silent", nameserver=self.host, error=error)


class _Listener(asyncio.DatagramProtocol):
    """Takes the first datagram that can be the answer; the kernel knows from whom it is."""

    def __init__(self, query: bytes, answer: asyncio.Future[bytes]) -> None:
        self._query = query
        self._answer = answer

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002
        if _answers(self._query, data) and not self._answer.done():
            self._answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self._answer.done():
            self._answer.set_exception(exc)


def _answers(query: bytes, data: bytes) -> bool:
    """Whether it is a response with the id of the query that repeats its question (RFC 5452, 9)."""
    end = 12
    while query[end]:
        end += 1 + query[end]
    end += 5  # the root, type and class
    return data[:2] == query[:2] and data[12:end] == query[12:end] and data[2] >= 0x80
