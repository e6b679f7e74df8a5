"""Real mail from /work/shared/mail, and hostile mail of our own. Nothing of the former is kept here."""

from __future__ import annotations

import email.utils
import json
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dropbox.addresses import canonical
from dropbox.mail.headers import split
from dropbox.mail.message import Message
from dropbox.mail.read import leaf, read

sys.path.insert(0, str(Path(__file__).parent))

from killers import killers

CORPUS = Path(os.environ.get("BCC_DROPBOX_MAIL_CORPUS", "/work/shared/mail"))
FLOORS = {
    "subject": 0.96, "from": 0.96, "to": 0.94, "cc": 1.0, "reply_to": 0.99, "date": 0.96,
    "text": 0.82, "has_html": 0.96, "attachments": 0.91, "names": 0.95,
}  # fmt: skip
"""What is reached; the expectations are another library's output, and wrong where we differ."""

needs_corpus = pytest.mark.skipif(
    not (CORPUS / "messages").is_dir(), reason=f"no corpus of real mail at {CORPUS}"
)


def corpus() -> list[Path]:
    return sorted(path for path in (CORPUS / "messages").rglob("*") if path.is_file())


@needs_corpus
def test_every_real_mail_is_read_and_every_string_of_it_is_clean():
    paths = corpus()
    assert len(paths) > 1_000
    for path in paths:
        raw = path.read_bytes()
        message = read(raw)
        texts = [message.subject, message.text, message.from_text, *message.references]
        for box in (*message.to, *message.cc, *message.bcc, *message.reply_to):
            texts += [box.name, box.email]
        for part in message.attachments:
            texts += [part.filename, part.content_type, part.content_id]
            content = leaf(raw, part.path)
            assert content is not None, path
            assert len(content) == part.size, path
        for text in texts:
            assert "\x00" not in text, path
            text.encode()


@needs_corpus
def test_hardly_any_real_mail_is_garbled():
    garbled = []
    for path in corpus():
        message = read(path.read_bytes())
        shown = f"{message.subject}\n{message.text}"
        if "\ufffd" in shown or re.search(r"\x1b[$(]", shown):
            garbled.append(path.name)
    # Three, of which two are cut in the middle of a character and one is no text at all.
    assert len(garbled) <= 3, garbled


@needs_corpus
def test_real_japanese_mail_shows_japanese():
    rows = [line.split("\t") for line in (CORPUS / "index.tsv").read_text().splitlines()]
    column = {name: at for at, name in enumerate(rows[0])}
    japanese = [row for row in rows[1:] if len(row) > column["jp"] and row[column["jp"]].strip()]
    # Bounces: English, with the Japanese original attached.
    japanese = [row for row in japanese if row[column["source"]] != "sisimai"]
    shown = 0
    for row in japanese:
        message = read((CORPUS / row[column["path"]]).read_bytes())
        everything = " ".join([message.subject, message.text, message.from_text])
        shown += bool(re.search("[\u3041-\u30fe\u4e00-\u9fff]", everything))
    print(f"\n{shown} of {len(japanese)} mails marked Japanese show Japanese")
    assert shown >= 0.85 * len(japanese)


def folded(text: str | None) -> str:
    return " ".join((text or "").split())


def seen(message: Message, raw: bytes) -> dict[str, object]:
    """What was read, in the terms of the expectations."""
    boxes = [*message.to, *message.cc, *message.reply_to]
    return {
        "subject": folded(message.subject),
        "from": message.author.email if message.author else "",
        "to": [box.email for box in message.to],
        "cc": [box.email for box in message.cc],
        "reply_to": [box.email for box in message.reply_to],
        "date": local_time(message, raw),
        "text": folded(message.text),
        "has_html": message.has_html,
        "attachments": [(part.filename, part.content_type) for part in message.attachments],
        "names": sorted(box.name for box in boxes if box.name),
    }


def local_time(message: Message, raw: bytes) -> str:
    """Return the date as the expectations have it: the sender's clock, without its zone."""
    if message.sent_at is None:
        return ""
    value = split(raw, 0, len(raw))[0].first(b"date").decode("latin-1")
    parsed = email.utils.parsedate_tz(value)
    offset = timedelta(seconds=(parsed[9] if parsed else 0) or 0)
    return (message.sent_at.astimezone(UTC) + offset).strftime("%Y-%m-%dT%H:%M:%S")


def expected(given: dict[str, object]) -> dict[str, object]:
    boxes = {key: given[key] or [] for key in ("to", "cc", "reply_to")}
    date = str(given["date"] or "").removesuffix("+00:00")
    return {
        "subject": folded(given["subject"]),
        "from": canonical((given["from"] or ["", ""])[1]),
        **{key: [canonical(box[1]) for box in listed] for key, listed in boxes.items()},
        # 1900 is how the other library says that there is none.
        "date": "" if date.startswith("1900") else date,
        "text": folded(given["text"]),
        "has_html": given["has_html"],
        "attachments": [(one["filename"], one["content_type"]) for one in given["attachments"]],
        "names": sorted(box[0] for listed in boxes.values() for box in listed if box[0]),
    }


@needs_corpus
def test_headers_and_parts_agree_with_the_expectations_as_far_as_those_are_right():
    expectations = json.loads((CORPUS / "expected" / "headers-and-parts.json").read_text())
    agreed = dict.fromkeys(FLOORS, 0)
    for name, given in expectations.items():
        raw = (CORPUS / name).read_bytes()
        ours, theirs = seen(read(raw), raw), expected(given)
        for key in FLOORS:
            agreed[key] += ours[key] == theirs[key]
            if ours[key] != theirs[key] and os.environ.get("BCC_DROPBOX_SHOW_DIFFERENCES"):
                print(f"\n{name} {key}\n  ours   {ours[key]!r:.300}\n  theirs {theirs[key]!r:.300}")
    count = len(expectations)
    print("\n" + ", ".join(f"{key} {number}/{count}" for key, number in agreed.items()))
    for key, floor in FLOORS.items():
        assert agreed[key] >= floor * count, key


def test_every_killer_is_read_like_any_mail():
    for name, raw in killers():
        message = read(raw)
        for listed in (message.to, message.cc, message.bcc):
            assert len(listed) <= 2_000, name
        assert len(message.text) <= 2 * 1024 * 1024, name
        assert len(message.attachments) <= 1_000, name
        message.text.encode()
        assert message.sent_at is None or message.sent_at > datetime(1969, 1, 1, tzinfo=UTC), name
