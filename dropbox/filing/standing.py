"""What is known when a mail is decided: the user, the account's facts about the mail's addresses.

The ledger reads it in the transaction that writes; `decide` only looks. `Questions` says what to
look up for a mail, so that many mails are looked up in one statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from dropbox.addresses import domain_of
from dropbox.filing.identity import thread_ids
from dropbox.filing.originals import Original
from dropbox.mail.message import Mailbox, Message
from dropbox.policy import Policy

if TYPE_CHECKING:
    from dropbox.filing.decision import Decision


class Kind(StrEnum):
    """What a person is."""

    LEAD = "lead"
    CONTACT = "contact"


class Visibility(StrEnum):
    """Who sees what a user captured."""

    TEAM = "team"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Rules:
    """A user's settings: where to search, what to create."""

    search: tuple[Kind, ...] = (Kind.CONTACT, Kind.LEAD)
    create: Kind | None = Kind.LEAD
    """None: nothing is created."""
    visibility: Visibility = Visibility.TEAM
    max_new_people: int = 10


@dataclass(frozen=True, slots=True)
class User:
    """The user whose dropbox address the mail came to."""

    user_id: UUID
    email: str
    active: bool = True
    rules: Rules = Rules()
    proven: frozenset[str] = frozenset()
    """Allowed senders that count, the primary address among them."""
    pending: frozenset[str] = frozenset()
    """Allowed senders still to be proven."""
    codes: Mapping[str, bytes] = field(default_factory=dict)
    """SHA-256 of the code that was mailed to a pending sender and proves it when it comes back."""
    timezone: tzinfo = UTC
    """The user's, else the account's: for dates in forwarded mail that name none."""


@dataclass(frozen=True, slots=True)
class UserAddress:
    """A user of the account who has an address, as primary one or as allowed sender."""

    user_id: UUID
    active: bool
    proven: bool


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person of the account who has an address of the mail."""

    person_id: UUID
    kind: Kind


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A filed message with the identity of the mail."""

    message_id: UUID
    variant: int
    subject: bytes
    text: bytes
    captured: Mapping[UUID, UUID]
    """The delivery by which each user captured it."""
    filed_on: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class HeldMail:
    """An undecided held delivery with the identity of the mail."""

    delivery_id: UUID
    user_id: UUID | None
    reason: str
    held_key: bytes


@dataclass(frozen=True, slots=True)
class KnownThread:
    """A thread in which a mail named a Message-ID, and what that mail was about and with whom."""

    thread_id: UUID
    base_subject: str
    correspondents: frozenset[str]
    position: int = 0
    """Counts the mails that said something new about the Message-ID."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the account knows of the addresses and Message-IDs of a batch of mails."""

    key: bytes = b""
    """The account's key for hashes of what must not be kept."""
    internal: frozenset[str] = frozenset()
    """Internal patterns: addresses, domains, `*.domain`."""
    never_log: Mapping[UUID | None, frozenset[str]] = field(default_factory=dict)
    """Patterns by user; None: for the whole account."""
    users: Mapping[str, tuple[UserAddress, ...]] = field(default_factory=dict)
    people: Mapping[str, tuple[KnownPerson, ...]] = field(default_factory=dict)
    messages: Mapping[bytes, tuple[KnownMessage, ...]] = field(default_factory=dict)
    held: Mapping[bytes, tuple[HeldMail, ...]] = field(default_factory=dict)
    threads: Mapping[str, tuple[KnownThread, ...]] = field(default_factory=dict)
    strangers_by_address: Mapping[UUID, int] = field(default_factory=dict)
    """Mails of strangers held today, by dropbox address."""
    strangers_by_domain: Mapping[str, int] = field(default_factory=dict)
    """The same by the domain they claim to come from."""
    reported: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    """To whom the messages went that delivery reports name, by Message-ID; None: not filed."""
    policy: Policy | None = None
    """What the account has set; None: what the installation has."""
    strange: frozenset[tuple[str, str]] = frozenset()
    """Senders whose last mails were all verified, each with a network it never wrote from."""

    def after(self, decision: Decision) -> Facts:
        """Return the facts that the next mail of the same batch sees."""
        return decision.added_to(self)


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is known about one dropbox address and the correspondents of one mail."""

    user: User | None
    """None for `postmaster`, which has none."""
    mail_domain: str
    facts: Facts
    held_quota: int = 200
    """Mails of strangers that are held a day, for an address and for a sending domain."""
    installation: Policy = Policy.HOLD_FORGED
    """The policy of accounts that have set none."""

    @property
    def policy(self) -> Policy:
        """What the account does about verdicts."""
        return self.facts.policy or self.installation

    def after(self, decision: Decision) -> Standing:
        """Return the standing that the next mail of the same batch sees."""
        return replace(self, facts=self.facts.after(decision))


@dataclass(frozen=True, slots=True)
class Questions:
    """What has to be looked up before a mail can be decided."""

    emails: frozenset[str]
    patterns: frozenset[str]
    """Everything that could stand on an internal or never-log list for one of the emails."""
    thread_ids: tuple[str, ...]
    reported_id: str | None


def questions_of(message: Message, originals: tuple[Original, ...] = ()) -> Questions:
    """Return what to look up for `message` and the `originals` that it forwards."""
    messages = (message, *(one.message for one in originals))
    emails = {mailbox.email for one in messages for mailbox in mailboxes_of(one)}
    if originals:
        emails.update(one.email for original in originals for one in original.message.reply_to)
    if message.report:
        emails.update(message.report.failed)
    names = (name for one in messages for name in thread_ids(one))
    return Questions(
        emails=frozenset(emails),
        patterns=frozenset(pattern for email in emails for pattern in patterns_for(email)),
        thread_ids=tuple(dict.fromkeys(names)),
        reported_id=message.report.rfc_message_id if message.report else None,
    )


def mailboxes_of(message: Message) -> tuple[Mailbox, ...]:
    """Return everybody that a message names as its author or receiver."""
    author = (message.author,) if message.author else ()
    return (*author, *message.authors, *message.to, *message.cc, *message.bcc)


def patterns_for(email: str) -> Iterable[str]:
    """Yield every list entry that covers a canonical address.

    The address, its domain, and `*.` before each domain above it: `*.example.com` covers
    `a.example.com` and `b.a.example.com`, not `example.com`.
    """
    yield email
    domain = domain_of(email)
    if not domain:
        return
    yield domain
    while dot := domain.find(".") + 1:
        domain = domain[dot:]
        yield f"*.{domain}"


def is_listed(email: str, patterns: frozenset[str]) -> str | None:
    """Return the pattern that covers `email`, or None."""
    if not patterns:
        return None
    return next((pattern for pattern in patterns_for(email) if pattern in patterns), None)
