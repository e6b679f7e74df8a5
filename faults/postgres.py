"""A Postgres of the suite's own, which it may stop, kill, fill and change as it likes."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg

from faults.processes import END_SECONDS, end, start
from storage.embedded import binaries, cluster, identity, processes
from storage.embedded.folder import create_root, locate

MOST_CONNECTIONS = 40


class Postgres:
    """A server with a cluster below `folder`; every commit goes to the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = locate(folder)
        self._log = folder / "server.log"
        self._programs = binaries.find(None, None)
        create_root(self._folder)
        self._identity = identity.choose(self._folder, self._programs)
        self._process: subprocess.Popen[bytes] | None = None
        self.socket = self._folder.root / "socket"
        self.data = self._folder.cluster
        """The folder of its files."""

    @property
    def url(self) -> str:
        """Of its database, past any network."""
        return f"postgresql://dropbox@/dropbox?host={quote(str(self.socket))}"

    def make(self) -> None:
        """Make the cluster, with the database of the product."""
        cluster.make(self._folder, self._programs, self._identity, _run)
        self.socket.mkdir(mode=0o700)
        if self._identity.user:
            import shutil

            shutil.chown(self.socket, self._identity.user, self._identity.group)

    async def start(self) -> None:
        """Start it and wait until it answers, after a crash too."""
        words = cluster.server_command(self._folder, self._programs, self._identity, self.socket)
        options = [
            f"max_connections={MOST_CONNECTIONS}",
            "shared_buffers=32MB",
            "max_wal_size=64MB",
        ]
        options += ["min_wal_size=32MB", "superuser_reserved_connections=3"]
        words += [word for option in options for word in ("-c", option)]
        self._process = start(words, self._log, when_we_die=signal.SIGINT)
        deadline = time.monotonic() + END_SECONDS
        while True:
            try:
                await self.execute("select 1")
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.02)
            else:
                return

    async def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT in order, SIGQUIT at once, as a crash."""
        if self._process is not None:
            await asyncio.to_thread(end, self._process, how)

    def kill(self) -> None:
        """Kill -9 all of it."""
        kill(self.data)

    async def died(self) -> None:
        """Wait until it is dead, whoever killed it, with all that it has started."""
        deadline = time.monotonic() + END_SECONDS
        while processes.working_on(self.data):
            if time.monotonic() > deadline:
                raise TimeoutError("a Postgres that was to die is still there")
            await asyncio.sleep(0.01)
        if self._process is not None:
            self._process.wait()

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def connect(self, user: str = "dropbox") -> asyncpg.Connection[Any]:
        """Return a connection of the daemon's role, or of another one."""
        connection: asyncpg.Connection[Any] = await asyncpg.connect(
            self.url.replace("//dropbox@", f"//{user}@"), timeout=END_SECONDS
        )
        return connection

    async def execute(self, *statements: str) -> None:
        """Run statements as the superuser, each by itself."""
        connection = await self.connect("postgres")
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            with suppress(OSError, asyncpg.PostgresError):
                await connection.close()


def kill(data: Path) -> None:
    """Kill -9 every process of the server that works on `data`, its head first."""
    found = sorted(processes.working_on(data), key=lambda one: not one.postmaster)
    for one in found:
        processes.send(one, data, signal.SIGKILL)


def _run(words: Sequence[str], text: bytes) -> None:
    subprocess.run(words, input=text, capture_output=True, check=True, cwd="/")
