"""`doctor`: what it says of a sound installation, and of each thing that can be wrong with one."""

import re
import signal
import subprocess
import tempfile
import time
from collections import namedtuple
from contextlib import contextmanager

import pytest
from checkups import certificates_in, checks, examined_by, free_port, says

HANAKO = "hanako@corp.example"
STRANGER = """\
From: Eve <eve@other.example>
To: ann@customer.example
Subject: Question
Message-ID: <1@other.example>

Words.
"""


@pytest.fixture(autouse=True)
def somewhere_free(command):
    command.environment["BCC_DROPBOX_SMTP_LISTEN"] = f"127.0.0.1:{free_port()}"


@pytest.fixture
def certificates(tmp_path):
    return certificates_in(tmp_path)


@pytest.fixture
def examined(inside):
    return examined_by(inside)


def test_a_sound_installation_is_told_so_and_a_renewed_certificate_noticed(
    command, inside, certificates
):
    # Not below pytest's folder: the path of a socket has to be short.
    with tempfile.TemporaryDirectory(prefix="bcc-", ignore_cleanup_errors=True) as folder:
        cert, key = certificates("mx.corp.example", days=90)
        given = {
            "DATABASE_URL": "",
            "DATA_DIR": f"{folder}/data",
            "LMTP_LISTEN": f"unix:{folder}/lmtp",
            "SMTPS_LISTEN": f"127.0.0.1:{free_port()}",
            "PROXY_LISTEN": f"127.0.0.1:{free_port()}",
            "ADMIN_LISTEN": f"127.0.0.1:{free_port()}",
            "TLS_CERT": cert,
            "TLS_KEY": key,
        }
        command.environment.update({f"BCC_DROPBOX_{k}": str(v) for k, v in given.items()})
        (none,) = checks(inside("doctor", "--json"))["database"]
        assert says(none, "problem", "none in", "bcc-dropbox migrate")
        with serving(command) as daemon:
            inside.ok("account", "add", "Corp")
            address = inside.ok("user", "add", HANAKO, "--name", "Hanako").strip()
            done = inside("doctor", "--json")
            found = checks(done)
            assert address not in done.stdout
            fine = {name for name, all_ in found.items() if {c["status"] for c in all_} == {"ok"}}
            assert fine == {
                "database", "durability", "connections", "migrations", "users", "held mail",
                "relays", "disk", "spill folder", "smtp", "smtps", "lmtp", "proxy", "admin", "tls",
            }, done.stdout  # fmt: skip
            assert says(found["mx"][0], "warning", "dropbox.example is a name for trials")
            for kind in ("smtp", "smtps", "lmtp", "proxy"):
                assert found[kind][0]["seen"].endswith("answers: 220 dropbox.example ESMTP")

            certificates("mx.corp.example", days=91)
            _, shown = checks(inside("doctor", "--json"))["tls"]
            assert says(shown, "warning", "another certificate", "SIGHUP")
            daemon.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + 10
            while shown["status"] == "warning" and time.monotonic() < deadline:
                _, shown = checks(inside("doctor", "--json"))["tls"]
            assert says(shown, "ok", "shows that certificate")

            lines = inside.ok("doctor").splitlines()
            assert all(re.match(r"(ok|warning) +\S", line) for line in lines[:-1]), lines
            assert lines[-1] == "0 problems, 1 warning."


@contextmanager
def serving(command):
    process = command.start("serve", stdout=subprocess.DEVNULL)
    assert any('"serving"' in line for line in process.stderr)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=40)


def test_a_database_that_is_down_is_said_and_everything_else_still_looked_at(inside):
    url = f"postgresql://dropbox:geheim@127.0.0.1:{free_port()}/dropbox"
    inside.environment["BCC_DROPBOX_DATABASE_URL"] = url
    done = inside("doctor")
    assert done.returncode == 1
    assert re.search(r"^problem  database +database cannot be reached: .+; mend: start Postgres",
                     done.stdout, re.MULTILINE)  # fmt: skip
    for name in ("spill folder", "smtp", "mx", "tls"):
        assert re.search(rf"^(ok|warning) +{name} ", done.stdout, re.MULTILINE), done.stdout
    assert done.stdout.endswith("1 problem, 2 warnings.\n")
    assert done.stderr == ""
    assert "geheim" not in done.stdout + checks(inside("doctor", "--json"))["database"][0]["seen"]


def test_the_password_in_the_url_of_a_database_that_answers_is_masked(examined, database_url):
    url = database_url.replace("dropbox@", "dropbox:geheim@")
    seen = examined("database", database_url=url)["seen"]
    assert "dropbox:••••@" in seen
    assert "geheim" not in seen


