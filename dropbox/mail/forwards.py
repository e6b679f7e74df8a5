"""Forwarded originals: mail attached to a mail, or written into its body by a mail program.

The outermost one counts; what that one quotes or forwards itself stays in its text as history. A
header in the body of an answer is quotation and no forward.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from dropbox.mail import (
    charsets,
    header_blocks,
    headers,
    labels,
    local_dates,
    mailboxes,
    written_addresses,
)
from dropbox.mail.header_blocks import HeaderBlock
from dropbox.mail.label_tables import Field
from dropbox.mail.message import Forwarded, Message
from dropbox.mail.parts import Node, Tree

BAR = 0.5
"""A forward read with less `confidence` than this is to be decided by a person.

What is over it: a header that says that it was forwarded, or a whole one in a mail whose subject
says so or that has no sign of being an answer; and one address in its From. Everything about which
two readers could differ is below: no address or several, a quotation above the header, a mail
that answers another without saying so in its subject.
"""

CERTAIN = 0.9
"""From here on a mail attached beside the forward is taken for an attachment of the original."""

MAX_ATTACHED = 50
MAX_DEPTH = 3
"""So deep attached mail is read that is attached to attached mail."""
MAX_ABOVE_LINES = 1_000
"""So far above the header a line is looked for that begins a quotation."""
MAX_COMMENT_CHARS = 100_000
MAX_FROM_CHARS = 2_000
MAX_SUBJECT_CHARS = 2_000
MAX_ONE_LINE_CHARS = 300

_MESSAGES = frozenset(("message/rfc822", "message/global"))
_FILES = frozenset(("application/octet-stream", "application/eml", "application/x-eml", "text/eml"))
_MAIL_FIELDS = (b"from", b"date", b"received", b"message-id", b"subject", b"mime-version")
_ONE_LINE = re.compile(r"([^\"<>@]{8,60}?\d{1,2}:\d\d)[, ]+([^,].*):$")
_BLANK = " \t\r\xa0\u3000\u200b\ufeff\u200e\u200f"
_ENDS = re.compile(
    r"end(?:s|e)?\b|end of|конец|кінець|ここまで|終わり|以上|结束|結束|끝", re.IGNORECASE
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d[./]\d{1,2}[./]\d\d|\d年|\d{1,2}:\d\d")
_LISTS: tuple[tuple[Field, int], ...] = (
    ("to", written_addresses.MAX_MAILBOXES),
    ("cc", written_addresses.MAX_MAILBOXES),
    ("reply_to", mailboxes.MAX_REPLY_TO),
    ("original_from", mailboxes.MAX_REPLY_TO),
)
_WROTE = tuple(labels.normal(verb) for verb in labels.WROTE)


def attached(
    tree: Tree, comment: str, read: Callable[[bytes], Message]
) -> tuple[tuple[Forwarded, ...], bool]:
    """Return the mail that is attached, each read in full by `read`; also whether there is more."""
    found: list[Forwarded] = []
    for leaf in tree.leaves():
        if not _is_mail(leaf):
            continue
        if len(found) == MAX_ATTACHED:
            return tuple(found), True
        found.append(_attached(leaf, comment, read(leaf.content())))
    return tuple(found), False


def inline(text: str, subject: str, *, answers: bool) -> tuple[Forwarded | None, tuple[str, ...]]:
    """Return the forward that stands in `text`, None when there is none; and notes about it.

    `answers`: whether the mail names others that it refers to (In-Reply-To, References), as
    answers do, and what Outlook and Gmail forward.
    """
    lines = text.split("\n", header_blocks.MAX_LINES)
    block = header_blocks.find(lines)
    says = labels.prefix(subject)
    above = lines[max(0, block.begin - MAX_ABOVE_LINES) : block.begin] if block else []
    opened = _opened(lines if block is None else above)
    if opened is not None and (one_line := _one_line(lines, opened, subject)):
        return one_line, ()
    if block is None:
        if says == "forward" and (found := _unfound(lines)):
            return found, ()
        unread = says != "reply" and "@" in text and header_blocks.unread(lines[:MAX_ABOVE_LINES])
        return (Forwarded(text=text, confidence=0.1) if unread else None), ()
    comment = _comment(lines[: block.begin])
    quoted = _is_quoted(lines, block)
    if block.separator != "forward" and header_blocks.is_raw(lines, block):
        # What a bounce returns; a person may have copied one too.
        quoted = True
    # An answer has words of its own above what it quotes.
    sure = _sure(block, says, answers=answers and bool(comment), quoted=quoted)
    if opened is not None or (sure and header_blocks.unread(above)):
        # The header that was found is not the outermost one, and the outermost was not understood.
        sure = min(sure or 0.2, 0.2)
    if not sure:
        return None, ()
    senders = written_addresses.read(block.value("from"), 10)
    if not (senders.mailboxes or says or block.separator):
        # Nothing says that it is mail at all: an agenda has a date and a subject too.
        return None, ()
    sure *= senders.sure or 0.4
    sent_at = local_dates.read(block.value("date"), block.languages or ())
    to, cc, reply_to, original_from = (
        written_addresses.read(block.value(name), limit) for name, limit in _LISTS
    )
    forwarded = Forwarded(
        author=senders.mailboxes[0] if senders.sure else None,
        from_text=charsets.single_line(block.value("from")[:MAX_FROM_CHARS]),
        to=to.mailboxes,
        cc=cc.mailboxes,
        reply_to=tuple(dict.fromkeys(reply_to.mailboxes + original_from.mailboxes)),
        subject=charsets.single_line(block.value("subject")[:MAX_SUBJECT_CHARS]),
        sent_at=sent_at,
        text=_body(lines, block),
        comment=comment,
        confidence=round(sure, 2),
    )
    return forwarded, ("addresses_capped",) if to.capped or cc.capped else ()


def _is_mail(leaf: Node) -> bool:
    if leaf.type in _MESSAGES:
        return True
    name = leaf.disposition.parameters.get("filename") or leaf.content_type.parameters.get("name")
    if leaf.type not in _FILES or not (name or "").lower().endswith(".eml"):
        return False
    head = leaf.content()[: headers.MAX_FIELD_BYTES]
    fields = headers.split(head, 0, len(head))[0].fields
    return b"from" in fields and sum(one in fields for one in _MAIL_FIELDS) >= 2


def _attached(leaf: Node, comment: str, message: Message) -> Forwarded:
    return Forwarded(
        author=message.author,
        from_text=message.from_text,
        to=message.to,
        cc=message.cc,
        reply_to=message.reply_to,
        subject=message.subject,
        sent_at=message.sent_at,
        text=message.text,
        comment=comment[:MAX_COMMENT_CHARS],
        confidence=1.0 if message.author else 0.3,
        path=leaf.path,
        message=message,
    )


def _sure(block: HeaderBlock, says: str, *, answers: bool, quoted: bool) -> float:
    """How sure it is that `block` was forwarded; 0 when it was quoted in an answer."""
    if quoted:
        return 0.3 if says == "forward" else 0.0
    if block.separator == "forward":
        sure = 0.7 if says == "reply" else 0.98
        return sure if block.core >= 3 else sure - 0.15
    if says == "forward":
        return 0.92 if block.core >= 3 else 0.6
    if says == "reply" or "date" not in block.pieces or block.core < 3:
        # Without a date it may be what a web form sends.
        return 0.0
    if answers:
        return 0.35
    return 0.75 if block.core == 4 or block.separator else 0.55


def _is_quoted(lines: list[str], block: HeaderBlock) -> bool:
    """Whether `On ... somebody wrote:` stands above the header, or quoted lines do."""
    above = next((one for one in reversed(lines[: block.begin]) if one.strip(_BLANK)), "")
    if block.depth and header_blocks.unquoted(above)[1]:
        return True
    for at in range(block.begin - 1, max(-1, block.begin - MAX_ABOVE_LINES), -1):
        line = header_blocks.unquoted(lines[at])[0].strip(_BLANK)
        if not line.endswith((":", "：")) or len(line) > 500:
            continue
        above = lines[at - 1][:300] if at else ""
        if _is_attribution(f"{above} {line}", line):
            return True
    return False


def _is_attribution(both: str, line: str) -> bool:
    words = labels.normal(line.rstrip(":： "))
    dated = _YEAR.search(both) is not None
    if "@" in both and dated:
        return True
    return dated and words.endswith(_WROTE)


def _opened(lines: list[str]) -> int | None:
    """Return the first line that says that a forwarded mail follows; None when there is none."""
    for at, line in enumerate(lines[:MAX_ABOVE_LINES]):
        if line.lstrip()[:2] in ("--", "==") and labels.separator(line) == "forward":
            return at
    return None


def _one_line(lines: list[str], opened: int, subject: str) -> Forwarded | None:
    """Read Yandex's header: `05.03.2024, 14:03, "Mia Lund" <mia@fjord.test>:`."""
    at = opened + 1
    while at < min(len(lines), opened + 4) and not lines[at].strip(_BLANK):
        at += 1
    line = lines[at].strip(_BLANK) if at < len(lines) else ""
    if not line.endswith(":") or len(line) > MAX_ONE_LINE_CHARS:
        return None
    found = _ONE_LINE.match(line)
    senders = written_addresses.read(found[2], 10) if found else None
    if not found or not senders or not senders.sure:
        return None
    block = HeaderBlock(opened, at, at + 1, separator="forward")
    return Forwarded(
        author=senders.mailboxes[0],
        from_text=charsets.single_line(found[2]),
        subject=labels.without_prefix(subject)[:MAX_SUBJECT_CHARS],
        sent_at=local_dates.read(found[1], ("ru",)),
        text=_body(lines, block),
        comment=_comment(lines[:opened]),
        confidence=0.9,
    )


