"""Bytes and a charset label to text, the way mail programs read them rather than as labelled.

Labels are read as the WHATWG Encoding Standard reads them (section 4.2); Japanese ones besides as
Windows reads them, since that is what wrote the mail: `shift_jis` is cp932, `iso-2022-jp` is
cp50221 and `euc-jp` is eucJP-MS.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from dropbox.mail import emoji, japanese, lossy

_JIS_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\$\([DOPQ]|\([BJIH])")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LABEL_END = re.compile(r"[*;,\s\"']")
_PLAIN = re.compile(r"[-_ ]")
_SJIS_LEAD = re.compile(rb"[\x81-\x9f][\x40-\x7e\x80-\xfc]")
_HIGH = re.compile(rb"[\x80-\xff]")
_NO_LATIN = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
"""What windows-1252 leaves free."""
_KANA = re.compile("[\u3041-\u30fe]")

GUESSED_BYTES = 4_096
"""So much of unlabelled bytes is looked at to guess what they are."""
AGAIN_BYTES = 64
"""What was guessed of so few is remembered for a while."""

JIS, SJIS, EUC_JP = "jis", "sjis", "euc-jp"
LATIN, ASCII, UNKNOWN = "latin", "ascii", "unknown"

_WINDOWS_1252 = "".join(
    bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256)
)
"""With C1 controls where cp1252 has holes, as WHATWG has it."""

_ALIASES = {
    **dict.fromkeys(
        "shiftjis sjis xsjis mskanji windows31j cp932 ms932 csshiftjis cp943 cp943c ibm943"
        " csiso159jisx02121990 shiftjis2004 shiftjisx0213".split(),
        SJIS,
    ),
    **dict.fromkeys(
        "iso2022jp iso2022jp1 iso2022jp2 iso2022jp3 iso2022jpext iso2022jp2004 iso2022jpms"
        " csiso2022jp csiso2022jp2 jis cp50220 cp50221 cp50222 junetcode iso2022jpmobile".split(),
        JIS,
    ),
    **dict.fromkeys(
        "eucjp xeucjp xeuc ujis eucjpms eucjpwin cp51932 extendedunixcodepackedformatforjapanese"
        " cseucpkdfmtjapanese".split(),
        EUC_JP,
    ),
    **dict.fromkeys(
        "iso88591 latin1 l1 iso885911987 iso8859 windows1252 cp1252 xcp1252 ibm819 cp819"
        " isoir100 csisolatin1 88591 ansi".split(),
        LATIN,
    ),
    **dict.fromkeys("usascii ascii us ansix341968 iso646us cp367 csascii 7bit".split(), ASCII),
    **dict.fromkeys("utf8 unicode11utf8 utf8mb4 xutf8 cp65001 utf 8".split(), "utf-8"),
    **dict.fromkeys(
        "gb2312 gbk xgbk gb231280 csgb2312 cp936 ms936 gb18030 euccn".split(), "gb18030"
    ),
    **dict.fromkeys("chinese isoir58 windows936".split(), "gb18030"),
    **dict.fromkeys("big5 big5hkscs cnbig5 xxbig5 csbig5 cp950 big5eten".split(), "big5hkscs"),
    **dict.fromkeys(
        "euckr ksc56011987 ksc5601 ksc56011989 ksx1001 korean windows949 cp949 uhc cseuckr"
        " isoir149 ks5601 xwindows949".split(),
        "cp949",
    ),
    **dict.fromkeys("iso88599 latin5 l5 iso885991989 windows1254".split(), "cp1254"),
    **dict.fromkeys("tis620 iso885911 windows874 dos874".split(), "cp874"),
    **dict.fromkeys("iso88598i iso88598e logical visual".split(), "iso8859-8"),
    **dict.fromkeys("iso88596i iso88596e".split(), "iso8859-6"),
    **dict.fromkeys("macintosh mac xmacroman csmacintosh".split(), "mac_roman"),
    **dict.fromkeys("xmaccyrillic xmacukrainian maccyrillic".split(), "mac_cyrillic"),
    **dict.fromkeys("koi koi8 koi8r cskoi8r".split(), "koi8_r"),
    **dict.fromkeys("koi8u koi8ru".split(), "koi8_u"),
    **dict.fromkeys("utf7 unicode11utf7 csunicode11utf7".split(), "utf-7"),
    **dict.fromkeys("utf16 unicode ucs2 iso10646ucs2 csunicode".split(), "utf-16"),
    "utf16le": "utf-16-le",
    "utf16be": "utf-16-be",
    "hzgb2312": "hz",
    "iso2022kr": "iso2022_kr",
    "csiso2022kr": "iso2022_kr",
}
_NOT_ASCII_BASED = frozenset(("utf-16", "utf-16-le", "utf-16-be", "utf-7", "hz", "iso2022_kr"))
_WIDE = _NOT_ASCII_BASED | {"gb18030", "big5hkscs", "cp949", "utf-8"}
"""Of several bytes a sign: text in them is by chance UTF-8 now and then."""
_REFUSED = frozenset(
    ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem")
)


def decode(data: bytes, label: str = "") -> str:
    """Return `data` as clean text; any bytes and any label will do.

    What no reading of the label explains becomes U+FFFD, and only where no other charset fits.
    """
    codec = _codec(label)
    if data.isascii() and codec not in _NOT_ASCII_BASED:
        if codec == JIS and b"\x1b" not in data:
            data = japanese.with_escapes(data)
        if b"\x1b" not in data and not (codec == JIS and b"\x0e" in data):
            return clean(data.decode("ascii"))
        if codec == JIS or _JIS_ESCAPE.search(data):
            return clean(emoji.from_japanese(japanese.from_jis(data)))
    return clean(_decode(data, codec))


@lru_cache(maxsize=512)
def keeps_line_ends(label: str) -> bool:
    """Whether line ends in the charset are the bytes of ASCII, and those bytes nothing else."""
    codec = _codec(label)
    if codec in (JIS, SJIS, EUC_JP, LATIN, ASCII, UNKNOWN):
        return True
    try:
        return codec not in _NOT_ASCII_BASED and "\r\n".encode(codec) == b"\r\n"
    except (UnicodeError, LookupError, ValueError):
        return False


def clean(text: str) -> str:
    """Return `text` without NUL, every lone surrogate as U+FFFD."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    if text.isascii():
        return text
    try:
        # Three times as fast as looking for what cannot be encoded.
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def single_line(text: str) -> str:
    """Return `text` with every run of control characters and line ends as one blank, stripped."""
    # What is printable has none of them; some that is not, as the wide blank, has none either.
    return text.strip() if text.isprintable() else _CONTROL.sub(" ", text).strip()


