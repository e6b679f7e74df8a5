"""`sender`: the addresses that a user may send from."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import options, output
from cli.group import group
from cli.session import run
from config import Settings, load
from dropbox.filing import origin
from dropbox.relay import Relay, RelayFailed
from storage import accounts, notices, senders, users
from storage.access import Connection
from storage.documents import Document, instant
from storage.errors import Refused
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
        bool,
        typer.Option(
            "--unproven",
            help="It counts once a verified mail from it arrives, or the code comes back that is "
            "mailed to it when a relay is set; until then its mail is held.",
        ),
    ] = False,
    account: options.Account = None,
    as_json: options.Json = False,
) -> None:
    """Allow a further sender; there can be five. It counts at once, unless --unproven."""
    settings = load()
    relay = settings.relay_url.get_secret_value()
    code = origin.mint_code() if unproven and relay else ""

    async def body(connection: Connection, settings: Settings) -> tuple[Sender, User]:
        user = await _user(connection, email, account)
        added = await senders.add(
            connection,
            user,
            address,
            mail_domain=settings.mail_domain,
            status="pending" if unproven else "active",
            code=origin.code_digest(code) if code else None,
        )
        return added, user

    added, user = run(body)
    if code:
        language = user.language or settings.language
        _mail(Relay(relay, settings.mail_domain), added, user, code, language)
    if as_json:
        output.document(_document(added))
    else:
        output.say(f"{added.email} is {added.status}{'; a code was mailed to it' if code else ''}")


def _mail(relay: Relay, added: Sender, user: User, code: str, language: str) -> None:
    days = senders.CODE_VALID.days
    subject, text = notices.code(
        language, code=code, user=user.email, address=added.email, days=days
    )
    try:
        relay.send(added.email, subject, text)
    except RelayFailed as error:
        raise Refused(
            f"{added.email} is pending, but its code could not be mailed: {error}; mend: "
            "BCC_DROPBOX_RELAY_URL, then run this command again"
        ) from error


@app.command()
def prove(
    email: options.User,
    address: Address,
    code: Annotated[str, typer.Argument(metavar="CODE", help="What was mailed to ADDRESS.")],
    account: options.Account = None,
    as_json: options.Json = False,
) -> None:
    """Let a pending sender count, the code that was mailed to it having come back."""

    async def body(connection: Connection, _settings: Settings) -> Sender:
        user = await _user(connection, email, account)
        return await senders.prove(connection, user, address, origin.code_digest(code))

    proven = run(body)
    if as_json:
        output.document(_document(proven))
    else:
        output.say(f"{proven.email} is {proven.status}")


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
