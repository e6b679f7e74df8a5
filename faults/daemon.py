"""The daemon under test: started, killed, stopped, and started again as a service manager does."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dropbox.crashpoints import Point
from faults.processes import END_SECONDS, ROOT, children, end, start
from faults.serving import FOLDER_VARIABLE, IMPATIENT_VARIABLE, POSTGRES_VARIABLE

FILES_VARIABLE = "FAULTS_FILES"
"""The most files that a worker may have open at once."""

WORKERS = 2
MOST_CONNECTIONS = 6000


class Daemon:
    """`serve` with two workers at a port of its own."""

    def __init__(self, folder: Path, url: str, postgres: Path, *, impatient: bool) -> None:
        self._folder = folder
        self._points = folder / "points"
        for name in ("reached", "armed", "fired"):
            (self._points / name).mkdir(parents=True)
        self.spill = folder / "spill"
        self.spill.mkdir(exist_ok=True)
        self.log = folder / "daemon.log"
        self.port = _free_port()
        self.process: subprocess.Popen[bytes] | None = None
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("BCC_DROPBOX_")}
        settings = {
            "DATABASE_URL": url,
            "DATA_DIR": folder / "data",
            "SPILL_DIR": self.spill,
            "SMTP_LISTEN": f"127.0.0.1:{self.port}",
            "WORKERS": WORKERS,
            "LOG_FORMAT": "json",
            "RATE_PER_ADDRESS": 0,
            "MAX_CONNECTIONS": MOST_CONNECTIONS,
        }
        self._environment = {
            **inherited,
            "PYTHONPATH": str(ROOT),
            FOLDER_VARIABLE: str(self._points),
            POSTGRES_VARIABLE: str(postgres),
            IMPATIENT_VARIABLE: "1" if impatient else "",
            **{f"BCC_DROPBOX_{name}": str(value) for name, value in settings.items()},
        }
        self._more: dict[str, str] = {}
        self._read = 0
        self._began = 0
        """Where in the log the present process begins."""
        self._deaths = 0
        """Of its workers."""

    async def start(self, more: Mapping[str, str] | None = None) -> None:
        """Start it, with these variables besides, and wait until all workers take mail."""
        self._more = dict(more or {})
        self._began = self.log.stat().st_size if self.log.exists() else 0
        self._deaths = 0
        self.process = start(
            [sys.executable, "-m", "faults.serving", "serve"],
            self.log,
            environment=self._environment | self._more,
            files=int(self._more.get(FILES_VARIABLE, 0)),
        )
        while len(self.events("serving", self._began)) < WORKERS:
            if self.process.poll() is not None:
                raise ChildProcessError(f"the daemon does not start: {self.last_words()}")
            await asyncio.sleep(0.02)

    async def stop(self) -> int:
        """End it as a service manager does; return its exit status."""
        if self.process is None:
            return 0
        return await asyncio.to_thread(end, self.process)

    async def restart(self, more: Mapping[str, str] | None = None) -> None:
        """Stop it, and start it with these variables besides."""
        await self.stop()
        await self.start(more)

    async def revive(self) -> None:
        """Wait until it is dead, its workers too, and start it again."""
        process = self.process
        if process is not None:
            await asyncio.to_thread(process.wait, END_SECONDS)
        deadline = time.monotonic() + END_SECONDS
        while not _is_free(self.port):
            if time.monotonic() > deadline:
                raise TimeoutError(f"somebody holds the port: {self.last_words()}")
            await asyncio.sleep(0.02)
        await self.start(self._more)

    @property
    def is_altered(self) -> bool:
        """Whether it is dead, or runs with variables of its own."""
        return bool(self._more) or self.process is None or self.process.poll() is not None

    @property
    def workers(self) -> list[int]:
        return children(self.process.pid) if self.process else []

    async def replaced(self) -> None:
        """Wait until one more worker has died, and a new one takes mail in its place."""
        self._deaths += 1
        deadline = time.monotonic() + END_SECONDS
        while (
            len(self.events("worker_died", self._began)) < self._deaths
            or len(self.events("serving", self._began)) < WORKERS + self._deaths
        ):
            if time.monotonic() > deadline:
                raise TimeoutError(f"a worker is not replaced: {self.last_words()}")
            await asyncio.sleep(0.05)

    def kill_worker(self) -> None:
        """Kill -9 one of the workers."""
        os.kill(self.workers[0], signal.SIGKILL)

    def arm(self, point: Point, victim: str) -> None:
        """Order to kill `victim` when a mail reaches `point`."""
        (self._points / "fired" / point).unlink(missing_ok=True)
        waiting = self._points / "waiting"
        waiting.write_text(victim)
        waiting.rename(self._points / "armed" / point)

    def has_fired(self, point: Point) -> bool:
        """Whether that order was carried out."""
        return (self._points / "fired" / point).exists()

    def disarm(self, point: Point) -> None:
        """Take an order back."""
        (self._points / "armed" / point).unlink(missing_ok=True)

    @property
    def reached(self) -> frozenset[str]:
        """The points that any mail has got to so far."""
        return frozenset(path.name for path in (self._points / "reached").iterdir())

    def events(self, name: str, since: int = 0) -> list[dict[str, Any]]:
        """Return what the log says of `name`, from that byte of it on."""
        return [one for one in self._events(since) if one["event"] == name]

    def _events(self, since: int) -> list[dict[str, Any]]:
        with self.log.open("rb") as log:
            log.seek(since)
            return _documents(log.read().rpartition(b"\n")[0])

    def events_of_late(self) -> list[dict[str, Any]]:
        """Return what the log says since this was asked last."""
        with self.log.open("rb") as log:
            log.seek(self._read)
            whole = log.read().rpartition(b"\n")[0]
        self._read += len(whole) + 1 if whole else 0
        return _documents(whole)

    def last_words(self) -> str:
        """Return the end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-10:])


def _documents(log: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.split(b"\n") if line.startswith(b"{")]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
