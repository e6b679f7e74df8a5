"""`deliver` as a mail server uses it: a mail on a pipe, and an exit code that decides its fate."""

import os
import re
import signal
import subprocess

import pytest

HANAKO = "hanako@corp.example"
MAIL = f"""\
From: Hanako <{HANAKO}>
To: ann@customer.example
Subject: Our offer
Message-ID: <offer-1@corp.example>
Date: Sun, 22 Nov 2026 12:00:00 +0900

Please find our offer.
"""
NOBODY = "hanako.aaaaaaaaaaaaaaaa@dropbox.example"
REFUSED, NO_USER, TRY_AGAIN = 65, 67, 75


@pytest.fixture
def piped(inside):
    """Pipe a mail into `deliver`; its exit code and the one line that it says when it fails."""

    def run(mail: str, *words: str, command=inside) -> tuple[int, str]:
        done = command("deliver", *words, stdin=mail)
        assert done.stdout == ""
        assert re.fullmatch(r"[^\n]+\n" if done.returncode else "", done.stderr), done.stderr
        return done.returncode, done.stderr.strip()

    return run


def test_a_mail_from_a_pipe_is_recorded_with_the_line_ends_of_the_wire(
    command, listed, office, piped
):
    mail = f"From {HANAKO} Sun Nov 22 12:00:00 2026\n{MAIL}"
    assert piped(mail, "--to", office, command=command) == (0, "")
    (one,) = listed("mail", "list")
    assert (one["outcome"], one["filed_on"]) == ("filed", ["ann@customer.example"])
    raw = command.start("mail", "raw", one["delivery_id"], text=False).communicate()[0]
    assert raw == MAIL.replace("\n", "\r\n").encode()


def test_whatever_is_250_on_the_wire_is_0(listed, office, piped):
    assert piped(MAIL, "--to", office)[0] == 0
    assert piped(MAIL, "--to", office)[0] == 0
    assert piped(MAIL.replace(HANAKO, "eve@evil.example"), "--to", office)[0] == 0
    assert piped("no mail at all", "--to", office)[0] == 0
    reasons = [one["reason"] for one in listed("mail", "list")]
    assert reasons == ["sender_unclear", "sender_not_allowed", "seen_before", "filed"]


@pytest.mark.parametrize(
    ("words", "lead", "mail_from"),
    [
        (["--from", "bounce@corp.example"], "From ann@x.example Sun Nov 22 12:00:00 2026\n",
         "bounce@corp.example"),
        (["--from", ""], "", ""),
        (["--from", "<>"], "", ""),
        ([], "From ann@x.example Sun Nov 22 12:00:00 2026\n", "ann@x.example"),
        ([], "From MAILER-DAEMON Sun Nov 22 12:00:00 2026\n", ""),
        ([], "", HANAKO),
    ],
)  # fmt: skip
def test_mail_from_is_what_was_said_else_what_the_from_line_says_else_the_author(
    listed, office, piped, words, lead, mail_from
):
    assert piped(lead + MAIL, "--to", office, *words)[0] == 0
    (one,) = listed("mail", "why", "offer-1@corp.example")
    assert (one["mail_from"], one["peer"]) == (mail_from, "")


def test_an_address_that_is_not_there_is_67_and_is_not_shown_whole(listed, office, piped):
    code, said = piped(MAIL, "--to", NOBODY)
    assert code == NO_USER
    assert "5.1.1" in said
    assert NOBODY.partition("@")[0] not in said
    assert piped(MAIL, "--to", "somebody@elsewhere.example")[0] == NO_USER


def test_of_several_addresses_all_are_recorded_or_none(command, listed, office, piped):
    command.ok("user", "add", "taro@corp.example", "--name", "Taro", "--account", "Corp")
    taro = command.ok("address", "show", "taro@corp.example").strip()
    assert piped(MAIL, "--to", office, "--to", NOBODY)[0] == NO_USER
    assert listed("mail", "list") == []
    assert piped(MAIL, "--to", office, "--to", taro, "--to", office.upper())[0] == 0
    assert sorted(one["user"] for one in listed("mail", "list")) == [HANAKO, "taro@corp.example"]


def test_a_mail_that_is_too_big_is_65_and_read_to_its_end(command, listed, office, piped):
    command.environment["BCC_DROPBOX_MAX_MESSAGE_BYTES"] = "100000"
    code, said = piped(MAIL + "x\n" * 200_000, "--to", office)
    assert (code, "5.3.4" in said) == (REFUSED, True)
    assert piped(MAIL + "x\n" * 200_000, "--to", NOBODY)[0] == NO_USER
    assert listed("mail", "list") == []


def test_a_loop_is_65(office, piped):
    assert piped("Received: from a by b\n" * 101 + MAIL, "--to", office)[0] == REFUSED


def test_bare_newlines_are_65_only_where_the_setting_rejects_them(command, office, piped):
    mixed = MAIL.replace("\n", "\r\n") + "bare\n"
    assert piped(mixed, "--to", office)[0] == 0
    command.environment["BCC_DROPBOX_BARE_NEWLINE"] = "reject"
    assert piped(mixed, "--to", office)[0] == REFUSED
    # On a pipe LF is how lines end; nothing was smuggled.
    assert piped(MAIL, "--to", office)[0] == 0


