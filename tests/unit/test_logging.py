"""Logging: what a line looks like, and that no line ever shows a secret address."""

import asyncio
import json
import logging
import subprocess
import sys
import time
import warnings
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from config.logging import configure, mask

SECRET = "k3j5mzqw7x2yb4ta"
ADDRESS = f"hanako.{SECRET}@dropbox.example"
MASKED = "hanako.••••@dropbox.example"


@pytest.fixture(autouse=True)
def logging_as_before():
    root = logging.getLogger()
    aiosmtpd = logging.getLogger("mail")
    before = root.handlers[:], root.level
    aiosmtpd_before = aiosmtpd.handlers[:], aiosmtpd.level, aiosmtpd.propagate
    yield
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level = before
    aiosmtpd.handlers[:], aiosmtpd.level, aiosmtpd.propagate = aiosmtpd_before


@pytest.fixture(params=["json", "console"])
def written(request, capsys):
    configure(request.param)
    return lambda: capsys.readouterr().err


@pytest.fixture
def documents(capsys):
    configure("json")
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_one_json_document_with_level_and_utc_time(documents):
    structlog.get_logger().info("mail_filed", subject="見積りの件\nx", people=2)
    [document] = documents()
    at = datetime.fromisoformat(document.pop("timestamp"))
    assert at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    assert document == {
        "event": "mail_filed",
        "level": "info",
        "subject": "見積りの件\nx",
        "people": 2,
    }


def test_what_is_bound_to_the_context_stands_in_every_event(documents):
    with structlog.contextvars.bound_contextvars(session="7f"):
        structlog.get_logger().info("mail_filed")
    assert documents()[0]["session"] == "7f"


def test_what_strangers_can_cause_at_debug_level_writes_nothing(written):
    structlog.get_logger().debug("no_such_address")
    assert written() == ""


@pytest.mark.parametrize("helo", ["x\nmail_filed", "x\x1b[2J", "x\rmail_filed"])
def test_a_stranger_can_forge_no_line_and_no_escape_sequence(helo, written):
    structlog.get_logger().info("mail_filed", helo=helo)
    text = written()
    assert text.count("\n") == 1
    assert not {"\x1b", "\r"} & set(text)


@pytest.mark.parametrize(
    "address",
    [
        ADDRESS,
        ADDRESS.upper(),
        f"hanako.{SECRET}+crm@dropbox.example",
        f"hanako.{SECRET}+a.b+c@dropbox.example",
        f"<{ADDRESS}>",
        f"'hanako.{SECRET}'@dropbox.example",
        f'"hanako.{SECRET}"@dropbox.example',
        f"mailto:hanako.{SECRET}%40dropbox.example",
        f"hanako.{SECRET}@earlier.example",
        f"hanako.{SECRET}abcdefgh@dropbox.example",
        f"タ.{SECRET}@日本.example",
        f"hanako.{SECRET}\uff20dropbox.example",
    ],
)
def test_no_form_of_a_dropbox_address_shows_its_token(address, written):
    structlog.get_logger().info("mail_filed", to=address)
    assert SECRET not in written().lower()


def test_the_mask_leaves_what_tells_whose_address_it_was():
    assert mask(f"to {ADDRESS}, {ADDRESS}") == f"to {MASKED}, {MASKED}"


@pytest.mark.parametrize(
    "text",
    [
        "hanako.suzuki@example.com",
        "hanako.abcdefghijklmno@example.com",
        "taro@abcdefghijklmnopqrstuvwxyz.example",
        f"{SECRET}@example.com",
        "see module.abcdefghijklmnopqrstuvwxyz for more",
    ],
)
def test_other_addresses_and_words_stay_readable(text):
    assert mask(text) == text


@pytest.mark.parametrize("text", ["." * 10**6, ".a" * 10**6, f".{SECRET}+" * 10**5, "a" * 10**6])
def test_masking_takes_linear_time(text):
    started = time.process_time()
    mask(text)
    assert time.process_time() - started < 2


