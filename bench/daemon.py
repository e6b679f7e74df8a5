"""The product itself: set up with its own commands, run as `serve`, and counted afterwards."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from bench.mails import KNOWN_PEOPLE, Sender, known_email
from bench.processes import ROOT, Died, last_words, running
from bench.servers import Server
from dropbox.ids import mint
from storage.database import connect
from storage.embedded import attach
from storage.embedded.folder import locate

ACCOUNT = "Bench"
USERS = 2
_COMMAND = ("-m", "cli")
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Counts:
    """What lies in the database."""

    messages: int
    filings: int
    people: int
    raw_bytes: int
    """Of the kept mails, before compression."""
    kept_bytes: int
    """The same, as kept."""


class Daemon:
    """An installation in a folder of its own, with an embedded Postgres that syncs to disk."""

    def __init__(self, folder: Path, url: str, **settings: object) -> None:
        self._folder = folder
        self._url = url
        self._log = folder / "daemon.log"
        self._port = _free_port()
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("BCC_DROPBOX_")}
        self._environment = {
            **inherited,
            "PYTHONPATH": str(ROOT),
            "BCC_DROPBOX_DATA_DIR": str(folder / "data"),
            "BCC_DROPBOX_SMTP_LISTEN": f"127.0.0.1:{self._port}",
            "BCC_DROPBOX_LOG_FORMAT": "json",
            "BCC_DROPBOX_RATE_PER_ADDRESS": "0",
            **{f"BCC_DROPBOX_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self.senders: list[Sender] = []
        self.postgres = ""
        """Version of the server."""

    def prepare(self) -> None:
        """Make the account, its users and the people that they know."""
        self._run("migrate")
        self._run("account", "add", ACCOUNT, "--domain", "corp.example")
        for number in range(USERS):
            email = f"user{number}@corp.example"
            self._run("user", "add", email, "--name", f"User {number}", "--account", ACCOUNT)
            address = self._run("address", "show", email).strip()
            self.senders.append(Sender(email, address))
        self.postgres = asyncio.run(_add_known_people(self._url))

    def regenerate(self, email: str) -> str:
        """Give a user a new address, and return it; the old one is dead."""
        return self._run("address", "regenerate", email).strip()

    @contextmanager
    def serving(self) -> Iterator[Server]:
        """Run the daemon; drains it at the end."""
        with running(
            [*_COMMAND, "serve"], self._log, environment=self._environment, cwd=self._folder
        ) as process:
            self._await_greeting(process)
            postmaster = locate(self._folder / "data").cluster / "postmaster.pid"
            postgres = int(postmaster.read_text().split()[0])
            yield Server("daemon", self._port, (process.pid,), (postgres,))

    def counts(self) -> Counts:
        """Count what was recorded."""
        return asyncio.run(_count(self._url))

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, *_COMMAND, *words],
            env=self._environment,
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Died(f"bcc-dropbox {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def _await_greeting(self, process: subprocess.Popen[str]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with closing(socket.create_connection(("127.0.0.1", self._port), 1)) as probe:
                    if probe.recv(4) == b"220 ":
                        return
            except OSError:
                time.sleep(0.05)
        raise Died(last_words(process, self._log))


@contextmanager
def installed(folder: Path, **settings: object) -> Iterator[Daemon]:
    """Make an installation below `folder`; its Postgres has stopped when the block is left."""
    server = attach(folder / "data", create=True)
    try:
        daemon = Daemon(folder, server.url, **settings)
        daemon.prepare()
        yield daemon
    finally:
        server.detach(wait=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _add_known_people(url: str) -> str:
    """Return the version of the server besides."""
    connection = await connect(url)
    try:
        account_id: UUID = await connection.fetchval("select id from account")
        people = [(account_id, mint(), number) for number in range(KNOWN_PEOPLE)]
        await connection.copy_records_to_table(
            "person",
            columns=["account_id", "id", "kind", "name"],
            records=[(account, one, "contact", f"Known {n}") for account, one, n in people],
        )
        await connection.copy_records_to_table(
            "person_email",
            columns=["account_id", "email", "kind", "person_id"],
            records=[(account, known_email(n), "contact", one) for account, one, n in people],
        )
        version: str = await connection.fetchval("show server_version")
        return version
    finally:
        await connection.close()


async def _count(url: str) -> Counts:
    connection = await connect(url)
    try:
        row = await connection.fetchrow(
            "select (select count(*) from message), (select count(*) from filing),"
            " (select count(*) from person), (select coalesce(sum(size), 0) from raw_mail)::bigint,"
            " (select coalesce(sum(octet_length(data)), 0) from raw_chunk)::bigint"
        )
        return Counts(*(row or ()))
    finally:
        await connection.close()
