"""A sender that behaves like an MTA: it sends a mail again until somebody takes or refuses it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from faults.mails import Mail

REPLY_SECONDS = 120.0
RETRY_SECONDS = 0.2
"""Between two attempts; a real MTA waits minutes, and the result is the same."""

MAILS_A_CONNECTION = 5


class Lost(Exception):
    """The connection is gone, or could not be made; the mail may have been taken or not."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said last."""

    code: int
    text: str

    @property
    def is_good(self) -> bool:
        return 200 <= self.code < 400

    @property
    def is_final(self) -> bool:
        return self.code >= 500


@dataclass(slots=True)
class Tally:
    """What came of mails."""

    mails: list[Mail] = field(default_factory=list)
    acknowledged: dict[str, Mail] = field(default_factory=dict)
    """Those that got their 250, by Message-ID."""
    refused: dict[str, Reply] = field(default_factory=dict)
    """Those that got a 5xx."""
    retries: int = 0
    replies: Counter[str] = field(default_factory=Counter)
    """All that were not good, by their whole text."""

    @property
    def pending(self) -> int:
        return len(self.mails) - len(self.acknowledged) - len(self.refused)


class Connection:
    """One connection to the daemon. Everything raises `Lost` when it is gone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> Connection:
        """Return a connection that was greeted. Raises `Refused` when it was turned away."""
        try:
            streams = await asyncio.wait_for(
                asyncio.open_connection("127.0.0.1", port), REPLY_SECONDS
            )
        except OSError as error:
            raise Lost from error
        connection = cls(*streams)
        try:
            connection.expect(await connection.reply())
            connection.expect(await connection.command("EHLO mx.corp.example"))
        except BaseException:
            connection.abort()
            raise
        return connection

    @staticmethod
    def expect(reply: Reply) -> None:
        """Raise `Unwanted` unless the reply is good."""
        if not reply.is_good:
            raise Unwanted(reply)

    async def deliver(self, mail: Mail) -> None:
        """Return when the mail has its 250. Raises `Unwanted` when something else was said."""
        await self.hand_in(mail)
        self.expect(await self.reply())

    async def hand_in(self, mail: Mail) -> None:
        """Send all of the mail, and do not wait for what is said of it."""
        await self.begin(mail)
        await self.send(mail.raw.replace(b"\r\n.", b"\r\n..") + b".\r\n")

    async def begin(self, mail: Mail) -> None:
        """Send the envelope, up to the point where the mail itself is expected."""
        for command in (
            f"MAIL FROM:<{mail.author}>",
            *(f"RCPT TO:<{one}>" for one in mail.recipients),
            "DATA",
        ):
            self.expect(await self.command(command))

    async def command(self, line: str) -> Reply:
        """Send a command and return what is said to it."""
        await self.send(line.encode() + b"\r\n")
        return await self.reply()

    async def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        try:
            self._writer.write(data)
            await asyncio.wait_for(self._writer.drain(), REPLY_SECONDS)
        except OSError as error:
            raise Lost from error

    async def reply(self) -> Reply:
        """Return the next reply, of however many lines."""
        while True:
            try:
                line = await asyncio.wait_for(self._reader.readline(), REPLY_SECONDS)
            except OSError as error:
                raise Lost from error
            if not line.endswith(b"\n"):
                raise Lost
            if line[3:4] != b"-":
                text = line.decode("utf-8", "replace").strip()
                return Reply(int(text[:3]), text)

    def half_close(self) -> None:
        """Say that nothing more comes, and go on listening."""
        self._writer.write_eof()

    def abort(self) -> None:
        """Be gone, as by a crash: the kernel resets the connection."""
        there: socket.socket | None = self._writer.get_extra_info("socket")
        if there is not None:
            with contextlib.suppress(OSError):
                there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def quit(self) -> None:
        """Leave in order."""
        with contextlib.suppress(Lost):
            await self.command("QUIT")
        self._writer.close()


class Unwanted(Exception):
    """The server said 4xx or 5xx."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


class Sender:
    """Sends to one port; `tally` counts all of it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.tally = Tally()
        self.first_taken = asyncio.Event()
        """Set when a mail has got its 250."""

    async def send(
        self, mails: Iterable[Mail], *, at_once: int = 8, seconds: float = 120.0
    ) -> None:
        """Send until all are taken or refused, or that many seconds have passed."""
        waiting = deque(mails)
        self.tally.mails += waiting
        deadline = time.monotonic() + seconds
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(waiting))):
                group.create_task(self._work(waiting, deadline))

    async def again(self, mails: Iterable[Mail], *, seconds: float = 120.0) -> None:
        """Send mails that were sent by other means, and whose replies nobody got."""
        listed = list(mails)
        self.tally.retries += len(listed)
        await self.send(listed, seconds=seconds)

    async def _work(self, waiting: deque[Mail], deadline: float) -> None:
        connection, left = None, 0
        while waiting and time.monotonic() < deadline:
            mail = waiting.popleft()
            try:
                if connection is None:
                    connection, left = await Connection.open(self._port), MAILS_A_CONNECTION
                await connection.deliver(mail)
            except (Lost, Unwanted) as failure:
                if connection is not None:
                    connection.abort()
                connection = None
                if self._is_refused(mail, failure):
                    continue
                waiting.append(mail)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            self.tally.acknowledged[mail.message_id] = mail
            self.first_taken.set()
            left -= 1
            if not left:
                await connection.quit()
                connection = None
        if connection is not None:
            await connection.quit()

    def _is_refused(self, mail: Mail, failure: Lost | Unwanted) -> bool:
        if isinstance(failure, Unwanted):
            self.tally.replies[failure.reply.text] += 1
            if failure.reply.is_final:
                self.tally.refused[mail.message_id] = failure.reply
                return True
        else:
            self.tally.replies["connection lost"] += 1
        self.tally.retries += 1
        return False
