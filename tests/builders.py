"""Values for tests of what is decided: Hanako and Taro of corp.example, and mail from Hanako."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from dropbox.content import InMemory
from dropbox.envelope import Authority, Envelope, Recipient
from dropbox.filing.decide import decide
from dropbox.filing.decision import Arrival, Decision
from dropbox.filing.standing import Facts, Kind, KnownPerson, Rules, Standing, User, UserAddress
from dropbox.ids import derive, mint
from dropbox.mail.message import Fingerprint, Forwarded, Mailbox, Message
from dropbox.trust.verdict import NOTHING_KNOWN, Evidence

ACCOUNT = UUID("01900000-0000-7000-8000-000000000001")
HANAKO = UUID("01900000-0000-7000-8000-000000000002")
TARO = UUID("01900000-0000-7000-8000-000000000003")
ADDRESS = UUID("01900000-0000-7000-8000-000000000004")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

OWN = "hanako@corp.example"
DEFAULT = Rules()
COLLEAGUE = "taro@corp.example"
DROPBOX = "hanako.aaaaaaaaaaaaaaaa@dropbox.example"


def mailboxes(*emails: str) -> tuple[Mailbox, ...]:
    return tuple(Mailbox(email) for email in emails)


def mail(*to: str, author: str | None = OWN, **fields: object) -> Message:
    """A mail from Hanako to `to`."""
    base = Message(
        fingerprint=Fingerprint(b"Sun, 22 Nov 2026 12:00:00 +0000", b"Offer", b"t" * 32),
        rfc_message_id="one@corp.example",
        author=Mailbox(author) if author else None,
        authors=(Mailbox(author),) if author else (),
        to=mailboxes(*to),
        subject="Offer",
        sent_at=NOON,
        text="Hello",
        reply=(0, 5),
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def original(author: str | None = "ann@customer.example", *to: str, **fields: object) -> Forwarded:
    """An original that Ann wrote to Hanako, as a mail client writes it into a body."""
    base = Forwarded(
        author=Mailbox(author, "Ann Lee") if author else None,
        from_text=author or "",
        to=mailboxes(*(to or (OWN,))),
        subject="Question",
        sent_at=NOON,
        text="What does it cost?",
        comment="Please have a look.",
        confidence=0.95,
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def attached(message: Message, path: str = "2") -> Forwarded:
    """An original that hangs on a mail as a message of its own."""
    return Forwarded(
        author=message.author,
        to=message.to,
        cc=message.cc,
        reply_to=message.reply_to,
        subject=message.subject,
        sent_at=message.sent_at,
        text=message.text,
        confidence=1.0,
        path=path,
        message=message,
    )


def forward(*originals: Forwarded, to: tuple[str, ...] = (DROPBOX,), **fields: object) -> Message:
    """A mail in which Hanako passes on `originals` to her dropbox address."""
    given: dict[str, object] = {
        "subject": "Fwd: Question",
        "rfc_message_id": "forward@corp.example",
        "text": "Please have a look. and all the rest",
        "forwarded": originals,
        **fields,
    }
    return mail(*to, **given)


def arrival(
    message: Message,
    *,
    user: UUID = HANAKO,
    mail_from: str = OWN,
    authority: Authority = Authority.LIVE,
    evidence: Evidence = NOTHING_KNOWN,
) -> Arrival:
    recipient = Recipient(ACCOUNT, user, ADDRESS, DROPBOX)
    envelope = Envelope(
        "192.0.2.1", "client", mail_from, (recipient,), InMemory(b"raw"), NOON, authority
    )
    mail_id = mint()
    return Arrival(mail_id, derive(mail_id, "delivery"), recipient, envelope, message, evidence)


def standing(*, rules: Rules = DEFAULT, active: bool = True, **facts: object) -> Standing:
    user = User(HANAKO, OWN, active, rules, frozenset({OWN, "h@home.example"}), frozenset())
    users = {
        OWN: (UserAddress(HANAKO, True, True),),
        "h@home.example": (UserAddress(HANAKO, True, True),),
        COLLEAGUE: (UserAddress(TARO, True, True),),
    }
    given_users = facts.pop("users", {})
    assert isinstance(given_users, dict)
    return Standing(user, "dropbox.example", Facts(b"k" * 32, users=users | given_users, **facts))  # type: ignore[arg-type]


def decided(message: Message, known: Standing | None = None, **given: object) -> Decision:
    return decide(arrival(message, **given), known or standing())  # type: ignore[arg-type]


def person(kind: Kind, email: str) -> dict[str, tuple[KnownPerson, ...]]:
    return {email: (KnownPerson(mint(), kind),)}
