"""The mail within the dialogue: receive it, hand it over, say what became of it."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from dropbox.content import Content
from dropbox.crashpoints import Point, reached
from dropbox.envelope import Envelope, Recipient
from dropbox.filing.delivery import Delivery
from dropbox.filing.outcomes import OUTCOMES, TRY_AGAIN, NotRecorded, Reply
from dropbox.metrics import Limit, Where
from dropbox.wire.context import Context, Kind
from dropbox.wire.data import DataReader
from dropbox.wire.dialogue import Dialogue
from dropbox.wire.failures import describe

log = structlog.get_logger()

_READY = b"354 End data with <CR><LF>.<CR><LF>\r\n"


class Transfer(Dialogue):
    """A dialogue that can take a mail; which commands lead there is the business of `session`."""

    def __init__(self, context: Context, kind: Kind) -> None:
        super().__init__(context, kind)
        self._mail_from: str | None = None
        self._recipients: list[Recipient] = []
        self._answers: list[int] = []
        """For each RCPT that was accepted: which recipient it named."""
        self._looked_up = 0
        """RCPTs that somebody is behind, or may be."""
        self._put_off: Reply | None = None
        """What the last recipient that could not be looked up was told."""
        self._taking = False
        self._incoming: DataReader | None = None
        self._data_end: asyncio.Future[None] | None = None
        self._data_began = 0.0
        self._data_moved = 0.0
        self._data_ended = 0.0

    def _in_mail(self) -> bool:
        return self._mail_from is not None

    def _forget_mail(self) -> None:
        self._mail_from = None
        self._recipients = []
        self._answers = []
        self._looked_up = 0
        self._put_off = None

    async def _take_mail(self) -> None:
        settings = self.context.settings
        reader = DataReader(
            self.context.memory,
            settings.spill_dir,
            settings.max_message_bytes,
            settings.bare_newline,
        )
        self._out.append(_READY)
        self._taking = True
        try:
            await self._flush()
            await self._receive(reader)
            reached(Point.RECEIVED)
            content = reader.content()
        except NotRecorded as failure:
            self._not_recorded(failure)
        else:
            await self._hand_over(content)
            took = time.perf_counter() - self._data_ended
            self.context.metrics.reply_seconds.observe(took)
            reached(Point.ACCEPTED)
        finally:
            reader.abandon()
            self._taking = False
            self._forget_mail()
        self._allow(settings.command_timeout)
        if reader.hopeless:
            self._hang_up()

    # DATA

    async def _receive(self, reader: DataReader) -> None:
        """Let everything that comes go straight into `reader`, until the end of the mail."""
        self._data_end = self.loop.create_future()
        self._data_began = self._data_moved = self.loop.time()
        self._incoming = reader
        try:
            self._allow(self.context.settings.data_timeout)
            self.data_received(self._inbox.take_all())
            if self._inbox.has_ended and not self._data_end.done():
                raise ConnectionResetError
            await self._data_end
        finally:
            self._incoming = None

    def data_received(self, data: bytes) -> None:
        reader = self._incoming
        if reader is None or self._hung_up:
            super().data_received(data)
            return
        self._data_moved = self.loop.time()
        rest = reader.feed(data)
        if rest is None and not reader.hopeless:
            return
        self._incoming = None
        # Not the loop's time: that stands still while others are busy, which senders wait for too.
        self._data_ended = time.perf_counter()
        if rest:
            self._inbox.put_back(rest)
        if self._data_end is not None and not self._data_end.done():
            self._data_end.set_result(None)

    def eof_received(self) -> bool:
        if self._incoming is not None and self._data_end is not None:
            self._incoming = None
            self._data_end.set_exception(ConnectionResetError("end of input within the mail"))
        return super().eof_received()

    def _session_ends_at(self) -> float:
        """A mail that has begun by then may still be named its recipients, and be taken."""
        if self._taking:
            return math.inf
        more = self.context.settings.command_timeout if self._in_mail() else 0.0
        return super()._session_ends_at() + more

    def _time_is_up_at(self) -> float:
        """Within a mail the time budget grows with every byte that comes (trap C)."""
        reader = self._incoming
        if reader is None:
            return super()._time_is_up_at()
        settings = self.context.settings
        earned = settings.data_timeout + reader.received / settings.data_bytes_per_second
        silent = self._data_moved + settings.data_timeout
        return min(silent, self._data_began + min(earned, settings.mail_timeout))

    def _time_limit(self) -> Limit:
        if self._incoming is None:
            return super()._time_limit()
        over = self.loop.time() >= self._data_began + self.context.settings.mail_timeout
        return Limit.MAIL_SECONDS if over else Limit.DATA_SECONDS

    # Down the road

    async def _hand_over(self, content: Content) -> None:
        """Take the mail down the road in a task of its own, which nobody cancels (trap B)."""
        settings = self.context.settings
        task = self.loop.create_task(self._accept(self._envelope(content)))
        self.context.in_flight.add(task)
        task.add_done_callback(self.context.in_flight.discard)
        self._allow(settings.accept_timeout + settings.command_timeout)
        done, _ = await asyncio.wait({task}, timeout=settings.accept_timeout)
        if not done:
            self.context.metrics.limits.add(Limit.ACCEPT_SECONDS)
        result = task.result() if done and not task.cancelled() else None
        if isinstance(result, NotRecorded):
            self._not_recorded(result)
        elif result is None or len(result) != len(self._recipients):
            self._answer([TRY_AGAIN] * len(self._recipients))
        else:
            self._answer([delivery.reply for delivery in result])

    def _envelope(self, content: Content) -> Envelope:
        return Envelope(
            peer=self.peer,
            helo=self.session.host_name or "",
            mail_from=self._mail_from or "",
            recipients=tuple(self._recipients),
            content=content,
            received_at=datetime.now(UTC),
            by_own_server=self.kind is Kind.LMTP,
        )

    async def _accept(self, envelope: Envelope) -> Sequence[Delivery] | NotRecorded | None:
        """Never raises; None when something went wrong that nobody foresaw."""
        try:
            return await self.context.accept(envelope)
        except NotRecorded as failure:
            return failure
        except Exception as error:  # noqa: BLE001 - the peer gets 451, whatever it is (trap A)
            self.context.metrics.failures.add(Where.MAIL)
            log.error("mail_failed", **describe(error))  # noqa: TRY400 - no traceback: secrets
            return None
        finally:
            envelope.content.close()

    def _not_recorded(self, failure: NotRecorded) -> None:
        row = OUTCOMES[failure.reason]
        self.context.counts[failure.reason] += 1
        log.debug(row.event, reason=failure.reason, peer=self.peer, detail=str(failure))
        self._answer([row.reply] * len(self._recipients))

    def _answer(self, outcomes: Sequence[Reply]) -> None:
        """Say what became of the mail, `outcomes` being in the order of the recipients.

        SMTP has one reply for all of them: good when all are, else they all come again.
        """
        first = outcomes[0]
        self._say(first if all(reply.code == first.code for reply in outcomes) else TRY_AGAIN)
