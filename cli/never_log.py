"""`never-log`: whose mail is not kept."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from cli import options, output
from cli.group import group
from cli.session import run, scope
from config import Settings
from storage import accounts, never_log, users
from storage.access import Connection
from storage.documents import instant
from storage.never_log import NeverLog

app = group("Never-log lists: mail that nothing is kept of.")

Pattern = Annotated[
    str, typer.Argument(metavar="PATTERN", help="An address, example.com, or *.example.com.")
]
Owner = Annotated[
    str | None,
    typer.Option("--user", metavar="EMAIL", help="The list of this user, not the account's."),
]


@app.command("list")
def listed(
    user: Owner = None,
    account: options.Account = None,
    limit: options.Limit = 100,
    as_json: options.Json = False,
) -> None:
    """List the entries: all, or with --user those that hold for that user."""

    async def body(connection: Connection, _settings: Settings) -> list[NeverLog]:
        return await never_log.listed(connection, *await scope(connection, account, user))

    found = run(body)[:limit]
    if as_json:
        output.document(
            [
                {
                    "pattern": one.pattern,
                    "account": one.account,
                    "user": one.user,
                    "added_at": instant(one.added_at),
                }
                for one in found
            ]
        )
        return
    output.table(
        ("pattern", "account", "user", "since"),
        [(one.pattern, one.account, one.user or "everybody", one.added_at) for one in found],
        empty="Nothing is on a never-log list.",
    )


@app.command()
def add(pattern: Pattern, user: Owner = None, account: options.Account = None) -> None:
    """Keep nothing of mail to or from PATTERN, from now on."""

    async def body(connection: Connection, settings: Settings) -> str:
        listed_for = await _list_of(connection, user, account)
        return await never_log.add(
            connection, *listed_for, pattern, mail_domain=settings.mail_domain
        )

    output.say(f"{run(body)} is never logged")


@app.command()
def remove(pattern: Pattern, user: Owner = None, account: options.Account = None) -> None:
    """Record mail to and from PATTERN again."""

    async def body(connection: Connection, _settings: Settings) -> str:
        listed_for = await _list_of(connection, user, account)
        return await never_log.remove(connection, *listed_for, pattern)

    output.say(f"{run(body)} is off the never-log list")


async def _list_of(
    connection: Connection, user: str | None, account: str | None
) -> tuple[UUID, UUID | None]:
    if user is None:
        return (await accounts.the_one(connection, account)).account_id, None
    found = await users.find(connection, user, await accounts.chosen(connection, account))
    return found.account_id, found.user_id
