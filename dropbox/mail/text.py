"""The readable text of a mail, and which of its parts are that text rather than attachments."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from io import IncrementalNewlineDecoder

from dropbox.mail import calendar, charsets, emoji, flowed, lossy, markup, pgp, transfer
from dropbox.mail.parts import Node, Tree

MAX_TEXT_BYTES = 2 * 1024 * 1024
MAX_HTML_BYTES = 512 * 1024
MAX_LEAVES = 300
"""So many parts are joined; each costs, however small it is."""
MAX_FOOTER_BYTES = 8 * 1024
"""What is longer was not appended by a list."""
MAX_PLACEHOLDER_CHARS = 600
"""A text that only says that the mail is HTML is not longer, links not counted."""

_LINK = re.compile(r"https?://[^\s<>]++")
_ABOUT_HTML = re.compile(
    r"html|ＨＴＭＬ|browser|ブラウザ|navigat?eur|navegador|браузер|浏览器|瀏覽器|브라우저|przegląda"
    r"|prohlížeč|prehliadač|webläsare|nettleser|selaimes|böngésző|tarayıcı|veebilehits"
    r"|(?:view|read|see) (?:this|it|the) [\w -]{0,30}(?:online|web)",
    re.IGNORECASE,
)
_WORD_SIGN = re.compile(r"\w")
_HTML_BEGINS = re.compile(r"\s{0,50}<(?:!doctype html|html)\b", re.IGNORECASE)
_READABLE = frozenset(("text/plain", "text/html"))
_FOR_MACHINES = frozenset(
    (
        "message/delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "message/global-delivery-status",
        "text/rfc822-headers",
    )
)
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
    leaves = tree.leaves()
    body = [leaf for leaf in leaves if _is_body(leaf)]
    if _READABLE.isdisjoint([leaf.type for leaf in body]):
        # Seen: programs that name the text of the mail like a file.
        named = [leaf for leaf in leaves if leaf.type in _READABLE and not _is_attached(leaf)]
        body.extend(named[:1])
    paths = frozenset([leaf.path for leaf in body])
    if tree.root.type == "multipart/report":
        paths |= _report_parts(tree.root)
    reader = _Reader(paths)
    text = reader.text(tree.root)
    if not text.strip():
        if any(leaf.spare for leaf in body):
            reader.with_spare = True
            text = reader.text(tree.root)
        text = text if text.strip() else _invitation(leaves)
    text, encrypted = pgp.without_armour(text)
    if encrypted:
        reader.notes["encrypted"] = None
    has_html = "text/html" in [leaf.type for leaf in body]
    # A megabyte of blanks would be looked through by everybody who comes after.
    text = "" if text.isspace() else text.strip("\n")
    return Body(text, has_html, paths, tuple(reader.notes))


def _report_parts(root: Node) -> frozenset[str]:
    """Return the parts of a report (RFC 6522) that are its message to machines, and no files."""
    return frozenset(child.path for child in root.children if child.type in _FOR_MACHINES)


def first_text(tree: Tree) -> bytes:
    """Return the first text leaf after transfer decoding, without CR and without LF at its end."""
    for leaf in tree.closed_leaves():
        if leaf.type.startswith("text/"):
            return leaf.content().replace(b"\r", b"").rstrip(b"\n")
    return b""


def of(leaf: Node, notes: dict[str, None] | None = None) -> str:
    """Return a text leaf as text with LF line ends, from HTML where it is HTML."""
    data, footer = _content(leaf)
    if len(footer) > MAX_FOOTER_BYTES and notes is not None:
        notes["text_capped"] = None
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
    if charsets.keeps_line_ends(label):
        data = _without_cr(data)
    text = charsets.decode(data, label).removeprefix("\ufeff")
    if footer:
        text = f"{text}\n{charsets.decode(footer[:MAX_FOOTER_BYTES])}"
    # Where these gave up, they left the rest out.
    gaps, pictures = text.count("\ufffd"), text.count(emoji.GETA)
    if notes is not None and (gaps > lossy.MAX_GAPS or pictures > emoji.MAX_REPLACED):
        notes["text_capped"] = None
    if "\r" in text:
        text = _with_lf(text)
    if is_html:
        return charsets.clean(markup.to_text(text, notes))
    if parameters.get("format", "").lower() == "flowed":
        return flowed.unflow(text, delete_space=parameters.get("delsp", "").lower() == "yes")
    if _HTML_BEGINS.match(text) and leaf.type == "text/plain":
        # Seen: web shops that send their page as plain text.
        return charsets.clean(markup.to_text(text[:MAX_HTML_BYTES], notes))
    return text


def _content(leaf: Node) -> tuple[bytes, bytes]:
    """Return the bytes of a text leaf, and what a list appended to them without encoding it."""
    if leaf.encoding != "base64":
        return leaf.content(), b""
    if transfer.is_prose(leaf.raw, leaf.start, leaf.end):
        # Seen: text that is said to be base64 and is not.
        return leaf.raw[leaf.start : leaf.end], b""
    cut = transfer.footer(leaf.raw, leaf.start, leaf.end)
    if cut == leaf.end:
        return leaf.content(), b""
    return transfer.base64(leaf.raw, leaf.start, cut), leaf.raw[cut : leaf.end]


class _Reader:
    """Walks the containers and joins what is to be read."""

    def __init__(self, paths: frozenset[str]) -> None:
        self.notes: dict[str, None] = {}
        self.with_spare = False
        self._paths = paths
        self._room = MAX_TEXT_BYTES
        self._leaves = MAX_LEAVES

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
        if leaf.spare and not self.with_spare:
            return ""
        self._leaves -= 1
        if self._room <= 0 or self._leaves < 0:
            self.notes["text_capped"] = None
            return ""
        text = of(leaf, self.notes)
        if len(text) > self._room:
            text = text[: self._room]
            self.notes["text_capped"] = None
        self._room -= len(text)
        return text

    def _best(self, children: list[Node]) -> str:
        """Return the first alternative that has plain text worth reading, else the last one."""
        plain = ""
        for child in children:
            if _has_plain(child) and (plain := self.text(child)).strip():
                break
        if plain.strip() and not _may_be_placeholder(plain):
            return plain
        for child in reversed(children):
            if not _has_plain(child) and (text := self.text(child)).strip():
                return text if not plain.strip() or _says_more(text, plain) else plain
        return plain

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


def _without_cr(data: bytes) -> bytes:
    """Return `data` without CR where each belongs to a CR LF, else as it is.

    Single signs are replaced ten times as fast as pairs are found. Where every CR stands beside an
    LF, what is left without the ones is what is left without the others.
    """
    plain = data.replace(b"\r", b"")
    if len(plain) == len(data) or plain.replace(b"\n", b"\r") == data.replace(b"\n", b""):
        return plain
    return data


def _with_lf(text: str) -> str:
    # Four times as fast as replacing pairs.
    return IncrementalNewlineDecoder(None, translate=True).decode(text, final=True)


def _may_be_placeholder(plain: str) -> bool:
    """Whether the text is nothing but links, or tells the reader about HTML and browsers."""
    if len(plain) > 10 * MAX_PLACEHOLDER_CHARS:
        return False
    bare = _LINK.sub("", plain)
    if not _WORD_SIGN.search(bare):
        return True
    return len(bare) <= MAX_PLACEHOLDER_CHARS and bool(_ABOUT_HTML.search(bare))


def _says_more(text: str, plain: str) -> bool:
    long, short = (len(_LINK.sub("", one)) for one in (text, plain))
    return long * 2 > short * 3


def _invitation(leaves: Iterable[Node]) -> str:
    for leaf in leaves:
        if leaf.type == "text/calendar":
            return calendar.to_text(of(leaf))
    return ""
