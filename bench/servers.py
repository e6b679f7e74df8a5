"""What is measured: a running server, where it listens, and which processes work for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.processes import read_line, running


@dataclass(frozen=True, slots=True)
class Server:
    """A server and the roots of its process trees."""

    name: str
    port: int
    pids: tuple[int, ...]
    postgres_pids: tuple[int, ...] = field(default=())


@contextmanager
def sink(name: str, folder: Path) -> Iterator[Server]:
    """Run one of `bench.sinks`."""
    log = folder / f"{name}.log"
    with running(["-m", "bench.sinks", name, str(folder)], log) as process:
        yield Server(name, int(read_line(process, log)), (process.pid,))
