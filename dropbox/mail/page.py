"""What the tags of an HTML page do to its text: lines, lists, tables, quotations, hidden parts."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

MAX_LINK_CHARS = 500
MAX_QUOTES = 20
MAX_LISTS = 10
MAX_STYLE_CHARS = 2_000
MAX_STYLES = 1_000
MAX_JOINS = 20_000
"""So many Japanese lines are joined without a blank."""
MAX_NUMBER = 100_000
RULE = "_" * 32
"""A horizontal rule, as Outlook writes it into the plain text of the mails that it forwards."""

_BLANK_SIGNS = " \t\r\n\f"
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_LINE_END = re.compile(r"\r\n?|\n")
_WIDE = "\u2e80-\u2fdf\u3000-\u30ff\u3190-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff01-\uffef"
_WIDE_SIGN = re.compile(f"[{_WIDE}]")
# The line end stands first: looked for at every blank, a run of blanks would take its square.
_WIDE_BREAK = re.compile(f"(?<=[{_WIDE}])\r?\n[ \t\r\n]*+(?=[{_WIDE}])")
_BLANKS_AT_END = re.compile(r"(?<![ \t])[ \t]++(?=\r?\n)")

_PARAGRAPH = frozenset("p h1 h2 h3 h4 h5 h6 dl pre".split())
_LINE = frozenset(
    "div tr dt dd section article header footer nav aside main address center form fieldset"
    " figure figcaption caption thead tbody tfoot body blockquote legend details summary".split()
)
_SKIPPED = frozenset(
    "script style head title template noframes object select svg math audio video canvas".split()
)
_CELL = frozenset(("td", "th"))
_PICTURE_FILE = re.compile(r"[\w .()-]{0,100}\.(?:png|jpe?g|gif|bmp|svg|webp)", re.IGNORECASE)

_HIDDEN = re.compile(r"display:none|visibility:hidden|(?:^|;)opacity:0(?:;|!|$)", re.IGNORECASE)
_NO_HEIGHT = re.compile(r"max-height:0(?:px|pt|em)?(?:;|!|$)", re.IGNORECASE)
_SIZE = re.compile(r"(?:^|;)font(?:-size)?:([^;!]*)", re.IGNORECASE)
_NO_SIZE = re.compile(r"0(?:\.0+)?(?:px|pt|em|rem|%)?$")
_PREFORMATTED = re.compile(r"white-space:(?:pre|break-spaces)", re.IGNORECASE)
_TIGHT = re.compile(
    r"\bmargin(?:-bottom)?\s*+:\s*+0(?:\.0*1)?[a-z]*+(?:\s++0(?:\.0*1)?[a-z]*+)*+\s*+(?:;|$)",
    re.IGNORECASE,
)
_NO_BORDER = re.compile(r"(?:^|;)border:(?:none|0)", re.IGNORECASE)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class _Look:
    """What an element's style says, as far as it matters to a reader of plain text."""

    hidden: bool = False
    sized: bool | None = None
    """False where letters are given no size, so that nobody sees them; None where unsaid."""
    preformatted: bool = False
    tight: bool = False
    """Without a margin: a line rather than a paragraph."""
    borderless: bool = False


_PLAIN_LOOK = _Look()


@lru_cache(maxsize=512)
def _look(style: str) -> _Look:
    tight = bool(_TIGHT.search(style))
    style = _SPACE.sub("", style)
    size = _SIZE.search(style)
    return _Look(
        hidden=bool(
            _HIDDEN.search(style) or (_NO_HEIGHT.search(style) and "overflow:hidden" in style)
        ),
        sized=not _NO_SIZE.match(size[1]) if size else None,
        preformatted=bool(_PREFORMATTED.search(style)),
        tight=tight,
        borderless=bool(_NO_BORDER.search(style)),
    )


