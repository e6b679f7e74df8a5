"""What is to be reached, and whether it was: ratios within one run, medians of their rounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from bench.loads import BASE, MEGABYTE, SIGNED, SMALL, SMALL_ONCE, Load, Subject
from bench.memory import FIFTY
from bench.results import Results, Round


@dataclass(frozen=True, slots=True)
class Aim:
    """One line of the table; `values` are those of the rounds."""

    what: str
    against: str
    at_least: float
    goal: float
    unit: str
    values: Sequence[float]

    @property
    def is_ratio(self) -> bool:
        return self.unit in {"x", "%"}

    @property
    def found(self) -> float:
        return median(self.values)

    @property
    def verdict(self) -> str:
        for mark, word in ((self.goal, "goal reached"), (self.at_least, "reached")):
            if self.found >= mark if self.is_ratio else self.found <= mark:
                return word
        return "NOT REACHED"

    def shown(self, value: float) -> str:
        if self.unit == "%":
            return f"{value:.0%}"
        return f"{value:.1f} x" if self.unit == "x" else f"{value:.0f} {self.unit}"

    @property
    def spread(self) -> str:
        if len(self.values) == 1:
            return self.shown(self.found)
        digits = 2 if self.unit == "x" else 0
        least, most = (self._bare(one, digits) for one in (min(self.values), max(self.values)))
        return f"{self._bare(self.found, digits)} [{least}-{most}] {self.unit}"

    def _bare(self, value: float, digits: int) -> str:
        return f"{value * (100 if self.unit == '%' else 1):.{digits}f}"


_RATIOS: tuple[tuple[Load, Subject, Subject, float, float, str], ...] = (
    (BASE, Subject.DAEMON, Subject.STOCK, 2.0, 3.0, "x"),
    (BASE, Subject.DAEMON, Subject.USUAL, 9, 14, "x"),
    (BASE, Subject.DAEMON, Subject.WIRE, 0.35, 0.5, "%"),
    (BASE, Subject.TWO, Subject.DAEMON, 1.3, 1.6, "x"),
    (SMALL_ONCE, Subject.DAEMON, Subject.STOCK, 1.2, 2.0, "x"),
    (MEGABYTE, Subject.DAEMON, Subject.STOCK, 5, 8, "x"),
    (SIGNED, Subject.TRUST, Subject.DAEMON, 0.5, 0.7, "%"),
    (BASE, Subject.LARGE, Subject.DAEMON, 0.85, 0.95, "%"),
)


def aims(results: Results) -> Iterator[Aim]:
    """Yield what the run can say something about."""
    for load, subject, other, at_least, goal, unit in _RATIOS:
        values = ratios(results.rounds, load.name, subject, other)
        if values:
            yield Aim(f"{load.title}: {subject.called}", other.called, at_least, goal, unit, values)
    if results.paced:
        found = [one.p99_ms for one in results.paced]
        what = "p99 from end of DATA to 250, 8 connections, half of the full rate"
        yield Aim(what, "", 30, 15, "ms", found)
    for footprint in results.memory:
        if footprint.name == FIFTY:
            yield Aim(f"peak memory, {FIFTY}", "", 200, 120, "MB", [footprint.peak / 1e6])
    filing = _rates(results.rounds, SMALL.name, Subject.DAEMON)
    for one in results.imported:
        if filing:
            rate = one.per_second / median(filing)
            what = f"import of {one.mails:,} mails of 4 KB"
            yield Aim(what, "the daemon's own filing", 0.5, 1.0, "%", [rate])


def ratios(rounds: Sequence[Round], load: str, subject: str, other: str) -> list[float]:
    """Rate over rate, round by round: so a noisy neighbour is in both."""
    pairs = zip(_rates(rounds, load, subject), _rates(rounds, load, other), strict=False)
    return [one / another for one, another in pairs if another]


def _rates(rounds: Sequence[Round], load: str, subject: str) -> list[float]:
    return [r.per_second for r in rounds if (r.load, r.subject) == (load, subject)]
