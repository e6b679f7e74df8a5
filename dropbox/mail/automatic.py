"""Mail that machines send: whether it is (RFC 3834), and what a delivery report says (RFC 3464)."""

from __future__ import annotations

import re

from dropbox.addresses import canonical
from dropbox.mail import charsets, headers, message_ids
from dropbox.mail.addr_specs import usable
from dropbox.mail.headers import Headers
from dropbox.mail.message import Report
from dropbox.mail.parts import Node, Tree

MAX_RECIPIENTS = 2_000
MAX_REPORT_BYTES = 512 * 1024

_PRECEDENCE = frozenset((b"bulk", b"junk", b"list", b"auto_reply"))
_AUTOREPLY = frozenset(
    (
        b"x-autoreply",
        b"x-autorespond",
        b"x-autoresponse",
        b"x-mail-autoreply",
        b"x-auto-reply",
    )
)
_MAILTO = re.compile(rb"<mailto:([^<>?\s]{1,320})", re.IGNORECASE)
_STATUS = frozenset(("message/delivery-status", "message/global-delivery-status"))
_ORIGINAL = frozenset(
    ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
)


def is_automatic(top: Headers) -> bool:
    """Whether a machine sent it: Auto-Submitted other than `no`, Precedence, X-Autoreply."""
    if value := top.first(b"auto-submitted"):
        word = value.partition(b";")[0].partition(b"(")[0].strip().lower()
        if word and word != b"no":
            return True
    if top.first(b"precedence").strip().lower() in _PRECEDENCE:
        return True
    if _AUTOREPLY.isdisjoint(top.fields):
        return False
    return any(top.first(name).strip().lower() not in (b"", b"no") for name in _AUTOREPLY)


def lists(top: Headers) -> tuple[str, ...]:
    """Return the addresses that List-Post names as mailing lists (RFC 2369 section 3.4)."""
    found = (match for value in top.all(b"list-post") for match in _MAILTO.findall(value[:2_000]))
    emails = (usable(charsets.header_text(one)) for one in found)
    return tuple(dict.fromkeys(canonical(email) for email in emails if email))


def report(tree: Tree) -> Report | None:
    """Return what a `multipart/report` about delivery says; None when the mail is none."""
    if tree.root.type != "multipart/report":
        return None
    status: Node | None = None
    original: Node | None = None
    for leaf in tree.leaves():
        status = status or (leaf if leaf.type in _STATUS else None)
        original = original or (leaf if leaf.type in _ORIGINAL else None)
    if status is None:
        return None
    return Report(_original_id(original), _failed(status.content()[:MAX_REPORT_BYTES]))


def _original_id(original: Node | None) -> str | None:
    if original is None:
        return None
    raw = original.content()[: headers.MAX_BLOCK_BYTES]
    return message_ids.read(headers.split(raw, 0, len(raw))[0].first(b"message-id"))


def _failed(status: bytes) -> tuple[str, ...]:
    """Return the addresses of the groups of fields that say `Action: failed`."""
    found: dict[str, None] = {}
    for group in status.replace(b"\r\n", b"\n").split(b"\n\n", MAX_RECIPIENTS)[:MAX_RECIPIENTS]:
        fields, _ = headers.split(group, 0, len(group))
        if fields.first(b"action").partition(b" ")[0].strip().lower() != b"failed":
            continue
        # The original recipient is whom the user wrote to; the final one may be an alias.
        for name in (b"original-recipient", b"final-recipient"):
            if address := _recipient(fields.first(name)):
                found[address] = None
                break
    return tuple(found)


def _recipient(value: bytes) -> str:
    kind, semicolon, address = charsets.header_text(value).partition(";")
    plain = charsets.single_line(address if semicolon else kind).strip("<> ")
    return canonical(plain) if plain.count("@") == 1 and len(plain) <= 320 else ""
