"""What is common to all headers that mail programs write into a body, with colons or without.

`HeaderBlock` is one as it was read; the functions look at a line before its label is looked up.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dropbox.mail import labels
from dropbox.mail.label_tables import Field

MAX_QUOTE_MARKS = 20
MAX_MARK_CHARS = 100

CORE: tuple[Field, ...] = ("from", "date", "to", "subject")
"""By how many of these it has a header is told."""
LISTS: tuple[Field, ...] = ("to", "cc", "bcc", "reply_to", "original_from")
"""Where one stands twice in a header, both count."""
BLANK = " \t\r\xa0\u3000\u200b\ufeff\u200e\u200f"
"""What shows as nothing around labels and values."""


@dataclass(slots=True)
class HeaderBlock:
    """A header found in a body; line numbers are those of the text split at LF."""

    begin: int
    """The first line that is not the comment any more: a separator, or the first label."""
    first: int
    """The first line that holds a label."""
    end: int = 0
    """The line behind the last one of the header."""
    depth: int = 0
    """Quote marks before the labels."""
    separator: str = ""
    """`forward`, `original`, `rule` or empty, see `labels.separator`."""
    pieces: dict[Field, list[str]] = field(default_factory=dict)
    """The lines of each value."""
    apart: bool = False
    """Whether values stand below their labels, as in tables made text."""
    languages: frozenset[str] | None = None
    """Those that use all of the labels; None as long as all are English ones, which all use."""

    @property
    def core(self) -> int:
        """How many of From, date, To and Subject there are."""
        return sum(name in self.pieces for name in CORE)

    def value(self, name: Field) -> str:
        """Return what stands behind the label, on one line; empty where there is none."""
        return " ".join(self.pieces.get(name, ())).strip()

    def add(self, read: labels.Labelled) -> None:
        """Take one labelled line; of two dates or subjects the first."""
        self.apart = self.apart or (not self.pieces and not read.value)
        known = self.pieces.setdefault(read.field, [])
        if known and read.field in LISTS:
            known.append(",")
        if not known or read.field in LISTS:
            known.append(read.value)
        if "en" not in read.languages:
            shared = self.languages and self.languages & read.languages
            self.languages = shared or read.languages


def with_colon(lines: list[str]) -> list[int]:
    """Return which of `lines` hold a colon, or begin a row of a table: no header is without."""
    return [at for at, line in enumerate(lines) if ":" in line or "：" in line or line[:1] == "|"]


def unquoted(line: str, most: int = MAX_QUOTE_MARKS) -> tuple[str, int]:
    """Return the line without the `>` before it and the blanks there, and how many these were."""
    depth, at = 0, 0
    head = line[:MAX_MARK_CHARS]
    if ">" not in head and "＞" not in head:
        return line, 0
    while depth < most and at < len(head) and head[at] in ">＞ \t":
        depth += head[at] in ">＞"
        at += 1
    return (line[at:] if depth else line), depth
