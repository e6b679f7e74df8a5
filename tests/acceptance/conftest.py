"""The real daemon as a process, a sender that behaves like an MTA, and an office to send from."""

from __future__ import annotations

import asyncio
import json
import signal
import smtplib
import socket
import subprocess
import time
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from dropbox.content import InMemory
from dropbox.envelope import Envelope
from dropbox.intake import Intake
from storage.database import open_pool
from storage.ledger import Ledger
from storage.routes import Routes

HANAKO = "hanako@corp.example"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Daemon:
    """`bcc-dropbox serve` (or `run`) at a port of its own."""

    def __init__(self, command: Any, verb: str = "serve") -> None:
        self.command = command
        self.verb = verb
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None
        command.environment["BCC_DROPBOX_SMTP_LISTEN"] = f"127.0.0.1:{self.port}"

    def start(self) -> Daemon:
        self.process = self.command.start(
            self.verb, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while True:
            assert self.process.poll() is None, "the daemon ended by itself"
            try:
                with smtplib.SMTP("127.0.0.1", self.port, timeout=5):
                    return self
            except OSError:
                assert time.monotonic() < deadline, "the daemon does not answer"
                time.sleep(0.05)

    def kill(self) -> None:
        """Kill -9: no goodbye."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(30)

    def stop(self) -> int:
        """End it as an administrator would; return its exit status."""
        if self.process is None or self.process.poll() is not None:
            return -1
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def send(self, mail: bytes, *recipients: str, sender: str = "you@example.com") -> None:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as client:
            client.sendmail(sender, list(recipients), mail)

    def send_until_taken(self, mail: bytes, recipient: str, seconds: float = 60) -> None:
        """Send as an MTA does: again after 4xx, after a lost connection, after a lost reply."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return self.send(mail, recipient)
            except smtplib.SMTPResponseException as refused:
                if refused.smtp_code >= 500:
                    raise
            except (OSError, smtplib.SMTPException):
                pass
            assert time.monotonic() < deadline, "nobody took the mail"
            time.sleep(0.05)


@pytest.fixture
def listed(inside):
    """What a command prints with --json."""
    return lambda *words: json.loads(inside.ok(*words, "--json"))


@pytest.fixture
def office(inside):
    """An account and a user in it; the user's secret address."""
    inside.ok("account", "add", "Corp", "--domain", "corp.example")
    inside.ok("user", "add", HANAKO, "--name", "Sato Hanako")
    return inside.ok("address", "show", HANAKO).strip()


@pytest.fixture
def new_server(command):
    """Daemons to be started by the test; those still running at its end are stopped."""
    made: list[Daemon] = []

    def make(verb: str = "serve") -> Daemon:
        made.append(Daemon(command, verb))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture(scope="session")
def standing(new_command, new_database, tmp_path_factory):
    """A daemon for all tests that only send to it, and the URL of its database."""
    with new_database() as url:
        folder = tmp_path_factory.mktemp("standing")
        command = new_command(database_url=url, data_dir=folder / "data")
        command.cwd = folder
        daemon = Daemon(command).start()
        yield daemon, url
        assert daemon.stop() == 0


@pytest.fixture
def server(standing):
    """The standing daemon; its database is the test's, and holds nothing yet."""
    return standing[0]


@pytest.fixture
def database_url(request):
    """A migrated database, empty of rows: that of the standing daemon for tests that send to it."""
    if "server" not in request.fixturenames:
        with request.getfixturevalue("new_database")() as url:
            yield url
        return
    _, url = request.getfixturevalue("standing")
    asyncio.run(_empty(url))
    yield url


async def _empty(url: str) -> None:
    # What the daemon does after a mail may hold some of the tables, and want others: it goes first.
    impatient = {"lock_timeout": "100ms"}
    connection = await asyncpg.connect(url, server_settings=impatient)
    try:
        found = await connection.fetch(
            "select format('%I', tablename) from pg_tables"
            " where schemaname = 'public' and tablename <> 'alembic_version'"
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                return await connection.execute(f"truncate {', '.join(one for (one,) in found)}")
            except asyncpg.LockNotAvailableError:
                assert time.monotonic() < deadline
    finally:
        await connection.close()


@pytest.fixture
def drop(database_url):
    """Send a mail down the road to dropbox addresses, without a daemon."""

    async def walk(raw: str, addresses: tuple[str, ...]) -> None:
        async with open_pool(database_url) as pool:
            routes = Routes(pool, "dropbox.example")
            recipients = [await routes(address) for address in addresses]
            assert None not in recipients
            envelope = Envelope(
                peer="192.0.2.1",
                helo="mx.corp.example",
                mail_from=HANAKO,
                recipients=tuple(recipients),
                content=InMemory(raw.replace("\n", "\r\n").encode()),
                received_at=datetime.now(UTC),
            )
            await Intake(Ledger(pool, "dropbox.example").record).accept(envelope)

    return lambda raw, *addresses: asyncio.run(walk(raw, addresses))


@pytest.fixture
def rows(database_url):
    """What a query on the test's database finds."""

    async def fetch(query: str, arguments: tuple[object, ...]):
        async with open_pool(database_url) as pool:
            return await pool.fetch(query, *arguments)

    return lambda query, *arguments: asyncio.run(fetch(query, arguments))
