"""ISO-2022-JP, EUC-JP and Shift_JIS as Japanese mail programs write them.

Python's own codecs know neither the NEC row (①㈱) nor the IBM kanji (髙) outside of cp932. So
what they refuse is turned into Shift_JIS pairs and read as cp932. All in linear time: the pairs of
a run are computed at once with `bytes.translate`, not one by one.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from itertools import islice

from dropbox.mail import emoji, lossy

_RUNS = 3_000
"""So many runs of one script are read with care; what follows is read by Python's codec."""

_SHIFT = re.compile(rb"\x1b(?:\$[@B]|\$\([DOPQ@B]|&@\x1b\$B|\([BJIH])|[\x0e\x0f]")
_EUC_RUN = re.compile(
    rb"([\x00-\x7f]+)|((?:[\xa1-\xfe][\xa1-\xfe])+)|((?:\x8e[\xa1-\xdf])+)"
    rb"|(\x8f[\xa1-\xfe][\xa1-\xfe])|(.)",
    re.DOTALL,
)
_UNESCAPED = re.compile(rb"(\$[@B])((?:(?:[!-')-~][!-~])++|\([!-AC-IK-~])++)(\([BJ])?")
"""Pairs up to `(B` or `(J`, that is, none that begins so."""
_SPACED = re.compile(rb"([\x09\x0a\x0d\x20]+)")

_TO_8_BIT = bytes(byte | 0x80 for byte in range(256))
_TO_KANA = bytes(byte | 0x80 if byte > 0x20 else byte for byte in range(256))
"""A line may end before the script does."""
_TO_7_BIT = bytes(byte & 0x7F for byte in range(256))
_IS_ODD = bytes(0xFF if byte & 1 else 0 for byte in range(256))


def _lead(byte: int) -> int:
    row = (byte - 0x21) >> 1
    return (row + (0x81 if row < 0x1F else 0xC1)) & 0xFF


_LEAD = bytes(_lead(byte) for byte in range(256))
_TRAIL_ODD = bytes((byte + (0x20 if byte >= 0x60 else 0x1F)) & 0xFF for byte in range(256))
_TRAIL_EVEN = bytes((byte + 0x7E) & 0xFF for byte in range(256))

# Python's JIS codecs and cp932 disagree about six signs; Windows' reading is what readers see.
_SIGNS = (
    ("\u301c", "\uff5e"),
    ("\u2016", "\u2225"),
    ("\u2212", "\uff0d"),
    ("\u00a2", "\uffe0"),
    ("\u00a3", "\uffe1"),
    ("\u00ac", "\uffe2"),
)


def _ibm_signs() -> str:
    signs = []
    for lead in (0xFA, 0xFB, 0xFC):
        for trail in range(0x40, 0xFD):
            sign = bytes((lead, trail)).decode("cp932", "ignore")
            elsewhere = sign.encode("euc_jp", "ignore") and sign != "\u2116"
            if len(sign) == 1 and ord(sign) >= 0x2000 and not elsewhere:
                signs.append(sign)
    return "".join(signs).replace("\uffe2", "").replace("\uffe4", "")


_IBM_SIGNS = _ibm_signs()
"""What IBM has and JIS has not; eucJP-MS keeps these 106 behind 0x8F, from F3F3 to F4FE."""


def from_jis(data: bytes) -> str:
    """Read ISO-2022-JP (RFC 1468) with NEC and IBM rows and half-width kana, as cp50221."""
    try:
        text = _windows_signs(data.decode("iso2022_jp_ext"))
        if "\x0e" not in text:
            return text
    except UnicodeDecodeError:
        pass
    pieces: list[str | bytes] = []
    mode, start = b"\x1b(B", 0
    for shift in islice(_SHIFT.finditer(data), _RUNS):
        pieces += _jis_run(data[start : shift.start()], mode)
        mode, start = shift.group(), shift.end()
    rest = data[start:]
    if len(rest) > 1 << 16:
        pieces.append(_windows_signs(lossy.decode(mode + rest, "iso2022_jp_ext")))
    else:
        pieces += _jis_run(rest, mode)
    return _with_pairs_read(pieces)


def with_escapes(data: bytes) -> bytes:
    """Put the escapes back that a gateway took out as control characters: `$B8+@Q(B`."""
    if b"(B" not in data and b"(J" not in data:
        return data
    return _UNESCAPED.sub(_escaped, data, _RUNS)


def _escaped(run: re.Match[bytes]) -> bytes:
    if run[3] is None or not _are_known(run[2]):
        return run[0]
    return b"\x1b" + run[1] + run[2] + b"\x1b" + run[3]


def from_euc(data: bytes) -> str:
    """Read EUC-JP as eucJP-MS."""
    try:
        return _windows_signs(data.decode("euc_jp"))
    except UnicodeDecodeError:
        pass
    pieces: list[str] = []
    start = 0
    for run in islice(_EUC_RUN.finditer(data), _RUNS):
        pieces.append(_euc_run(run))
        start = run.end()
    if start < len(data):
        pieces.append(_windows_signs(lossy.decode(data[start:], "euc_jp")))
    return "".join(pieces)


def from_sjis(data: bytes) -> str:
    """Read Shift_JIS as cp932; a sign that cp932 does not have is U+FFFD and one character long."""
    return lossy.decode(data, "cp932")


def _windows_signs(text: str) -> str:
    for jis, windows in _SIGNS:
        if jis in text:
            text = text.replace(jis, windows)
    return text


