"""The words around a forward's header: the comment above it, and the original's text below."""

from __future__ import annotations

import re

from dropbox.mail import labels, written_headers
from dropbox.mail.written_headers import HeaderBlock

MAX_COMMENT_CHARS = 100_000
MAX_RULE_CHARS = 200

_BLANK = " \t\r\xa0\u3000\u200b\ufeff\u200e\u200f"
_ENDS = re.compile(
    r"end(?:s|e)?\b|end of|конец|кінець|ここまで|終わり|以上|结束|結束|끝", re.IGNORECASE
)
_SCISSORS = "===8<==="
"""The Bat! cuts between the header and the text."""
_KMAIL = re.compile(r"-{10}  [^-]{1,60}  -{10}")
_KMAIL_ENDS = re.compile(r"-{20,}")


def comment(lines: list[str]) -> str:
    """Return what the forwarding person wrote, without the empty lines around it."""
    text = "\n".join(line.rstrip(_BLANK) for line in lines).strip("\n")
    return text[:MAX_COMMENT_CHARS]


def body(lines: list[str], block: HeaderBlock) -> str:
    """Return the original's text: quote marks of the forward removed, its own kept."""
    below = lines[block.end :]
    seen = _seen(below)
    depth = block.depth
    if not depth:
        # Missive quotes the text below a header that it does not quote.
        depth = int(bool(seen) and all(below[at][0] in ">＞" for at in seen))
    if depth:
        below = [_without_marks(line, depth) for line in below]
        seen = _seen(below)
    if not seen:
        return ""
    first, last = seen[0], seen[-1] + 1
    if block.separator and _closes(below[first : first + 3], lines[block.begin]):
        first += 1
    if first < last and labels.separator(below[last - 1]) and _ENDS.search(below[last - 1]):
        last -= 1
    elif first < last and _KMAIL.fullmatch(lines[block.begin][:MAX_RULE_CHARS].strip(_BLANK)):
        last -= _KMAIL_ENDS.fullmatch(below[last - 1][:MAX_RULE_CHARS].strip(_BLANK)) is not None
    return "\n".join(line.rstrip("\r") for line in below[first:last]).strip("\n \t\ufeff")


def _seen(lines: list[str]) -> list[int]:
    """Return which lines have something to be seen in them."""
    return [at for at, line in enumerate(lines) if line.strip(_BLANK)]


def _closes(below: list[str], opening: str) -> bool:
    """Whether a line ends the header: Becky! draws a rule, Zoho says again what it said above.

    Not where another header follows: then it opens what the original forwards itself.
    """
    line = below[0]
    if len(line) > labels.MAX_SEPARATOR_CHARS:
        return False
    if labels.separator(line) == "rule" or line.startswith(_SCISSORS):
        return True
    if line.strip() == "--" and len(below) > 1:
        return True
    return line.strip() == opening.strip() and not any(map(labels.field, below[1:]))


def _without_marks(line: str, depth: int) -> str:
    bare, found = written_headers.unquoted(line, depth)
    # One blank belongs to the marks, more are the text's own.
    return bare.removeprefix(" ") if found else line
