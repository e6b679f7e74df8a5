"""Invitations (iCalendar, RFC 5545) as a few lines of text, for mail that has no other."""

from __future__ import annotations

import re
from datetime import date, timedelta

from dropbox.mail import markup

MAX_CHARS = 256 * 1024
MAX_LINES = 4_000
MAX_DESCRIPTION_CHARS = 20_000

_FOLD = re.compile(r"\n[ \t]")
_PROPERTY = re.compile(r'([A-Za-z0-9-]{1,60})((?:;[^":;]*+(?:"[^"]*+"[^":;]*+)*+)*+):(.*)')
_NAME = re.compile(r';CN=(?:"([^"]*)"|([^;:]*))', re.IGNORECASE)
_ZONE = re.compile(r';TZID="?([^";:]{1,80})', re.IGNORECASE)
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d{0,2}(Z?))?")
_ESCAPE = re.compile(r"\\([nN,;\\])")
_TAG = re.compile(
    r"<(?:br|/?p|/?b|/?i|/?u|/?ul|/?ol|/?li|/?div|/?span|/a|a href=[^>]{1,500})\s*/?>"
)
_WANTED = frozenset("SUMMARY DTSTART DTEND LOCATION ORGANIZER DESCRIPTION".split())


def to_text(source: str) -> str:
    """Return what, when, where, by whom and the description of the first event; else nothing."""
    found = _event(source[:MAX_CHARS])
    begin, zone = _time(*found.get("DTSTART", ("", "")))
    end, _ = _time(*found.get("DTEND", ("", "")))
    if len(begin) == len(end) == len("2025-03-03"):
        end = _last_day(end)
    when = " – ".join(filter(None, (begin, _short(begin, end))))
    lines = [
        _plain(found.get("SUMMARY", ("", ""))[1]),
        f"{when} {zone}".strip() if when else "",
        _plain(found.get("LOCATION", ("", ""))[1]),
        _organizer(*found.get("ORGANIZER", ("", ""))),
    ]
    head = "\n".join(line for line in lines if line)
    description = _plain(found.get("DESCRIPTION", ("", ""))[1])[:MAX_DESCRIPTION_CHARS]
    if _TAG.search(description):
        # Google's, against RFC 5545 section 3.8.1.5.
        description = markup.to_text(description.replace("\n", "<br>"))
    return "\n\n".join(part for part in (head, description) if part)


def _event(source: str) -> dict[str, tuple[str, str]]:
    """Return parameters and value of the wanted properties of the first event."""
    found: dict[str, tuple[str, str]] = {}
    inside: list[str] = []
    for line in _FOLD.sub("", source).split("\n", MAX_LINES)[:MAX_LINES]:
        matched = _PROPERTY.match(line)
        if matched is None:
            continue
        name, value = matched[1].upper(), matched[3].strip()
        if name == "BEGIN":
            inside.append(value.upper())
        elif name == "END":
            if inside and inside.pop() == "VEVENT":
                break
        elif name in _WANTED and inside and inside[-1] == "VEVENT":
            found.setdefault(name, (matched[2], value))
    return found


def _plain(value: str) -> str:
    return _ESCAPE.sub(lambda sign: "\n" if sign[1] in "nN" else sign[1], value).strip()


def _time(parameters: str, value: str) -> tuple[str, str]:
    """Return date and time as written, and their zone."""
    read = _TIME.match(value)
    if read is None:
        return "", ""
    year, month, day, hour, minute, utc = read.groups()
    zone = _ZONE.search(parameters)
    if hour is None:
        return f"{year}-{month}-{day}", ""
    return f"{year}-{month}-{day} {hour}:{minute}", "UTC" if utc else zone[1] if zone else ""


def _last_day(end: str) -> str:
    """Return the day before: the end of whole days is the day behind them."""
    try:
        return (date.fromisoformat(end) - timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return end


def _short(begin: str, end: str) -> str:
    """Return the end without what the beginning has already said."""
    if begin == end:
        return ""
    same_day = len(end) > 10 and end[:10] == begin[:10]
    return end[11:] if same_day else end


def _organizer(parameters: str, value: str) -> str:
    named = _NAME.search(parameters)
    name = (named[1] or named[2] or "").strip() if named else ""
    email = value[7:].strip() if value[:7].lower() == "mailto:" else ""
    if not name or name == email:
        return email
    return f"{name} <{email}>" if email else name
