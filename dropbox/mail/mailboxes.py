"""Address lists of headers (RFC 5322 section 3.4), obsolete and broken ones too, in linear time.

The list is split before anything in it is decoded: an encoded word may hold commas and brackets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice, pairwise

from dropbox.addresses import canonical
from dropbox.mail import charsets, headers, words
from dropbox.mail.message import Mailbox

MAX_MAILBOXES = 2_000
MAX_REPLY_TO = 100
MAX_EMAIL_CHARS = 320
MAX_NAME_CHARS = 1_000
MAX_FOREIGN_DOMAINS = 200
"""IDNA costs a tenth of a millisecond a domain."""

MAX_LIST_CHARS = 96 * 1024
"""Of all headers of one name together."""
MAX_TOKENS = 4_000
"""Of all addresses of one header that are not of the simple forms."""
MAX_RESCUES = 100
"""Elements of one header in which an address is looked for where none may stand."""

_ATEXT = r"[^\"(),:;<>@\[\]\\\x00-\x20\x7f]"
_SIMPLE = re.compile(
    rf'[ \t]*+(?:"([^"\\\x00-\x1f\x7f]*+)"|({_ATEXT}++(?:[ \t]++{_ATEXT}++)*+)|)[ \t]*+'
    rf"<({_ATEXT}++@{_ATEXT}++)>[ \t]*+(?:,|$)"
    rf"|[ \t]*+({_ATEXT}++@{_ATEXT}++)[ \t]*+(?:,|$)"
)
"""The forms nearly all addresses have; everything else goes through the tokens."""

_TOKEN = re.compile(
    rf'([ \t\r\n]++)|({_ATEXT}++)|"([^"\\]*+(?:\\.[^"\\]*+)*+)"|(\[[^\[\]\\]*+\])|(\\.)|(.)',
    re.DOTALL,
)
_BLANK, _ATOM, _QUOTED, _LITERAL, _PAIR, _SIGN, _COMMENT = range(1, 8)
_COMMENT_SIGN = re.compile(r"[()]|\\.", re.DOTALL)
_PAIRED = re.compile(r"\\(.)", re.DOTALL)
_BLANKS = re.compile(r"[ \t\r\n]+")
_BARE_LOCAL = re.compile(rf"{_ATEXT}+")
_UNUSABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f<>,;:()\[\]\\\"@\ufffd]")
_NO_DOMAIN = re.compile(r"[\s\x00-\x2c/:-@\[-^`{-\x9f\ufffd＜＞（），；：＠、]|^\.|\.\.")
_WIDE_SIGNS = str.maketrans("＜＞＠，；、", "<>@,;,")
_SCHEME = re.compile(r"(?:mailto|smtp)[:：]", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffd]")

_Token = tuple[int, str]


@dataclass(frozen=True, slots=True)
class AddressList:
    """What one header, or all headers of one name, list."""

    mailboxes: tuple[Mailbox, ...] = ()
    clear: bool = True
    """Whether every reader would read the same; False after any repair."""
    notes: tuple[str, ...] = ()


def read(values: list[bytes], limit: int = MAX_MAILBOXES) -> AddressList:
    """Return the mailboxes of all header values of one name, in order, each address once."""
    if not values:
        return AddressList()
    found: dict[str, Mailbox] = {}
    notes: dict[str, None] = {}
    clear, room = True, MAX_LIST_CHARS
    for value in values:
        text = charsets.header_text(value)
        listed = read_one(text[:room], limit - len(found))
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
    listed = read_one(charsets.header_text(values[0]))
    if not listed.clear or len(listed.mailboxes) != 1:
        return None
    mailbox = listed.mailboxes[0]
    # Bytes that are not UTF-8 are read by a guess: good enough for a name only.
    guessed = not mailbox.email.isascii() and not _is_utf8(values[0])
    return None if guessed else mailbox


def read_one(text: str, limit: int = MAX_MAILBOXES) -> AddressList:
    """Return the mailboxes of one header value whose encoded words are not yet decoded."""
    listed = _read_one(text, limit)
    if not listed.mailboxes and not text.isascii():
        # Typed by hand on a Japanese keyboard: `山田＜taro@x.example＞、...`.
        narrow = text.translate(_WIDE_SIGNS)
        if narrow != text and (wide := _read_one(narrow, limit)).mailboxes:
            return AddressList(wide.mailboxes, clear=False, notes=wide.notes)
    return listed


def _read_one(text: str, limit: int) -> AddressList:
    reader = _Reader(limit)
    at = 0
    while at < len(text) and not reader.full:
        if simple := _SIMPLE.match(text, at):
            quoted, phrase, angle, bare = simple.groups()
            reader.add(angle or bare, quoted if phrase is None else _BLANKS.sub(" ", phrase))
            at = simple.end()
        else:
            at = reader.scan(text, at)
    reader.end()
    return AddressList(tuple(reader.mailboxes), reader.clear, tuple(reader.notes))


class _Reader:
    """Reads one header value token by token; every token is looked at once."""

    def __init__(self, limit: int) -> None:
        self.mailboxes: list[Mailbox] = []
        self.clear = True
        self.full = False
        self.notes: dict[str, None] = {}
        self._limit = limit
        self._named: set[str] = set()
        self._phrase_at = self._angle_at = False
        self._phrase: list[_Token] = []
        self._angle: list[_Token] | None = None
        self._angle_open = False
        self._after: list[_Token] = []
        self._comment = ""
        self._surname = ""
        self._in_group = False
        self._comments_end = True
        self._foreign = self._rescues = self._tokens = 0

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
        usable = _usable(email)
        if not usable:
            self._unreadable()
            return
        self._foreign += not usable.isascii()
        if len(self.mailboxes) >= self._limit or self._foreign > MAX_FOREIGN_DOMAINS:
            self._stop()
            return
        address = canonical(usable)
        decoded = ""
        if name and address not in self._named:
            decoded = words.decode(name[:MAX_NAME_CHARS].lstrip("、，"))
            self._named.add(address)
        self.mailboxes.append(Mailbox(address, decoded))

    def scan(self, text: str, at: int) -> int:
        """Read the list element at `at` token by token; return where the next one begins."""
        while at < len(text) and self._tokens < MAX_TOKENS:
            self._tokens += 1
            token = _TOKEN.match(text, at)
            if token is None:
                break
            kind = token.lastindex or _SIGN
            value, at = token[kind], token.end()
            if kind == _SIGN and value == "(" and self._comments_end:
                at = self._read_comment(text, at)
            elif kind == _SIGN:
                if self._sign(value):
                    return at
            elif kind == _PAIR:
                self.clear = False
                self._put(_ATOM, value[1:])
            else:
                self._put(kind, _PAIRED.sub(r"\1", value) if kind == _QUOTED else value)
        if at < len(text):
            self._stop()
        return at

    def end(self) -> None:
        """Take the last list element, behind which no comma stands."""
        self.clear = self.clear and not self._angle_open and not self._in_group
        self._finish()

    def _put(self, kind: int, value: str) -> None:
        if self._angle_open and self._angle is not None:
            self._angle.append((kind, value))
        elif self._angle is not None:
            self.clear = self.clear and kind in (_BLANK, _COMMENT)
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
                self._put(_SIGN, sign)
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
                self._put(_COMMENT, "")
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
        phrase = _text(self._phrase)
        if self._rescue(self._phrase) or len(self._surname) + len(phrase) > MAX_NAME_CHARS:
            self._surname = ""
        elif phrase:
            self._surname = f"{self._surname}, {phrase}" if self._surname else phrase

    def _finish_angle(self) -> None:
        phrase = _text(self._phrase)
        email, sound = _address(self._angle or [])
        if (_SIGN, "@") in self._phrase and phrase.strip("'").casefold() != email.casefold():
            # `ceo@corp.example <evil@evil.example>`: readers differ about who that is.
            self.clear = False
        name = phrase or self._comment
        if email:
            self.clear = self.clear and sound
            self.add(email, name or _text(self._after))
        elif self._angle and any(token[0] == _BLANK for token in self._angle):
            self._finish_bare(self._angle, name)
        elif not self._rescue(self._angle or [], name):
            self._unreadable()
        if (_SIGN, "@") in self._after:
            self._finish_bare(self._after)

    def _finish_bare(self, tokens: list[_Token], name: str = "") -> None:
        """Take every address that stands in `tokens` without angle brackets."""
        spans = _bare_spans(tokens)
        if not spans:
            self._unreadable()
        at = 0
        for index, (begin, end) in enumerate(spans):
            email, sound = _address(tokens[begin:end])
            behind = tokens[end:] if index == len(spans) - 1 else []
            others = _text([*tokens[at:begin], (_BLANK, " "), *behind])
            self.clear = self.clear and sound and not others and not name
            self.add(email, name or others or self._comment)
            at = end

    def _rescue(self, tokens: list[_Token], name: str = "") -> bool:
        """Look for an address in what is quoted, encoded, or has a scheme before it."""
        text = _text(tokens)
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


def _starts_route(angle: list[_Token]) -> bool:
    first = angle[1] if angle[0][0] == _BLANK and len(angle) > 1 else angle[0]
    return first == (_SIGN, "@")


def _text(tokens: list[_Token]) -> str:
    return "".join(" " if kind in (_BLANK, _COMMENT) else value for kind, value in tokens).strip()


def _hidden(tokens: list[_Token], text: str) -> tuple[str, str] | None:
    """Return address and name out of one list element that no reader of RFC 5322 finds there.

    Seen: `<mailto:...>`, `Bob [SMTP:...]`, `"Bob <...>"` and headers that were encoded whole.
    """
    solid = [token for token in tokens if token[0] not in (_BLANK, _COMMENT)]
    before = ""
    if solid and solid[-1][0] == _LITERAL:
        before, text = _text(tokens[: tokens.index(solid[-1])]), solid[-1][1][1:-1]
    elif len(solid) > 1 and solid[0][0] == _QUOTED:
        return None
    found = _SIMPLE.fullmatch(_SCHEME.sub("", words.decode(text), count=1))
    if found is None:
        return None
    quoted, phrase, angle, bare = found.groups()
    return angle or bare, before or quoted or phrase or ""


def _bare_spans(tokens: list[_Token]) -> list[tuple[int, int]]:
    """Return where in `tokens` the addresses around each `@` begin and end.

    One goes on over a blank only where a dot stands beside it (RFC 5322 section 4.4).
    """
    solid = [at for at, token in enumerate(tokens) if token[0] not in (_BLANK, _COMMENT)]
    spans: list[tuple[int, int]] = []
    free = 0
    for middle, index in enumerate(solid):
        if middle < free or tokens[index] != (_SIGN, "@"):
            continue
        first, last = max(middle - 1, free), min(middle + 1, len(solid) - 1)
        while first > free and _adjoin(tokens, solid[first - 1], solid[first]):
            first -= 1
        while last + 1 < len(solid) and _adjoin(tokens, solid[last], solid[last + 1]):
            last += 1
        spans.append((solid[first], solid[last] + 1))
        free = last + 1
    return spans


def _adjoin(tokens: list[_Token], left: int, right: int) -> bool:
    return right == left + 1 or tokens[left][1].endswith(".") or tokens[right][1].startswith(".")


def _address(tokens: list[_Token]) -> tuple[str, bool]:
    """Join the tokens of an addr-spec; also whether no blank or comment stood in it."""
    solid = [token for token in tokens if token[0] not in (_BLANK, _COMMENT)]
    outer = sum(token[0] == _BLANK for token in (*tokens[:1], *tokens[1:][-1:]))
    sound = len(solid) + outer == len(tokens)
    if solid and solid[0] == (_SIGN, "@") and (_SIGN, ":") in solid:
        # An obsolete route (RFC 5322 section 4.4): the address is behind its colon.
        sound = False
        solid = solid[len(solid) - solid[::-1].index((_SIGN, ":")) :]
    if solid.count((_SIGN, "@")) != 1:
        return "", False
    middle = solid.index((_SIGN, "@"))
    local, domain = _local(solid[:middle]), solid[middle + 1 :]
    if not local or not _joins(domain):
        return "", False
    return f"{local}@{''.join(value for _, value in domain)}", sound


def _joins(tokens: list[_Token]) -> bool:
    """Whether dots hold the pieces together (RFC 5322 section 4.4)."""
    return all(a.endswith(".") or b.startswith(".") for (_, a), (_, b) in pairwise(tokens))


def _local(tokens: list[_Token]) -> str:
    """Join a local part; quotes stay only where the text needs them."""
    joined = "".join(value for _, value in tokens)
    if not joined or not _joins(tokens) or any(kind > _QUOTED for kind, _ in tokens):
        return ""
    if _BARE_LOCAL.fullmatch(joined):
        return joined
    escaped = joined.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _usable(email: str) -> str:
    """Return `email` when it can be one: a local part, a domain, no blank, no control character."""
    local, at, domain = email.rpartition("@")
    literal = domain.startswith("[") and domain.endswith("]")
    if not at or not local or not domain.strip(".") or len(email) > MAX_EMAIL_CHARS:
        return ""
    inside = _UNUSABLE.search(domain[1:-1].replace(":", "")) if literal else None
    if inside or (not literal and _NO_DOMAIN.search(domain)):
        return ""
    quoted = local.startswith('"')
    return "" if (_CONTROL if quoted else _UNUSABLE).search(local) else email
