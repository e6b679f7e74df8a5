"""The structure of a mail: its parts, found in the raw bytes and numbered as in IMAP.

One reader of our own for every mail, so that a part's path means the same whenever it is asked
for. Fast-mail-parser undoes the transfer encoding of large leaves only (`dropbox.mail.transfer`):
given whole mails it took 7 s on 1 MB of encoded words and 3 s on 240 nested messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dropbox.mail import headers, parameters, transfer
from dropbox.mail.headers import Headers
from dropbox.mail.parameters import Structured

MAX_PARTS = 1_000
MAX_DEPTH = 50
MAX_SCANS = 12
MAX_SCANNED_BYTES = 4 * 1024 * 1024
"""Every level is searched for its own boundary; so often at the most is the mail gone through."""
MAX_PART_HEADER_BYTES = 64 * 1024
"""Behind so many bytes of parts' headers, the fields of further ones are cut short."""
SHORT_FIELD_BYTES = 128
MAX_KEPT_BYTES = 256 * 1024
"""Content up to this size is decoded once and kept; larger is an attachment, asked for once."""
GUESSED_BYTES = 4_096
"""So far a delimiter is looked for whose boundary nobody names."""
HYPHENS = 8
"""A delimiter is looked for at so many hyphens, one by one, before whole lines are searched."""
NEAR_BYTES = 256 * 1024
"""So far whole lines are searched, before hyphens are looked at again."""
LOOKALIKES = 8
"""Behind so many lines that begin like a delimiter and go on, a pattern looks for it."""
MAX_DELIMITER_BYTES = 200
"""RFC 2046 section 5.1.1 allows 72; compiling a pattern takes a microsecond a byte."""

_LINE_ENDS = rb"(?:--|[\n\r \t]|\Z)"
_LIKE_DELIMITER = re.compile(rb"^(--[0-9A-Za-z'()+_,./:=?-]{1,70})[ \t]*\r?$", re.MULTILINE)
_PLAIN_TEXT = Structured("text/plain")


@dataclass(slots=True)
class Node:
    """One part; its body is `raw[start:end]`."""

    raw: bytes = field(repr=False)
    path: str
    headers: Headers
    content_type: Structured
    start: int
    end: int
    children: list[Node] = field(default_factory=list)
    spare: bool = False
    """A body that counts only where the mail has no other, see `dropbox.mail.enclosed`."""
    given_disposition: Structured | None = None
    """Where there is no Content-Disposition to read, because this is no MIME part."""
    _content: bytes | None = None

    @property
    def type(self) -> str:
        """`text/plain` and so on."""
        return self.content_type.value

    @property
    def is_multipart(self) -> bool:
        """Whether this is a container; its children are the content."""
        return bool(self.children)

    @property
    def disposition(self) -> Structured:
        """Content-Disposition (RFC 2183)."""
        if self.given_disposition is None:
            self.given_disposition = parameters.read(self.headers.first(b"content-disposition"))
        return self.given_disposition

    @property
    def declared_name(self) -> str:
        """The file's name as written, decoded; empty when there is none."""
        name = self.disposition.parameters.get("filename")
        return name or self.content_type.parameters.get("name", "")

    @property
    def encoding(self) -> str:
        """Content-Transfer-Encoding, lower case, comments and parameters left out."""
        raw = self.headers.first(b"content-transfer-encoding")
        return raw.decode("ascii", "ignore").partition(";")[0].strip(" \t\"'").lower()

    def content(self) -> bytes:
        """Return the bytes of a leaf, transfer encoding undone."""
        if self._content is not None:
            return self._content
        content = transfer.decode(self.raw, self.start, self.end, self.encoding)
        if len(content) <= MAX_KEPT_BYTES:
            self._content = content
        return content


@dataclass(slots=True)
class Tree:
    """A mail's structure."""

    root: Node
    body_start: int
    notes: tuple[str, ...] = ()
    _leaves: tuple[Node, ...] | None = field(default=None, init=False, repr=False, compare=False)

    def leaves(self) -> tuple[Node, ...]:
        """Return the parts that are no containers, in the order in which they stand.

        The list is made once: whoever hangs parts below a leaf makes a new tree.
        """
        if self._leaves is None:
            self._leaves = self._listed(opened=True)
        return self._leaves

    def closed_leaves(self) -> tuple[Node, ...]:
        """Return the same, but what holds parts in a format of its own as one part."""
        return self._listed(opened=False)

    def _listed(self, *, opened: bool) -> tuple[Node, ...]:
        found: list[Node] = []
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            if node.children and (opened or node.type.startswith("multipart/")):
                waiting.extend(reversed(node.children))
            else:
                found.append(node)
        return tuple(found)


