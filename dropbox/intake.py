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
from dropbox.metrics import Metrics
from dropbox.policy import Policy
from dropbox.trust import dkim
from dropbox.trust.judge import Judge
from dropbox.trust.prepared import Prepared
from dropbox.trust.verdict import NOTHING_KNOWN, Evidence

LARGE_BYTES = 256 * 1024
"""Above this a mail is read in a thread, two at a time."""

HUGE_BYTES = 8 * 1024 * 1024
"""Above this one at a time: mails wait on disk, and memory stays small."""

MOST_RECEIVED = 100
"""Received headers; more are a loop (RFC 5321 section 6.3)."""

Record = Callable[[Sequence[Arrival]], Awaitable[Sequence[Delivery]]]
"""Write all that one envelope brought in one transaction; returns after the commit, in order."""

Waited = Callable[[Sequence[Arrival]], Awaitable[bool]]
"""Whether all these arrivals of a mail were put off for so long that they are not any more."""

log = structlog.get_logger()


class Intake:
    """Takes envelopes down the road. One per process; its method `accept` is the wire's port."""

    def __init__(
        self,
        record: Record,
        judge: Judge | None = None,
        waited: Waited | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        """Without a `judge` nobody asks where a mail comes from."""
        self._record = record
        self._judge = judge
        self._waited = waited
        self._metrics = metrics or Metrics()
        self._large = asyncio.Semaphore(2)
        self._huge = asyncio.Semaphore(1)

    async def accept(self, envelope: Envelope) -> Sequence[Delivery]:
        """Read, decide and record `envelope`; returns after the commit, one delivery a recipient.

        Raises `NotRecorded` when nothing was written.
        """
        judge = self._judge if wants_to_know(envelope) else None
        async with self._room_for(envelope):
            message, signed = await read_content(envelope, judge)
            reached(Point.READ)
        refuse_loops(envelope, message)
        # Without taking room: DNS may take its time, and other large mail need not wait for it.
        evidence = NOTHING_KNOWN
        if judge and signed:
            evidence = await judge.evidence(envelope, message, signed)
            self._metrics.verdicts.add(evidence.verdict)
        arrived = arrivals(envelope, message, evidence)
        await self._wait_for_dns(arrived)
        reached(Point.JUDGED)
        async with self._room_for(envelope):
            deliveries = await self._record(arrived)
            reached(Point.RECORDED)
        for delivery in deliveries:
            self._metrics.outcomes.add(delivery.reason)
            _log(envelope, delivery)
        return deliveries

    async def _wait_for_dns(self, arrived: Sequence[Arrival]) -> None:
        """Raise `NotRecorded` while DNS is down and an account would hold mail for its answer."""
        waiting = [one for one in arrived if waits_for_dns(one)]
        if waiting and self._waited and not await self._waited(waiting):
            raise NotRecorded(Reason.DNS_DOWN)

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


def wants_to_know(envelope: Envelope) -> bool:
    """Whether one of the accounts it is for does anything about where a mail comes from."""
    return any(one.policy is not Policy.OFF for one in envelope.recipients)


def waits_for_dns(arrival: Arrival) -> bool:
    """Whether a mail's account would hold it for an answer that DNS does not give now."""
    return arrival.evidence.dns_down and arrival.recipient.policy.holds


def arrivals(
    envelope: Envelope, message: Message, evidence: Evidence = NOTHING_KNOWN
) -> tuple[Arrival, ...]:
    """Return one arrival for each dropbox address, each with an identifier of its own."""
    mail_id = mint()
    return tuple(
        Arrival(
            mail_id,
            derive(mail_id, "delivery", one.address),
            one,
            envelope,
            message,
            NOTHING_KNOWN if one.policy is Policy.OFF else evidence,
        )
        for one in envelope.recipients
    )


async def read_content(
    envelope: Envelope, judge: Judge | None = None
) -> tuple[Message, Prepared | None]:
    """Read the mail, and for a `judge` what is signed in it.

    A large one in a thread: the parser and the hashes let go of the GIL.
    """
    content = envelope.content

    def both() -> tuple[Message, Prepared | None]:
        return read(content.read()), dkim.prepare(content) if judge else None

    return both() if content.size <= LARGE_BYTES else await asyncio.to_thread(both)


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
