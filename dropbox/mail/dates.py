"""Date headers (RFC 5322 section 3.3, its obsolete forms, and what programs write instead)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

MAX_CHARS = 200
FIRST_YEAR, LAST_YEAR = 1970, 2199

_MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}
ZONES = {
    **dict.fromkeys("ut utc gmt z wet".split(), 0),
    **dict.fromkeys("cet met bst west".split(), 60),
    **dict.fromkeys("cest mest eet".split(), 120),
    **dict.fromkeys("eest msk".split(), 180),
    **dict.fromkeys("hkt sgt".split(), 480),
    **dict.fromkeys("jst kst".split(), 540),
    "edt": -240,
    **dict.fromkeys("est cdt".split(), -300),
    **dict.fromkeys("cst mdt".split(), -360),
    **dict.fromkeys("mst pdt".split(), -420),
    "pst": -480,
    "hst": -600,
}
"""In minutes. Single letters mean nothing (RFC 5322 section 4.3), nor does any other name."""

_TIME = r"(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:[.,]\d{1,9})?)?(?:\s*([AaPp])\.?[Mm]\b\.?)?"
_ZONE = r"(?:\s*(?:(?:GMT|UTC?)\s*)?([+-])\s*(\d{1,2}):?(\d{2})\b|\s*([A-Za-z]{1,5})\b)?"
_MAIL = re.compile(
    rf"(\d{{1,2}})[\s-]*([A-Za-z]{{3}})[a-z]{{0,6}}\.?[\s,-]*(\d{{2,4}})[\s,]+{_TIME}{_ZONE}"
)
_CTIME = re.compile(
    rf"([A-Za-z]{{3}})\s+(\d{{1,2}})\s+{_TIME}{_ZONE}\s+(\d{{4}})(?:\s*([+-])(\d{{2}})(\d{{2}}))?"
)
_ISO = re.compile(rf"(\d{{4}})[-/](\d{{1,2}})[-/](\d{{1,2}})[T\s]+{_TIME}{_ZONE}")
_COMMENT = re.compile(r"\([^()]*\)")


def read(text: str) -> datetime | None:
    """Return the instant in UTC; None when `text` is no date, or one outside of 1970 to 2199.

    A date without a zone, or with one that nobody knows, is read as UTC.
    """
    if len(text) > MAX_CHARS:
        text = text[:MAX_CHARS]
    if "(" in text:
        text = _COMMENT.sub(" ", text)
    try:
        if found := _MAIL.search(text):
            day, name, year, *rest = found.groups()
            return _instant(_year(year), _MONTHS.get(name.lower(), 0), int(day), rest)
        if found := _ISO.search(text):
            year, month, day, *rest = found.groups()
            return _instant(int(year), int(month), int(day), rest)
        if found := _CTIME.search(text):
            name, day, *rest, year, sign, hours, minutes = found.groups()
            rest = [*rest[:4], sign, hours, minutes, None] if sign else rest
            return _instant(int(year), _MONTHS.get(name.lower(), 0), int(day), rest)
    except (ValueError, OverflowError):
        pass
    return None


def _year(digits: str) -> int:
    """Return the year; RFC 5322 section 4.3 says how to read two and three digits."""
    year = int(digits)
    if len(digits) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(digits) == 3 else year


def _instant(year: int, month: int, day: int, rest: list[str | None]) -> datetime | None:
    hour, minute, second, half, sign, hours, minutes, name = rest
    at = int(hour or 0)
    if half:
        at = at % 12 + (12 if half in "pP" else 0)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    offset = ZONES.get(name.lower(), 0) if name else 0
    if sign and int(hours or 0) <= 14 and int(minutes or 0) < 60:
        offset = int(hours or 0) * 60 + int(minutes or 0)
        offset = -offset if sign == "-" else offset
    # A leap second (60) is a valid one; datetime has none.
    local = datetime(year, month, day, at, int(minute or 0), min(int(second or 0), 59), tzinfo=UTC)
    return local - timedelta(minutes=offset)
