"""Real replies from the corpus of real mail. Nothing of it is kept here."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from dropbox.mail import quoted

CORPUS = Path(os.environ.get("BCC_DROPBOX_MAIL_CORPUS", "/work/shared/mail"))

needs_replies = pytest.mark.skipif(
    not (CORPUS / "replies").is_dir(), reason=f"no corpus of real replies at {CORPUS}"
)


def reply_of(text: str) -> str:
    reply = quoted.read(text)
    return text[reply.start : reply.end]


@needs_replies
def test_of_every_japanese_reply_exactly_the_new_text_is_read():
    cases = json.loads((CORPUS / "expected" / "replies-ja.json").read_text())
    wrong = []
    for case in cases:
        text = (CORPUS / "replies" / case["body"]).read_text()
        if reply_of(text) != case["reply"]:
            wrong.append(case["body"])
    print(f"\n{len(cases) - len(wrong)} of {len(cases)} Japanese replies right")
    assert not wrong


@needs_replies
def test_a_forward_s_reply_is_the_comment_above_it():
    wrong = []
    for path in sorted((CORPUS / "forwarded").glob("ja_*.txt")):
        if reply_of(path.read_text()) != "以下、転送します。":
            wrong.append(path.name)
    assert not wrong


@needs_replies
def test_of_every_forward_the_comment_is_what_is_new():
    cases = json.loads((CORPUS / "expected" / "forwarded.json").read_text())
    forwards = [case for case in cases if case["forwarded"]]
    wrong = []
    for case in forwards:
        reply = reply_of((CORPUS / "forwarded" / case["body"]).read_text())
        if reply.split() != (case.get("comment") or "").split():
            wrong.append(case["body"])
    assert len(forwards) > 70
    assert not wrong


@needs_replies
@pytest.mark.parametrize("source", ["alfonsrv-reply", "github-reply", "zapier-reply"])
def test_no_reply_of_the_other_libraries_keeps_a_line_of_history(source):
    kept = []
    paths = sorted((CORPUS / "messages" / source).rglob("*.txt"))
    assert paths
    for path in paths:
        text = path.read_text(errors="replace")
        lines = [line for line in reply_of(text).split("\n") if line.strip()]
        if lines and (lines[0].startswith(">") or lines[-1].startswith(">")):
            kept.append(path.name)
    assert not kept
