"""What came of the faults, for people and for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from faults.suite import Outcome, Row

_HEADINGS = (
    *("fault", "mails", "250s", "retries", "recorded once", "lost", "doubled", "refused"),
    *("seconds", "result"),
)
_MOST_FLAWS = 8


def lines(outcome: Outcome) -> Iterator[str]:
    """Yield a table, and below it what is wrong, what was skipped, and what is worth knowing."""
    cells = [list(_HEADINGS), *(_cells(row) for row in outcome.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(
            cell.ljust(width) if place in {0, len(row) - 1} else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
    yield ""
    for one in outcome.rows:
        yield from _remarks(one)
    yield from (f"NO MAIL CAME TO the point {point!r}" for point in outcome.missed)
    yield _sum(outcome.rows)


def progress(row: Row) -> None:
    """Say on standard error that a fault is over, where somebody may be waiting."""
    print(f"{row.seconds:6.1f} s  {_result(row)}  {row.name}", file=sys.stderr, flush=True)
    for flaw in row.flaws[:_MOST_FLAWS]:
        print(f"          {flaw}", file=sys.stderr, flush=True)


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return it all as JSON can hold it."""
    rows = [
        {
            **dict(zip(_HEADINGS, _cells(row), strict=True)),
            "flaws": row.flaws,
            "notes": row.notes,
            "skipped": row.skipped,
            "replies": dict(row.tally.replies),
        }
        for row in outcome.rows
    ]
    return {"holds": outcome.holds, "missed": outcome.missed, "rows": rows}


def _cells(row: Row) -> list[str]:
    tally, audit = row.tally, row.audit
    figures = (
        len(tally.mails),
        len(tally.acknowledged),
        tally.retries,
        audit.recorded,
        audit.lost,
        audit.doubled,
        len(tally.refused),
    )
    return [row.name, *map(str, figures), f"{row.seconds:.1f}", _result(row)]


def _result(row: Row) -> str:
    return "FAILED" if row.flaws else "skipped" if row.skipped else "holds"


def _remarks(row: Row) -> Iterator[str]:
    if row.skipped:
        yield f"SKIPPED {row.name}: {row.skipped}"
    for flaw in row.flaws[:_MOST_FLAWS]:
        yield f"FAILED  {row.name}: {flaw}"
    if len(row.flaws) > _MOST_FLAWS:
        yield f"FAILED  {row.name}: and {len(row.flaws) - _MOST_FLAWS} more"
    for note in row.notes:
        yield f"        {row.name}: {note}"


def _sum(rows: Sequence[Row]) -> str:
    mails = sum(len(row.tally.mails) for row in rows)
    taken = sum(len(row.tally.acknowledged) for row in rows)
    once = sum(row.audit.recorded for row in rows)
    failed = sum(bool(row.flaws) for row in rows)
    return (
        f"{len(rows)} faults, {mails} mails, {taken} acknowledged, {once} of these recorded once"
        f"{f'; {failed} faults FAILED' if failed else ''}"
    )
