"""Forwarded originals: mail attached to a mail, or written into its body by a mail program.

The outermost one counts; what that one quotes or forwards itself stays in its text as history. A
header in the body of an answer is quotation and no forward.
"""

from __future__ import annotations

from collections.abc import Callable

from dropbox.mail import (
    charsets,
    forward_lines,
    forward_texts,
    header_blocks,
    headers,
    labels,
    local_dates,
    mailboxes,
    unread_headers,
    written_addresses,
    written_headers,
)
from dropbox.mail.forward_lines import HeaderLine
from dropbox.mail.label_tables import Field
from dropbox.mail.message import Forwarded, Message
from dropbox.mail.parts import Node, Tree
from dropbox.mail.written_addresses import Written
from dropbox.mail.written_headers import HeaderBlock

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
MAX_LINES = 10_000
"""So many lines are looked at one by one; the rest of the text is body."""
MAX_FROM_CHARS = 2_000
MAX_SUBJECT_CHARS = 2_000

_MESSAGES = frozenset(("message/rfc822", "message/global"))
_FILES = frozenset(("application/octet-stream", "application/eml", "application/x-eml", "text/eml"))
_MAIL_FIELDS = (b"from", b"date", b"received", b"message-id", b"subject", b"mime-version")
_BLANK = " \t\r\xa0\u3000\u200b\ufeff\u200e\u200f"
_LISTS: tuple[tuple[Field, int], ...] = (
    ("to", written_addresses.MAX_MAILBOXES),
    ("cc", written_addresses.MAX_MAILBOXES),
    ("reply_to", mailboxes.MAX_REPLY_TO),
    ("original_from", mailboxes.MAX_REPLY_TO),
)


def attached(
    tree: Tree, comment: str, read: Callable[[bytes], Message]
) -> tuple[tuple[Forwarded, ...], bool]:
    """Return the mail that is attached, each read in full by `read`; also whether there is more."""
    found: list[Forwarded] = []
    for leaf in tree.leaves():
        if not is_mail(leaf):
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
    if ":" not in text and "：" not in text and "|" not in text and not labels.prefix(subject):
        return None, ()
    lines = text.split("\n", MAX_LINES)
    block = header_blocks.find(lines)
    line = forward_lines.find(lines[: block.begin] if block else lines)
    languages = (line.languages if line else None) or (block.languages if block else None)
    says = _says(subject, languages)
    if line and (line.opened or (says == "forward" and line.author)):
        return _of_line(lines, line, block, _without_prefix(subject, says)), ()
    if line and says == "reply":
        return None, ()
    if block is None:
        return _without_header(text, lines, says), ()
    return _of_block(lines, block, says, answers=answers, quoted=line is not None)


def is_mail(leaf: Node) -> bool:
    """Whether an attachment is a mail, whatever it is called."""
    if leaf.type in _MESSAGES:
        return True
    if leaf.type not in _FILES or not leaf.declared_name.lower().endswith(".eml"):
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
        comment=comment[: forward_texts.MAX_COMMENT_CHARS],
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


def _dated_separator(line: str) -> str:
    """Return the date of Orange's `> Message du 05/03/24 14:03`, above a header without one."""
    plain = written_headers.unquoted(line[: local_dates.MAX_CHARS])[0].strip(_BLANK)
    date = plain.removeprefix("Message du ")
    return date if date != plain else ""


def _is_within_quotes(lines: list[str], block: HeaderBlock) -> bool:
    above = next((one for one in reversed(lines[: block.begin]) if one.strip(_BLANK)), "")
    return bool(block.depth and written_headers.unquoted(above)[1])


def _says(subject: str, languages: frozenset[str] | None) -> str:
    """Return what the subject's prefix says; `VS:` forwards in Danish and Norwegian only."""
    if languages and labels.normal(subject[:3]) == "vs:":
        return "forward" if languages & {"da", "no"} else "reply"
    return labels.prefix(subject)


def _without_prefix(subject: str, says: str) -> str:
    is_vs = says == "forward" and labels.normal(subject[:3]) == "vs:"
    return subject[3:].strip() if is_vs else labels.without_prefix(subject)


