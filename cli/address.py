"""`address`: the secret that a user puts in Bcc."""

from __future__ import annotations

from cli import options, output
from cli.group import group
from cli.session import run
from config import Settings
from storage import accounts, users
from storage.access import Connection
from storage.documents import instant

app = group("Dropbox addresses. Keep them secret.")


@app.command()
def show(
    email: options.User, account: options.Account = None, as_json: options.Json = False
) -> None:
    """Print the dropbox address of a user, alone on one line."""

    async def body(connection: Connection, settings: Settings) -> users.DropboxAddress:
        account_id = await accounts.chosen(connection, account)
        user = await users.find(connection, email, account_id)
        return await users.dropbox_address(connection, user, settings.mail_domain)

    found = run(body)
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
