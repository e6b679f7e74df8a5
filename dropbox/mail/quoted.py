"""The newly written text of a mail, told apart from quoted history and signature.

Line by line, once over the text. In doubt the text is kept: an answer that is lost is worse than
a signature that is shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from dropbox.mail import attributions, labels, signatures

MAX_LINES = 3_000
"""What follows so many lines counts as the last of them does."""
MAX_LINE_CHARS = 500
MAX_CANDIDATES = 300
"""So many lines are looked at closely, as attribution or header block."""
MAX_SEPARATORS = 1_000
"""So many lines that begin with a sign are looked at as `--- Original Message ---`."""
MAX_SECTIONS = 20
"""So many pieces of own text below quotations are tried as signatures."""
MAX_ATTRIBUTION_LINES = 4
MAX_BLOCK_LINES = 30
MAX_FOLDED_LINES = 3
MAX_GAP_LINES = 10
"""Blank lines that may stand between an attribution and what it quotes."""

_INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff" + "".join(map(chr, range(0x202A, 0x202F)))
_BLANK = "".join(filter(str.isspace, map(chr, range(0x3001)))) + _INVISIBLE
_ONE_LINE = re.compile(r"(-{3,}+ [^-]{3,60} -{3,}+)\s+(\S.*)")
"""Yahoo has written separator and header as one line into plain text."""
_INITIALS = re.compile(r"[^\s>＞|｜]{0,10}[>＞|｜]")
_CLOCK = re.compile(r"\d[:.h時时点點시]\s?\d\d|\d\s?[時时点點시]")
_SENTENCE_ENDS = tuple(".!?。！？:：;」）)")
_NAMED = ("Forwarded by ", "Original Message processed by")
_NOTES_LABELS = frozenset(("to", "cc", "subject", "宛先", "件名"))
_NOTES_INDENT = " " * 10
_WRAP_COLUMNS = 72


@dataclass(frozen=True, slots=True)
class Reply:
    """Where the newly written text stands in the text given, in characters."""

    start: int
    end: int
    """Equal to `start` when nothing is new."""
    notes: tuple[str, ...] = ()


def read(text: str) -> Reply:
    """Return the span of what its author wrote now. Never raises; takes linear time.

    Answers between quoted lines stay whole: from the first own line to the last. What stands above
    a forwarded mail is what is new of it.
    """
    scan = _Scan(text)
    scan.read()
    start, end = scan.span()
    return Reply(start, end, ("reply_capped",) if scan.capped else ())


@dataclass(frozen=True, slots=True)
class _Opener:
    """Lines that say that something quoted follows."""

    end: int
    """The line behind them."""
    kind: Literal["likely", "attribution", "original", "forward"]
    """`likely`: an attribution if a line marked as quoted follows; the others are what they are."""


class _Scan:
    """The lines of a text and what each of them is: own, blank, or (part of) a quotation."""

    def __init__(self, text: str) -> None:
        *lines, rest = text.split("\n", MAX_LINES)
        self.capped = len(lines) == MAX_LINES and bool(rest)
        self._rest = rest if self.capped else ""
        self._lines = lines if self.capped else [*lines, rest]
        # None strips the same, four times as fast, where there is nothing invisible.
        blank = _BLANK if any(sign in text for sign in _INVISIBLE) else None
        self._bare = [line[:MAX_LINE_CHARS].strip(blank) for line in self._lines]
        ends = [at for at, bare in enumerate(self._bare) if bare.endswith(attributions.ENDS)]
        self._ends = frozenset(ends)
        self._near = {at - back for at in ends for back in range(MAX_ATTRIBUTION_LINES)}
        """Lines that an attribution may begin at."""
        self._columns = _NOTES_INDENT in text
        self._own: list[int] = []
        self._sections = [0]
        """Where in `_own` a piece begins that stands below something quoted."""
        self._prefix = ""
        self._candidates = 0
        self._separators = 0
        self._tried = 0
        """No header block begins before this line."""
        self._hard = False
        """Everything below is quoted, marked or not."""

    def read(self) -> None:
        bares, own, near = self._bare, self._own, self._near
        at, count, quoted = 0, len(bares), -1
        while at < count:
            bare = bares[at]
            if not bare:
                at += 1
                continue
            if at in near or self._stands_out(at, bare):
                if self._is_quoted(at):
                    quoted = at
                    at += 1
                    continue
                if (opener := self._opener(at)) is not None and self._opens(opener):
                    self._drop_rule_above(at)
                    if self._hard:
                        return
                    at = opener.end
                    quoted = at - 1
                    continue
            if quoted != at - 1 or not self._is_wrapped_quotation(at):
                if own and quoted > own[-1]:
                    self._sections.append(len(own))
                own.append(at)
            else:
                quoted = at
            at += 1

    def _stands_out(self, at: int, bare: str) -> bool:
        """Take a quick look: most lines begin with a letter and hold no colon."""
        return (
            ":" in bare
            or not bare[0].isalnum()
            or "：" in bare
            or bool(self._prefix)
            or bare.startswith(_NAMED)
            or (self._columns and self._lines[at].startswith(_NOTES_INDENT))
        )

    def span(self) -> tuple[int, int]:
        if self._rest_is_own():
            first = self._own[0] if self._own else len(self._lines)
            return self._offset(first), self._offset(len(self._lines)) + len(self._rest.rstrip())
        if not self._own:
            filled = next((at for at, bare in enumerate(self._bare) if bare), 0)
            return self._offset(filled), self._offset(filled)
        first, last = self._own[0], self._last()
        start = self._offset(first)
        if last < first:
            return start, start
        return start, self._offset(last) + len(self._lines[last].rstrip(_BLANK))

    def _offset(self, at: int) -> int:
        return sum(map(len, self._lines[:at])) + at

    def _rest_is_own(self) -> bool:
        if not self.capped or self._hard or not self._rest.strip():
            return False
        filled = next((at for at in range(len(self._bare) - 1, -1, -1) if self._bare[at]), -1)
        return not self._own or self._own[-1] == filled

    def _last(self) -> int:
        """Return the last own line above the signature; -1 when there is nothing else."""
        own = self._own
        kept = len(own)
        for begin in self._sections[: -MAX_SECTIONS - 1 : -1]:
            if begin == kept:
                continue
            first = max(own[begin], own[kept - 1] - signatures.MAX_LINES)
            at, sure = signatures.begin(self._lines[first : own[kept - 1] + 1])
            last = first + at - 1
            while last >= first and not self._bare[last]:
                last -= 1
            if last >= first:
                return last
            if begin == 0:
                return -1 if sure else own[kept - 1]
            kept = begin
        return own[kept - 1]

    def _is_quoted(self, at: int) -> bool:
        bare = self._bare[at]
        if bare[0] in ">＞":
            # `>From` at the beginning of a line was once put in by mailboxes, not by a person.
            return not bare.startswith(">From ") or self._beside(at, ">")
        return bool(self._prefix) and bare.startswith(self._prefix)

    def _beside(self, at: int, sign: str) -> bool:
        neighbours = self._bare[max(0, at - 1) : at] + self._bare[at + 1 : at + 2]
        return any(bare.startswith(sign) and not bare.startswith(">From ") for bare in neighbours)

    def _opens(self, opener: _Opener) -> bool:
        """Decide by what follows whether the opener is one; sets `_hard` when all below is quoted.

        An unmarked quotation with nothing own above it may hold the answer: it is kept.
        """
        below = self._filled(opener.end, MAX_GAP_LINES)
        if opener.kind != "forward" and below < len(self._bare) and self._marks(below, opener):
            return True
        if opener.kind == "likely":
            return False
        self._hard = bool(self._own) or opener.kind != "attribution"
        return True

    def _marks(self, at: int, opener: _Opener) -> bool:
        """Whether the line is marked as quoted; learns marks like `Taro> ` and `| `."""
        bare = self._bare[at]
        if self._is_quoted(at):
            return True
        if opener.kind == "original" or not (found := _INITIALS.match(bare)):
            return False
        if not any(later.startswith(found[0]) for later in self._bare[at + 1 : at + 4]):
            return False
        self._prefix = found[0]
        return True

    def _filled(self, at: int, most: int) -> int:
        """Return the first line from `at` that is not blank, at most `most` lines on."""
        end = min(len(self._bare), at + most + 1)
        while at < end and not self._bare[at]:
            at += 1
        return at

    def _opener(self, at: int) -> _Opener | None:
        if self._candidates > MAX_CANDIDATES:
            self.capped = True
            return None
        line = self._lines[at]
        if line.startswith(_NOTES_INDENT) and (end := self._notes_block(at)):
            return _Opener(end, "original")
        if at in self._near and (found := self._attribution(at)):
            return found
        return self._separator(at) or self._header_block(at)

    def _attribution(self, at: int) -> _Opener | None:
        lines = self._bare[at : at + MAX_ATTRIBUTION_LINES]
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
            return _Opener(at + more + 1, "attribution" if certainty == "sure" else "likely")
        return None

    def _separator(self, at: int) -> _Opener | None:
        bare = self._bare[at]
        if bare.startswith(_NAMED[1]):
            return _Opener(at + 1, "original")
        named = bare.startswith(_NAMED[0])
        words = bare[0].isalnum() and at not in self._ends
        if (words and not named) or bare[1:2].isspace():
            return None
        if self._separators >= MAX_SEPARATORS:
            self.capped = True
            return None
        self._separators += 1
        if (found := _ONE_LINE.match(bare)) and labels.field(found[2]):
            return _Opener(at + 1, "forward") if labels.separator(found[1]) else None
        kind = "forward" if named else labels.separator(bare)
        self._candidates += kind in ("forward", "original")
        if kind == "forward" and self._header_follows(at + 1):
            return _Opener(at + 1, "forward")
        if kind == "original" and (bare[:2] == bare[-2:] or self._header_follows(at + 1)):
            end, fields, _ = self._fields(self._filled(at + 1, 3))
            return _Opener(end if fields else at + 1, "original")
        return None

    def _header_follows(self, at: int) -> bool:
        for _ in range(3):
            at = self._filled(at, 3)
            if at >= len(self._bare):
                return False
            bare = self._bare[at].lstrip(">＞ ")
            if labels.field(bare) or labels.separator(bare) == "original":
                return True
            at += 1
        return False

    def _header_block(self, at: int) -> _Opener | None:
        """Read `From: ... Sent: ... To: ... Subject: ...` in any language."""
        head = self._bare[at][: labels.MAX_LABEL_CHARS + 10]
        if at < self._tried or not (":" in head or "：" in head) or not labels.field(head):
            return None
        self._candidates += 1
        self._tried, fields, addressed = self._fields(at)
        if not _is_header(fields, addressed=addressed):
            return None
        return _Opener(self._tried, "original")

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

    def _drop_rule_above(self, at: int) -> None:
        """A rule right above a quotation, or words between dashes, belong to it."""
        while self._own and not any(self._bare[self._own[-1] + 1 : at]):
            above = self._own[-1]
            if not signatures.is_rule(self._lines[above]) and (
                self._bare[above][:2] != "--" or labels.separator(self._bare[above]) != "rule"
            ):
                return
            self._own.pop()

    def _is_wrapped_quotation(self, at: int) -> bool:
        """Whether a line is the end of a long quoted line, cut off without a mark of its own."""
        if not 0 < at < len(self._bare) - 1 or not (self._bare[at - 1] and self._bare[at + 1]):
            return False
        above = self._bare[at - 1]
        if not self._is_quoted(at - 1) or not self._is_quoted(at + 1):
            return False
        bare = self._bare[at]
        overfull = len(above) + 1 + len(bare.split(None, 1)[0]) > _WRAP_COLUMNS
        torn = len(bare) <= 30 and (bare[0].islower() or bare[0] in ",.;)=")
        return overfull and torn and not above.endswith(_SENTENCE_ENDS)


def _is_header(fields: dict[str, str], *, addressed: bool) -> bool:
    if "from" not in fields or len(fields.keys() & {"from", "date", "to", "subject"}) < 3:
        return False
    return addressed or ("subject" in fields and bool(_CLOCK.search(fields.get("date", ""))))
