"""The product itself: set up with its own commands, run as `serve`, and counted afterwards."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from bench.certificate import CHAIN, KEY
from bench.loads import Subject
from bench.mails import KNOWN_PEOPLE, SENDERS, known_email
from bench.processes import ROOT, Died, await_greeting, free_port, running
from bench.seed import LOADING, History, Say, seed
from bench.servers import Server
from dropbox.ids import mint
from storage.database import connect
from storage.embedded import attach
from storage.embedded.folder import locate

ACCOUNT = "Bench"
_COMMAND = ("-m", "cli")
# The same in every installation, so that the same mails go to all of them.
_ADDRESS = """
with of_user as (select account_id, user_id from user_directory where email = $1),
found as (
    update dropbox_address a set local = $2 from of_user u
    where a.account_id = u.account_id and a.user_id = u.user_id returning a.id)
update address_directory d set local = $2 from found where d.address_id = found.id
"""
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Counts:
    """What lies in the database."""

    messages: int
    filings: int
    people: int
    verified: int
    """Deliveries of mail whose author is proven."""
    raw_bytes: int
    """Of the kept mails, before compression."""
    kept_bytes: int
    """The same, as kept."""

    def since(self, before: Counts) -> Counts:
        """Return what came after `before`."""
        return Counts(
            self.messages - before.messages,
            self.filings - before.filings,
            self.people - before.people,
            self.verified - before.verified,
            self.raw_bytes - before.raw_bytes,
            self.kept_bytes - before.kept_bytes,
        )


class Installation:
    """An installation in a folder of its own, with an embedded Postgres that syncs to disk."""

    def __init__(self, folder: Path, certificate: Path) -> None:
        self.folder = folder
        self.url = ""
        self.postgres = ""
        """Version of the server."""
        self.before = Counts(0, 0, 0, 0, 0, 0)
        """What lay in the database before the first mail."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("BCC_DROPBOX_")}
        self._environment = {
            **inherited,
            "PYTHONPATH": str(ROOT),
            "BCC_DROPBOX_DATA_DIR": str(folder / "data"),
            "BCC_DROPBOX_LOG_FORMAT": "json",
            "BCC_DROPBOX_RATE_PER_ADDRESS": "1000000",
            "BCC_DROPBOX_MAX_CONNECTIONS": "10000",
            "BCC_DROPBOX_MAX_CONNECTIONS_PER_PEER": "10000",
            "BCC_DROPBOX_AUTHENTICATION": "off",
            "BCC_DROPBOX_TLS_CERT": str(certificate / CHAIN),
            "BCC_DROPBOX_TLS_KEY": str(certificate / KEY),
        }

    def regenerate(self, email: str) -> str:
        """Give a user a new address, and return it; the old one is dead."""
        return self.command("address", "regenerate", email).strip()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run its Postgres."""
        server = attach(self.folder / "data", create=True)
        self.url = server.url
        try:
            yield
        finally:
            server.detach(wait=True)

    def prepare(self, history: History | None, say: Say) -> None:
        """Make the account, its users, its history and the people that the users know."""
        with self.running():
            self.command("migrate")
            self.command("account", "add", ACCOUNT, "--domain", "corp.example")
            for one in SENDERS:
                self.command("user", "add", one.email, "--name", "User", "--account", ACCOUNT)
        if history:
            with self._loading(), self.running():
                asyncio.run(seed(self.url, history, say))
        with self.running():
            asyncio.run(_add_what_is_known(self.url))

    def look(self) -> None:
        """Read what has to be known of an installation that is prepared."""
        self.command("migrate")  # it may be of an older schema
        self.postgres = asyncio.run(_version(self.url))
        self.before = self.counts()

    @contextmanager
    def serving(
        self, subject: Subject = Subject.DAEMON, workers: int = 1, **settings: str
    ) -> Iterator[Server]:
        """Run the daemon; drains it at the end."""
        port = free_port()
        log = self.folder / "daemon.log"
        environment = {
            **self._environment,
            **{f"BCC_DROPBOX_{name.upper()}": value for name, value in settings.items()},
            "BCC_DROPBOX_SMTP_LISTEN": f"127.0.0.1:{port}",
            "BCC_DROPBOX_WORKERS": str(workers),
        }
        words = [*_COMMAND, "serve"]
        with running(words, log, environment=environment, cwd=self.folder) as process:
            await_greeting(process, port, log, _START_SECONDS)
            yield Server(subject, port, (process.pid,), self.postgres_pids())

    def postgres_pids(self) -> tuple[int, ...]:
        postmaster = locate(self.folder / "data").cluster / "postmaster.pid"
        return (int(postmaster.read_text().split()[0]),)

    def counts(self) -> Counts:
        """Count what was recorded."""
        return asyncio.run(_count(self.url))

    def command(self, *words: str) -> str:
        """Run a command of the product; return what it prints. Raises Died."""
        done = subprocess.run(
            [sys.executable, *_COMMAND, *words],
            env=self._environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Died(f"bcc-dropbox {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    @contextmanager
    def start(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """Run a command of the product beside us."""
        log = self.folder / "command.log"
        with running(
            [*_COMMAND, *words], log, environment=self._environment, cwd=self.folder
        ) as process:
            yield process

    @contextmanager
    def _loading(self) -> Iterator[None]:
        """Let Postgres start, within the block, with settings for loading."""
        settings = locate(self.folder / "data").cluster / "postgresql.conf"
        before = settings.read_text()
        settings.write_text(before + LOADING)
        try:
            yield
        finally:
            settings.write_text(before)


@contextmanager
def installed(
    folder: Path, certificate: Path, history: History | None, say: Say
) -> Iterator[Installation]:
    """Make an installation in `folder`, or go on with the one that is there already.

    Its Postgres has stopped when the block is left.
    """
    prepared = folder / "prepared"
    installation = Installation(folder, certificate)
    if not prepared.exists():
        folder.mkdir(parents=True, exist_ok=True)
        installation.prepare(history, say)
        prepared.touch()
    with installation.running():
        installation.look()
        yield installation


async def _add_what_is_known(url: str) -> None:
    connection = await connect(url)
    try:
        for one in SENDERS:
            await connection.execute(_ADDRESS, one.email, one.local)
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
    finally:
        await connection.close()


async def _version(url: str) -> str:
    connection = await connect(url)
    try:
        version: str = await connection.fetchval("show server_version")
        return version
    finally:
        await connection.close()


async def _count(url: str) -> Counts:
    connection = await connect(url)
    try:
        row = await connection.fetchrow(
            "select (select count(*) from message), (select count(*) from filing),"
            " (select count(*) from person),"
            " (select count(*) from delivery where verdict = 'verified'),"
            " (select coalesce(sum(size), 0) from raw_mail)::bigint,"
            " (select coalesce(sum(octet_length(data)), 0) from raw_chunk)::bigint"
        )
        return Counts(*(row or ()))
    finally:
        await connection.close()