def _jis_run(run: bytes, mode: bytes) -> list[str | bytes]:
    """Return the text of a run; pairs of JIS X 0208 as bytes, which are read all at once."""
    if not run:
        return []
    if mode in (b"\x1b(I", b"\x0e"):
        return [lossy.decode(run.translate(_TO_KANA), "cp932")]
    if mode in (b"\x1b$B", b"\x1b$@", b"\x1b&@\x1b$B", b"\x1b$(B", b"\x1b$(@"):
        # Seen: a line end or blank inside of a two-byte run, the run going on behind it.
        split = _SPACED.split(run, _RUNS)
        return [piece.decode("ascii") if at % 2 else piece for at, piece in enumerate(split)]
    if mode == b"\x1b$(D":
        return [_from_0212(run.translate(_TO_8_BIT))]
    if mode == b"\x1b(J" and run.isascii():
        return [run.decode("ascii").replace("\\", "\u00a5").replace("~", "\u203e")]
    return [lossy.decode(run, "cp932")]


def _with_pairs_read(pieces: list[str | bytes]) -> str:
    """Join text and runs of pairs; a byte that a run has over is U+FFFD."""
    runs = [piece for piece in pieces if isinstance(piece, bytes)]
    text = _from_pairs(b"".join([run[: len(run) // 2 * 2] for run in runs]))
    read: list[str] = []
    at = 0
    for piece in pieces:
        if isinstance(piece, str):
            read.append(piece)
            continue
        end = at + len(piece) // 2
        read.append(f"{text[at:end]}\ufffd" if len(piece) % 2 else text[at:end])
        at = end
    return "".join(read)


def _from_pairs(run: bytes) -> str:
    """Read pairs of 7-bit JIS X 0208 bytes by way of Shift_JIS."""
    return _from_cp932_pairs(_in_cp932(run)) + ("\ufffd" if len(run) % 2 else "")


def _are_known(run: bytes) -> bool:
    """Whether each pair is a sign that cp932 has, and none a gap mark."""
    try:
        return emoji.GETA not in _in_cp932(run).decode("cp932")
    except UnicodeDecodeError:
        return False


def _in_cp932(run: bytes) -> bytes:
    """Return the pairs of JIS X 0208 as those of Shift_JIS; a byte over is left out."""
    run = run.translate(_TO_7_BIT)
    count = len(run) // 2
    high, low = run[0 : 2 * count : 2], run[1 : 2 * count : 2]
    odd = int.from_bytes(high.translate(_IS_ODD), "big")
    trail = int.from_bytes(low.translate(_TRAIL_EVEN), "big")
    trail ^= (trail ^ int.from_bytes(low.translate(_TRAIL_ODD), "big")) & odd
    pairs = bytearray(2 * count)
    pairs[0::2] = high.translate(_LEAD)
    pairs[1::2] = trail.to_bytes(count, "big")
    return bytes(pairs)


def _from_cp932_pairs(pairs: bytes) -> str:
    """Read pairs of bytes as one sign each; one that cp932 has not (a picture) becomes 〓.

    Up to `emoji.MAX_REPLACED` of those: behind more the rest is left out.
    """
    pieces: list[str] = []
    gaps = 0
    for at in range(0, len(pairs), lossy.CHUNK_BYTES):
        pieces.append(_from_few_pairs(pairs[at : at + lossy.CHUNK_BYTES]))
        gaps += pieces[-1].count(emoji.GETA)
        if gaps > emoji.MAX_REPLACED:
            break
    return "".join(pieces)


def _from_few_pairs(pairs: bytes) -> str:
    try:
        text = pairs.decode("cp932")
        if 2 * len(text) == len(pairs):
            return text
    except UnicodeDecodeError:
        pass
    known = _known_pairs()
    return "".join([known.get(pair, emoji.GETA) for pair in memoryview(pairs).cast("H")])


@cache
def _known_pairs() -> dict[int, str]:
    """Return the sign of each pair, by the number that its two bytes are in memory."""
    leads = (*range(0x81, 0xA0), *range(0xE0, 0xFD))
    pairs = [bytes((lead, trail)) for lead in leads for trail in range(0x40, 0xFD)]
    signs = ((pair, pair.decode("cp932", "replace")) for pair in pairs)
    return {
        int.from_bytes(pair, sys.byteorder): sign
        for pair, sign in signs
        if len(sign) == 1 and sign != "\ufffd"
    }


def _from_0212(pairs: bytes) -> str:
    count = len(pairs) // 2
    triples = bytearray(b"\x8f" * 3 * count)
    triples[1::3], triples[2::3] = pairs[0 : 2 * count : 2], pairs[1 : 2 * count : 2]
    return lossy.decode(bytes(triples), "euc_jp")


def _euc_run(run: re.Match[bytes]) -> str:
    if run.lastindex == 1:
        return run.group().decode("ascii")
    if run.lastindex == 2:
        return _from_pairs(run.group())
    if run.lastindex == 4:
        return _from_triple(run.group())
    return _windows_signs(run.group().decode("euc_jp", "replace"))


def _from_triple(triple: bytes) -> str:
    index = (triple[1] - 0xF3) * 94 + (triple[2] - 0xA1) - 82
    if triple[1] in (0xF3, 0xF4) and 0 <= index < len(_IBM_SIGNS):
        return _IBM_SIGNS[index]
    return triple.decode("euc_jp", "replace")