def test_a_large_mail_waits_on_disk_and_comes_back_byte_for_byte(command, listed, office, piped):
    large = MAIL.replace("\n", "\r\n") + "0123456789abcde\r\n" * 100_000
    assert piped(large, "--to", office)[0] == 0
    (one,) = listed("mail", "list")
    raw = command.start("mail", "raw", one["delivery_id"], text=False).communicate()[0]
    assert raw == large.encode()


def test_nothing_on_the_pipe_is_75(listed, office, piped):
    assert piped("", "--to", office)[0] == TRY_AGAIN
    assert piped(f"From {HANAKO} Sun Nov 22 12:00:00 2026\n", "--to", office)[0] == TRY_AGAIN
    assert listed("mail", "list") == []


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--to"],
        ["--to", "x", "--nonsense"],
        ["--to", "x", "more"],
        ["--form", "x"],
        ["--to", "\udcff@dropbox.example"],
    ],
)
def test_wrong_usage_is_75(piped, words):
    assert piped(MAIL, *words)[0] == TRY_AGAIN


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MAIL_DOMIAN", "x.example"),
        ("BARE_NEWLINE", "perhaps"),
        ("CONFIG", "/nowhere.toml"),
        ("DATABASE_URL", "postgresql://u:geheim@127.0.0.1:1/db"),
        ("DATABASE_URL", ""),
        ("SPILL_DIR", "/dev/null/spill"),
    ],
)
def test_bad_settings_and_a_database_that_is_down_or_absent_are_75(
    command, office, piped, variable, value
):
    command.environment[f"BCC_DROPBOX_{variable}"] = value
    code, said = piped(MAIL + "x\n" * 200_000, "--to", office)
    assert code == TRY_AGAIN
    assert "geheim" not in said


def test_a_schema_that_is_behind_is_75(empty_command):
    done = empty_command("deliver", "--to", NOBODY, stdin=MAIL)
    assert done.returncode == TRY_AGAIN


def test_what_nobody_foresaw_is_75(command, office, piped, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import dropbox.intake\n"
        "async def accept(*_): raise ArithmeticError('the moon is full')\n"
        "dropbox.intake.Intake.accept = accept\n",
        "utf-8",
    )
    command.environment["PYTHONPATH"] = f"{tmp_path}:{command.environment['PYTHONPATH']}"
    code, said = piped(MAIL, "--to", office, command=command)
    assert (code, "the moon is full" in said) == (TRY_AGAIN, True)


def test_no_standard_input_at_all_is_75(command, office):
    process = command.start("deliver", "--to", office, preexec_fn=lambda: os.close(0))
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr.count("\n")) == (TRY_AGAIN, 1)


def test_interrupted_while_it_waits_for_the_mail_it_is_75(command, office):
    process = command.start("deliver", "--to", office, stdin=subprocess.PIPE)
    process.stdin.write("From: x\n" * 300_000)  # Read by now, but for what the pipe holds.
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr.count("\n")) == (TRY_AGAIN, 1)


def test_mail_that_waited_for_an_address_is_filed_when_a_pipe_brings_a_person(
    command, listed, office, piped
):
    command.ok("rule", "set", HANAKO, "--create", "nothing")
    assert piped(MAIL, "--to", office)[0] == 0
    assert listed("person", "list") == []
    command.ok("rule", "set", HANAKO, "--create", "lead")
    second = MAIL.replace("offer-1", "offer-2").replace("Our", "Our second")
    assert piped(second, "--to", office)[0] == 0
    (ann,) = listed("person", "list")
    assert ann["message_count"] == 2


@pytest.mark.parametrize("words", [["deliver", "--to", "\udcff"], ["--nonsense", "deliver"]])
def test_arguments_that_never_reach_the_command_are_75(command, words):
    done = command(*words, stdin=MAIL)
    assert (done.returncode, done.stderr.count("\n")) == (TRY_AGAIN, 1)


@pytest.mark.parametrize(("words", "code"), [(["deliver", "--to", NOBODY], TRY_AGAIN), ([], 1)])
@pytest.mark.parametrize("package", ["asyncpg", "pydantic_settings", "typer"])
def test_an_installation_that_is_broken_is_one_line_and_75_for_a_mail_server(
    command, tmp_path, words, code, package
):
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text("import no_such\npackage")
    command.environment["PYTHONPATH"] = f"{tmp_path}:{command.environment['PYTHONPATH']}"
    said = command.refused(*words, code=code)
    assert said == (
        "this installation is broken: ModuleNotFoundError: No module named 'no_such'; "
        "mend: install it anew"
    )


def test_without_anywhere_to_say_why_it_is_still_75(command, office):
    process = command.start(
        "deliver", "--to", NOBODY, stdin=subprocess.DEVNULL, preexec_fn=lambda: os.close(2)
    )
    process.communicate(timeout=60)
    assert process.returncode == TRY_AGAIN
