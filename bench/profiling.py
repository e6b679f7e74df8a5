"""Where the daemon's CPU goes: py-spy's samples of a worker under load, summed by station."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from bench.client import Order
from bench.loads import Load
from bench.processes import Died
from bench.results import Profile
from bench.rounds import Client
from bench.servers import Server

_RATE = 250
_MOST_FUNCTIONS = 25

STATIONS = {
    "wire": ("dropbox/wire/", "aiosmtpd/", "asyncio/streams"),
    "trust": ("dropbox/trust/", "dns/"),
    "read": ("dropbox/mail/", "pybase64", "nameparser/", "lxml", "html/"),
    "decide": ("dropbox/filing/", "dropbox/exposure", "dropbox/addresses", "dropbox/ids"),
    "ledger": ("storage/", "asyncpg", "zstandard", "sqlalchemy/"),
    "log": ("structlog/", "config/logging", "logging/"),
}
"""Whose code each station is; the innermost frame of one of them says where a sample belongs."""

LOOP = "event loop"


def profile(client: Client, server: Server, load: Load, seconds: float) -> Profile:
    """Sample a daemon for `seconds` while it takes `load`. Raises Died when py-spy does not run."""
    found = Path(sys.executable).with_name("py-spy")
    program = str(found) if found.exists() else shutil.which("py-spy")
    if program is None:
        raise Died("--profile needs py-spy, which `.ci/venv dev` installs")
    client.send(server, load.order(server.port, 1.0, None))
    words = [program, "record", "--pid", str(server.pids[0]), "--subprocesses", "--native",
             "--full-filenames", "--format", "raw", "--rate", str(_RATE),
             "--duration", str(int(seconds)), "--output", "/dev/stdout"]  # fmt: skip
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        order: Order = load.order(server.port, seconds + 1.0, None)
        client.send(server, order)
        said, complaint = process.communicate()
    if process.returncode:
        raise Died(f"py-spy: {complaint.strip()}")
    return summed(f"{server.subject.called}, {load.title}", said.splitlines())


def summed(title: str, lines: Iterable[str]) -> Profile:
    """Sum collapsed stacks: `outer (file:line);inner (file:line) COUNT` in each line."""
    samples: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        station, frame = _station(frames)
        if not count.isdigit() or (station == LOOP and _waits(frames)):
            continue
        samples[station] += int(count)
        functions[f"{station}: {_function(frame)}"] += int(count)
    ordered = {name: samples[name] for name in (*STATIONS, LOOP) if samples[name]}
    return Profile(title, ordered, dict(functions.most_common(_MOST_FUNCTIONS)))


def _station(frames: list[str]) -> tuple[str, str]:
    for frame in reversed(frames):
        place = frame.partition(" (")[2]
        for station, paths in STATIONS.items():
            if any(path in place for path in paths):
                return station, frame
    return LOOP, frames[-1]


def _waits(frames: list[str]) -> bool:
    """Whether a thread has nothing to do: the loop polls, or it is a thread of the pool."""
    return frames[-1].startswith("epoll_") or not any("uvloop" in frame for frame in frames)


def _function(frame: str) -> str:
    name, _, place = frame.partition(" (")
    path = place.rpartition(":")[0] or place.rstrip(")")
    return f"{name} ({'/'.join(Path(path).parts[-2:])})"
