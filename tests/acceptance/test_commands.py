"""The commands as processes, on a real Postgres: each does what it says, JSON to the letter."""

import json
import re
import smtplib
import time

import pytest

PERSON_KEYS = [
    "id", "kind", "name", "family_name", "given_name", "company", "emails", "message_count",
    "created_at",
]  # fmt: skip
ENTRY_KEYS = [
    "message_id", "rfc_message_id", "direction", "subject", "sent_at", "received_at", "from", "to",
    "cc", "text", "reply", "comment", "has_html", "attachments", "thread_id", "captured_by",
    "visibility",
]  # fmt: skip
DELIVERY_KEYS = [
    "delivery_id", "message_ids", "rfc_message_id", "outcome", "reason", "sender", "subject",
    "received_at", "user", "filed_on", "note",
]  # fmt: skip
EXPLAIN_KEYS = [
    "outcome", "reason", "direction", "sender", "verdict", "correspondents", "original", "message",
]  # fmt: skip
MESSAGE_KEYS = ["subject", "sent_at", "text", "reply", "comment", "attachments"]
ATTACHMENT_KEYS = ["filename", "content_type", "size", "inline"]
CORRESPONDENT_KEYS = ["email", "name", "action", "kind", "why"]

UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")

MAIL = """\
From: Hanako <hanako@corp.example>
To: Suzuki Taro <taro@customer.example>
Cc: =?iso-2022-jp?b?GyRCOzNFRBsoQiAbJEIyVjtSGyhC?= <yamada@customer.example>, jiro@corp.example
Subject: =?utf-8?b?44GK6KaL56mN5pu4?=
Message-ID: <Offer.1@corp.example>
Date: Mon, 2 Nov 2026 10:00:00 +0900
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Please find our offer.
--b
Content-Type: text/csv
Content-Disposition: attachment; filename="offer.csv"

1,2
--b--
"""


@pytest.fixture
def address(inside):
    """The dropbox address of hanako@corp.example in account Corp."""
    inside.ok("account", "add", "Corp", "--domain", "corp.example", "--timezone", "Asia/Tokyo")
    printed = inside.ok("user", "add", "Hanako@corp.example", "--name", "山田 花子")
    assert re.fullmatch(r"hanako\.[a-z2-7]{16}@dropbox\.example\n", printed)
    return printed.strip()


@pytest.fixture
def daemon(command):
    """A running `serve`; gives host and port."""
    command.environment["BCC_DROPBOX_SMTP_LISTEN"] = "127.0.0.1:0"
    process = command.start("serve")
    try:
        yield served_at(process)
    finally:
        process.terminate()
        _, left = process.communicate(timeout=30)
        assert process.returncode == 0, left


def served_at(process):
    for line in process.stderr:
        if '"serving"' in line:
            host, _, port = json.loads(line)["addresses"][0].rpartition(":")
            return host, int(port)
    pytest.fail(f"not serving: {process.wait()}")


def send(where, address, raw=MAIL, sender="hanako@corp.example"):
    with smtplib.SMTP(*where, local_hostname="localhost") as smtp:
        smtp.sendmail(sender, [address], raw.replace("\n", "\r\n").encode())


def read(command, *words):
    return json.loads(command.ok(*words, "--json"))


def test_accounts_are_made_changed_and_listed(inside):
    added = read(inside, "account", "add", "株式会社例", "--domain", "例え.jp")
    assert added["internal"] == ["xn--r8jz45g.jp"]
    assert added["timezone"] == "UTC"
    inside.ok("account", "set", "株式会社例", "--domain", "*.corp.example", "--timezone",
               "Asia/Tokyo", "--address", "boss@gmail.com", "--remove", "例え.jp")  # fmt: skip
    (listed,) = read(inside, "account", "list")
    assert listed["internal"] == ["*.corp.example", "boss@gmail.com"]
    assert listed["timezone"] == "Asia/Tokyo"
    assert "株式会社例" in inside.ok("account", "list")


def test_a_user_is_added_shown_suspended_and_resumed(inside, address):
    shown = inside.ok("user", "show", "hanako@corp.example")
    assert "山田 花子" in shown
    assert "Asia/Tokyo" in shown
    assert "suspended" in inside.ok("user", "suspend", "hanako@corp.example")
    (user,) = read(inside, "user", "list")
    assert user["status"] == "suspended"
    assert read(inside, "user", "resume", "hanako@corp.example")["status"] == "active"


