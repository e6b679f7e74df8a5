"""What tests of storage share: data folders and processes, and an office that mail arrives for."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
import pytest
from offices import DOMAIN, new_office

from storage.embedded import attach, processes
from storage.embedded.folder import forget_socket_folder, locate
from storage.ledger import Ledger

ROOT = Path(__file__).resolve().parents[2]
ATTACHER = """
import signal, sys
from storage.embedded import EmbeddedError, attach
try:
    server = attach(sys.argv[1], create=True, linger=float(sys.argv[2]))
except EmbeddedError as error:
    sys.exit(f"error: {error}")
signal.signal(signal.SIGINT, signal.default_int_handler)
print(server.url, flush=True)
sys.stdin.read()
"""


class Embedded:
    """One data folder, and what runs on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = locate(path)
        self.attachers: list[subprocess.Popen[str]] = []

    def attacher(self, *, linger: float = 0.0, **how) -> subprocess.Popen[str]:
        """A process that attaches, prints the URL, and stays until its input ends."""
        started = subprocess.Popen(
            [sys.executable, "-c", ATTACHER, str(self.path), str(linger)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            **how,
        )
        self.attachers.append(started)
        return started

    def supervisors(self) -> list[int]:
        wanted = [b"storage.embedded", os.fsencode(self.folder.root)]
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if all(word in words for word in wanted):
                found.append(int(process.name))
        return found

    def postmasters(self) -> list[int]:
        return [each.pid for each in self.all_postgres() if each.postmaster]

    def all_postgres(self) -> list[processes.PostgresProcess]:
        places = (self.folder.cluster, self.folder.incomplete)
        return [process for place in places for process in processes.working_on(place)]

    def is_quiet(self) -> bool:
        return not self.supervisors() and not self.all_postgres()

    def end(self) -> None:
        """End everything that a failed test may have left."""
        for process in self.attachers:
            process.kill()
            process.communicate()
        try:
            # Asked twice it stops at once, and in order: a kill -9 leaves shared memory behind.
            until(lambda: self.signal(signal.SIGTERM) or self.is_quiet())
        finally:
            until(lambda: self.kill(self.supervisors()) or not self.supervisors())
            until(lambda: self.kill([p.pid for p in self.all_postgres()]) or self.is_quiet())
            forget_socket_folder(self.folder)

    def signal(self, number: signal.Signals) -> None:
        for pid in self.supervisors():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self, pids: list[int]) -> None:
        """Kill -9, and wait until the kernel has taken back the locks."""
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: all(is_dead(pid) for pid in pids))


def ask(url: str, statement: str):
    """One value out of the database."""

    async def run():
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(run())


def is_dead(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return status.rpartition(")")[2].split()[0] in "ZX"


def until(condition) -> None:
    """Wait for what must come; the deadline only keeps a broken run from hanging."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def memory() -> Path:
    """A folder in memory where there is room: waiting for a disk would prove nothing here."""
    shared = Path("/dev/shm")  # noqa: S108 - whoever uses it makes a folder of its own
    roomy = shared.is_dir() and shutil.disk_usage(shared).free > 1 << 30
    return shared if roomy else Path("/tmp")  # noqa: S108


@pytest.fixture(scope="session")
def quick_place(memory):
    place = Path(tempfile.mkdtemp(prefix="bcc-dropbox-test-", dir=memory))
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="session")
def made_cluster(quick_place) -> Path:
    attach(quick_place / "made", create=True, linger=0).detach(wait=True)
    return quick_place / "made" / "postgres"


@pytest.fixture
def bare(quick_place):
    """A data folder that does not exist yet."""
    place = Path(tempfile.mkdtemp(dir=quick_place))
    embedded = Embedded(place / "data")
    yield embedded
    embedded.end()
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def embedded(bare, made_cluster):
    """A data folder with a database in it, not running."""
    bare.path.mkdir(mode=0o700)
    subprocess.run(["cp", "-a", made_cluster, bare.folder.cluster], check=True)
    return bare


@pytest.fixture(name="ask")
def ask_fixture():
    return ask


@pytest.fixture(name="until")
def until_fixture():
    return until


@pytest.fixture
def another_embedded():
    """Makes further data folders, cleaned of processes at the end."""
    made: list[Embedded] = []

    def make(path: Path) -> Embedded:
        made.append(Embedded(path))
        return made[-1]

    yield make
    for each in made:
        each.end()


@pytest.fixture
async def office(pool):
    return await new_office(pool)


@pytest.fixture
def ledger(office):
    return Ledger(office.pool, DOMAIN)