def test_a_server_that_forgets_commits_in_a_crash_is_a_problem(examined):
    # The tests' own server is one.
    assert says(examined("durability"), "problem", "fsync off", "turn fsync on", "commit takes")


def test_a_database_that_is_not_migrated_is_told_the_command(inside, empty_database_url, examined):
    found = examined("migrations", database_url=empty_database_url)
    assert says(found, "problem", "is empty", "mend: bcc-dropbox migrate")


def test_a_database_that_takes_no_writes_is_a_problem(examined, postgres, database_url):
    name = database_name(database_url)
    postgres.execute(f"alter database {name} set default_transaction_read_only = on")
    assert says(examined("database"), "problem", "takes no writes", "primary")


def test_connections_that_run_out_are_a_warning(examined, postgres, database_url):
    assert says(examined("connections"), "ok", " left")
    name = database_name(database_url)
    postgres.execute(f"alter database {name} connection limit 5")
    assert says(examined("connections"), "warning", "4 left", "max_connections")


def test_a_database_that_is_not_utf8_is_a_problem(examined, postgres, empty_database_url):
    name = f"{database_name(empty_database_url)}_latin"
    options = "template template0 encoding 'LATIN1' locale 'C'"
    postgres.execute(f"create database {name} {options}")
    try:
        found = examined("database", database_url=postgres.url(name))
        assert says(found, "problem", "encoding LATIN1", "UTF8")
    finally:
        postgres.drop(name)


def database_name(url):
    return url.partition("?")[0].rpartition("/")[2]


def test_an_installation_without_users_or_with_suspended_ones_alone_is_a_warning(inside, examined):
    assert says(examined("users"), "warning", "none yet", "bcc-dropbox user add")
    inside.ok("account", "add", "Corp")
    inside.ok("user", "add", HANAKO, "--name", "Hanako")
    assert says(examined("users"), "ok", "1 user")
    inside.ok("user", "suspend", HANAKO)
    assert says(examined("users"), "warning", "all are suspended in Corp", "user resume")


def test_held_mail_that_nobody_has_seen_for_a_week_is_a_warning(
    inside, examined, office, drop, rows
):
    drop(STRANGER, office)
    assert says(examined("held mail"), "ok")
    rows("update delivery set received_at = now() - interval '8 days'")
    assert says(examined("held mail"), "warning", "1 mail seen by nobody", "bcc-dropbox held list")
    inside.ok("held", "list")
    assert says(examined("held mail"), "ok")


def test_a_mail_server_in_a_private_network_that_is_taken_for_a_sender_is_a_warning(
    examined, office, drop, rows
):
    drop(STRANGER, office)
    judged = """update delivery set evidence = '{"network": "x"}', peer = """
    for peer, status in (
        ("10.1.2.3", "warning"),
        ("::ffff:172.16.0.9", "warning"),
        ("fd12::25", "warning"),
        ("192.0.2.1", "ok"),
        ("172.32.0.9", "ok"),
    ):
        rows(f"{judged} '{peer}'")
        assert says(examined("relays"), status)
    rows(f"{judged} '10.1.2.3'")
    assert says(examined("relays"), "warning", "comes from 10.1.2.3,", "TRUSTED_NETWORKS")
    assert says(examined("relays", trusted_networks="10.0.0.0/8"), "ok")
    rows("update delivery set evidence = null")
    assert says(examined("relays", trusted_networks=""), "ok")


def test_a_spill_folder_that_cannot_be_written_is_a_problem(examined, tmp_path):
    (tmp_path / "file").touch()
    found = examined("spill folder", spill_dir=tmp_path / "file")
    assert says(found, "problem", "Not a directory", "BCC_DROPBOX_SPILL_DIR")
    assert says(examined("spill folder", spill_dir=tmp_path / "file" / "x"), "problem")
    assert says(examined("spill folder", spill_dir=tmp_path / "new" / "x"), "ok", "left")
    assert not (tmp_path / "new").exists()


def test_a_spill_folder_without_room_is_a_warning_and_then_a_problem(examined, monkeypatch):
    usage = namedtuple("usage", "free")  # noqa: PYI024
    for free, status in ((46 << 20, "warning"), (44 << 20, "problem"), (1 << 30, "ok")):
        monkeypatch.setattr("shutil.disk_usage", lambda _, free=free: usage(free))
        assert says(examined("spill folder"), status, "left")


def test_what_goes_wrong_in_one_place_leaves_the_others_alone(inside, monkeypatch):
    def fall_ill(_settings):
        raise ValueError("secret")

    monkeypatch.setattr("cli.doctor.check_ports", fall_ill)
    found = checks(inside("doctor", "--json"))
    assert says(found["ports"][0], "problem", "could not be looked at: ValueError")
    assert "tls" in found
