"""Rich text as Outlook packs it into `winmail.dat`: unpacked (MS-OXRTFCP), and read as text.

A lossy reading on purpose, for mails that carry no other text: no fonts, no tables, no pictures.
"""

from __future__ import annotations

import re

from dropbox.mail import charsets

MAX_UNPACKED_BYTES = 64 * 1024
MAX_TOKENS = 15_000
MAX_GROUPS = 500

_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_WINDOW = 4096
_TOKEN = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(-?[0-9]{1,9})?[ ]?|\\([^a-zA-Z])|([{}])"
    rb"|[\r\n]+|([^\\{}\r\n]+)",
    re.DOTALL,
)
_SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer listtable themedata".split()
)
_SIGNS = {
    b"par": b"\n", b"line": b"\n", b"row": b"\n", b"tab": b"\t", b"cell": b"\t", b"emdash": b"-",
    b"endash": b"-", b"bullet": b"*", b"lquote": b"'", b"rquote": b"'", b"ldblquote": b'"',
    b"rdblquote": b'"',
}  # fmt: skip


def unpacked(data: bytes) -> bytes:
    """Return compressed RTF unpacked, at most `MAX_UNPACKED_BYTES` of it. Never raises."""
    kind = data[8:12]
    if kind == b"MELA":
        return data[16 : 16 + MAX_UNPACKED_BYTES]
    if kind != b"LZFu":
        return b""
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b"\0"))
    write = len(_DICTIONARY)
    out = bytearray()
    at, end = 16, len(data)
    while at < end and len(out) < MAX_UNPACKED_BYTES:
        control = data[at]
        at += 1
        for bit in range(8):
            if control >> bit & 1:
                if at + 2 > end:
                    return bytes(out)
                offset, length = data[at] << 4 | data[at + 1] >> 4, (data[at + 1] & 15) + 2
                at += 2
                if offset == write:
                    return bytes(out)
                for step in range(length):
                    sign = window[(offset + step) % _WINDOW]
                    out.append(sign)
                    window[write] = sign
                    write = (write + 1) % _WINDOW
            elif at < end:
                out.append(data[at])
                window[write] = data[at]
                write = (write + 1) % _WINDOW
                at += 1
    return bytes(out)


def to_text(source: bytes) -> str:
    """Return the text of RTF, with LF line ends. Never raises."""
    reader = _Reader()
    for count, token in enumerate(_TOKEN.finditer(source[:MAX_UNPACKED_BYTES])):
        if count >= MAX_TOKENS:
            break
        reader.take(token)
    return charsets.clean(reader.finished())


class _Reader:
    """Groups, the destinations to skip, and the characters gathered in two encodings."""

    def __init__(self) -> None:
        self._groups: list[tuple[bool, int]] = []
        self._skipping = False
        self._fallbacks = 1
        """Characters behind a `\\u` that say the same to programs that know no Unicode."""
        self._to_skip = 0
        self._codepage = "cp1252"
        self._bytes: list[bytes] = []
        self._pieces: list[str] = []

    def take(self, token: re.Match[bytes]) -> None:
        escaped, word, number, sign, brace, text = token.groups()
        if brace:
            self._group(opens=brace == b"{")
        elif sign == b"*":
            self._skipping = True
        elif self._skipping:
            return
        elif escaped:
            self._add(bytes.fromhex(escaped.decode("ascii")), 1)
        elif word:
            self._word(word, int(number) if number else None)
        elif sign:
            self._add({b"~": b" ", b"\n": b"\n", b"\r": b"\n"}.get(sign, sign), 1)
        elif text:
            self._add(text, len(text))

    def finished(self) -> str:
        self._flush()
        return "".join(self._pieces)

    def _group(self, *, opens: bool) -> None:
        self._to_skip = 0
        if opens and len(self._groups) < MAX_GROUPS:
            self._groups.append((self._skipping, self._fallbacks))
        elif not opens and self._groups:
            self._skipping, self._fallbacks = self._groups.pop()

    def _word(self, word: bytes, number: int | None) -> None:
        if word in _SKIPPED:
            self._skipping = True
        elif word == b"ansicpg" and number:
            self._codepage = "utf-8" if number == 65001 else f"cp{number}"
        elif word == b"uc":
            self._fallbacks = min(number or 0, 8)
        elif word == b"u" and number is not None:
            self._flush()
            self._pieces.append(
                (number & 0xFFFF).to_bytes(2, "little").decode("utf-16-le", "surrogatepass")
            )
            self._to_skip = self._fallbacks
        elif word in _SIGNS:
            self._add(_SIGNS[word], 1)

    def _add(self, data: bytes, count: int) -> None:
        if self._to_skip:
            data = data[self._to_skip :]
            self._to_skip = max(0, self._to_skip - count)
        if data:
            self._bytes.append(data)

    def _flush(self) -> None:
        if self._bytes:
            self._pieces.append(charsets.decode(b"".join(self._bytes), self._codepage))
            self._bytes = []
