"""`account`: the organisations on this installation."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import options, output
from cli.group import group
from cli.session import run
from config import Settings
from storage import accounts
from storage.access import Connection
from storage.documents import Document, instant

app = group("Accounts: organisations on this installation.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the account.")]
Domains = Annotated[
    list[str] | None,
    typer.Option(
        "--domain", metavar="D", help="Internal: example.com or *.example.com. Repeatable."
    ),
]
Addresses = Annotated[
    list[str] | None,
    typer.Option("--address", metavar="EMAIL", help="Internal: a single address. Repeatable."),
]
Timezone = Annotated[
    str | None, typer.Option("--timezone", metavar="Z", help="As Asia/Tokyo; UTC unless set.")
]

_AUTHENTICATION = (
    "What becomes of mail whose origin is in doubt: off, flag, hold_forged, require; default: as "
    "set for the installation."
)
Authentication = Annotated[
    accounts.Authentication | None,
    typer.Option("--authentication", help=_AUTHENTICATION),
]


@app.command()
def add(
    name: Name,
    domain: Domains = None,
    address: Addresses = None,
    timezone: Timezone = None,
    authentication: Authentication = None,
    as_json: options.Json = False,
) -> None:
    """Make an account. Mail to its internal domains and addresses alone is not recorded."""

    async def body(connection: Connection, settings: Settings) -> accounts.Account:
        return await accounts.add(
            connection,
            name,
            internal=[*(domain or ()), *(address or ())],
            timezone=timezone or "UTC",
            authentication=authentication,
            mail_domain=settings.mail_domain,
        )

    _print([run(body)], as_json=as_json)


@app.command("set")
def change(
    name: Name,
    domain: Domains = None,
    address: Addresses = None,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", metavar="D|EMAIL", help="No longer internal. Repeatable."),
    ] = None,
    timezone: Timezone = None,
    authentication: Authentication = None,
    as_json: options.Json = False,
) -> None:
    """Change an account: what is internal to it is added to or removed from, not replaced."""
    if not (domain or address or remove or timezone or authentication):
        raise typer.BadParameter(
            "nothing to set: --domain, --address, --remove, --timezone or --authentication"
        )

    async def body(connection: Connection, settings: Settings) -> accounts.Account:
        return await accounts.change(
            connection,
            await accounts.find(connection, name),
            add=[*(domain or ()), *(address or ())],
            remove=remove or (),
            timezone=timezone,
            authentication=authentication,
            mail_domain=settings.mail_domain,
        )

    _print([run(body)], as_json=as_json)


@app.command("list")
def listed(limit: options.Limit = 100, as_json: options.Json = False) -> None:
    """List the accounts."""

    async def body(connection: Connection, _settings: Settings) -> list[accounts.Account]:
        return (await accounts.listed(connection))[:limit]

    _print(run(body), as_json=as_json, many=True)


def _print(found: list[accounts.Account], *, as_json: bool, many: bool = False) -> None:
    if as_json:
        documents = [_document(one) for one in found]
        output.document(documents if many else documents[0])
        return
    output.table(
        ("account", "time zone", "authentication", "users", "internal"),
        [(one.name, one.timezone, one.authentication, one.users, one.internal) for one in found],
        empty="No accounts yet. Make one: bcc-dropbox account add NAME",
    )


def _document(account: accounts.Account) -> Document:
    return {
        "id": str(account.account_id),
        "name": account.name,
        "timezone": account.timezone,
        "authentication": account.authentication,
        "internal": list(account.internal),
        "users": account.users,
        "created_at": instant(account.created_at),
    }