def in_utf8(value: bytes, label: str) -> bytes:
    """Return a raw header value as UTF-8 when the charset of the mail's text explains its bytes.

    Programs that leave their headers unencoded write them as they write the text.
    """
    if value.isascii() or _strictly(value, "utf-8"):
        return value
    if _codec(label) in (UNKNOWN, ASCII, LATIN, "utf-8") or _codec(label) in _NOT_ASCII_BASED:
        return value
    text = decode(value.replace(b"\x00", b"\x01"), label)
    return value if "\ufffd" in text else text.encode()


def header_text(value: bytes) -> str:
    """Return a raw header value as text, encoded words left as they are.

    Headers in raw UTF-8 are allowed (RFC 6532); raw JIS, Shift_JIS and others just happen. NUL
    stays a control character: an address must not become another one by losing it.
    """
    if b"\x00" in value:
        value = value.replace(b"\x00", b"\x01")
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii")
    return decode(value)


@lru_cache(maxsize=512)
def _codec(label: str) -> str:
    stripped = _LABEL_END.split(label.strip().strip("\"'"), maxsplit=1)[0][:60].lower()
    plain = _PLAIN.sub("", stripped)
    if not plain:
        return UNKNOWN
    if known := _ALIASES.get(plain):
        return known
    try:
        info = codecs.lookup(stripped)
    except (LookupError, ValueError):
        return UNKNOWN
    name = info.name.replace("-", "_")
    usable = getattr(info, "_is_text_encoding", True) and name not in _REFUSED
    return info.name if usable else UNKNOWN


def _decode(data: bytes, codec: str) -> str:
    if codec in (UNKNOWN, ASCII):
        return _guessed(data)
    if codec == JIS:
        return emoji.from_japanese(_from_jis(data))
    if codec == EUC_JP:
        return emoji.from_japanese(_from_euc(data))
    if codec == SJIS:
        return emoji.from_japanese(_from_sjis(data))
    if codec != "utf-8" and (text := _mislabelled(data, codec)):
        return text
    if codec == LATIN:
        return codecs.charmap_decode(data, "strict", _WINDOWS_1252)[0]
    if codec == "utf-16" and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        codec = "utf-16-le"
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return _mended(data, codec)
    except (UnicodeError, ValueError, LookupError):
        return _guessed(data)
    return emoji.from_unicode(text) if codec == "utf-8" else text


def _from_jis(data: bytes) -> str:
    if data.isascii() or _JIS_ESCAPE.search(data):
        return japanese.from_jis(data)
    return _japanese(data) or lossy.decode(data, "utf-8")


