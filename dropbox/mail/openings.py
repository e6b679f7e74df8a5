"""Lines that say that a quoted or forwarded mail follows, in all their forms."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import Literal

from dropbox.mail import attributions, bare_blocks, labels

MAX_CANDIDATES = 250
"""So many lines are looked at closely, as attribution or header block."""
MAX_SEPARATORS = 400
"""So many lines that begin with a sign are looked at as `--- Original Message ---`."""
MAX_ATTRIBUTION_LINES = 4
MAX_BLOCK_LINES = 30
MAX_FOLDED_LINES = 3

_ONE_LINE = re.compile(r"(-{3,}+ [^-]{3,60} -{3,}+)\s+(\S.*)")
"""Yahoo has written separator and header as one line into plain text."""
_CLOCK = re.compile(r"\d[:.h時时点點시]\s?\d\d|\d\s?[時时点點시]")
_NAMED = ("Forwarded by ", "Original Message processed by", "This is a forwarded message")
_SHORTEST = min(map(len, _NAMED))
_FOURTH_SIGNS = frozenset(name[3] for name in _NAMED)
_ORDINARY = frozenset(string.ascii_letters + string.digits) - {name[0] for name in _NAMED}
"""What begins most lines, none of it worth a closer look by itself."""
_LAST_SIGNS = frozenset(end[-1] for end in attributions.ENDS if not end[0].isalpha())
_LAST_WORDS = ("wrote", "書きました。")
"""What a line ends with, or has in it, that may end an attribution."""
_NOTES_LABELS = frozenset(("to", "cc", "subject", "宛先", "件名"))
_NOTES_INDENT = " " * 10


@dataclass(frozen=True, slots=True)
class Opening:
    """Lines that say that something quoted follows."""

    end: int
    """The line behind them."""
    kind: Literal["likely", "attribution", "original", "forward"]
    """`likely`: an attribution if a line marked as quoted follows; the others are what they are."""


class Openings:
    """Where in a text quotations may open; read from top to bottom."""

    def __init__(self, text: str, lines: list[str], bare: list[str]) -> None:
        """Take the text, and its lines as they stand, and stripped."""
        self.capped = False
        self._lines, self._bare = lines, bare
        odd, colons = self._odd(text), self._with_colon(text)
        self._ends = frozenset(self._may_end(text, odd + colons))
        self._near = {at - back for at in self._ends for back in range(MAX_ATTRIBUTION_LINES)}
        """Lines that an attribution may begin at."""
        self.likely = self._near.union(self._begins(odd), colons, self._indented(text))
        """Lines worth a closer look: most begin with a letter and hold no colon."""
        self._candidates = 0
        self._separators = 0
        self._tried = 0
        """No header block begins before this line."""

    def _odd(self, text: str) -> list[int]:
        """Return the lines with a sign of interest at the beginning or, but for colons, the end."""
        # Single signs, as every line is asked: `str.endswith` alone takes ten times as long.
        if ">" in text or "-" in text:
            return [
                at
                for at, line in enumerate(self._bare)
                if line and (line[0] not in _ORDINARY or line[-1] in _LAST_SIGNS)
            ]
        return [at for at, line in enumerate(self._bare) if line and line[0] not in _ORDINARY]

    def _with_colon(self, text: str) -> list[int]:
        found: list[int] = []
        for colon in ":：":
            if colon in text:
                found += [at for at, line in enumerate(self._bare) if colon in line]
        return found

    def _may_end(self, text: str, likely: list[int]) -> list[int]:
        """Return the lines that may be the last of an attribution."""
        bare, ends = self._bare, attributions.ENDS
        found = [at for at in likely if bare[at][-1] in _LAST_SIGNS and bare[at].endswith(ends)]
        # These count where marked lines follow, or to part a line from one that ends otherwise.
        counts = found or ">" in text or "＞" in text or "|" in text or "｜" in text
        # Backwards it is searched in a third of the time.
        if counts and any(text.rfind(word) >= 0 for word in _LAST_WORDS):
            found += [at for at, line in enumerate(bare) if line.endswith(ends)]
        return [at for at in found if attributions.may_end(bare[at])]

    def _begins(self, odd: list[int]) -> list[int]:
        """Return the lines that begin with no letter and no digit, and those of `_NAMED`."""
        bare = self._bare
        return [
            at
            for at in odd
            if not (line := bare[at])[0].isalnum()
            or (len(line) >= _SHORTEST and line[3] in _FOURTH_SIGNS and line.startswith(_NAMED))
        ]

    def _indented(self, text: str) -> list[int]:
        # Where nothing was stripped off, nothing is indented.
        if self._lines == self._bare or _NOTES_INDENT not in text:
            return []
        return [at for at, line in enumerate(self._lines) if line.startswith(_NOTES_INDENT)]

    def read(self, at: int) -> Opening | None:
        if self._candidates > MAX_CANDIDATES:
            self.capped = True
            return None
        line = self._lines[at]
        if line.startswith(_NOTES_INDENT) and (end := self._notes_block(at)):
            return Opening(end, "original")
        found = self._attribution(at) if at in self._near else None
        if found and found.kind == "attribution":
            return found
        # `От: ...` begins like an attribution, and a header may end with an empty `Тема:`.
        return self._separator(at) or self._header_block(at) or found

    def group_wise(self, at: int) -> Opening | None:
        """Read the line with which GroupWise quotes, marked like a quotation that it is not.

        `>>> ... >>>`, or `>>> On ... wrote:` with neither a quoted line above it nor below.
        """
        bare = self._bare[at]
        if not bare.startswith(">>> ") or self._candidates > MAX_CANDIDATES:
            return None
        if attributions.opens_group_wise(bare):
            return Opening(at + 1, "attribution")
        if at and self._bare[at - 1].startswith(">"):
            return None
        lines = [bare[4:]]
        for line in self._bare[at + 1 : at + MAX_ATTRIBUTION_LINES]:
            if lines[-1].endswith(":") or not line or line[0] == ">":
                break
            lines.append(line)
        below = filled(self._bare, at + len(lines), MAX_FOLDED_LINES)
        if self._bare[below : below + 1] and self._bare[below].startswith(">>"):
            return None
        self._candidates += 1
        sure = attributions.certainty(" ".join(lines)) == "sure"
        return Opening(at + len(lines), "attribution") if sure else None

    def _attribution(self, at: int) -> Opening | None:
        lines = self._bare[at : at + MAX_ATTRIBUTION_LINES]
        unended: Opening | None = None
        for more, line in enumerate(lines):
            if not line or (more and line[0] in ">＞"):
                break
            if at + more not in self._ends:
                continue
            if more and not attributions.begins(lines[0]):
                break
            self._candidates += 1
            certainty = attributions.certainty(" ".join(lines[: more + 1]))
            if not certainty:
                continue
            if more and not attributions.is_dated(lines[0]):
                below = attributions.certainty(" ".join(lines[1 : more + 1]))
                if below == "sure" or (below and certainty == "likely"):
                    # The first line is of the text above.
                    break
            if certainty == "likely" and line.endswith(">") and not unended:
                # The verb may stand on the next line.
                unended = Opening(at + more + 1, "likely")
                continue
            return Opening(at + more + 1, "attribution" if certainty == "sure" else "likely")
        return unended

    def _separator(self, at: int) -> Opening | None:
        bare = self._bare[at]
        if bare.startswith(_NAMED[1]):
            return Opening(at + 1, "original")
        named = bare.startswith((_NAMED[0], _NAMED[2]))
        words = bare[0].isalnum() and at not in self._ends
        if (words and not named) or bare[1:2].isspace():
            return None
        if self._separators >= MAX_SEPARATORS:
            self.capped = True
            return None
        self._separators += 1
        if (found := _ONE_LINE.match(bare)) and labels.field(found[2]):
            return Opening(at + 1, "forward") if labels.separator(found[1]) else None
        kind = "forward" if named else labels.separator(bare)
        self._candidates += kind in ("forward", "original")
        if kind == "forward" and self._header_follows(at + 1):
            return Opening(at + 1, "forward")
        if kind == "original" and (bare[:2] == bare[-2:] or self._header_follows(at + 1)):
            first = filled(self._bare, at + 1, 3)
            end, fields, _ = self._fields(first)
            if not fields and (block := bare_blocks.read(self._bare, first)):
                return Opening(block.end, "original")
            return Opening(end if fields else at + 1, "original")
        return None

    def _header_follows(self, at: int) -> bool:
        for _ in range(3):
            at = filled(self._bare, at, 3)
            if at >= len(self._bare):
                return False
            bare = self._bare[at].lstrip(">＞ ")
            if labels.field(bare) or labels.separator(bare) == "original":
                return True
            if bare_blocks.read(self._bare, at):
                return True
            if bare.endswith(attributions.ENDS) and attributions.certainty(bare):
                return True
            at += 1
        return False

    def _header_block(self, at: int) -> Opening | None:
        """Read `From: ... Sent: ... To: ... Subject: ...` in any language."""
        head = self._bare[at][: labels.MAX_LABEL_CHARS + 10]
        if at < self._tried or not labels.field(head):
            return None
        self._candidates += 1
        self._tried, fields, addressed = self._fields(at)
        if not _is_header(fields, addressed=addressed):
            return None
        return Opening(self._tried, "original")

    def _fields(self, at: int) -> tuple[int, dict[str, str], bool]:
        """Read header fields from a line on: the line behind them, they, and if one has an address.

        Values may be folded, and blank lines may stand between.
        """
        fields: dict[str, str] = {}
        addressed = False
        end, line, folded = at, at, 0
        while line < min(len(self._bare), at + MAX_BLOCK_LINES):
            bare = self._bare[line]
            found = labels.field(bare) if bare else None
            if found:
                folded = 0
                end = line + 1
                # Outlook puts a value that is a table cell on a line of its own.
                value = found[1] or self._below(line)
                fields.setdefault(found[0], value)
                addressed = addressed or "@" in value
            elif bare:
                folded += 1
                if not fields or folded > MAX_FOLDED_LINES or bare[0] in ">＞":
                    break
            elif not labels.field(self._below(line)):
                break
            line += 1
        return end, fields, addressed

    def _below(self, at: int) -> str:
        return self._bare[at + 1] if at + 1 < len(self._bare) else ""

    def _notes_block(self, at: int) -> int:
        """Return where a Lotus Notes heading ends: columns, To, cc and Subject at the right."""
        self._candidates += 1
        seen: set[str] = set()
        end = at
        for line in range(at, min(len(self._lines), at + 16)):
            for words in (self._bare[line][-20:], self._bare[line][:10]):
                word = words.rpartition("  ")[2].strip().lower()
                if word in _NOTES_LABELS:
                    seen.add(word)
                    end = line + 1
        return end if len(seen) >= 3 else 0


def filled(bare: list[str], at: int, most: int) -> int:
    """Return the first line from `at` that is not blank, at most `most` lines on."""
    end = min(len(bare), at + most + 1)
    while at < end and not bare[at]:
        at += 1
    return at


def _is_header(fields: dict[str, str], *, addressed: bool) -> bool:
    if "from" not in fields or len(fields.keys() & {"from", "date", "to", "subject"}) < 3:
        return False
    return addressed or ("subject" in fields and bool(_CLOCK.search(fields.get("date", ""))))
