"""`address`: the secret that a user puts in Bcc."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli import options, output
from cli.group import group
from cli.session import operator, run
from config import Settings
from dropbox import vcard as vcards
from dropbox.vcard import Card
from storage import accounts, dropbox_addresses, users
from storage.access import Connection
from storage.documents import Document, instant, instant_or_null
from storage.dropbox_addresses import Regenerated
from storage.errors import Refused
from storage.users import DropboxAddress, User

app = group("Dropbox addresses. Keep them secret.")

NOTES = {
    "en": "Put this address in Bcc to record a mail. It is {owner}'s secret: give it to nobody.",
    "ja": "メールを記録するには、このアドレスをBccに入れてください。"
    "{owner}さん専用の秘密のアドレスです。他の人に教えないでください。",
}

Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")]


@app.command()
def show(
    email: options.User, account: options.Account = None, as_json: options.Json = False
) -> None:
    """Print the dropbox address of a user, alone on one line."""
    _, found, _ = _find(email, account)
    if as_json:
        output.document(
            {
                "address": found.address,
                "state": found.state,
                "created_at": instant(found.created_at),
            }
        )
    else:
        output.say(found.address)


@app.command()
def regenerate(
    email: Annotated[
        str | None, typer.Argument(metavar="EMAIL", help="Primary address of the user.")
    ] = None,
    everybody: Annotated[
        bool, typer.Option("--all", help="For every user of the account, suspended ones too.")
    ] = False,
    grace: Annotated[
        str | None,
        typer.Option(
            "--grace", metavar="7d", help="How long the old one still works: 30m, 12h, 7d."
        ),
    ] = None,
    account: options.Account = None,
    as_json: options.Json = False,
) -> None:
    """Give a user a new dropbox address and print it.

    The old one is dead at once, and so is an older one that was still in grace. With --grace it
    works on for that time, and an older one for what is left of its own.
    """
    if (email is None) is not everybody:
        raise typer.BadParameter("it takes either EMAIL or --all")
    period = None if grace is None else dropbox_addresses.grace_period(grace)

    async def body(connection: Connection, settings: Settings) -> list[Regenerated]:
        actor, domain = operator(), settings.mail_domain
        if email is None:
            return await dropbox_addresses.regenerate_all(
                connection,
                await accounts.the_one(connection, account),
                mail_domain=domain,
                actor=actor,
                grace=period,
            )
        user = await users.find(connection, email, await accounts.chosen(connection, account))
        return [
            await dropbox_addresses.regenerate(
                connection, user, mail_domain=domain, actor=actor, grace=period
            )
        ]

    _print(run(body), everybody=everybody, as_json=as_json)


@app.command()
def vcard(
    email: options.User,
    version: Annotated[
        Literal["3.0", "4.0"],
        typer.Option("--version", help="3.0 is what phones and mail clients all read."),
    ] = "3.0",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="F", help="A new file instead of standard output."),
    ] = None,
    force: Force = False,
    account: options.Account = None,
) -> None:
    """Write a user's dropbox address as a vCard, found in an address book as "BCC Dropbox"."""
    user, found, language = _find(email, account)
    data = vcards.write(_card(user, found, NOTES[language].format(owner=user.name)), version)
    if out is None:
        output.write_bytes(data)
    else:
        _write_file(out, data, force=force)


@app.command()
def qr(
    email: options.User,
    out: Annotated[Path, typer.Option("--out", metavar="F.svg", help="A new file, .svg or .png.")],
    force: Force = False,
    account: options.Account = None,
) -> None:
    """Draw a user's dropbox address as a QR code.

    It holds a vCard 3.0: a phone's camera offers to add "BCC Dropbox" to the contacts, where Bcc
    fields find it from then on.
    """
    kind = out.suffix.lower().removeprefix(".")
    if kind not in {"svg", "png"}:
        raise typer.BadParameter("--out takes a file that ends in .svg or .png")
    user, found, _ = _find(email, account)
    _write_file(out, _drawn(_card(user, found, None), kind), force=force)


def _find(email: str, account: str | None) -> tuple[User, DropboxAddress, Literal["en", "ja"]]:
    async def body(
        connection: Connection, settings: Settings
    ) -> tuple[User, DropboxAddress, Literal["en", "ja"]]:
        account_id = await accounts.chosen(connection, account)
        user = await users.find(connection, email, account_id)
        address = await users.dropbox_address(connection, user, settings.mail_domain)
        return user, address, user.language or settings.language

    return run(body)


def _print(made: list[Regenerated], *, everybody: bool, as_json: bool) -> None:
    if as_json:
        documents = [_document(one) for one in made]
        output.document(documents if everybody else documents[0])
    elif not everybody:
        output.say(made[0].address)
    elif made:
        output.say("\n".join(f"{one.email}\t{one.address}" for one in made))
    else:
        output.say("No users yet. Make one: bcc-dropbox user add EMAIL --name NAME")


def _document(made: Regenerated) -> Document:
    return {
        "user": made.email,
        "address": made.address,
        "state": "active",
        "created_at": instant(made.created_at),
        "old_works_until": instant_or_null(made.grace_until),
    }


def _card(user: User, found: DropboxAddress, note: str | None) -> Card:
    return vcards.dropbox_card(
        found.address, user.name, user.user_id, note=note, since=found.created_at
    )


def _drawn(card: Card, kind: str) -> bytes:
    import segno

    # The fewer modules, the easier it is to read; a camera makes no use of these anyway.
    small = replace(card, uid=None, revised_at=None)
    # Bytes go in as they are; out of text segno would make Latin-1 or Shift_JIS where it can.
    code = segno.make_qr(vcards.write(small, "3.0"), error="m")
    drawn = BytesIO()
    code.save(drawn, kind=kind, scale=8, light="white")
    return drawn.getvalue()


def _write_file(path: Path, data: bytes, *, force: bool) -> None:
    """Write a file that its owner alone can read: the whole of it, or none."""
    if path.exists() and not path.is_file():
        raise Refused(f"{path} is not a file")
    try:
        _place(path.resolve() if force else path, data, claim=not force)
    except FileExistsError:
        raise Refused(f"{path} is there already; --force replaces it") from None
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    output.say(f"{path} is written; it holds the secret address")


def _place(path: Path, data: bytes, *, claim: bool) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".bcc-dropbox-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if claim:
            # Nobody's file is replaced, not even one that was made a moment ago.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