def from_a_process(statement, **environment):
    """Return the one document that a process of its own logged, and all that it wrote."""
    script = "import logging, structlog; from config.logging import configure; configure('json')"
    done = subprocess.run(
        [sys.executable, "-c", f"{script}; {statement}"],
        env=environment,
        capture_output=True,
        check=True,
    )
    return json.loads(done.stderr.decode("utf-8")), (done.stderr + done.stdout).decode("utf-8")


class Opaque:
    def __repr__(self):
        return f"Opaque({ADDRESS})"


def test_a_dropbox_address_is_masked_however_deep_it_lies(written):
    structlog.get_logger().info(
        f"to {ADDRESS}",
        nested={"to": [{ADDRESS: (ADDRESS, ADDRESS.encode())}]},
        opaque=Opaque(),
        **{ADDRESS: 1},
    )
    text = written()
    assert SECRET not in text
    assert text.count("hanako.••••@") == 6


def test_a_dropbox_address_in_an_exception_is_masked(written):
    try:
        try:
            {}[ADDRESS]
        except KeyError as error:
            raise ValueError(f"no {ADDRESS}") from error
    except ValueError:
        structlog.get_logger().exception("ledger_failed")
    text = written()
    assert "ValueError" in text
    assert "KeyError" in text
    assert SECRET not in text


def test_an_exception_does_not_show_local_variables(written):
    def read(password):
        raise ValueError(len(password))

    password = "hunter" + "2"
    try:
        read(password)
    except ValueError:
        structlog.get_logger().exception("ledger_failed")
    assert "hunter2" not in written()


def test_records_of_other_packages_come_out_on_the_same_lines_masked(documents):
    logging.getLogger("sqlalchemy.pool").warning("connection of %s lost", ADDRESS)
    logging.getLogger("alembic").info("running upgrade")
    [document] = documents()
    assert document["event"] == f"connection of {MASKED} lost"
    assert document["logger"] == "sqlalchemy.pool"
    assert document["level"] == "warning"
    assert document["timestamp"].endswith("Z")


def test_an_exception_nobody_fetched_from_a_task_is_logged_masked(written):
    loop = asyncio.new_event_loop()
    loop.call_exception_handler({"message": "lost", "exception": ValueError(ADDRESS)})
    loop.close()
    text = written()
    assert "ValueError" in text
    assert SECRET not in text


def test_warnings_are_logged_masked(documents):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        configure("json")
        warnings.warn(f"about {ADDRESS}", stacklevel=1)
    [document] = documents()
    assert document["logger"] == "py.warnings"
    assert MASKED in document["event"]


def test_a_record_that_cannot_be_formatted_shows_none_of_its_arguments():
    document, said = from_a_process(f"logging.getLogger('x').error('%d people', '{ADDRESS}')")
    assert document["event"] == "log_record_unreadable"
    assert document["logger"] == "x"
    assert SECRET not in said


@pytest.mark.parametrize("name", ["mail.log", "mail.debug", "mail"])
def test_aiosmtpd_itself_says_nothing(name, written):
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.DEBUG)
    logger.error("%r >> RCPT TO:<%s>", ("127.0.0.1", 1), "hanako")
    logger.setLevel(level)
    assert written() == ""


def test_the_pool_does_not_tell_of_every_vain_attempt_to_connect(written):
    logging.getLogger("asyncpg.pool").warning("Failed to restore", exc_info=TimeoutError())
    assert written() == ""


def test_a_log_that_nobody_reads_any_more_does_not_stop_the_mail(monkeypatch):
    configure("json")
    log = structlog.get_logger()

    class Broken:
        def write(self, _text):
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Broken())
    log.info("mail_filed")
    monkeypatch.setattr("sys.stderr", None)
    log.info("mail_filed")
    logging.getLogger("asyncio").error("lost")


def test_the_last_configuration_counts_and_nothing_is_said_twice(capsys):
    configure("console")
    configure("json")
    structlog.get_logger().info("mail_filed")
    logging.getLogger("asyncio").error("lost")
    lines = capsys.readouterr().err.splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["mail_filed", "lost"]


def test_json_stays_json_in_utf_8_under_any_locale():
    document, _ = from_a_process(
        "structlog.get_logger().info('mail_filed', subject='é漢😀\\udc80')",
        PYTHONIOENCODING="latin-1",
    )
    assert document["subject"] == "é漢😀\udc80"
