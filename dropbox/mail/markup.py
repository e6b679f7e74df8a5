"""HTML to readable text: read by libxml2, so that tag soup means what it means to a browser.

The parser builds no tree here; it hands its events to `dropbox.mail.page`. Its one cost that is not
linear, end tags that nothing began among elements that are never closed, is capped by `MAX_DEPTH`.
"""

from __future__ import annotations

import html
import re

from lxml import etree  # type: ignore[import-untyped]

from dropbox.mail.page import Page

MAX_EVENTS = 12_000
"""Tags and pieces of text; what follows loses its layout: only the tags are taken out."""
MAX_TAIL_CHARS = 64 * 1024
"""So much of what follows is kept."""
MAX_DEPTH = 300
MAX_REFERENCES = 10_000
_CHUNK = 8_192

_ANY_TAG = re.compile(r"<!--|-->|<[!/?a-zA-Z][^<>]*+>")
_SWALLOWING = (
    ("<!--", "-->"),
    *((f"<{name}", f"</{name}") for name in ("title", "style", "script")),
)
_EMPTY_LINES = re.compile(r"\n{3,}")
_OVERLONG_REFERENCE = re.compile(r"&#(?:[0-9]{8,}+|[xX][0-9a-fA-F]{8,}+);?")
_META_CHARSET = re.compile(
    rb"""<meta[^<>]{0,200}charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE
)
_INVISIBLE = re.compile("[\u00ad\u034f\u200b\u2060\ufeff]+")
_PADDING = re.compile("\u200c[ \xa0\u2007\u200c]++")
"""Senders fill the preview of a mail with these; between letters U+200C is good Persian."""


def charset(data: bytes) -> str:
    """Return the charset that the document itself names in its first 2 KB, or an empty string."""
    found = _META_CHARSET.search(data[:2048])
    label = found[1].decode("ascii") if found else ""
    # Who can read this line in ASCII does not read UTF-16 (WHATWG HTML section 13.2.3.2).
    return "utf-8" if label.lower().startswith("utf-16") else label


def to_text(source: str, notes: dict[str, None] | None = None) -> str:
    """Return what a reader of the HTML would see, as lines of plain text.

    List items begin with `- ` or their number, cells of a row stand two blanks apart, links follow
    their label in `<>`, quotations (`blockquote`) have `> ` before every line.
    """
    page = Page()
    at = _read(source, page)
    text = "".join(page.pieces)
    if at < len(source):
        text += _stripped(source[at:])
        if notes is not None:
            notes["text_capped"] = None
    elif not text.strip():
        text = _swallowed(source)
    return _cleaned(text)


def _read(source: str, page: Page) -> int:
    """Feed `source` to `page` until it is capped; return how much was read."""
    parser = etree.HTMLParser(target=page, encoding="utf-8", huge_tree=True)
    at, size = 0, _CHUNK
    try:
        # Without these two, text outside of any element would become a paragraph.
        parser.feed(b"<html><body>")
        while at < len(source) and page.events < MAX_EVENTS and page.depth < MAX_DEPTH:
            cut = source.rfind(">", at, at + size) + 1 or at + size
            piece = source[at:cut]
            parser.feed(piece.encode("utf-8", "replace"))
            at = cut
            # What the parser cannot end yet it goes through again with every further piece.
            size = _CHUNK if "<" in piece or "&" in piece else 2 * size
        parser.close()
    except etree.LxmlError:
        # Complaints about a page that is empty; what it said until then has been heard.
        return len(source) if at == 0 else at
    return at


def _swallowed(source: str) -> str:
    """Return what a comment, title or style took with it that is never closed, seen in spam."""
    lower = source.lower()
    begin = min(
        (
            lower.rfind(first)
            for first, last in _SWALLOWING
            if lower.rfind(first) > lower.rfind(last)
        ),
        default=len(source),
    )
    return _stripped(source[begin:])


def _stripped(source: str) -> str:
    return _unescaped(_ANY_TAG.sub(" ", source[:MAX_TAIL_CHARS]).strip())


def _cleaned(text: str) -> str:
    if not text.isascii():
        text = _PADDING.sub(" ", _INVISIBLE.sub("", text)).replace("\xa0", " ")
    lines = [line.rstrip(" \t\u200c") for line in text.split("\n")]
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def _unescaped(text: str) -> str:
    """Resolve character references: so many with care, the commonest ones everywhere."""
    text = _OVERLONG_REFERENCE.sub("\ufffd", text)
    if text.count("&") <= MAX_REFERENCES:
        return html.unescape(text)
    *head, tail = text.split("&", MAX_REFERENCES)
    tail = f"&{tail}".replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">")
    return html.unescape("&".join(head)) + tail.replace("&quot;", '"').replace("&amp;", "&")
