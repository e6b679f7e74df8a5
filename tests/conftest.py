"""What tests share: a real Postgres for the whole run, a database for each test, the commands.

The databases are clones of one that was migrated once. Their server writes nothing through to disk
and lies in memory where there is room: tests kill our processes, never the machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock
from urllib.parse import quote

import asyncpg
import hypothesis
import pytest
import pytest_asyncio
import structlog

import cli.main
from dropbox.content import InMemory
from dropbox.envelope import Envelope
from dropbox.intake import Intake
from storage.database import open_engine, open_pool
from storage.embedded import attach, binaries, cluster, identity
from storage.embedded.folder import locate
from storage.ledger import Ledger
from storage.migrate import upgrade
from storage.routes import Routes

# A busy machine is no bug: what may not take long is bounded by structure, and timed in the bench.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Shells start what runs in the background so, and our processes would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parents[1]
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder is made in it, readable by nobody else
ROOM = 2 << 30
MAIL_DOMAIN = "dropbox.example"

_numbers = itertools.count()


def pytest_terminal_summary(terminalreporter):
    """Print what tests have counted, which the process they ran in cannot."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "counted":
                terminalreporter.write_line(value)


@pytest.fixture(autouse=True)
def log_as_before(monkeypatch):
    """Commands that run within this process set up the log; the next test starts without that."""
    before, configure = structlog.get_config(), structlog.configure

    def without_cache(**settings):
        # A cached logger would keep one test's set-up for all that follow.
        configure(**{**settings, "cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", without_cache)
    yield
    configure(**before)


class Cluster:
    """A running Postgres; `url(name)` leads to one of its databases."""

    def __init__(self, socket_dir: Path) -> None:
        self.socket_dir = socket_dir

    def url(self, database: str) -> str:
        return f"postgresql://dropbox@/{database}?host={quote(str(self.socket_dir))}"

    def execute(self, statement: str) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(self.url("postgres"))
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(run())

    def drop(self, database: str) -> None:
        """Drop a database and whoever is connected; autovacuum there ends by itself, and soon."""
        deadline = time.monotonic() + 60
        while True:
            try:
                self.execute(f"drop database {database} with (force)")
            except (asyncpg.InsufficientPrivilegeError, asyncpg.ObjectInUseError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return


@pytest.fixture(scope="session")
def cluster_dir():
    has_room = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM
    made = Path(tempfile.mkdtemp(prefix="bcc-", dir=IN_MEMORY if has_room else None))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(cluster_dir):
    """The server of this run, fsync off, which the embedded one never has."""
    attach(cluster_dir, create=True, linger=0).detach(wait=True)
    folder = locate(cluster_dir)
    programs = binaries.find(None, cluster.version(folder))
    prefix = identity.choose(folder, programs).prefix
    socket_dir = folder.root / "socket"
    socket_dir.mkdir(exist_ok=True)
    socket_dir.chmod(0o777)
    options = "listen_addresses= port=5432 max_connections=100 shared_buffers=64MB".split()
    with (folder.root / "tests.log").open("wb") as log:
        server = subprocess.Popen(
            [*prefix, programs.postgres, "-D", folder.cluster, "-k", socket_dir, "-F",
             *(word for option in options for word in ("-c", option))],
            cwd="/",
            stdout=log,
            stderr=log,
            start_new_session=True,
        )  # fmt: skip
    # However these tests end, kill -9 included: when our end of the pipe is gone, so is the server.
    after_us = f"read _; kill -INT {server.pid}; sleep 1; rm -rf '{cluster_dir}'"
    undertaker = subprocess.Popen(
        ["sh", "-c", after_us], stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        running = Cluster(socket_dir)
        _await_answer(running, server)
        yield running
    finally:
        undertaker.communicate()
        server.wait(30)


def _await_answer(running, server) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            return running.execute("select 1")
        except (OSError, asyncpg.PostgresError):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.fixture(scope="session")
def template(postgres):
    """A database at the head of the migrations, to be cloned."""
    postgres.execute("create database template_dropbox")
    asyncio.run(upgrade(postgres.url("template_dropbox")))
    return "template_dropbox"


@pytest.fixture
def empty_database_url(postgres):
    """A database with nothing in it."""
    name = f"test_{next(_numbers)}"
    postgres.execute(f"create database {name}")
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def database_url(new_database):
    """A migrated database of the test's own, empty of rows."""
    with new_database() as url:
        yield url


@pytest.fixture(scope="session")
def new_database(postgres, template):
    """Make a migrated database for a block; its URL."""

    @contextlib.contextmanager
    def make():
        name = f"test_{next(_numbers)}"
        postgres.execute(f"create database {name} template {template} strategy file_copy")
        yield postgres.url(name)
        postgres.drop(name)

    return make


@pytest_asyncio.fixture
async def pool(database_url):
    """The pool of the mail path, as `serve` opens it."""
    async with open_pool(database_url) as opened:
        yield opened


@pytest_asyncio.fixture
async def engine(database_url):
    """The engine of the commands."""
    async with open_engine(database_url) as opened:
        yield opened


class Command:
    """The real command as a process, in an environment with no settings but those given."""

    def __init__(self, **settings: object) -> None:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("BCC_DROPBOX_")}
        given = {f"BCC_DROPBOX_{key.upper()}": str(value) for key, value in settings.items()}
        self.environment = {
            **inherited,
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "error",
            "PYTHONUTF8": "1",
            "COLUMNS": "120",
            **given,
        }
        self.cwd: Path | None = None

    def start(self, *words: object, **options) -> subprocess.Popen[str]:
        """Start it and do not wait; give `stdin` as a pipe where needed."""
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        return subprocess.Popen(
            [sys.executable, "-m", "cli", *map(str, words)],
            env=self.environment,
            cwd=self.cwd,
            encoding="utf-8" if options["text"] else None,
            **options,
        )

    def __call__(self, *words: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        process = self.start(*words, stdin=subprocess.PIPE)
        stdout, stderr = process.communicate(stdin, timeout=60)
        return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)

    def ok(self, *words: object) -> str:
        """Run it and return what it printed; it has to succeed."""
        done = self(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *words: object, code: int = 1) -> str:
        """Run it and return its one line on standard error; it has to fail with `code`."""
        done = self(*words)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        assert re.fullmatch(r"[^\n]+\n", done.stderr), done.stderr
        return done.stderr.strip()


class Inside(Command):
    """The same command within this process: what a second a command would cost is too dear."""

    def __init__(self, command: Command) -> None:
        self.environment = command.environment
        self.cwd = command.cwd

    def __call__(self, *words: object, stdin: str | bytes = "") -> subprocess.CompletedProcess[str]:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
        with (
            mock.patch.dict(os.environ, self.environment, clear=True),
            mock.patch("sys.stdin", io.TextIOWrapper(io.BytesIO(given), "utf-8")),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            contextlib.chdir(self.cwd or "."),
        ):
            code = cli.main.run(list(map(str, words)))
        printed = []
        for stream in (out, err):
            stream.flush()
            printed.append(stream.buffer.getvalue().decode())
        return subprocess.CompletedProcess(words, code, *printed)


@pytest.fixture(scope="session")
def new_command():
    """Make a command with settings of its own."""
    return Command


@pytest.fixture
def command(database_url, tmp_path):
    """The command on the test's own database, started in an empty folder."""
    made = Command(database_url=database_url, data_dir=tmp_path / "data")
    made.cwd = tmp_path
    return made


@pytest.fixture
def inside(command):
    """`command`, run within this process."""
    return Inside(command)


@pytest.fixture
def empty_command(empty_database_url, tmp_path):
    """The command on a database with nothing in it."""
    made = Command(database_url=empty_database_url, data_dir=tmp_path / "data")
    made.cwd = tmp_path
    return made


@pytest.fixture
def deliver(pool):
    """Send a raw mail down the road to dropbox addresses, as the daemon would."""
    routes, intake = Routes(pool, MAIL_DOMAIN), Intake(Ledger(pool, MAIL_DOMAIN).record)

    async def send(raw: str | bytes, *addresses: str):
        content = raw if isinstance(raw, bytes) else raw.replace("\n", "\r\n").encode()
        recipients = [await routes(address) for address in addresses]
        assert None not in recipients
        return await intake.accept(
            Envelope(
                peer="192.0.2.1",
                helo="mx.corp.example",
                mail_from="hanako@corp.example",
                recipients=tuple(recipients),
                content=InMemory(content),
                received_at=datetime.now(UTC),
            )
        )

    return send
