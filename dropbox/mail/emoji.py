"""The picture signs of Japanese mobile carriers, which stand where other programs keep kanji.

They are in the private use area: in UTF-8 as the carriers numbered them, and in Shift_JIS by way
of cp932, which reads the lead bytes F0 to F9 into the same area.
"""

from __future__ import annotations

import re

GETA = "\u3013"
"""〓, the printers' sign for a type that is not at hand."""

MAX_SIGNS = 5_000
"""So many are looked up, all others are 〓."""

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
    text = _CARRIER.sub(lambda sign: _DOCOMO.get(ord(sign[0]), GETA), text, MAX_SIGNS)
    return _CARRIER.sub(GETA, text)


def from_japanese(text: str) -> str:
    """Return text that came in a Japanese charset; no private-use sign is left in it."""
    if text.isascii() or not _PRIVATE.search(text):
        return text
    text = _PRIVATE.sub(lambda sign: _of_lead_f8(ord(sign[0])), text, MAX_SIGNS)
    return _PRIVATE.sub(GETA, text)


def _of_lead_f8(code: int) -> str:
    return _DOCOMO.get(code, GETA) if code <= _LAST_OF_LEAD_F8 else GETA
