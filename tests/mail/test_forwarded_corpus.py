"""Forwarded mail in real layouts, from the corpus of real mail. Nothing of it is kept here."""

from __future__ import annotations

import json
import os
from email.message import EmailMessage
from pathlib import Path

import pytest

from dropbox.mail.forwards import BAR
from dropbox.mail.message import Forwarded
from dropbox.mail.read import read

CORPUS = Path(os.environ.get("BCC_DROPBOX_MAIL_CORPUS", "/work/shared/mail"))

needs_corpus = pytest.mark.skipif(
    not (CORPUS / "forwarded").is_dir(), reason=f"no corpus of forwarded mail at {CORPUS}"
)


def cases(name: str) -> list[dict[str, object]]:
    path = CORPUS / "expected" / name
    return json.loads(path.read_text()) if path.is_file() else []


def forwarded(case: dict[str, object]) -> tuple[Forwarded, ...]:
    folder = CORPUS / "forwarded"
    mail = EmailMessage()
    mail["From"] = "hanako@kaisha.test"
    mail["To"] = "hanako.abcdefghijklmnop@in.kaisha.test"
    if case.get("subject_line"):
        mail["Subject"] = (folder / str(case["subject_line"])).read_text().strip()
    mail.set_content((folder / str(case["body"])).read_text(), cte="8bit")
    return tuple(
        one for one in read(bytes(mail)).forwarded if one.confidence >= BAR
    )


def wrong(case: dict[str, object]) -> list[str]:
    """Return what is read otherwise than expected, each in words."""
    found = forwarded(case)
    if not case["forwarded"]:
        return ["is no forward"] if found else []
    if len(found) != 1:
        return [f"{len(found)} forwards"]
    one = found[0]
    name, email = case["from"]
    seen = {
        "from": (one.author.email if one.author else None, email),
        "name": ((one.author.name if one.author else "") or None, name),
        "subject": (one.subject, case["subject"]),
    }
    for key, boxes in (("to", one.to), ("cc", one.cc)):
        if case.get(key) is not None:
            # Where `;` parts the addresses, the expectations have the first one alone.
            read_so_far = [box.email for box in boxes if box.email in case[key]]
            seen[key] = (read_so_far, case[key])
    if "comment" in case:
        seen["comment"] = (one.comment, case["comment"])
    if "date" in case:
        seen["date"] = (local_time(one), case["date"])
    return [f"{key}: {got!r} for {want!r}" for key, (got, want) in seen.items() if got != want]


def local_time(one: Forwarded) -> str:
    """Return the time as the (Japanese) expectations have it: on the clock in Tokyo."""
    if one.sent_at is None:
        return ""
    if one.sent_at.tzinfo:
        from datetime import timedelta, timezone

        return one.sent_at.astimezone(timezone(timedelta(hours=9))).strftime("%Y-%m-%dT%H:%M")
    return one.sent_at.strftime("%Y-%m-%dT%H:%M")


@needs_corpus
def test_every_japanese_layout_is_read_right():
    listed = cases("forwarded-ja.json")
    assert len(listed) >= 9
    assert {case["body"]: found for case in listed if (found := wrong(case))} == {}


@needs_corpus
def test_every_other_layout_that_carries_an_address_is_read_right():
    listed = cases("forwarded.json")
    assert len(listed) >= 70
    assert {case["body"]: found for case in listed if (found := wrong(case))} == {}


@needs_corpus
def test_nearly_every_date_of_the_corpus_becomes_an_instant():
    listed = [case for case in cases("forwarded.json") if case["forwarded"]]
    dateless = [case["body"] for case in listed if (one := forwarded(case)) and not one[0].sent_at]
    assert dateless == []
