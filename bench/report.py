"""A run's results on the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from bench.results import Results
from bench.tables import (
    Table,
    aims_table,
    as_text,
    functions_table,
    load_tables,
    megabytes,
    memory_table,
    paced_table,
    profile_table,
)


def lines(results: Results) -> Iterator[str]:
    """Yield everything that a run found out as text."""
    yield ", ".join(f"{name} {value}" for name, value in results.environment.items())
    yield f"{results.length}; medians [least-most]; CPU a mail"
    for table in _tables(results):
        if table.rows:
            yield ""
            yield from as_text(table)
    yield ""
    yield from recorded_lines(results)


def _tables(results: Results) -> Iterator[Table]:
    yield from load_tables(results)
    yield paced_table(results)
    yield memory_table(results)
    yield profile_table(results.profiles)
    for profile in results.profiles:
        yield functions_table(profile)
    yield aims_table(results)


def recorded_lines(results: Results) -> Iterator[str]:
    """Yield whether everything that was acknowledged was recorded, and what was not taken."""
    for one in results.recorded:
        found = one.found
        share = found.kept_bytes / found.raw_bytes if found.raw_bytes else 0.0
        yield (
            f"{one.database}: {one.acknowledged:,} mails acknowledged, {found.messages:,} recorded"
            f" on {found.filings:,} timelines, with {found.people:,} new people:"
            f" {'complete' if one.complete else 'NOT COMPLETE'};"
            f" {megabytes(found.raw_bytes)} of mail kept in {share:.0%} of that"
        )
    for server, replies in results.refused.items():
        for reply, count in replies.items():
            yield f"NOT TAKEN by {server}, {count} times: {reply}"
