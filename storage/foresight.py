"""What would become of a mail, as a document."""

from __future__ import annotations

from datetime import UTC

from dropbox.filing.decision import Decision
from dropbox.filing.originals import Original, originals_of
from dropbox.filing.outcomes import OUTCOMES, Reason
from dropbox.filing.standing import is_listed
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


def waiting(message: Message, never_log: frozenset[str]) -> Document:
    """Return what was read of a mail that waits for a decision, for who is to take it.

    Of several that seem to be forwarded in it the first is shown; its date is as it was read: of a
    mail nobody has decided on, no time zone is known. Addresses that `never_log`, a list of
    patterns, covers stay unnamed.
    """
    original = next((one.shown(UTC) for one in originals_of(message)), None)
    return {
        "to": [_named(one, never_log) for one in message.to],
        "cc": [_named(one, never_log) for one in message.cc],
        "original": read_original(original, never_log),
        "message": read_message(message),
    }


def _named(mailbox: Mailbox, masked: frozenset[str]) -> Document:
    hidden = is_listed(mailbox.email, masked) is not None
    return address(None if hidden else mailbox.name, None if hidden else mailbox.email)


def read_original(
    original: Original | None, masked: frozenset[str] = frozenset()
) -> Document | None:
    """Return what was read of a forwarded original.

    Addresses that `masked` holds, or has a pattern for, stay unnamed.
    """
    if original is None:
        return None
    read = original.forwarded
    return {
        "from": _named(read.author, masked) if read.author else address(None, None),
        "to": [_named(one, masked) for one in read.to],
        "cc": [_named(one, masked) for one in read.cc],
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
            }
            for part in message.attachments
        ],
    }
