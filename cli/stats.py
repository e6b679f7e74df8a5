"""`stats`: how much mail there was, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

import typer

from cli import options, output
from cli.session import run
from config import Settings
from dropbox.filing.outcomes import Outcome
from storage import accounts, statistics
from storage.access import Connection
from storage.accounts import Account
from storage.documents import Document, instant
from storage.statistics import Count, PersonCount

OUTCOMES = (Outcome.FILED, Outcome.DUPLICATE, Outcome.HELD, Outcome.SKIPPED)
"""Those that leave a delivery."""

By = Literal["user", "day", "person"]


@dataclass(frozen=True, slots=True)
class _Counted:
    """What was counted in one account."""

    account: Account
    since: datetime
    counts: list[Count] | list[PersonCount]

    def document(self) -> Document:
        return {
            "account": self.account.name,
            "timezone": self.account.timezone,
            "since": instant(self.since),
            "counts": [one.document() for one in self.counts],
        }


def stats(
    since: Annotated[
        str,
        typer.Option(
            "--since",
            metavar="T",
            help="2026-11-01, 2026-11-01T09:00, or how long ago: 24h, 7d, 4w. What names no zone "
            "is in the account's.",
        ),
    ] = "30d",
    by: Annotated[
        By | None,
        typer.Option("--by", help="Count by user, by day in the account's zone, or by person."),
    ] = None,
    account: options.Account = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help="At most so many people.")
    ] = 100,
    as_json: options.Json = False,
) -> None:
    """Count deliveries by outcome and reason; by person, the messages on each timeline.

    A delivery is one mail at one dropbox address. Mail that was refused or put off leaves none.
    """
    now = datetime.now(UTC)
    statistics.instant_of(since, "UTC", now)

    async def body(connection: Connection, _settings: Settings) -> list[_Counted]:
        wanted = (
            [await accounts.find(connection, account)]
            if account is not None
            else await accounts.listed(connection)
        )
        counted = []
        for one in wanted:
            start = statistics.instant_of(since, one.timezone, now)
            counted.append(_Counted(one, start, await _count(connection, one, start, by, limit)))
        return counted

    found = run(body)
    if as_json:
        documents = [one.document() for one in found]
        output.document({"by": by, "until": instant(now), "accounts": documents})
        return
    _print(found, by)


async def _count(
    connection: Connection, account: Account, since: datetime, by: By | None, limit: int
) -> list[Count] | list[PersonCount]:
    if by == "person":
        return await statistics.people(connection, account, since, limit=limit)
    return await statistics.counts(connection, account, since, by)


def _print(found: list[_Counted], by: By | None) -> None:
    for counted in found:
        name, zone = counted.account.name, counted.account.timezone
        output.say(f"{name}, since {output.at(counted.since, zone)} ({zone})")
        output.table(*_table(counted, by), empty="No mail.")
        if counted is not found[-1]:
            output.say("")
    if not found:
        output.say("No accounts yet. Make one: bcc-dropbox account add NAME")


def _table(counted: _Counted, by: By | None) -> tuple[list[str], list[list[object]]]:
    people = [one for one in counted.counts if isinstance(one, PersonCount)]
    counts = [one for one in counted.counts if isinstance(one, Count)]
    if by == "person":
        return ["person", "kind", "emails", "messages"], [
            [one.name, one.kind, one.emails, one.messages] for one in people
        ]
    if by is None:
        return ["outcome", "reason", "deliveries"], [
            [one.outcome, one.reason, one.deliveries] for one in counts
        ]
    return [by, *OUTCOMES, "all"], _by_outcome(counts)


def _by_outcome(counts: list[Count]) -> list[list[object]]:
    """Return a row for each user or day, with a column for each outcome."""
    rows: dict[object, dict[str, int]] = {}
    for one in counts:
        row = rows.setdefault(one.user or one.day, dict.fromkeys(OUTCOMES, 0))
        row[one.outcome] += one.deliveries
    return [[key, *row.values(), sum(row.values())] for key, row in rows.items()]
