"""Decisions as rows, for one insert of a whole batch."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dropbox.addresses import canonical, domain_of, masked
from dropbox.content import Content
from dropbox.filing.correspondents import Action
from dropbox.filing.decision import Decision
from dropbox.filing.identity import held_key_of, masked_hash, subject_digest
from dropbox.filing.outcomes import OUTCOMES, Kept, Outcome, Reason
from dropbox.filing.people import NewPerson, new_person
from dropbox.ids import derive
from dropbox.mail.message import Mailbox, Message
from dropbox.trust.verdict import Verdict
from storage.evidence import to_json
from storage.storable import storable

SHORT_LIVED = timedelta(days=30)
"""How long mail is kept that is not recorded."""

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class RawMail:
    """A raw mail to be kept: the whole of it, or its headers."""

    content: Content
    size: int
    received_at: datetime
    expires_at: datetime | None


@dataclass(slots=True)
class Batch:
    """The rows of a batch by table, and the raw mails that they point to, by account and id."""

    mail_domain: str
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    raws: dict[tuple[UUID, UUID], RawMail] = field(default_factory=dict)

    def add(self, decision: Decision, key: bytes) -> None:
        """Add everything that `decision` writes; `key` is the account's."""
        if decision.reason is Reason.NEVER_LOG:
            if decision.arrival.release is None:
                self.rows["delivery"].append(_masked_delivery(decision, key))
            return
        if release := decision.arrival.release:
            # Its delivery and its bytes are there already: the ledger changes the one row.
            raw_id: UUID | None = release.raw_id
            if OUTCOMES[decision.reason].kept is Kept.HEADERS:
                self._headers(decision, derive(decision.arrival.delivery_id, "headers"))
        else:
            raw_id = self._raw(decision)
            self.rows["delivery"].append(_delivery(decision, raw_id, self.mail_domain))
        for one in decision.messages:
            if one.is_filed:
                self._filed(one, raw_id)
            if one.outcome in {Outcome.FILED, Outcome.HELD}:
                self._waiting(one)

    def add_to_filed(self, decision: Decision, raw_id: UUID) -> None:
        """Add what a mail that is filed already brings beyond that: people, messages, who waits."""
        self._filed(decision, raw_id)
        self._waiting(decision)

    def add_read(self, decision: Decision) -> None:
        """Add the rows that are made of what was read of a message, and of nothing else."""
        account_id = decision.arrival.recipient.account_id
        self._participants(decision, account_id)
        self._parts(decision, account_id)

    def _raw(self, decision: Decision) -> UUID | None:
        kept = OUTCOMES[decision.reason].kept
        is_new = any(one.is_new_message for one in decision.messages)
        if kept is Kept.ROW or (decision.is_filed and not is_new):
            return None
        arrival = decision.arrival
        content, received_at = arrival.envelope.content, arrival.envelope.received_at
        raw_id, size, expires_at = arrival.mail_id, content.size, None
        if kept is Kept.HEADERS:
            return self._headers(decision, derive(raw_id, "headers"))
        if decision.reason is Reason.INTERNAL_ONLY:
            raw_id, expires_at = derive(raw_id, "short-lived"), received_at + SHORT_LIVED
        self.raws[arrival.recipient.account_id, raw_id] = RawMail(
            content, size, received_at, expires_at
        )
        return raw_id

    def _headers(self, decision: Decision, raw_id: UUID) -> UUID:
        arrival = decision.arrival
        content, received_at = arrival.envelope.content, arrival.envelope.received_at
        size = min(content.size, arrival.message.header_bytes)
        self.raws[arrival.recipient.account_id, raw_id] = RawMail(content, size, received_at, None)
        return raw_id

    def _filed(self, decision: Decision, raw_id: UUID | None) -> None:
        arrival = decision.arrival
        account_id = arrival.recipient.account_id
        if decision.is_new_message:
            self._thread(decision, account_id)
            self.rows["message"].append(_message(decision, raw_id))
            self._participants(decision, account_id)
            self._parts(decision, account_id)
        self._people(decision, account_id)
        if decision.is_new_capture:
            self.rows["capture"].append(_capture(decision, self.mail_domain))
        at = timeline_at(decision.message, arrival.envelope.received_at)
        self.rows["filing"].extend(
            (account_id, person_id, decision.message_id, email, at, arrival.delivery_id)
            for person_id, email in decision.filings
        )

    def _thread(self, decision: Decision, account_id: UUID) -> None:
        plan = decision.thread
        if plan is None:
            return
        if plan.is_new:
            self.rows["thread"].append((account_id, plan.thread_id))
        correspondents = json.dumps(plan.correspondents)
        self.rows["thread_message_id"].extend(
            (account_id, name, position, plan.thread_id, plan.base_subject, correspondents)
            for name, position in plan.new_places
        )

    def _participants(self, decision: Decision, account_id: UUID) -> None:
        message = decision.message
        author = (message.author,) if message.author else ()
        listed = (
            ("from", author),
            ("to", message.to),
            ("cc", message.cc),
            ("reply_to", message.reply_to),
        )
        position = 0
        for role, mailboxes in listed:
            for mailbox in mailboxes:
                named = _named(mailbox, decision, self.mail_domain)
                row = (account_id, decision.message_id, position, role)
                self.rows["participant"].append((*row, named["email"], named["name"]))
                position += 1

    def _parts(self, decision: Decision, account_id: UUID) -> None:
        self.rows["part"].extend(
            (
                account_id,
                decision.message_id,
                part.path,
                part.filename,
                part.content_type,
                part.size,
                part.sha256,
                part.inline,
                part.content_id,
                part.detected_type,
                part.decoration,
            )
            for part in decision.message.attachments
        )

    def _people(self, decision: Decision, account_id: UUID) -> None:
        created_at = decision.arrival.envelope.received_at
        for one in decision.correspondents:
            if one.action is not Action.CREATE:
                continue
            new = new_person(one, decision)
            self.rows["person"].append(
                (
                    account_id,
                    new.person_id,
                    str(new.kind),
                    new.name,
                    new.family_name,
                    new.given_name,
                    new.company,
                    new.source,
                    as_read(new),
                    created_at,
                )
            )
            self.rows["person_email"].append((account_id, new.email, str(new.kind), new.person_id))

    def _waiting(self, decision: Decision) -> None:
        self.rows["waiting"].extend(
            (
                decision.arrival.recipient.account_id,
                decision.arrival.delivery_id,
                one.email,
                decision.path if decision.is_filed else "",
                decision.message_id,
                one.name,
                str(one.why),
            )
            for one in decision.waiting
        )


