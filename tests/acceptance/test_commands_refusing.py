"""Bad input: one clear line on standard error, a telling exit code, nothing half done."""

import asyncio
import json
import socket

import asyncpg
import pytest

USER = "hanako@corp.example"


@pytest.fixture
def corp(inside):
    inside.ok("account", "add", "Corp")
    inside.ok("user", "add", USER, "--name", "Hanako")
    return inside


@pytest.mark.parametrize(
    "words",
    [
        ["user", "add", "hanako@@corp", "--name", "X"],
        ["user", "show", "hanako"],
        ["address", "show", "hanako@"],
        ["sender", "add", USER, "not an address"],
        ["sender", "remove", USER, "@x.example"],
        ["sender", "list", "nobody at all"],
        ["rule", "show", "x"],
        ["never-log", "add", "*"],
        ["never-log", "list", "--user", "x"],
        ["account", "add", "Beta", "--domain", "no domain"],
        ["account", "add", "Beta", "--domain", "gmail.com"],
        ["account", "add", "Beta", "--timezone", "Mars/Olympus"],
        ["account", "add", " "],
        ["person", "show", "x"],
        ["mail", "list", "--as", "x"],
    ],
)
def test_what_is_malformed_is_refused_and_changes_nothing(corp, words):
    corp.refused(*words)
    assert len(json.loads(corp.ok("account", "list", "--json"))) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["user", "show", "nobody@corp.example"], "no user nobody@corp.example"),
        (["address", "show", "nobody@corp.example"], "no user"),
        (["person", "show", "nobody@x.example"], "no person"),
        (["person", "show", "00000000-0000-7000-8000-000000000000"], "no person"),
        (["mail", "why", "<nothing@x.example>"], "no mail"),
        (["mail", "raw", "00000000-0000-7000-8000-000000000000"], "no mail"),
        (["sender", "remove", USER, "x@y.example"], "not an allowed sender"),
        (["never-log", "remove", "x.example"], "not on this never-log list"),
        (["account", "set", "Gamma", "--timezone", "UTC"], "there are: Corp"),
        (["account", "add", "Corp"], "already"),
        (["user", "add", USER, "--name", "X"], "already"),
        (["sender", "add", USER, USER], "always allowed"),
        (["explain", "/nowhere.eml", "--to", "x@y.example"], "/nowhere.eml: No such file"),
    ],
)
def test_what_is_not_there_or_taken_is_said_so(corp, words, said):
    assert said in corp.refused(*words)


@pytest.mark.parametrize(
    "words",
    [
        ["usr"],
        ["user", "add"],
        ["user", "add", USER],
        ["user", "list", "--limit", "0"],
        ["user", "list", "--limit", "many"],
        ["user", "list", "--nonsense"],
        ["mail", "list", "--outcome", "lost"],
        ["rule", "set", USER],
        ["account", "set", "Corp"],
        ["explain", "x.eml"],
        ["person", "show", b"\xff".decode("utf-8", "surrogateescape")],
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(inside, words):
    inside.refused(*words, code=2)


def test_without_an_account_a_user_is_told_how_to_make_one(inside):
    assert "bcc-dropbox account add" in inside.refused("user", "add", USER, "--name", "X")


def test_an_unknown_setting_stops_every_command(inside):
    inside.environment["BCC_DROPBOX_MAIL_DOMIAN"] = "x.example"
    assert "BCC_DROPBOX_MAIL_DOMAIN" in inside.refused("user", "list")
    assert "BCC_DROPBOX_MAIL_DOMIAN" in inside.refused("serve")


def test_a_senseless_setting_stops_every_command(inside):
    inside.environment["BCC_DROPBOX_SMTP_LISTEN"] = "everywhere"
    assert "BCC_DROPBOX_SMTP_LISTEN" in inside.refused("serve")


def test_a_database_that_cannot_be_reached_is_one_line_for_every_command(inside, tmp_path):
    inside.environment["BCC_DROPBOX_DATABASE_URL"] = "postgresql://u:geheim@127.0.0.1:1/db"
    inside.environment["BCC_DROPBOX_SMTP_LISTEN"] = "127.0.0.1:0"
    file = tmp_path / "x.eml"
    file.write_text("From: x@y.example\n\n", "utf-8")
    for words in (["user", "list"], ["serve"], ["migrate"], ["explain", file, "--to", "x@y.z"]):
        line = inside.refused(*words)
        assert "database cannot be reached" in line
        assert "geheim" not in line


def test_a_schema_of_a_newer_version_is_left_alone(inside, database_url):
    inside.environment["BCC_DROPBOX_SMTP_LISTEN"] = "127.0.0.1:0"
    set_revision(database_url, "9999")
    for words in (["user", "list"], ["serve"], ["run"], ["migrate"]):
        assert "upgrade bcc-dropbox" in inside.refused(*words)


def test_serve_refuses_a_database_that_is_behind(inside, empty_database_url):
    inside.environment["BCC_DROPBOX_DATABASE_URL"] = empty_database_url
    inside.environment["BCC_DROPBOX_SMTP_LISTEN"] = "127.0.0.1:0"
    for words in (["serve"], ["user", "list"]):
        assert "bcc-dropbox migrate" in inside.refused(*words)


def set_revision(database_url, revision):
    async def run():
        connection = await asyncpg.connect(database_url)
        await connection.execute("update alembic_version set version_num = $1", revision)
        await connection.close()

    asyncio.run(run())


def test_a_port_in_use_is_one_line_and_nothing_is_started(inside, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        inside.environment["BCC_DROPBOX_SMTP_LISTEN"] = f"127.0.0.1:{port}"
        inside.environment["BCC_DROPBOX_DATABASE_URL"] = ""
        for word in ("serve", "run"):
            line = inside.refused(word)
            assert f"127.0.0.1:{port}" in line
            assert "BCC_DROPBOX_SMTP_LISTEN" in line
    assert not (tmp_path / "data").exists()


def test_a_data_folder_that_cannot_be_written_is_one_line(inside, tmp_path):
    (tmp_path / "file").write_text("")
    inside.environment["BCC_DROPBOX_DATABASE_URL"] = ""
    inside.environment["BCC_DROPBOX_SMTP_LISTEN"] = "127.0.0.1:0"
    inside.environment["BCC_DROPBOX_DATA_DIR"] = str(tmp_path / "file" / "data")
    for word in ("migrate", "serve", "run"):
        assert str(tmp_path / "file") in inside.refused(word)


def test_a_command_that_finds_no_database_says_where_it_looked(inside, tmp_path):
    inside.environment["BCC_DROPBOX_DATABASE_URL"] = ""
    assert str(tmp_path / "data") in inside.refused("user", "list")
    assert not (tmp_path / "data").exists()


def test_what_nobody_foresaw_is_one_line_too_and_a_traceback_only_for_debugging(command, tmp_path):
    directory = tmp_path / "broken"
    directory.mkdir()
    (directory / "uvloop.py").write_text("raise ArithmeticError('the moon is full')", "utf-8")
    command.environment["PYTHONPATH"] = f"{directory}:{command.environment['PYTHONPATH']}"
    assert "the moon is full" in command.refused("serve")
    command.environment["BCC_DROPBOX_DEBUG"] = "1"
    done = command("serve")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
