"""Headers in a body that are noticed and not read: in a language beyond the tables, or raw ones.

Where one stands, what was read beside it is in doubt: the outermost header was not understood, or
a server returned what no person forwarded.
"""

from __future__ import annotations

import re

from dropbox.mail import labels
from dropbox.mail.written_headers import BLANK, HeaderBlock, unquoted

MAX_LINES = 5_000
"""So far down is looked for a header in a language that nobody knows."""
MAX_LINE_CHARS = 300
MAX_RAW_LINES = 40
"""So far around a header is looked for a field that no program shows."""

_YEAR = re.compile(r"(?<!\d)(?:19|20|25)\d\d(?!\d)|\d[./-]\d{1,2}[./-]\d\d")
_CLOCK = re.compile(r"\d[:.時时]\d\d")
_RAW = re.compile(
    r"(?:received|return-path|mime-version|content-type|content-transfer-encoding|dkim-signature|"
    r"x-mailer|x-received|message-id|authentication-results|user-agent)\s?:",
    re.IGNORECASE,
)


def any_in(lines: list[str]) -> bool:
    """Whether `lines` hold what looks like a header whose labels nobody knows.

    Three labels below each other, with an address and a time: a language beyond the tables. A
    signature has no time.
    """
    count, addressed, timed = 0, False, False
    for line in lines[:MAX_LINES]:
        if line and ":" not in line and "：" not in line and line.strip(BLANK):
            count, addressed, timed = 0, False, False
            continue
        bare = unquoted(line)[0][:MAX_LINE_CHARS].strip(BLANK)
        label, colon, value = bare.replace("：", ":", 1).partition(":")
        if not bare:
            continue
        if not colon or not value or not 0 < len(label) <= labels.MAX_LABEL_CHARS:
            count, addressed, timed = 0, False, False
            continue
        count += 1
        addressed = addressed or "@" in value
        timed = timed or (_CLOCK.search(value) is not None and _YEAR.search(value) is not None)
        if count >= 3 and addressed and timed:
            return True
    return False


def is_raw(lines: list[str], block: HeaderBlock) -> bool:
    """Whether `block` is part of a header as it travels, as bounces return one.

    Told by a field that no program shows (`Received`, `MIME-Version`) in it or around it.
    """
    above = reversed(lines[max(0, block.first - MAX_RAW_LINES) : block.first])
    for run in (above, lines[block.first : block.first + MAX_RAW_LINES]):
        for line in run:
            bare = unquoted(line)[0].strip(BLANK)
            if not bare:
                break
            if _RAW.match(bare):
                return True
    return False
