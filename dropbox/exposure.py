"""Dropbox addresses that stand in a mail itself, where none belongs: masked before it is kept.

Only the raw mail keeps them, byte for byte. Everything else that is shown, written or decided on
knows whose address stood there, and not the secret in it.
"""

from __future__ import annotations

from dataclasses import replace

from dropbox.addresses import conceal, conceal_envelope
from dropbox.filing.decision import Arrival
from dropbox.mail.message import Forwarded, Mailbox, Message


def concealed(message: Message, mail_domain: str) -> Message:
    """Return the message with every dropbox address at `mail_domain` in it masked."""

    def text(value: str) -> str:
        return conceal(value, mail_domain)

    def mailboxes(several: tuple[Mailbox, ...]) -> tuple[Mailbox, ...]:
        return tuple(Mailbox(text(one.email), text(one.name)) for one in several)

    def original(one: Forwarded) -> Forwarded:
        return replace(
            one,
            author=mailboxes((one.author,))[0] if one.author else None,
            from_text=text(one.from_text),
            to=mailboxes(one.to),
            cc=mailboxes(one.cc),
            reply_to=mailboxes(one.reply_to),
            subject=text(one.subject),
            text=text(one.text),
            comment=text(one.comment),
            message=concealed(one.message, mail_domain) if one.message else None,
        )

    start, end = message.reply
    if not _exposes(message, mail_domain):
        return message
    before, reply, after = (
        text(piece) for piece in (message.text[:start], message.text[start:end], message.text[end:])
    )
    return replace(
        message,
        author=mailboxes((message.author,))[0] if message.author else None,
        authors=mailboxes(message.authors),
        from_text=text(message.from_text),
        to=mailboxes(message.to),
        cc=mailboxes(message.cc),
        bcc=mailboxes(message.bcc),
        reply_to=mailboxes(message.reply_to),
        subject=text(message.subject),
        text=before + reply + after,
        reply=(len(before), len(before) + len(reply)),
        attachments=tuple(replace(one, filename=text(one.filename)) for one in message.attachments),
        forwarded=tuple(original(one) for one in message.forwarded),
    )


def _exposes(message: Message, mail_domain: str) -> bool:
    mailboxes = (*message.authors, *message.to, *message.cc, *message.bcc, *message.reply_to)
    texts = [
        message.text,
        message.subject,
        message.from_text,
        *(text for one in mailboxes for text in (one.email, one.name)),
        *(one.filename for one in message.attachments),
        *(text for one in message.forwarded for text in _texts(one)),
    ]
    # One search: no address goes over a line end.
    joined = "\n".join(texts)
    if conceal(joined, mail_domain) != joined:
        return True
    return any(one.message and _exposes(one.message, mail_domain) for one in message.forwarded)


def _texts(one: Forwarded) -> tuple[str, ...]:
    author = (one.author,) if one.author else ()
    mailboxes = (*author, *one.to, *one.cc, *one.reply_to)
    named = (text for mailbox in mailboxes for text in (mailbox.email, mailbox.name))
    return (one.from_text, one.subject, one.text, one.comment, *named)


def concealed_arrival(arrival: Arrival, mail_domain: str) -> Arrival:
    """Return the arrival with its message, and what the peer said of itself, masked likewise."""
    message, envelope = concealed(arrival.message, mail_domain), arrival.envelope
    said = (envelope.mail_from, envelope.helo)
    mail_from, helo = (conceal_envelope(one, mail_domain) for one in said)
    if message is not arrival.message:
        arrival = replace(arrival, message=message)
    if (mail_from, helo) != (envelope.mail_from, envelope.helo):
        arrival = replace(arrival, envelope=replace(envelope, mail_from=mail_from, helo=helo))
    return arrival
