"""A mail walked down the road up to the decision, and no further."""

from __future__ import annotations

from datetime import UTC, datetime

from cli.ledger import ledger_of, routes_of
from cli.trust import judging
from config import Settings
from dropbox.content import InMemory
from dropbox.envelope import Envelope
from dropbox.filing.decision import Decision
from dropbox.filing.outcomes import NotRecorded, Reason
from dropbox.intake import arrivals, refuse_loops, waits_for_dns, wants_to_know
from dropbox.mail.message import Message
from dropbox.trust import dkim
from dropbox.trust.verdict import NOTHING_KNOWN
from dropbox.wire.data import normalized
from storage.access import pool
from storage.errors import DatabaseDown
from storage.patience import Patience

__all__ = ["foresee", "normalized"]


async def foresee(
    url: str, settings: Settings, content: bytes, message: Message, to: str, sender: str | None
) -> Decision | Reason:
    """Return the decision, or the reason why the mail would not come as far.

    Live, from an unknown peer. Raises DatabaseUnusable.
    """
    async with pool(url, most=2) as opened, judging(settings) as judge:
        try:
            recipient = await routes_of(opened, settings)(to.strip())
            if recipient is None:
                return Reason.NO_SUCH_ADDRESS
            if len(content) > settings.max_message_bytes:
                return Reason.TOO_BIG
            author = message.author.email if message.author else ""
            envelope = Envelope(
                peer="",
                helo="",
                mail_from=author if sender is None else sender.strip().strip("<>"),
                recipients=(recipient,),
                content=InMemory(content),
                received_at=datetime.now(UTC),
            )
            refuse_loops(envelope, message)
            evidence = NOTHING_KNOWN
            if wants_to_know(envelope):
                evidence = await judge.evidence(envelope, message, dkim.prepare(envelope.content))
            (arrival,) = arrivals(envelope, message, evidence)
            if waits_for_dns(arrival) and not await Patience(opened).is_over([arrival]):
                return Reason.DNS_DOWN
            (decision,) = await ledger_of(opened, settings).foresee([arrival])
        except NotRecorded as error:
            if error.reason is Reason.DATABASE_DOWN:
                raise DatabaseDown(f"database cannot be reached: {error}") from error
            return error.reason
        return decision
