"""What is the same although it is written differently."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from dropbox.addresses import canonical
from dropbox.mail.headers import split
from dropbox.mail.message import Mailbox

_UNCLEAN = {
    "U+FFFD": re.compile("\ufffd"),
    "a raw escape sequence": re.compile(r"\x1b[$(]"),
    "half of a surrogate pair": re.compile("[\ud800-\udfff]"),
    "an undecoded word": re.compile(r"=\?[A-Za-z0-9_.:*-]{2,40}\?[BbQq]\?[^?\s]{1,400}\?="),
}
_ODD_ZONE = timedelta(minutes=15)


def unclean(shown: Iterable[str]) -> list[str]:
    """Return what makes these strings unfit to be shown."""
    whole = "\n".join(shown)
    return [name for name, pattern in _UNCLEAN.items() if pattern.search(whole)]


def text(value: object) -> str:
    """Return it without regard to white space."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def name(value: object) -> str:
    return text(value).strip("\"'")


def address(value: object) -> str:
    return canonical(value.strip()) if isinstance(value, str) else ""


def boxes(found: Iterable[Mailbox]) -> list[tuple[str, str]]:
    """Return address and name of each, once and in no order, which means nothing in a header."""
    return sorted({_box(box.name, box.email) for box in found})


def expected_author(given: Any) -> list[tuple[str, str]]:
    """Return the same of `[name, address]`, of which either may be null."""
    return [_box(*given)] if isinstance(given, list) and len(given) == 2 else []


def expected_boxes(given: Any) -> list[tuple[str, str]]:
    """Return the same of a list of addresses, or of `[name, address]`; null is an empty one."""
    listed = given if isinstance(given, list) else []
    pairs = (("", one) if isinstance(one, str) else tuple(one) for one in listed)
    return sorted({_box(*pair) for pair in pairs if len(pair) == 2})


def _box(named: object, written: object) -> tuple[str, str]:
    """A name that is the address once more is none."""
    found = address(written)
    return found, "" if address(text(named)) == found else name(named)


def addresses(found: Iterable[tuple[str, str]]) -> list[str]:
    return sorted({one for one, _ in found})


def files(found: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted((text(file), kind.lower()) for file, kind in found)


def expected_files(given: Any) -> list[tuple[str, str]]:
    listed = given if isinstance(given, list) else []
    return files((one.get("filename") or "", one.get("content_type") or "") for one in listed)


def clock(value: object) -> datetime | None:
    """Return an expected date; None where there is none, which one library says with 1900."""
    if not isinstance(value, str) or not value or value.startswith("1900"):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def offset(raw: bytes) -> timedelta:
    """Return the zone of the Date header: expectations have the sender's clock without it."""
    value = split(raw, 0, len(raw))[0].first(b"date").decode("latin-1")
    try:
        parsed = email.utils.parsedate_tz(value[:200])
    except (ValueError, IndexError):
        return timedelta()
    return timedelta(seconds=(parsed[9] if parsed else 0) or 0)


def same_clock(found: datetime | None, given: datetime | None, zone: timedelta) -> bool:
    """Whether an instant is the one meant, of which perhaps only the sender's clock is told."""
    if found is None or given is None:
        return found is given
    if found.tzinfo is None:
        return found == given.replace(tzinfo=None)
    if given.tzinfo is not None and found == given:
        return True
    return found.astimezone(UTC).replace(tzinfo=None) + zone == given.replace(tzinfo=None)


def same_minute(found: datetime | None, given: datetime | None) -> bool:
    """Whether a date read out of a text is the one meant, whoever knew the zone."""
    if found is None or given is None:
        return found is given
    found, given = (one.replace(second=0, microsecond=0) for one in (found, given))
    if (found.tzinfo is None) == (given.tzinfo is None):
        return found == given
    apart = abs(found.replace(tzinfo=None) - given.replace(tzinfo=None))
    return apart <= timedelta(hours=14) and not apart % _ODD_ZONE
