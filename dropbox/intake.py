"""The road: an envelope comes in, is read, and is recorded for every dropbox address it names.

`serve`, `deliver`, `import` and `explain` all walk it; they differ in where the envelope comes
from, in its authority, and in what stands at the end: a ledger that writes, or one that only
foresees.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import structlog

from dropbox.addresses import masked
from dropbox.crashpoints import Point, reached
from dropbox.envelope import Authority, Envelope
from dropbox.filing.decision import Arrival
from dropbox.filing.delivery import Delivery
from dropbox.filing.outcomes import OUTCOMES, NotRecorded, Outcome, Reason
from dropbox.ids import derive, mint
from dropbox.mail.message import Message
from dropbox.mail.read import read

LARGE_BYTES = 256 * 1024
"""Above this a mail is read in a thread, two at a time."""

HUGE_BYTES = 8 * 1024 * 1024
"""Above this one at a time: mails wait on disk, and memory stays small."""

MOST_RECEIVED = 100
"""Received headers; more are a loop (RFC 5321 section 6.3)."""

Record = Callable[[Sequence[Arrival]], Awaitable[Sequence[Delivery]]]
"""Write all that one envelope brought in one transaction; returns after the commit, in order."""

log = structlog.get_logger()


class Intake:
    """Takes envelopes down the road. One per process; its method `accept` is the wire's port."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._large = asyncio.Semaphore(2)
        self._huge = asyncio.Semaphore(1)

    async def accept(self, envelope: Envelope) -> Sequence[Delivery]:
        """Read, decide and record `envelope`; returns after the commit, one delivery a recipient.

        Raises `NotRecorded` when nothing was written.
        """
        async with self._room_for(envelope):
            message = await read_content(envelope)
            reached(Point.READ)
            refuse_loops(envelope, message)
            deliveries = await self._record(arrivals(envelope, message))
            reached(Point.RECORDED)
        for delivery in deliveries:
            _log(envelope, delivery)
        return deliveries

    @asynccontextmanager
    async def _room_for(self, envelope: Envelope) -> AsyncIterator[None]:
        if envelope.content.size <= LARGE_BYTES:
            yield
        elif envelope.content.size <= HUGE_BYTES:
            async with self._large:
                yield
        else:
            async with self._huge, self._large:
                yield


def arrivals(envelope: Envelope, message: Message) -> tuple[Arrival, ...]:
    """Return one arrival for each dropbox address, each with an identifier of its own."""
    mail_id = mint()
    return tuple(
        Arrival(mail_id, derive(mail_id, "delivery", one.address), one, envelope, message)
        for one in envelope.recipients
    )


async def read_content(envelope: Envelope) -> Message:
    """Read the mail; a large one in a thread, since the parser lets go of the GIL."""
    content = envelope.content
    if content.size <= LARGE_BYTES:
        return read(content.read())
    return await asyncio.to_thread(lambda: read(content.read()))


def refuse_loops(envelope: Envelope, message: Message) -> None:
    """Raise `NotRecorded` for a mail that goes in circles, or that this product itself sent."""
    if envelope.authority is not Authority.LIVE:
        return
    if message.own_trace or message.received_count > MOST_RECEIVED:
        raise NotRecorded(Reason.LOOP, f"{message.received_count} Received headers")


def _log(envelope: Envelope, delivery: Delivery) -> None:
    # What a stranger can cause is DEBUG, or the internet decides how long the log is.
    say = log.info if delivery.outcome in {Outcome.FILED, Outcome.DUPLICATE} else log.debug
    say(
        OUTCOMES[delivery.reason].event,
        reason=str(delivery.reason),
        delivery=str(delivery.delivery_id),
        address=masked(delivery.recipient.address),
        bytes=envelope.content.size,
        peer=envelope.peer,
    )
