"""Headers of one line: `On 5 March 2024 at 14:03, "Mia Lund" <mia@fjord.test> wrote:`.

Above an answer it begins the quotation. Some programs have nothing else above what they forward:
Outlook for Mac in its plain text, and Yandex, below a line that says so.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from dropbox.mail import (
    attributions,
    charsets,
    labels,
    local_dates,
    written_addresses,
    written_headers,
)
from dropbox.mail.message import Mailbox

MAX_LINES = 600
"""So many lines of a comment are searched."""
MAX_CHARS = 500

_BLANK = " \t\r\xa0\u3000\u200b\ufeff\u200e\u200f\u202a\u202b\u202c"
_DASHES = ("--", "==")
_TAIL = 6
_COLONS = (":", "：")
_LAST_SIGNS = (*_COLONS, ">>>")
_IN_MESSAGE = re.compile(
    r"(?:message|nachricht|mensaje|mensagem|messaggio|bericht|meddelande|zpráv\w|wiadomoś\w{1,3})\s?"
    r"<[^<>\s]{1,200}>,?",
    re.IGNORECASE,
)
"""GroupWise names the message beside its author."""
_DATED = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d[./]\s?\d{1,2}[./]\s?\d\d|\d年|\d{1,2}:\d\d")
_BRACKETED = re.compile(
    r"[<\[(]{1,3}\s?(?:mailto:)?[^\s<>@()\[\]]{1,64}@[^\s<>@()\[\]]{1,255}\s?[>\])]{1,3}"
)
_BARE = re.compile(r"(?<!\S)[^\s<>@()\[\]]{1,64}@[^\s<>@()\[\],]{1,255}")
_LINK = re.compile(r"[<(]mailto:[^<>()\s]{1,320}[>)]")
_QUOTED_NAME = re.compile(r"[\"„«“]\s?([^\"„“”«»]{1,80}?)\s?[\"”»“]\s*$")
_BEFORE_NAME = re.compile(r"[,;:、，،]|\d\.?|[)）]")
_DIRECTIONS = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e"))
_NO_NAME = frozenset(
    "am pm uhr gmt utc cet cest est edt pst pdt jst mez mesz kontakt wiadomość "
    "م ص تمت ما يلي بواسطة מאת pazartesi salı çarşamba perşembe cuma cumartesi pazar".split()
)
_WROTE = tuple(labels.normal(verb) for verb in labels.WROTE)


class HeaderLine(NamedTuple):
    """Such a line; line numbers are those of the text split at LF."""

    begin: int
    end: int
    """The line behind it."""
    opened: bool
    """Whether a line above says that a forwarded mail follows."""
    author: Mailbox | None
    from_text: str
    sent_at: datetime | None
    languages: frozenset[str] = frozenset()
    """Those that use its verb."""


def find(lines: list[str]) -> HeaderLine | None:
    """Return the first such line of the first `MAX_LINES`."""
    for at in written_headers.with_colon(lines[:MAX_LINES]):
        line = lines[at]
        if not any(sign in line[-_TAIL:] for sign in _LAST_SIGNS) or len(line) > MAX_CHARS:
            continue
        bare = written_headers.unquoted(line)[0].strip(_BLANK)
        if attributions.opens_group_wise(line):
            bare = f"{bare.rstrip(_BLANK + '>')}:" if "@" not in bare[-_TAIL:] else bare
        above = lines[at - 1] if at and len(lines[at - 1]) <= MAX_CHARS else ""
        both = f"{written_headers.unquoted(above)[0].strip(_BLANK)} {bare}".strip()
        if not bare.endswith(_COLONS) or not is_attribution(both, bare):
            continue
        alone = is_attribution(bare, bare) and ("@" in bare or "@" not in both)
        begin = at if alone else at - 1
        opener = next((above for above, line in enumerate(lines[: at + 1]) if _opens(line)), None)
        if opener is None or any(one.strip(_BLANK) for one in lines[opener + 1 : begin]):
            return _read(bare if alone else both, begin, at + 1, opened=False)
        return _read(bare if alone else both, opener, at + 1, opened=True)
    return None


def opens(lines: list[str]) -> bool:
    """Whether one of the first `MAX_LINES` says that a forwarded mail follows."""
    return any(_opens(line) for line in lines[:MAX_LINES])


def is_attribution(both: str, line: str) -> bool:
    """Whether `line`, which ends with a colon, says who wrote when; `both`: with the line above."""
    both = both[: 2 * MAX_CHARS]
    if not _DATED.search(both):
        return False
    return "@" in both or labels.normal(line[-MAX_CHARS:].rstrip(":： ")).endswith(_WROTE)


def _opens(line: str) -> bool:
    return (
        line[:1] in "-= \t\u3000"
        and line.lstrip()[:2] in _DASHES
        and labels.separator(line) == "forward"
    )


def _read(text: str, begin: int, end: int, *, opened: bool) -> HeaderLine:
    plain = _IN_MESSAGE.sub(" ", text.rstrip(":： "))
    if "&lt;" in plain:
        # WP leaves these of HTML in its plain text.
        plain = plain.replace("&lt;", "<").replace("&gt;", ">")
    if "mailto:" in plain and "@" in (unlinked := _LINK.sub("", plain)):
        plain = unlinked
    plain = plain.translate(_DIRECTIONS)
    found = _BRACKETED.search(plain) or _BARE.search(plain)
    written = written_addresses.read(plain, 10).mailboxes
    if found is None or len(written) != 1:
        return HeaderLine(begin, end, opened, None, charsets.single_line(text), None)
    languages = attributions.languages(plain)
    head = plain[: found.start()].rstrip(_BLANK)
    quoted = _QUOTED_NAME.search(head)
    name = quoted[1] if quoted else _name(_BEFORE_NAME.split(head)[-1])
    name_at = quoted.start() if quoted else len(head) - len(name)
    author = Mailbox(written[0].email, "" if name.casefold() == written[0].email else name)
    when = f"{head[:name_at]} {plain[found.end() :]}"
    from_text = charsets.single_line(f"{name} {found[0]}".strip())
    sent_at = local_dates.read(when, languages)
    return HeaderLine(begin, end, opened, author, from_text, sent_at, languages)


def _name(words: str) -> str:
    """Return what is left when `Uhr schrieb` and the like are taken off the front."""
    left = words.split()
    while left and (
        left[0][0].islower()
        or not (left[0][0].isalnum() or left[0][0] in "'\"")
        or left[0].casefold().rstrip(".") in _NO_NAME
        or attributions.is_verb(left[0])
    ):
        left.pop(0)
    return " ".join(left)
