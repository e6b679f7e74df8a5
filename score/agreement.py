"""Readings held against expectations, field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from score import normal
from score.originals import Original
from score.readers import Reading


@dataclass(frozen=True, slots=True)
class Difference:
    name: str
    """Of the mail or the body."""
    field: str
    found: str
    expected: str
    argument: str = ""
    """Why it is the expectation that is wrong."""


Comparison = dict[str, tuple[bool, object, object]]
"""By field: whether it agrees, what was found, what is expected."""

_FIELDS: dict[str, Callable[[Reading], object]] = {
    "subject": lambda found: normal.text(found.subject),
    "from": lambda found: normal.boxes(found.authors),
    "to": lambda found: normal.boxes(found.to),
    "cc": lambda found: normal.boxes(found.cc),
    "reply_to": lambda found: normal.boxes(found.reply_to),
    "date": lambda found: found.sent_at,
    "text": lambda found: normal.text(found.text),
    "attachments": lambda found: normal.files(found.files),
}
_EXPECTED: dict[str, Callable[[Any], object]] = {
    "subject": normal.text,
    "from": normal.expected_author,
    "to": normal.expected_boxes,
    "cc": normal.expected_boxes,
    "reply_to": normal.expected_boxes,
    "date": normal.clock,
    "text": normal.text,
    "attachments": normal.expected_files,
}


def headers_and_parts(
    found: Reading | None, expected: Mapping[str, Any], zone: timedelta
) -> Comparison:
    """Compare each field that is expected; a mail that could not be read agrees in none."""
    compared: Comparison = {}
    for field, read in _FIELDS.items():
        if field not in expected:
            continue
        theirs = _EXPECTED[field](expected[field])
        if found is None:
            compared[field] = (False, None, theirs)
            continue
        ours = read(found)
        if field == "date":
            agrees = normal.same_clock(found.sent_at, normal.clock(expected[field]), zone)
        elif field == "text" and not theirs and expected.get("has_html"):
            # Says only that there is no plain text, and nothing of what the HTML reads like.
            agrees = True
        else:
            agrees = ours == theirs
        compared[field] = (agrees, ours, theirs)
    return compared


def forward(found: Original | None, expected: Mapping[str, Any]) -> Comparison:
    """Compare an original; what is expected to be none has to be none, and nothing else counts."""
    is_forward = bool(expected.get("forwarded", True))
    seen = found is not None and found.forwarded
    compared: Comparison = {
        "forwarded": (found is not None and seen == is_forward, seen, is_forward)
    }
    if found is None or not is_forward:
        return compared
    for field, ours in (("subject", found.subject), ("comment", found.comment)):
        if field in expected:
            theirs = normal.text(expected[field])
            compared[field] = (normal.text(ours) == theirs, normal.text(ours), theirs)
    if "from" in expected:
        compared["from"] = _author(found, normal.expected_author(expected["from"]))
    for field, listed in (("to", found.to), ("cc", found.cc)):
        if field in expected:
            mine = normal.addresses(normal.boxes(listed))
            theirs_listed = normal.addresses(normal.expected_boxes(expected[field]))
            compared[field] = (mine == theirs_listed, mine, theirs_listed)
    if "date" in expected:
        given = normal.clock(expected["date"])
        compared["date"] = (normal.same_minute(found.sent_at, given), found.sent_at, given)
    return compared


def _author(found: Original, expected: list[tuple[str, str]]) -> tuple[bool, object, object]:
    ours = normal.boxes([found.author] if found.author else [])
    if expected and not expected[0][0]:
        # The forward names somebody without an address: nobody to file on, a name to show.
        nameless = not ours or not ours[0][0]
        return nameless and expected[0][1] in found.from_text, found.from_text, expected
    return ours == expected, ours, expected


def reply(found: str | None, expected: Mapping[str, Any]) -> Comparison:
    theirs = normal.text(expected.get("reply"))
    return {"reply": (found is not None and normal.text(found) == theirs, found, theirs)}