def test_the_secret_address_is_shown_by_user_add_and_address_alone(inside, address):
    assert inside.ok("address", "show", "hanako@corp.example") == f"{address}\n"
    shown = read(inside, "address", "show", "hanako@corp.example")
    assert list(shown) == ["address", "state", "created_at"]
    assert (shown["address"], shown["state"]) == (address, "active")
    assert UTC.fullmatch(shown["created_at"])
    for words in (["user", "list"], ["user", "show", "hanako@corp.example"]):
        for more in ([], ["--json"]):
            printed = inside.ok(*words, *more)
            assert "hanako.••••@dropbox.example" in printed
            assert address not in printed


def test_senders_are_added_listed_and_removed(inside, address):
    user = "hanako@corp.example"
    inside.ok("sender", "add", user, "Home@Private.example")
    inside.ok("sender", "add", user, "foo..bar@docomo.ne.jp", "--unproven")
    listed = read(inside, "sender", "list", user)
    assert [list(one) for one in listed] == [["email", "primary", "status", "added_at"]] * 3
    assert [(one["email"], one["primary"], one["status"]) for one in listed] == [
        ("hanako@corp.example", True, "active"),
        ("foo..bar@docomo.ne.jp", False, "pending"),
        ("home@private.example", False, "active"),
    ]
    inside.ok("sender", "remove", user, "HOME@private.example")
    assert "home@private.example" not in inside.ok("sender", "list", user)


def test_the_sixth_sender_is_refused_in_one_line(inside, address):
    user = "hanako@corp.example"
    for number in range(5):
        inside.ok("sender", "add", user, f"s{number}@private.example")
    line = inside.refused("sender", "add", user, "sixth@private.example")
    assert "5 further senders" in line
    assert len(read(inside, "sender", "list", user)) == 6


def test_rules_are_shown_and_set(inside, address):
    user = "hanako@corp.example"
    assert read(inside, "rule", "show", user) == {
        "search": ["contact", "lead"], "create": "lead", "visibility": "team",
        "max_new_people": 10,
    }  # fmt: skip
    inside.ok("rule", "set", user, "--search", "lead", "--create", "nothing")
    changed = read(inside, "rule", "set", user, "--visibility", "private", "--max-new-people", "3")
    assert changed == {
        "search": ["lead"], "create": "nothing", "visibility": "private", "max_new_people": 3,
    }  # fmt: skip
    assert "nothing" in inside.ok("rule", "show", user)


def test_never_log_lists_are_kept_for_the_account_and_for_users(inside, address):
    user = "hanako@corp.example"
    inside.ok("never-log", "add", "*.Bank.example")
    inside.ok("never-log", "add", "mum@home.example", "--user", user)
    assert [
        (one["pattern"], one["account"], one["user"]) for one in read(inside, "never-log", "list")
    ] == [("mum@home.example", "Corp", user), ("*.bank.example", "Corp", None)]
    inside.ok("never-log", "remove", "*.bank.example")
    assert "*.bank.example" not in inside.ok("never-log", "list", "--user", user)


def test_config_show_prints_every_setting(inside):
    rows = {row["name"]: row for row in read(inside, "config", "show")}
    assert rows["database_url"]["source"] == "environment"
    assert rows["mail_domain"]["value"] == "dropbox.example"
    assert "BCC_DROPBOX_SMTP_LISTEN" in inside.ok("config", "show")


def test_migrate_brings_the_database_to_the_head_and_then_has_nothing_to_do(
    inside, empty_database_url
):
    inside.environment["BCC_DROPBOX_DATABASE_URL"] = empty_database_url
    assert "from nothing to" in inside.ok("migrate")
    assert "already" in inside.ok("migrate")
    assert "No accounts yet" in inside.ok("account", "list")


@pytest.fixture
def sent(address, drop):
    """A mail that was filed, its repetition, and one of a stranger."""
    drop(MAIL, address)
    drop(MAIL, address)
    drop(MAIL.replace("hanako@corp", "x@evil").replace("Offer.1", "Evil.1"), address)


