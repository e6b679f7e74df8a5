"""PGP in the text of a mail (RFC 9580 section 6 and 7): the armour off, what is readable kept."""

from __future__ import annotations

import re

MAX_MARKS = 200

_MARK = re.compile(
    r"^-----(BEGIN|END) PGP (MESSAGE|SIGNED MESSAGE|SIGNATURE)-----[ \t]*+$\n?", re.MULTILINE
)
_ESCAPED = re.compile(r"^- ", re.MULTILINE)


def without_armour(text: str) -> tuple[str, bool]:
    """Return the text without PGP blocks, and whether one of them is encrypted.

    Signed text stays, its dash-escapes undone; encrypted blocks and signatures go.
    """
    # Backwards it is searched in a third of the time.
    if text.rfind("-----BEGIN PGP ") < 0:
        return text, False
    pieces: list[str] = []
    encrypted = False
    at = 0
    inside = ""
    for count, mark in enumerate(_MARK.finditer(text)):
        if count >= MAX_MARKS:
            break
        end, kind = mark[1] == "END", mark[2]
        between = text[at : mark.start()]
        if inside == "SIGNED MESSAGE":
            # The armour's own header, `Hash: SHA512`, ends with an empty line.
            between = _ESCAPED.sub("", between.partition("\n\n")[2])
        if inside in ("", "SIGNED MESSAGE"):
            pieces.append(between)
        inside = "" if end else kind
        encrypted = encrypted or kind == "MESSAGE"
        at = mark.end()
    if not inside or inside == "SIGNED MESSAGE":
        pieces.append(text[at:])
    return "".join(pieces), encrypted
