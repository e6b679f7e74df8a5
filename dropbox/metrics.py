"""What the daemon counts, in memory that its processes share; nothing here is for people to read.

Each process has a column and writes to that one alone, so nothing is locked: to count is one store
of eight bytes. A column outlives the worker that wrote it. Labels are words of ours, all known
beforehand: nothing that a stranger sends can become one.
"""

from __future__ import annotations

import mmap
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from itertools import accumulate
from typing import Generic, Literal, TypeVar

from dropbox.filing.outcomes import OUTCOMES, Reason
from dropbox.trust.verdict import Verdict

Label = TypeVar("Label", bound=str)


class State(IntEnum):
    """How far a worker is."""

    STARTING = 0
    READY = 1
    DRAINING = 2


class Limit(StrEnum):
    """What somebody ran into: the settings of that name, and the few limits that are fixed."""

    MAX_CONNECTIONS = "max_connections"
    MAX_CONNECTIONS_PER_PEER = "max_connections_per_peer"
    MAX_RECIPIENTS = "max_recipients"
    MAX_UNKNOWN_RECIPIENTS = "max_unknown_recipients"
    MAX_ERRORS = "max_errors"
    MAX_IDLE_COMMANDS = "max_idle_commands"
    ACCEPT_SECONDS = "accept_seconds"
    COMMAND_SECONDS = "command_seconds"
    DATA_SECONDS = "data_seconds"
    MAIL_SECONDS = "mail_seconds"
    SESSION_SECONDS = "session_seconds"
    MEMORY_BUDGET_BYTES = "memory_budget_bytes"
    """Mail went to disk that was small enough for memory."""
    MAX_MESSAGE_BYTES = "max_message_bytes"
    RATE_PER_ADDRESS = "rate_per_address"
    HELD_QUOTA = "held_quota"


SAME_AS = {
    Limit.MAX_MESSAGE_BYTES: Reason.TOO_BIG,
    Limit.RATE_PER_ADDRESS: Reason.RATE,
    Limit.HELD_QUOTA: Reason.OVER_QUOTA,
}
"""Limits that are counted as an outcome already, and need not be twice."""


class Place(StrEnum):
    """Where the bytes of a mail are, until its reply."""

    MEMORY = "memory"
    SPILL = "spill"


class Where(StrEnum):
    """In which part of the wire something happened that nobody foresaw."""

    MAIL = "mail"
    SESSION = "session"


