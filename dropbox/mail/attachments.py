"""Attachments: what a mail carries besides its text."""

from __future__ import annotations

import re

from dropbox.mail import charsets
from dropbox.mail.message import Part
from dropbox.mail.parts import Node, Tree
from dropbox.mail.transfer import measure

MAX_NAME_CHARS = 255

_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_PATH_SIGN = re.compile(r"[/\\]")


def read(tree: Tree, body: frozenset[str]) -> tuple[Part, ...]:
    """Return a row for every leaf that is not the body, in the order in which they stand."""
    return tuple(_part(leaf) for leaf in tree.leaves() if leaf.path not in body)


def filename(name: str) -> str:
    """Return the last part of a path, without control and direction signs, at most 255 long."""
    plain = _DIRECTION.sub("", charsets.single_line(name))
    plain = _PATH_SIGN.split(plain)[-1].strip()
    if not plain.strip("."):
        return ""
    if len(plain) > MAX_NAME_CHARS:
        stem, dot, ending = plain.rpartition(".")
        plain = f"{stem[: 250 - len(ending)]}.{ending}" if dot and len(ending) <= 16 else plain
    return plain[:MAX_NAME_CHARS]


def _part(leaf: Node) -> Part:
    size, digest = measure(leaf.raw, leaf.start, leaf.end, leaf.encoding)
    disposition = leaf.disposition
    name = disposition.parameters.get("filename") or leaf.content_type.parameters.get("name", "")
    content_id = charsets.single_line(charsets.header_text(leaf.headers.first(b"content-id")))
    return Part(
        path=leaf.path,
        filename=filename(name),
        content_type=charsets.single_line(leaf.type)[:MAX_NAME_CHARS],
        size=size,
        sha256=digest,
        inline=disposition.value == "inline" or (not disposition.value and bool(content_id)),
        content_id=content_id.strip("<>")[:MAX_NAME_CHARS],
    )
