"""Answers of DNS, kept as long as they say (RFC 2308 for those that say no)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

MAX_TTL = 86_400.0
MAX_NEGATIVE_TTL = 900.0
FAILURE_TTL = 5.0
"""Seconds in which nobody asks again what just failed."""

_ENTRY_BYTES = 300


class Question(NamedTuple):
    """What is asked, as the key of its answer."""

    kind: str
    name: str
    """Lower case; for PTR an address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Records, or none; `down`: it is not known."""

    records: tuple[Any, ...] = ()
    """Bytes for TXT, else text."""
    ttl: float = 0.0
    """Seconds."""
    down: bool = False
    cause: str = "other"
    """Why it is not known, in a word."""

    @property
    def keep(self) -> float:
        """Seconds for which it is kept."""
        if self.down:
            return FAILURE_TTL
        return max(0.0, min(self.ttl, MAX_TTL if self.records else MAX_NEGATIVE_TTL))


def _size(question: Question, answer: Answer) -> int:
    """Return the bytes that it takes in memory, about."""
    return _ENTRY_BYTES + len(question.name) + sum(64 + len(one) for one in answer.records)


class Answers:
    """A cache, bounded in bytes; what was not asked for longest goes first."""

    def __init__(self, clock: Callable[[], float], most_bytes: int) -> None:
        self._clock = clock
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Question, tuple[float, Answer]] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def bytes(self) -> int:
        """What all of them take."""
        return self._bytes

    def get(self, question: Question) -> Answer | None:
        """Return the answer while it holds."""
        kept = self._kept.get(question)
        if kept is None:
            return None
        if kept[0] <= self._clock():
            self._drop(question)
            return None
        self._kept.move_to_end(question)
        return kept[1]

    def put(self, question: Question, answer: Answer) -> None:
        """Keep an answer in place of an earlier one."""
        if question in self._kept:
            self._drop(question)
        if not answer.keep:
            return
        self._kept[question] = (self._clock() + answer.keep, answer)
        self._bytes += _size(question, answer)
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, question: Question) -> None:
        self._bytes -= _size(question, self._kept.pop(question)[1])