def _unfound(lines: list[str]) -> Forwarded | None:
    """Return what a mail that says it was forwarded holds, if something is quoted in it."""
    for at, line in enumerate(lines[:MAX_ABOVE_LINES]):
        bare, depth = header_blocks.unquoted(line)
        kind = labels.separator(bare)
        attributed = bare.rstrip(_BLANK).endswith(":") and _is_attribution(line[:500], bare[:500])
        if depth or attributed or kind in ("forward", "original"):
            rest = "\n".join(lines[at + (not depth) :]).strip("\n")
            return Forwarded(text=rest, comment=_comment(lines[:at]), confidence=0.1)
        read = labels.field(bare)
        if read is not None and read.field == "from" and read.value:
            rest = "\n".join(lines[at:]).strip("\n")
            from_text = charsets.single_line(read.value[:MAX_FROM_CHARS])
            forwarded = Forwarded(text=rest, comment=_comment(lines[:at]), confidence=0.2)
            return replace(forwarded, from_text=from_text)
    return None


def _comment(lines: list[str]) -> str:
    text = "\n".join(line.rstrip(_BLANK) for line in lines).strip("\n")
    return text[:MAX_COMMENT_CHARS]


def _body(lines: list[str], block: HeaderBlock) -> str:
    """Return the original's text: quote marks of the forward removed, its own kept."""
    body = lines[block.end :]
    depth = block.depth
    if not depth:
        # Missive quotes the text below a header that it does not quote.
        written = [line for line in body[: header_blocks.MAX_LINES] if line.strip(_BLANK)]
        depth = int(bool(written) and all(line.startswith(">") for line in written))
    if depth:
        body = [_without_marks(line, depth) for line in body]
    first, last = 0, len(body)
    while first < last and not body[first].strip(_BLANK):
        first += 1
    if first < last and block.separator and _closes(body[first], lines[block.begin]):
        first += 1
    while first < last and not body[last - 1].strip(_BLANK):
        last -= 1
    if first < last and labels.separator(body[last - 1]) and _ENDS.search(body[last - 1][-200:]):
        last -= 1
    return "\n".join(line.rstrip("\r") for line in body[first:last]).strip("\n \t\ufeff")


def _closes(line: str, opening: str) -> bool:
    """Whether a line ends the header: Becky! draws a rule, Zoho says again what it said above."""
    return labels.separator(line) == "rule" or (len(line) < 200 and line.strip() == opening.strip())


def _without_marks(line: str, depth: int) -> str:
    bare, found = header_blocks.unquoted(line, depth)
    if not found:
        return line
    # One blank belongs to the marks, more are the text's own.
    at = line.find(">")
    for _ in range(found - 1):
        at = line.find(">", at + 1)
    rest = line[at + 1 :]
    return rest[1:] if rest.startswith(" ") else (rest or bare)