def timeline_at(message: Message, received_at: datetime) -> datetime:
    """The earlier of Date and arrival: a Date in the future cannot pin a mail on top."""
    return min(message.sent_at, received_at) if message.sent_at else received_at


def _capture(decision: Decision, mail_domain: str) -> Row:
    arrival = decision.arrival
    return (
        arrival.recipient.account_id,
        decision.message_id,
        arrival.recipient.user_id,
        arrival.delivery_id,
        str(decision.visibility),
        arrival.envelope.received_at,
        json.dumps([_named(one, decision, mail_domain) for one in decision.message.bcc]),
        decision.comment,
    )


def _named(mailbox: Mailbox, decision: Decision, mail_domain: str) -> dict[str, str | None]:
    if mailbox.email in decision.masked:
        return {"name": None, "email": None}
    if domain_of(mailbox.email) == mail_domain:
        # Whoever reads the timeline must not learn a colleague's secret from it.
        return {"name": None, "email": masked(mailbox.email)}
    return {"name": mailbox.name or None, "email": mailbox.email}


def original_json(decision: Decision) -> str | None:
    """Return `message.original`: where it was forwarded, and how surely it was read."""
    if decision.original is None:
        return None
    confidence = round(decision.original.forwarded.confidence, 3)
    return json.dumps({"path": decision.original.path, "confidence": confidence})


def as_read(person: NewPerson) -> str:
    """Return `person.as_read`."""
    return json.dumps([person.name, person.family_name, person.given_name, person.company])