class Page:
    """The target of an HTML parser: takes its events, and keeps the text that they leave."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.events = 0
        self.depth = 0
        self._breaks = 0
        """Line ends due before the next sign; nothing is written for those at the end."""
        self._joins = MAX_JOINS
        self._blank = ""
        """The blank due before the next sign: a line end in the source, a blank, a cell's gap."""
        self._last = ""
        self._lines = 0
        self._quotes = 0
        self._line_quotes = 0
        self._marks: list[tuple[int, str]] = []
        """What open elements began, by their depth."""
        self._styles: set[str] = set()
        self._hidden = 0
        self._unsized: list[bool] = []
        self._preformatted = 0
        self._tight: list[bool] = []
        self._lists: list[int] = []
        """The next number of each open list; 0 where it has none."""
        self._marker = ""
        self._cells: list[int] = []
        self._fresh_cell = False
        self._link = ""
        self._link_begin = 0
        self._behind_link = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take a start tag; `tag` in lower case."""
        self.events += 1
        self.depth += 1
        if self._hidden:
            return
        look = _PLAIN_LOOK
        if attributes:
            style = attributes.get("style")
            look = self._looks_like(style) if style else look
        if tag in _SKIPPED or look.hidden or "hidden" in attributes:
            self._hidden = self.depth
            return
        if look is not _PLAIN_LOOK:
            self._styled(look)
        if tag == "br":
            self._new_line()
        elif tag in _CELL:
            self._cells.append(self._lines + bool(self._breaks))
            self._fresh_cell = True
        elif tag in _PARAGRAPH:
            self._paragraph(tag, attributes, look)
        elif tag in _LINE:
            self._block(tag, attributes, look)
        elif tag == "a":
            self._link = attributes.get("href", "").strip()
            self._link_begin = len(self.pieces)
        elif tag == "img":
            self._image(attributes)
        elif tag in ("ul", "ol", "li", "table", "hr"):
            self._structure(tag, attributes)

    def end(self, tag: str) -> None:
        """Take an end tag, written or implied: every element that began ends."""
        if self._hidden:
            if self._hidden == self.depth:
                self._hidden = 0
            self.depth -= 1
            return
        while self._marks and self._marks[-1][0] == self.depth:
            self._unmark(self._marks.pop()[1])
        self.depth -= 1
        if tag == "p":
            self._break(1 if self._tight and self._tight.pop() else 2)
        elif tag in _PARAGRAPH:
            self._break(2)
        elif tag in _LINE or tag == "li":
            self._break(1)
        elif tag in _CELL:
            self._end_cell()
        elif tag == "a":
            self._end_link()
        elif tag in ("ul", "ol"):
            if self._lists:
                self._lists.pop()
            self._marker = ""
            self._break(1 if self._lists else 2)
        elif tag == "table":
            self._break(1)

    def data(self, text: str) -> None:
        """Take text; character references are resolved."""
        self.events += 1
        if self._hidden or (self._unsized and self._unsized[-1]):
            return
        if self._preformatted:
            first, *lines = _LINE_END.split(text)
            self._write(first)
            for line in lines:
                self._new_line()
                self._write(line)
        else:
            self._flow(text)

    def close(self) -> None:
        """End of the page."""

    def _flow(self, text: str) -> None:
        if "\n" in text and not text.isascii():
            text = _BLANKS_AT_END.sub("", text, self._joins)
            text, joined = _WIDE_BREAK.subn("", text, self._joins)
            self._joins = max(1, self._joins - joined)
        body = text.lstrip(_BLANK_SIGNS)
        if len(body) < len(text) and not self._blank:
            self._blank = "\n" if "\n" in text[: len(text) - len(body)] else " "
        if not body:
            return
        bare = body.rstrip(_BLANK_SIGNS)
        self._write(_BLANKS.sub(" ", bare) if len(bare) > 1 else bare)
        if len(bare) < len(body):
            self._blank = "\n" if "\n" in body[len(bare) :] else " "

    def _write(self, text: str) -> None:
        if not text:
            return
        if self._breaks or self._marker or not self.pieces:
            self._begin_line()
        elif self._blank and self._blank_shows(text[0]):
            self.pieces.append(" " if self._blank == "\n" else self._blank)
        elif self._behind_link and text[0].isalnum():
            self.pieces.append(" ")
        self._behind_link = False
        self._blank = ""
        self._fresh_cell = False
        if not self._last and not self._preformatted:
            # A line that begins with blanks begins with layout.
            text = text.lstrip("\xa0") or "\xa0"
        self.pieces.append(text)
        self._last = text[-1]

    def _blank_shows(self, following: str) -> bool:
        """Whether the blank is one: Japanese lines are joined without."""
        if self._blank != "\n":
            return True
        return not (self._last and _WIDE_SIGN.match(self._last) and _WIDE_SIGN.match(following))

    def _begin_line(self) -> None:
        if self.pieces:
            self.pieces.append("\n")
            between = ("> " * min(self._quotes, self._line_quotes)) + "\n"
            self.pieces.extend([between] * (self._breaks - 1))
            self._lines += 1
        self._line_quotes = min(self._quotes, MAX_QUOTES)
        self._breaks = 0
        self._blank = self._last = ""
        levels = min(len(self._lists), MAX_LISTS)
        indent = "  " * (levels - 1 if self._marker else levels)
        if self._line_quotes or indent or self._marker:
            self.pieces.append("> " * self._line_quotes + indent + self._marker)
        self._marker = ""

    def _new_line(self) -> None:
        """End the line, be it empty."""
        if self._breaks or self._marker:
            self._begin_line()
        self._fresh_cell = False
        self._breaks = 1

    def _break(self, count: int) -> None:
        """Begin a new line, with an empty one before it for 2, unless there is one."""
        if self._marker or (self._fresh_cell and self._cells):
            return
        if self._lists:
            count = 1
        if self.pieces and self._breaks < count:
            self._breaks = count

    def _mark(self, what: str) -> None:
        self._marks.append((self.depth, what))

    def _unmark(self, what: str) -> None:
        if what == "quote":
            self._quotes -= 1
        elif what == "preformatted":
            self._preformatted -= 1
        else:
            self._unsized.pop()

    def _looks_like(self, style: str) -> _Look:
        if style not in self._styles:
            if len(style) > MAX_STYLE_CHARS or len(self._styles) >= MAX_STYLES:
                return _PLAIN_LOOK
            self._styles.add(style)
        return _look(style)

    def _styled(self, look: _Look) -> None:
        if look.sized is not None:
            self._unsized.append(not look.sized)
            self._mark("sized")
        if look.preformatted:
            self._preformatted += 1
            self._mark("preformatted")

    def _paragraph(self, tag: str, attributes: Mapping[str, str], look: _Look) -> None:
        # Outlook writes every line as a paragraph of a class that has no margin.
        tight = tag == "p" and (look.tight or "Mso" in attributes.get("class", ""))
        self._break(1 if tight else 2)
        if tag == "p":
            self._tight.append(tight)
        elif tag == "pre":
            self._preformatted += 1
            self._mark("preformatted")

    def _block(self, tag: str, attributes: Mapping[str, str], look: _Look) -> None:
        self._break(1)
        if tag == "blockquote":
            quoted = attributes.get("type") == "cite" or "quote" in attributes.get("class", "")
            # Gmail and others indent by quotations that have no border.
            if quoted or not look.borderless:
                self._quotes += 1
                self._mark("quote")

    def _structure(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "li":
            self._break(1)
            if self._lists and self._lists[-1]:
                self._marker = f"{self._lists[-1]}. "
                self._lists[-1] = min(self._lists[-1] + 1, MAX_NUMBER)
            else:
                self._marker = "- "
        elif tag == "hr":
            self._break(1)
            self._write(RULE)
            self._break(1)
        elif tag == "table":
            layout = attributes.get("role") in ("presentation", "none") or self._cells
            self._break(1 if layout or attributes.get("border") == "0" else 2)
        else:
            self._break(1 if self._lists else 2)
            first = attributes.get("start", "1")
            number = int(first) if first.isdecimal() and len(first) < 6 else 1
            self._lists.append(max(1, number) if tag == "ol" else 0)

    def _end_cell(self) -> None:
        lines = self._cells.pop() if self._cells else self._lines
        self._fresh_cell = False
        if self._lines == lines and self._last:
            # A cell of one line stands beside the next one, paragraph or not.
            self._breaks = 0
            self._blank = "  "
        else:
            self._break(1)

    def _image(self, attributes: Mapping[str, str]) -> None:
        text = attributes.get("alt", "").strip()
        pixel = attributes.get("width") in ("0", "1") or attributes.get("height") in ("0", "1")
        if text and not pixel and not _PICTURE_FILE.fullmatch(text):
            self.data(text)

    def _end_link(self) -> None:
        link, self._link = self._link, ""
        label = "".join(self.pieces[self._link_begin :]).strip()
        if not label or not link or len(link) > MAX_LINK_CHARS:
            return
        start = link[:8].lower()
        if start.startswith("mailto:"):
            address = link[7:].partition("?")[0]
            if "@" not in address or address.lower() in label.lower():
                return
            link = address
        elif not start.startswith(("http://", "https://")) or _bare(label) == _bare(link):
            return
        self._blank = self._blank or " "
        self._write(f"<{_BLANKS.sub('', link)}>")
        self._behind_link = True


def _bare(link: str) -> str:
    return link.partition("://")[2].rstrip("/") if "://" in link else link.rstrip("/")


# What lxml asks of its target for every page, and works out anew each time: half of a small page.
Page.start.__signature__ = inspect.signature(Page.start)  # type: ignore[attr-defined]
