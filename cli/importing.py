"""`import`: a user's old mail, out of files."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from cli import options, output
from cli.ledger import ledger_of, routes_of
from config import Settings, load
from dropbox.archive.importing import Import
from dropbox.archive.items import Archive
from dropbox.envelope import Recipient
from dropbox.filing.outcomes import OUTCOMES, NotRecorded
from dropbox.intake import Intake
from storage import accounts, users
from storage.access import Pool, pool, transaction
from storage.database import locate
from storage.documents import Document
from storage.errors import Refused
from storage.ledger import DOWN, Ledger
from storage.routes import Routes
from storage.waiting import file_waiting, wanted

INTERRUPTED = 130
BAR_SECONDS = 0.25
LINE_SECONDS = 5.0
MOST_NAMED = 1000
"""Failures in the JSON document; all are said on standard error."""

Paths = Annotated[
    list[Path],
    typer.Argument(metavar="PATH...", help=".eml, mbox, Maildir, or folders of them."),
]


def import_mail(
    paths: Paths,
    user: Annotated[
        str, typer.Option("--user", metavar="EMAIL", help="Whose mail it is: the primary address.")
    ],
    account: options.Account = None,
    as_json: options.Json = False,
) -> None:
    """Record a user's old mail from files.

    May be repeated, also after an interruption: what is recorded already is recognised. Exits with
    1 when mails could not be recorded, each of which is named.
    """
    import uvloop

    settings = load()
    for path in paths:
        path.stat()
    work = _Work(settings, Archive(paths, settings.spill_dir, settings.max_message_bytes))
    url = settings.database_url.get_secret_value()
    with (
        locate(url, settings.data_dir, postgres_bin=settings.postgres_bin) as place,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        done = runner.run(work.run(place.url, user, account))
    _print(done, work, as_json=as_json)
    raise typer.Exit(_exit_code(done))


@dataclass(slots=True)
class _Work:
    """One run of the command."""

    settings: Settings
    archive: Archive
    email: str = ""
    failed: list[tuple[str, str]] = field(default_factory=list)
    """The first failures: name and reason."""

    async def run(self, url: str, user: str, account: str | None) -> Import:
        local = await self._find(url, user, account)
        async with pool(url) as opened:
            domain = self.settings.mail_domain
            routes = routes_of(opened, self.settings)
            recipient = await routes(f"{local}@{domain}")
            if recipient is None:
                raise Refused(f"the dropbox address of {self.email} has just changed; run it again")
            ledger = ledger_of(opened, self.settings)
            done = Import(
                Intake(ledger.record).accept, recipient, _Question(routes, recipient), self._fail
            )
            await self._walk(done)
            if not done.lost:
                await _file_waiting(opened, ledger)
        return done

    async def _find(self, url: str, user: str, account: str | None) -> str:
        """Return the local part of the user's active dropbox address."""
        async with transaction(url) as connection:
            account_id = await accounts.chosen(connection, account)
            found = await users.find(connection, user, account_id)
        if found.status == "suspended":
            raise Refused(
                f"{found.email} is suspended, whose mail is not recorded; "
                f"mend: bcc-dropbox user resume {found.email}"
            )
        self.email = found.email
        return found.local

    async def _walk(self, done: Import) -> None:
        loop = asyncio.get_running_loop()

        def stop() -> None:
            # The second one ends it at once: what is in flight is found by the next run.
            loop.remove_signal_handler(signal.SIGINT)
            loop.remove_signal_handler(signal.SIGTERM)
            done.stop()

        total = await asyncio.to_thread(self.archive.size)
        loop.add_signal_handler(signal.SIGINT, stop)
        loop.add_signal_handler(signal.SIGTERM, stop)
        async with _shown(done, total):
            await done.run(self.archive.items())

    def _fail(self, name: str, why: str) -> None:
        output.fail(f"not recorded: {name}: {why}", 1)
        if len(self.failed) < MOST_NAMED:
            self.failed.append((name, why))


@dataclass(frozen=True, slots=True)
class _Question:
    """Whether the database answers, asked as a mail server's RCPT TO would."""

    routes: Routes
    recipient: Recipient

    async def __call__(self) -> bool:
        try:
            await self.routes(self.recipient.address)
        except NotRecorded:
            return False
        return True


async def _file_waiting(opened: Pool, ledger: Ledger) -> None:
    """File what waited for people who are known now, those of an interrupted run included."""
    asked: set[object] = set()
    with suppress(*DOWN):
        while (found := await wanted(opened)) - asked:
            asked |= found
            await file_waiting(opened, ledger, found)


def _exit_code(done: Import) -> int:
    if done.lost:
        return output.fail(
            f"stopped, the database takes no mail: {done.lost}; mend: start it and run the same "
            "command again, which goes on where this one ended",
            1,
        )
    if done.stopped:
        return output.fail("interrupted; run the same command again to go on", INTERRUPTED)
    return 1 if done.failures else 0


def _print(done: Import, work: _Work, *, as_json: bool) -> None:
    counts = [
        (str(OUTCOMES[reason].outcome), str(reason), count)
        for reason, count in sorted(done.recorded.items())
    ]
    if as_json:
        output.document(_document(done, work, counts))
        return
    failed = [("not recorded", "", done.failures)] if done.failures else []
    output.table(
        ("outcome", "reason", "mails"), sorted(counts) + failed, empty="No mail was found there."
    )
    if done.passed_over:
        files = "file" if done.passed_over == 1 else "files"
        output.say(f"\nPassed over, being no mail: {done.passed_over} {files}.")


def _document(done: Import, work: _Work, counts: Sequence[tuple[str, str, int]]) -> Document:
    return {
        "user": work.email,
        "mails": done.mails,
        "outcomes": [
            {"outcome": outcome, "reason": reason, "count": count}
            for outcome, reason, count in sorted(counts)
        ],
        "failures": done.failures,
        "failed": [{"mail": name, "why": why} for name, why in work.failed],
        "passed_over": done.passed_over,
        "complete": not (done.stopped or done.lost),
    }


@asynccontextmanager
async def _shown(work: Import, total: int) -> AsyncIterator[None]:
    """Show on standard error how `work` goes on, within the block; `total` is in bytes."""
    showing = asyncio.create_task(_bar(work, total) if sys.stderr.isatty() else _lines(work, total))
    try:
        yield
    finally:
        showing.cancel()
        with suppress(asyncio.CancelledError):
            await showing


async def _bar(work: Import, total: int) -> None:
    from rich import progress
    from rich.console import Console

    with progress.Progress(
        progress.TextColumn("{task.fields[mails]:,} mails"),
        progress.BarColumn(),
        progress.TaskProgressColumn(),
        progress.DownloadColumn(),
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
        auto_refresh=False,
        transient=True,
    ) as bar:
        task = bar.add_task("", total=total or None, mails=0)
        while True:
            bar.update(task, completed=work.bytes_done, mails=work.mails, refresh=True)
            await asyncio.sleep(BAR_SECONDS)


async def _lines(work: Import, total: int) -> None:
    began = time.monotonic()
    while True:
        await asyncio.sleep(LINE_SECONDS)
        sys.stderr.write(f"{_line(work, total, time.monotonic() - began)}\n")


def _line(work: Import, total: int, seconds: float) -> str:
    words = [f"{work.mails:,} mails", f"{work.mails / seconds:,.0f} a second"]
    if total and work.bytes_done:
        share = min(work.bytes_done / total, 1.0)
        left = seconds * (1 - share) / share
        words.append(f"{share:.0%} of {total / 1e6:,.0f} MB, about {_duration(left)} left")
    return ", ".join(words)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
