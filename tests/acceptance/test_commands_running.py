"""`run` and `serve` from their start to their end, with the embedded Postgres."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

LISTENING = "BCC Dropbox takes mail on"


@pytest.fixture
def own(command):
    """The command with an embedded Postgres of its own, and nothing there yet."""
    # Not below pytest's folder: the path of a socket has to be short.
    with tempfile.TemporaryDirectory(prefix="bcc-", ignore_cleanup_errors=True) as folder:
        command.environment["BCC_DROPBOX_DATABASE_URL"] = ""
        command.environment["BCC_DROPBOX_DATA_DIR"] = str(Path(folder) / "data")
        command.environment["BCC_DROPBOX_SMTP_LISTEN"] = "127.0.0.1:0"
        command.environment.pop("PYTHONWARNINGS")
        yield command


def start(own, word="run"):
    """Start it and return it with its banner."""
    process = own.start(word, start_new_session=True)
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            return process, "".join(lines)
    raise AssertionError(process.stderr.read())


def interrupt(process):
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=40)
    assert process.returncode == 0, stderr
    return stderr


def line_with(text, banner):
    return next(line.strip() for line in banner.splitlines() if text in line)


def test_run_from_nothing_to_a_mail_on_the_timeline_and_once_more_with_the_data_kept(own, inside):
    process, banner = start(own)
    assert LISTENING in banner
    address = line_with("you.", banner)
    line = line_with("smtplib", banner)
    assert Path(sys.executable).name in line
    sent = subprocess.run(["sh", "-c", line], cwd=own.cwd, check=False, capture_output=True)
    assert sent.returncode == 0, sent.stderr
    (person,) = json.loads(inside.ok("person", "list", "--json"))
    assert (person["name"], person["emails"]) == ("Taro Yamada", ["customer@example.org"])
    (user,) = json.loads(inside.ok("user", "list", "--json"))
    assert (user["email"], user["account"]) == ("you@example.com", "Default")
    assert json.loads(inside.ok("account", "list", "--json"))[0]["internal"] == []
    stderr = interrupt(process)
    assert address not in stderr
    assert "Traceback" not in stderr

    # Without a daemon commands start the database themselves.
    assert len(json.loads(inside.ok("person", "list", "--json"))) == 1

    process, banner = start(own)
    assert line_with("you.", banner) == address
    assert len(json.loads(inside.ok("mail", "list", "--json"))) == 1
    interrupt(process)


def test_serve_makes_the_embedded_database_and_names_no_secret(own, inside):
    process = own.start("serve", start_new_session=True)
    for line in process.stderr:
        if '"serving"' in line:
            break
    inside.ok("account", "add", "Corp")
    address = inside.ok("user", "add", "hanako@corp.example", "--name", "Hanako").strip()
    process.terminate()
    stdout, stderr = process.communicate(timeout=40)
    assert process.returncode == 0
    assert stdout == ""
    assert address not in stderr


def test_a_postgres_that_is_killed_is_started_again_under_the_daemon(own, inside):
    process, banner = start(own)
    data = Path(own.environment["BCC_DROPBOX_DATA_DIR"])
    pid = int((data / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
    os.kill(pid, signal.SIGKILL)
    line = line_with("smtplib", banner)
    deadline = time.monotonic() + 30
    while subprocess.run(
        ["sh", "-c", line], check=False, capture_output=True, cwd=own.cwd
    ).returncode:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert len(json.loads(inside.ok("person", "list", "--json"))) == 1
    interrupt(process)


def test_a_second_run_on_the_same_port_is_refused_and_the_first_goes_on(own, inside):
    process, banner = start(own)
    own.environment["BCC_DROPBOX_SMTP_LISTEN"] = line_with(LISTENING, banner).split()[-1].strip(".")
    assert "cannot listen" in own.refused("run")
    assert process.poll() is None
    interrupt(process)


LOUD = """
import logging
import structlog
import storage.users

find = storage.users.find

async def loudly(*words):
    for log in (structlog.get_logger(), logging.getLogger("somebody.else")):
        log.warning("noise"), log.critical("noise")
    return await find(*words)

storage.users.find = loudly
"""


def test_what_is_logged_in_a_command_is_on_standard_error_and_only_for_debugging(
    command, office, tmp_path
):
    (tmp_path / "sitecustomize.py").write_text(LOUD, "utf-8")
    command.environment["PYTHONPATH"] = f"{tmp_path}:{command.environment['PYTHONPATH']}"
    done = command("address", "show", "hanako@corp.example", "--json")
    assert json.loads(done.stdout)["address"] == office
    assert done.stderr == ""
    command.environment["BCC_DROPBOX_DEBUG"] = "1"
    done = command("address", "show", "hanako@corp.example", "--json")
    assert json.loads(done.stdout)["address"] == office
    assert done.stderr.count("noise") == 4


def test_a_terminal_that_lacks_a_character_gets_its_number(command, inside, office):
    inside.ok("account", "add", "営業", "--domain", "eigyo.example")
    command.environment["PYTHONIOENCODING"] = "ascii"
    assert r"\u55b6\u696d" in command.ok("account", "list")
    assert "営業" in {one["name"] for one in json.loads(command.ok("account", "list", "--json"))}
