"""Attachments: what a mail carries besides its text."""

from __future__ import annotations

import re
from itertools import islice

from dropbox.mail import charsets, headers, magic, parameters, transfer, words
from dropbox.mail.message import Part
from dropbox.mail.parts import Node, Tree

MAX_NAME_CHARS = 255
MAX_LOGO_BYTES = 32 * 1024
"""A picture in the text that is not larger may be folded away: a logo, an icon, a pixel."""
MAX_ESCAPED_CHARS = 4_096
MAX_HTML_BYTES = 512 * 1024
MAX_SHOWN = 2_000
MAX_NESTED_HEADER = 64 * 1024

_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CID = re.compile(rb"""cid:([^\s"'<>)\\]{1,255})""", re.IGNORECASE)
_MESSAGES = frozenset(("message/rfc822", "message/global"))
_SIGNATURES = frozenset(
    (
        "application/pgp-encrypted",
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
    )
)
_EXTENDED = re.compile(r"([\w-]{3,40})'[\w-]{0,20}'(.*%[0-9A-Fa-f]{2}.*)")
_PATH_SIGN = re.compile(r"[/\\]")


def read(tree: Tree, body: frozenset[str]) -> tuple[Part, ...]:
    """Return a row for every leaf that is not the body, in the order in which they stand."""
    files = [leaf for leaf in tree.leaves() if leaf.path not in body]
    if not files:
        return ()
    has_ids = any(leaf.headers.first(b"content-id") for leaf in files)
    shown = _shown(tree, body) if has_ids else frozenset()
    # A report's returned message is known by the report.
    is_report = tree.root.type == "multipart/report"
    return tuple(_part(leaf, shown, named=not is_report) for leaf in files)


def filename(name: str) -> str:
    """Return the last part of a path, without control and direction signs, at most 255 long."""
    if "%" in name:
        name = _unescaped(name)
    plain = _DIRECTION.sub("", charsets.single_line(name))
    plain = _PATH_SIGN.split(plain)[-1].strip()
    if not plain.strip("."):
        return ""
    if len(plain) > MAX_NAME_CHARS:
        stem, dot, ending = plain.rpartition(".")
        plain = f"{stem[: 250 - len(ending)]}.{ending}" if dot and len(ending) <= 16 else plain
    return plain[:MAX_NAME_CHARS]


def _unescaped(name: str) -> str:
    """Undo what belongs to RFC 2231 and stands in a plain parameter: `UTF-8''%E8%A6%8B.pdf`."""
    found = _EXTENDED.fullmatch(name[:MAX_ESCAPED_CHARS])
    data = parameters.unquoted((found[2] if found else name[:MAX_ESCAPED_CHARS]).encode())
    if found:
        return charsets.decode(data, found[1])
    try:
        # `100%25.pdf` may be called so; what becomes another script was escaped by a program.
        return name if data.isascii() else data.decode()
    except UnicodeDecodeError:
        return name


def _part(leaf: Node, shown: frozenset[str], *, named: bool) -> Part:
    size, digest, head = transfer.measure(leaf.raw, leaf.start, leaf.end, leaf.encoding)
    content_id = charsets.single_line(charsets.header_text(leaf.headers.first(b"content-id")))
    content_id = content_id.strip("<>")[:MAX_NAME_CHARS]
    declared = charsets.single_line(leaf.type)[:MAX_NAME_CHARS]
    detected = magic.detect(head)
    is_image = (detected or declared).startswith("image/")
    inline = content_id.lower() in shown or _stands_inline(leaf, is_image=is_image)
    return Part(
        path=leaf.path,
        filename=filename(leaf.declared_name) or (_given_name(leaf, declared) if named else ""),
        content_type=declared,
        size=size,
        sha256=digest,
        inline=inline,
        content_id=content_id,
        detected_type=detected,
        decoration=declared in _SIGNATURES or (inline and is_image and size <= MAX_LOGO_BYTES),
    )


def _stands_inline(leaf: Node, *, is_image: bool) -> bool:
    """Whether a part that no HTML shows is meant to be seen in the text."""
    disposition = leaf.disposition.value
    if disposition == "inline":
        # Apple Mail calls every file inline that it could show, contracts as PDF too.
        return is_image or not leaf.declared_name
    return not disposition and is_image and bool(leaf.headers.first(b"content-id"))


def _shown(tree: Tree, body: frozenset[str]) -> frozenset[str]:
    """Return the Content-IDs (RFC 2392) that the HTML of the mail shows, in lower case."""
    found: set[str] = set()
    for leaf in tree.leaves():
        if leaf.type == "text/html" and leaf.path in body:
            html = leaf.content()[:MAX_HTML_BYTES]
            found.update(
                parameters.unquoted(one).decode("utf-8", "replace").lower()
                for one in islice((match[1] for match in _CID.finditer(html)), MAX_SHOWN)
            )
    return frozenset(found)


def _given_name(leaf: Node, declared: str) -> str:
    """Return a name for what came without one and is worth opening: messages, invitations."""
    if declared in _MESSAGES:
        end = min(leaf.end, leaf.start + MAX_NESTED_HEADER)
        head = transfer.decode(leaf.raw, leaf.start, end, leaf.encoding)
        own = headers.split(head, 0, len(head))[0]
        subject = words.decode(charsets.header_text(own.first(b"subject")))
        # A name, not a path: what parts folders in a subject parts nothing here.
        return filename(f"{_PATH_SIGN.sub('-', subject)[:MAX_NAME_CHARS] or 'message'}.eml")
    return "invite.ics" if declared == "text/calendar" else ""
