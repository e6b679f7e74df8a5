"""A mail walked down the road up to the decision, and no further."""

from __future__ import annotations

from datetime import UTC, datetime

from config import Settings
from dropbox.content import InMemory
from dropbox.envelope import Envelope
from dropbox.filing.decision import Decision
from dropbox.filing.outcomes import NotRecorded, Reason
from dropbox.intake import arrivals, refuse_loops
from dropbox.mail.message import Message
from dropbox.wire.data import normalized
from storage.access import pool
from storage.errors import DatabaseDown
from storage.ledger import Ledger
from storage.routes import Routes

__all__ = ["foresee", "normalized"]


async def foresee(
    url: str, settings: Settings, content: bytes, message: Message, to: str, sender: str | None
) -> Decision | Reason:
    """Return the decision, or the reason why the mail would not come as far.

    Live, from an unknown peer. Raises DatabaseUnusable.
    """
    async with pool(url, most=2) as opened:
        try:
            recipient = await Routes(opened, settings.mail_domain)(to.strip())
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
            ledger = Ledger(opened, settings.mail_domain, held_quota=settings.held_quota)
            (decision,) = await ledger.foresee(arrivals(envelope, message))
        except NotRecorded as error:
            if error.reason is Reason.DATABASE_DOWN:
                raise DatabaseDown(f"database cannot be reached: {error}") from error
            return error.reason
        return decision
