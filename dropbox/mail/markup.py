"""HTML to readable text, in one pass over its tags."""

from __future__ import annotations

import html
import re

MAX_TAGS = 10_000
"""What follows so many tags loses its layout: only the tags are taken out."""
MAX_LINK_CHARS = 500

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*+)([^<>]*+)>|<!--|<[!?][^<>]*+>")
_ANY_TAG = re.compile(r"<[!/?a-zA-Z][^<>]*+>")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_WIDE_BREAK = re.compile(
    r"(?<=[\u3000-\u9fff\uff00-\uffef])[ \t]*+\r?\n[ \t]*+(?=[\u3000-\u9fff\uff00-\uffef])"
)
_EMPTY_LINES = re.compile(r"\n{3,}")
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_OVERLONG_REFERENCE = re.compile(r"&#(?:[0-9]{8,}+|[xX][0-9a-fA-F]{8,}+);?")
_META_CHARSET = re.compile(
    rb"""<meta[^<>]{0,200}charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE
)

_PARAGRAPH = frozenset("p h1 h2 h3 h4 h5 h6 table ul ol dl blockquote pre hr".split())
_LINE = frozenset(
    "div tr dt dd section article header footer nav aside main address center form fieldset"
    " figure figcaption caption thead tbody tfoot title body".split()
)
_SKIPPED = frozenset("script style head title template noframes object".split())
_CLOSING = {name: re.compile(rf"</{name}[^<>]*+>", re.IGNORECASE) for name in _SKIPPED}
_CELL = frozenset(("td", "th"))


def charset(data: bytes) -> str:
    """Return the charset that the document itself names in its first 2 KB, or an empty string."""
    found = _META_CHARSET.search(data[:2048])
    return found[1].decode("ascii") if found else ""


def to_text(source: str) -> str:
    """Return what a reader of the HTML would see: lines, list items, cells apart, links in `<>`."""
    if "\n" in source:
        source = _WIDE_BREAK.sub("", source, MAX_TAGS)
    page = _Page(source)
    page.read()
    text = _unescaped("".join(page.pieces)).replace("\xa0", " ")
    text = _EMPTY_LINES.sub("\n\n", text)
    lines = [line.strip() for line in text.split("\n")]
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


class _Page:
    """The tags seen so far and the text they leave."""

    def __init__(self, source: str) -> None:
        self.pieces: list[str] = []
        self._source = source
        self._preformatted = 0
        self._link = ""
        self._link_begin = 0
        self._unclosed: set[str] = set()

    def read(self) -> None:
        source, at, count = self._source, 0, 0
        while found := _TAG.search(source, at):
            self._text(source[at : found.start()])
            at = found.end()
            count += 1
            if count > MAX_TAGS:
                break
            name = found[2]
            if name is not None:
                name = name.lower()
                if name in _SKIPPED and not found[1] and not found[3].endswith("/"):
                    at = self._behind(name, at)
                elif name not in _SKIPPED:
                    self._tag(name, found[3], closing=bool(found[1]))
            elif found[0] == "<!--":
                end = source.find("-->", at)
                at = end + 3 if end >= 0 else at
                if end < 0:
                    break
        self._text(_ANY_TAG.sub(" ", source[at:]) if count > MAX_TAGS else source[at:])

    def _text(self, text: str) -> None:
        if text:
            self.pieces.append(text if self._preformatted else _BLANKS.sub(" ", text))

    def _behind(self, name: str, at: int) -> int:
        """Return where the element's content ends; `at` itself when it is never closed."""
        if name in self._unclosed:
            return at
        if closing := _CLOSING[name].search(self._source, at):
            return closing.end()
        self._unclosed.add(name)
        return at

    def _tag(self, name: str, attributes: str, *, closing: bool) -> None:
        if name == "br":
            self.pieces.append("\n")
        elif name in _PARAGRAPH:
            self.pieces.append("\n\n")
            if name == "pre":
                self._preformatted = max(0, self._preformatted + (-1 if closing else 1))
            elif name == "hr":
                self.pieces.append("---\n")
        elif name in _LINE:
            self._break()
        elif name == "li":
            if not closing:
                self._break()
                self.pieces.append("- ")
        elif name in _CELL:
            if closing:
                self.pieces.append("  ")
        elif name == "a":
            self._anchor(attributes, closing=closing)
        elif name == "img" and (alt := _ALT.search(attributes)):
            self._text(alt[1] or alt[2] or "")

    def _break(self) -> None:
        if self.pieces and not self.pieces[-1].endswith("\n"):
            self.pieces.append("\n")

    def _anchor(self, attributes: str, *, closing: bool) -> None:
        if not closing:
            href = _HREF.search(attributes)
            self._link = (href[1] or href[2] or href[3] or "").strip() if href else ""
            self._link_begin = len(self.pieces)
            return
        link, self._link = self._link, ""
        if not link.lower().startswith(("http://", "https://")) or len(link) > MAX_LINK_CHARS:
            return
        label = "".join(self.pieces[self._link_begin :]).strip()
        if label and _bare(label) != _bare(link):
            self.pieces.append(f" &lt;{link}&gt;")


def _unescaped(text: str) -> str:
    """Resolve character references: `MAX_TAGS` of them with care, the commonest ones everywhere."""
    text = _OVERLONG_REFERENCE.sub("\ufffd", text)
    if text.count("&") <= MAX_TAGS:
        return html.unescape(text)
    *head, tail = text.split("&", MAX_TAGS)
    tail = f"&{tail}".replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">")
    return html.unescape("&".join(head)) + tail.replace("&quot;", '"').replace("&amp;", "&")


def _bare(link: str) -> str:
    return link.partition("://")[2].rstrip("/") if "://" in link else link.rstrip("/")
