"""The readable text of a mail, and which of its parts are that text rather than attachments."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dropbox.mail import charsets, markup
from dropbox.mail.parts import Node, Tree

MAX_TEXT_BYTES = 2 * 1024 * 1024
MAX_HTML_BYTES = 512 * 1024
MAX_BREAKS = 20_000
"""So many soft line breaks are joined."""

_SOFT_BREAK = re.compile(r"(?<!^--)(?<=[^\n]) \n(?![> \n])", re.MULTILINE)
_BARE_CR = re.compile("\r(?!\n)")
_STUFFED = re.compile(r"^ ", re.MULTILINE)
_READABLE = frozenset(("text/plain", "text/html"))
_ALTERNATIVES_ONLY = frozenset(
    ("text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext")
)


@dataclass(frozen=True, slots=True)
class Body:
    """What is to be read of a mail."""

    text: str
    has_html: bool
    paths: frozenset[str]
    """The parts that are the body, in whatever form; every other leaf is an attachment."""
    notes: tuple[str, ...] = ()


def read(tree: Tree) -> Body:
    """Choose the body: plain text where there is any, else HTML as text; several parts joined."""
    leaves = list(tree.leaves())
    body = [leaf for leaf in leaves if _is_body(leaf)]
    if not any(leaf.type in _READABLE for leaf in body):
        # Seen: programs that name the text of the mail like a file.
        named = [leaf for leaf in leaves if leaf.type in _READABLE and not _is_attached(leaf)]
        body.extend(named[:1])
    paths = frozenset(leaf.path for leaf in body)
    reader = _Reader(paths)
    text = reader.text(tree.root)
    has_html = any(leaf.type == "text/html" for leaf in body)
    return Body(text.strip("\n"), has_html, paths, tuple(reader.notes))


def first_text(tree: Tree) -> bytes:
    """Return the first text leaf after transfer decoding, without CR and without LF at its end."""
    for leaf in tree.leaves():
        if leaf.type.startswith("text/"):
            return leaf.content().replace(b"\r", b"").rstrip(b"\n")
    return b""


def of(leaf: Node, notes: dict[str, None] | None = None) -> str:
    """Return a text leaf as text with LF line ends, from HTML where it is HTML."""
    data = leaf.content()
    is_html = leaf.type == "text/html"
    limit = MAX_HTML_BYTES if is_html else MAX_TEXT_BYTES
    if len(data) > limit:
        data = data[:limit]
        if notes is not None:
            notes["text_capped"] = None
    parameters = leaf.content_type.parameters
    label = parameters.get("charset", "")
    if is_html and not label:
        label = markup.charset(data)
    text = charsets.decode(data, label)
    text = _with_lf(text)
    if is_html:
        return charsets.clean(markup.to_text(text))
    if parameters.get("format", "").lower() == "flowed":
        return _unflowed(text, delete_space=parameters.get("delsp", "").lower() == "yes")
    return text


class _Reader:
    """Walks the containers and joins what is to be read."""

    def __init__(self, paths: frozenset[str]) -> None:
        self.notes: dict[str, None] = {}
        self._paths = paths
        self._room = MAX_TEXT_BYTES

    def text(self, node: Node) -> str:
        if not node.is_multipart:
            return self._leaf(node)
        if node.type == "multipart/alternative":
            return self._best(node.children)
        if node.type in ("multipart/related", "multipart/report"):
            return self._first(node.children)
        texts = [self.text(child) for child in node.children]
        return "\n\n".join(text.strip("\n") for text in texts if text.strip())

    def _leaf(self, leaf: Node) -> str:
        if leaf.path not in self._paths or leaf.type not in _READABLE:
            return ""
        if self._room <= 0:
            self.notes["text_capped"] = None
            return ""
        text = of(leaf, self.notes)
        if len(text) > self._room:
            text = text[: self._room]
            self.notes["text_capped"] = None
        self._room -= len(text)
        return text

    def _best(self, children: list[Node]) -> str:
        """Return the first alternative that has plain text, else the last that has any."""
        for child in children:
            if _has_plain(child) and (text := self.text(child)).strip():
                return text
        for child in reversed(children):
            if not _has_plain(child) and (text := self.text(child)).strip():
                return text
        return ""

    def _first(self, children: list[Node]) -> str:
        return next((text for child in children if (text := self.text(child)).strip()), "")


def _has_plain(node: Node) -> bool:
    if not node.is_multipart:
        return node.type == "text/plain"
    return any(_has_plain(child) for child in node.children)


def _is_attached(leaf: Node) -> bool:
    return leaf.disposition.value == "attachment"


def _is_body(leaf: Node) -> bool:
    if leaf.type in _ALTERNATIVES_ONLY:
        return not leaf.headers.first(b"content-disposition")
    if leaf.type not in _READABLE or leaf.content_type.parameters.get("name"):
        return False
    if not leaf.headers.first(b"content-disposition"):
        return True
    disposition = leaf.disposition
    return disposition.value != "attachment" and not disposition.parameters.get("filename")


def _with_lf(text: str) -> str:
    if "\r" not in text:
        return text
    if not _BARE_CR.search(text):
        # Three times as fast as replacing pairs.
        return text.replace("\r", "")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _unflowed(text: str, *, delete_space: bool) -> str:
    """Join soft line breaks (RFC 3676 section 4.2); quoted lines stay as they are."""
    return _STUFFED.sub(
        "", _SOFT_BREAK.sub("" if delete_space else " ", text, MAX_BREAKS), MAX_BREAKS
    )
