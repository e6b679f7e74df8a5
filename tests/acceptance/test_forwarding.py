"""Forwarded mail through the real commands, from the mail to the customer's timeline."""

from __future__ import annotations

import json

import pytest

HANAKO = "hanako@corp.example"
ANN = "ann@customer.example"

QUESTION = f"""\
From: Ann Lee <{ANN}>
To: {HANAKO}
Subject: Price list
Date: Sun, 2 Mar 2025 09:30:00 +0900
Message-ID: <question@customer.example>

Could you send me the price list?
"""


def inline(subject: str = "Fwd: Price list", author: str = f"Ann Lee <{ANN}>") -> str:
    return (
        f"From: {HANAKO}\nTo: dropbox@corp.example\nSubject: {subject}\n"
        "Message-ID: <fwd@corp.example>\nDate: Mon, 3 Mar 2025 10:00:00 +0900\n\n"
        "She would like an answer today.\n\n---------- Forwarded message ---------\n"
        f"From: {author}\nDate: Sun, 2 Mar 2025 at 09:30\nSubject: Price list\n"
        f"To: Hanako <{HANAKO}>\n\nCould you send me the price list?\n"
    )


def with_attached(*originals: str) -> str:
    parts = "".join(f"--x\nContent-Type: message/rfc822\n\n{one}\n" for one in originals)
    return (
        f"From: {HANAKO}\nTo: dropbox@corp.example\nSubject: Two mails\n"
        "Message-ID: <attached@corp.example>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="x"\n\n'
        f"--x\nContent-Type: text/plain\n\nSee attached.\n{parts}--x--\n"
    )


@pytest.fixture
def explained(inside, office, tmp_path):
    """What `explain` says of a mail, as JSON and in words."""

    def explain(raw: str):
        file = tmp_path / "mail.eml"
        file.write_text(raw, encoding="utf-8")
        words = inside.ok("explain", file, "--to", office)
        return json.loads(inside.ok("explain", file, "--to", office, "--json")), words

    return explain


def test_explain_shows_the_original_the_comment_the_confidence_and_why(inside, explained):
    inside.ok("account", "set", "Corp", "--timezone", "Asia/Tokyo")
    document, words = explained(inline())
    assert (document["outcome"], document["direction"]) == ("filed", "incoming")
    original = document["original"]
    assert original["confidence"] >= 0.9
    assert original == {
        "from": {"name": "Ann Lee", "email": ANN},
        "to": [{"name": "Hanako", "email": HANAKO}],
        "cc": [],
        "subject": "Price list",
        "sent_at": "2025-03-02T00:30:00Z",
        "confidence": original["confidence"],
    }
    message = document["message"]
    assert message["subject"] == "Price list"
    assert message["text"] == "Could you send me the price list?"
    assert message["comment"] == "She would like an answer today."
    assert [one["email"] for one in document["correspondents"]] == [ANN]
    for said in ("Was something forwarded? yes, in its text", "from outside", "Direction: incoming",
                 f"Ann Lee <{ANN}>", "She would like an answer today."):  # fmt: skip
        assert said in words


def test_mail_show_person_show_and_why_tell_of_the_original(inside, office, drop, listed):
    drop(inline(), office)
    (entry,) = listed("person", "show", ANN)["timeline"]
    assert (entry["direction"], entry["comment"]) == (
        "incoming",
        "She would like an answer today.",
    )
    assert entry["from"] == {"name": "Ann Lee", "email": ANN}
    assert "original" not in entry
    shown = listed("mail", "show", "fwd@corp.example")
    assert [one["message_ids"] for one in shown["deliveries"]] == [[entry["message_id"]]]
    assert shown["originals"][0]["from"]["email"] == ANN
    assert shown["originals"][0]["confidence"] >= 0.9
    assert any("from outside" in line for line in shown["why"][0])
    said = inside.ok("mail", "show", "fwd@corp.example")
    assert "(forwarded in the text, read with confidence" in said
    assert "Who wrote the original?" in said
    assert "She would like an answer today." in said
    assert "Who wrote the original?" in inside.ok("mail", "why", "fwd@corp.example")


def test_two_attached_mails_are_two_messages_of_one_delivery(inside, office, drop, listed):
    other = QUESTION.replace("question@", "other@").replace("ann@", "bob@").replace("Ann", "Bob")
    drop(with_attached(QUESTION, other), office)
    (row,) = listed("mail", "list")
    assert len(row["message_ids"]) == 2
    assert row["filed_on"] == [ANN, "bob@customer.example"]
    (entry,) = listed("person", "show", ANN)["timeline"]
    assert entry["rfc_message_id"] == "question@customer.example"
    assert "See attached." in entry["comment"]
    # The mail itself, forwarded and attached, is one message, however it is found.
    assert "filed" in inside.ok("mail", "why", "question@customer.example")


