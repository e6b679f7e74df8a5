"""The parsed mail, as values. Every string here is clean: no NUL, no lone surrogate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address of a header (RFC 5322 section 3.4)."""

    email: str
    """Canonical, see `dropbox.addresses`."""
    name: str = ""
    """The display name as written, decoded; empty when there is none."""


@dataclass(frozen=True, slots=True)
class Part:
    """An attachment or inline file. Its bytes stay in the raw mail; `path` finds them there."""

    path: str
    """MIME part number as in IMAP (RFC 9051 section 6.4.5.1): `2.1`.

    What `smime.p7m` and `winmail.dat` hold is numbered behind them: part 2's first file is 2.1.
    """
    filename: str
    content_type: str
    size: int
    """Bytes after transfer decoding."""
    sha256: bytes
    """Of the bytes after transfer decoding."""
    inline: bool
    """Shown in the text of the mail rather than handed over as a file."""
    content_id: str = ""
    detected_type: str = ""
    """The media type that the first bytes tell; empty when they tell nothing known."""
    decoration: bool = False
    """Nothing that was sent for its own sake: a logo, an icon, a cryptographic signature."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells one message from another, taken from the bytes and not from today's reading.

    Raw header values with white space runs folded to one blank, and the SHA-256 of the first text
    leaf after transfer decoding. A better reader tomorrow sees the same mail as the same mail.
    """

    date: bytes
    subject: bytes
    text: bytes
    """SHA-256, 32 bytes."""


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report (RFC 3464): which message it is about, and whom it did not reach."""

    rfc_message_id: str | None
    failed: tuple[str, ...]
    """Canonical addresses with `Action: failed`."""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """An original that somebody forwarded: attached, or written into the body by a mail client."""

    author: Mailbox | None = None
    """Who wrote the original; None when nobody is named, several are, or there is a doubt."""
    from_text: str = ""
    """The original's From as it stands there, for showing only."""
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    """Reply-To and X-Original-From: whom a web form or a mailing list stands in for."""
    subject: str = ""
    sent_at: datetime | None = None
    """An instant in UTC; without a time zone when the text names none: the user's is meant."""
    text: str = ""
    """The original's body, with whatever history it carries itself."""
    comment: str = ""
    """What the forwarding person wrote above it."""
    confidence: float = 0.0
    """From 0 to 1: how sure it is that this is a forward, and that it was read right."""
    path: str = ""
    """Part number of the attached original; empty when it was written into the body."""
    message: Message | None = None
    """The attached original, read in full."""


@dataclass(frozen=True, slots=True)
class Message:
    """A mail as read."""

    fingerprint: Fingerprint
    rfc_message_id: str | None = None
    """Canonical: no brackets, lower case, no white space."""
    author: Mailbox | None = None
    """The one mailbox of the one From header; None when there is none, several, or a doubt."""
    authors: tuple[Mailbox, ...] = ()
    """Every mailbox of every From header, clear or not."""
    from_text: str = ""
    """The From header(s) decoded, for showing only."""
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    bcc: tuple[Mailbox, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    subject: str = ""
    sent_at: datetime | None = None
    """The Date header as an instant in UTC; None when missing or senseless."""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    """Canonical Message-IDs, oldest first."""
    text: str = ""
    """The whole readable text; from HTML where there is no plain text."""
    reply: tuple[int, int] = (0, 0)
    """Start and end of the newly written part of `text`, in characters."""
    has_html: bool = False
    attachments: tuple[Part, ...] = ()
    forwarded: tuple[Forwarded, ...] = ()
    """The outermost forward; several when several messages are attached."""
    automatic: bool = False
    """Sent by a machine (RFC 3834 section 5, or `Precedence: bulk|junk|list|auto_reply`)."""
    lists: tuple[str, ...] = ()
    """Addresses that the mail itself names as mailing lists (List-Post, RFC 2369 section 3.4)."""
    report: Report | None = None
    redirected_by: tuple[str, ...] = ()
    """Canonical addresses of mailboxes that passed the mail on unchanged, so it says: Delivered-To,
    Resent-From, X-Forwarded-For. Anybody can write those."""
    received_count: int = 0
    """Received headers, for the loop guard (RFC 5321 section 6.3)."""
    own_trace: bool = False
    """Carries the trace header that mail sent by this product carries."""
    header_bytes: int = 0
    """Length of the header block in the raw mail, the blank line included."""
    notes: tuple[str, ...] = ()
    """Stable snake_case names of what was repaired, capped or left out while reading."""
