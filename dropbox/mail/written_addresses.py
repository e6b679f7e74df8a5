"""Addresses as mail programs write them for people: no RFC 5322 any more, but nearly always alike.

Names stand without quotes and hold commas, lists are parted by `;` as often as by `,`, and plain
text made from HTML shows every address twice: `jane@shop.test<mailto:jane@shop.test>`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from dropbox.mail import charsets, mailboxes, words
from dropbox.mail.message import Mailbox

MAX_CHARS = 64 * 1024
MAX_MAILBOXES = 1_000
MAX_READS = 1_500
MAX_DOUBTS = 100
"""So many `@` without an address: the rest is no list of addresses."""
MAX_LOCAL_CHARS = 64
MAX_DOMAIN_CHARS = 255
MAX_FOREIGN_DOMAINS = 50
MAX_LINKS = 1_200
_NEAR = 200

_LINK = re.compile(r"[<\[(](?:mailto|smtp):([^<>\[\]()\s]{0,320}+)[>\])]", re.IGNORECASE)
_SCHEMES = ("mailto:", "MAILTO:", "SMTP:", "smtp:")
_END = frozenset(" \t\r\n\xa0\u3000<>()[],;:\"'、；，：＜＞（）「」\u200b\ufeff")
_BLANK = " \t\r\n\xa0\u3000\u200b\ufeff\u200e\u200f"
_OPEN = {"<": ">", "(": ")", "[": "]", "＜": "＞", "（": "）"}
_QUOTES = "\"'“”„‘’«»"
_IGNORED = _BLANK + _QUOTES + ",;；、.*_)>]"
_BEHIND = re.compile(r"\s{0,3}[(（]([^()（）<>@]{1,100})[)）]")
_PARTING = re.compile(r"[;；]")
_ON_BEHALF = re.compile(
    r"on behalf of|im auftrag von|de la part de|en nombre de|em nome de|per conto di|namens|"
    r"för\b|på vegne af|på vegne av|puolesta|w imieniu|jménem|v mene|nevében|în numele|от имени|"
    r"від імені|u ime|nimel|adına|代表|代理|を代行|を代理|대신",
    re.IGNORECASE,
)


class Written(NamedTuple):
    """What a label's value lists."""

    mailboxes: tuple[Mailbox, ...] = ()
    sure: float = 0.0
    """From 0 to 1: how sure the first one is the one that is meant, where there may be one only."""
    capped: bool = False


def read(value: str, limit: int = MAX_MAILBOXES) -> Written:
    """Return the addresses of `value` with the names beside them, in linear time, never raising."""
    capped = len(value) > MAX_CHARS
    value = value[:MAX_CHARS]
    if any(scheme in value for scheme in _SCHEMES):
        value = _LINK.sub(_without_link, value, MAX_LINKS)
    reader = _Reader(value)
    more = reader.read(limit)
    sure = reader.sure()
    return Written(tuple(reader.found.values()), sure, capped or more)


