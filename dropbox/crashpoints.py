"""Names for the places between two awaits on a mail's road, for the fault suite to stop at.

Nobody listens in production: no setting, environment variable, mail or command sets `listener`,
only code that is started in place of the daemon's own (`faults.serving`, which is not installed).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Point(StrEnum):
    """Where a mail is, in the order of the road; what it waits for next may never come."""

    ROUTED = "routed"
    """The database has said whose dropbox address it is; RCPT is not answered yet."""
    RECEIVED = "received"
    """All of it has come over the wire."""
    READ = "read"
    JUDGED = "judged"
    """It is known where it comes from, or that DNS does not tell."""
    CONNECTED = "connected"
    """Its batch has a connection to the database."""
    BEGUN = "begun"
    """The transaction has begun."""
    LOCKED = "locked"
    """Held mail that is released by now is locked."""
    KNOWN = "known"
    """The standing is read; what is decided is about to be written."""
    INSERTED = "inserted"
    """All rows are written, but not the pieces of large mail."""
    CHUNK_WRITTEN = "chunk_written"
    """One more piece of a large mail is written."""
    SETTLED = "settled"
    """Everything is written; next comes the commit."""
    COMMITTED = "committed"
    """From here on it is recorded, whatever its sender is told."""
    RECORDED = "recorded"
    """Its session has been told by the ledger."""
    ACCEPTED = "accepted"
    """The reply is ready, and not sent."""


listener: Callable[[Point], None] | None = None


def reached(point: Point) -> None:
    """Say where a mail is; costs next to nothing as long as nobody listens."""
    if listener is not None:
        listener(point)