def _from_sjis(data: bytes) -> str:
    try:
        text = data.decode("cp932")
    except UnicodeDecodeError:
        # Seen: Shift_JIS labels on UTF-8 text, written by web forms.
        text = _strictly(data, "utf-8")
    # What is half-width kana all over may be EUC-JP.
    euc = data.count(b"\xa4", 0, GUESSED_BYTES) > 1 and not _has_kana(text[:GUESSED_BYTES])
    if euc and _is_kana(data, "euc_jp"):
        return japanese.from_euc(data)
    return text or japanese.from_sjis(data)


def _from_euc(data: bytes) -> str:
    if not _strictly(data, "euc_jp"):
        if text := _strictly(data, "utf-8"):
            return text
        if _is_kana(data, "cp932"):
            return japanese.from_sjis(data)
    return japanese.from_euc(data)


def _mislabelled(data: bytes, codec: str) -> str:
    """Return what is not of the charset named, though that explains any bytes; or nothing.

    Seen from web forms and programs that label all mail with the charset of their own menus.
    """
    if codec in _NOT_ASCII_BASED:
        # UTF-16 has a zero in every blank and line end.
        utf16 = codec.startswith("utf-16") and b"\x00" not in data and b"\n" in data.rstrip()
        return emoji.from_unicode(_strictly(data, "utf-8")) if utf16 else ""
    if codec not in _WIDE:
        if text := _strictly(data, "utf-8"):
            return emoji.from_unicode(text)
        if data.count(b"\xa4", 0, GUESSED_BYTES) > 1 and _is_kana(data, "euc_jp"):
            return _decode(data, EUC_JP)
    if codec == LATIN and len(_NO_LATIN.findall(data[:GUESSED_BYTES])) > 1 and _is_sjis(data):
        return _decode(data, SJIS)
    leads = data.count(b"\x82", 0, GUESSED_BYTES) + data.count(b"\x83", 0, GUESSED_BYTES)
    return _decode(data, SJIS) if leads > 1 and _is_kana(data, "cp932") else ""


def _is_kana(data: bytes, codec: str) -> bool:
    """Whether the beginning of `data` is text in `codec`, a good part of it kana."""
    head = data[:GUESSED_BYTES]
    # The last sign may be cut in two.
    text = _strictly(head, codec) or (head != data and _strictly(head[:-1], codec))
    return bool(text) and _has_kana(text or "")


def _japanese(data: bytes) -> str:
    """Return `data` in the first of UTF-8, EUC-JP and cp932 that fits without a gap."""
    return _strictly(data, "utf-8") or _strictly(data, "euc_jp") or _strictly(data, "cp932")


def _strictly(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except (UnicodeDecodeError, ValueError):
        return ""


def _guessed(data: bytes) -> str:
    """Read bytes nobody labelled: UTF-8, Japanese when it has kana, else windows-1252."""
    return _guessed_again(data) if len(data) <= AGAIN_BYTES else _guess(data)


@lru_cache(maxsize=256)
def _guessed_again(data: bytes) -> str:
    # A header may hold thousands of words that are cut off in the same way.
    return _guess(data)


def _guess(data: bytes) -> str:
    if text := _strictly(data, "utf-8"):
        return emoji.from_unicode(text)
    if _is_kana(data, "euc_jp"):
        return _decode(data, EUC_JP)
    if _is_kana(data, "cp932") or _is_sjis(data):
        return _decode(data, SJIS)
    return codecs.charmap_decode(data, "strict", _WINDOWS_1252)[0]


def _is_sjis(data: bytes) -> bool:
    """Whether Shift_JIS explains the bytes, and its commoner lead bytes are among them.

    Western text has letters where Shift_JIS has its rarer lead bytes, E0 and up.
    """
    head = data[:GUESSED_BYTES]
    if not _strictly(head, "cp932") and (head == data or not _strictly(head[:-1], "cp932")):
        return False
    return len(_SJIS_LEAD.findall(head)) * 4 > len(_HIGH.findall(head))


def _has_kana(text: str) -> bool:
    """Whether a good part of what is not ASCII is hiragana or katakana."""
    beyond = len(text.encode("ascii", "ignore"))
    return len(_KANA.findall(text)) * 5 > len(text) - beyond


def _recoded(data: bytes, codec: str) -> str:
    """Read what is UTF-8 under another label; what was taken for Latin-1 on its way there, too."""
    text = _strictly(data, "utf-8")
    try:
        return text.encode("latin-1").decode(codec)
    except UnicodeError:
        return text


def _mended(data: bytes, codec: str) -> str:
    """Read what its label does not explain: damaged UTF-8 keeps its good parts."""
    if codec not in _NOT_ASCII_BASED and codec != "utf-8" and (text := _recoded(data, codec)):
        return text
    text = lossy.decode(data, codec)
    if codec != "utf-8":
        return text
    broken = text.count("\ufffd")
    sound = len(data) - len(data.decode("ascii", "ignore")) - broken
    return text if sound > broken else _guessed(data)
