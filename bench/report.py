"""What was measured, for people and for programs."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from statistics import median
from typing import Any

from bench.daemon import Counts
from bench.mails import RECIPIENTS
from bench.memory import Peak
from bench.rounds import Round

DAEMON, STOCK, WIRE = "daemon", "stock", "wire"
SERVERS = {
    DAEMON: "bcc-dropbox",
    STOCK: "stock sink",
    WIRE: "our wire as a sink",
}
AIM_RATIO, AIM_CONNECTIONS = 1.5, 32
AIM_BYTES = 250_000_000


@dataclass(slots=True)
class Report:
    """Everything that a run found out."""

    environment: dict[str, str]
    load: str
    rounds: list[Round] = field(default_factory=list)
    memory: Peak | None = None
    acknowledged: int = 0
    """By the daemon, in all."""
    known_before: int = 0
    recorded: Counts | None = None
    refused: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every mail acknowledged by the daemon is recorded once, on all its people."""
        found, mails = self.recorded, self.acknowledged
        if found is None:
            return True
        return (found.messages, found.filings) == (mails, mails * RECIPIENTS)

    def as_json(self) -> dict[str, Any]:
        """Return it all, the summaries too, as JSON can hold it."""
        ratios = {str(one): _ratios(self.rounds, DAEMON, one) for one in _connections(self.rounds)}
        return {**asdict(self), "complete": self.complete, "ratio_to_stock": ratios}

    def lines(self) -> Iterator[str]:
        """Yield it as text."""
        yield ", ".join(f"{name} {value}" for name, value in self.environment.items())
        if self.rounds:
            yield ""
            yield self.load
            yield "Medians [least-most]; CPU a mail; latency from its last byte to its 250"
            yield ""
            yield from _table(self.rounds)
        yield ""
        yield from self._aims()
        yield from self._recorded()
        for server, replies in self.refused.items():
            for reply, count in replies.items():
                yield f"NOT TAKEN by {server}, {count} times: {reply}"

    def _aims(self) -> Iterator[str]:
        ratios = _ratios(self.rounds, DAEMON, AIM_CONNECTIONS)
        if ratios:
            yield (
                f"{_spread(ratios, 2)} times the stock sink at {AIM_CONNECTIONS} connections"
                f" (aim: at least {AIM_RATIO}): {_verdict(reached=median(ratios) >= AIM_RATIO)}"
            )
        if self.memory:
            found = self.memory
            yield (
                f"{_megabytes(found.peak)} at most for {found.mails} mails of 25 MB at once, from"
                f" {_megabytes(found.idle)} idle, all in {found.seconds:.1f} s"
                f" (aim: below {_megabytes(AIM_BYTES)}): {_verdict(reached=found.peak < AIM_BYTES)}"
            )

    def _recorded(self) -> Iterator[str]:
        found = self.recorded
        if found is None:
            return
        yield (
            f"{self.acknowledged} mails acknowledged, {found.messages} recorded, on"
            f" {found.filings} timelines, with {found.people - self.known_before} new people:"
            f" {'complete' if self.complete else 'NOT COMPLETE'}"
        )
        share = found.kept_bytes / found.raw_bytes if found.raw_bytes else 0.0
        yield f"{_megabytes(found.raw_bytes)} of mail kept in {share:.0%} of that"


def environment(postgres: str) -> dict[str, str]:
    """Return what has to stand beside figures that are quoted."""
    return {
        "Python": platform.python_version(),
        "aiosmtpd": version("aiosmtpd"),
        "uvloop": version("uvloop"),
        "PostgreSQL": postgres,
        "cores": str(os.cpu_count()),
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


_COLUMNS: tuple[tuple[str, Callable[[Round], float], int], ...] = (
    ("mails/s", lambda one: one.per_second, 0),
    ("p50 ms", lambda one: one.p50_ms, 1),
    ("p99 ms", lambda one: one.p99_ms, 1),
    ("CPU µs", lambda one: one.server_cpu, 0),
    ("of Postgres", lambda one: one.postgres_cpu, 0),
    ("of the client", lambda one: one.client_cpu, 0),
)


def _table(rounds: Sequence[Round]) -> Iterator[str]:
    header = ["at once", "server", *(name for name, _, _ in _COLUMNS)]
    header.insert(3, "x stock sink")
    rows = [header]
    for connections in _connections(rounds):
        for server, called in SERVERS.items():
            of_it = [r for r in rounds if (r.server, r.connections) == (server, connections)]
            if not of_it:
                continue
            figures = [_spread([read(one) for one in of_it], d) for _, read, d in _COLUMNS]
            ratios = _ratios(rounds, server, connections)
            figures.insert(1, _spread(ratios, 2) if ratios else "")
            rows.append([str(connections), called, *figures])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(row, widths, strict=True)
        yield "  ".join(
            cell.ljust(width) if place == 1 else cell.rjust(width)
            for place, (cell, width) in enumerate(cells)
        ).rstrip()


def _connections(rounds: Iterable[Round]) -> list[int]:
    return list(dict.fromkeys(one.connections for one in rounds))


def _ratios(rounds: Sequence[Round], server: str, connections: int) -> list[float]:
    """Times the rate of the stock sink, round by round: so a noisy neighbour is in both."""
    mine, stock = (
        [r.per_second for r in rounds if (r.server, r.connections) == (name, connections)]
        for name in (server, STOCK)
    )
    return [one / other for one, other in zip(mine, stock, strict=False) if other]


def _spread(values: Sequence[float], digits: int) -> str:
    least, most = min(values), max(values)
    return f"{median(values):.{digits}f} [{least:.{digits}f}-{most:.{digits}f}]"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


def _verdict(*, reached: bool) -> str:
    return "reached" if reached else "NOT REACHED"
