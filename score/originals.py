"""Forwards and replies, read by ours and by the libraries for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from emailforwardparser import forward_parser
from mailparser_reply.constants import MAIL_LANGUAGES
from mailparser_reply.parser import EmailReplyParser

from dropbox.mail.forwards import BAR
from dropbox.mail.message import Mailbox
from dropbox.mail.read import read
from score.folder import Case

FORWARD_LIBRARY = "email-forward-parser"
REPLY_LIBRARY = "mail-parser-reply"


@dataclass(frozen=True, slots=True)
class Original:
    """What a reader found forwarded."""

    forwarded: bool
    subject: str = ""
    author: Mailbox | None = None
    from_text: str = ""
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    sent_at: datetime | None = None
    comment: str = ""


def our_forward(case: Case) -> Original:
    """Below the bar a person is asked, so that is no reading."""
    message = read(case.raw)
    if not message.forwarded or message.forwarded[0].confidence < BAR:
        return Original(forwarded=False)
    found = message.forwarded[0]
    return Original(
        True,
        found.subject,
        found.author,
        found.from_text,
        found.to,
        found.cc,
        found.sent_at,
        found.comment,
    )


def library_forward(case: Case) -> Original:
    """Its dates are texts, and compared as none."""
    found = forward_parser.get_forwarded_metadata(case.body, case.subject)
    author = found.email.from_
    return Original(
        found.forwarded,
        found.email.subject,
        Mailbox(author.address, author.name) if author.address else None,
        author.name,
        tuple(Mailbox(one.address, one.name) for one in found.email.to),
        tuple(Mailbox(one.address, one.name) for one in found.email.cc),
        None,
        found.message,
    )


def our_reply(case: Case) -> str:
    message = read(case.raw)
    start, end = message.reply
    return message.text[start:end]


def library_reply(case: Case) -> str:
    return _replies().parse_reply(case.body) or ""


@cache
def _replies() -> EmailReplyParser:
    """With every language that it knows, as mail does not say which one it is in."""
    return EmailReplyParser(languages=[one for one in MAIL_LANGUAGES if len(one) == 2])