def test_who_was_written_to_is_a_person_with_the_mail_on_the_timeline(inside, sent):
    listed = read(inside, "person", "list")
    assert [list(person) for person in listed] == [PERSON_KEYS] * 2
    people = {person["emails"][0]: person for person in listed}
    yamada, suzuki = people["yamada@customer.example"], people["taro@customer.example"]
    assert (yamada["family_name"], yamada["given_name"]) == ("山田", "花子")
    assert (suzuki["kind"], suzuki["message_count"]) == ("lead", 1)
    assert UTC.fullmatch(suzuki["created_at"])
    assert len(read(inside, "person", "list", "--limit", "1")) == 1
    assert read(inside, "person", "list", "--kind", "contact") == []
    assert "yamada@customer.example" in inside.ok("person", "list")

    shown = read(inside, "person", "show", "Taro@customer.example")
    assert list(shown) == [*PERSON_KEYS, "timeline"]
    assert read(inside, "person", "show", suzuki["id"]) == shown
    (entry,) = shown["timeline"]
    assert list(entry) == ENTRY_KEYS
    assert entry["subject"] == "お見積書"
    assert entry["sent_at"] == "2026-11-02T01:00:00Z"
    assert entry["from"] == {"name": "Hanako", "email": "hanako@corp.example"}
    assert [list(one) for one in entry["attachments"]] == [ATTACHMENT_KEYS]
    assert entry["captured_by"] == ["hanako@corp.example"]
    assert "お見積書" in inside.ok("person", "show", "taro@customer.example")


def test_what_became_of_each_mail_is_listed_shown_and_explained(inside, sent):
    rows = read(inside, "mail", "list")
    assert [list(row) for row in rows] == [DELIVERY_KEYS] * 3
    assert [(row["outcome"], row["reason"]) for row in rows] == [
        ("held", "sender_not_allowed"),
        ("duplicate", "seen_before"),
        ("filed", "filed"),
    ]
    held, again, filed = rows
    assert filed["filed_on"] == ["taro@customer.example", "yamada@customer.example"]
    assert filed["rfc_message_id"] == "offer.1@corp.example"
    assert filed["user"] == "hanako@corp.example"
    assert again["message_ids"] == filed["message_ids"]
    assert held["message_ids"] == []
    assert read(inside, "mail", "list", "--outcome", "held") == [held]

    why = inside.ok("mail", "why", "<Offer.1@corp.example>")
    assert "Recorded on the timeline" in why
    assert "hanako@corp.example, an allowed sender" in why
    waits = inside.ok("mail", "why", held["delivery_id"])
    assert "no allowed sender" in waits
    assert f"held release, trust, assign or discard {held['delivery_id']}" in waits
    assert "To decide" not in why
    inside.environment["BCC_DROPBOX_LANGUAGE"] = "ja"
    assert "記録しました" in inside.ok("mail", "why", filed["message_ids"][0])

    document = read(inside, "mail", "show", filed["delivery_id"])
    assert document["deliveries"] == [filed]
    assert [list(one) for one in document["messages"]] == [ENTRY_KEYS]
    assert inside.ok("mail", "raw", filed["delivery_id"]).endswith(MAIL.replace("\n", "\r\n"))
    (file,) = document["messages"][0]["attachments"]
    assert (file["path"], file["decoration"], file["repeated"]) == ("2", False, False)
    assert inside.ok("mail", "attachment", filed["delivery_id"], "2") == "1,2"
    assert "no attachment 7" in inside.refused("mail", "attachment", filed["delivery_id"], "7")


def test_explain_says_what_would_happen_and_writes_nothing(inside, address, tmp_path):
    file = tmp_path / "mail.eml"
    file.write_text(MAIL, "utf-8")
    document = read(inside, "explain", file, "--to", address.upper())
    assert list(document) == EXPLAIN_KEYS
    assert (document["outcome"], document["direction"]) == ("filed", "outgoing")
    assert document["verdict"] == "unverified"
    assert document["sender"] == "hanako@corp.example"
    assert document["original"] is None
    assert [list(one) for one in document["correspondents"]] == [CORRESPONDENT_KEYS] * 2
    assert [(one["email"], one["name"], one["action"], one["kind"])
            for one in document["correspondents"]] == [
        ("taro@customer.example", "Suzuki Taro", "create", "lead"),
        ("yamada@customer.example", "山田 花子", "create", "lead"),
    ]  # fmt: skip
    assert list(document["message"]) == MESSAGE_KEYS
    assert document["message"]["subject"] == "お見積書"
    assert list(document["message"]["attachments"][0]) == ATTACHMENT_KEYS
    assert "taro@customer.example was created" in inside.ok("explain", file, "--to", address)
    assert read(inside, "mail", "list") == read(inside, "person", "list") == []


