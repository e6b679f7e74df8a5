"""Results as rows of words, for the terminal and for the documentation alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from bench.aims import aims, ratios
from bench.loads import Subject
from bench.profiling import LOOP, STATIONS
from bench.results import Profile, Results, Round

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    header: Row
    rows: Sequence[Row]
    words: int = 1
    """So many columns at the left are words; the others are figures."""


_FIGURES: tuple[tuple[str, Callable[[Round], float], int], ...] = (
    ("p50 ms", lambda one: one.p50_ms, 1),
    ("p99 ms", lambda one: one.p99_ms, 1),
    ("CPU µs", lambda one: one.server_cpu, 0),
    ("of Postgres", lambda one: one.postgres_cpu, 0),
    ("of the client", lambda one: one.client_cpu, 0),
)


def aims_table(results: Results) -> Table:
    rows = [
        (
            one.what,
            one.against,
            one.shown(one.at_least),
            one.shown(one.goal),
            one.spread,
            one.verdict,
        )
        for one in aims(results)
    ]
    header = ("load", "against", "at least", "goal", "measured", "")
    return Table("What is to be reached", header, rows, words=2)


def load_tables(results: Results) -> Iterator[Table]:
    """Yield a table for each load, its servers in the order in which they took it."""
    for load in dict.fromkeys(one.load for one in results.rounds):
        found = [one for one in results.rounds if one.load == load]
        rows = [
            _server_row(results.rounds, load, subject)
            for subject in dict.fromkeys(one.subject for one in found)
        ]
        title = f"{found[0].title} ({median(one.bytes_each for one in found) / 1e3:,.0f} KB)"
        header = ("server", "mails/s", "x stock", *(name for name, _, _ in _FIGURES))
        yield Table(title, header, sorted(rows, key=_rate, reverse=True))


def _rate(row: Row) -> float:
    return float(row[1].partition(" ")[0].replace(",", ""))


def _server_row(rounds: Sequence[Round], load: str, subject: str) -> Row:
    found = [one for one in rounds if (one.load, one.subject) == (load, subject)]
    stock = ratios(rounds, load, subject, Subject.STOCK)
    return (
        Subject(subject).called,
        spread([one.per_second for one in found], 0 if found[0].per_second > 20 else 1),
        f"{median(stock):.2f}" if stock else "",
        *(spread([read(one) for one in found], digits) for _, read, digits in _FIGURES),
    )


def paced_table(results: Results) -> Table:
    found = results.paced
    rows = [
        (
            spread([one.rate for one in found], 0),
            spread([one.p50_ms for one in found], 1),
            spread([one.p99_ms for one in found], 1),
            spread([one.due_p99_ms for one in found], 1),
        )
    ] if found else []  # fmt: skip
    header = ("mails/s", "p50 ms", "p99 ms", "p99 ms since due")
    title = "82 KB mails at random moments, half as many as can be taken over 8 connections"
    return Table(title, header, rows, words=0)


def memory_table(results: Results) -> Table:
    rows = [
        (one.name, megabytes(one.idle), megabytes(one.peak), f"{one.seconds:.1f} s")
        for one in results.memory
    ]
    for run in results.imported:
        name = f"import of {run.mails:,} mails, {run.per_second:,.0f} a second"
        after = f"last quarter {run.growth:.2f} x the second"
        rows.append((name, after, megabytes(max(run.resident)), f"{run.seconds:.0f} s"))
    return Table("Memory", ("load", "before", "largest", "time"), rows)


def profile_table(profiles: Sequence[Profile]) -> Table:
    """A row for each profile, a column for each station."""
    stations = [one for one in (*STATIONS, LOOP) if any(one in each.samples for each in profiles)]
    rows = []
    for profile in profiles:
        total = sum(profile.samples.values())
        shares = (f"{profile.samples.get(one, 0) / total:.0%}" for one in stations)
        rows.append((profile.title, *shares, str(total)))
    return Table("CPU by station", ("server and load", *stations, "samples"), rows)


def functions_table(profile: Profile) -> Table:
    total = sum(profile.samples.values())
    rows = [(name, f"{count / total:.1%}") for name, count in profile.functions.items()]
    return Table(f"Innermost frames: {profile.title}", ("function", "share"), rows)


def spread(values: Sequence[float], digits: int) -> str:
    """Median, and in brackets the least and the most."""
    least, most = min(values), max(values)
    if least == most:
        return f"{least:,.{digits}f}"
    return f"{median(values):,.{digits}f} [{least:,.{digits}f}-{most:,.{digits}f}]"


def megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


def as_text(table: Table) -> Iterator[str]:
    lines = [table.header, *table.rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    yield table.title
    for line in lines:
        cells = zip(line, widths, strict=True)
        yield "  " + "  ".join(
            cell.ljust(width) if place < table.words else cell.rjust(width)
            for place, (cell, width) in enumerate(cells)
        )


def as_markdown(table: Table) -> Iterator[str]:
    marks = ["---" if place < table.words else "---:" for place in range(len(table.header))]
    for line in (table.header, marks, *table.rows):
        yield f"| {' | '.join(line)} |"
