"""`deliver`: one mail from a pipe; its exit code tells the mail server what to do with the mail."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import Annotated, Any
from uuid import UUID

import typer
from typer.core import TyperCommand

from cli import failures, output
from cli.group import plain
from cli.ledger import ledger_of, routes_of
from cli.trust import judging
from config import Settings, load
from dropbox.addresses import masked
from dropbox.archive.mbox import split_from_line
from dropbox.archive.spool import Spool
from dropbox.content import CHUNK_BYTES, Content
from dropbox.envelope import Envelope, Recipient
from dropbox.filing.outcomes import OUTCOMES, NotRecorded, Outcome, Reason
from dropbox.intake import Intake
from dropbox.mail.read import read
from storage.access import pool
from storage.database import locate
from storage.ledger import DOWN
from storage.patience import Patience
from storage.rates import RatedRoutes
from storage.waiting import file_waiting

REFUSED, NO_USER, TRY_AGAIN = os.EX_DATAERR, os.EX_NOUSER, os.EX_TEMPFAIL
"""sysexits.h: 65, 67 and 75. On any other code but 0 a mail server sends the mail back."""

HEADER_BYTES = 64 * 1024
WASTE_FACTOR = 4
"""So many times the limit is read of a mail that is too big: whoever writes it is heard out."""


class Deliver(TyperCommand):
    """The command, with usage errors and everything unforeseen as a reason to try again."""

    def make_context(self, *words: Any, **extra: Any) -> Any:
        with _or_try_again():
            return super().make_context(*words, **extra)

    def invoke(self, ctx: Any) -> Any:
        with _or_try_again():
            return super().invoke(ctx)


@contextmanager
def _or_try_again() -> Iterator[None]:
    try:
        yield
    except typer.Exit:
        raise
    except KeyboardInterrupt as error:
        raise typer.Exit(output.fail("interrupted", TRY_AGAIN)) from error
    except Exception as error:
        failures.explain(error)
        raise typer.Exit(TRY_AGAIN) from error


def deliver(
    to: Annotated[
        list[str], typer.Option("--to", metavar="ADDRESS", help="A dropbox address. Repeatable.")
    ],
    sender: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="SENDER",
            help="MAIL FROM, '' for the null sender; else of a From_ line, else the author.",
        ),
    ] = None,
) -> None:
    """Record one mail from standard input, as a mail server pipes it.

    Exits with 0 when it is recorded, 67 when an address does not exist (then it is recorded for
    none), 65 when it is refused, 75 for anything else: try again later.
    """
    settings = load()
    url = settings.database_url.get_secret_value()
    with (
        closing(_Piped(settings)) as mail,
        locate(url, settings.data_dir, postgres_bin=settings.postgres_bin) as place,
    ):
        try:
            asyncio.run(_deliver(place.url, settings, mail, to, sender))
        except NotRecorded as failure:
            raise typer.Exit(_say(failure)) from failure


class _Piped:
    """The mail on standard input, read to its end before anything else happens."""

    def __init__(self, settings: Settings) -> None:
        self.sender: str | None = None
        """What a leading From_ line says."""
        self._failure: NotRecorded | None = None
        self._content: Content | None = None
        pieces = iter(partial(sys.stdin.buffer.read, CHUNK_BYTES), b"")
        self.sender, first = split_from_line(next(pieces, b""))
        if not first:
            # Whoever should have written it has failed; a mail server never sends nothing.
            raise typer.Exit(output.fail("there is no mail on standard input", TRY_AGAIN))
        spool = Spool(
            settings.spill_dir,
            settings.max_message_bytes,
            reject_bare=settings.bare_newline == "reject",
            live=True,
        )
        try:
            self._content = spool.gather(chain([first], pieces))
        except NotRecorded as failure:
            self._failure = failure
            most = WASTE_FACTOR * settings.max_message_bytes // CHUNK_BYTES
            for _, _piece in zip(range(most), pieces, strict=False):
                pass

    @property
    def content(self) -> Content:
        """The mail. Raises `NotRecorded` when it is none that can be taken."""
        if self._content is None:
            raise self._failure or NotRecorded(Reason.BUSY)
        return self._content

    def close(self) -> None:
        if self._content is not None:
            self._content.close()


async def _deliver(
    url: str, settings: Settings, mail: _Piped, to: Sequence[str], sender: str | None
) -> None:
    """Return once it is recorded for all of `to`. Raises `NotRecorded`."""
    gained: set[tuple[UUID, str]] = set()
    async with pool(url, most=3) as opened, judging(settings) as judge:
        # The order of SMTP: who it is for comes before what it is.
        routes = routes_of(opened, settings)
        limit = settings.rate_per_address
        # A process of its own for each mail knows of no other one.
        recipients = await _recipients(RatedRoutes(routes, opened, limit, processes=limit + 1), to)
        ledger = ledger_of(opened, settings, gained.update)
        await Intake(ledger.record, judge, Patience(opened)).accept(
            Envelope(
                peer="",
                helo="",
                mail_from=_mail_from(mail, sender),
                recipients=recipients,
                content=mail.content,
                received_at=datetime.now(UTC),
            )
        )
        # It is recorded: what goes wrong from here on must not have it sent again.
        with suppress(*DOWN, NotRecorded):
            await file_waiting(opened, ledger, gained)


async def _recipients(routes: RatedRoutes, to: Sequence[str]) -> tuple[Recipient, ...]:
    """Return whom it is for, each once; all of them exist, or nothing is recorded.

    There is one exit code for all: with 0 the mail would be lost for one, with 75 it would come
    again for days. Whoever gets it back can send it again: what was recorded is recognised.
    """
    found: dict[str, Recipient] = {}
    for address in to:
        recipient = await routes(address.strip().strip("<>"))
        if recipient is None:
            raise NotRecorded(Reason.NO_SUCH_ADDRESS, masked(address.strip()))
        found.setdefault(recipient.address, recipient)
    return tuple(found.values())


def _mail_from(mail: _Piped, said: str | None) -> str:
    if said is not None:
        return said.strip().strip("<>")
    if mail.sender is not None:
        return mail.sender
    author = read(next(mail.content.chunks())[:HEADER_BYTES]).author
    return author.email if author else ""


def _say(failure: NotRecorded) -> int:
    """Say in one line why it is not recorded; return the exit code."""
    row = OUTCOMES[failure.reason]
    code = TRY_AGAIN
    if row.outcome is Outcome.REFUSED:
        code = NO_USER if failure.reason is Reason.NO_SUCH_ADDRESS else REFUSED
    return output.fail(f"{row.reply.enhanced} {row.reply.text} ({failure})", code)


app = plain()
app.command("deliver", cls=Deliver)(deliver)