OTHER = "other"
DNS_TYPES = ("a", "aaaa", "mx", "ptr", "txt", OTHER)
DNS_CAUSES = ("timeout", "servfail", "refused", OTHER)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class Family:
    """One thing that is counted, and where its cells are in a column."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    meaning: str
    labels: tuple[str, ...] = ()
    """Names of the labels."""
    values: tuple[tuple[str, ...], ...] = ((),)
    """What they may be, one for each cell; the last name is the one that is counted by."""
    bounds: tuple[float, ...] = ()
    """Of a histogram, ascending: a cell for the values up to each, one for larger ones, the sum."""

    @property
    def cells(self) -> int:
        return len(self.bounds) + 2 if self.bounds else len(self.values)


def _by(words: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    return tuple((str(word),) for word in words)


OUTCOMES_BY_REASON = Family(
    "outcomes",
    "counter",
    "Mails recorded, by dropbox address; and mails, commands and connections not taken",
    ("outcome", "reason"),
    tuple((str(row.outcome), str(reason)) for reason, row in OUTCOMES.items()),
)
LIMITS = Family("limits_hit", "counter", "Limits that somebody ran into", ("limit",), _by(Limit))
FAILURES = Family(
    "failures",
    "counter",
    "Mails and sessions that ended (451) in a way nobody foresaw; the log says where",
    ("where",),
    _by(Where),
)
RESTARTS = Family("worker_restarts", "counter", "Workers that died and were replaced")
CONNECTIONS = Family("open_connections", "gauge", "SMTP and LMTP connections that are open")
IN_FLIGHT = Family(
    "mail_in_flight_bytes",
    "gauge",
    "Mail that was received and not answered yet, by where it waits",
    ("place",),
    _by(Place),
)
REPLY = Family("reply_seconds", "histogram", "From the end of a mail to its reply", bounds=SECONDS)
BATCH = Family(
    "batch_mails",
    "histogram",
    "Mails recorded in one transaction",
    bounds=(1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0),
)
TRANSACTION = Family(
    "transaction_seconds", "histogram", "Recording a batch, its commit included", bounds=SECONDS
)
COMMIT = Family(
    "commit_seconds", "histogram", "Until Postgres has a batch safe on disk", bounds=SECONDS
)
DNS_QUERIES = Family(
    "dns_queries", "counter", "Questions sent to a nameserver", ("type",), _by(DNS_TYPES)
)
DNS_CACHE_HITS = Family("dns_cache_hits", "counter", "Questions answered from memory")
DNS_FAILURES = Family(
    "dns_failures", "counter", "Questions without an answer", ("cause",), _by(DNS_CAUSES)
)
VERDICTS = Family(
    "verdicts", "counter", "Mails by whether they are from their author", ("verdict",), _by(Verdict)
)

FAMILIES = (
    OUTCOMES_BY_REASON,
    LIMITS,
    FAILURES,
    RESTARTS,
    CONNECTIONS,
    IN_FLIGHT,
    REPLY,
    BATCH,
    TRANSACTION,
    COMMIT,
    DNS_QUERIES,
    DNS_CACHE_HITS,
    DNS_FAILURES,
    VERDICTS,
)

_STATE = 0
_FIRST = dict(
    zip(
        (family.name for family in FAMILIES),
        accumulate((family.cells for family in FAMILIES), initial=1),
        strict=False,
    )
)
_CELL_BYTES = 8
_COLUMN = -(-(1 + sum(family.cells for family in FAMILIES)) * _CELL_BYTES // mmap.PAGESIZE) * (
    mmap.PAGESIZE // _CELL_BYTES
)
"""Cells of a column: whole pages, so that no two processes write to the same line of a cache."""


class Board:
    """The numbers of all processes: made before they are forked, seen by each of them.

    A column for each worker, and the last one for whoever starts them.
    """

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers
        cells = memoryview(mmap.mmap(-1, (workers + 1) * _COLUMN * _CELL_BYTES)).cast("d")
        self._columns = [
            cells[number * _COLUMN : (number + 1) * _COLUMN] for number in range(workers + 1)
        ]

    def column(self, number: int) -> memoryview[float]:
        """Return the cells that one process writes to."""
        return self._columns[number]

    def forget(self, number: int) -> None:
        """Take back what a worker had open when it was killed; what it has counted stays."""
        column = self._columns[number]
        column[_STATE] = State.STARTING
        for family in FAMILIES:
            if family.kind == "gauge":
                for cell in _cells(family):
                    column[cell] = 0.0

    def read(self, family: Family) -> list[float]:
        """Return the cells of a family, each the sum over all processes."""
        sums = [sum(column[cell] for column in self._columns) for cell in _cells(family)]
        if family is LIMITS:
            counted = dict(zip(OUTCOMES, self.read(OUTCOMES_BY_REASON), strict=True))
            for at, limit in enumerate(Limit):
                sums[at] += counted[SAME_AS[limit]] if limit in SAME_AS else 0.0
        return sums

    @property
    def states(self) -> list[State]:
        """How far each worker is."""
        return [State(int(column[_STATE])) for column in self._columns[: self.workers]]

    @property
    def state(self) -> State:
        """How far the daemon is: mail is taken as soon, and as long, as one worker does."""
        states = self.states
        return next((one for one in (State.READY, State.DRAINING) if one in states), State.STARTING)


def _cells(family: Family) -> range:
    first = _FIRST[family.name]
    return range(first, first + family.cells)


class Count:
    """A number that is added to; one of a gauge may fall."""

    __slots__ = ("_at", "_cells")

    def __init__(self, cells: memoryview[float], family: Family, offset: int = 0) -> None:
        self._cells = cells
        self._at = _FIRST[family.name] + offset

    def add(self, number: float = 1) -> None:
        """Count so many more."""
        self._cells[self._at] += number


class _Cells(dict[str, int]):
    """Where the number of each label is."""

    def __missing__(self, label: str) -> int:
        if label == OTHER:
            raise KeyError(label)
        return self[OTHER]


class Counts(Generic[Label]):
    """Numbers by label. A label that is not foreseen counts as `other`; without one, KeyError."""

    __slots__ = ("_at", "_cells")

    def __init__(self, cells: memoryview[float], family: Family) -> None:
        self._cells = cells
        first = _FIRST[family.name]
        self._at = _Cells({values[-1]: first + at for at, values in enumerate(family.values)})

    def add(self, label: Label, number: float = 1) -> None:
        """Count so many more of `label`."""
        self._cells[self._at[label]] += number

    def __getitem__(self, label: Label) -> float:
        return self._cells[self._at[label]]

    def __setitem__(self, label: Label, number: float) -> None:
        self._cells[self._at[label]] = number


class Distribution:
    """How values are spread."""

    __slots__ = ("_bounds", "_cells", "_first", "_sum")

    def __init__(self, cells: memoryview[float], family: Family) -> None:
        self._cells = cells
        self._bounds = family.bounds
        self._first = _FIRST[family.name]
        self._sum = self._first + len(family.bounds) + 1

    def observe(self, value: float) -> None:
        """Count a value."""
        self._cells[self._first + bisect_left(self._bounds, value)] += 1.0
        self._cells[self._sum] += value


class Metrics:
    """What one process counts. Without a board it counts for itself, and nobody looks."""

    def __init__(self, board: Board | None = None, column: int = 0) -> None:
        cells = self._cells = (board or Board()).column(column)
        self.outcomes: Counts[Reason] = Counts(cells, OUTCOMES_BY_REASON)
        self.limits: Counts[Limit] = Counts(cells, LIMITS)
        self.failures: Counts[Where] = Counts(cells, FAILURES)
        self.restarts = Count(cells, RESTARTS)
        self.connections = Count(cells, CONNECTIONS)
        self.in_memory = Count(cells, IN_FLIGHT, list(Place).index(Place.MEMORY))
        self.spilled = Count(cells, IN_FLIGHT, list(Place).index(Place.SPILL))
        self.reply_seconds = Distribution(cells, REPLY)
        self.batch_mails = Distribution(cells, BATCH)
        self.transaction_seconds = Distribution(cells, TRANSACTION)
        self.commit_seconds = Distribution(cells, COMMIT)
        self.dns_queries: Counts[str] = Counts(cells, DNS_QUERIES)
        self.dns_cache_hits = Count(cells, DNS_CACHE_HITS)
        self.dns_failures: Counts[str] = Counts(cells, DNS_FAILURES)
        self.verdicts: Counts[Verdict] = Counts(cells, VERDICTS)

    def become(self, state: State) -> None:
        """Say how far this process is."""
        self._cells[_STATE] = state