class _Reader:
    """Goes from `@` to `@`."""

    def __init__(self, value: str) -> None:
        self.found: dict[str, Mailbox] = {}
        self._value = value
        self._at = 0
        self._doubts = 0
        self._foreign = 0
        self._reads = 0
        self._bare_names = 0
        self._behalf = False

    def read(self, limit: int) -> bool:
        """Read up to `limit` addresses; return whether there are more."""
        most = min(MAX_READS, 2 * limit + MAX_DOUBTS)
        while (sign := self._value.find("@", self._at)) >= 0:
            if len(self.found) >= limit or self._doubts > MAX_DOUBTS or self._reads > most:
                return True
            self._reads += 1
            self._read_one(sign)
        return False

    def sure(self) -> float:
        """How sure it is that the first one is the only one, or the one that wrote."""
        boxes = tuple(self.found.values())
        rest = self._value[self._at : self._at + _NEAR].strip(_IGNORED)
        if not boxes or self._doubts or (rest and not self._behalf):
            return 0.0
        if len(boxes) == 1:
            return 0.7 if self._bare_names else 1.0
        # `Jane on behalf of tickets@shop.test`: she wrote it, if both are of one house.
        same = boxes[0].email.rpartition("@")[2] == boxes[1].email.rpartition("@")[2]
        return 0.7 if self._behalf and len(boxes) == 2 and same else 0.0

    def _read_one(self, sign: int) -> None:
        value, at = self._value, self._at
        begin, end = _span(value, sign, at)
        email = value[begin:end].strip(".'")
        self._foreign += not email.isascii()
        listed = () if self._foreign > MAX_FOREIGN_DOMAINS else _listed(email)
        if not listed:
            self._doubts, self._at = self._doubts + 1, max(end, sign + 1)
            return
        opening, closing = _around(value, begin, end, at)
        closed = value[closing : closing + 1] == _OPEN.get(value[opening : opening + 1], "-")
        between = value[at : opening if closed else begin]
        if self.found and _ON_BEHALF.search(between[:_NEAR]):
            self._behalf = True
        self._at = closing + 1 if closed else end
        if not closed and _follows_angle(value, end):
            # `jane@shop.test <jane@shop.test>`; with another address behind it, a doubt.
            behind = value[end : end + len(email) + 8].casefold()
            self._doubts += f"<{email}>".casefold() not in behind
            return
        name = _name(between, first=not self.found)
        if not closed and name:
            # `Jane Doe jane@shop.test`: brackets lost on the way, or a sentence.
            self._bare_names += not self._behalf
        if not name and (comment := _BEHIND.match(value, self._at)):
            # `taro@shop.test (Taro Yamada)`, as mail was written before RFC 2822.
            name, self._at = _name(comment[1], first=True), comment.end()
        box = listed[0]
        known = self.found.get(box.email)
        if known is None or (name and not known.name):
            self.found[box.email] = Mailbox(box.email, "" if _same(name, box.email) else name)


def _same(name: str, email: str) -> bool:
    return name.casefold().strip(_QUOTES) == email


def _without_link(link: re.Match[str]) -> str:
    """Leave a link out where its address stands beside it, else make an address of it."""
    before = _PARTING.split(link.string[max(0, link.start() - _NEAR) : link.start()])[-1]
    behind = _PARTING.split(link.string[link.end() : link.end() + _NEAR])[0]
    beside = f"{before.rpartition(',')[2]} {behind.partition(',')[0]}"
    return "" if "@" in beside.replace("<mailto:", "") else f" <{link[1]}>"


def _span(value: str, sign: int, at: int) -> tuple[int, int]:
    begin, end = sign, sign + 1
    lowest, highest = max(at, sign - MAX_LOCAL_CHARS), min(len(value), sign + MAX_DOMAIN_CHARS)
    while begin > lowest and value[begin - 1] not in _END:
        begin -= 1
    while end < highest and value[end] not in _END and value[end] != "@":
        end += 1
    return begin, end


def _around(value: str, begin: int, end: int, at: int) -> tuple[int, int]:
    """Return where brackets may stand around an address: Superhuman writes `Jane < a@b >`."""
    opening, closing = begin - 1, end
    if opening > at and value[opening] in " \xa0":
        opening -= 1
    if value[closing : closing + 1] in (" ", "\xa0"):
        closing += 1
    return max(opening, at - 1, 0), closing


def _listed(email: str) -> tuple[Mailbox, ...]:
    if "@" not in email[1:-1] or email.upper().startswith("IMCEA"):
        # What Exchange makes of an address that is none (`IMCEAEX-_O=...`) reaches nobody.
        return ()
    listed = mailboxes.read_one(f"<{email}>", 1)
    return listed.mailboxes if listed.clear else ()


def _follows_angle(value: str, at: int) -> bool:
    return value[at : at + 4].lstrip(_BLANK + _QUOTES).startswith(("<", "＜"))


def _name(between: str, *, first: bool) -> str:
    """Return the name of what stands between two addresses."""
    part = _PARTING.split(between)[-1]
    if not first and "," in part.lstrip(_BLANK + ">,"):
        # `, Yamada, Taro` is one name; more commas are people without addresses.
        pieces = part.lstrip(_BLANK + ">,").split(",")
        part = ",".join(pieces[-2:])
    part = part.strip(_BLANK + ",、>*").rstrip(_BLANK + "<＜[(").replace("\xa0", " ")
    if "=?" in part:
        part = words.decode(part[: mailboxes.MAX_NAME_CHARS])
    part = charsets.single_line(part).strip(_BLANK)
    while len(part) > 1 and part[0] in _QUOTES and part[-1] in _QUOTES:
        part = part[1:-1].strip(_BLANK)
    return part[: mailboxes.MAX_NAME_CHARS] if part.strip(_QUOTES) else ""
