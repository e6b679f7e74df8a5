"""What was decided about one mail at one dropbox address: everything the ledger has to write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from dropbox.addresses import domain_of
from dropbox.envelope import Envelope, Recipient
from dropbox.filing.correspondents import Action, Correspondent
from dropbox.filing.identity import held_key_of, identity_of, subject_digest
from dropbox.filing.originals import Original, originals_of
from dropbox.filing.outcomes import OUTCOMES, Outcome, Reason
from dropbox.filing.standing import (
    Facts,
    HeldMail,
    KnownMessage,
    KnownPerson,
    Visibility,
)
from dropbox.filing.threads import ThreadPlan
from dropbox.mail.message import Message
from dropbox.trust.verdict import NOTHING_KNOWN, Evidence, Verdict

K = TypeVar("K")
V = TypeVar("V")


class Direction(StrEnum):
    """Whose mail it was."""

    OUTGOING = "outgoing"
    INCOMING = "incoming"


@dataclass(frozen=True, slots=True)
class Release:
    """A person's decision about a held mail."""

    passes: frozenset[Reason]
    """The gates that people have let it through, now and before."""
    raw_id: UUID
    """Where its bytes are kept already."""
    person: KnownPerson | None = None
    """Whom it was assigned to: then it passes every gate and is filed there alone."""
    email: str = ""
    """The address under which it is filed on `person`."""
    anew: bool = False
    """Whether nobody decided: something else has changed, such as an address that was gained."""
    settled: Mapping[UUID, frozenset[str]] | None = None
    """Of mail that is read anew: the addresses of its messages that were decided on before."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One mail at one dropbox address, read and judged, about to be decided."""

    mail_id: UUID
    """Minted once for an envelope; every other identifier is derived from it."""
    delivery_id: UUID
    recipient: Recipient
    envelope: Envelope
    message: Message
    evidence: Evidence = NOTHING_KNOWN
    release: Release | None = None
    """Of a `released` mail; `delivery_id` is then the held one's."""
    identity: bytes = field(init=False)
    """Of the message, worked out once: everything that is looked up is looked up by it."""
    originals: tuple[Original, ...] = field(init=False)
    """What is forwarded in it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "identity", identity_of(self.message))
        object.__setattr__(self, "originals", originals_of(self.message))

    @property
    def verdict(self) -> Verdict:
        return self.evidence.verdict


@dataclass(frozen=True, slots=True)
class Step:
    """One question of the road and its answer, for `why` and `explain`."""

    step: str
    result: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The end of the road before writing: of the mail, or of an original forwarded in it."""

    arrival: Arrival
    reason: Reason
    original: Original | None = None
    """What was forwarded, when that is what the mail is recorded for."""
    direction: Direction | None = None
    correspondents: tuple[Correspondent, ...] = ()
    message_id: UUID | None = None
    """The message that it is, new or known; None unless filed."""
    is_new_message: bool = False
    is_new_capture: bool = False
    """False of a released mail that was filed in part: its user has captured it already."""
    variant: int = 0
    """Above 0: another message under an identity that was already taken."""
    visibility: Visibility = Visibility.TEAM
    thread: ThreadPlan | None = None
    filings: tuple[tuple[UUID, str], ...] = ()
    """Person and address, for each timeline that the message is not on yet."""
    duplicate_of: UUID | None = None
    resolves: tuple[UUID, ...] = ()
    """Held deliveries of the same mail that this filing settles."""
    bouncing: tuple[str, ...] = ()
    proves: str = ""
    """A pending sender of the user that this mail proves."""
    masked: frozenset[str] = frozenset()
    """Addresses on a never-log list: not filed on, and shown to nobody."""
    note: str = ""
    steps: tuple[Step, ...] = ()
    further: tuple[Decision, ...] = ()
    """Of several attached originals the others that are recorded, each a message of its own."""

    @property
    def message(self) -> Message:
        """What a timeline shows: the original where one was forwarded, else the mail itself."""
        is_read = self.original and self.reason is not Reason.FORWARD_UNCLEAR
        return self.original.message if self.original and is_read else self.arrival.message

    @property
    def identity(self) -> bytes:
        """The identity of `message`."""
        return self.original.identity if self.original else self.arrival.identity

    @property
    def path(self) -> str:
        """Part number of the attached original that this is about; else empty."""
        return self.original.path if self.original else ""

    @property
    def comment(self) -> str | None:
        """What the user wrote above a forwarded original."""
        comment = self.original.forwarded.comment if self.original else ""
        return comment or None

    @property
    def messages(self) -> tuple[Decision, ...]:
        """This and the further ones: one for each message."""
        return (self, *self.further)

    @property
    def everybody(self) -> tuple[Correspondent, ...]:
        """The correspondents of all messages, each once; who is filed on somewhere, as such."""
        found: dict[str, Correspondent] = {}
        for one in (person for each in self.messages for person in each.correspondents):
            before = found.get(one.email)
            if before is None or (before.action is Action.SKIP and one.action is not Action.SKIP):
                found[one.email] = one
        return tuple(found[email] for email in sorted(found))

    @property
    def outcome(self) -> Outcome:
        return OUTCOMES[self.reason].outcome

    @property
    def is_filed(self) -> bool:
        return self.outcome is Outcome.FILED

    @property
    def filed_on(self) -> tuple[Correspondent, ...]:
        """The correspondents that it is filed on, known and new."""
        return tuple(one for one in self.correspondents if one.action is not Action.SKIP)

    @property
    def waiting(self) -> tuple[Correspondent, ...]:
        """The correspondents nobody was found or created for."""
        return tuple(one for one in self.correspondents if one.action is Action.SKIP)

    def added_to(self, facts: Facts) -> Facts:
        """Return `facts` as they are once this decision is written."""
        if self.is_filed:
            for one in self.messages:
                facts = one._filed_added_to(facts)  # noqa: SLF001 - a decision like this one
            return facts
        if self.outcome is Outcome.HELD:
            identity = self.arrival.identity
            held = HeldMail(
                self.arrival.delivery_id,
                self.arrival.recipient.user_id,
                self.reason,
                held_key_of(self.arrival.message),
            )
            return self._stranger_added_to(
                replace(facts, held=_with(facts.held, {identity: (held,)}))
            )
        return facts

    def _stranger_added_to(self, facts: Facts) -> Facts:
        author, address_id = self.arrival.message.author, self.arrival.recipient.address_id
        if self.reason is not Reason.SENDER_NOT_ALLOWED or author is None or address_id is None:
            return facts
        return replace(
            facts,
            strangers_by_address=_counted(facts.strangers_by_address, address_id),
            strangers_by_domain=_counted(facts.strangers_by_domain, domain_of(author.email)),
        )

    def _filed_added_to(self, facts: Facts) -> Facts:
        people = {
            one.email: (KnownPerson(one.person_id, one.kind),)
            for one in self.correspondents
            if one.action is Action.CREATE and one.person_id and one.kind
        }
        return replace(
            facts,
            people=_with(facts.people, people),
            messages=self._messages_after(facts),
            held=self._held_after(facts),
            threads=self.thread.added_to(facts.threads) if self.thread else facts.threads,
            reported=self._reported_after(facts),
        )

    def _reported_after(self, facts: Facts) -> Mapping[str, frozenset[str] | None]:
        message = self.message
        name = message.rfc_message_id or ""
        if name not in facts.reported:
            return facts.reported
        here = {one.email for one in (*message.to, *message.cc, *message.bcc)}
        return {**facts.reported, name: (facts.reported[name] or frozenset()) | here}

    def _messages_after(self, facts: Facts) -> Mapping[bytes, tuple[KnownMessage, ...]]:
        user_id, message_id = self.arrival.recipient.user_id, self.message_id
        if not user_id or not message_id:
            return facts.messages
        identity = self.identity
        known = {one.message_id: one for one in facts.messages.get(identity, ())}
        print_ = self.message.fingerprint
        before = known.get(message_id) or KnownMessage(
            message_id, self.variant, subject_digest(print_), print_.text, {}, frozenset()
        )
        people = (one.person_id for one in self.filed_on if one.person_id)
        known[message_id] = replace(
            before,
            captured={**before.captured, user_id: self.arrival.delivery_id},
            filed_on=before.filed_on.union(people),
        )
        return {**facts.messages, identity: tuple(known.values())}

    def _held_after(self, facts: Facts) -> Mapping[bytes, tuple[HeldMail, ...]]:
        if not self.resolves:
            return facts.held
        identity = self.arrival.identity
        left = (one for one in facts.held.get(identity, ()) if one.delivery_id not in self.resolves)
        return {**facts.held, identity: tuple(left)}


def _counted(counts: Mapping[K, int], key: K) -> Mapping[K, int]:
    return {**counts, key: counts.get(key, 0) + 1}


def _with(
    before: Mapping[K, tuple[V, ...]], more: Mapping[K, tuple[V, ...]]
) -> Mapping[K, tuple[V, ...]]:
    return {**before, **{key: (*before.get(key, ()), *values) for key, values in more.items()}}
