"""What is tested: a Postgres, a network to it, a daemon, two users, and a trial for each fault."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.audit import Audit, audit
from faults.daemon import Daemon
from faults.mails import DOMAIN, Mails, User
from faults.network import Network
from faults.postgres import Postgres
from faults.sender import Sender
from storage import accounts, users
from storage.access import transaction
from storage.migrate import upgrade

EMAILS = ("hanako@corp.example", "taro@corp.example")
POSTGRES_MEGABYTES = 400
SPILL_MEGABYTES = 8


class Skipped(Exception):
    """This fault cannot be made here; the text says why."""


@dataclass(slots=True)
class Stand:
    """An installation of its own, shared by all faults."""

    postgres: Postgres
    network: Network
    daemon: Daemon
    mails: Mails
    disks: bool
    """Whether the files of Postgres and the spill folder lie on small disks of their own."""

    async def settle(self) -> None:
        """Mend whatever a fault, one that went wrong too, has left behind."""
        self.network.let_go()
        self.network.mend()
        if not self.postgres.runs:
            await self.postgres.died()
            await self.postgres.start()
        if self.daemon.is_altered:
            await self.daemon.restart()

    async def query(self, statement: str, *values: object) -> Any:
        """Return one value, asked past the network."""
        connection = await self.postgres.connect()
        try:
            return await connection.fetchval(statement, *values)
        finally:
            await connection.close()


@dataclass(slots=True)
class Trial:
    """One fault and the mail that is sent meanwhile."""

    stand: Stand
    sender: Sender
    flaws: list[str] = field(default_factory=list)
    """What went wrong besides the mail."""
    notes: list[str] = field(default_factory=list)
    """What is worth knowing, and not wrong."""

    async def send(self, count: int, *, large: int = 0, at_once: int = 8) -> None:
        """Send mails, and wait until all of them are taken."""
        await self.sender.send(self.stand.mails.some(count, large=large), at_once=at_once)

    @contextlib.asynccontextmanager
    async def load(self, count: int, *, large: int = 0, at_once: int = 8) -> AsyncIterator[None]:
        """Send mails meanwhile: the block begins with the first 250, and ends with the last."""
        self.sender.first_taken.clear()
        sending = asyncio.create_task(self.send(count, large=large, at_once=at_once))
        begun = asyncio.create_task(self.sender.first_taken.wait())
        await asyncio.wait({sending, begun}, return_when=asyncio.FIRST_COMPLETED)
        begun.cancel()
        try:
            yield
        except BaseException:
            sending.cancel()
            raise
        await sending

    def check(self, holds: bool, otherwise: str) -> None:  # noqa: FBT001 - a sentence follows
        """Note a flaw unless something holds."""
        if not holds:
            self.flaws.append(otherwise)

    async def judge(self) -> Audit:
        """Count what was recorded."""
        connection = await self.stand.postgres.connect()
        try:
            found = await audit(connection, self.sender.tally)
        finally:
            await connection.close()
        for one in self.stand.daemon.events_of_late():
            if "exception" in one or one["level"] in {"error", "critical"}:
                self.flaws.append(f"the log says {one}"[:300])
        return found


Run = Callable[[Trial], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong; `run` makes it, and mends it again."""

    name: str
    run: Run
    short: bool = False
    """Whether it belongs to the short form."""
    felt: bool = False
    """Whether it is a flaw when nothing had to be sent again."""


@contextlib.asynccontextmanager
async def standing(folder: Path, *, disks: bool, impatient: bool) -> AsyncIterator[Stand]:
    """Set an installation up below `folder`, and end it; on small disks if `disks`."""
    with _places(folder, disks=disks):
        postgres = Postgres(folder / "postgres")
        postgres.make()
        await postgres.start()
        try:
            await upgrade(postgres.url)
            mails = Mails(await _make_users(postgres.url))
            async with Network(postgres.socket).running() as network:
                url = f"postgresql://dropbox@127.0.0.1:{network.port}/dropbox?sslmode=disable"
                daemon = Daemon(folder, url, postgres.data, impatient=impatient)
                await daemon.start()
                try:
                    yield Stand(postgres, network, daemon, mails, disks)
                finally:
                    await daemon.stop()
        finally:
            await postgres.stop()


@contextlib.contextmanager
def _places(folder: Path, *, disks: bool) -> Iterator[None]:
    """Make the folders of Postgres and of large mail; with `disks` each is a small disk."""
    with contextlib.ExitStack() as mounted:
        for name, megabytes in (("postgres", POSTGRES_MEGABYTES), ("spill", SPILL_MEGABYTES)):
            place = folder / name
            place.mkdir()
            if disks:
                # In memory, and in a namespace of our own, with which they go in any case.
                size = f"size={megabytes}m,mode=0755"
                _run("mount", "-t", "tmpfs", "-o", size, "faults", place)
                mounted.callback(_run, "umount", "--lazy", place)
        yield


async def _make_users(url: str) -> list[User]:
    made = []
    async with transaction(url) as connection:
        account = await accounts.add(connection, "Corp", internal=["corp.example"])
        for email in EMAILS:
            user = await users.add(connection, account, email, email, mail_domain=DOMAIN)
            made.append(User(email, f"{user.local}@{DOMAIN}"))
    return made


def _run(*words: str | Path) -> None:
    subprocess.run(words, check=True)


@contextlib.contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Leave no room on the disk of `folder` within the block."""
    filler = folder / "filler"
    try:
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(1 << 16)):
                pass
        yield
    finally:
        filler.unlink()
