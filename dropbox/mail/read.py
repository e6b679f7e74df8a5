"""The station: raw mail in, `Message` out."""

from __future__ import annotations

import hashlib
import re

from dropbox.mail import (
    attachments,
    automatic,
    charsets,
    dates,
    enclosed,
    forwards,
    mailboxes,
    message_ids,
    parts,
    quoted,
    text,
    words,
)
from dropbox.mail.headers import Headers
from dropbox.mail.message import Fingerprint, Forwarded, Mailbox, Message
from dropbox.mail.parts import Tree

TRACE_HEADER = "BCC-Dropbox-Trace"
"""Mail that this product sends carries it; arriving again it is a loop."""

MAX_FROM_BYTES = 2_000
MAX_RAW_VALUES = 10
MAX_RAW_BYTES = 16 * 1024
"""So many headers of one name, and so long ones, are read in the charset of the text."""

_WORDED = (b"from", b"to", b"cc", b"bcc", b"reply-to", b"subject")
_REDIRECTIONS = frozenset((b"delivered-to", b"resent-from", b"x-forwarded-for"))
_BLANKS = re.compile(rb"[ \t\r\n]+")


def read(raw: bytes) -> Message:
    """Return the mail as read. Never raises, and takes linear time, for any bytes.

    What was repaired, capped or left out stands in `Message.notes`.
    """
    return _read(raw, forwards.MAX_DEPTH)


def _read(raw: bytes, depth: int) -> Message:
    tree = _tree(raw)
    top = _in_utf8(tree)
    author = mailboxes.author(top.all(b"from"))
    if author and top is not tree.root.headers and not author.email.isascii():
        # What the text's charset says of an address is a guess.
        author = mailboxes.author(tree.root.headers.all(b"from"))
    body = text.read(tree)
    reply = quoted.read(body.text)
    to, cc = mailboxes.read(top.all(b"to")), mailboxes.read(top.all(b"cc"))
    bcc = mailboxes.read(top.all(b"bcc"), mailboxes.MAX_BCC)
    reply_to = mailboxes.read(top.all(b"reply-to"), mailboxes.MAX_REPLY_TO)
    listed_notes = to.notes + cc.notes + bcc.notes + reply_to.notes
    report = automatic.report(tree)
    subject = words.decode(charsets.header_text(top.first(b"subject")))
    in_reply_to = message_ids.read_list(top.all(b"in-reply-to"))
    references = message_ids.read_list(top.all(b"references"))
    inline, forward_notes = forwards.inline(
        body.text, subject, answers=bool(in_reply_to or references)
    )
    written = body.text[reply.start : reply.end].strip("\n")
    forwarded, more_notes = _forwarded(tree, inline, written, depth)
    return Message(
        fingerprint=_fingerprint(tree),
        rfc_message_id=message_ids.read(top.first(b"message-id")),
        author=author,
        authors=(author,) if author else _authors(top),
        from_text=_from_text(top),
        to=to.mailboxes,
        cc=cc.mailboxes,
        bcc=bcc.mailboxes,
        reply_to=reply_to.mailboxes,
        subject=subject,
        sent_at=dates.read(charsets.header_text(top.first(b"date"))),
        in_reply_to=in_reply_to,
        references=references,
        text=body.text,
        reply=(reply.start, reply.end),
        has_html=body.has_html,
        attachments=attachments.read(tree, body.paths),
        forwarded=forwarded,
        automatic=report is not None or automatic.is_automatic(top),
        lists=automatic.lists(top),
        report=report,
        redirected_by=_redirected_by(top),
        received_count=len(top.all(b"received")),
        own_trace=bool(top.all(TRACE_HEADER.lower().encode())),
        header_bytes=tree.body_start,
        notes=tuple(
            dict.fromkeys(
                tree.notes + listed_notes + body.notes + reply.notes + forward_notes + more_notes
            )
        ),
    )


