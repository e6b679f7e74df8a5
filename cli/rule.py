"""`rule`: where a user's mail looks for people, and whom it creates."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import options, output
from cli.group import group
from cli.session import run
from config import Settings
from storage import accounts, rules, users
from storage.access import Connection
from storage.rules import Rules

app = group("Rules: whom to search, whom to create.")


@app.command()
def show(
    email: options.User, account: options.Account = None, as_json: options.Json = False
) -> None:
    """Show the rules of a user."""

    async def body(connection: Connection, _settings: Settings) -> Rules:
        account_id = await accounts.chosen(connection, account)
        return await rules.of(connection, await users.find(connection, email, account_id))

    _print(run(body), as_json=as_json)


@app.command("set")
def change(
    email: options.User,
    search: Annotated[
        str | None,
        typer.Option("--search", metavar="KINDS", help="contact,lead: which first, or only one."),
    ] = None,
    create: Annotated[
        str | None,
        typer.Option("--create", metavar="lead|contact|nothing", help="Out of unknown addresses."),
    ] = None,
    visibility: Annotated[
        str | None,
        typer.Option("--visibility", metavar="team|private", help="Of mail recorded from now on."),
    ] = None,
    max_new_people: Annotated[
        int | None,
        typer.Option("--max-new-people", metavar="N", help="Created out of one mail at the most."),
    ] = None,
    account: options.Account = None,
    as_json: options.Json = False,
) -> None:
    """Set rules of a user; those not named stay as they are."""
    if search is create is visibility is None and max_new_people is None:
        raise typer.BadParameter(
            "nothing to set: --search, --create, --visibility or --max-new-people"
        )

    async def body(connection: Connection, _settings: Settings) -> Rules:
        account_id = await accounts.chosen(connection, account)
        return await rules.change(
            connection,
            await users.find(connection, email, account_id),
            search=None if search is None else search.split(","),
            create=create,
            visibility=visibility,
            max_new_people=max_new_people,
        )

    _print(run(body), as_json=as_json)


def _print(found: Rules, *, as_json: bool) -> None:
    if as_json:
        output.document(
            {
                "search": list(found.search),
                "create": found.create,
                "visibility": found.visibility,
                "max_new_people": found.max_new_people,
            }
        )
        return
    output.table(
        ("rule", "value"),
        [
            ("search", ",".join(found.search)),
            ("create", found.create),
            ("visibility", found.visibility),
            ("max_new_people", found.max_new_people),
        ],
        empty="",
    )
