"""From nothing to a Bcc copy on the timeline, with real clients over a real socket."""

from __future__ import annotations

import base64
import email.policy
import shutil
import smtplib
import subprocess
import threading
import time
from email.message import EmailMessage

import pytest

HANAKO = "hanako@corp.example"


def english(to: str, number: int = 1) -> EmailMessage:
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = f"Hanako Sato <{HANAKO}>"
    mail["To"] = to
    mail["Subject"] = f"Our offer {number}"
    mail["Date"] = "Sun, 22 Nov 2026 12:00:00 +0900"
    mail["Message-ID"] = f"<offer-{number}@corp.example>"
    mail.set_content(f"Dear Ann,\n\nplease find offer {number}.\n")
    return mail


def word(text: str) -> str:
    """An encoded word as Japanese clients write it."""
    return f"=?ISO-2022-JP?B?{base64.b64encode(text.encode('iso-2022-jp')).decode()}?="


def japanese() -> bytes:
    head = (
        f"From: {word('佐藤 花子')} <{HANAKO}>\r\n"
        "To: ann@customer.example\r\n"
        f"Cc: {word('山田 太郎')} <yamada@kyaku.example>\r\n"
        f"Subject: {word('お見積りの件')}\r\n"
        "Date: Sun, 22 Nov 2026 12:05:00 +0900\r\n"
        "Message-ID: <mitsumori@corp.example>\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=ISO-2022-JP\r\n"
        "Content-Transfer-Encoding: 7bit\r\n\r\n"
    ).encode()
    return head + "山田様\r\n\r\nお世話になっております。\r\n".encode("iso-2022-jp")


def test_an_english_mail_lands_on_the_timeline_of_everybody_it_went_to(listed, office, server):
    server.send(english("Ann Lee <ann@customer.example>, bob@other.example").as_bytes(), office)
    (one,) = listed("mail", "list")
    assert (one["outcome"], one["reason"]) == ("filed", "filed")
    assert sorted(one["filed_on"]) == ["ann@customer.example", "bob@other.example"]
    ann = listed("person", "show", "ann@customer.example")
    assert (ann["kind"], ann["family_name"], ann["given_name"]) == ("lead", "Lee", "Ann")
    (entry,) = ann["timeline"]
    assert entry["subject"] == "Our offer 1"
    assert entry["sent_at"] == "2026-11-22T03:00:00Z"
    assert entry["from"] == {"name": "Hanako Sato", "email": HANAKO}
    assert "please find offer 1" in entry["text"]
    assert entry["captured_by"] == [HANAKO]


def test_a_japanese_mail_names_its_people_family_name_first(listed, office, server):
    server.send(japanese(), office)
    yamada = listed("person", "show", "yamada@kyaku.example")
    assert yamada["name"] == "山田 太郎"
    assert (yamada["family_name"], yamada["given_name"]) == ("山田", "太郎")
    (entry,) = yamada["timeline"]
    assert entry["subject"] == "お見積りの件"
    assert entry["text"] == "山田様\n\nお世話になっております。"
    assert {"name": "山田 太郎", "email": "yamada@kyaku.example"} in entry["cc"]


def test_an_attachment_is_listed_and_the_raw_mail_comes_back_as_it_went(
    inside, listed, office, server
):
    mail = english("ann@customer.example")
    mail.add_attachment(
        bytes(range(256)) * 2000, maintype="application", subtype="pdf", filename="見積書.pdf"
    )
    server.send(mail.as_bytes(), office)
    (entry,) = listed("person", "show", "ann@customer.example")["timeline"]
    (attachment,) = entry["attachments"]
    said = {
        "filename": "見積書.pdf",
        "content_type": "application/pdf",
        "size": 512_000,
        "inline": False,
    }
    assert attachment | said == attachment
    (one,) = listed("mail", "list")
    assert inside.ok("mail", "raw", one["delivery_id"]).encode() == mail.as_bytes()


def test_of_two_recipients_one_is_known_and_one_is_created(listed, office, server):
    server.send(english("ann@customer.example", 1).as_bytes(), office)
    server.send(english("ann@customer.example, carl@customer.example", 2).as_bytes(), office)
    people = {one["emails"][0]: one for one in listed("person", "list")}
    assert {email: one["message_count"] for email, one in people.items()} == {
        "ann@customer.example": 2,
        "carl@customer.example": 1,
    }


def test_the_same_mail_again_is_recorded_once(listed, office, server):
    for _ in range(3):
        server.send(english("ann@customer.example").as_bytes(), office)
    outcomes = [one["outcome"] for one in listed("mail", "list")]
    assert outcomes == ["duplicate", "duplicate", "filed"]
    ann = listed("person", "show", "ann@customer.example")
    assert len(ann["timeline"]) == 1


def test_one_envelope_to_two_users_is_captured_by_both(inside, listed, office, server):
    inside.ok("user", "add", "taro@corp.example", "--name", "Taro", "--account", "Corp")
    taro = inside.ok("address", "show", "taro@corp.example").strip()
    server.send(english("ann@customer.example").as_bytes(), office, taro)
    (entry,) = listed("person", "show", "ann@customer.example")["timeline"]
    assert sorted(entry["captured_by"]) == [HANAKO, "taro@corp.example"]


