"""What would become of a mail, as a document."""

from __future__ import annotations

from datetime import UTC

from dropbox.filing.decision import Decision
from dropbox.filing.originals import Original, originals_of
from dropbox.filing.outcomes import OUTCOMES, Reason
from dropbox.mail.message import Mailbox, Message
from storage.documents import Document, address, instant_or_null


def foreseen(decision: Decision) -> Document:
    """Return what the contract says of a decision that was not written, for JSON."""
    arrival = decision.arrival
    return {
        **_end(decision.reason),
        "direction": decision.direction and str(decision.direction),
        "sender": _sender(arrival.message),
        "verdict": str(arrival.verdict),
        "correspondents": [
            {
                "email": one.email,
                "name": one.name or None,
                "action": str(one.action),
                "kind": one.kind and str(one.kind),
                "why": str(one.why),
            }
            for one in decision.everybody
        ],
        "original": read_original(decision.original, decision.masked),
        "message": read_message(decision.message, decision.comment),
    }


def refused(reason: Reason, message: Message) -> Document:
    """Return the same document about a mail that would not come as far as a decision."""
    return {
        **_end(reason),
        "direction": None,
        "sender": _sender(message),
        "verdict": None,
        "correspondents": [],
        "original": None,
        "message": read_message(message),
    }


def _end(reason: Reason) -> Document:
    return {"outcome": str(OUTCOMES[reason].outcome), "reason": str(reason)}


def _sender(message: Message) -> str | None:
    return message.author.email if message.author else message.from_text or None


def first_original(message: Message) -> Document | None:
    """Return what seems to be forwarded in a mail that waits for a decision, the first of several.

    Its date is as it was read: of a mail nobody has decided on, no time zone is known.
    """
    originals = originals_of(message)
    return read_original(originals[0].shown(UTC)) if originals else None


def read_original(
    original: Original | None, masked: frozenset[str] = frozenset()
) -> Document | None:
    """Return what was read of a forwarded original; addresses that are `masked` stay unnamed."""
    if original is None:
        return None
    read = original.forwarded

    def named(mailbox: Mailbox) -> Document:
        hidden = mailbox.email in masked
        return address(None if hidden else mailbox.name, None if hidden else mailbox.email)

    return {
        "from": named(read.author) if read.author else address(None, None),
        "to": [named(one) for one in read.to],
        "cc": [named(one) for one in read.cc],
        "subject": read.subject,
        "sent_at": instant_or_null(original.message.sent_at),
        "confidence": round(read.confidence, 3),
    }


def read_message(message: Message, comment: str | None = None) -> Document:
    """Return what was read of a mail, recorded or not."""
    start, end = message.reply
    return {
        "subject": message.subject,
        "sent_at": instant_or_null(message.sent_at),
        "text": message.text,
        "reply": message.text[start:end],
        "comment": comment,
        "attachments": [
            {
                "filename": part.filename,
                "content_type": part.content_type,
                "size": part.size,
                "inline": part.inline,
                "path": part.path,
                "detected_type": part.detected_type or None,
                "decoration": part.decoration,
            }
            for part in message.attachments
        ],
    }
