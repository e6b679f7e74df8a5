"""What a run has found out, as values that go into JSON and come back out of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from bench.daemon import Counts
from bench.mails import RECIPIENTS


@dataclass(frozen=True, slots=True)
class Round:
    """One load at one server, once. CPU is in microseconds a mail."""

    load: str
    title: str
    subject: str
    acknowledged: int
    per_second: float
    bytes_each: int
    """On the wire, of a mail."""
    p50_ms: float
    p99_ms: float
    server_cpu: float
    postgres_cpu: float
    client_cpu: float


@dataclass(frozen=True, slots=True)
class Paced:
    """Mails at random moments, `rate` a second, whatever the server did."""

    rate: float
    acknowledged: int
    p50_ms: float
    p99_ms: float
    """From the last byte of a mail to its 250."""
    due_p99_ms: float
    """From the moment when a mail was due, its wait for a free connection included."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """Largest resident sizes, in bytes, of a daemon's processes together."""

    name: str
    idle: int
    """After the start."""
    peak: int
    acknowledged: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Imported:
    """An mbox on its way into the database."""

    mails: int
    seconds: float
    """From the start of the command to its end."""
    resident: list[int]
    """Resident bytes of the command: the most in each of some stretches of time, equally long."""

    @property
    def per_second(self) -> float:
        return self.mails / self.seconds

    @property
    def growth(self) -> float:
        """The largest size of the last quarter, over that of the second."""
        quarter = max(len(self.resident) // 4, 1)
        return max(self.resident[-quarter:]) / max(self.resident[quarter : 2 * quarter])


@dataclass(frozen=True, slots=True)
class Profile:
    """Where the daemon's CPU went under a load: samples by station of the road."""

    title: str
    samples: dict[str, int]
    functions: dict[str, int]
    """The functions with most samples of their own."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Whether what was acknowledged is there."""

    database: str
    acknowledged: int
    signed: int
    """So many of them by daemons that look at signatures."""
    found: Counts
    """What came to the database during the run."""

    @property
    def complete(self) -> bool:
        """Whether every acknowledged mail is recorded once, on all its people, and checked."""
        mails, found = self.acknowledged, self.found
        wanted = (mails, mails * RECIPIENTS, self.signed)
        return (found.messages, found.filings, found.verified) == wanted


@dataclass(slots=True)
class Results:
    """Everything that a run found out."""

    command: str
    date: str
    environment: dict[str, str]
    length: str
    rounds: list[Round] = field(default_factory=list)
    paced: list[Paced] = field(default_factory=list)
    memory: list[Footprint] = field(default_factory=list)
    imported: list[Imported] = field(default_factory=list)
    profiles: list[Profile] = field(default_factory=list)
    recorded: list[Recorded] = field(default_factory=list)
    refused: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return all(one.complete for one in self.recorded) and not self.refused

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, read: dict[str, Any]) -> Results:
        """Return what `as_json` was made of."""
        recorded = [{**one, "found": Counts(**one["found"])} for one in read["recorded"]]
        return cls(
            command=read["command"],
            date=read["date"],
            environment=read["environment"],
            length=read["length"],
            rounds=[Round(**one) for one in read["rounds"]],
            paced=[Paced(**one) for one in read["paced"]],
            memory=[Footprint(**one) for one in read["memory"]],
            imported=[Imported(**one) for one in read["imported"]],
            profiles=[Profile(**one) for one in read["profiles"]],
            recorded=[Recorded(**one) for one in recorded],
            refused=read["refused"],
        )
