"""`reprocess`: kept mail read again with today's reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from cli import options, output
from cli.ledger import ledger_of
from config import Settings, load
from dropbox.filing.outcomes import NotRecorded, Reason
from storage import accounts, reprocessing, statistics
from storage.access import Pool, pool, transaction
from storage.accounts import Account
from storage.database import locate
from storage.documents import Document, instant
from storage.errors import DatabaseDown, StorageError
from storage.ledger import Ledger
from storage.reprocessing import Key, Reread
from storage.rereading import Change
from storage.waiting import file_waiting

LONGEST_SHOWN = 200
"""Characters of an old or new value; texts are longer."""


def reprocess(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID|MESSAGE-ID]...", help="These mails only."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="T",
            help="Mail that arrived since: 2026-11-01, 2026-11-01T09:00, or 24h, 7d, 4w. What "
            "names no zone is in the account's.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and write nothing.")
    ] = False,
    account: options.Account = None,
    as_json: options.Json = False,
) -> None:
    """Read kept mail again with today's reader, and show what that changes.

    Held mail is decided anew. Recorded mail gets the text, names, dates and files that are read
    today, and is filed on correspondents not seen before. What people decided stays: nothing is
    taken off a timeline, and names that somebody changed are kept. May be repeated. Exits with 1
    when mails could not be read again, each of which is named.
    """
    settings = load()
    if since is not None:
        statistics.instant_of(since, "UTC", datetime.now(UTC))
    work = _Work(settings, dry_run=dry_run, as_json=as_json)
    url = settings.database_url.get_secret_value()
    with locate(url, settings.data_dir, postgres_bin=settings.postgres_bin) as place:
        asyncio.run(work.run(place.url, ids or [], since, account))
    work.end()
    raise typer.Exit(1 if work.failed else 0)


@dataclass(slots=True)
class _Work:
    """One run of the command."""

    settings: Settings
    dry_run: bool
    as_json: bool
    read: int = 0
    changed: list[Reread] = field(default_factory=list)
    """For JSON alone; for people each is printed as it comes."""
    changed_count: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)

    async def run(self, url: str, ids: list[str], since: str | None, account: str | None) -> None:
        async with transaction(url) as connection:
            chosen = (
                [await accounts.find(connection, account)]
                if account is not None
                else await accounts.listed(connection)
            )
        async with pool(url, most=3) as opened:
            gained: set[tuple[UUID, str]] = set()
            ledger = ledger_of(opened, self.settings, gained.update)
            async for key in _keys(opened, chosen, ids, since):
                gained |= await self._one(opened, ledger, key)
            while gained:
                # Filing what waited may make further people.
                taken = set(gained)
                gained.clear()
                await file_waiting(opened, ledger, taken)

    async def _one(self, opened: Pool, ledger: Ledger, key: Key) -> frozenset[tuple[UUID, str]]:
        """Read one mail again; return addresses, by account, of people whom it brought."""
        domain = self.settings.mail_domain
        try:
            done = await reprocessing.reread(opened, ledger, key, domain, dry_run=self.dry_run)
        except (NotRecorded, StorageError) as error:
            if isinstance(error, NotRecorded) and error.reason is Reason.DATABASE_DOWN:
                raise DatabaseDown(f"database cannot be reached: {error}") from error
            output.fail(f"not read again: {key[1]}: {error}", 1)
            self.failed.append((str(key[1]), str(error)))
            return frozenset()
        if done is None:
            return frozenset()
        self.read += 1
        if done.changes:
            self.changed_count += 1
            if self.as_json:
                self.changed.append(done)
            else:
                _print(done)
        return frozenset() if self.dry_run else done.gained

    def end(self) -> None:
        """Say what was done."""
        if self.as_json:
            output.document(
                {
                    "dry_run": self.dry_run,
                    "read": self.read,
                    "changed": [_document(one) for one in self.changed],
                    "failed": [{"delivery_id": one, "why": why} for one, why in self.failed],
                }
            )
            return
        would = "would change" if self.dry_run else "changed"
        output.say(f"Read again: {self.read:,} mails; {would}: {self.changed_count:,}.")


async def _keys(
    opened: Pool, chosen: list[Account], ids: list[str], since: str | None
) -> AsyncIterator[Key]:
    only: set[Key] | None = None
    if ids:
        only = {key for one in ids for key in await reprocessing.named(opened, one)}
    now = datetime.now(UTC)
    for one in chosen:
        start = statistics.instant_of(since, one.timezone, now) if since else None
        mine = None if only is None else {id_ for account, id_ in only if account == one.account_id}
        async for key in reprocessing.wanted(opened, one.account_id, since=start, only=mine):
            yield key


def _print(done: Reread) -> None:
    output.say(f"{output.at(done.received_at)}  {done.user}  {done.delivery_id}")
    for change in done.changes:
        old, new = _shown(change, done)
        output.say(f"    {change.field}: {old} -> {new}")


def _document(done: Reread) -> Document:
    return {
        "delivery_id": str(done.delivery_id),
        "user": done.user,
        "received_at": instant(done.received_at),
        "private": done.hidden,
        "changes": [
            {
                "field": change.field,
                "message_id": str(change.message_id) if change.message_id else None,
                "old": None if _is_hidden(change, done) else _short(change.old),
                "new": None if _is_hidden(change, done) else _short(change.new),
            }
            for change in done.changes
        ],
    }


def _is_hidden(change: Change, done: Reread) -> bool:
    return done.hidden and change.field != "outcome"


def _shown(change: Change, done: Reread) -> tuple[str, str]:
    if _is_hidden(change, done):
        return "(private)", "(private)"
    old, new = _words(change.old), _words(change.new)
    # Of two long texts the place where they part is what somebody wants to see.
    same = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), 0)
    begin = max(0, same - 20) if max(len(old), len(new)) > LONGEST_SHOWN else 0
    return _cut(old, begin), _cut(new, begin)


def _cut(text: str, begin: int) -> str:
    cut = text[begin : begin + LONGEST_SHOWN]
    return f"{'…' if begin else ''}{cut}{'…' if begin + LONGEST_SHOWN < len(text) else ''}" or "-"


def _words(value: Any) -> str:
    if value is None:
        return ""
    listed = value if isinstance(value, list) else [value]
    return ", ".join(" ".join(str(one).split()) for one in listed)


def _short(value: Any) -> Any:
    return _cut(value, 0) if isinstance(value, str) and len(value) > LONGEST_SHOWN else value
