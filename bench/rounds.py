"""Measuring: the same load at one server after the other, round after round."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import quantiles

from bench.client import Order, Result
from bench.mails import Sender
from bench.processes import cpu_seconds, read_line, running, write_line
from bench.servers import Server

WARM_UP = 300
"""Mails at every server before anything is measured."""


@dataclass(frozen=True, slots=True)
class Round:
    """One load at one server, once. CPU is in microseconds a mail."""

    server: str
    connections: int
    acknowledged: int
    per_second: float
    p50_ms: float
    p99_ms: float
    server_cpu: float
    postgres_cpu: float
    client_cpu: float


@dataclass(slots=True)
class Client:
    """The process that sends."""

    process: subprocess.Popen[str]
    log: Path
    acknowledged: dict[str, int] = field(default_factory=dict)
    """By server, since the start, warm-ups included."""
    refused: dict[str, dict[str, int]] = field(default_factory=dict)

    def send(self, server: Server, order: Order) -> tuple[Result, list[float]]:
        """Carry out `order`; also return the CPU seconds of server, Postgres and client."""
        roots = (server.pids, server.postgres_pids, (self.process.pid,))
        write_line(self.process, json.dumps(asdict(order)))
        read_line(self.process, self.log)
        before = [cpu_seconds(pids) for pids in roots]
        write_line(self.process)
        result = Result(**json.loads(read_line(self.process, self.log)))
        spent = [cpu_seconds(pids) - was for pids, was in zip(roots, before, strict=True)]
        self.acknowledged[server.name] = self.acknowledged.get(server.name, 0) + result.acknowledged
        refused = self.refused.setdefault(server.name, {})
        for reply, count in result.refused.items():
            refused[reply] = refused.get(reply, 0) + count
        return result, spent


@contextmanager
def client(folder: Path, run: str, senders: Sequence[Sender]) -> Iterator[Client]:
    """Run the sending process."""
    log = folder / "client.log"
    with running(["-m", "bench.client"], log) as process:
        write_line(process, json.dumps({"run": run, "senders": [asdict(one) for one in senders]}))
        yield Client(process, log)


def rounds(
    client: Client, servers: Sequence[Server], connections: Sequence[int], count: int, order: Order
) -> Iterator[Round]:
    """Yield `count` rounds of every server with each number of connections.

    Each round begins with another server, so that none always comes after the same one.
    """
    most = max(connections)
    for server in servers:
        client.send(server, Order(server.port, most, mails=WARM_UP))
    for number in range(count):
        first = number % len(servers)
        for open_at_once in connections:
            for server in (*servers[first:], *servers[:first]):
                yield _round(client, server, open_at_once, order)


def _round(client: Client, server: Server, connections: int, order: Order) -> Round:
    result, spent = client.send(
        server, Order(server.port, connections, order.shape, order.seconds, order.mails)
    )
    mails = max(result.acknowledged, 1)
    percentiles = quantiles(result.latencies or [0.0, 0.0], n=100, method="inclusive")
    return Round(
        server.name,
        connections,
        result.acknowledged,
        result.acknowledged / result.seconds if result.seconds else 0.0,
        percentiles[49] * 1e3,
        percentiles[98] * 1e3,
        *(seconds / mails * 1e6 for seconds in spent),
    )