def test_explain_has_the_same_shape_for_what_would_be_refused(inside, address, tmp_path):
    file = tmp_path / "mail.eml"
    file.write_text(MAIL, "utf-8")
    unknown = "hanako.aaaaaaaaaaaaaaaa@dropbox.example"
    document = read(inside, "explain", file, "--to", unknown)
    assert list(document) == EXPLAIN_KEYS
    assert (document["outcome"], document["reason"]) == ("refused", "no_such_address")
    assert list(document["message"]) == MESSAGE_KEYS
    file.write_text("Received: x\n" * 101 + MAIL, "utf-8")
    document = read(inside, "explain", file, "--to", address)
    assert (document["outcome"], document["reason"]) == ("refused", "loop")


def test_private_mail_needs_its_user_or_broken_glass(inside, address, drop):
    inside.ok("user", "add", "jiro@corp.example", "--name", "Jiro")
    inside.ok("rule", "set", "hanako@corp.example", "--visibility", "private")
    drop(MAIL, address)
    mail_id = "<offer.1@corp.example>"
    for verb in ("show", "why", "raw"):
        assert "--as hanako@corp.example" in inside.refused("mail", verb, mail_id)
        inside.refused("mail", verb, mail_id, "--as", "jiro@corp.example")
        assert inside.ok("mail", verb, mail_id, "--as", "hanako@corp.example")
    assert inside.ok("mail", "show", mail_id, "--break-glass", "law suit 12")
    (entry,) = read(inside, "person", "show", "taro@customer.example")["timeline"]
    assert (entry["subject"], entry["text"], entry["attachments"]) == (None, None, [])
    assert entry["visibility"] == "private"
    assert read(inside, "mail", "list")[0]["subject"] is None
    hers = read(inside, "mail", "list", "--as", "hanako@corp.example")
    assert hers[0]["subject"] == "お見積書"


def test_reading_is_about_all_accounts_and_writing_needs_one(inside, address):
    inside.ok("account", "add", "Beta")
    assert "Beta, Corp" in inside.refused("user", "add", "b@beta.example", "--name", "B", code=2)
    assert "Beta, Corp" in inside.refused("never-log", "add", "x.example", code=2)
    inside.ok("user", "add", "b@beta.example", "--name", "B", "--account", "Beta")
    assert len(read(inside, "user", "list")) == 2
    assert [one["email"] for one in read(inside, "user", "list", "--account", "Beta")] == [
        "b@beta.example"
    ]
    inside.ok("never-log", "add", "x.example", "--user", "b@beta.example")
    assert "there are: Beta, Corp" in inside.refused("person", "list", "--account", "Gamma")


def test_a_table_in_a_pipe_has_a_line_a_row_and_no_colour(inside, address):
    for number in range(3):
        inside.ok("user", "add", f"u{number}@corp.example", "--name", "長い名前" * 20)
    lines = inside.ok("user", "list").splitlines()
    assert len(lines) == 5
    assert not any("\x1b" in line for line in lines)


def test_a_reader_who_has_seen_enough_is_no_error(command, address):
    process = command.start("config", "show")
    process.stdout.close()
    assert process.wait(60) == 0
    assert process.stderr.read() == ""
    process.stderr.close()


def test_every_command_has_help(inside):
    nouns = ("account", "user", "address", "sender", "rule", "never-log", "person", "mail")
    text = inside.ok("--help")
    for noun in (*nouns, "serve", "migrate", "explain", "config"):
        assert noun in text
    assert " run " not in text
    assert "PATTERN" in inside.ok("never-log", "add", "--help")


def test_a_change_counts_for_the_next_mail(inside, address, daemon):
    inside.ok("user", "suspend", "hanako@corp.example")
    send(daemon, address)
    inside.ok("user", "resume", "hanako@corp.example")
    send(daemon, address)
    deadline = time.monotonic() + 10
    while len(rows := read(inside, "mail", "list")) < 2:
        assert time.monotonic() < deadline
    assert [row["reason"] for row in rows] == ["filed", "user_suspended"]