def read(raw: bytes, above: str = "") -> Tree:
    """Split `raw` into its parts; at most `MAX_PARTS` of them, `MAX_DEPTH` deep.

    `above` begins every path: the path of what `raw` was found in, and a full stop.
    """
    top, body = headers.split(raw, 0, len(raw))
    root = Node(raw, f"{above}1", top, _content_type(top, _PLAIN_TEXT), body, len(raw))
    notes = dict.fromkeys(top.notes)
    waiting = [(root, above, 0)]
    count, scanned, head_bytes = 1, 0, 0
    while waiting:
        node, prefix, depth = waiting.pop(0)
        if not node.type.startswith("multipart/"):
            continue
        scanned += node.end - node.start
        if depth >= MAX_DEPTH or scanned > MAX_SCANNED_BYTES + MAX_SCANS * len(raw):
            notes["nesting_capped"] = None
            continue
        for number, (start, end) in enumerate(_spans(node, notes), 1):
            if count >= MAX_PARTS:
                notes["parts_capped"] = None
                break
            count += 1
            own, begin = headers.split(raw, start, end)
            if head_bytes > MAX_PART_HEADER_BYTES:
                own = own.cut(SHORT_FIELD_BYTES)
                notes["headers_capped"] = None
            head_bytes += begin - start
            child = _node(node, f"{prefix}{number}", own, min(begin, end), end)
            notes.update(dict.fromkeys(child.headers.notes))
            node.children.append(child)
            waiting.append((child, f"{child.path}.", depth + 1))
        if not node.children:
            # What has no parts is the text it looks like.
            node.content_type = _PLAIN_TEXT
    return Tree(root, body, tuple(notes))


def _node(parent: Node, path: str, own: Headers, begin: int, end: int) -> Node:
    # RFC 2046 section 5.1.5: the parts of a digest are messages unless they say otherwise.
    default = Structured("message/rfc822") if parent.type == "multipart/digest" else _PLAIN_TEXT
    return Node(parent.raw, path, own, _content_type(own, default), begin, end)


def _content_type(own: Headers, default: Structured) -> Structured:
    raw = own.first(b"content-type")
    return parameters.content_type(raw) if raw else default


def _spans(node: Node, notes: dict[str, None]) -> Iterator[tuple[int, int]]:
    """Yield begin and end of each body part (RFC 2046 section 5.1.1); a missing end is forgiven."""
    raw, end = node.raw, node.end
    boundary = node.content_type.parameters.get("boundary", "").strip()
    delimiter = b"--" + boundary.encode("utf-8", "replace")
    at = _delimiter(raw, delimiter, node.start, end) if boundary else -1
    if at < 0:
        # Seen in bounces: another boundary than the header says.
        notes["boundary_missing"] = None
        guessed = _LIKE_DELIMITER.search(raw, node.start, min(end, node.start + GUESSED_BYTES))
        if guessed is None:
            return
        at, delimiter = guessed.start(), guessed[1]
    while at >= 0:
        line_end = raw.find(b"\n", at, end)
        if raw.startswith(b"--", at + len(delimiter)) or line_end < 0:
            return
        begin = line_end + 1
        at = _delimiter(raw, delimiter, begin, end)
        if at < 0:
            notes["boundary_unclosed"] = None
            yield begin, end
            return
        yield begin, max(begin, at - (2 if raw[at - 2 : at] == b"\r\n" else 1))


def _delimiter(raw: bytes, delimiter: bytes, start: int, end: int) -> int:
    """Return where the next delimiter line begins, or -1."""
    at = start
    if raw.startswith(delimiter, start, end):
        if _line_ends(raw, start + len(delimiter), end):
            return start
        at += 1
    line = b"\n" + delimiter
    for _ in range(LOOKALIKES):
        at = _next_line(raw, line, at, end)
        if at < 0:
            return -1
        if _line_ends(raw, at + len(line), end):
            return at + 1
        at += 2
    if len(line) > MAX_DELIMITER_BYTES:
        return -1
    found = re.compile(re.escape(line) + _LINE_ENDS).search(raw, at - 1, end)
    return found.start() + 1 if found else -1


def _next_line(raw: bytes, line: bytes, at: int, end: int) -> int:
    """Return where `line`, a line end and a delimiter, stands next, or -1.

    One sign is found ten times as fast as a line; base64 has no hyphen, and prose has few.
    """
    while at < end:
        for _ in range(HYPHENS):
            at = raw.find(b"-", at, end)
            if at < 0:
                return -1
            # At the very beginning, -1 is the last byte alone: no line.
            if raw.startswith(line, at - 1, end):
                return at - 1
            at += 1
        found = raw.find(line, at - 1, min(end, at + NEAR_BYTES))
        if found >= 0:
            return found
        at += NEAR_BYTES - len(line)
    return -1


def _line_ends(raw: bytes, at: int, end: int) -> bool:
    """Whether nothing but `--` and blanks stands between `at` and the end of the line."""
    if raw.startswith(b"--", at, end):
        return True
    rest = raw[at : min(at + 2, end)]
    return not rest or rest[:1] in (b"\n", b"\r", b" ", b"\t")