def test_an_unclear_forward_is_held_shown_and_assigned(inside, office, drop, listed):
    drop(QUESTION.replace(f"From: Ann Lee <{ANN}>", f"From: {HANAKO}").replace(f"To: {HANAKO}",
         f"To: {ANN}"), office)  # fmt: skip
    drop(inline(author="Ann Lee"), office)
    (row,) = listed("held", "list")
    assert row["reason"] == "forward_unclear"
    shown = listed("held", "show", row["delivery_id"])
    assert shown["original"]["subject"] == "Price list"
    assert shown["original"]["confidence"] < 0.5
    assert "confidence" in inside.ok("held", "show", row["delivery_id"])
    inside.ok("held", "assign", row["delivery_id"], ANN)
    assert listed("held", "list") == []
    newest = next(
        one for one in listed("person", "show", ANN)["timeline"] if "Fwd" in one["subject"]
    )
    assert "Forwarded message" in newest["text"]


def test_releasing_an_unclear_forward_files_it_as_it_was_read(inside, office, drop, listed):
    raw = inline("Price list").replace("---------- Forwarded message ---------\n", "")
    raw = raw.replace("Message-ID", "In-Reply-To: <x@x.example>\nMessage-ID", 1)
    drop(raw, office)
    (row,) = listed("held", "list")
    assert row["reason"] == "forward_unclear"
    inside.ok("held", "release", row["delivery_id"])
    (entry,) = listed("person", "show", ANN)["timeline"]
    assert (entry["direction"], entry["text"]) == ("incoming", "Could you send me the price list?")
    assert "taken as it was read, by hand" in inside.ok("mail", "why", row["delivery_id"])


def test_mail_that_nobody_forwarded_has_no_original(explained):
    document, _ = explained(QUESTION.replace(f"From: Ann Lee <{ANN}>", f"From: {HANAKO}").replace(
        f"To: {HANAKO}", f"To: {ANN}"))  # fmt: skip
    assert (document["original"], document["message"]["comment"]) == (None, None)


# Reading again


def test_reprocess_says_what_changed_and_changes_it_once(inside, office, drop, rows, listed):
    drop(inline(), office)
    rows("update message set text = 'garbled', reply_start = 0, reply_end = 7")
    foreseen = json.loads(inside.ok("reprocess", "--dry-run", "--json"))
    assert foreseen["dry_run"] is True
    (changed,) = foreseen["changed"]
    assert [one["field"] for one in changed["changes"]] == ["text", "reply"]
    assert changed["changes"][0]["old"] == "garbled"
    assert listed("person", "show", ANN)["timeline"][0]["text"] == "garbled"
    said = inside.ok("reprocess")
    assert "text: garbled -> Could you send me the price list?" in said
    assert "changed: 1." in said
    assert "changed: 0." in inside.ok("reprocess")
    assert listed("person", "show", ANN)["timeline"][0]["text"].startswith("Could you")


def test_reprocess_takes_ids_message_ids_and_a_time(inside, office, drop, rows):
    drop(inline(), office)
    drop(QUESTION.replace(f"From: Ann Lee <{ANN}>", f"From: {HANAKO}").replace(
        f"To: {HANAKO}", f"To: {ANN}"), office)  # fmt: skip
    rows("update message set subject = 'garbled'")
    (one, *_) = rows("select id from message where original is null")
    assert "mails; would change: 1." in inside.ok("reprocess", one["id"], "--dry-run")
    assert "changed: 1." in inside.ok("reprocess", "<fwd@corp.example>")
    assert "changed: 1." in inside.ok("reprocess", "--since", "1d")
    assert "Read again: 0 mails" in inside.ok("reprocess", "--since", "2999-01-01")
    inside.refused("reprocess", "nothing@nowhere.example")
    inside.refused("reprocess", "--since", "soon")


def test_reprocess_shows_nothing_of_private_mail(inside, office, drop, rows):
    inside.ok("rule", "set", HANAKO, "--visibility", "private")
    drop(inline(), office)
    rows("update message set text = 'a secret matter'")
    said = inside.ok("reprocess", "--dry-run") + inside.ok("reprocess", "--dry-run", "--json")
    assert "secret" not in said
    assert "price list" not in said
    assert "text: (private) -> (private)" in said
