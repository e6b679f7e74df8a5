"""Loads in turns: every server under the same load, and again, the medians being what counts."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import quantiles

from bench.client import Order, Result
from bench.loads import EIGHT, Case, Load, Subject
from bench.processes import cpu_seconds, read_line, running, write_line
from bench.results import Paced, Round
from bench.servers import Server

WARM_UP = 300
"""Mails at every server before anything is measured."""
PACED_SECONDS = 15.0
"""A percentile of a hundred needs some thousand mails, at half the rate."""

SETTLED = 0.05
"""Of a core: what the databases may still use when the next turn begins."""
_SETTLING_SECONDS = 5.0
_LOOK_SECONDS = 0.1


@dataclass(slots=True)
class Client:
    """The process that sends."""

    process: subprocess.Popen[str]
    log: Path
    acknowledged: dict[Subject, int] = field(default_factory=dict)
    """Since the start, warm-ups included."""
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
        subject = server.subject
        self.acknowledged[subject] = self.acknowledged.get(subject, 0) + result.acknowledged
        for reply, count in result.refused.items():
            refused = self.refused.setdefault(subject, {})
            refused[reply] = refused.get(reply, 0) + count
        return result, spent


@contextmanager
def client(folder: Path, run: str, key: str) -> Iterator[Client]:
    """Run the sending process; `key` is what it signs with."""
    log = folder / "client.log"
    with running(["-m", "bench.client"], log) as process:
        write_line(process, json.dumps({"run": run, "key": key}))
        yield Client(process, log)


@dataclass(frozen=True, slots=True)
class Length:
    """How often, and how long each time."""

    rounds: int
    seconds: float | None
    mails: int | None = None
    """In place of `seconds`."""

    def __str__(self) -> str:
        each = f"{self.mails} mails" if self.mails else f"{self.seconds:g} s"
        return f"{self.rounds} rounds of {each}"


def warm_up(client: Client, servers: Mapping[Subject, Server], mails: int = WARM_UP) -> None:
    for server in servers.values():
        signed = server.subject is Subject.TRUST
        client.send(server, Order(server.port, 8, mails=mails, signed=signed))


def rounds(
    client: Client, servers: Mapping[Subject, Server], cases: Sequence[Case], length: Length
) -> Iterator[Round]:
    """Yield all rounds of all cases, those of one case side by side.

    Each round has an order of its own, so that none always comes after the same one, and before
    each turn the databases get time to tidy up after the one before.
    """
    postgres = {pid for server in servers.values() for pid in server.postgres_pids}
    for number in range(length.rounds):
        for case in cases:
            for subject in order_of(case, number):
                if subject in servers:
                    _settle(postgres)
                    yield _round(client, servers[subject], case.load, length)


def order_of(case: Case, number: int) -> list[Subject]:
    """Return the servers of a round in its order: mixed up, and the same in every run."""
    mixed = list(case.subjects)
    random.Random(f"{case.load.name} {number}").shuffle(mixed)
    return mixed


def _settle(pids: Collection[int]) -> None:
    """Wait until the databases do nothing any more, but not for long: vacuum may take minutes."""
    before, end = cpu_seconds(pids), time.monotonic() + _SETTLING_SECONDS
    while time.monotonic() < end:
        time.sleep(_LOOK_SECONDS)
        now = cpu_seconds(pids)
        if now - before < SETTLED * _LOOK_SECONDS:
            return
        before = now


def paced(client: Client, server: Server, rate: float, length: Length) -> Iterator[Paced]:
    """Yield rounds of 82 KB mails that come `rate` a second, over eight connections."""
    seconds = length.seconds and max(length.seconds, PACED_SECONDS)
    order = EIGHT.order(server.port, seconds, length.mails)
    for number in range(length.rounds):
        _settle(server.postgres_pids)
        result, _ = client.send(server, replace(order, rate=rate, seed=number))
        p50, p99 = _percentiles(result.latencies)
        yield Paced(rate, result.acknowledged, p50, p99, _percentiles(result.waits)[1])


def _round(client: Client, server: Server, load: Load, length: Length) -> Round:
    result, spent = client.send(server, load.order(server.port, length.seconds, length.mails))
    mails = max(result.acknowledged, 1)
    p50, p99 = _percentiles(result.latencies)
    return Round(
        load.name,
        load.title,
        server.subject,
        result.acknowledged,
        result.acknowledged / result.seconds if result.seconds else 0.0,
        result.bytes // mails,
        p50,
        p99,
        *(seconds / mails * 1e6 for seconds in spent),
    )


def _percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """Return p50 and p99 in milliseconds."""
    found = quantiles(seconds if len(seconds) > 1 else [0.0, 0.0], n=100, method="inclusive")
    return found[49] * 1e3, found[98] * 1e3
