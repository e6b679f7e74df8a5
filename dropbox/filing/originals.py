"""Forwarded originals, each as a mail of its own: what is decided on, recorded and shown.

An attached original has the identity that it would have had if it had come itself, so that both
copies meet as one message. One that a mail client wrote into the body has its own kind of
identity: author, minute, subject and text are all that is left of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from hashlib import sha256

from dropbox.filing.identity import identity_of, identity_of_written
from dropbox.mail import quoted
from dropbox.mail.message import Fingerprint, Forwarded, Message, Part

MAX_ADDRESSES = 5_000
"""In all originals of a mail. With more of them it is not for a program to say whose mail it is."""
MAX_COMPARED_CHARS = 100_000
"""So much of a text tells it from others."""


@dataclass(frozen=True, slots=True)
class Original:
    """A forwarded original."""

    forwarded: Forwarded
    """As it was read."""
    message: Message
    """As a mail of its own; the paths of its attachments lead into the mail that brought it."""
    identity: bytes
    thread_subject: str
    """What it is compared with other mails by: of one in the body the subject of the mail."""

    @property
    def path(self) -> str:
        """Part number of an attached original; empty for one in the body."""
        return self.forwarded.path

    @property
    def is_attached(self) -> bool:
        return self.forwarded.message is not None

    def shown(self, zone: tzinfo) -> Original:
        """Return it as a timeline shows it.

        A date that names no time zone is one in `zone`; of a text in the body the newly written
        part is told apart from what it quotes.
        """
        if self.is_attached:
            return self
        at = self.forwarded.sent_at and _instant(self.forwarded.sent_at, zone)
        new = quoted.read(self.message.text)
        return replace(
            self,
            forwarded=replace(self.forwarded, sent_at=at),
            message=replace(self.message, sent_at=at, reply=(new.start, new.end)),
        )


def originals_of(message: Message) -> tuple[Original, ...]:
    """Return what is forwarded in `message`, in the order in which it stands there."""
    forwarded = message.forwarded
    if sum(map(_addresses, forwarded)) > MAX_ADDRESSES:
        forwarded = (_unreadable(forwarded[0]),)
    found = [
        _attached(one, one.message) if one.message is not None else _written(one, message)
        for one in forwarded
    ]
    return _with_files(found, message)


def _addresses(one: Forwarded) -> int:
    return len(one.to) + len(one.cc) + len(one.reply_to)


def _unreadable(one: Forwarded) -> Forwarded:
    """Return no more of an original than can be shown to whoever decides about it."""
    return replace(one, to=(), cc=(), reply_to=(), confidence=0.0, message=None, path="")


def _attached(forwarded: Forwarded, message: Message) -> Original:
    inside = tuple(_moved(part, forwarded.path) for part in message.attachments)
    reply_to = tuple(dict.fromkeys((*message.reply_to, *forwarded.reply_to)))
    return Original(
        forwarded,
        replace(message, attachments=inside, reply_to=reply_to),
        identity_of(message),
        message.subject,
    )


def _moved(part: Part, path: str) -> Part:
    return replace(part, path=f"{path}.{part.path}") if path else part


def _written(forwarded: Forwarded, outer: Message) -> Original:
    author = forwarded.author
    print_ = Fingerprint(
        date=_minute(forwarded.sent_at),
        subject=" ".join(forwarded.subject.split()).encode("utf-8", "replace"),
        text=sha256(_folded(forwarded.text).encode("utf-8", "replace")).digest(),
    )
    message = Message(
        fingerprint=print_,
        author=author,
        authors=(author,) if author else (),
        from_text=forwarded.from_text,
        to=forwarded.to,
        cc=forwarded.cc,
        reply_to=forwarded.reply_to,
        subject=forwarded.subject,
        sent_at=forwarded.sent_at,
        in_reply_to=outer.in_reply_to,
        references=outer.references,
        text=forwarded.text,
        reply=(0, len(forwarded.text)),
        has_html=outer.has_html,
        attachments=outer.attachments,
        automatic=outer.automatic,
        lists=outer.lists,
        notes=outer.notes,
    )
    return Original(forwarded, message, identity_of_written(message), outer.subject)


def _with_files(found: list[Original], outer: Message) -> tuple[Original, ...]:
    """Give the files that lie beside attached originals to the first: nothing may be lost."""
    if not found or not found[0].is_attached:
        return tuple(found)
    paths = {one.path for one in found}
    beside = tuple(part for part in outer.attachments if part.path not in paths and not part.inline)
    first = found[0]
    message = replace(first.message, attachments=(*first.message.attachments, *beside))
    return (replace(first, message=message), *found[1:])


def _folded(text: str) -> str:
    # Two clients wrap one text differently.
    return "".join(text[:MAX_COMPARED_CHARS].split())


def _minute(at: datetime | None) -> bytes:
    """Return the minute as the text wrote it: another time zone of the user's changes nothing."""
    if at is None:
        return b""
    known = _instant(at, at.tzinfo) if at.tzinfo else at
    return known.isoformat(timespec="minutes").encode() if known else b""


def _instant(at: datetime, zone: tzinfo) -> datetime | None:
    try:
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
