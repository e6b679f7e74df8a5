"""What a new installation starts with, so that the first mail needs no set-up."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import accounts, users
from storage.users import User

ACCOUNT = "Default"
EMAIL = "you@example.com"
NAME = "You"

_OLDEST = text('select email from "user" order by created_at, id limit 1')


async def first_user(connection: AsyncConnection, mail_domain: str) -> User:
    """Return the oldest user; where there is none yet make one, and an account if need be."""
    email = (await connection.execute(_OLDEST)).scalar_one_or_none()
    if email is not None:
        return await users.find(connection, email)
    known = await accounts.listed(connection)
    account = known[-1] if known else await accounts.add(connection, ACCOUNT)
    return await users.add(connection, account, EMAIL, NAME, mail_domain=mail_domain)
