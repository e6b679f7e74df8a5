"""`import` of old mail: everything is recorded once, however often it is broken off."""

import asyncio
import contextlib
import json
import re
import signal
import time
from pathlib import Path

import asyncpg
import pytest

HANAKO = "hanako@corp.example"
INTERRUPTED = 130
MANY = 1200
"""Mails that take longer to import than somebody who looks needs to see that it has begun."""


def mail(number: int = 1, author: str = HANAKO, to: str = "ann@customer.example") -> str:
    return (
        f"From: {author}\nTo: {to}\nSubject: Offer {number}\nMessage-ID: <{number}@corp.example>\n"
        f"Date: Mon, 3 Mar 2014 09:{number % 60:02d}:00 +0900\n\nPlease find offer {number}.\n"
    )


def mbox(path, count: int):
    """An mbox of `count` mails to fifty people."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            text = mail(number, to=f"c{number % 50}@customer.example")
            file.write(f"From {HANAKO} Mon Mar  3 09:30:10 2014\n{text}\n")
    return path


@pytest.fixture
def imported(inside):
    """Import for Hanako; the document that it prints."""

    def run(*words: object, code: int = 0):
        done = inside("import", "--user", HANAKO, *words, "--json")
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture
def count(database_url):
    """How many rows a table has, asked of Postgres."""

    def ask(table: str) -> int:
        async def run() -> int:
            connection = await asyncpg.connect(database_url)
            try:
                return await connection.fetchval(f"select count(*) from {table}")  # noqa: S608
            finally:
                await connection.close()

        return asyncio.run(run())

    return ask


def outcomes(document):
    return {one["reason"]: one["count"] for one in document["outcomes"]}


def test_eml_mbox_maildir_and_folders_are_imported_in_one_run(listed, office, imported, tmp_path):
    folder = tmp_path / "old"
    (folder / "Maildir" / "cur").mkdir(parents=True)
    (folder / "Maildir" / "new").mkdir()
    (folder / "Maildir" / "cur" / "1.a:2,S").write_text(mail(1))
    (folder / "Maildir" / "new" / "2.b").write_text(mail(2))
    (folder / "three.eml").write_text(mail(3, author="ann@customer.example", to=HANAKO))
    (folder / "notes.txt").write_text("no mail")
    box = tmp_path / "box"
    box.write_text("".join(f"From x@y Mon Mar  3 09:30:10 2014\n{mail(n)}\n" for n in (4, 5)))
    done = imported(folder, box)
    assert outcomes(done) == {"filed": 5}
    assert (done["mails"], done["passed_over"], done["failures"]) == (5, 1, 0)
    ann = listed("person", "show", "ann@customer.example")
    directions = {one["rfc_message_id"]: one["direction"] for one in ann["timeline"]}
    assert directions["1@corp.example"] == "outgoing"
    assert directions["3@corp.example"] == "incoming"
    assert {one["captured_by"][0] for one in ann["timeline"]} == {HANAKO}


def test_old_mail_stands_at_its_date_on_the_timeline(listed, office, imported, tmp_path, server):
    server.send(mail(9).replace("2014", "2020").encode(), office, sender=HANAKO)
    (tmp_path / "old.eml").write_text(mail(1))
    imported(tmp_path / "old.eml")
    timeline = listed("person", "show", "ann@customer.example")["timeline"]
    assert [one["subject"] for one in timeline] == ["Offer 9", "Offer 1"]


def test_an_import_and_a_live_copy_are_one_message(listed, office, imported, tmp_path, server):
    server.send(mail(1).encode(), office, sender=HANAKO)
    (tmp_path / "one.eml").write_text(mail(1))
    (tmp_path / "two.eml").write_text(mail(2))
    assert outcomes(imported(tmp_path)) == {"filed": 1, "seen_before": 1}
    server.send(mail(2).encode(), office, sender=HANAKO)
    assert listed("mail", "list")[0]["reason"] == "seen_before"
    assert len(listed("person", "show", "ann@customer.example")["timeline"]) == 2


def test_repeated_it_finds_everything_again_and_adds_nothing(listed, office, imported, tmp_path):
    box = mbox(tmp_path / "box", 30)
    assert outcomes(imported(box)) == {"filed": 30}
    assert outcomes(imported(box)) == {"seen_before": 30}
    assert sum(one["message_count"] for one in listed("person", "list")) == 30


def test_killed_in_the_middle_and_run_again_every_mail_is_there_once(
    command, listed, office, imported, count, tmp_path
):
    box = mbox(tmp_path / "box", MANY)
    for enough in (100, 300):
        process = command.start("import", "--user", HANAKO, box)
        while count("delivery") < enough:
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
        process.communicate()
    before = count("message")
    assert before < MANY
    done = imported(box)
    assert outcomes(done) == {"filed": MANY - before, "seen_before": before}
    assert count("message") == count("capture") == count("filing") == MANY
    assert count("person") == 50


def test_interrupted_it_ends_what_is_in_flight_and_says_how_far_it_came(
    command, office, imported, count, tmp_path
):
    box = mbox(tmp_path / "box", MANY)
    process = command.start("import", "--user", HANAKO, box, "--json")
    while not count("delivery"):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED
    assert stderr.splitlines()[-1].startswith("interrupted")
    done = json.loads(stdout)
    assert not done["complete"]
    assert 0 < done["mails"] == count("delivery") < MANY
    assert imported(box)["complete"]
    assert count("message") == MANY


def test_when_the_database_goes_it_stops_with_one_line_and_can_be_run_again(
    command, office, imported, count, tmp_path, postgres, database_url
):
    name = database_url.partition("@/")[2].partition("?")[0]
    box = mbox(tmp_path / "box", MANY)
    process = command.start("import", "--user", HANAKO, box)
    while not count("delivery"):
        assert process.poll() is None
        time.sleep(0.02)
    postgres.execute(f"alter database {name} with allow_connections false")
    postgres.execute(
        f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"  # noqa: S608
    )
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    lines = [one for one in stderr.splitlines() if " a second" not in one]
    assert len(lines) == 1, lines
    assert "run the same command again" in lines[0]
    postgres.execute(f"alter database {name} with allow_connections true")
    assert imported(box)["complete"]
    assert count("message") == count("filing") == MANY


def test_what_cannot_be_recorded_is_named_and_the_rest_goes_on(inside, office, imported, tmp_path):
    inside.environment["BCC_DROPBOX_MAX_MESSAGE_BYTES"] = "100000"
    box = mbox(tmp_path / "box", 3)
    box.write_text(box.read_text().replace("offer 1.", "offer 1." + "x" * 200_000))
    (tmp_path / "empty.eml").write_text("")
    done = imported(box, tmp_path / "empty.eml", code=1)
    assert outcomes(done) == {"filed": 2}
    assert [one["why"] for one in done["failed"]] == [
        "is larger than the limit of 100000 bytes",
        "is empty",
    ]
    assert "message 2" in done["failed"][0]["mail"]
    said = inside("import", "--user", HANAKO, box)
    assert said.returncode == 1
    assert "message 2 (byte" in said.stderr
    assert "not recorded" in said.stdout


def test_a_strangers_old_mail_needs_no_allowed_sender_and_no_quota(
    command, office, imported, tmp_path
):
    command.environment["BCC_DROPBOX_HELD_QUOTA"] = "1"
    for number in range(5):
        author = f"stranger{number}@one.example"
        (tmp_path / f"{number}.eml").write_text(mail(number, author=author, to=HANAKO))
    assert outcomes(imported(tmp_path)) == {"filed": 5}


def test_mail_that_waited_is_filed_when_an_import_brings_its_person(
    inside, listed, office, imported, tmp_path
):
    (tmp_path / "one.eml").write_text(mail(1))
    (tmp_path / "two.eml").write_text(mail(2))
    inside.ok("rule", "set", HANAKO, "--create", "nothing")
    assert outcomes(imported(tmp_path / "one.eml")) == {"nobody_matched": 1}
    inside.ok("rule", "set", HANAKO, "--create", "lead")
    imported(tmp_path / "two.eml")
    (ann,) = listed("person", "list")
    assert ann["message_count"] == 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--user", "nobody@corp.example", "."], 1, "no user"),
        (["--user", HANAKO, "nowhere.mbox"], 1, "nowhere.mbox: No such file"),
        (["--user", HANAKO], 2, "PATH"),
        (["."], 2, "--user"),
        (["--user", HANAKO, "--account", "Other", "."], 1, "Other"),
    ],
)
def test_bad_input_is_one_line(inside, office, words, code, said):
    assert said in inside.refused("import", *words, code=code)


def test_a_suspended_users_mail_is_not_imported(inside, listed, office, tmp_path):
    (tmp_path / "one.eml").write_text(mail(1))
    inside.ok("user", "suspend", HANAKO)
    assert "user resume" in inside.refused("import", "--user", HANAKO, tmp_path)
    assert listed("mail", "list") == []


def test_a_folder_without_mail_is_said_so_and_is_no_failure(inside, office, tmp_path):
    folder = tmp_path / "nothing"
    folder.mkdir()
    assert "No mail was found" in inside.ok("import", "--user", HANAKO, folder)


def test_a_file_of_half_a_gigabyte_without_end_is_read_in_little_memory(command, office, tmp_path):
    box = mbox(tmp_path / "box", 2)
    with box.open("ab") as file:
        file.write(b"From x@y.example Mon Mar  3 09:30:10 2014\nSubject: hole\n\n")
        file.truncate(1 << 29)
    process = command.start("import", "--user", HANAKO, box)
    # Not ru_maxrss: what runs the test had its own memory when it forked, and that counts there.
    status, peak = Path(f"/proc/{process.pid}/status"), 0
    while process.poll() is None:
        with contextlib.suppress(OSError):
            found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
            peak = max(peak, int(found[1])) if found else peak
        time.sleep(0.02)
    stdout, stderr = process.communicate()
    assert process.returncode == 1
    assert 0 < peak < 250_000, "kilobytes"
    assert "message 3" in stderr
    assert "filed" in stdout


def test_no_line_shows_the_secret_address(inside, office, tmp_path):
    done = inside("import", "--user", HANAKO, mbox(tmp_path / "box", 5), "--json")
    assert office.partition("@")[0] not in done.stdout + done.stderr