def _message(decision: Decision, raw_id: UUID | None) -> Row:
    arrival, message = decision.arrival, decision.message
    received_at = arrival.envelope.received_at
    return (
        arrival.recipient.account_id,
        decision.message_id,
        decision.identity,
        decision.variant,
        subject_digest(message.fingerprint),
        message.fingerprint.text,
        message.rfc_message_id,
        decision.direction and str(decision.direction),
        message.subject,
        message.sent_at,
        received_at,
        timeline_at(message, received_at),
        message.text,
        *message.reply,
        original_json(decision),
        message.has_html,
        message.automatic,
        json.dumps(message.notes),
        decision.thread and decision.thread.thread_id,
        raw_id,
    )


def _delivery(decision: Decision, raw_id: UUID | None, mail_domain: str) -> Row:
    arrival, message = decision.arrival, decision.arrival.message
    held = decision.outcome is Outcome.HELD
    readable = decision.reason is not Reason.UNREADABLE
    return (
        arrival.recipient.account_id,
        arrival.delivery_id,
        arrival.recipient.user_id,
        arrival.recipient.address_id,
        str(decision.outcome),
        str(decision.reason),
        arrival.envelope.received_at,
        str(arrival.envelope.authority),
        str(arrival.verdict),
        arrival.envelope.peer,
        storable(arrival.envelope.helo),
        _mail_from(decision, mail_domain),
        storable(arrival.recipient.suffix),
        decision.direction and str(decision.direction),
        message.rfc_message_id if readable else None,
        _sender(decision, mail_domain) if readable else None,
        message.subject if readable else None,
        arrival.identity,
        held_key_of(message) if held else None,
        raw_id,
        decision.duplicate_of,
        decision.note,
        steps_json(decision),
        to_json(arrival.evidence, decision.masked),
    )


def shown_in_lists(decision: Decision, mail_domain: str) -> tuple[str | None, str]:
    """Return sender and subject of a delivery."""
    return _sender(decision, mail_domain), decision.arrival.message.subject


def _masked_delivery(decision: Decision, key: bytes) -> Row:
    """Time, user, pattern and a keyed hash, and nothing else."""
    arrival = decision.arrival
    nothing = ""
    return (
        arrival.recipient.account_id,
        arrival.delivery_id,
        arrival.recipient.user_id,
        arrival.recipient.address_id,
        str(decision.outcome),
        str(decision.reason),
        arrival.envelope.received_at,
        str(arrival.envelope.authority),
        str(Verdict.UNVERIFIED),
        *(nothing,) * 4,
        *(None,) * 4,
        masked_hash(arrival.message, key),
        *(None,) * 3,
        decision.note,
        "[]",
        None,
    )


def _sender(decision: Decision, mail_domain: str) -> str | None:
    message = decision.arrival.message
    if message.author:
        return _shown(message.author.email, decision, mail_domain)
    if decision.masked or any(domain_of(one.email) == mail_domain for one in message.authors):
        shown = (_shown(one.email, decision, mail_domain) for one in message.authors)
        return ", ".join(one for one in shown if one) or None
    return message.from_text or None


def _mail_from(decision: Decision, mail_domain: str) -> str:
    written = decision.arrival.envelope.mail_from
    email = canonical(written)
    if email in decision.masked or domain_of(email) == mail_domain:
        return _shown(email, decision, mail_domain) or ""
    # Rewritten by a forwarder (SRS) it still names whom it must not.
    if any(all(part in email for part in one.split("@")) for one in decision.masked):
        return ""
    return storable(written)


def _shown(email: str, decision: Decision, mail_domain: str) -> str | None:
    """An address as it may stand in a row: not at all, masked, or as it is."""
    if email in decision.masked:
        return None
    return masked(email) if domain_of(email) == mail_domain else email


def steps_json(decision: Decision) -> str:
    """Return the questions and answers of a decision as they stand in `delivery.steps`."""
    return json.dumps(
        [
            {"step": one.step, "result": one.result, "detail": storable(one.detail)}
            for one in decision.steps
        ]
    )
