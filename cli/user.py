"""`user`: the members of an account."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from cli import options, output
from cli.group import group
from cli.session import run
from config import Settings
from dropbox.addresses import masked
from storage import accounts, users
from storage.access import Connection
from storage.documents import Document, instant
from storage.users import User

app = group("Users, each with a secret dropbox address.")


@app.command()
def add(
    email: options.User,
    name: Annotated[str, typer.Option("--name", metavar="N", help="Name of the user.")],
    account: options.Account = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", metavar="Z", help="Unless the account's.")
    ] = None,
    language: Annotated[
        Literal["en", "ja"] | None, typer.Option("--language", help="Of `why` and digests.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Make a user and print the dropbox address, which is the user's secret."""

    async def body(connection: Connection, settings: Settings) -> tuple[User, str]:
        user = await users.add(
            connection,
            await accounts.the_one(connection, account),
            email,
            name,
            mail_domain=settings.mail_domain,
            timezone=timezone,
            language=language,
        )
        return user, f"{user.local}@{settings.mail_domain}"

    user, address = run(body)
    if as_json:
        output.document(_document(user, address))
    else:
        output.say(address)


@app.command("list")
def listed(
    account: options.Account = None, limit: options.Limit = 100, as_json: options.Json = False
) -> None:
    """List users; their dropbox addresses are masked."""

    async def body(connection: Connection, settings: Settings) -> list[tuple[User, str]]:
        account_id = await accounts.chosen(connection, account)
        found = await users.listed(connection, account_id, limit=limit)
        return [(user, _masked(user, settings)) for user in found]

    found = run(body)
    if as_json:
        output.document([_document(user, address) for user, address in found])
        return
    output.table(
        ("user", "name", "account", "status", "dropbox address"),
        [(user.email, user.name, user.account, user.status, address) for user, address in found],
        empty="No users yet. Make one: bcc-dropbox user add EMAIL --name NAME",
        limit=limit,
    )


@app.command()
def show(
    email: options.User, account: options.Account = None, as_json: options.Json = False
) -> None:
    """Show a user; the dropbox address is masked."""

    async def body(connection: Connection, settings: Settings) -> tuple[User, str]:
        account_id = await accounts.chosen(connection, account)
        user = await users.find(connection, email, account_id)
        return user, _masked(user, settings)

    _print(*run(body), as_json=as_json)


@app.command()
def suspend(
    email: options.User, account: options.Account = None, as_json: options.Json = False
) -> None:
    """Suspend a user: mail is held for 30 days and not recorded."""
    _print(*_set_status(email, account, "suspended"), as_json=as_json)


@app.command()
def resume(
    email: options.User, account: options.Account = None, as_json: options.Json = False
) -> None:
    """Let a suspended user's mail be recorded again."""
    _print(*_set_status(email, account, "active"), as_json=as_json)


def _set_status(email: str, account: str | None, status: users.Status) -> tuple[User, str]:
    async def body(connection: Connection, settings: Settings) -> tuple[User, str]:
        account_id = await accounts.chosen(connection, account)
        user = await users.find(connection, email, account_id)
        user = await users.set_status(connection, user, status)
        return user, _masked(user, settings)

    return run(body)


def _masked(user: User, settings: Settings) -> str:
    return masked(f"{user.local}@{settings.mail_domain}")


def _print(user: User, address: str, *, as_json: bool) -> None:
    if as_json:
        output.document(_document(user, address))
        return
    output.table(
        ("", ""),
        [
            ("user", user.email),
            ("name", user.name),
            ("account", user.account),
            ("status", user.status),
            ("dropbox address", address),
            ("time zone", user.timezone),
            ("language", user.language or "as the installation's"),
            ("since", user.created_at),
        ],
        empty="",
    )


def _document(user: User, address: str) -> Document:
    return {
        "id": str(user.user_id),
        "email": user.email,
        "name": user.name,
        "account": user.account,
        "status": user.status,
        "timezone": user.timezone,
        "language": user.language,
        "address": address,
        "created_at": instant(user.created_at),
    }
