"""`sender`: the addresses that a user may send from."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import options, output
from cli.group import group
from cli.session import run
from config import Settings
from storage import accounts, senders, users
from storage.access import Connection
from storage.documents import Document, instant
from storage.senders import Sender
from storage.users import User

app = group("Allowed senders: the primary address and five more.")

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The sender's address.")]


@app.command("list")
def listed(
    email: options.User,
    account: options.Account = None,
    limit: options.Limit = 100,
    as_json: options.Json = False,
) -> None:
    """List whose mail the user's dropbox address takes: the primary address, then the newest."""

    async def body(connection: Connection, _settings: Settings) -> list[Sender]:
        return (await senders.listed(connection, await _user(connection, email, account)))[:limit]

    found = run(body)
    if as_json:
        output.document([_document(one) for one in found])
        return
    output.table(
        ("sender", "status", "since"),
        [(one.email, "primary" if one.primary else one.status, one.added_at) for one in found],
        empty="",
    )


@app.command()
def add(
    email: options.User,
    address: Address,
    unproven: Annotated[
        bool, typer.Option("--unproven", help="Its mail is held until the address is proven.")
    ] = False,
    account: options.Account = None,
    as_json: options.Json = False,
) -> None:
    """Allow a further sender; there can be five. It counts at once, unless --unproven."""

    async def body(connection: Connection, settings: Settings) -> Sender:
        return await senders.add(
            connection,
            await _user(connection, email, account),
            address,
            mail_domain=settings.mail_domain,
            status="pending" if unproven else "active",
        )

    added = run(body)
    if as_json:
        output.document(_document(added))
    else:
        output.say(f"{added.email} is {added.status}")


@app.command()
def remove(email: options.User, address: Address, account: options.Account = None) -> None:
    """Take a sender off the list; the primary address stays."""

    async def body(connection: Connection, _settings: Settings) -> None:
        await senders.remove(connection, await _user(connection, email, account), address)

    run(body)
    output.say(f"{address} is removed")


async def _user(connection: Connection, email: str, account: str | None) -> User:
    return await users.find(connection, email, await accounts.chosen(connection, account))


def _document(sender: Sender) -> Document:
    return {
        "email": sender.email,
        "primary": sender.primary,
        "status": sender.status,
        "added_at": instant(sender.added_at),
    }
