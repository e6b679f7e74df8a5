"""The picture signs of Japanese mobile carriers, which stand where other programs keep kanji.

They are in the private use area: in UTF-8 as the carriers numbered them, and in Shift_JIS by way
of cp932, which reads the lead bytes F0 to F9 into the same area.
"""

from __future__ import annotations

import re
from collections.abc import Callable

GETA = "\u3013"
"""〓, the printers' sign for a type that is not at hand."""

MAX_SIGNS = 5_000
"""So many are looked up, all others are 〓."""
MAX_REPLACED = 20_000
"""Behind so many the rest is left out."""
CHUNK_CHARS = 16 * 1024

_CARRIER = re.compile("[\ue001-\ue757\uea80-\ueb8e]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")

_WEATHER_TO_YACHT = (
    "☀☁☔⛄⚡🌀🌁🌂♈♉♊♋♌♍♎♏♐♑♒♓〓⚾⛳🎾⚽🎿🏀🏁📟🚃Ⓜ🚄🚗🚙🚌🚢✈🏠🏢🏣🏥🏦🏧🏨🏪⛽🅿🚥🚻🍴☕🍸🍺🍔👠✂🎤🎥↗🎠🎧🎨🎩🎪🎫🚬🚭📷👜"
    "📖🎀🎁🎂☎📱📝📺🎮💿♥♠♦♣👀👂✊✌✋↘↖👣👟👓♿🌑🌔🌓🌙🌕🐶🐱⛵🎄↙"
)
_HEARTS_TO_LOOP = "❤💓💔💕😃😠😞😖😵⤴🎵♨💠💋✨💡💢👊💣🎶⤵💤❗⁉‼💥💦💧💨〰➰"

_DOCOMO = {
    **{0xE63E + at: sign for at, sign in enumerate(_WEATHER_TO_YACHT)},
    **{0xE6EC + at: sign for at, sign in enumerate(_HEARTS_TO_LOOP)},
}
_LAST_OF_LEAD_F8 = 0xE69B
"""NTT docomo alone used lead byte F8; F9 means other pictures at SoftBank's."""


def from_unicode(text: str) -> str:
    """Return text that came as Unicode, the carriers' signs as emoji where known, else as 〓."""
    if text.isascii() or not _CARRIER.search(text):
        return text
    return _replaced(_CARRIER, text, lambda sign: _DOCOMO.get(ord(sign[0]), GETA))


def from_japanese(text: str) -> str:
    """Return text that came in a Japanese charset; no private-use sign is left in it."""
    if text.isascii() or not _PRIVATE.search(text):
        return text
    return _replaced(_PRIVATE, text, lambda sign: _of_lead_f8(ord(sign[0])))


def _replaced(pattern: re.Pattern[str], text: str, sign: Callable[[re.Match[str]], str]) -> str:
    if len(text) <= CHUNK_CHARS:
        return pattern.sub(sign, text)
    pieces: list[str] = []
    count = 0
    for at in range(0, len(text), CHUNK_CHARS):
        replacement = sign if count < MAX_SIGNS else GETA
        piece, found = pattern.subn(replacement, text[at : at + CHUNK_CHARS])
        pieces.append(piece)
        count += found
        if count > MAX_REPLACED:
            break
    return "".join(pieces)


def _of_lead_f8(code: int) -> str:
    return _DOCOMO.get(code, GETA) if code <= _LAST_OF_LEAD_F8 else GETA