def _forwarded(
    tree: Tree, inline: Forwarded | None, written: str, depth: int
) -> tuple[tuple[Forwarded, ...], tuple[str, ...]]:
    """Return the forwarded originals, and notes about them.

    Attached ones before the one that is written into the body; but where a mail program says in
    the body that it forwards, attached mail was attached to the original.
    """
    if tree.root.type == "multipart/report":
        # What a report returns (RFC 6522) nobody forwarded.
        return (), ()
    if depth and (inline is None or inline.confidence < forwards.CERTAIN):
        attached, more = forwards.attached(tree, written, lambda raw: _read(raw, depth - 1))
        if attached:
            return attached, ("forwards_capped",) if more else ()
    return ((inline,) if inline is not None else ()), ()


def leaf(raw: bytes, path: str) -> bytes | None:
    """Return the decoded bytes of the attachment at `Part.path`; None when there is none.

    A path may lead on into an attached message: `2.1` is the first part of the mail at `2`.
    """
    tree = _tree(raw)
    nodes = (*tree.leaves(), *tree.closed_leaves())
    for node in nodes:
        if node.path == path:
            return node.content()
    for node in nodes:
        if path.startswith(f"{node.path}.") and forwards.is_mail(node):
            return leaf(node.content(), path[len(node.path) + 1 :])
    return None


def _tree(raw: bytes) -> Tree:
    if b"\r" in raw and b"\n" not in raw:
        # Mail kept by old Macintosh programs ends its lines with CR alone.
        raw = raw.replace(b"\r", b"\n")
    return enclosed.open_all(parts.read(raw))


def _in_utf8(tree: Tree) -> Headers:
    """Return the headers of the mail, raw ones of people's words in the charset of the text."""
    top = tree.root.headers
    if tree.root.raw[: tree.body_start].isascii():
        return top
    raw = [name for name in _WORDED if any(not one.isascii() for one in top.all(name))]
    leaf = next((one for one in tree.leaves() if one.type.startswith("text/")), None)
    if not raw or leaf is None:
        return top
    label = leaf.content_type.parameters.get("charset", "")
    again: dict[bytes, list[bytes]] = {}
    for name in raw:
        values = top.all(name)
        first = [one for one in values[:MAX_RAW_VALUES] if len(one) <= MAX_RAW_BYTES]
        again[name] = [charsets.in_utf8(one, label) for one in first] if first == values else values
    return Headers({**top.fields, **again}, top.notes)


def _fingerprint(tree: Tree) -> Fingerprint:
    top = tree.root.headers
    digest = hashlib.sha256(text.first_text(tree)).digest()
    return Fingerprint(_folded(top.first(b"date")), _folded(top.first(b"subject")), digest)


def _folded(value: bytes) -> bytes:
    """Return the value with every run of white space as one blank."""
    plain = b"  " not in value and b"\t" not in value and b"\r" not in value
    return value if plain else _BLANKS.sub(b" ", value)


def _redirected_by(top: Headers) -> tuple[str, ...]:
    if _REDIRECTIONS.isdisjoint(top.fields):
        return ()
    # Gmail's X-Forwarded-For names the mailbox and then where it forwards to, without a comma.
    named = [b", ".join(one.split()[:10]) for one in top.all(b"x-forwarded-for")]
    given = (*top.all(b"delivered-to"), *top.all(b"resent-from"), *named)
    found = mailboxes.read(list(given), mailboxes.MAX_REPLY_TO).mailboxes
    return tuple(dict.fromkeys(one.email for one in found))


def _authors(top: Headers) -> tuple[Mailbox, ...]:
    return mailboxes.read(top.all(b"from"), mailboxes.MAX_REPLY_TO).mailboxes


def _from_text(top: Headers) -> str:
    values = [charsets.header_text(value[:MAX_FROM_BYTES]) for value in top.all(b"from")[:10]]
    return ", ".join([words.decode(value) for value in values])
