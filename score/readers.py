"""The readers that are compared, each brought to one value."""

from __future__ import annotations

import email
import email.policy
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any

import fast_mail_parser

from dropbox.mail.message import Mailbox
from dropbox.mail.read import read

OURS = "bcc-dropbox"
STANDARD = "policy.default"
FAST = "fast-mail-parser"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader says of a mail."""

    subject: str
    authors: tuple[Mailbox, ...]
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    reply_to: tuple[Mailbox, ...]
    sent_at: datetime | None
    text: str
    files: tuple[tuple[str, str], ...]
    """Name and content type of each attachment."""

    def shown(self) -> tuple[str, ...]:
        """Return every string that a person would get to see."""
        boxes = (*self.authors, *self.to, *self.cc, *self.reply_to)
        names = [box.name for box in boxes]
        return (self.subject, *names, *(name for name, _ in self.files), self.text)


def ours(raw: bytes) -> Reading:
    message = read(raw)
    return Reading(
        message.subject,
        (message.author,) if message.author else message.authors,
        message.to,
        message.cc,
        message.reply_to,
        message.sent_at,
        message.text,
        tuple((part.filename, part.content_type) for part in message.attachments),
    )


def standard_library(raw: bytes) -> Reading:
    """Read as its documentation shows; files are decoded and their checksums taken, as in ours."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    body = mail.get_body(("plain", "html"))
    files = []
    for part in mail.walk():
        if part is not body and (part.get_filename() or part.is_attachment()):
            _checksum(part.get_content())
            files.append((part.get_filename() or "", part.get_content_type()))
    date = mail["date"]
    return Reading(
        str(mail["subject"] or ""),
        _standard_boxes(mail, "from"),
        _standard_boxes(mail, "to"),
        _standard_boxes(mail, "cc"),
        _standard_boxes(mail, "reply-to"),
        date.datetime if date else None,
        body.get_content() if body else "",
        tuple(files),
    )


def _checksum(content: object) -> None:
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    if isinstance(data, bytes):
        hashlib.sha256(data).digest()


def _standard_boxes(mail: EmailMessage, name: str) -> tuple[Mailbox, ...]:
    return tuple(
        Mailbox(one.addr_spec, one.display_name)
        for header in mail.get_all(name, [])
        for one in header.addresses
    )


def fast_parser(raw: bytes) -> Reading:
    mail = fast_mail_parser.parse_email(raw)
    texts = mail.text_plain or mail.text_html
    for file in mail.attachments:
        _checksum(file.content)
    return Reading(
        mail.subject,
        _fast_boxes([mail.from_] if mail.from_ else []),
        _fast_boxes(mail.to),
        _fast_boxes(mail.cc),
        _fast_boxes(mail.reply_to),
        mail.date_parsed,
        "\n".join(texts),
        tuple((one.filename, one.mimetype) for one in mail.attachments),
    )


def _fast_boxes(found: Iterable[Any]) -> tuple[Mailbox, ...]:
    return tuple(Mailbox(one.address, one.display_name or "") for one in found)


READERS: dict[str, Callable[[bytes], Reading]] = {
    OURS: ours,
    STANDARD: standard_library,
    FAST: fast_parser,
}