def test_an_unknown_address_is_refused_at_rcpt(listed, office, server):
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        server.send(
            english("ann@customer.example").as_bytes(), "hanako.aaaaaaaaaaaaaaaa@dropbox.example"
        )
    ((code, text),) = refused.value.recipients.values()
    assert (code, text[:5]) == (550, b"5.1.1")
    assert listed("mail", "list") == []


def test_a_strangers_mail_is_held_and_makes_nobody(listed, office, server):
    mail = english("ann@customer.example")
    mail.replace_header("From", "Eve <eve@evil.example>")
    server.send(mail.as_bytes(), office)
    (one,) = listed("mail", "list")
    assert (one["outcome"], one["reason"], one["message_ids"]) == ("held", "sender_not_allowed", [])
    assert listed("person", "list") == []


def test_why_tells_what_happened_to_a_mail(inside, listed, office, server):
    server.send(english("ann@customer.example").as_bytes(), office)
    told = inside.ok("mail", "why", "offer-1@corp.example")
    assert "ann@customer.example" in told
    assert office.partition("@")[0] not in told


def test_a_rule_changed_by_a_command_holds_for_the_next_mail(inside, listed, office, server):
    inside.ok("rule", "set", HANAKO, "--create", "contact")
    server.send(english("ann@customer.example", 1).as_bytes(), office)
    inside.ok("never-log", "add", "--account", "Corp", "bob@other.example")
    server.send(english("bob@other.example", 2).as_bytes(), office)
    first, second = reversed(listed("mail", "list"))
    assert (first["reason"], second["reason"]) == ("filed", "never_log")
    assert second["subject"] is None
    assert listed("person", "show", "ann@customer.example")["kind"] == "contact"


def test_explain_says_beforehand_what_the_daemon_then_does(listed, office, server, tmp_path):
    mail = tmp_path / "offer.eml"
    mail.write_bytes(english("ann@customer.example").as_bytes())
    foreseen = listed("explain", str(mail), "--to", office)
    assert (foreseen["outcome"], foreseen["direction"]) == ("filed", "outgoing")
    assert [one["action"] for one in foreseen["correspondents"]] == ["create"]
    assert listed("mail", "list") == []
    server.send(mail.read_bytes(), office)
    (one,) = listed("mail", "list")
    assert one["reason"] == foreseen["reason"]


@pytest.mark.skipif(not shutil.which("swaks"), reason="swaks is not installed; .ci/run installs it")
def test_swaks_gets_its_mail_recorded(listed, office, server, tmp_path):
    attached = tmp_path / "offer.txt"
    attached.write_text("attached words")
    done = subprocess.run(
        ["swaks", "--server", "127.0.0.1", "--port", str(server.port), "--from", HANAKO,
         "--to", office, "--header", "To: Ann Lee <ann@customer.example>",
         "--header", "Subject: sent by swaks", "--attach", f"@{attached}", "--pipeline"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    ann = listed("person", "show", "ann@customer.example")
    assert [entry["subject"] for entry in ann["timeline"]] == ["sent by swaks"]


@pytest.mark.slow
def test_kill_9_in_the_middle_of_500_mails_loses_none_and_doubles_none(listed, office, new_server):
    server = new_server().start()
    taken: list[int] = []
    lock = threading.Lock()
    numbers = iter(range(500))

    def client() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            mail = english(f"c{number % 50}@customer.example", number).as_bytes()
            server.send_until_taken(mail, office)
            with lock:
                taken.append(number)

    clients = [threading.Thread(target=client) for _ in range(8)]
    for one in clients:
        one.start()
    killed = 0
    while any(one.is_alive() for one in clients):
        with lock:
            so_far = len(taken)
        if killed < 3 and so_far >= 100 * (killed + 1):
            server.kill()
            server.start()
            killed += 1
        clients[0].join(0.01)
    server.stop()
    assert killed == 3
    assert sorted(taken) == list(range(500))
    people = listed("person", "list", "--limit", "1000")
    assert len(people) == 50
    assert sum(one["message_count"] for one in people) == 500
    mails = listed("mail", "list", "--limit", "5000")
    filed = [one["rfc_message_id"] for one in mails if one["outcome"] == "filed"]
    assert len(filed) == len(set(filed)) == 500
    assert {one["outcome"] for one in mails} <= {"filed", "duplicate"}


def test_make_runs_first_start_shows_the_address_and_keeps_everything(inside, listed, new_server):
    inside.environment.pop("BCC_DROPBOX_DATABASE_URL")
    addresses = []
    for number in range(2):
        server = new_server("run")
        server.start()
        deadline = time.monotonic() + 60
        # It takes mail, and makes its first user then.
        while (shown := inside("address", "show", "you@example.com")).returncode:
            assert time.monotonic() < deadline
        address = shown.stdout.strip()
        addresses.append(address)
        mail = english("ann@customer.example", number)
        mail.replace_header("From", "you@example.com")
        server.send(mail.as_bytes(), address)
        assert server.stop() == 0
    assert addresses[0] == addresses[1]
    ann = listed("person", "show", "ann@customer.example")
    assert len(ann["timeline"]) == 2
