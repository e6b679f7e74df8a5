"""The life of one connection: lines in, replies out, and the ways it ends.

What the lines mean is the business of `session`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar, cast

import structlog
from aiosmtpd.smtp import SMTP, Session

from dropbox.filing.outcomes import OUTCOMES, TRY_AGAIN, Reason, Reply
from dropbox.metrics import Limit, Where
from dropbox.wire import replies
from dropbox.wire.context import Context, Kind
from dropbox.wire.data import has_bare_newline
from dropbox.wire.failures import describe
from dropbox.wire.limits import unmapped
from dropbox.wire.reader import MAX_LINE, LineReader

log = structlog.get_logger()

Verb = Callable[[str | None], Awaitable[None]]

MOST_PARTING = 100
"""Connections beyond a limit that are told so and waited for; of more nothing is kept open."""

MAX_DISCARDED = 1 << 20
"""Bytes of endless command lines after which the connection is not worth keeping."""

_BATCH = 64
"""Pipelined commands after which other sessions get a turn."""

_HTTP = frozenset({b"GET", b"POST", b"HEAD", b"PUT", b"OPTIONS", b"CONNECT", b"PRI"})


class Dialogue(SMTP):
    """aiosmtpd's session without its loop, timers, logging and exceptions (traps A, C, H, I, J, M).

    The counters that limit a connection are attributes of this object, of which STARTTLS makes no
    second one (trap N).
    """

    verbs: ClassVar[dict[bytes, str]] = {}
    """Command to method name; looked up once, not for each connection."""

    _closed: asyncio.Future[None]
    _paused: bool
    _drain_helper: Callable[[], Awaitable[None]]

    def __init__(self, context: Context, kind: Kind) -> None:
        # Not SMTP.__init__: it inspects itself and its handler anew for every connection (trap H).
        self._inbox = LineReader(context.loop)
        asyncio.StreamReaderProtocol.__init__(self, self._inbox, loop=context.loop)
        self.loop = context.loop
        self.context = context
        self.kind = kind
        self.transport: asyncio.Transport | None = None
        self.session: Session = Session(context.loop)
        self.peer = ""
        self._secure = False
        self._knocked = False
        self._refusal: Reason | None = None
        self._counted = False
        self._parting = False
        self._handler_coroutine: asyncio.Task[None] | None = None
        self._out: list[bytes] = []
        self._errors = 0
        self._hung_up = False
        self._idle = False
        self._deadline = self._opened = context.loop.time()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def closed(self) -> asyncio.Future[None]:
        """Done when the connection is gone."""
        return self._closed

    # The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        asyncio.StreamReaderProtocol.connection_made(self, transport)
        self.transport = cast("asyncio.Transport", transport)
        self._secure = transport.get_extra_info("sslcontext") is not None
        if not self._knocked:
            self.knock(transport.get_extra_info("peername"))
        if self._refusal is not None:
            self._turn_away(self._refusal)
            return
        self.context.sessions.add(self)
        self._allow(self.context.settings.command_timeout)
        self._handler_coroutine = self.loop.create_task(self._handle_client())

    def knock(self, peername: object) -> bool:
        """Count a connection from there; False when it is one too many, or the time is past.

        `connection_made` does so unless it was done: before a TLS handshake, which takes a while.
        """
        self._knocked = True
        self.peer = unmapped(str(peername[0])) if isinstance(peername, tuple) else ""
        self._refusal = self._no_entry()
        self._counted = self._refusal is None
        if not self._counted:
            self._begin_to_part()
        return self._counted

    @property
    def is_parting(self) -> bool:
        """Whether there is time to say why it is turned away."""
        return self._parting

    def _begin_to_part(self) -> None:
        self._parting = self.context.parting < MOST_PARTING
        self.context.parting += self._parting

    def leave(self) -> None:
        """Take back what was counted; idempotent."""
        if self._counted:
            self._counted = False
            self.context.connections.leave(self.peer)
        if self._parting:
            self._parting = False
            self.context.parting -= 1

    def _no_entry(self) -> Reason | None:
        if self.context.draining:
            return Reason.SHUTTING_DOWN
        if not self.context.connections.enter(self.peer):
            return Reason.TOO_MANY_CONNECTIONS
        return None

    def _turn_away(self, reason: Reason) -> None:
        """Answer in place of the greeting (RFC 5321 section 3.1).

        This connection is counted nowhere, so it must be gone soon: of a flood most are not given
        the time to read why.
        """
        self.context.counts[reason] += 1
        log.debug("connection_refused", reason=reason, peer=self.peer)
        if self._parting:
            self._say(OUTCOMES[reason].reply)
            self._hang_up()
        elif self.transport is not None:
            self._hung_up = True
            self.transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        """The end, by whichever side; idempotent."""
        if self.transport is None:
            return
        self.transport = None
        asyncio.StreamReaderProtocol.connection_lost(self, error)
        if self._timer is not None:
            self._timer.cancel()
        self.leave()
        self.context.sessions.discard(self)
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()

    def data_received(self, data: bytes) -> None:
        if not self._hung_up:
            self._inbox.feed_data(data)

    def eof_received(self) -> bool:
        """A client that only stops sending still gets the replies to what it sent."""
        if self._hung_up and self.transport is not None:
            self.transport.close()
        self._inbox.feed_eof()
        return not self._secure

    # Time

    def _allow(self, seconds: float) -> None:
        """Move the deadline; the timer looks at it when it fires (cheaper than a new timer)."""
        self._deadline = self.loop.time() + seconds
        up = self._time_is_up_at()
        if self._timer is None or up < self._timer.when():
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self.loop.call_at(up, self._tick)

    def _time_is_up_at(self) -> float:
        return min(self._deadline, self._session_ends_at())

    def _session_ends_at(self) -> float:
        """However busy the client is until then."""
        return self._opened + self.context.settings.session_timeout

    def _time_limit(self) -> Limit:
        """Which limit it is that `_time_is_up_at` keeps."""
        return Limit.COMMAND_SECONDS

    def _tick(self) -> None:
        deadline = self._time_is_up_at()
        if self.loop.time() < deadline:
            self._timer = self.loop.call_at(deadline, self._tick)
            return
        over = deadline >= self._session_ends_at()
        self.context.metrics.limits.add(Limit.SESSION_SECONDS if over else self._time_limit())
        log.debug("session_timeout", peer=self.peer)
        self._end_with(replies.SESSION_OVER if over else replies.TOO_SLOW)

    # Replies

    def _say(self, *said: Reply) -> None:
        """Queue replies; they leave in one write before the session waits for more input."""
        self._out.extend(map(replies.on_the_wire, said))

    def _write(self) -> None:
        if self._out and self.transport is not None and not self.transport.is_closing():
            self.transport.write(b"".join(self._out))
        self._out.clear()

    async def _flush(self) -> None:
        self._write()
        if self._paused:
            await self._drain_helper()

    def _refuse(self, reply: Reply, reason: Reason = Reason.SYNTAX) -> None:
        """Say no to a command; to one too many, say goodbye instead."""
        self.context.counts[reason] += 1
        self._errors += 1
        if self._errors >= self.context.settings.max_errors:
            self.context.metrics.limits.add(Limit.MAX_ERRORS)
            self._dismiss(Reason.TOO_MANY_ERRORS)
        else:
            self._say(reply)

    def _dismiss(self, reason: Reason) -> None:
        """Say goodbye for `reason` and really close (trap M)."""
        self.context.counts[reason] += 1
        log.debug("session_dismissed", reason=reason, peer=self.peer)
        self._say(OUTCOMES[reason].reply)
        self._hang_up()

    # The end

    def _hang_up(self) -> None:
        """Send what is queued and end the connection, whatever the client does.

        Closing while unread commands wait would make the kernel reset the connection, and the
        last reply with it. So only our side is closed first, and the rest is read and forgotten.
        """
        if self._hung_up:
            return
        self._write()
        self._hung_up = True
        transport = self.transport
        if transport is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(self.context.settings.linger, transport.abort)
        self._inbox.take_all()
        if self._inbox.at_eof() or not transport.can_write_eof():
            transport.close()
        else:
            try:
                transport.write_eof()
            except OSError:  # It has reset the connection; the loop has just not noticed yet.
                transport.abort()

    def _end_with(self, reply: Reply) -> None:
        """End a session that waits for its client."""
        self._say(reply)
        self._hang_up()
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()

    def shut_down(self) -> None:
        """The server is going: leave now if no mail is on its way, else as soon as it is done."""
        if self._idle and not self._hung_up:
            self.context.counts[Reason.SHUTTING_DOWN] += 1
            self._end_with(OUTCOMES[Reason.SHUTTING_DOWN].reply)

    # The loop

    async def _handle_client(self) -> None:
        try:
            if await self._prepare():
                await self._converse()
        except ConnectionError:
            log.debug("session_lost", peer=self.peer)
        except Exception as error:  # noqa: BLE001 - else asyncio would print its text
            self.context.metrics.failures.add(Where.SESSION)
            log.error("session_failed", **describe(error))  # noqa: TRY400 - no traceback: secrets
        self._hang_up()

    async def _prepare(self) -> bool:
        """What comes before the greeting; False when there shall be none."""
        return True

    async def _converse(self) -> None:
        self._out.append(b"220 %s ESMTP\r\n" % self.context.settings.hostname.encode())
        turns = 0
        while not self._hung_up:
            line = self._inbox.next_line()
            if line is None:
                if not await self._wait_for_line():
                    return
                turns = 0
                continue
            await self._command(line)
            turns += 1
            if turns % _BATCH == 0:
                await self._flush()
                await asyncio.sleep(0)

    async def _wait_for_line(self) -> bool:
        """Wait for more input; False when the connection is to end instead."""
        if self._inbox.discarded > MAX_DISCARDED:
            self._dismiss(Reason.TOO_MANY_ERRORS)
            return False
        idle = not self._in_mail()
        if idle and self._is_over():
            return False
        await self._flush()
        self._idle = idle
        try:
            return await self._inbox.wait()
        finally:
            self._idle = False

    def _is_over(self) -> bool:
        """Between two mails: whether this was the last one."""
        if self.context.draining:
            self._dismiss(Reason.SHUTTING_DOWN)
        elif self.loop.time() > self._session_ends_at():
            self.context.metrics.limits.add(Limit.SESSION_SECONDS)
            self._say(replies.SESSION_OVER)
            self._hang_up()
        return self._hung_up

    def _in_mail(self) -> bool:
        return False

    async def _command(self, line: bytes) -> None:
        if len(line) > MAX_LINE:
            self._refuse(replies.LINE_TOO_LONG)
            return
        if self.context.settings.bare_newline == "reject" and has_bare_newline(line):
            self._refuse(replies.NOT_UNDERSTOOD)
            return
        verb, _, argument = line.rstrip(b"\r\n").partition(b" ")
        name = self.verbs.get(verb.upper())
        if name is None:
            self._unknown(verb)
            return
        self._allow(self.context.settings.command_timeout)
        # What is not UTF-8 becomes surrogates, which no address gets through with (trap K).
        text = argument.strip().decode("utf-8", "surrogateescape") if argument else None
        if self._needs_tls(name):
            self._refuse(replies.TLS_FIRST)
            return
        method: Verb = getattr(self, name)
        try:
            await method(text)
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 - the peer gets 451, whatever it is (trap A)
            self.context.metrics.failures.add(Where.SESSION)
            log.error("session_failed", verb=name, **describe(error))  # noqa: TRY400 - as above
            self._say(TRY_AGAIN)

    def _needs_tls(self, _name: str) -> bool:
        return False

    def _unknown(self, verb: bytes) -> None:
        """A browser made to speak to this port, or TLS that nobody asked for, is not answered."""
        if verb in _HTTP or verb.startswith((b"\x16\x03", b"SSH-")):
            self._dismiss(Reason.TOO_MANY_ERRORS)
        else:
            self._refuse(replies.NOT_UNDERSTOOD)
