"""What SMTP said about one mail, and by whose authority it travels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from dropbox.content import Content
from dropbox.policy import Policy


class Authority(StrEnum):
    """Which gates a mail has to pass."""

    LIVE = "live"
    IMPORT = "import"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A dropbox address that exists: what the directory answers to a RCPT TO."""

    account_id: UUID
    user_id: UUID | None
    """None for `postmaster` (RFC 5321 section 4.5.1), whose mail is held for the admins."""
    address_id: UUID | None
    address: str
    """The whole secret address in canonical form, without a suffix; never to be logged."""
    suffix: str = ""
    """What the sender wrote behind a `+`; ignored and noted."""
    policy: Policy = Policy.HOLD_FORGED
    """Of its account: whether it is worth asking where a mail comes from."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One mail and where it is to go."""

    peer: str
    """The sender's IP address, unmapped (`::ffff:` removed); empty when unknown."""
    helo: str
    mail_from: str
    """As given, without brackets; empty for the null sender (RFC 5321 section 4.5.5)."""
    recipients: tuple[Recipient, ...]
    content: Content
    received_at: datetime
    """UTC."""
    authority: Authority = Authority.LIVE
    by_own_server: bool = False
    """Came by LMTP: our own mail server handed it on, wherever it runs; not the sender's peer."""
