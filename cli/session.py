"""From a command to the database and back: settings read, one transaction, committed at its end."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from config import Settings, load
from storage import accounts, users
from storage.access import Connection, transaction
from storage.database import locate
from storage.viewer import Viewer

T = TypeVar("T")

Body = Callable[[Connection, Settings], Awaitable[T]]


def run(body: Body[T]) -> T:
    """Run `body` in a transaction on the database of the settings and return what it returns."""
    settings = load()
    url = settings.database_url.get_secret_value()
    with locate(url, settings.data_dir, postgres_bin=settings.postgres_bin) as place:
        return asyncio.run(_run(place.url, body, settings))


async def _run(url: str, body: Body[T], settings: Settings) -> T:
    async with transaction(url) as connection:
        return await body(connection, settings)


async def scope(
    connection: Connection, account: str | None, user: str | None
) -> tuple[UUID | None, UUID | None]:
    """Return the account and the user that a list is of: `--account NAME`, `--user EMAIL`."""
    account_id = await accounts.chosen(connection, account)
    if user is None:
        return account_id, None
    owner = await users.find(connection, user, account_id)
    return owner.account_id, owner.user_id


async def viewer(connection: Connection, email: str | None, reason: str | None) -> Viewer:
    """Return who reads: `--as EMAIL`, `--break-glass REASON`, or anybody."""
    user = await users.find(connection, email) if email else None
    given = (reason or "").strip() or None
    return Viewer(user.user_id if user else None, operator(), given)


def operator() -> str:
    """Return who runs this command, for the audit."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
