"""Address lists of headers (RFC 5322 section 3.4), obsolete and broken ones too, in linear time.

The list is split before anything in it is decoded: an encoded word may hold commas and brackets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from dropbox.addresses import canonical
from dropbox.mail import charsets, headers, words
from dropbox.mail.addr_specs import (
    ATEXT,
    ATOM,
    BLANK,
    COMMENT,
    LITERAL,
    MAX_EMAIL_CHARS,
    PAIR,
    QUOTED,
    SIGN,
    Token,
    addr_spec,
    bare_spans,
    text_of,
    usable,
)
from dropbox.mail.message import Mailbox

MAX_MAILBOXES = 2_000
"""Of one header name: as many as the large providers let anybody write to."""
MAX_NAMED = 500
"""So many of them keep their names, each of which may have to be decoded."""
MAX_BCC = 1_000
MAX_REPLY_TO = 100
MAX_NAME_CHARS = 1_000
MAX_FOREIGN_DOMAINS = 200
"""IDNA costs a tenth of a millisecond a domain."""

MAX_LIST_CHARS = 96 * 1024
"""Of all headers of one name together."""
MAX_TOKENS = 3_000
"""Of all addresses of all headers of one name that are not of the simple forms."""
TOKENS_EACH = 10
"""Where few mailboxes are wanted, no more tokens than these would have."""
MAX_RESCUES = 100
"""Elements of one header in which an address is looked for where none may stand."""

_SIMPLE = re.compile(
    rf'[ \t]*+(?:"([^"\\\x00-\x1f\x7f]*+)"|({ATEXT}++(?:[ \t]++{ATEXT}++)*+)|)[ \t]*+'
    rf"<({ATEXT}++@{ATEXT}++)>[ \t]*+(?:,|$)"
    rf"|[ \t]*+({ATEXT}++@{ATEXT}++)[ \t]*+(?:,|$)"
)
"""The forms nearly all addresses have; everything else goes through the tokens."""

_WORD = r"=\?[^?\s=()<>@,;:\"]{1,60}\?[qQ]\?[^?\s<>@\"\\]{0,300}\?="
"""An encoded word, which may hold brackets and commas that its program left as they are."""
_TOKEN = re.compile(
    rf'([ \t\r\n]++)|({_WORD}|{ATEXT}++)|"([^"\\]*+(?:\\.[^"\\]*+)*+)"|(\[[^\[\]\\]*+\])|(\\.)|(.)',
    re.DOTALL,
)
_COMMENT_SIGN = re.compile(r"[()]|\\.", re.DOTALL)
_PAIRED = re.compile(r"\\(.)", re.DOTALL)
_BLANKS = re.compile(r"[ \t\r\n]+")
_WIDE = "＜＞＠，；、"
_WIDE_SIGNS = str.maketrans(_WIDE, "<>@,;,")
_SCHEME = re.compile(r"(?:mailto|smtp)[:：]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AddressList:
    """What one header, or all headers of one name, list."""

    mailboxes: tuple[Mailbox, ...] = ()
    clear: bool = True
    """Whether every reader would read the same; False after any repair."""
    notes: tuple[str, ...] = ()


_NOBODY = AddressList()


def read(values: list[bytes], limit: int = MAX_MAILBOXES) -> AddressList:
    """Return the mailboxes of all header values of one name, in order, each address once."""
    if not values:
        return _NOBODY
    found: dict[str, Mailbox] = {}
    notes: dict[str, None] = {}
    clear, room, tokens = True, MAX_LIST_CHARS, _tokens_for(limit)
    for value in values:
        text = charsets.header_text(value)
        listed, tokens = _listed(text[:room], limit - len(found), tokens)
        clear = clear and listed.clear
        notes.update(dict.fromkeys(listed.notes))
        for mailbox in listed.mailboxes:
            known = found.get(mailbox.email)
            if known is None or (mailbox.name and known.name in ("", known.email)):
                found[mailbox.email] = mailbox
        room -= len(text) + 1
        if room <= 0:
            notes["addresses_capped"] = None
            break
    return AddressList(tuple(found.values()), clear, tuple(notes))


def author(values: list[bytes]) -> Mailbox | None:
    """Return the one mailbox of the one From header; None when there is any doubt about it.

    Stricter than RFC 5322 allows: what two programs may read differently has no author. So
    `ceo@corp.example <evil@evil.example>` has none, nor has a mail with a second From header.
    """
    if len(values) != 1 or len(values[0]) >= headers.MAX_FIELD_BYTES:
        return None
    # With a second one there is no author, however many follow.
    listed = read_one(charsets.header_text(values[0]), 2)
    if not listed.clear or len(listed.mailboxes) != 1:
        return None
    mailbox = listed.mailboxes[0]
    # Bytes that are not UTF-8 are read by a guess: good enough for a name only.
    guessed = not mailbox.email.isascii() and not _is_utf8(values[0])
    return None if guessed else mailbox


def read_one(text: str, limit: int = MAX_MAILBOXES) -> AddressList:
    """Return the mailboxes of one header value whose encoded words are not yet decoded."""
    return _listed(text, limit, _tokens_for(limit))[0]


def _tokens_for(limit: int) -> int:
    return min(MAX_TOKENS, TOKENS_EACH * (limit + TOKENS_EACH))


def _listed(text: str, limit: int, tokens: int) -> tuple[AddressList, int]:
    """Return what is listed, and how many tokens may still be looked at."""
    listed, left = _read_one(text, limit, tokens)
    if not listed.mailboxes and not text.isascii() and any(sign in text for sign in _WIDE):
        # Typed by hand on a Japanese keyboard: `山田＜taro@x.example＞、...`.
        wide, left = _read_one(text.translate(_WIDE_SIGNS), limit, tokens)
        if wide.mailboxes:
            return AddressList(wide.mailboxes, clear=False, notes=wide.notes), left
    return listed, left


def _read_one(text: str, limit: int, tokens: int) -> tuple[AddressList, int]:
    reader = _Reader(limit, tokens)
    at = 0
    while at < len(text) and not reader.full:
        if simple := _SIMPLE.match(text, at):
            quoted, phrase, angle, bare = simple.groups()
            reader.add(angle or bare, quoted if phrase is None else _BLANKS.sub(" ", phrase))
            at = simple.end()
        else:
            at = reader.scan(text, at)
    reader.end()
    listed = AddressList(tuple(reader.mailboxes), reader.clear, tuple(reader.notes))
    return listed, reader.tokens


class _Reader:
    """Reads one header value token by token; every token is looked at once."""

    def __init__(self, limit: int, tokens: int) -> None:
        self.mailboxes: list[Mailbox] = []
        self.clear = True
        self.full = False
        self.notes: dict[str, None] = {}
        self.tokens = tokens
        """So many more are looked at."""
        self._limit = limit
        self._named: set[str] = set()
        self._phrase_at = self._angle_at = False
        self._phrase: list[Token] = []
        self._angle: list[Token] | None = None
        self._angle_open = False
        self._after: list[Token] = []
        self._comment = ""
        self._surname = ""
        self._in_group = False
        self._comments_end = True
        self._foreign = self._rescues = 0

    def add(self, email: str, name: str | None) -> None:
        """Take a mailbox whose parts are known, if its address is usable."""
        if self._surname and name:
            # Seen: `Yamada, Taro <taro@...>` without the quotes.
            name = f"{self._surname}, {name}"
        self._surname = ""
        if "=?" in email or email.startswith("'"):
            # No encoded word may stand here (RFC 2047 section 5): readers differ about it.
            self.clear = False
            email = words.decode(email[: 4 * MAX_EMAIL_CHARS]).strip("'")
        email = usable(email)
        if not email:
            self._unreadable()
            return
        self._foreign += not email.isascii()
        if len(self.mailboxes) >= self._limit or self._foreign > MAX_FOREIGN_DOMAINS:
            self._stop()
            return
        address = canonical(email)
        decoded = ""
        if name and address not in self._named and len(self._named) < MAX_NAMED:
            decoded = words.decode(name[:MAX_NAME_CHARS].lstrip("、，"))
            self._named.add(address)
        self.mailboxes.append(Mailbox(address, decoded))

    def scan(self, text: str, at: int) -> int:
        """Read the list element at `at` token by token; return where the next one begins."""
        while at < len(text) and self.tokens > 0:
            self.tokens -= 1
            token = _TOKEN.match(text, at)
            if token is None:
                break
            kind = token.lastindex or SIGN
            value, at = token[kind], token.end()
            if kind == SIGN and value == "(" and self._comments_end:
                at = self._read_comment(text, at)
            elif kind == SIGN:
                if self._sign(value):
                    return at
            elif kind == PAIR:
                self.clear = False
                self._put(ATOM, value[1:])
            else:
                self._put(kind, _PAIRED.sub(r"\1", value) if kind == QUOTED else value)
        if at < len(text):
            self._stop()
        return at

    def end(self) -> None:
        """Take the last list element, behind which no comma stands."""
        self.clear = self.clear and not self._angle_open and not self._in_group
        if self._angle is not None or self._phrase:
            self._finish()

    def _put(self, kind: int, value: str) -> None:
        if self._angle_open and self._angle is not None:
            self._angle.append((kind, value))
        elif self._angle is not None:
            self.clear = self.clear and kind in (BLANK, COMMENT)
            self._after.append((kind, value))
        else:
            self._phrase.append((kind, value))

    def _sign(self, sign: str) -> bool:
        """Read one sign of the syntax; return whether it ends a list element."""
        angle = self._angle if self._angle_open else None
        if sign in ",;" and not (sign == "," and angle and _starts_route(angle)):
            self.clear = self.clear and not self._angle_open and sign == ","
            self._finish()
            self._in_group = self._in_group and sign == ","
            return True
        if sign == ":" and self._angle is None and not self._phrase_at:
            # A group (RFC 5322 section 3.4); its name is nobody's.
            self.clear, self._in_group = False, True
            self._phrase.clear()
            self._surname = ""
        elif sign == "<":
            self._open_angle()
        elif sign == ">" and self._angle_open:
            self._angle_open = False
        else:
            self.clear = self.clear and sign == "@"
            if sign == "@" and self._angle_open:
                self._angle_at = True
            elif sign == "@":
                self._phrase_at = True
            if sign != ">":
                self._put(SIGN, sign)
        return False

    def _open_angle(self) -> None:
        if self._angle_open:
            self.clear = False
            if not self._angle_at:
                return
        if self._angle is not None:
            # A comma is missing; what stands behind the last address is the next one's name.
            self.clear = False
            name = [] if self._phrase_at else self._after
            self._finish()
            self._phrase = name
        self._angle, self._angle_open = [], True

    def _read_comment(self, text: str, at: int) -> int:
        depth = 1
        for sign in islice(_COMMENT_SIGN.finditer(text, at), MAX_TOKENS):
            depth += 1 if sign[0] == "(" else -1 if sign[0] == ")" else 0
            if depth == 0:
                self._comment = _PAIRED.sub(r"\1", text[at : sign.start()])
                self._put(COMMENT, "")
                return sign.end()
        self.clear = self._comments_end = False
        return at

    def _finish(self) -> None:
        """End the current list element."""
        if self._angle is not None:
            self._finish_angle()
        elif self._phrase_at:
            self._finish_bare(self._phrase)
        elif self._phrase:
            self._finish_phrase()
        self._phrase, self._angle, self._angle_open = [], None, False
        self._after, self._comment = [], ""
        self._phrase_at = self._angle_at = False

    def _finish_phrase(self) -> None:
        phrase = text_of(self._phrase)
        if self._rescue(self._phrase) or len(self._surname) + len(phrase) > MAX_NAME_CHARS:
            self._surname = ""
        elif phrase:
            self._surname = f"{self._surname}, {phrase}" if self._surname else phrase

    def _finish_angle(self) -> None:
        phrase = text_of(self._phrase)
        email, sound = addr_spec(self._angle or [])
        if (SIGN, "@") in self._phrase and phrase.strip("'").casefold() != email.casefold():
            # `ceo@corp.example <evil@evil.example>`: readers differ about who that is.
            self.clear = False
        name = phrase or self._comment
        if email:
            self.clear = self.clear and sound
            self.add(email, name or text_of(self._after))
        elif self._angle and any(token[0] == BLANK for token in self._angle):
            self._finish_bare(self._angle, name)
        elif not self._rescue(self._angle or [], name):
            self._unreadable()
        if (SIGN, "@") in self._after:
            self._finish_bare(self._after)

    def _finish_bare(self, tokens: list[Token], name: str = "") -> None:
        """Take every address that stands in `tokens` without angle brackets."""
        spans = bare_spans(tokens)
        if not spans:
            self._unreadable()
        at = 0
        for index, (begin, end) in enumerate(spans):
            email, sound = addr_spec(tokens[begin:end])
            behind = tokens[end:] if index == len(spans) - 1 else []
            others = text_of([*tokens[at:begin], (BLANK, " "), *behind])
            self.clear = self.clear and sound and not others and not name
            self.add(email, name or others or self._comment)
            at = end

    def _rescue(self, tokens: list[Token], name: str = "") -> bool:
        """Look for an address in what is quoted, encoded, or has a scheme before it."""
        text = text_of(tokens)
        if ("@" not in text and "=?" not in text) or self._rescues >= MAX_RESCUES:
            return False
        self._rescues += 1
        hidden = _hidden(tokens, text[: 2 * MAX_NAME_CHARS])
        if hidden is None:
            return False
        self.clear = False
        self.add(hidden[0], name or hidden[1])
        return True

    def _stop(self) -> None:
        self.clear, self.full = False, True
        self.notes["addresses_capped"] = None

    def _unreadable(self) -> None:
        self.clear = False
        self.notes["address_unreadable"] = None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _starts_route(angle: list[Token]) -> bool:
    first = angle[1] if angle[0][0] == BLANK and len(angle) > 1 else angle[0]
    return first == (SIGN, "@")


def _hidden(tokens: list[Token], text: str) -> tuple[str, str] | None:
    """Return address and name out of one list element that no reader of RFC 5322 finds there.

    Seen: `<mailto:...>`, `Bob [SMTP:...]`, `"Bob <...>"` and headers that were encoded whole.
    """
    solid = [token for token in tokens if token[0] not in (BLANK, COMMENT)]
    before = ""
    if solid and solid[-1][0] == LITERAL:
        before, text = text_of(tokens[: tokens.index(solid[-1])]), solid[-1][1][1:-1]
    elif len(solid) > 1 and solid[0][0] == QUOTED:
        return None
    found = _SIMPLE.fullmatch(_SCHEME.sub("", words.decode(text), count=1))
    if found is None:
        return None
    quoted, phrase, angle, bare = found.groups()
    return angle or bare, before or quoted or phrase or ""
