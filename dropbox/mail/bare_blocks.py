"""Header blocks without colons: eM Client writes no more than a blank behind a label.

Words that begin so are in every text, so they are read below a separator only.

------ Original Message ------
From "Mia Lund" <mia@fjord.test>
To "Leo Berg" <leo@skog.test>
Date 05.03.2024 14:03:12
Subject Offer
"""

from __future__ import annotations

from dropbox.mail import labels
from dropbox.mail.written_headers import BLANK, HeaderBlock

MAX_SEPARATORS = 200
"""So many lines that begin with dashes are looked at as separators."""
MAX_LINES = 8
"""So many lines of a header are read."""
MAX_LINE_CHARS = 16_000


def find(lines: list[str], above: list[str]) -> HeaderBlock | None:
    """Return the first one in `lines` whose separator stands in `above`, the beginning of them."""
    attempts = 0
    for at, line in enumerate(above):
        if line[:2] != "--" or attempts >= MAX_SEPARATORS:
            continue
        attempts += 1
        kind = labels.separator(line)
        if kind not in ("forward", "original"):
            continue
        first = next(
            (on for on in range(at + 1, min(at + 4, len(lines))) if lines[on].strip(BLANK)), at
        )
        block = read(lines, first)
        if block is not None:
            block.begin, block.separator = at, kind
            return block
    return None


def read(lines: list[str], first: int) -> HeaderBlock | None:
    """Read the one that begins at the line `first`, below a separator; None if none does."""
    block = HeaderBlock(first, first)
    for at in range(first, min(first + MAX_LINES, len(lines))):
        if not (labelled := _field(lines[at])) or labelled.field in block.pieces:
            break
        block.add(labelled)
        block.end = at + 1
    return block if {"from", "date"} <= block.pieces.keys() and block.core >= 3 else None


def _field(line: str) -> labels.Labelled | None:
    """Read `From somebody`: a label of one or two words, and its value."""
    if labels.field(line) is not None:
        return None
    words = line[:MAX_LINE_CHARS].strip(BLANK).split(None, 2)
    for count in (2, 1):
        label = " ".join(words[:count])
        if len(words) > count and len(label) <= labels.MAX_LABEL_CHARS and ":" not in label:
            labelled = labels.field(f"{label}: {' '.join(words[count:])}")
            if labelled is not None:
                return labelled
    return None