def _of_line(
    lines: list[str], line: HeaderLine, block: HeaderBlock | None, subject: str
) -> Forwarded:
    """Return the forward that has `line` as its header; `block` stands further down."""
    below = HeaderBlock(line.begin, line.begin, line.end, separator="original")
    sure = 0.9 if line.opened else 0.7
    forwarded_below = block is not None and block.separator == "forward"
    doubt = not line.opened and (forwarded_below or _hides(lines[: line.begin]))
    return Forwarded(
        author=line.author,
        from_text=line.from_text,
        subject=subject[:MAX_SUBJECT_CHARS],
        sent_at=line.sent_at,
        text=forward_texts.body(lines, below),
        comment=forward_texts.comment(lines[: line.begin]),
        confidence=0.3 if doubt or line.author is None else sure,
    )


def _hides(above: list[str]) -> bool:
    """Whether an outer header that was not understood stands above the one that was found."""
    return forward_lines.opens(above) or unread_headers.any_in(above)


def _of_block(
    lines: list[str], block: HeaderBlock, says: str, *, answers: bool, quoted: bool
) -> tuple[Forwarded | None, tuple[str, ...]]:
    """Return the forward that has `block` as its header, None when an answer quotes it; and notes.

    `quoted`: whether a line above the header says that a quotation follows.
    """
    above = lines[: block.begin]
    comment = forward_texts.comment(above)
    quoted = quoted or _is_within_quotes(lines, block)
    if block.separator != "forward" and unread_headers.is_raw(lines, block):
        # What a bounce returns; a person may have copied one too.
        quoted = True
    # An answer has words of its own above what it quotes.
    sure = _sure(block, says, answers=answers and bool(comment), quoted=quoted)
    if forward_lines.opens(above) or (sure and unread_headers.any_in(above)):
        # The header that was found is not the outermost one, and the outermost was not understood.
        sure = 0.2
    if not sure:
        return None, ()
    senders = written_addresses.read(block.value("from"), 10)
    if not (senders.mailboxes or says or block.separator):
        # Nothing says that it is mail at all: an agenda has a date and a subject too.
        return None, ()
    return _forwarded(lines, block, senders, comment, sure * (senders.sure or 0.4))


def _forwarded(
    lines: list[str], block: HeaderBlock, senders: Written, comment: str, sure: float
) -> tuple[Forwarded, tuple[str, ...]]:
    """Return what the header says and the text below it; and notes."""
    when = block.value("date") or _dated_separator(lines[block.begin])
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
        sent_at=local_dates.read(when, block.languages or ()),
        text=forward_texts.body(lines, block),
        comment=comment,
        confidence=round(sure, 2),
    )
    return forwarded, ("addresses_capped",) if to.capped or cc.capped else ()


def _without_header(text: str, lines: list[str], says: str) -> Forwarded | None:
    """Return what may be a forward although no header was found in it."""
    if says == "forward" and (found := _unfound(lines)):
        return found
    unread = says != "reply" and "@" in text and unread_headers.any_in(lines)
    return Forwarded(text=text, confidence=0.1) if unread else None


def _unfound(lines: list[str]) -> Forwarded | None:
    """Return what a mail that says it was forwarded holds, if something is quoted in it."""
    for at, line in enumerate(lines[: forward_lines.MAX_LINES]):
        bare, depth = written_headers.unquoted(line)
        opens = bare.rstrip(_BLANK).endswith(":") and forward_lines.is_attribution(line, bare)
        if depth or opens or labels.separator(bare) in ("forward", "original"):
            rest = "\n".join(lines[at + (not depth) :]).strip("\n")
            return Forwarded(text=rest, comment=forward_texts.comment(lines[:at]), confidence=0.1)
        read = labels.field(bare)
        if read is not None and read.field == "from" and read.value:
            return Forwarded(
                from_text=charsets.single_line(read.value[:MAX_FROM_CHARS]),
                text="\n".join(lines[at:]).strip("\n"),
                comment=forward_texts.comment(lines[:at]),
                confidence=0.1,
            )
    return None
