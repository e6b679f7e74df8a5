"""What would become of a mail, as a document."""

from __future__ import annotations

from dropbox.filing.decision import Decision
from dropbox.filing.outcomes import OUTCOMES, Reason
from dropbox.mail.message import Message
from storage.documents import Document, instant_or_null


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
            for one in decision.correspondents
        ],
        "original": None,
        "message": read_message(arrival.message),
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


def read_message(message: Message) -> Document:
    """Return what was read of a mail, recorded or not."""
    start, end = message.reply
    return {
        "subject": message.subject,
        "sent_at": instant_or_null(message.sent_at),
        "text": message.text,
        "reply": message.text[start:end],
        "comment": None,
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
